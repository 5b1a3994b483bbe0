"""Grades that must not vanish or change without a word. Oracle: the gradebook before, and nbgrader's own interface."""

import contextlib
import csv
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader import utils

from autograder import cli
from autograder.demo import UNIT, Homework
from autograder.grading import engine
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.entering import UnitDecisions
from autograder.grading.gradebook import (
    Result,
    missing_grades,
    open_gradebook,
    read_result,
    read_results,
    set_due_date,
)
from autograder.grading.pools import open_pool
from autograder.grading.submission import grade_with_nbgrader
from autograder.intake.lms.exports import totals
from autograder.reports.feedback import write_feedback
from autograder.reports.report import write_report
from tests.conftest import needs_bwrap

pytestmark = [needs_bwrap, pytest.mark.slow]
QUESTION = "lstm-question"
FIRST, BETTER = "The gradient is multiplied by f alone.", "Along the cell the gradient is multiplied by f alone."


def hand_in(course: ClassFolder, student: str, answer: str | None = FIRST, **answers: str) -> None:
    """Ada's kind solves everything, bob's nothing; the written answer is left as it was handed out if None."""
    homework = Homework(course.release_notebook(UNIT), solved=student == "ada")
    blank = Homework(course.release_notebook(UNIT))
    homework.write(QUESTION, blank._cells[QUESTION].source if answer is None else answer)
    for name, source in answers.items():
        homework.append(name.replace("_", "-"), source)
    homework.save(course.submission(UNIT, student))


@pytest.fixture(scope="module")
def grade() -> Iterator[Callable[..., None]]:
    """Grades students of a class; its worker stays, since a new one takes longer to start than to grade."""
    with open_pool(1) as pool:

        def grade(course: ClassFolder, *students: str) -> None:
            outcomes = list(engine.grade(course, UNIT, students, pool))
            assert not any(outcome.failure for outcome in outcomes), outcomes

        yield grade


def give(course: ClassFolder, student: str, points: float, name: str = QUESTION) -> None:
    """Give points by hand, as the formgrader does."""
    with open_gradebook(course) as gradebook:
        row = gradebook.find_grade(name, UNIT, UNIT, student)
        row.manual_score, row.needs_manual_grade = points, False
        gradebook.db.commit()


def result(course: ClassFolder, student: str) -> Result:
    return next(result for result in read_results(course, UNIT) if result.student == student)


def question(course: ClassFolder, student: str, name: str = QUESTION) -> tuple[float | None, str]:
    found = next(grade for grade in result(course, student).grades if grade.exercise == name)
    return found.score, found.reason


def run(monkeypatch, capsys, course: ClassFolder, *args: str) -> tuple[int, str]:
    """The exit code of `rnncourse ARGS`, and what it said."""
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(sys, "argv", ["rnncourse", *args])
    with pytest.raises(SystemExit) as exit:
        cli.main()
    said = capsys.readouterr()
    return int(exit.value.code or 0), said.out + said.err


@pytest.fixture(scope="module")
def graded(released: Path, tmp_path_factory: pytest.TempPathFactory, grade) -> Path:
    """A class of two, graded; both have answered the question, which nobody has read."""
    course = ClassFolder(Path(shutil.copytree(released, tmp_path_factory.mktemp("gradebook") / "class")))
    for student in ("ada", "bob"):
        hand_in(course, student)
    grade(course, "ada", "bob")
    return course.root


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> ClassFolder:
    return ClassFolder(Path(shutil.copytree(graded, tmp_path / "class")))


def test_one_result_is_that_of_the_class_and_is_read_without_the_others(course, monkeypatch, capsys):
    run(monkeypatch, capsys, course, "weigh", UNIT, "lstm-step", "1", "--reason", "long")
    run(monkeypatch, capsys, course, "excuse", UNIT, "bob", "--reason", "ill")
    together = {result.student: result for result in read_results(course, UNIT)}
    entered = []
    enter = UnitDecisions.enter

    def note(self: UnitDecisions, gradebook: Any, notebook: Any) -> Any:
        entered.append(notebook.student.id)
        return enter(self, gradebook, notebook)

    monkeypatch.setattr(UnitDecisions, "enter", note)
    assert read_result(course, UNIT, "bob") == together["bob"]
    assert read_result(course, UNIT, "ada") == together["ada"]
    assert entered == ["bob", "ada"]


# A gradebook that lost grades.


def test_a_new_gradebook_is_not_called_unchanged(course, monkeypatch, capsys):
    before = read_results(course, UNIT)
    (course.root / "gradebook.db").unlink()
    for command in ("grade", "feedback", "report", "export"):
        code, said = run(monkeypatch, capsys, course, command, UNIT)
        assert code == 2
        assert f"expected {UNIT} in the gradebook" in said
        assert f"rnncourse release {UNIT}" in said
        assert "Traceback" not in said
    assert run(monkeypatch, capsys, course, "release", UNIT)[0] == 0
    code, said = run(monkeypatch, capsys, course, "grade", UNIT, "-j", "1")
    assert code == 0
    assert "graded again, since the gradebook does not have them: ada, bob" in said
    assert read_results(course, UNIT) == before


def test_a_student_who_was_removed_from_the_gradebook_is_graded_again(course, monkeypatch, capsys, grade):
    before = read_results(course, UNIT)
    with open_gradebook(course) as gradebook:
        gradebook.remove_student("ada")
    assert engine.changed(course, UNIT, ["ada", "bob"]) == missing_grades(course, UNIT) == ["ada"]
    for command in ("feedback", "report", "export"):
        code, said = run(monkeypatch, capsys, course, command, UNIT)
        assert code == 0
        assert f"not in the gradebook: ada. Run `rnncourse grade {UNIT}`" in said
    with Path(f"grades-{UNIT}-students.csv").open(newline="") as file:
        assert {row["student"]: row["state"] for row in csv.DictReader(file)}["ada"] == "not graded yet"
    grade(course, "ada")
    assert read_results(course, UNIT) == before


def test_a_notebook_of_another_name_is_said_not_to_be_graded(course, monkeypatch, capsys):
    for place in (f"cyd/{UNIT}/my.ipynb", f"dan/{UNIT.upper()}/{UNIT}.ipynb"):
        path = course.root / "submitted" / place
        path.parent.mkdir(parents=True)
        shutil.copyfile(course.submission(UNIT, "ada"), path)
    code, said = run(monkeypatch, capsys, course, "grade", UNIT, "-j", "1")
    said = " ".join(said.split())
    assert code == 0
    assert f"submitted/cyd/{UNIT} is not graded: expected {UNIT}/{UNIT}.ipynb; got my.ipynb." in said
    assert f"submitted/dan/{UNIT.upper()} is not graded" in said
    assert "2 unchanged" in said


def test_an_older_copy_of_the_gradebook_is_noticed(course, grade):
    shutil.copy(course.root / "gradebook.db", course.root / "backup.db")
    hand_in(course, "bob", lstm_step="def lstm_step(x, state, params):\n    return state, None")
    grade(course, "bob")
    assert engine.changed(course, UNIT, ["ada", "bob"]) == []
    shutil.copy(course.root / "backup.db", course.root / "gradebook.db")
    assert engine.changed(course, UNIT, ["ada", "bob"]) == ["bob"]


# Points given by hand.


@pytest.mark.parametrize(("start", "reason"), [(0, "file is not a database"), (2048, "malformed")])
def test_a_damaged_gradebook_is_told_with_what_to_put_back(course, monkeypatch, capsys, start, reason):
    path = course.root / "gradebook.db"
    content = path.read_bytes()
    path.write_bytes(content[:start] + b"x" * (len(content) - start))
    for command in ("grade", "export"):
        code, said = run(monkeypatch, capsys, course, command, UNIT)
        assert code == 2
        assert reason in said
        assert "put a backup of it back, your own or the newest kept/gradebook-*.db" in said


def test_points_given_by_hand_stay_with_the_same_text(course, grade):
    give(course, "ada", 2.5)
    give(course, "ada", 3.5, "lstm-step-check")
    before = result(course, "ada")
    assert question(course, "ada") == (2.5, "")
    grade(course, "ada")
    grade_with_nbgrader(course, UNIT, "ada")
    assert result(course, "ada") == before


@pytest.mark.parametrize("answer", ["I do not know.", BETTER, None])
def test_points_given_by_hand_wait_again_with_another_text(course, answer, grade):
    give(course, "ada", 2.0)
    hand_in(course, "ada", answer)
    grade(course, "ada")
    assert question(course, "ada") == (
        None,
        "waits for the instructor; 2 points were given for an earlier answer",
    )
    found, _ = totals(course, UNIT)
    assert {total.student: total.points for total in found}["ada"] is None
    with open_gradebook(course) as gradebook:
        row = gradebook.find_grade(QUESTION, UNIT, UNIT, "ada")
        assert (row.manual_score, row.needs_manual_grade) == (2.0, True)  # the formgrader offers to resolve it
    grade(course, "ada")
    assert question(course, "ada")[0] is None
    give(course, "ada", 3.0)
    grade(course, "ada")
    assert question(course, "ada")[0] == 3.0


def test_points_come_back_with_the_text_that_they_were_given_for(course, grade):
    give(course, "ada", 2.0)
    for answer, points in ((BETTER, None), (FIRST, 2.0)):
        hand_in(course, "ada", answer)
        grade(course, "ada")
        assert question(course, "ada")[0] == points


def test_points_given_by_hand_for_code_wait_again_with_other_code(course, grade):
    give(course, "ada", 3.5, "lstm-step-check")
    hand_in(course, "ada", lstm_forward="# a comment elsewhere")
    grade(course, "ada")
    assert question(course, "ada", "lstm-step")[0] == 3.5
    hand_in(course, "ada", lstm_step="# another answer")
    grade(course, "ada")
    score, reason = question(course, "ada", "lstm-step")
    assert score is None
    assert "3.5 points were given for an earlier answer" in reason


def test_a_comment_on_an_earlier_answer_is_not_shown_beside_another(course, grade):
    give(course, "ada", 2.0)
    with open_gradebook(course) as gradebook:
        gradebook.find_comment(QUESTION, UNIT, UNIT, "ada").manual_comment = "Say more of i."
        gradebook.db.commit()
    assert "Say more of i." in write_feedback(course, UNIT, "ada").read_text()
    hand_in(course, "ada", BETTER)
    grade(course, "ada")
    page = write_feedback(course, UNIT, "ada").read_text()
    assert "Say more of i." not in page
    assert "17 of 20 points" in page


def test_points_of_a_gradebook_that_remembers_no_texts(course, grade):
    """As of a class of an earlier version: the graded notebook says what was read."""
    give(course, "ada", 2.0)
    give(course, "bob", 1.0)
    with open_gradebook(course) as gradebook:
        gradebook.db.connection().exec_driver_sql("DROP TABLE rnncourse_graded")
        gradebook.db.commit()
    assert engine.changed(course, UNIT, ["ada", "bob"]) == ["ada", "bob"]
    hand_in(course, "bob", BETTER)
    grade(course, "ada", "bob")
    assert (question(course, "ada")[0], question(course, "bob")[0]) == (2.0, None)


def test_no_answer_is_said_of_the_untouched_cell_alone(course, grade):
    give(course, "ada", 2.5)
    hand_in(course, "bob", None)
    grade(course, "bob")
    assert question(course, "ada") == (2.5, "")
    assert question(course, "bob") == (0.0, "no answer")


def test_an_answer_that_may_be_in_another_cell_waits(course, grade):
    hand_in(course, "bob", None)
    path = course.submission(UNIT, "bob")
    nb = nbformat.read(path, as_version=4)
    place = next(n for n, cell in enumerate(nb.cells) if cell.id == QUESTION) + 1
    nb.cells[place:place] = [nbformat.v4.new_markdown_cell(text) for text in (FIRST, "Or not?")]
    nbformat.write(nb, path)
    grade(course, "bob")
    assert question(course, "bob") == (None, "waits for the instructor")
    give(course, "bob", 1.0)
    grade(course, "bob")
    assert question(course, "bob")[0] == 1.0


# Late penalties.

HALF = """
from nbgrader.plugins import BasePlugin


class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2


c.AssignLatePenalties.plugin_class = Half
"""


@pytest.fixture
def late(course) -> ClassFolder:
    """Ada handed in an hour late; the rule comes after the first grading."""
    (course.submission(UNIT, "ada").parent / "timestamp.txt").write_text("2026-11-21 00:59:00 UTC")
    set_due_date(course, UNIT, datetime(2026, 11, 20, 23, 59, tzinfo=UTC))
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(HALF)
    return ClassFolder(course.root)


def everywhere(course: ClassFolder) -> dict[str, float]:
    """Ada's points by each way to read them."""
    csv_path, report = course.root / "x.csv", course.root / "reports" / "x.html"
    nbgrader = [str(Path(sys.executable).parent / "nbgrader"), "export", "--to", str(csv_path)]
    subprocess.run(nbgrader, cwd=course.root, check=True, capture_output=True)
    with csv_path.open(newline="") as file:
        nbgraders = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    write_report(course, UNIT, report)
    row = re.search(r'>ada</th><td class="points">([\d.]+)<', report.read_text())
    heading = re.search(r"<h1>u05_lstm: ([\d.]+) of", write_feedback(course, UNIT, "ada").read_text())
    assert row
    assert heading
    return {
        "results": result(course, "ada").total,
        "nbgrader export": nbgraders["ada"],
        "report": float(row[1]),
        "feedback": float(heading[1]),
    }


def test_a_late_rule_that_comes_later_holds_everywhere_and_runs_nothing_again(late, monkeypatch, capsys):
    code, said = run(monkeypatch, capsys, late, "grade", UNIT, "-j", "1")
    assert code == 0
    assert "2 unchanged, not graded again" in said
    assert "-8.5" in said
    assert set(everywhere(late).values()) == {8.5}
    assert result(late, "bob").penalty == 0
    give(late, "ada", 3.0)
    assert set(everywhere(late).values()) == {10.0}
    found, _ = totals(late, UNIT)
    assert {total.student: total.points for total in found}["ada"] == 10
    set_due_date(late, UNIT, datetime(2026, 11, 22, tzinfo=UTC))
    assert set(everywhere(late).values()) == {20.0}
    assert engine.changed(late, UNIT, ["ada", "bob"]) == []


NOTED = """
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin


class Noted(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        with Gradebook("sqlite:///FOLDER/gradebook.db") as gradebook:
            entered = gradebook.find_submission("u05_lstm", student_id).score
            if gradebook.find_student(student_id).email is None:
                gradebook.update_or_create_student(student_id, email="noted")
        with open("FOLDER/noted.txt", "a") as noted:
            print(score, entered, file=noted)
        return 1.0


c.AssignLatePenalties.plugin_class = Noted
"""


def test_a_late_rule_may_look_into_the_gradebook_and_write_there(late, grade):
    with (late.root / "nbgrader_config.py").open("a") as config:
        config.write(NOTED.replace("FOLDER", str(late.root)))
    course = ClassFolder(late.root)
    for solved in (True, False):
        Homework(course.release_notebook(UNIT), solved=solved).save(course.submission(UNIT, "ada"))
        grade(course, "ada")
        told = [float(number) for number in (late.root / "noted.txt").read_text().splitlines()[-1].split()]
        assert told == [sum(row.score or 0.0 for row in result(course, "ada").grades)] * 2
        assert (told[0] > 0) == solved
    with open_gradebook(course) as gradebook:
        assert gradebook.find_student("ada").email == "noted"


@pytest.mark.parametrize(("answer", "penalty"), [("-3", 0.0), ("1000", 17.0), ("None", 0.0), ("0.125", 0.125)])
def test_penalties_stay_within_the_points(late, answer, penalty):
    with (late.root / "nbgrader_config.py").open("a") as config:
        config.write(f"Half.late_submission_penalty = lambda self, *args: {answer}\n")
    course = ClassFolder(late.root)
    with open_gradebook(course) as gradebook:
        gradebook.find_submission(UNIT, "ada").timestamp = datetime(2026, 11, 21)
        gradebook.db.commit()
    assert result(course, "ada").penalty == penalty


def test_a_late_rule_that_fails_is_named(late):
    with (late.root / "nbgrader_config.py").open("a") as config:
        config.write("Half.late_submission_penalty = lambda self, *args: 1 / 0\n")
    course = ClassFolder(late.root)
    with open_gradebook(course) as gradebook:
        gradebook.find_submission(UNIT, "ada").timestamp = datetime(2026, 11, 21)
        gradebook.db.commit()
    with pytest.raises(BadInput, match=r"late penalty in points from Half; it failed for ada \(ZeroDivision"):
        read_results(course, UNIT)


# A command that fails leaves what there was.


def fails(course: ClassFolder, action: Callable[[], object]) -> None:
    with pytest.raises(BadInput):
        action()
    assert not list(course.root.glob(".autograded-*")) + list(course.root.glob(".feedback-*"))


def test_a_grading_that_fails_leaves_the_graded_notebook(course, tree):
    path = course.submission(UNIT, "ada")
    path.write_text("{")
    before = tree(course.root / "autograded")
    fails(course, lambda: grade_with_nbgrader(course, UNIT, "ada"))
    assert tree(course.root / "autograded") == before


def test_a_damaged_source_is_named_with_its_cure(course, monkeypatch, capsys, tree):
    path = course.source(UNIT)
    path.write_bytes(path.read_bytes()[:5000])
    before = tree(course.root / "autograded")
    for args in (["grade", UNIT, "--force"], ["report", UNIT]):
        code, said = run(monkeypatch, capsys, course, *args)
        assert code == 2
        assert f"expected a notebook in {path}; it is damaged" in said
        assert f"`rnncourse release {UNIT} --update`" in said
    assert tree(course.root / "autograded") == before


def test_a_damaged_graded_notebook_is_named_and_made_anew_with_the_points_given_by_hand(course, monkeypatch, capsys):
    give(course, "ada", 2.0)
    path = course.autograded_notebook(UNIT, "ada")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:5000])
    for args in (["export", UNIT], ["report", UNIT], ["report", "--term"], ["feedback", UNIT]):
        code, said = run(monkeypatch, capsys, course, *args)
        assert code == 2
        assert f"expected a graded notebook in {path}; it is damaged" in said
        assert f"`rnncourse grade {UNIT}`" in said
    assert run(monkeypatch, capsys, course, "grade", UNIT, "-j", "1")[0] == 0
    assert question(course, "ada") == (2.0, "")
    assert run(monkeypatch, capsys, course, "feedback", UNIT)[0] == 0


def test_points_are_written_together_or_not_at_all(course, monkeypatch):
    def points() -> list[tuple[str, float | None]]:
        with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
            return database.execute("SELECT id, auto_score FROM grade ORDER BY id").fetchall()

    def full(cell: Any, log: Any) -> Any:
        written.append(cell)
        if len(written) == 3:
            raise OSError("No space left on device")
        return determine_grade(cell, log)

    before, written, determine_grade = points(), [], utils.determine_grade
    Homework(course.release_notebook(UNIT)).save(course.submission(UNIT, "ada"))
    with monkeypatch.context() as patch:
        patch.setattr(utils, "determine_grade", full)
        fails(course, lambda: grade_with_nbgrader(course, UNIT, "ada"))
    assert len(written) == 3
    assert points() == before
    grade_with_nbgrader(course, UNIT, "ada")
    assert points() != before


def test_a_feedback_page_that_cannot_be_made_leaves_the_old_one(course):
    page = write_feedback(course, UNIT, "ada")
    before = page.read_bytes()
    graded = course.autograded_notebook(UNIT, "ada")
    graded.unlink()
    graded.write_text("{")
    fails(course, lambda: write_feedback(course, UNIT, "ada"))
    assert page.read_bytes() == before
