"""Puts a submission into the shape of the assignment: answers from the student, everything else from the source."""

from copy import deepcopy

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor


def grade_id(cell: NotebookNode) -> str | None:
    """A cell's grade_id; None if it has none, or if a student broke its metadata."""
    entry = cell.get("metadata", {}).get("nbgrader")
    found = entry.get("grade_id") if isinstance(entry, dict) else None
    return found if isinstance(found, str) else None


def fresh_cell(cell: NotebookNode) -> NotebookNode:
    """A new cell with the source of a submitted one and nothing else of it; all but code cells become Markdown."""
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return new_code_cell(text) if cell.get("cell_type") == "code" else new_markdown_cell(text)


def rebuild(submitted: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Take the answers from a submission and everything else from the source.

    Cells with a grade_id come in the source's order, each once: answer cells with the student's text, all others as in
    the source, missing ones added back. Cells that the student added stay behind the cell that they followed. Of the
    submitted metadata only the grade_id is believed.

    Args:
        submitted: the submission.
        source: the instructor's notebook.

    Returns:
        A new notebook.
    """
    trusted = {str(grade_id(cell)): cell for cell in source.cells if grade_id(cell)}
    answers: dict[str, str] = {}
    extras: dict[str | None, list[NotebookNode]] = {None: []}
    last = None
    for cell in submitted.cells:
        name = grade_id(cell)
        if name in trusted:
            last = name
            extras.setdefault(last, [])
            if utils.is_solution(trusted[name]):
                answers[name] = cell.source
        else:
            extras[last].append(fresh_cell(cell))

    result = new_notebook(metadata=deepcopy(source.metadata))
    notes = _notes(submitted.metadata.get("rnncourse"))
    if notes:
        result.metadata["rnncourse"] = notes
    result.nbformat_minor = source.nbformat_minor
    result.cells = extras[None]
    for name, original in trusted.items():
        cell = deepcopy(original)
        cell.source = answers.get(name, cell.source)
        result.cells += [cell, *extras.get(name, [])]
    for number, cell in enumerate(result.cells):
        cell.id = grade_id(cell) or f"extra-{number}"
    return result


def _notes(found: object) -> dict[str, str | list[str]]:
    """The notes of intake on a submission: why it was refused, or what was repaired in it."""
    notes: dict[str, str | list[str]] = {}
    if isinstance(found, dict):
        refused, repairs = found.get("refused"), found.get("repairs")
        if isinstance(refused, str):
            notes["refused"] = refused
        if isinstance(repairs, list) and repairs and all(isinstance(sentence, str) for sentence in repairs):
            notes["repairs"] = list(repairs)
    return notes


class Rebuild(NbGraderPreprocessor):
    """The first step of autograding: `rebuild` from the released version of the assignment."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        entry = resources["nbgrader"]
        course = CourseDirectory(parent=self)
        folder = course.format_path(course.release_directory, ".", entry["assignment"])
        source = nbformat.read(f"{folder}/{entry['notebook']}.ipynb", as_version=4)
        return rebuild(nb, source), resources
