"""Makes what students of a unit get: the notebook and rnncore without the answers.

A release is made beside the one in use and replaces it once it is whole, so a refused one changes nothing.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets.config import Config

from autograder.authoring.leaks import find_leaks
from autograder.authoring.pages import PAGES, page_notebook
from autograder.authoring.units import find_unit
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.damaged import read_source
from autograder.grading.decisions import changes_since, points_changed
from autograder.grading.gradebook import apply_rules, has_unit, open_gradebook, read_totals
from autograder.grading.history import some
from autograder.grading.nbgrader_calls import call_nbgrader, made_beside
from autograder.grading.rebuild import grade_id
from autograder.grading.rules import read_rules
from autograder.grading.student_package import (
    StudentPackage,
    build_student_package,
    install_student_package,
    plan_student_package,
)
from autograder.grading.versions import missing_modules

_AS_IT_WAS = "The release in use is as it was"


@dataclass(frozen=True)
class Released:
    """A finished release.

    Attributes:
        folder: the folder to hand out.
        own_copy: whether the class's copy of the unit differs from the course's.
        kept: where the class's copy is now that the course's has replaced it; None if it was not replaced.
        points: for each graded cell with other points than in the course, its points here and there.
        package: the rnncore in it.
        by_hand: what is to be said of points that were given by hand when a cell was worth other points.
        changes: the points of each student before and after it, where they differ.
    """

    folder: Path
    own_copy: bool
    kept: Path | None
    points: dict[str, tuple[float, float]]
    package: StudentPackage
    by_hand: tuple[str, ...] = ()
    changes: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Messages for the instructor."""
        lines = [f"The class's own copy is kept: {self.kept}"] if self.kept else []
        lines += [
            f"{name} is worth {here:g} here and {there:g} in the course; its checks count in proportion"
            for name, (here, there) in self.points.items()
        ]
        return [*lines, *self.by_hand, *filter(None, [points_changed(self.changes, some)])]


def require_released(course: ClassFolder, unit: str) -> None:
    """
    Raises:
        UnknownUnit: if the course has no such unit.
        BadInput: if the class has not released it.
    """
    if not course.release_notebook(unit).is_file():
        find_unit(unit)
        raise BadInput(f"expected a unit that is released here; got {unit}. Run `rnncourse release {unit}` first")


def release_unit(
    course: ClassFolder, unit_name: str, update: bool = False, answers_of: Collection[str] = ()
) -> Released:
    """Make what students of a unit get: the notebook and the student edition of rnncore.

    The pages that serve all units, where to start and the glossary, are written beside that folder.

    Args:
        course: the class.
        unit_name: the unit.
        update: replace the class's copy of the unit with the course's. If an instructor has edited the copy, it is
            kept in the folder `kept`.
        answers_of: the names of earlier units whose answers students may read from now on.

    Raises:
        UnknownUnit: if there is no such unit.
        BadInput: if the class's copy is damaged, if answers are asked for too early, if nbgrader refuses the notebook,
            if students have handed in other cells, if the rules of the class cannot be read, or if the finished release
            holds what students must not see; then everything is as it was.
    """
    unit = find_unit(unit_name)
    read_rules(course.root)
    path = course.source(unit_name)
    given = unit.notebook()
    taken = update or not path.exists()
    source = given if taken else read_source(path)
    _require_usable(course, unit_name, source)
    package = plan_student_package(course, unit, answers_of)
    before, totals = _worth(course, unit_name), _totals(course, unit_name)
    with tempfile.TemporaryDirectory(dir=course.root, prefix=".release-") as temporary:
        root = Path(temporary)
        build_student_package(package, unit, root)
        _try_out(course, unit_name, source, root)
        leaks = find_leaks(find_unit(package.newest), root / "release" / unit_name, package.answers)
        if leaks:
            raise BadInput(f"the release would have told a secret, and was withdrawn: {leaks[0]}. {_AS_IT_WAS}")
        kept = _keep(course, path) if taken and path.exists() and not _same(source, path) else None
        path.parent.mkdir(parents=True, exist_ok=True)
        if taken:
            nbformat.write(source, root / path.name)
            os.replace(root / path.name, path)
        install_student_package(course, package, unit, root)
    with made_beside(course, "release") as directory:
        _generate(course.config, directory, unit_name)
    with open_gradebook(course) as gradebook:
        apply_rules(gradebook, course.config, unit_name)
    by_hand = tuple(_lines_on_points_by_hand(course, unit_name, before))
    for page in PAGES:
        (course.root / "release" / f"{page}.ipynb").write_text(page_notebook(page), encoding="utf-8")
    there = _points(given)
    points = {name: (here, there[name]) for name, here in _points(source).items() if here != there.get(name, here)}
    changes = changes_since(totals, _totals(course, unit_name))
    return Released(course.release_folder(unit_name), not _same(given, path), kept, points, package, by_hand, changes)


def _worth(course: ClassFolder, unit: str) -> dict[str, float]:
    """What each cell of a unit is worth in the gradebook; nothing if it does not have the unit."""
    with open_gradebook(course) as gradebook:
        try:
            notebook = gradebook.find_notebook(unit, unit)
        except MissingEntry:
            return {}
        return {cell.name: float(cell.max_score) for cell in notebook.grade_cells}


def _totals(course: ClassFolder, unit: str) -> dict[str, float]:
    """Everybody's points, if the gradebook has the unit."""
    return read_totals(course, unit) if has_unit(course, unit) else {}


def _lines_on_points_by_hand(course: ClassFolder, unit: str, before: Mapping[str, float]) -> Iterator[str]:
    """Whose points were given by hand when a cell was worth other points than now."""
    now = _worth(course, unit)
    with open_gradebook(course) as gradebook:
        given = [
            (row.name, f"{submission.student.id} {row.manual_score:g}")
            for submission in gradebook.assignment_submissions(unit)
            for notebook in submission.notebooks
            for row in notebook.grades
            if row.manual_score is not None
        ]
    for name in dict.fromkeys(cell for cell, _ in given):
        if now.get(name) != before.get(name, now.get(name)):
            points = some(said for cell, said in given if cell == name)
            yield (
                f"{name} was worth {before[name]:g} and is worth {now[name]:g}, and has points given by hand that stay "
                f"as they are: {points}. Give them anew in the formgrader, or use `rnncourse weigh`, which adapts them"
            )


def _try_out(course: ClassFolder, unit: str, source: NotebookNode, root: Path) -> None:
    """Make the release in a folder of its own, without the gradebook."""
    nbformat.write(source, root / "source" / unit / f"{unit}.ipynb")
    config = deepcopy(course.config)
    config.CourseDirectory.root = str(root)
    config.GenerateAssignment.no_database = True
    steps = config.GenerateAssignment.preprocessors
    config.GenerateAssignment.preprocessors = [step for step in steps if step is not SaveCells]
    _generate(config, CourseDirectory(config=config), unit)


def _generate(config: Config, directory: CourseDirectory, unit: str) -> None:
    api = NbGraderAPI(directory, config=config)
    failure = f"the notebook of {unit} was not released. {_AS_IT_WAS}"
    call_nbgrader(failure, lambda: api.generate_assignment(unit, force=True))


def _require_usable(course: ClassFolder, unit: str, source: NotebookNode) -> None:
    """
    Raises:
        BadInput: if the class's copy needs another version of the package, has a grade_id twice, or has other cells
            than the one that students handed in.
    """
    path = course.source(unit)
    missing = missing_modules(cell.source for cell in source.cells if cell.cell_type == "code")
    if missing:
        raise BadInput(
            f"{path} was made by another version of the course: this one has no {', '.join(missing)}. Take over this "
            f"version with `rnncourse release {unit} --update`, which keeps your copy beside. {_AS_IT_WAS}"
        )
    counts = Counter(name for cell in source.cells if (name := grade_id(cell)))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise BadInput(
            f"expected each grade_id once in {path}; {', '.join(twice)} is there several times, as when a cell is "
            f"copied. Give the copy an id of its own in Create Assignment, or drop it. {_AS_IT_WAS}"
        )
    known, known_graded = _cells_handed_in(course, unit)
    if not known:
        return
    now = {str(grade_id(cell)) for cell in source.cells if is_grade(cell) or is_solution(cell) or is_locked(cell)}
    graded = {str(grade_id(cell)) for cell in source.cells if is_grade(cell)}
    changes = [f"{name} was added" for name in sorted(now - known)]
    changes += [f"{name} was dropped" for name in sorted(known - now)]
    changes += [f"{name} is not graded any more (0 points would do)" for name in sorted(known_graded & now - graded)]
    changes += [f"{name} is graded now" for name in sorted(graded & known - known_graded)]
    if changes:
        raise BadInput(
            f"expected the cells that students handed in; {', '.join(changes)} in {path}. Once a submission is graded, "
            "texts, answers, checks and points of these cells may be changed, and cells without a grade_id added or "
            f"dropped. Undo that, then release again. {_AS_IT_WAS}"
        )


def _cells_handed_in(course: ClassFolder, unit: str) -> tuple[set[str], set[str]]:
    """The cells of a unit in the gradebook, and the graded ones; none if no submission is graded."""
    with open_gradebook(course) as gradebook:
        try:
            notebook = gradebook.find_notebook(unit, unit)
        except MissingEntry:
            return set(), set()
        if not notebook.submissions:
            return set(), set()
        return {cell.name for cell in notebook.source_cells}, {cell.name for cell in notebook.grade_cells}


def _keep(course: ClassFolder, path: Path) -> Path:
    """Keep a copy of the class's notebook, outside the folder that nbgrader hands out."""
    kept = course.root / "kept" / f"{path.stem}-{datetime.now():%Y-%m-%d-%H%M%S}.ipynb"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, kept)
    return kept


def _same(notebook: NotebookNode, path: Path) -> bool:
    """Whether a notebook has the same cells as a file; a damaged file has not."""
    try:
        own = read_source(path)
    except BadInput:
        return False
    return [_essence(cell) for cell in own.cells] == [_essence(cell) for cell in notebook.cells]


def _essence(cell: NotebookNode) -> tuple[str, str, object]:
    entry = cell.metadata.get("nbgrader", {})
    return cell.cell_type, cell.source, {key: entry.get(key) for key in ("grade_id", "grade", "solution", "points")}


def _points(notebook: NotebookNode) -> dict[str, float]:
    return {str(grade_id(cell)): float(cell.metadata.nbgrader["points"]) for cell in notebook.cells if is_grade(cell)}
