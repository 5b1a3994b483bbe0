"""Finds the answers in a notebook whose cells were renamed, split, copied, merged or stripped of their marks.

Every graded cell carries a mark, its grade_id. Some editors drop it, and students copy, split and merge cells. An
answer is recognised by its mark, else by the function that it defines; a written answer by the cells around it.
Nothing is guessed: an answer that cannot be found with certainty stays empty, and the student reads why.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader import utils

from autograder.grading.pictures import Pictures, lost_pictures
from autograder.grading.rebuild import fresh_cell, grade_id, squeezed

# Limits, without which a hostile notebook could take hours.
LONGEST_PARSED = 20_000
MOST_PARTS = 4
MOST_COPIES = 5
# Cells of the release that a notebook without any mark must have to count as one of the unit.
ENOUGH = 3
_DEF = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.M)
_COMMAND = re.compile(r"^([ \t]*)[%!].*$", re.M)


@dataclass
class _Cell:
    """A submitted cell, and the cell of the release that it is, if known; `given` if its text was handed out."""

    source: str
    code: bool
    mark: str | None = None
    place: int | None = None
    given: bool = False
    attachments: Pictures = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    plain: str = field(init=False)
    functions: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.plain = squeezed(self.source)
        self.functions = frozenset(_DEF.findall(self.source)) if self.code else frozenset()


@dataclass(frozen=True)
class _Answer:
    """An answer cell of the release."""

    name: str
    place: int
    code: bool
    function: str
    blank: str

    @property
    def stub(self) -> str:
        return squeezed(self.blank)


class NotThisUnit(ValueError):
    """A notebook without any cell of the unit."""


def repair(submitted: Iterable[NotebookNode], release: NotebookNode) -> tuple[list[NotebookNode], list[str]]:
    """Give the cells of a submission the marks that they should have.

    Args:
        submitted: the cells as they were handed in.
        release: the notebook as it was handed out.

    Returns:
        New cells with source and mark, each answer once; and sentences that say what was repaired or could not be.

    Raises:
        NotThisUnit: if it has no cell of this unit.
    """
    trusted = {str(grade_id(cell)): place for place, cell in enumerate(release.cells) if grade_id(cell)}
    cells = [_read(cell, trusted) for cell in submitted]
    marked = any(cell.mark for cell in cells)
    _recognise(cells, release)
    answers = [_answer(release.cells[place], name, place) for name, place in trusted.items() if _open(release, place)]
    known = {cell.place for cell in cells if cell.place is not None}
    known |= {a.place for a in answers if a.function and any(a.function in cell.functions for cell in cells)}
    if not marked and len(known) < min(ENOUGH, len(trusted)):
        raise NotThisUnit("it has no cell of this unit's notebook")
    notes = _Notes()
    for answer in answers:
        if answer.function:
            _place_function(answer, answers, cells, notes)
        else:
            _place_text(answer, cells, notes)
    return [_marked(cell) for cell in cells], notes.sentences()


class _Notes:
    """The repairs, with the answers that they were made for."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[str]] = {}
        self._others: list[str] = []

    def recognised(self, name: str, how: str) -> None:
        self._by_kind.setdefault(how, []).append(name)

    def add(self, sentence: str) -> None:
        self._others.append(sentence)

    def sentences(self) -> list[str]:
        found = [f"Found by {how}, since the mark was lost: {', '.join(n)}." for how, n in self._by_kind.items()]
        return found + self._others


def _read(cell: NotebookNode, trusted: dict[str, int]) -> _Cell:
    fresh = fresh_cell(cell)
    # Where only the metadata was dropped, the id of the cell still says the same.
    mark = next((m for m in (grade_id(cell), cell.get("id")) if isinstance(m, str) and m in trusted), None)
    place = trusted.get(mark) if mark else None
    lost = tuple(lost_pictures(cell))
    attachments = fresh.get("attachments", {})
    return _Cell(fresh.source, fresh.cell_type == "code", mark, place, attachments=attachments, lost=lost)


def _recognise(cells: list[_Cell], release: NotebookNode) -> None:
    """Find cells that are unchanged since the release."""
    places: dict[str, list[int]] = {}
    for place, cell in enumerate(release.cells):
        places.setdefault(squeezed(cell.source), []).append(place)
    for cell in cells:
        found = places.get(cell.plain, [])
        cell.given = bool(found) or cell.mark is not None
        if cell.mark is None and len(found) == 1 and cell.plain:
            cell.place = found[0]
            name = grade_id(release.cells[found[0]])
            if name and not utils.is_solution(release.cells[found[0]]):
                cell.mark = name


def _open(release: NotebookNode, place: int) -> bool:
    return utils.is_solution(release.cells[place])


def _answer(cell: NotebookNode, name: str, place: int) -> _Answer:
    functions = _DEF.findall(cell.source) if cell.cell_type == "code" else []
    return _Answer(name, place, cell.cell_type == "code", functions[-1] if functions else "", cell.source)


def _place_function(answer: _Answer, answers: list[_Answer], cells: list[_Cell], notes: _Notes) -> None:
    """Find the cell that defines an answer's function, and take the mark from all others."""
    own = [cell for cell in cells if cell.mark == answer.name]
    _join_parts(answer, cells, notes)
    others = {a.name: a.function for a in answers if a is not answer and a.function}
    defining = [cell for cell in cells if answer.function in cell.functions and cell.plain != answer.stub]
    free = [cell for cell in defining if others.get(cell.mark or "") not in cell.functions]
    marked = [cell for cell in free if cell.mark == answer.name]
    if marked:
        chosen = marked[-1]
        if len(marked) > 1:
            notes.add(f"{answer.name} is there {len(marked)} times; the last that defines {answer.function} counts.")
    elif free:
        chosen = _nearest(answer, free, cells)
        if chosen is None:
            notes.add(
                f"{answer.name} was not taken: {len(free)} cells define {answer.function}, "
                "and none stands where the answer belongs."
            )
            return
        if len(free) > 1:
            notes.add(f"{len(free)} cells define {answer.function}; the last one at its place counts.")
        notes.recognised(answer.name, "its function")
    elif defining:
        _take_out(answer, defining[-1], cells, notes)
        return
    else:
        # Nothing defines it: what stands in the cell is kept, so that the student sees it in the feedback.
        chosen = own[-1] if own else next((cell for cell in cells if cell.plain == answer.stub), None)
        if chosen is None:
            notes.add(f"The notebook has no answer {answer.name}.")
            return
    _mark(chosen, answer, cells)


def _mark(chosen: _Cell, answer: _Answer, cells: list[_Cell]) -> None:
    for cell in cells:
        if cell is not chosen and cell.mark == answer.name:
            cell.mark = cell.place = None
    chosen.mark = answer.name
    chosen.place = answer.place


def _nearest(answer: _Answer, free: list[_Cell], cells: list[_Cell]) -> _Cell | None:
    """The last unmarked definition at the answer's place; elsewhere only if there is just one."""
    between = _between(answer.place, cells)
    near = [cell for cell in between if any(cell is other for other in free[-MOST_COPIES:])]
    if near:
        return near[-1]
    return free[0] if len({cell.plain for cell in free}) == 1 else None


def _between(place: int, cells: Sequence[_Cell]) -> Sequence[_Cell]:
    """The submitted cells between the known neighbours of a place."""
    before = max((c.place for c in cells if c.place is not None and c.place < place), default=None)
    after = min((c.place for c in cells if c.place is not None and c.place > place), default=None)
    start = max((n + 1 for n, c in enumerate(cells) if c.place == before and before is not None), default=0)
    stop = min((n for n, c in enumerate(cells) if c.place == after and after is not None), default=len(cells))
    return cells[start:stop]


def _join_parts(answer: _Answer, cells: list[_Cell], notes: _Notes) -> None:
    """Join an answer that was split over cells, if its parts do not parse alone but do together."""
    mine = (None, answer.name)
    starts = [n for n, cell in enumerate(cells) if answer.function in cell.functions and cell.mark in mine]
    for start in starts[-MOST_COPIES:]:
        parts = [cells[start]]
        for cell in cells[start + 1 : start + MOST_PARTS]:
            if not cell.code or cell.mark not in mine or cell.place not in (None, answer.place):
                break
            if answer.function in cell.functions:
                break
            parts.append(cell)
        count = _together([part.source for part in parts])
        if count > 1:
            joined = "\n".join(part.source for part in parts[:count])
            mark = next((part.mark for part in parts[:count] if part.mark), None)
            cells[start : start + count] = [_Cell(joined, True, mark, answer.place if mark else None)]
            notes.add(f"{answer.name} was split over {count} cells, which were joined.")
            return


def _together(parts: list[str]) -> int:
    """The number of leading parts that form one piece of code, whose last part does not parse alone."""
    whole = [n for n in range(2, len(parts) + 1) if _parses("\n".join(parts[:n]))]
    if not whole:
        return 1
    if not _parses(parts[0]):
        return max([whole[0], *(n for n in whole if not _parses(parts[n - 1]))])
    return max([1, *(n for n in whole if not _parses(parts[n - 1]))])


def _take_out(answer: _Answer, cell: _Cell, cells: list[_Cell], notes: _Notes) -> None:
    """Copy a function out of another answer's cell; otherwise its own stub would redefine it."""
    tree = _tree(cell.source)
    nodes = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == answer.function] if tree else []
    text = ast.get_source_segment(cell.source, nodes[-1]) if nodes else None
    if text is None:
        notes.add(f"{answer.name} was not taken: it stands in the cell of {cell.mark}, which is no valid code.")
        return
    lines = cell.source.splitlines()
    decorators = [lines[d.lineno - 1] for d in nodes[-1].decorator_list if d.lineno == d.end_lineno]
    taken = _Cell("\n".join([*decorators, text]), True)
    cells.append(taken)
    _mark(taken, answer, cells)
    notes.add(f"{answer.name} stands in the cell of {cell.mark}, and was taken from there.")


def _place_text(answer: _Answer, cells: list[_Cell], notes: _Notes) -> None:
    """Find a written answer, or a code answer that defines no function."""
    own = [cell for cell in cells if cell.mark == answer.name]
    if own:
        written = [cell for cell in own if cell.plain != answer.stub]
        if not written and not answer.code and (beside := _only_text_beside(own[-1], cells)):
            notes.add(f"{answer.name} was written into a new cell beside its own, and taken from there.")
            written = [beside]
        written = written or own
        if len(written) > 1:
            notes.add(f"{answer.name} is there {len(written)} times; all of it was put together.")
            _put_together(written)
        _mark(written[-1], answer, cells)
        for picture in written[-1].lost:
            notes.add(f"A picture of {answer.name} was not kept: {picture}.")
        return
    between = _between(answer.place, cells)
    untouched = next((cell for cell in between if cell.plain == answer.stub), None)
    written = [cell for cell in between if cell.plain and cell.place is None and cell.code == answer.code]
    if not any(cell.place is not None and cell.place < answer.place for cell in cells):
        written = []
    if len(written) == 1:
        notes.recognised(answer.name, "its place")
        _mark(written[0], answer, cells)
    elif written:
        notes.add(f"{answer.name} was not taken: {len(written)} cells stand where one answer belongs.")
        # With the cell as it was handed out beside them, grading sees that somebody has to look.
        if untouched is None:
            untouched = _Cell(answer.blank, answer.code)
            cells.insert(next(n for n, cell in enumerate(cells) if cell is written[0]), untouched)
        _mark(untouched, answer, cells)
    elif untouched:
        _mark(untouched, answer, cells)
    else:
        notes.add(f"The notebook has no answer {answer.name}.")


def _only_text_beside(own: _Cell, cells: list[_Cell]) -> _Cell | None:
    """The new text cell next to an answer cell, if it is the only new cell there."""
    at = next(n for n, cell in enumerate(cells) if cell is own)
    before = takewhile(lambda cell: not cell.given, reversed(cells[:at]))
    after = takewhile(lambda cell: not cell.given, cells[at + 1 :])
    new = [cell for cell in (*before, *after) if cell.plain or cell.attachments]
    return new[0] if len(new) == 1 and not new[0].code else None


def _put_together(cells: list[_Cell]) -> None:
    """Join the texts and pictures of cells in the last of them. Pictures of one name get names of their own."""
    texts, pictures = [], {}
    for number, cell in enumerate(cells):
        text = cell.source
        for name, picture in cell.attachments.items():
            unique = name if pictures.get(name, picture) == picture else f"{number}-{name}"
            text = text.replace(f"(attachment:{name})", f"(attachment:{unique})")
            pictures[unique] = picture
        texts.append(text)
    cells[-1].source = "\n\n".join(dict.fromkeys(texts))
    cells[-1].attachments = pictures
    cells[-1].lost = tuple(lost for cell in cells for lost in cell.lost)


def _marked(cell: _Cell) -> NotebookNode:
    fresh = new_code_cell(cell.source) if cell.code else new_markdown_cell(cell.source)
    if cell.attachments and not cell.code:
        fresh.attachments = cell.attachments
    if cell.mark:
        fresh.metadata["nbgrader"] = {"grade_id": cell.mark}
    return fresh


def _parses(source: str) -> bool:
    return _tree(source) is not None


def _tree(source: str) -> ast.Module | None:
    """The syntax tree of a cell; None if it does not parse."""
    if len(source) > LONGEST_PARSED:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in (source, _COMMAND.sub(r"\1pass", source)):
            try:
                return ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None
