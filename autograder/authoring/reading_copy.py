"""A unit to read: the student's notebook, with what the reference run printed and drew."""

import nbformat
from nbformat import NotebookNode
from nbgrader import utils

from autograder.authoring.build import COURSE
from autograder.authoring.derive import BuildError
from autograder.authoring.units import Unit

WIDGET = "application/vnd.jupyter.widget-view+json"


def reading_copy(unit: Unit) -> NotebookNode:
    """The notebook of a unit as students get it, with the outputs of the reference run under its cells.

    What the hidden checks said is left out, and so are widgets, which need a kernel.

    Raises:
        BuildError: if the two are not of one build.
    """
    paths = COURSE / unit.name / f"{unit.name}.ipynb", unit.source.with_suffix(".ipynb")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise BuildError(f"{unit.name}: expected {', '.join(missing)}; run `rnncourse build {unit.name}`")
    student, run = (nbformat.read(path, as_version=4) for path in paths)
    if [cell.id for cell in student.cells] != [cell.id for cell in run.cells]:
        raise BuildError(f"{unit.name}: its two notebooks have other cells; run `rnncourse build {unit.name}`")
    for cell, executed in zip(student.cells, run.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs = [output for output in executed.outputs if _shown(executed, output)]
    return student


def _shown(cell: NotebookNode, output: NotebookNode) -> bool:
    if output.output_type == "execute_result" and utils.is_grade(cell):
        return False
    return WIDGET not in output.get("data", {})
