"""Sphinx's settings for the site; `build.py` lays out the pages."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from docutils import nodes

sys.path.insert(0, str(Path(__file__).parent))

project = "rnncourse"
author = copyright = "The rnncourse authors"
version = release = version_of("rnncourse")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "reference",
]
# A notebook may leap from its title to a small heading, and two modules may call different things by one name.
suppress_warnings = ["myst.header", "ref.python"]
default_role = "py:obj"
highlight_language = "text"

autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_rtype = False
# Everything is documented in the module in which it is defined.
viewcode_follow_imported_members = False

myst_enable_extensions = ["dollarmath", "deflist", "html_image"]
myst_heading_anchors = 3
myst_update_mathjax = False
mathjax_path = "mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe"
mathjax2_config = {
    "jax": ["input/TeX", "output/HTML-CSS"],
    "extensions": ["tex2jax.js", "AssistiveMML.js"],
    "tex2jax": {"processClass": "math", "ignoreClass": "document"},
    "showProcessingMessages": False,
    "messageStyle": "none",
    "HTML-CSS": {"fonts": ["STIX-Web"], "linebreaks": {"automatic": False}},
}

html_theme = "furo"
html_title = "rnncourse"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def display_equation(translator, node):
    """An equation of its own as it was written: Sphinx would wrap it, and a tag may not stand in what it wraps with."""
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    translator.body.append(rf"\[{translator.encode(node.astext())}\]</div>" + "\n")
    raise nodes.SkipNode


def setup(app):
    """Have equations written by `display_equation`."""
    app.connect(
        "builder-inited",
        lambda app: app.registry.html_block_math_renderers.update(mathjax=(display_equation, None)),
        priority=900,
    )
