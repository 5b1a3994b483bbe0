"""The instructor's report on a unit: how the class did, what went wrong, and which answers look alike."""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader
from nbformat import NotebookNode
from nbgrader import utils

from autograder.authoring.inline import inline_exercises, without_marks
from autograder.checking.exercise import NOT_WRITTEN
from autograder.grading.class_folder import ClassFolder
from autograder.grading.damaged import read_graded, read_source
from autograder.grading.gradebook import Grade, Result, read_results, require_grades, weighed
from autograder.grading.own_files import write_own
from autograder.grading.rebuild import grade_id
from autograder.grading.rules import Waiver, read_rules
from autograder.limited import Allowance, LimitExceeded
from autograder.reports.feedback import TEMPLATES, titles
from autograder.reports.similarity import SHARE, Answer, Exercise, Match, Pair, analysed, find_copies, find_pairs

BARS = 10
SHOWN_PAIRS = 20
"""The number of pairs shown side by side; a table has them all."""
SECONDS = 0.5
"""How long the processor may work on the answers of one student; it is tried three times."""
FAILURES = {
    "Ran out of time": re.compile(r"took longer than|used up its"),
    "Ended its process": re.compile(r"ended the process|process is gone"),
    "Gave an answer that cannot be read": re.compile(r"gave an answer that cannot be read"),
}


@dataclass(frozen=True)
class Submission:
    """One student's result, with the notebook as it was graded; `notebook` is None if it was not."""

    result: Result
    notebook: NotebookNode | None

    @property
    def student(self) -> str:
        return self.result.student

    @property
    def grades(self) -> tuple[Grade, ...]:
        return self.result.grades

    @cached_property
    def _notes(self) -> dict[str, Any]:
        return self.notebook.metadata.get("rnncourse", {}) if self.notebook else {}

    @property
    def refused(self) -> str:
        """Why it could not be read, if so."""
        return self._notes.get("refused", "")

    @property
    def repairs(self) -> list[str]:
        """The repairs that intake made."""
        return self._notes.get("repairs", [])

    @property
    def seconds(self) -> float | None:
        """How long grading took, if known."""
        return self._notes.get("seconds")

    @cached_property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        """The verdict on each test cell, by grade_id; empty if the submission could not be read."""
        if self.notebook is None or self.refused:
            return {}
        return {str(grade_id(c)): c.metadata.rnncourse for c in self.notebook.cells if "rnncourse" in c.metadata}

    def answers(self, released: set[str]) -> dict[str, list[str]]:
        """The code of each exercise: the cell of the answer, and those that the student added behind it.

        Args:
            released: the sources of the handed-out cells.
        """
        found: dict[str, list[str]] = {}
        last = None
        for cell in self.notebook.cells if self.notebook and not self.refused else []:
            if cell.cell_type == "code" and utils.is_solution(cell):
                last = str(grade_id(cell))
                found[last] = [cell.source]
            elif grade_id(cell):
                last = None
            elif last and cell.cell_type == "code" and cell.source not in released:
                found[last].append(cell.source)
        return found

    def failures(self) -> set[str]:
        """The kinds of `FAILURES` that occurred."""
        said = [check["message"] for verdict in self.verdicts.values() for check in verdict["checks"]]
        for cell in self.notebook.cells if self.notebook else []:
            streams = (output.text for output in cell.get("outputs", []) if output.output_type == "stream")
            said += [text for text in streams if text.startswith("This cell did not run to its end")]
        return {kind for kind, pattern in FAILURES.items() if any(map(pattern.search, said))}


@dataclass(frozen=True)
class Bar:
    """One bar of the score distribution: the number of students with at least `low` and under `high` points."""

    low: int
    high: int
    count: int


@dataclass
class CheckCount:
    """How often a check passed, failed, or was not reached because of a missing answer or an earlier check.

    Where the check was waived, its points were given all the same, and `waived` says why.
    """

    name: str
    points: float
    passed: int = 0
    missed: int = 0
    unreached: int = 0
    waived: str = ""

    @property
    def total(self) -> int:
        return self.passed + self.missed + self.unreached


@dataclass(frozen=True)
class Cause:
    """A reason for lost points, with the students whom it concerns."""

    exercise: str
    text: str
    students: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CodeLine:
    """One line of an answer, and whether two answers share it."""

    number: int
    text: str
    shared: bool


def write_report(
    course: ClassFolder, unit: str, path: Path, section: str = "", only: Container[str] | None = None
) -> None:
    """Write the report on a unit.

    Args:
        course: the class.
        unit: a unit with at least one graded submission.
        path: the HTML file to write.
        section: the name of the section that the report is on; empty if it is on the class.
        only: the students of that section; None for all.

    Raises:
        BadInput: if nobody has a grade, if the class's copy of the unit is damaged, or if another file is at
            that place.
    """
    results = read_results(course, unit, only)
    require_grades(results, unit)
    released = nbformat.read(course.release_notebook(unit), as_version=4)
    source = read_source(course.source(unit))
    submissions = [Submission(result, graded_notebook(course, unit, result)) for result in results]
    graded = [s for s in submissions if s.notebook]
    title = titles(released)
    exercises = list(_exercises(graded, released, source))
    pairs = find_pairs(exercises)
    counting = [s for s in graded if not s.result.excused]
    waiting = {grade.exercise: grade.max_score for s in counting for grade in s.grades if grade.score is None}
    everything = next(result.grades for result in results if result.grades)
    maximum = sum(grade.max_score for grade in everything if grade.exercise not in waiting)
    scores = [_score(s.result, waiting) for s in counting if not s.refused]
    times = [s.seconds for s in graded if s.seconds is not None]
    by_name = {exercise.name: exercise for exercise in exercises}
    # The name of an exercise in the table of grades is that of its cell without this ending.
    heading = {name.removesuffix("-check"): text for name, text in title.items()}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "rnncourse"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("report.html.j2").render(
        unit=unit,
        section=section,
        title=heading,
        submissions=submissions,
        graded=graded,
        waiting=waiting,
        weighed=weighed(results),
        maximum=maximum,
        scores=scores,
        median=median,
        bars=score_bars(scores, maximum),
        times=times,
        checks=check_counts(graded, read_rules(course.root).waivers_of(unit)),
        misconceptions=misconceptions(graded),
        reasons=reasons(graded),
        failures={kind: [s.student for s in graded if kind in s.failures()] for kind in FAILURES},
        copies=find_copies(exercises),
        pairs=pairs,
        shown=[(pair, list(_side_by_side(pair, by_name))) for pair in pairs[:SHOWN_PAIRS]],
        unparsed=[(e.name, name) for e in exercises for name, answer in e.answers.items() if not answer.readable],
        share=SHARE,
    )
    write_own(course, path, page)


def graded_notebook(course: ClassFolder, unit: str, result: Result) -> NotebookNode | None:
    path = course.autograded_notebook(unit, result.student)
    return read_graded(path) if result.grades and path.exists() else None


def _score(result: Result, without: Container[str]) -> float:
    """The points after the late penalty, without some exercises."""
    return max(0.0, sum(g.score or 0.0 for g in result.grades if g.exercise not in without) - result.penalty)


def _exercises(graded: Iterable[Submission], released: NotebookNode, source: NotebookNode) -> Iterator[Exercise]:
    stubs = {str(grade_id(cell)): cell.source for cell in released.cells if _is_answer(cell)}
    solved = {str(grade_id(c)): without_marks(inline_exercises(c.source)) for c in source.cells if _is_answer(c)}
    handed_out = {cell.source for cell in released.cells}
    answers = {s.student: comparable_answers(s.answers(handed_out), stubs) for s in graded}
    for name, stub in stubs.items():
        written = {student: found[name] for student, found in answers.items() if name in found}
        yield Exercise(name, written, Answer(stub), Answer(solved[name]))


def comparable_answers(answers: Mapping[str, list[str]], stubs: Mapping[str, str]) -> dict[str, Answer]:
    """A student's answers but for untouched ones, without the added cells if those take too much to compare.

    An answer that takes too much by itself is empty.
    """
    written = {name: cells for name, cells in answers.items() if cells != [stubs.get(name)]}
    for chosen in (written, {name: cells[:1] for name, cells in written.items()}):
        with suppress(LimitExceeded):
            return Allowance(SECONDS).call(analysed, chosen)
    found = dict.fromkeys(written, Answer(""))
    for name, cells in written.items():
        with suppress(LimitExceeded):
            found |= Allowance(SECONDS / len(written)).call(analysed, {name: cells[:1]})
    return found


def _is_answer(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and utils.is_solution(cell)


def score_bars(scores: Iterable[float], maximum: float) -> list[Bar]:
    """At most `BARS` bars of whole points; the last one has the full score in it."""
    width = max(1, -int(-maximum // BARS))
    lows = list(range(0, max(1, int(maximum)), width))
    counts = [0] * len(lows)
    for score in scores:
        counts[min(int(score // width), len(lows) - 1)] += 1
    return [Bar(low, low + width, count) for low, count in zip(lows, counts, strict=True)]


def check_counts(graded: Iterable[Submission], waivers: Iterable[Waiver] = ()) -> dict[str, list[CheckCount]]:
    """The counts of each check, by exercise and in the order of the checks."""
    waived = {(waiver.exercise, waiver.check): waiver.reason for waiver in waivers}
    found: dict[str, dict[str, CheckCount]] = defaultdict(dict)
    for submission in graded:
        for name, verdict in submission.verdicts.items():
            for check in verdict["checks"]:
                exercise = name.removesuffix("-check")
                why = waived.get((exercise, check["name"]), "")
                new = CheckCount(check["name"], check["points"], waived=why)
                count = found[exercise].setdefault(check["name"], new)
                if check["passed"]:
                    count.passed += 1
                elif check["waits"] or check["message"] == NOT_WRITTEN:
                    count.unreached += 1
                else:
                    count.missed += 1
    return {name: list(counts.values()) for name, counts in found.items()}


def misconceptions(graded: Iterable[Submission]) -> list[Cause]:
    """The recognised misconceptions, the most frequent first."""
    return _ranked(
        (name.removesuffix("-check"), verdict["misconception"], submission.student)
        for submission in graded
        for name, verdict in submission.verdicts.items()
        if verdict["misconception"]
    )


def reasons(graded: Iterable[Submission]) -> list[Cause]:
    """Other reasons for lost points, the most frequent first; missing answers are in the table of checks."""
    known = {(cause.exercise, cause.text) for cause in misconceptions(graded)}
    return _ranked(
        (grade.exercise, grade.reason, submission.student)
        for submission in graded
        for grade in submission.grades
        if grade.score is not None and grade.score < grade.max_score and not submission.refused
        if grade.reason not in ("", NOT_WRITTEN) and (grade.exercise, grade.reason) not in known
    )


def _ranked(found: Iterable[tuple[str, str, str]]) -> list[Cause]:
    causes: dict[tuple[str, str], Cause] = {}
    for exercise, text, student in found:
        causes.setdefault((exercise, text), Cause(exercise, text)).students.append(student)
    return sorted(causes.values(), key=lambda cause: -len(cause.students))


def _side_by_side(pair: Pair, exercises: dict[str, Exercise]) -> Iterator[tuple[Match, list[list[CodeLine]]]]:
    for match in pair.matches:
        answers = [exercises[match.exercise].answers[student] for student in pair.students]
        given = {line.strip() for line in _lines(exercises[match.exercise].stub)}
        yield match, [code_lines(answer, set(match.shared), given) for answer in answers]


def _lines(answer: Answer) -> list[str]:
    """The lines of an answer as Python counts them."""
    return re.split("\r\n|\r|\n", answer.source)


def code_lines(answer: Answer, shared: set[int], given: set[str]) -> list[CodeLine]:
    """The lines of an answer without its docstrings.

    Args:
        answer: one that can be parsed.
        shared: the fingerprints to mark.
        given: handed-out lines, which are not marked.
    """
    marked = set(answer.lines(shared))
    return [
        CodeLine(n, text, n in marked and text.strip() not in given)
        for n, text in enumerate(_lines(answer), 1)
        if n not in answer.text_lines and text.strip()
    ]
