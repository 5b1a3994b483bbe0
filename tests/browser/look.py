"""Opens every executed unit in JupyterLab, in the light and the dark theme: `make look`.

Takes pictures of all of it, and exits with 1 if an equation is broken or something does not fit the width.
"""

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from autograder import PROJECT
from autograder.authoring.build import PAGES
from autograder.authoring.units import all_units

sys.path.insert(0, str(Path(__file__).parent))
from pages import browser, jupyter_lab, new_page

PICTURES = PROJECT / "build" / "look"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PIECE = 3000
"""How many pixels of a page go into one picture."""
PROBLEMS = """
() => {
    const found = [];
    for (const e of document.querySelectorAll('.jp-Notebook mjx-merror, .jp-Notebook [data-mml-node=merror]'))
        found.push('broken equation: ' + e.closest('.jp-Cell').innerText.slice(0, 80));
    for (const e of document.querySelectorAll('.jp-Notebook .jp-OutputArea-output, .jp-Notebook .jp-MarkdownOutput'))
        if (e.scrollWidth > e.clientWidth + 2)
            found.push(`too wide by ${e.scrollWidth - e.clientWidth} pixels: ` + e.innerText.slice(0, 80));
    return found;
}
"""


def look(page: Page, url: str, path: str, name: str) -> list[str]:
    """Open a notebook, take pictures of all of it, and say what is wrong with how it looks."""
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(f"{url}/lab/tree/{path}?reset")
    page.wait_for_selector(".jp-Notebook .jp-MarkdownOutput")
    page.keyboard.press("Control+b")
    page.wait_for_timeout(4000)
    height = page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollHeight") + 200
    page.set_viewport_size({"width": 1200, "height": height})
    page.wait_for_timeout(4000)
    for number, top in enumerate(range(0, height, PIECE)):
        clip = {"x": 0, "y": top, "width": 1200, "height": min(PIECE, height - top)}
        page.screenshot(path=PICTURES / f"{name}-{number:02d}.png", clip=clip)
    return page.evaluate(PROBLEMS)


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    notebooks = [PROJECT / "course" / f"{page}.ipynb" for page in PAGES]
    notebooks += [unit.source.with_suffix(".ipynb") for unit in all_units()]
    chosen = [path for path in notebooks if path.stem in sys.argv[1:] or not sys.argv[1:]]
    problems = 0
    for theme, full_name in THEMES.items():
        with tempfile.TemporaryDirectory() as settings, browser() as chromium:
            for plugin, values in {
                "notebook-extension/tracker": {"windowingMode": "none"},
                "apputils-extension/themes": {"theme": full_name},
                "apputils-extension/notification": {"fetchNews": "false"},
            }.items():
                file = Path(settings, "@jupyterlab", f"{plugin}.jupyterlab-settings")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(values))
            with jupyter_lab(PROJECT, Path(settings)) as url:
                for path in chosen:
                    page = new_page(chromium)
                    for line in look(page, url, str(path.relative_to(PROJECT)), f"{path.stem}-{theme}"):
                        problems += 1
                        print(f"{path.stem}, {theme}: {line!r}")
                    page.close()
    print(f"{problems} problems; pictures are in {PICTURES.relative_to(PROJECT)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
