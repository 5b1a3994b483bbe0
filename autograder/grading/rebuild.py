"""Puts a submission into the shape of the assignment: answers from the student, everything else from the source."""

import ast
from copy import deepcopy
from itertools import takewhile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.cells import is_grade, is_solution
from autograder.grading.pictures import kept_pictures, lost_pictures

MAX_SUBMISSION = 40 * 2**20
"""How large the file of a submission may be: more than intake takes, which writes some of it with more characters."""
MAX_TEXT = 2**20
"""How much text the cells may hold together, without outputs and pictures. A unit has less than 100 kB."""


def grade_id(cell: NotebookNode) -> str | None:
    """A cell's grade_id; None if it has none, or if a student broke its metadata."""
    entry = cell.get("metadata", {}).get("nbgrader")
    found = entry.get("grade_id") if isinstance(entry, dict) else None
    return found if isinstance(found, str) else None


def text_size(nb: NotebookNode) -> int:
    """The number of characters in the cells of a notebook, without outputs and pictures."""
    return sum(len(_text(cell)) for cell in nb.cells)


def _text(cell: NotebookNode) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def fresh_cell(cell: NotebookNode) -> NotebookNode:
    """A new cell with the source of a submitted one and its pictures; all but code cells become Markdown."""
    text = _text(cell)
    if cell.get("cell_type") == "code":
        return new_code_cell(text)
    pictures = kept_pictures(cell)
    return new_markdown_cell(text, attachments=pictures) if pictures else new_markdown_cell(text)


def warm_up() -> None:
    """Let nbformat compile its schema, which it does when it makes the first cell."""
    new_code_cell()


def read_and_rebuild(submission: Path, release: Path) -> NotebookNode:
    """Read a submission and the released notebook, and `rebuild` the one in the shape of the other.

    Raises:
        ValueError: if the submission is too large.
    """
    if submission.stat().st_size > MAX_SUBMISSION:
        raise ValueError(f"expected a notebook of at most {MAX_SUBMISSION >> 20} MB; got {submission}")
    submitted = nbformat.read(submission, as_version=4)
    if text_size(submitted) > MAX_TEXT:
        raise ValueError(f"expected cells with at most {MAX_TEXT >> 20} MB of text; those of {submission} have more")
    return rebuild(submitted, nbformat.read(release, as_version=4))


def rebuild(submitted: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Take the answers from a submission and everything else from the source.

    Cells with a grade_id come in the source's order, each once: answer cells with the student's text, all others as in
    the source, missing ones added back. Cells that the student added stay behind the cell that they followed. Of the
    submitted metadata only the grade_id is believed, and that it was refused if it is blank. Of attachments, pictures
    in text cells are kept.

    Args:
        submitted: the submission.
        source: the instructor's notebook.

    Returns:
        A new notebook.
    """
    trusted = {str(grade_id(cell)): cell for cell in source.cells if grade_id(cell)}
    answers: dict[str, NotebookNode] = {}
    extras: dict[str | None, list[NotebookNode]] = {None: []}
    last = None
    for cell in submitted.cells:
        name = grade_id(cell)
        if name in trusted:
            last = name
            extras.setdefault(last, [])
            if is_solution(trusted[name]):
                answers[name] = cell
        else:
            extras[last].append(fresh_cell(cell))

    result = new_notebook(metadata=deepcopy(source.metadata))
    notes = _notes(submitted.metadata.get("rnncourse"))
    if not _is_blank(submitted, source):
        notes.pop("refused", None)  # a student's own, to hide answers from the report
    lost = [f"Not kept of {name}: {picture}." for name, cell in answers.items() for picture in lost_pictures(cell)]
    unclear = unclear_answers(submitted, source)
    notes |= {"repairs": [*notes.get("repairs", []), *lost]} if lost else {}
    notes |= {"unclear": unclear} if unclear else {}
    if notes:
        result.metadata["rnncourse"] = notes
    result.nbformat_minor = source.nbformat_minor
    result.cells = extras[None]
    for name, original in trusted.items():
        cell = deepcopy(original)
        if name in answers:
            cell.source = answers[name].source
            if cell.cell_type == "markdown" and (pictures := kept_pictures(answers[name])):
                cell.attachments = pictures
        result.cells += [cell, *extras.get(name, [])]
    for number, cell in enumerate(result.cells):
        cell.id = grade_id(cell) or f"extra-{number}"
    return result


def _is_blank(submitted: NotebookNode, source: NotebookNode) -> bool:
    """Whether a submission is the notebook as it was handed out, which intake puts in the place of one it refuses."""
    return [squeezed(cell.source) for cell in submitted.cells] == [squeezed(cell.source) for cell in source.cells]


def _notes(found: object) -> dict[str, str | list[str]]:
    """The notes of intake on a submission: why it was refused, or what was repaired in it."""
    notes: dict[str, str | list[str]] = {}
    if isinstance(found, dict):
        if isinstance(found.get("refused"), str):
            notes["refused"] = found["refused"]
        repairs = found.get("repairs")
        if isinstance(repairs, list) and repairs and all(isinstance(sentence, str) for sentence in repairs):
            notes["repairs"] = list(repairs)
    return notes


def unclear_answers(submitted: NotebookNode, source: NotebookNode) -> list[str]:
    """The written answers that are as they were handed out, while cells that the student added beside may answer.

    Args:
        submitted: the submission.
        source: the instructor's notebook.
    """
    trusted = {str(grade_id(cell)): cell for cell in source.cells if grade_id(cell)}
    given = {squeezed(cell.source) for cell in source.cells}
    names = [name if (name := grade_id(cell)) in trusted else None for cell in submitted.cells]
    added = [not name and squeezed(c.source) not in given for name, c in zip(names, submitted.cells, strict=True)]
    unclear = []
    for name, original in trusted.items():
        if not (is_solution(original) and is_grade(original) and name in names):
            continue
        place = names.index(name)
        if squeezed(submitted.cells[place].source) == squeezed(original.source):
            before = takewhile(lambda n: added[n], range(place - 1, -1, -1))
            after = takewhile(lambda n: added[n], range(place + 1, len(names)))
            if any(is_text(submitted.cells[n]) for n in (*before, *after)):
                unclear.append(name)
    return unclear


def is_text(cell: NotebookNode) -> bool:
    """Whether a cell has words in it rather than code: Markdown, or code that is only comments and strings, or none."""
    if cell.cell_type != "code":
        return bool(squeezed(cell.source))
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    texts = [node for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return bool(squeezed(cell.source)) and len(texts) == len(body)


def squeezed(source: str) -> str:
    """A source without spaces at the ends of its lines and around it."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())
