"""Makes what students of a unit get: the notebook and rnncore without the answers."""

import shutil
from collections.abc import Collection
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI

from autograder.authoring.leaks import find_leaks
from autograder.authoring.pages import PAGES, page_notebook
from autograder.authoring.units import find_unit
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.nbgrader_calls import call_nbgrader
from autograder.grading.student_package import make_student_package


def require_released(course: ClassFolder, unit: str) -> None:
    """
    Raises:
        UnknownUnit: if the course has no such unit.
        BadInput: if the class has not released it.
    """
    if not course.release_notebook(unit).is_file():
        find_unit(unit)
        raise BadInput(f"expected a unit that is released here; got {unit}. Run `rnncourse release {unit}` first")


def release_unit(course: ClassFolder, unit_name: str, update: bool = False, answers_of: Collection[str] = ()) -> Path:
    """Make what students of a unit get: the notebook and the student edition of rnncore.

    The pages that serve all units, where to start and the glossary, are written beside that folder.

    Args:
        course: the class.
        unit_name: the unit.
        update: replace the class's copy of the unit, which an instructor may have edited, with the course's.
        answers_of: the names of earlier units whose answers students may read from now on.

    Returns:
        The folder to hand out.

    Raises:
        UnknownUnit: if there is no such unit.
        BadInput: if answers are asked for too early, nbgrader refuses the notebook, or the finished release holds
            what students must not see; then nothing is left of it.
    """
    unit = find_unit(unit_name)
    package = make_student_package(course, unit, answers_of)
    source = course.source(unit_name)
    if update or not source.exists():
        source.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(unit.notebook(), source)
    api = NbGraderAPI(course.directory, config=course.config)
    call_nbgrader(
        f"the notebook of {unit_name} was not released", lambda: api.generate_assignment(unit_name, force=True)
    )
    folder = course.release_folder(unit_name)
    leaks = find_leaks(find_unit(package.newest), folder, package.answers)
    if leaks:
        shutil.rmtree(folder)
        raise BadInput(f"the release would have told a secret, and was withdrawn: {leaks[0]}")
    for page in PAGES:
        (folder.parent / f"{page}.ipynb").write_text(page_notebook(page), encoding="utf-8")
    return folder


def has_own_copy(course: ClassFolder, unit: str) -> bool:
    """Whether the class's copy of a unit differs from the course's: an instructor edited it, or it is older."""
    own, given = nbformat.read(course.source(unit), as_version=4), find_unit(unit).notebook()
    return [cell.source for cell in own.cells] != [cell.source for cell in given.cells]
