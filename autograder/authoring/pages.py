"""The pages beside the units: where to start, and a glossary. Made from sources in solutions/, as the units are."""

import re

import nbformat

from autograder import PROJECT
from autograder.authoring.derive import BuildError, read_source
from autograder.authoring.units import Unit, all_units

PAGES = ("start", "glossary")
UNITS = "{{ units }}"
"""In a page's source, the place of the table of units."""

_TITLE = re.compile(r"^# # Unit \d+\. (.+)$", re.M)
_TIME = re.compile(r"^# \*\*Time\*\* (.+?)\. \*\*Points\*\*", re.M)


def page_notebook(name: str) -> str:
    """The text of a page's notebook, the same at every build.

    Raises:
        BuildError: if a unit does not say what the table of units needs.
    """
    nb = read_source(PROJECT / "solutions" / f"{name}.py")
    for cell in nb.cells:
        if UNITS in cell.source:
            cell.source = cell.source.replace(UNITS, units_table())
    return nbformat.writes(nb) + "\n"


def units_table() -> str:
    """What each unit says of itself, as a table in Markdown."""
    lines = ["| | unit | you write | time | points |", "|---|---|---|---|---|"]
    for unit in all_units():
        text = unit.source.read_text(encoding="utf-8")
        title = f"[{_stated(_TITLE, text, unit)}]({unit.name}/{unit.name}.ipynb)"
        tasks = unit.tasks()
        functions = [f"`{task.exercise.reference.__name__}`" for task in tasks if task.exercise]
        questions = len(tasks) - len(functions)
        points = f"{sum(task.points for task in tasks):g}"
        work = f"{len(functions)} functions: {', '.join(functions)}; {questions} question{'s' * (questions != 1)}"
        lines.append(f"| {unit.number} | {title} | {work} | {_stated(_TIME, text, unit)} | {points} |")
    return "\n".join(lines)


def _stated(pattern: re.Pattern[str], text: str, unit: Unit) -> str:
    match = pattern.search(text)
    if match is None:
        raise BuildError(f"{unit.source} must have a line like {pattern.pattern!r}, for the table of units")
    return match[1]
