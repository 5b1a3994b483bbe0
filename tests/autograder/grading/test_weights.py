"""What exercises count after the fact. Oracles: points that are given here, nbgrader's export, sums by hand."""

import csv
import re
from pathlib import Path

import nbformat
import pytest

from autograder.demo import UNIT, Homework
from autograder.grading import history
from autograder.grading.class_folder import ClassFolder
from autograder.grading.entering import UnitDecisions
from autograder.grading.gradebook import Result, open_gradebook, read_results
from autograder.grading.history import read_history
from autograder.grading.rules import RULES, Waiver, change_rules
from autograder.intake.lms.exports import totals
from autograder.reports.feedback import write_feedback
from autograder.reports.nbgrader_export import CurrentGrades
from autograder.reports.report import write_report

STEP, QUESTION, WHY = "lstm-step", "lstm-question", "half the class had another text"
MOST = {"lstm-step": 4, "lstm-forward": 2, "set-forget-bias": 1, "diagnose-notes-cell": 2, "from-torch": 2}
MOST |= {"lstm-step-backward": 4, "lstm-backward": 2, "lstm-question": 3}


@pytest.fixture
def course(new_class, monkeypatch) -> ClassFolder:
    """Ada has 3 of 4 points in the step and 2 in the question, of bob's step nothing; bob's question waits."""
    monkeypatch.chdir(new_class.root)
    with open_gradebook(new_class) as gradebook:
        for student, step, question in (("ada", 3.0, 2.0), ("bob", 0.0, None)):
            for path in (new_class.submission(UNIT, student), new_class.autograded_notebook(UNIT, student)):
                Homework(new_class.release_notebook(UNIT)).save(path)
            gradebook.add_student(student)
            gradebook.add_submission(UNIT, student)
            for row in gradebook.find_submission_notebook(UNIT, UNIT, student).grades:
                row.auto_score, row.needs_manual_grade = 1.0, False
                if row.name == f"{STEP}-check":
                    row.auto_score = step
                if row.name == QUESTION:
                    row.auto_score, row.manual_score, row.needs_manual_grade = None, question, question is None
        gradebook.db.commit()
    return new_class


def result(course: ClassFolder, student: str) -> Result:
    return next(one for one in read_results(course, UNIT) if one.student == student)


def row(course: ClassFolder, student: str, name: str, **changes: object) -> tuple[float, float, bool]:
    """Score, maximum and whether it waits as the formgrader shows them; with `changes`, after entering them there."""
    with open_gradebook(course) as gradebook:
        found = gradebook.find_grade(name, UNIT, UNIT, student)
        for attribute, value in changes.items():
            setattr(found, attribute, value)
        gradebook.db.commit()
        return found.score, found.max_score, found.needs_manual_grade


def numbers(course: ClassFolder, student: str) -> set[tuple[float, float]]:
    """A student's points, and what they are out of, by each way to read them as numbers."""
    with open_gradebook(course) as gradebook:
        CurrentGrades(config=course.config, to="x.csv").export(gradebook)
    with Path("x.csv").open(newline="") as file:
        theirs = next(line for line in csv.DictReader(file) if line["student_id"] == student)
    found, most = totals(course, UNIT)
    own = result(course, student)
    return {
        (own.total, sum(grade.max_score for grade in own.grades)),
        (float(theirs["score"]), float(theirs["max_score"])),
        (float(next(t.points or 0 for t in found if t.student == student)), float(most)),
    }


def pages(course: ClassFolder, student: str) -> set[tuple[float, float]]:
    """The same on the report and the feedback page."""
    report = course.root / "reports" / "x.html"
    write_report(course, UNIT, report)
    shown = re.search(rf'>{student}</th><td class="points">([\d.]+)<', report.read_text())
    heading = re.search(r"<h1>u05_lstm: ([\d.]+) of ([\d.]+)", write_feedback(course, UNIT, student).read_text())
    assert shown
    assert heading
    return {(float(shown[1]), float(heading[2])), (float(heading[1]), float(heading[2]))}


@pytest.mark.parametrize(("points", "counts"), [(2, 1.5), (0, 0)])
def test_every_total_agrees_and_says_why(course, run, points, counts):
    assert numbers(course, "ada") == {(3 + 6 + 2, sum(MOST.values()))}
    said = run("weigh", UNIT, STEP, str(points), "--reason", WHY)
    assert f"ada 11 -> {counts + 8:g}" in said
    assert numbers(course, "ada") | pages(course, "ada") == {(counts + 8, 16 + points)}
    rule = f"counts {points} points instead of 4: {WHY}"
    (grade,) = (one for one in result(course, "ada").grades if one.exercise == STEP)
    assert grade.remarks == f"{rule} (3 of 4 were reached)"
    page = course.feedback_page(UNIT, "ada").read_text()
    assert f"{WHY}.\nYour answer reached 3 of 4 points." in page
    assert rule in Path("reports/x.html").read_text()
    run("export", UNIT)
    assert f"{rule} (3 of 4 were reached)" in Path(f"grades-{UNIT}.csv").read_text()
    assert f"{STEP} {rule}" in run("export", "--term") + run("report", "--term") + Path("reports/term.html").read_text()
    assert "nobody's points change" in run("weigh", UNIT, STEP, str(points), "--reason", WHY)
    run("weigh", UNIT, STEP, "--undo", "--reason", "never mind")
    assert numbers(course, "ada") == {(11, 20)}
    events = read_history(course.root)[0]
    assert [(event.what, event.why) for event in events if event.what == "weigh"] == [
        ("weigh", WHY),
        ("weigh", WHY),
        ("weigh", "never mind"),
    ]


def test_the_history_names_everybody_whose_points_change(course, run, monkeypatch):
    monkeypatch.setattr(history, "_SHOWN", 1)
    run("weigh", UNIT, STEP, "0", "--reason", WHY)
    row(course, "bob", QUESTION, manual_score=2.0, needs_manual_grade=False)
    assert "points changed: ada 8 -> 6, and 1 more" in run("weigh", UNIT, QUESTION, "0", "--reason", WHY)
    assert "points changed: ada 8 -> 6, bob 8 -> 6 (" in run("history", UNIT)


def test_nbgraders_export_keeps_its_columns_whatever_a_student_is_called(course, run):
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_student("ada", last_name='Smith, "Jr."', first_name="A,\nda", email="a,b@c")
    assert numbers(course, "ada") == {(11, 20)}
    run("excuse", UNIT, "ada", "--reason", WHY)
    with open_gradebook(course) as gradebook:
        CurrentGrades(config=course.config, to="x.csv").export(gradebook)
    with Path("x.csv").open(newline="") as file:
        theirs = {line["student_id"]: line for line in csv.DictReader(file)}
    assert [theirs["ada"][name] for name in ("last_name", "first_name", "email")] == ['Smith, "Jr."', "A, da", "a,b@c"]
    assert [theirs["ada"][name] for name in ("raw_score", "score", "max_score")] == ["11.0", "", ""]
    assert (theirs["bob"]["last_name"], theirs["bob"]["score"]) == ("", "6.0")


def test_a_dropped_question_waits_for_nobody_until_it_counts_again(course, run):
    assert result(course, "bob").state == "waits for the instructor"
    run("weigh", UNIT, QUESTION, "0", "--reason", WHY)
    assert (result(course, "bob").state, result(course, "bob").total) == ("graded", 6)
    assert row(course, "bob", QUESTION) == (0, 0, False)
    run("weigh", UNIT, QUESTION, "6", "--reason", WHY)
    assert result(course, "ada").total == 9 + 4
    assert row(course, "bob", QUESTION) == (0, 6, True)
    run("weigh", UNIT, QUESTION, "--undo")
    assert (result(course, "bob").state, result(course, "ada").total) == ("waits for the instructor", 11)


def test_points_by_hand_are_out_of_what_the_exercise_counts_when_they_are_given(course, run):
    run("weigh", UNIT, QUESTION, "6", "--reason", WHY)
    row(course, "bob", QUESTION, manual_score=5.0, needs_manual_grade=False)
    row(course, "ada", QUESTION, extra_credit=1.0)
    assert result(course, "bob").total == 6 + 5
    assert result(course, "ada").total == 9 + 4 + 1
    run("weigh", UNIT, QUESTION, "--undo")
    assert result(course, "bob").total == 6 + 2.5
    assert result(course, "ada").total == 9 + 2 + 0.5


def test_a_release_that_enters_its_own_points_ends_no_weight(course, run):
    run("weigh", UNIT, STEP, "2", "--reason", WHY)
    with open_gradebook(course) as gradebook:
        gradebook.find_grade_cell(f"{STEP}-check", UNIT, UNIT).max_score = 4.0
        gradebook.db.commit()
    assert numbers(course, "ada") == {(1.5 + 8, 18)}
    (course.root / RULES).unlink()
    assert numbers(course, "ada") == {(11, 20)}


def give(course: ClassFolder, **points: float) -> None:
    """Give exercises other points in the release, as `rnncourse release` does it."""
    path = course.release_notebook(UNIT)
    notebook = nbformat.read(path, as_version=4)
    with open_gradebook(course) as gradebook:
        for name, most in points.items():
            next(cell for cell in notebook.cells if cell.id == name).metadata.nbgrader["points"] = most
            gradebook.find_grade_cell(name, UNIT, UNIT).max_score = most
        gradebook.db.commit()
    path.chmod(0o644)
    nbformat.write(notebook, path)


def test_a_release_with_other_points_leaves_what_a_weighed_exercise_counts(course, run):
    """Before and after grading, which gives verdicts out of the new points; and where a weight ends."""
    run("weigh", UNIT, QUESTION, "6", "--reason", WHY)
    run("weigh", UNIT, STEP, "8", "--reason", WHY)
    row(course, "ada", QUESTION, extra_credit=1.0)
    most = sum(MOST.values()) + 3 + 4
    assert numbers(course, "ada") == {(6 + 6 + 4 + 1, most)}
    give(course, **{QUESTION: 5, f"{STEP}-check": 2})
    assert numbers(course, "ada") == {(17, most)}
    with open_gradebook(course) as gradebook:
        notebook = gradebook.find_submission_notebook(UNIT, UNIT, "ada")
        decisions = UnitDecisions(course.directory, UNIT)
        decisions.take_out(gradebook, notebook)
        given = {row.name: (row.auto_score, row.manual_score, row.extra_credit) for row in notebook.grades}
        assert given[f"{STEP}-check"] == (1.5, None, None)
        assert given[QUESTION] == (None, pytest.approx(10 / 3), pytest.approx(5 / 6))
        decisions.enter(gradebook, notebook)
    assert numbers(course, "ada") == {(17, most)}
    give(course, **{QUESTION: 10, f"{STEP}-check": 4})
    assert numbers(course, "ada") == {(17, most)}
    run("weigh", UNIT, QUESTION, "--undo")
    run("weigh", UNIT, STEP, "--undo")
    assert result(course, "ada").total == pytest.approx(6 + 3 + 20 / 3 + 5 / 3)
    assert row(course, "ada", f"{STEP}-check") == (3, 4, False)


def test_points_by_hand_outlast_a_release_without_points(course, run):
    run("weigh", UNIT, QUESTION, "6", "--reason", WHY)
    give(course, **{QUESTION: 0})
    assert numbers(course, "ada") == {(9 + 4, 23)}
    give(course, **{QUESTION: 3})
    run("weigh", UNIT, QUESTION, "--undo")
    assert numbers(course, "ada") == {(11, 20)}


def test_waived_points_count_in_proportion(course, run):
    path = course.autograded_notebook(UNIT, "ada")
    graded = nbformat.read(path, as_version=4)
    checks = [{"name": "right", "points": 3.0, "passed": True}, {"name": "unfair", "points": 1.0, "passed": False}]
    verdict = {"checks": [check | {"message": "", "waits": False} for check in checks], "misconception": None}
    next(cell for cell in graded.cells if cell.id == f"{STEP}-check").metadata.rnncourse = verdict
    graded.metadata.rnncourse = {"fingerprint": "x"}
    nbformat.write(graded, path)
    run("weigh", UNIT, STEP, "2", "--reason", WHY)
    change_rules(course.root, lambda rules: rules.with_waiver(Waiver(UNIT, STEP, "unfair", "unclear")))
    assert numbers(course, "ada") == {(2 + 8, 18)}
    assert row(course, "ada", f"{STEP}-check") == (2, 2, False)
    change_rules(course.root, lambda rules: rules.without_weight(UNIT, STEP))
    assert numbers(course, "ada") == {(4 + 8, 20)}
    change_rules(course.root, lambda rules: rules.without_waiver(Waiver(UNIT, STEP, "unfair", "")))
    assert numbers(course, "ada") == {(11, 20)}


def test_reading_grades_writes_nothing_when_nothing_changes(course, run):
    run("weigh", UNIT, STEP, "3", "--reason", WHY)
    run("weigh", UNIT, QUESTION, "0", "--reason", WHY)
    before = (course.root / "gradebook.db").read_bytes()
    read_results(course, UNIT)
    assert (course.root / "gradebook.db").read_bytes() == before


def test_a_weight_that_cannot_be_is_refused(course, run):
    refused = {
        ("lstm-stepp", "2", "--reason", WHY): "one of lstm-step,",
        (STEP, "--reason", WHY): "expected points for lstm-step",
        (STEP, "nan", "--reason", WHY): "expected points for lstm-step",
        (STEP, "4", "--reason", WHY): "expected other points than in the release",
        (STEP, "2"): "--reason",
        (STEP, "--undo"): "of which there are none",
    }
    for given, said in refused.items():
        assert said in run("weigh", UNIT, *given, refused=True)
    assert not (course.root / RULES).exists()
    assert read_history(course.root)[0] == []
