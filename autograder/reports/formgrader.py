"""The formgrader's page on a submission, rendered in a process with limits.

nbgrader renders it inside the Jupyter server, which a page made for it could hold for minutes. A page that takes too
much is rendered once more with all text as it was typed, cut short and without HTML. Before a written answer stands
what the class's source has in its place: a good answer, and the rubric.
"""

import re
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from autograder.authoring.inline import without_marks
from autograder.grading.class_folder import BadInput
from autograder.grading.damaged import read_source
from autograder.limited import Allowance, LimitExceeded

SECONDS = 2.0
"""An honest page takes a third of one."""
LONGEST_SHOWN = 5_000
MOST_SHOWN = 200
FOR_GRADERS = "**How to mark it**, from the source of the class, which students do not see:"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x1b")


class LimitedExporter(HTMLExporter):
    """nbconvert's exporter, in the place where the formgrader makes its own."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        given = dict(self.config.HTMLExporter), Path(filename).absolute(), resources or {}
        try:
            page = Allowance(SECONDS).call(render_page, *given)
        except LimitExceeded as error:
            page = Allowance(SECONDS).call(render_plain_page, *given, f"The full page {error}.")
        return page, resources or {}


def use_in_formgrader() -> None:
    """Let the formgrader, if this process has it, make its exporter from `LimitedExporter`."""
    formgrader: Any = sys.modules.get("nbgrader.server_extensions.formgrader.formgrader")
    if formgrader is not None:
        formgrader.HTMLExporter = LimitedExporter


def render_page(settings: Mapping[str, Any], path: Path, resources: dict[str, Any]) -> str:
    """The page of a graded notebook as the class is configured."""
    nb = nbformat.read(path, as_version=4)
    return _render(settings, _for_graders(nb, path), path, resources)


def render_plain_page(settings: Mapping[str, Any], path: Path, resources: dict[str, Any], reason: str) -> str:
    """The same page with all text as it was typed, cut short, and with a note that says so."""
    nb = nbformat.read(path, as_version=4)
    own = [cell for cell in nb.cells if "nbgrader" not in cell.metadata]
    left_out = {id(cell) for cell in own[MOST_SHOWN:]}
    nb.cells = [_plain(cell) for cell in nb.cells if id(cell) not in left_out]
    note = f"{reason} Texts are shown as they were typed, without HTML, and up to {LONGEST_SHOWN} characters."
    nb.cells.insert(0, nbformat.v4.new_markdown_cell(note))
    plain = {"sanitize_html": False, "filters": {"markdown2html": _as_text, "highlight_code": _as_text}}
    return _render(dict(settings) | plain, _for_graders(nb, path), path, resources)


def _render(settings: Mapping[str, Any], nb: NotebookNode, path: Path, resources: dict[str, Any]) -> str:
    exporter = HTMLExporter(config=Config({"HTMLExporter": dict(settings)}))
    return exporter.from_notebook_node(nb, resources | {"metadata": {"name": path.stem}})[0]


def mark_schemes(graded: Path) -> dict[str, str]:
    """What the source of the class has in the place of each written answer, by its grade_id.

    Args:
        graded: a graded notebook, `autograded/STUDENT/UNIT/UNIT.ipynb` in a class folder.

    Raises:
        BadInput: if the source is damaged.
    """
    source = graded.parents[3] / "source" / graded.parent.name / graded.name
    cells = read_source(source).cells if source.is_file() else []
    return {cell.metadata.nbgrader.grade_id: without_marks(cell.source) for cell in cells if _is_written(cell)}


def with_mark_schemes(nb: NotebookNode, schemes: Mapping[str, str]) -> NotebookNode:
    """The notebook with a cell before each written answer that says how it is marked."""
    cells = []
    for cell in nb.cells:
        scheme = schemes.get(cell.metadata.nbgrader.grade_id) if _is_written(cell) else None
        if scheme:
            cells.append(nbformat.v4.new_markdown_cell(f"{FOR_GRADERS}\n\n{scheme}"))
        cells.append(cell)
    return NotebookNode(nb | {"cells": cells})


def _for_graders(nb: NotebookNode, path: Path) -> NotebookNode:
    try:
        return with_mark_schemes(nb, mark_schemes(path))
    except BadInput as error:
        note = nbformat.v4.new_markdown_cell(f"How to mark the written answers is not shown: {error}.")
        return NotebookNode(nb | {"cells": [note, *nb.cells]})


def _is_written(cell: NotebookNode) -> bool:
    """Whether an instructor reads this cell and gives it points."""
    marks = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "markdown" and marks.get("grade") and marks.get("solution"))


def _as_text(source: str, **kw: Any) -> str:
    return f"<pre>{escape(source)}</pre>"


def _plain(cell: NotebookNode) -> NotebookNode:
    cell.source = _short(cell.source)
    for output in cell.get("outputs", [])[:MOST_SHOWN]:
        if "text" in output:
            output.text = _short(output.text)
        elif "traceback" in output:
            output.traceback = [_short("\n".join(output.traceback))]
        else:
            data = {kind: text for kind, text in output.data.items() if kind in ("image/png", "image/jpeg")}
            output.data = NotebookNode(data or {"text/plain": _short(output.data.get("text/plain", ""))})
    if "outputs" in cell:
        cell.outputs = cell.outputs[:MOST_SHOWN]
    return cell


def _short(text: str) -> str:
    return _ESCAPES.sub("", text[:LONGEST_SHOWN]) + ("\n[...]" if len(text) > LONGEST_SHOWN else "")
