"""From a unit's source to the instructor's notebook: what a cell is for stands in its header, the rest follows.

| header in the source | the cell |
|---|---|
| `exercise="lstm-step"` | imports the reference, `from ... import lstm_step  # exercise`; the student's stub |
| `check="lstm-step"` | visible checks; the hidden checks of the exercise are added, and its points |
| `experiment="lstm-experiment-bias"` | run by students, not while grading |
| `given="lstm-setup"` | run by everybody, never edited |
| `question="lstm-question" heading="In your own words" points=3` | a sample answer; graded by hand |

In the text, `{{ exercise lstm-step }}` becomes the heading "Exercise 1. One step of the LSTM (4 points)",
`{{ number lstm-step }}` the number alone, `{{ points }}` the points of the unit and `{{ exercises }}` the table of its
exercises. Titles and points of exercises come from their records in `autograder.exercises`.
"""

import ast
import importlib
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.authoring.inline import EXERCISE
from autograder.checking import Exercise

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
HIDDEN_CHECKS = """
### BEGIN HIDDEN TESTS
from autograder.exercises.{unit}.{module} import exercise

exercise({function})
### END HIDDEN TESTS"""

_KINDS = ("exercise", "check", "experiment", "given", "question")
_PLACE = re.compile(r"\{\{ (exercise|number) ([\w-]+) \}\}|\{\{ (exercises|points) \}\}")


class BuildError(Exception):
    """Something cannot be built; the message says what and why."""


@dataclass(frozen=True)
class Task:
    """What a student hands in for points: an exercise or a written question.

    Attributes:
        id: the grade_id of the cell that the student fills.
        number: its place in the unit, from 1.
        title: what its heading says.
        points: what it is worth.
        exercise: the record; None for a written question.
    """

    id: str
    number: int
    title: str
    points: float
    exercise: Exercise | None = None

    @property
    def heading(self) -> str:
        return f"Exercise {self.number}. {self.title} ({self.points:g} {'point' if self.points == 1 else 'points'})"


def load_exercise(unit: str, id: str) -> Exercise:
    """The record of an exercise.

    Raises:
        BuildError: if there is none of this id.
    """
    module = f"autograder.exercises.{unit}.{_module(id)}"
    try:
        exercise: Exercise = importlib.import_module(module).exercise
    except (ImportError, AttributeError) as error:
        raise BuildError(f"{unit}: exercise {id!r} needs a record `exercise` in {module}; {error}") from error
    if exercise.id != id:
        raise BuildError(f"{module}: its exercise must have the id {id!r}; got {exercise.id!r}")
    return exercise


def read_source(path: Path) -> NotebookNode:
    """A source as a notebook, cell for cell as it is written, with cell ids that never change."""
    return deepcopy(_parse(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=32)
def _parse(text: str) -> NotebookNode:
    nb = jupytext.reads(text, fmt="py:percent")
    nb.metadata = NotebookNode(kernelspec=KERNELSPEC)
    nb.nbformat, nb.nbformat_minor = 4, 5
    for number, cell in enumerate(nb.cells):
        kind, id = _kind(cell)
        cell.id = f"cell-{number:03d}" if kind is None else f"{id}-check" if kind == "check" else id
    return nb


def tasks_of(unit: str, nb: NotebookNode) -> list[Task]:
    """The exercises and questions of a unit's source, in their order."""
    tasks: list[Task] = []
    for cell in nb.cells:
        kind, id = _kind(cell)
        if kind == "exercise":
            record = load_exercise(unit, id)
            tasks.append(Task(id, len(tasks) + 1, record.title, record.points, record))
        elif kind == "question":
            try:
                title, points = str(cell.metadata["heading"]), float(cell.metadata["points"])
            except (KeyError, TypeError, ValueError) as error:
                raise BuildError(f"{unit}: question {id!r} needs a heading and points in its header") from error
            tasks.append(Task(id, len(tasks) + 1, title, points))
    return tasks


def derive_notebook(unit: str, nb: NotebookNode) -> NotebookNode:
    """Turn a unit's source into nbgrader's notebook for instructors.

    Args:
        unit: the unit's name.
        nb: what `read_source` gave; it is changed.

    Raises:
        BuildError: if an exercise has no record, no check or another function than its record; or the text names an
            exercise that is not in the unit.
    """
    tasks = {task.id: task for task in tasks_of(unit, nb)}
    called: dict[str, set[str]] = {}
    given: list[str] = []
    for cell in nb.cells:
        kind, id = _kind(cell)
        if kind == "given":
            given.append(cell.source)
        elif kind == "check":
            called[id] = _names(cell.source, given)
    exercises = {task.id for task in tasks.values() if task.exercise}
    if exercises != set(called):
        raise BuildError(f"{unit}: these have only one of exercise and check: {sorted(exercises ^ set(called))}")
    for cell in nb.cells:
        kind, id = _kind(cell)
        cell.source = _PLACE.sub(lambda match: _fill(match, unit, tasks, called), cell.source)
        if kind == "exercise":
            _require_function(unit, cell, tasks[id])
        if kind == "check":
            name = tasks[id].exercise.reference.__name__  # type: ignore[union-attr]
            cell.source += HIDDEN_CHECKS.format(unit=unit, module=_module(id), function=name)
        tags = [*cell.metadata.get("tags", []), *_tags(kind, cell)]
        cell.metadata = NotebookNode() if kind is None else _metadata(kind, cell, tasks.get(id))
        if tags:
            cell.metadata["tags"] = tags
    nbformat.validate(nb)
    return nb


def _module(id: str) -> str:
    return id.replace("-", "_")


def _kind(cell: NotebookNode) -> tuple[str | None, str]:
    """What a cell is for, and its id."""
    return next(((kind, str(cell.metadata[kind])) for kind in _KINDS if kind in cell.metadata), (None, ""))


def _metadata(kind: str, cell: NotebookNode, task: Task | None) -> NotebookNode:
    """What nbgrader has to know about a cell."""
    filled = kind in ("exercise", "question")
    entry: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "grade": kind in ("check", "question"),
        "grade_id": cell.id,
        "locked": not filled,
        "schema_version": 3,
        "solution": filled,
        "task": False,
    }
    if entry["grade"] and task:
        entry["points"] = int(task.points) if task.points == int(task.points) else task.points
    return NotebookNode(nbgrader=NotebookNode(entry))


def _tags(kind: str | None, cell: NotebookNode) -> list[str]:
    """`experiment` is not run for grading; Run All goes on after an error in a cell tagged `raises-exception`."""
    goes_on = ["raises-exception"] if cell.cell_type == "code" and kind not in ("given", "exercise") else []
    return (["experiment"] if kind == "experiment" else []) + goes_on


def _require_function(unit: str, cell: NotebookNode, task: Task) -> None:
    found = EXERCISE.search(cell.source)
    wanted = task.exercise.reference.__name__ if task.exercise else ""
    if found is None or found["name"] != wanted:
        got = found[0] if found else cell.source[:80]
        raise BuildError(f"{unit}: the cell of {task.id!r} must be `from ... import {wanted}  # exercise`; got {got!r}")


def _fill(match: re.Match[str], unit: str, tasks: dict[str, Task], called: dict[str, set[str]]) -> str:
    what, id, whole = match.groups()
    if whole == "points":
        return f"{sum(task.points for task in tasks.values()):g}"
    if whole == "exercises":
        return _table(list(tasks.values()), called)
    if id not in tasks:
        raise BuildError(f"{unit}: {match[0]} names no exercise of the unit; it has {', '.join(tasks)}")
    return tasks[id].heading if what == "exercise" else str(tasks[id].number)


def _names(check: str, given: list[str]) -> set[str]:
    """The names in a check, and those that what it uses of the cells given before it is made of."""
    made: dict[str, set[str]] = {}
    for statement in (statement for source in given for statement in ast.parse(source).body):
        nodes = list(ast.walk(statement))
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        names = {statement.name} if isinstance(statement, ast.FunctionDef) else used
        for name in names:
            made[name] = made.get(name, set()) | used
    found: set[str] = set()
    waiting = {node.id for node in ast.walk(ast.parse(check)) if isinstance(node, ast.Name)}
    while waiting:
        found |= waiting
        waiting = set().union(*(made.get(name, set()) for name in waiting)) - found
    return found


def _table(tasks: list[Task], called: dict[str, set[str]]) -> str:
    """The exercises of a unit as a table in Markdown; which others the check of each calls, in one column."""
    by_function = {task.exercise.reference.__name__: task for task in tasks if task.exercise}

    def calls(task: Task) -> set[str]:
        """The functions of earlier exercises that a task's check or reference calls."""
        if task.exercise is None:
            return set()
        names = called[task.id] | set(task.exercise.substitutes)
        names = {name for name in names & set(by_function) if by_function[name].number < task.number}
        return names.union(*(calls(by_function[name]) for name in names))

    rows = ["| | exercise | you write | its check also calls | points |", "|---|---|---|---|---|"]
    for task in tasks:
        function = f"`{task.exercise.reference.__name__}`" if task.exercise else "an answer in words"
        others = ", ".join(map(str, sorted(by_function[name].number for name in calls(task))))
        rows.append(f"| {task.number} | {task.title} | {function} | {others} | {task.points:g} |")
    return "\n".join(rows)
