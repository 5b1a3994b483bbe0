// What the theme leaves out for readers who use a keyboard or have pages read to them.
addEventListener("DOMContentLoaded", () => {
  const each = (selector, change) => document.querySelectorAll(selector).forEach(change);
  each(".caption[role=heading]", (caption) => caption.setAttribute("aria-level", "2"));
  each(".sig dl, .sig dd", (part) => part.setAttribute("role", "presentation"));
  each(".sidebar-drawer", (aside) => aside.setAttribute("aria-label", "All pages"));
  each(".toc-drawer", (aside) => aside.setAttribute("aria-label", "On this page"));
  each("th", (head) => head.textContent.trim() || head.replaceWith(document.createElement("td")));
  const reach = () => each("pre, .table-wrapper, .math-wrapper", (part) =>
    part.scrollWidth > part.clientWidth ? (part.tabIndex = 0) : part.removeAttribute("tabindex"));
  reach();
  addEventListener("resize", reach);
  addEventListener("load", () => window.MathJax?.Hub ? MathJax.Hub.Register.StartupHook("End", reach) : reach());
});
