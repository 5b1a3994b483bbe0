"""Releases. Oracle: every file of the class as it was before, and the points of the course."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.checking.verdict import CheckResult, Verdict
from autograder.demo import UNIT, Homework
from autograder.grading import engine
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import open_gradebook, read_grades
from autograder.grading.pools import open_pool
from autograder.grading.release import release_unit
from autograder.grading.rules import RULES
from autograder.grading.trusted import UnusableChecks, scaled

needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")


def grade(course: ClassFolder, *students: str) -> dict[str, dict[str, float | None]]:
    """Points by student and exercise."""
    with open_pool(1) as pool:
        outcomes = list(engine.grade(course, UNIT, students, pool))
    assert not any(outcome.failure for outcome in outcomes), outcomes
    found: dict[str, dict[str, float | None]] = {student: {} for student in students}
    for grade in read_grades(course, UNIT):
        if grade.student in found:
            found[grade.student][grade.exercise] = grade.score
    return found


class Source:
    """The class's copy of the unit, to change."""

    def __init__(self, course: ClassFolder):
        self.path = course.source(UNIT)
        self.nb = nbformat.read(self.path, as_version=4)

    def cell(self, name: str) -> NotebookNode:
        return next(cell for cell in self.nb.cells if cell.id == name)

    def save(self) -> None:
        nbformat.write(self.nb, self.path)


def add(source: Source) -> None:
    cell = nbformat.from_dict(source.cell("lstm-step-check"))
    cell.id, cell.metadata.nbgrader["grade_id"] = "bonus", "bonus"
    source.nb.cells.append(cell)


def drop(source: Source) -> None:
    source.nb.cells.remove(source.cell("lstm-question"))


def copy(source: Source) -> None:
    cell = nbformat.from_dict(source.cell("lstm-question"))
    cell.id = "copy"
    source.nb.cells.append(cell)


def stop_grading(source: Source) -> None:
    source.cell("lstm-question").metadata.nbgrader |= {"grade": False}


def break_marks(source: Source) -> None:
    source.cell("lstm-step").source = "### BEGIN SOLUTION"


def older_version(source: Source) -> None:
    old = "from autograder.hidden_of_another_version.u05_lstm import check\n\ncheck(lstm_step)"
    source.cell("lstm-step-check").source = f"### BEGIN HIDDEN TESTS\n{old}\n### END HIDDEN TESTS"


@pytest.fixture(scope="module")
def graded(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of two, graded: right has everything, wrong has lost a bias."""
    course = ClassFolder(Path(shutil.copytree(released, tmp_path_factory.mktemp("release") / "class")))
    notebook = course.release_notebook(UNIT)
    Homework(notebook, solved=True).save(course.submission(UNIT, "right"))
    wrong = Homework(notebook, solved=True).change("from-torch", ' + weights["bias_hh_l0"]', "")
    wrong.save(course.submission(UNIT, "wrong"))
    grade(course, "right", "wrong")
    return course.root


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> ClassFolder:
    return ClassFolder(Path(shutil.copytree(graded, tmp_path / "class")))


@pytest.mark.slow
@needs_bwrap
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (add, "bonus was added"),
        (drop, "lstm-question was dropped"),
        (copy, "expected each grade_id once.*lstm-question is there several times"),
        (stop_grading, r"lstm-question is not graded any more \(0 points would do\)"),
        (break_marks, "solution"),
        (older_version, f"no autograder.hidden_of_another_version.*rnncourse release {UNIT} --update"),
    ],
)
def test_a_refused_release_changes_nothing_and_says_what_may_be_changed(course, tree, change, said):
    source = Source(course)
    change(source)
    source.save()
    before = tree(course.root)
    with pytest.raises(
        BadInput, match=f"(?s){said}.*The release in use is as it was|The release in use is as it was.*{said}"
    ):
        release_unit(course, UNIT)
    assert tree(course.root) == before
    assert engine.changed(course, UNIT, ["right"]) == ["right"]  # the source has changed, so it is graded again
    assert grade(course, "right")["right"]["lstm-step"] == 4


def test_before_anybody_is_graded_cells_may_be_added_and_dropped(new_class):
    source = Source(new_class)
    add(source)
    drop(source)
    source.save()
    release_unit(new_class, UNIT)
    names = {cell.id for cell in nbformat.read(new_class.release_notebook(UNIT), as_version=4).cells}
    assert "bonus" in names
    assert "lstm-question" not in names


@pytest.mark.slow
def test_an_update_keeps_the_copy_that_was_edited(new_class):
    assert release_unit(new_class, UNIT, update=True).kept is None
    source = Source(new_class)
    source.nb.cells[0].source = "# Our own title"
    source.save()
    edited = new_class.source(UNIT).read_bytes()
    assert release_unit(new_class, UNIT).own_copy
    made = release_unit(new_class, UNIT, update=True)
    assert made.kept
    assert made.kept.read_bytes() == edited
    assert not made.own_copy
    assert "Our own title" not in new_class.release_notebook(UNIT).read_text()
    assert [path.suffix for path in new_class.release_folder(UNIT).iterdir()].count(".ipynb") == 1


@pytest.mark.parametrize("content", [b"", b'{"cells": [{"cell_type"', b"[]", b"{}", b"\xff"])
def test_a_damaged_copy_is_named_with_its_cure(new_class, tree, content):
    new_class.source(UNIT).write_bytes(content)
    before = tree(new_class.root)
    with pytest.raises(BadInput, match=f"{UNIT}.ipynb; it is damaged.*`rnncourse release {UNIT} --update`"):
        release_unit(new_class, UNIT)
    assert tree(new_class.root) == before


def test_damaged_rules_refuse_a_release_before_it_is_made(new_class, tree):
    source = Source(new_class)
    source.nb.cells[0].source = "# Our own title"
    source.save()
    (new_class.root / RULES).write_text("{")
    before = tree(new_class.root)
    with pytest.raises(BadInput, match=r"expected the rules of the class in .*rules\.json"):
        release_unit(new_class, UNIT)
    assert tree(new_class.root) == before


@pytest.mark.slow
def test_an_update_replaces_a_damaged_copy_and_keeps_it(new_class):
    whole = new_class.source(UNIT).read_bytes()
    new_class.source(UNIT).write_bytes(whole[:5000])
    made = release_unit(new_class, UNIT, update=True)
    assert made.kept
    assert made.kept.read_bytes() == whole[:5000]
    assert new_class.source(UNIT).read_bytes() == whole


@pytest.mark.slow
def test_files_of_an_earlier_release_do_not_stay(new_class):
    folder = new_class.release_folder(UNIT)
    (folder / "rnncore_student-0.0.1-py3-none-any.whl").write_text("old")
    (new_class.source(UNIT).parent / "rnncore_student-0.0.1-py3-none-any.whl").write_text("old")
    (folder / "data").mkdir()
    (folder / "data" / "old.csv").write_text("old")
    release_unit(new_class, UNIT)
    assert sorted(path.suffix for path in folder.iterdir()) == [".ipynb", ".whl"]
    assert not list(new_class.root.glob(".release-*"))


# Points that a class has changed.


@pytest.mark.slow
@needs_bwrap
def test_points_given_by_hand_are_named_when_a_question_is_worth_other_points(course):
    grade(course, "right", "wrong")
    with open_gradebook(course) as gradebook:
        row = gradebook.find_grade("lstm-question", UNIT, UNIT, "right")
        worth, row.manual_score, row.needs_manual_grade = row.max_score, 0.75, False
        gradebook.db.commit()
    assert "by hand" not in " ".join(release_unit(course, UNIT).lines())
    source = Source(course)
    source.cell("lstm-question").metadata.nbgrader["points"] = 0.5
    source.save()
    said = " ".join(release_unit(course, UNIT).lines())
    assert f"lstm-question was worth {worth:g} and is worth 0.5, and has points given by hand" in said
    assert "right 0.75. Give them anew" in said


@pytest.mark.slow
@needs_bwrap
def test_checks_count_in_proportion_to_the_points_of_the_class(course):
    there = {grade.exercise: grade.max_score for grade in read_grades(course, UNIT)}
    before = grade(course, "right", "wrong")
    assert before["wrong"]["from-torch"] not in (0, there["from-torch"])
    points = {"lstm-step": 1, "from-torch": there["from-torch"] * 2 / 3, "lstm-forward": 0, "lstm-backward": 2.5}
    source = Source(course)
    for exercise, here in points.items():
        source.cell(f"{exercise}-check").metadata.nbgrader["points"] = here
    source.save()
    made = release_unit(course, UNIT)
    assert made.points == {f"{e}-check": (here, there[e]) for e, here in points.items() if here != there[e]}
    assert "lstm-step-check is worth 1 here and 4 in the course; its checks count in proportion" in made.lines()
    found = grade(course, "right", "wrong")
    for student, grades in before.items():
        for exercise, score in grades.items():
            here = points.get(exercise, there[exercise])
            wanted = None if score is None else score * here / there[exercise]
            assert found[student][exercise] == (None if wanted is None else pytest.approx(wanted, abs=1e-5)), exercise
    assert found["right"]["from-torch"] == points["from-torch"]


@pytest.mark.parametrize("points", [0, 1, 2.5, 1 / 3, 2 / 3, 4, 1e-3, 100])
def test_scaled_verdicts_add_up_to_the_points(points):
    results = tuple(CheckResult(f"check {n}", p, p != 1.5) for n, p in enumerate((1.0, 1.5, 1.0, 0.5)))
    verdict = scaled(Verdict("f", results), points)
    assert verdict.max_score == pytest.approx(points)
    assert verdict.score == pytest.approx(points * 2.5 / 4)
    assert verdict.scaled_from == (None if points == 4 else 4)
    assert [r.name for r in verdict.results] == [r.name for r in results]


def test_checks_without_points_cannot_be_scaled():
    with pytest.raises(UnusableChecks, match="no checks with points"):
        scaled(Verdict("f", ()), 3)
    assert scaled(Verdict("f", ()), 0).score == 0
