"""Where the units are, and what is in them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder import PROJECT
from autograder.authoring.derive import Task, derive_notebook, read_source, tasks_of
from autograder.authoring.inline import EXERCISE

SOURCES = PROJECT / "solutions"


class UnknownUnit(Exception):
    """There is no such unit; the message names those that there are."""


@dataclass(frozen=True)
class Unit:
    """One unit of the course, such as `u05_lstm`."""

    name: str

    @property
    def source(self) -> Path:
        """The file from which everything else is made."""
        return SOURCES / self.name / f"{self.name}.py"

    @property
    def number(self) -> int:
        return int(self.name[1:3])

    def exercises(self) -> list[str]:
        """The dotted names of the functions that students write, in order."""
        found = EXERCISE.finditer(self.source.read_text())
        return [f"{match['module']}.{match['name']}" for match in found]

    def notebook(self) -> NotebookNode:
        """The instructor's notebook, with exercises as import lines.

        Raises:
            BuildError: if an exercise of it has no record, or no check.
        """
        return derive_notebook(self.name, read_source(self.source))

    def tasks(self) -> list[Task]:
        """What students hand in for points, in order: exercises and written questions."""
        return tasks_of(self.name, read_source(self.source))


def all_units() -> list[Unit]:
    """All units, in the order of the course."""
    return [Unit(path.stem) for path in sorted(SOURCES.glob("u[0-9][0-9]_*/u[0-9][0-9]_*.py"))]


def find_unit(name: str) -> Unit:
    """The unit of a name.

    Raises:
        UnknownUnit: if there is none.
    """
    units = {unit.name: unit for unit in all_units()}
    if name not in units:
        raise UnknownUnit(f"expected a unit, one of {', '.join(units)}; got {name!r}")
    return units[name]


def withheld_exercises(unit: Unit, answers: Collection[str] = ()) -> dict[str, int]:
    """The functions whose bodies students of a unit must not read.

    Args:
        unit: the newest unit that they have.
        answers: the names of the earlier units whose answers they may read.

    Returns:
        By dotted name, the number of the unit that asks for the function.
    """
    units = [other for other in all_units() if other.number >= unit.number or other.name not in answers]
    return {name: other.number for other in units for name in other.exercises()}
