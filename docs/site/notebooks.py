"""Notebooks as pages in Markdown, with their outputs and figures."""

import base64
import html
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.pages import page_notebook, units_table
from autograder.authoring.reading_copy import reading_copy
from autograder.authoring.units import Unit, all_units

READING = """\
```{note}
A page to read: text, outputs and figures are those of the reference run. You work in the notebook, where every exercise
has a check below it; {ref}`how to get it <students>`.
```"""
UNITS = """\
# The units

Take them in order. A unit is two to three hours of text, figures and experiments, with exercises and a written question
for 20 points.

{table}

```{{toctree}}
:hidden:

{names}
```
"""
NO_ALT = "Figure; the text around it says what to see in it."
_LINK = re.compile(r"\]\((?:[\w.]+/)*(\w+)\.ipynb\)")
_BRACKET = re.compile(r"(\\begin\{aligned\}\s*)\[")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def write_units(folder: Path) -> None:
    """Write a page for each unit of the course and one that lists them, into `folder`."""
    units = all_units()
    for unit in units:
        write_unit(unit, folder)
    table = _LINK.sub(r"](\1.md)", units_table())
    index = UNITS.format(table=table, names="\n".join(unit.name for unit in units))
    (folder / "index.md").write_text(index, encoding="utf-8")


def write_unit(unit: Unit, folder: Path) -> None:
    """Write the page of one unit, and its figures beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    nb = reading_copy(unit)
    title, text = "\n\n".join(_parts(nb, folder, unit.name)).split("\n", 1)
    (folder / f"{unit.name}.md").write_text(f"{title}\n\n{READING}\n{text}\n", encoding="utf-8")


def write_glossary(path: Path) -> None:
    """Write the glossary of the course as a page."""
    nb = nbformat.reads(page_notebook("glossary"), as_version=4)
    text = "\n\n".join(cell.source for cell in nb.cells)
    path.write_text(re.sub(r"\[([^]]+)\]\(start\.ipynb\)", r"[\1](units/index.md)", text) + "\n", encoding="utf-8")


def _parts(nb: NotebookNode, folder: Path, stem: str) -> Iterator[str]:
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            # A bracket that opens an environment would be read as its option.
            text = _BRACKET.sub(r"\1{}[", cell.source)
            yield _LINK.sub(r"](\1.md)", text)
        else:
            yield _fenced(cell.source, "ipython3")
            for number, output in enumerate(cell.outputs):
                yield _output(output, folder, f"{stem}-{cell.id}-{number}.png")


def _output(output: NotebookNode, folder: Path, figure: str) -> str:
    if output.output_type == "stream":
        return _fenced(_ESCAPE.sub("", output.text).rstrip("\n"), "text", "output")
    data = output.data
    if "image/png" in data:
        (folder / figure).write_bytes(base64.b64decode(data["image/png"]))
        alt = " ".join(output.metadata.get("image/png", {}).get("alt", NO_ALT).split())
        return f'<img src="{figure}" alt="{html.escape(alt)}">'
    if "text/latex" in data:  # IPython's `Code`, whose page would bring a style of its own
        return _fenced(data["text/plain"], "python", "output")
    if "text/html" in data:
        return _directive("raw", "html", data["text/html"])
    return _fenced(data["text/plain"], "text", "output")


def _fenced(text: str, language: str, style: str = "input") -> str:
    return _directive("code-block", language, f":class: {style}\n\n{text}")


def _directive(name: str, argument: str, text: str) -> str:
    longest = max((len(ticks) for ticks in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{{{name}}} {argument}\n{text}\n{fence}"
