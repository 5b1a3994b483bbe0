"""Waived checks, extensions and the log. Oracles: the verdicts in graded notebooks, nbgrader's export, the clock."""

import csv
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder import cli
from autograder.demo import UNIT, Homework, reference_answers
from autograder.grading import attempts, decisions, engine
from autograder.grading.attempts import Attempt
from autograder.grading.class_folder import SHARED_UMASK, BadInput, ClassFolder
from autograder.grading.earlier_checks import lines_on_earlier_checks
from autograder.grading.gradebook import open_gradebook, read_results, read_totals, set_due_date
from autograder.grading.history import HISTORY, read_history, record
from autograder.grading.pools import open_pool
from autograder.grading.rules import (
    RULES,
    Excuse,
    Extension,
    Rules,
    Waiver,
    Weight,
    change_rules,
    parse_extension,
    read_rules,
)
from autograder.grading.submission import grade_with_nbgrader
from autograder.grading.waivers import waived_checks
from autograder.reports.feedback import write_feedback
from autograder.reports.report import write_report
from tests.conftest import needs_bwrap

EXERCISE, CHECK = "lstm-step", "leaves its inputs as they were"
WHY = "the text did not say so"
IN_PLACE = """
_right = lstm_step

def lstm_step(x, state, params):
    found = _right(x.copy(), state, params)
    x *= 2
    return found
"""
NONSENSE = "def lstm_step(x, state, params):\n    return state, None"


@pytest.fixture(scope="module")
def graded(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada's step is right but for its inputs, bob's is nonsense, cyd has written nothing."""
    course = ClassFolder(Path(shutil.copytree(released, tmp_path_factory.mktemp("decisions") / "class")))
    notebook = course.release_notebook(UNIT)
    Homework(notebook, solved=True).append(EXERCISE, IN_PLACE).save(course.submission(UNIT, "ada"))
    Homework(notebook).write(EXERCISE, NONSENSE).save(course.submission(UNIT, "bob"))
    Homework(notebook).save(course.submission(UNIT, "cyd"))
    with open_pool(1) as pool:
        outcomes = list(engine.grade(course, UNIT, ["ada", "bob", "cyd"], pool))
    assert not any(outcome.failure for outcome in outcomes), outcomes
    return course.root


@pytest.fixture
def course(graded: Path, tmp_path: Path, monkeypatch) -> ClassFolder:
    course = ClassFolder(Path(shutil.copytree(graded, tmp_path / "class")))
    monkeypatch.chdir(course.root)
    return course


def totals(course: ClassFolder) -> dict[str, float]:
    return {result.student: result.total for result in read_results(course, UNIT)}


def lost(course: ClassFolder, student: str) -> float:
    """What the check has cost a student, as the graded notebook says."""
    cells = json.loads(course.autograded_notebook(UNIT, student).read_text())["cells"]
    checks = next(c["metadata"]["rnncourse"]["checks"] for c in cells if c["id"] == f"{EXERCISE}-check")
    return sum(check["points"] for check in checks if check["name"] == CHECK and not check["passed"])


def nbgrader_export(course: ClassFolder) -> dict[str, float]:
    nbgrader = [str(Path(sys.executable).parent / "nbgrader"), "export", "--to", "x.csv"]
    subprocess.run(nbgrader, cwd=course.root, check=True, capture_output=True)
    with (course.root / "x.csv").open(newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def grade_row(
    course: ClassFolder, student: str, name: str = f"{EXERCISE}-check", **changes: object
) -> tuple[float, float | None]:
    """Score and extra credit of the step as the formgrader shows them; with `changes`, after entering them there."""
    with open_gradebook(course) as gradebook:
        row = gradebook.find_grade(name, UNIT, UNIT, student)
        for part, value in changes.items():
            setattr(row, part, value)
        gradebook.db.commit()
        return row.score, row.extra_credit


# Waived checks.


@pytest.mark.slow
@needs_bwrap
def test_a_waived_check_gives_its_points_to_whoever_wrote_something_and_can_be_taken_back(course, run):
    before = totals(course)
    assert lost(course, "ada") == lost(course, "bob") == lost(course, "cyd") > 0
    said = run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    want = {**before, "ada": before["ada"] + lost(course, "ada"), "bob": before["bob"] + lost(course, "bob")}
    assert totals(course) == want == nbgrader_export(course)
    for student in ("ada", "bob"):
        assert f"{student} {before[student]:g} -> {want[student]:g}" in said
    assert "cyd" not in said
    assert engine.changed(course, UNIT, ["ada", "bob", "cyd"]) == []
    assert run("waive", UNIT, EXERCISE, CHECK, "--reason", "said better").count("nobody's points change") == 1
    assert len(read_rules(course.root).waivers) == 1
    run("waive", UNIT, EXERCISE, CHECK, "--undo")
    assert totals(course) == before == nbgrader_export(course)
    assert grade_row(course, "ada")[1] is None


@needs_bwrap
def test_the_reason_of_a_waiver_is_on_feedback_report_and_export(course, run):
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    page = write_feedback(course, UNIT, "ada").read_text()
    assert f"<b>Its points are yours all the same:</b> {WHY}" in page
    assert f": {totals(course)['ada']:g} of" in page
    assert WHY not in write_feedback(course, UNIT, "cyd").read_text()
    report = course.root / "reports" / "x.html"
    write_report(course, UNIT, report)
    assert f"<b>Waived:</b> {WHY}" in report.read_text()
    assert re.search(rf">ada</th><td class=\"points\">{totals(course)['ada']:g}<", report.read_text())
    run("export", UNIT)
    with Path(f"grades-{UNIT}.csv").open(newline="") as file:
        remarks = {row["student"]: row["reason"] for row in csv.DictReader(file) if row["exercise"] == EXERCISE}
    assert [student for student, text in remarks.items() if f"“{CHECK}” was waived: {WHY}" in text] == ["ada", "bob"]


@needs_bwrap
def test_points_given_by_hand_are_raised_and_never_beyond_the_full_points(course):
    most = next(g.max_score for r in read_results(course, UNIT) for g in r.grades if g.exercise == EXERCISE)
    grade_row(course, "ada", manual_score=most - 0.2, needs_manual_grade=False)
    grade_row(course, "bob", manual_score=1.0, needs_manual_grade=False, extra_credit=0.25)
    change_rules(course.root, lambda rules: rules.with_waiver(Waiver(UNIT, EXERCISE, CHECK, WHY)))
    totals(course)
    points = lost(course, "bob")
    assert grade_row(course, "ada")[0] == pytest.approx(most)
    assert grade_row(course, "bob") == (1.25 + points, 0.25 + points)
    grade_row(course, "bob", extra_credit=1.0 + points)  # the instructor gives more
    totals(course)
    assert grade_row(course, "bob") == (2.0 + points, 1.0 + points)
    grade_row(course, "bob", extra_credit=None)  # and takes all of it away: the waiver stays
    totals(course)
    assert grade_row(course, "bob") == (1.0 + points, points)
    grade_row(course, "bob", extra_credit=0.25 + points)
    change_rules(course.root, lambda rules: Rules())
    totals(course)
    assert grade_row(course, "bob") == (1.25, 0.25)


@needs_bwrap
def test_a_submission_that_passes_a_waived_check_gets_no_more_for_it(course, run):
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    full = totals(course)["ada"]
    Homework(course.release_notebook(UNIT), solved=True).save(course.submission(UNIT, "ada"))
    grade_with_nbgrader(course, UNIT, "ada")
    assert grade_row(course, "ada")[1] is None
    assert totals(course)["ada"] == full


@needs_bwrap
def test_a_lost_graded_notebook_takes_no_points_away(course, run):
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    before = totals(course)
    course.autograded_notebook(UNIT, "ada").unlink()
    assert totals(course) == before


@needs_bwrap
def test_a_waiver_that_cannot_be_is_refused(course, run, tree):
    before = tree(course.root)
    assert "give it with --reason" in run("waive", UNIT, EXERCISE, CHECK, refused=True)
    assert "one of “" in run("waive", UNIT, EXERCISE, "no such check", "--reason", WHY, refused=True)
    assert "lstm-forward" in run("waive", UNIT, "lstm-stepp", CHECK, "--reason", WHY, refused=True)
    assert "there is none" in run("waive", UNIT, EXERCISE, CHECK, "--undo", refused=True)
    assert {k: v for k, v in tree(course.root).items() if k != "gradebook.db"} == {
        k: v for k, v in before.items() if k != "gradebook.db"
    }


@needs_bwrap
@pytest.mark.parametrize("content", ["", '{"cells": [{"cell_type"', "[]"])
def test_a_waiver_is_refused_while_a_graded_notebook_is_damaged(course, run, content):
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    before = read_rules(course.root)
    path = course.autograded_notebook(UNIT, "bob")
    path.chmod(0o644)
    path.write_text(content)
    for options in (["--reason", "another"], ["--undo"]):
        said = run("waive", UNIT, EXERCISE, CHECK, *options, refused=True)
        assert f"expected a graded notebook in {path}; it is damaged" in said
    assert read_rules(course.root) == before
    run("extend", UNIT, "bob=no-penalty", "--reason", "ill")


STUB = 'def f(x):\n    """What f does."""\n    raise NotImplementedError()'


@pytest.mark.parametrize(
    ("answer", "added", "written"),
    [
        (STUB, "", False),
        ("", "", False),
        (f"# hm\n{STUB}\n", "", False),
        ("def f(x):\n    pass", "", False),
        (STUB, "print(f)", False),
        ("def f(x):\n    return x", "", True),
        ("def f(x:\n    return x", "", True),
        (STUB, "def f(x):\n    return x", True),
    ],
)
def test_what_counts_as_written(answer, added, written):
    def cell(name: str, source: str, **entry: object):
        nbgrader = {"grade_id": name, "schema_version": 3, "grade": False, "solution": False, "locked": False, **entry}
        return new_code_cell(source, metadata={"nbgrader": nbgrader})

    check = cell("f-check", "", grade=True, points=1.0)
    release = new_notebook(cells=[cell("f", STUB, solution=True), check])
    judged = cell("f-check", "", grade=True, points=1.0)
    judged.metadata.rnncourse = {"checks": [{"name": "c", "points": 1.0, "passed": False}]}
    graded = new_notebook(cells=[cell("f", answer, solution=True), new_code_cell(added), judged])
    found = waived_checks(graded, release, [Waiver("u", "f", "c", "why")])
    assert list(found) == (["f-check"] if written else [])


@needs_bwrap
def test_grading_again_while_an_exercise_is_dropped_loses_no_verdict(course, run):
    before, cost = totals(course), lost(course, "ada")
    most = next(g.max_score for r in read_results(course, UNIT) for g in r.grades if g.exercise == EXERCISE)
    run("weigh", UNIT, EXERCISE, "0", "--reason", WHY)
    assert totals(course)["ada"] == pytest.approx(before["ada"] - (most - cost))
    Homework(course.release_notebook(UNIT), solved=True).save(course.submission(UNIT, "ada"))
    grade_with_nbgrader(course, UNIT, "ada")
    assert grade_row(course, "ada") == (0, None)
    assert engine.changed(course, UNIT, ["ada", "bob", "cyd"]) == []
    run("weigh", UNIT, EXERCISE, "--undo")
    assert totals(course) == {**before, "ada": before["ada"] + cost} == nbgrader_export(course)


@needs_bwrap
@pytest.mark.parametrize("failure", [BadInput("the gradebook cannot be used"), KeyboardInterrupt()])
def test_a_decision_whose_points_cannot_be_entered_is_not_in_force(course, run, monkeypatch, failure):
    before = totals(course)
    with monkeypatch.context() as patch:
        results = [read_totals(course, UNIT)]

        def fail_at_last(*_):
            if results:
                return results.pop()
            raise failure

        patch.setattr(decisions, "read_totals", fail_at_last)
        with pytest.raises(type(failure)):
            decisions.weigh(course, UNIT, EXERCISE, 0, WHY)
    assert read_rules(course.root) == Rules()
    assert read_history(course.root)[0] == []
    assert totals(course) == read_totals(course, UNIT) == before
    assert f"points changed: ada {before['ada']:g} -> " in run("weigh", UNIT, EXERCISE, "0", "--reason", WHY)


@needs_bwrap
def test_a_release_says_whose_points_it_changes(course, run):
    """Here those of a waived check, which never raise an answer beyond what the exercise is worth."""
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    before = totals(course)
    source = nbformat.read(course.source(UNIT), as_version=4)
    next(cell for cell in source.cells if cell.id == f"{EXERCISE}-check").metadata.nbgrader["points"] = 1
    nbformat.write(source, course.source(UNIT))
    want = f"points changed: ada {before['ada']:g} -> {before['ada'] - lost(course, 'ada'):g}"
    assert want in run("release", UNIT)
    assert f"release {UNIT}: released; {want}\n" in run("history", UNIT)
    assert totals(course)["ada"] == before["ada"] - lost(course, "ada")
    assert "points changed" not in run("release", UNIT)


@needs_bwrap
@pytest.mark.parametrize("command", [("grade", UNIT, "--force"), ("regrade", UNIT, "--student", "ada")])
def test_a_waiver_of_a_check_that_a_new_version_does_not_have_ends_with_a_word(course, run, command):
    before, cost = totals(course)["ada"], lost(course, "ada")
    path = course.autograded_notebook(UNIT, "ada")
    graded = nbformat.read(path, as_version=4)
    (verdict,) = (cell.metadata.rnncourse for cell in graded.cells if cell.id == f"{EXERCISE}-check")
    next(check for check in verdict["checks"] if check["name"] == CHECK)["name"] = "a check of before"
    path.chmod(0o644)
    nbformat.write(graded, path)
    run("waive", UNIT, EXERCISE, "a check of before", "--reason", WHY)
    said = "\n".join(lines_on_earlier_checks(course, UNIT, ["ada"]))
    assert f"{EXERCISE}: “a check of before” is waived ({WHY}), and no check of this version" in said
    moved = f"points changed: ada {before + cost:g} -> {before:g}\n"
    assert moved in run(*command, "-j", "1")
    assert f"{command[0]} {UNIT}: {moved}" in run("history", UNIT)
    assert "points changed" not in run(*command, "-j", "1")


# Extensions.

HALF = """
from nbgrader.plugins import BasePlugin


class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2 if total_seconds_late > 3600 else 1


c.AssignLatePenalties.plugin_class = Half
"""


@pytest.fixture
def late(course) -> ClassFolder:
    """Ada and bob handed in a day after the due date."""
    set_due_date(course, UNIT, datetime(2026, 11, 20, 23, 59, tzinfo=UTC))
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(HALF)
    with open_gradebook(course) as gradebook:
        for student in ("ada", "bob"):
            gradebook.find_submission(UNIT, student).timestamp = datetime(2026, 11, 21, 23, 59)
        gradebook.db.commit()
    return ClassFolder(course.root)


@needs_bwrap
def test_an_extension_counts_lateness_from_its_own_date(late, run):
    late_points = totals(late)
    points = {result.student: result.points for result in read_results(late, UNIT)}
    assert late_points["ada"] == points["ada"] / 2
    said = run("extend", UNIT, "ada=2026-11-23", "--reason", "ill")
    assert f"ada {points['ada'] / 2:g} -> {points['ada']:g}" in said
    assert "bob" not in said
    assert totals(late)["ada"] == points["ada"] == nbgrader_export(late)["ada"]
    run("extend", UNIT, "ada=2026-11-21 23:30+00:00", "--reason", "ill, but shorter")
    assert totals(late)["ada"] == points["ada"] - 1
    run("extend", UNIT, "ada=no-penalty", "bob=2027-01-01", "--reason", "the lab was closed")
    assert totals(late) == points
    assert len(read_rules(late.root).extensions) == 2
    run("extend", UNIT, "ada", "bob", "--undo")
    assert totals(late) == late_points == nbgrader_export(late)


@needs_bwrap
def test_an_extension_that_cannot_be_is_refused(late, run):
    for bad in ("ada", "ada=soon", "=2026-12-01", "ada=2026-13-01"):
        assert "ada=2026-12-01" in run("extend", UNIT, bad, "--reason", "x", refused=True)
    assert "students of this class" in run("extend", UNIT, "zoe=2026-12-01", "--reason", "x", refused=True)
    assert "after u05_lstm is due" in run("extend", UNIT, "ada=2026-11-01", "--reason", "x", refused=True)
    assert "give it with --reason" in run("extend", UNIT, "ada=2026-12-01", refused=True)
    twice = "ada=2026-12-01", "bob=2026-12-02", "ada=2026-12-05"
    assert "ada has several" in run("extend", UNIT, *twice, "--reason", "x", refused=True)
    assert "with an extension" in run("extend", UNIT, "ada", "--undo", refused=True)
    assert not (late.root / RULES).exists()
    assert read_history(late.root)[0] == []


@needs_bwrap
def test_collect_calls_nobody_late_who_has_an_extension(late, run, tmp_path):
    notebook = tmp_path / f"{UNIT}_ada_attempt_2026-11-21-12-00-00_x.ipynb"
    Homework(late.release_notebook(UNIT)).save(notebook)
    assert "1 of them late" in run("collect", UNIT, str(notebook))
    run("extend", UNIT, "ada=2026-11-23", "--reason", "ill")
    assert "late" not in run("collect", UNIT, str(notebook))


def test_a_day_ends_at_its_midnight():
    until = parse_extension("u", "a=b=2026-12-01", "why")
    assert until.student == "a=b"
    assert until.until == datetime(2026, 12, 1, 23, 59, 59).astimezone()
    assert parse_extension("u", "ada=2026-12-01 18:00", "why").until == datetime(2026, 12, 1, 18).astimezone()


# Several hand-ins.


@needs_bwrap
def test_the_best_hand_in_counts_and_no_file_or_grade_is_lost(course, run, tmp_path):
    before = totals(course)["ada"]
    first = course.submission(UNIT, "ada").read_bytes()
    run("attempts", "best", "--reason", "as announced")
    worse = tmp_path / f"{UNIT}_ada_attempt_2026-11-21-12-00-00_x.ipynb"
    Homework(course.release_notebook(UNIT)).write(EXERCISE, NONSENSE).save(worse)
    run("collect", UNIT, str(worse))
    second = course.submission(UNIT, "ada").read_bytes()
    said = run("grade", UNIT, "-j", "1")
    assert f"ada: hand-in 1 of 2 counts, with {before:g} points; 2 has 0" in said
    assert totals(course)["ada"] == before == nbgrader_export(course)["ada"]
    assert course.submission(UNIT, "ada").read_bytes() == first
    assert engine.changed(course, UNIT, ["ada"]) == []
    assert "This is your hand-in 1 of 2." in write_feedback(course, UNIT, "ada").read_text()
    assert "hand-in" not in write_feedback(course, UNIT, "bob").read_text()
    assert "hand-in 1 of 2 counts" in run("history", UNIT)
    assert "ada: hand-in" not in run("grade", UNIT, "-j", "1")
    # What is decided later is decided for each of them.
    assert "hand-in 1 of 2" in run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    assert totals(course)["ada"] == before + lost(course, "ada")
    run("waive", UNIT, EXERCISE, CHECK, "--undo")
    assert "ada: hand-in 2 of 2 counts, as the last one" in run("attempts", "last", "--reason", "never mind")
    assert (totals(course)["ada"], course.submission(UNIT, "ada").read_bytes()) == (0, second)
    assert engine.changed(course, UNIT, ["ada"]) == []
    assert "hand-in" not in write_feedback(course, UNIT, "ada").read_text()


@needs_bwrap
def test_a_hand_in_that_waits_and_may_be_the_best_is_put_in_place_to_be_read(course, run, tmp_path):
    question = "lstm-question"
    run("attempts", "best", "--reason", "as announced")
    grade_row(course, "cyd", name=f"{EXERCISE}-check", auto_score=1.0)
    later = tmp_path / f"{UNIT}_cyd_attempt_2026-11-21-12-00-00_x.ipynb"
    Homework(course.release_notebook(UNIT)).write(question, "Along the cell.").save(later)
    run("collect", UNIT, str(later))
    said = run("grade", UNIT, "-j", "1")
    assert "cyd: hand-in 2 of 2 waits to be read; it may still be better than the 1 points of 1" in said
    grade_row(course, "cyd", name=question, manual_score=0.5, needs_manual_grade=False)
    assert "cyd: hand-in 1 of 2 counts, with 1 points; 2 has 0.5" in run("export", UNIT)
    assert totals(course)["cyd"] == 1
    grade_row(course, "cyd", name=f"{EXERCISE}-check", auto_score=0.25)
    assert "cyd: hand-in 2 of 2 counts, with 0.5 points; 1 has 0.25" in run("export", UNIT)
    assert totals(course)["cyd"] == 0.5
    assert "give it with --reason" in run("attempts", "last", refused=True)
    assert "expected best or last" in run("attempts", "first", "--reason", WHY, refused=True)


def kept(course: ClassFolder, student: str) -> list[Path]:
    return sorted((course.root / "attempts" / UNIT / student).glob("0*"))


@needs_bwrap
def test_the_same_work_collected_again_is_no_further_hand_in(course, run, tmp_path):
    """Whatever has changed in its file beside the answers, and even if only one of the times is known."""
    plain = tmp_path / "ada.ipynb"
    timed = tmp_path / f"{UNIT}_ada_attempt_2026-11-21-12-00-00_x.ipynb"
    notebook = nbformat.read(course.submission(UNIT, "ada"), as_version=4)
    for turn, path in enumerate((plain, plain, timed, plain)):
        for cell in notebook.cells:
            cell["id"] = os.urandom(4).hex()
        nbformat.write(notebook, path)
        run("collect", UNIT, str(path))
        run("export", UNIT)
        assert "ada: hand-in" not in run("grade", UNIT, "-j", "1")
        assert len(kept(course, "ada")) == min(turn, 1)
        run("attempts", "best", "--reason", "as announced")
    grade = json.loads((kept(course, "ada")[0] / "grade.json").read_text())
    assert grade["time"].startswith("2026-11-21T12:00"), "what is known of it stays known"


@needs_bwrap
def test_where_the_best_counts_an_older_hand_in_may_be_it(course, run, tmp_path):
    run("attempts", "best", "--reason", "as announced")
    for day, solved in (("21", False), ("20", True)):
        path = tmp_path / f"{UNIT}_bob_attempt_2026-11-{day}-12-00-00_x.ipynb"
        Homework(course.release_notebook(UNIT), solved=solved).save(path)
        assert "1 submission" in run("collect", UNIT, str(path))
        said = run("grade", UNIT, "-j", "1")
    assert "bob: hand-in 3 of 3 counts" in said


@needs_bwrap
def test_a_command_that_is_killed_while_it_compares_hand_ins_loses_nothing(course, run, tmp_path, monkeypatch):
    run("attempts", "best", "--reason", "as announced")
    worse = tmp_path / f"{UNIT}_ada_attempt_2026-11-21-12-00-00_x.ipynb"
    Homework(course.release_notebook(UNIT)).write(EXERCISE, NONSENSE).save(worse)
    run("collect", UNIT, str(worse))
    run("grade", UNIT, "-j", "1")
    grade_row(course, "ada", name="lstm-question", manual_score=0.5, needs_manual_grade=False)
    run("export", UNIT)
    before = totals(course)["ada"], grade_row(course, "ada", name="lstm-question")[0]
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "replace_folder", _killed)
        other = Attempt(kept(course, "ada")[1])
        with pytest.raises(_Killed):
            attempts.put_in_place(course, UNIT, "ada", other)
    assert totals(course)["ada"] != before[0], "the gradebook has the other's points"
    assert "hand-in" not in run("export", UNIT)
    assert (totals(course)["ada"], grade_row(course, "ada", name="lstm-question")[0]) == before
    assert engine.changed(course, UNIT, ["ada"]) == []


class _Killed(BaseException):
    pass


def second_hand_in(course: ClassFolder, tmp_path: Path, answer: str = NONSENSE, day: str = "21") -> str:
    """Another hand-in of ada's; a file of Canvas, which says when it came."""
    path = tmp_path / f"{UNIT}_ada_attempt_2026-11-{day}-12-00-00_x.ipynb"
    Homework(course.release_notebook(UNIT)).write(EXERCISE, answer).save(path)
    return str(path)


@pytest.mark.slow
@needs_bwrap
def test_points_by_hand_of_the_best_hand_in_are_weighed_once(course, run, tmp_path):
    question = "lstm-question"
    grade_row(course, "ada", name=question, manual_score=1.0, needs_manual_grade=False)
    run("attempts", "best", "--reason", "as announced")
    run("collect", UNIT, second_hand_in(course, tmp_path))
    run("grade", UNIT, "-j", "1")
    before = totals(course)["ada"]
    run("weigh", UNIT, question, "6", "--reason", WHY)
    assert totals(course)["ada"] == before + 1, "1 of 3 is 2 of 6"
    grade_row(course, "ada", name=question, manual_score=3.0)
    run("export", UNIT)
    assert totals(course)["ada"] == before + 2 == nbgrader_export(course)["ada"]


@pytest.mark.slow
@needs_bwrap
def test_a_hand_in_that_is_collected_again_keeps_its_own_points_by_hand(course, run, tmp_path):
    question = "lstm-question"
    grade_row(course, "ada", name=question, manual_score=1.0, needs_manual_grade=False)
    run("attempts", "best", "--reason", "as announced")
    other = second_hand_in(course, tmp_path)
    run("collect", UNIT, other)
    run("grade", UNIT, "-j", "1")
    run("attempts", "last", "--reason", "to read it")
    grade_row(course, "ada", name=question, manual_score=0.5, needs_manual_grade=False)
    run("attempts", "best", "--reason", "as announced")
    run("export", UNIT)
    points = rows(course, "ada", 1)[question], rows(course, "ada", 2)[question]
    assert [manual for _, manual in points] == [1.0, 0.5]
    assert "it is hand-in 2, which is kept with its grade" in run("collect", UNIT, other)
    run("grade", UNIT, "-j", "1")
    assert (rows(course, "ada", 1)[question], rows(course, "ada", 2)[question]) == points


@pytest.mark.slow
@needs_bwrap
def test_a_graded_hand_in_is_kept_also_after_a_release(course, run, tmp_path):
    before = totals(course)["ada"]
    run("attempts", "best", "--reason", "as announced")
    source = nbformat.read(course.source(UNIT), as_version=4)
    next(cell for cell in source.cells if cell.cell_type == "markdown").source += "\n\nA mended typo."
    nbformat.write(source, course.source(UNIT))
    run("release", UNIT)
    run("collect", UNIT, second_hand_in(course, tmp_path))
    assert len(kept(course, "ada")) == 1
    assert f"hand-in 1 of 2 counts, with {before:g} points" in run("grade", UNIT, "-j", "1")


@pytest.mark.slow
@needs_bwrap
def test_a_hand_in_that_is_not_graded_yet_is_compared_with_no_other(course, run, tmp_path):
    run("attempts", "best", "--reason", "as announced")
    run("collect", UNIT, second_hand_in(course, tmp_path))
    run("grade", UNIT, "-j", "1")
    run("collect", UNIT, second_hand_in(course, tmp_path, IN_PLACE, "22"))
    new = course.submission(UNIT, "ada").read_bytes()
    assert attempts.settle(course, UNIT, ["ada", "bob"], anew=True) == []
    assert list(attempts.to_grade_again(course, UNIT, ["ada"], everything=True)) == []
    assert (len(kept(course, "ada")), course.submission(UNIT, "ada").read_bytes()) == (2, new)


@pytest.mark.slow
@needs_bwrap
def test_hand_ins_are_compared_only_if_something_has_changed(course, run, tmp_path, monkeypatch):
    run("attempts", "best", "--reason", "as announced")
    run("collect", UNIT, second_hand_in(course, tmp_path))
    run("grade", UNIT, "-j", "1")
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "put_in_place", _killed)
        run("export", UNIT)
        run("feedback", UNIT)
    grade_row(course, "ada", name="lstm-question", manual_score=1.0, needs_manual_grade=False)
    assert "hand-in 1 of 2 counts" in run("export", UNIT)


@pytest.mark.slow
@needs_bwrap
def test_regrade_finishes_what_was_begun(course, run, tmp_path, monkeypatch):
    run("attempts", "best", "--reason", "as announced")
    run("collect", UNIT, second_hand_in(course, tmp_path))
    run("grade", UNIT, "-j", "1")
    grade_row(course, "ada", name="lstm-question", manual_score=0.5, needs_manual_grade=False)
    run("export", UNIT)
    before = rows(course, "ada", 1), rows(course, "ada", 2)
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "replace_folder", _killed)
        with pytest.raises(_Killed):
            attempts.put_in_place(course, UNIT, "ada", Attempt(kept(course, "ada")[1]))
    run("regrade", UNIT, "--student", "ada", "-j", "1")
    assert (rows(course, "ada", 1), rows(course, "ada", 2)) == before


@pytest.mark.slow
@needs_bwrap
def test_who_has_a_grade_and_no_submission_is_named(course, run):
    assert "without a submission" not in run("export", UNIT)
    shutil.rmtree(course.submission(UNIT, "ada").parent)
    for command in (["export", UNIT], ["grade", UNIT, "-j", "1"]):
        assert "graded, and without a submission in submitted/: ada." in run(*command)


@pytest.mark.slow
@needs_bwrap
def test_whose_points_a_time_moves_that_comes_later_is_said(late, run):
    before = totals(late)["cyd"], totals(late)["ada"]
    stamp = late.submission(UNIT, "ada").with_name("timestamp.txt")
    stamp.write_text("2026-11-20 12:00:00 UTC\n")
    said = run("grade", UNIT, "-j", "1")
    assert f"handed in at another time than was known; points changed: ada {before[1]:g} -> " in said
    assert "handed in at another time" in run("history", UNIT)
    assert "handed in at another time" not in run("grade", UNIT, "-j", "1")


def rows(course: ClassFolder, student: str, number: int) -> dict[str, list[float]]:
    """Automatic and hand points of a hand-in that is kept, by cell."""
    found = json.loads((kept(course, student)[number - 1] / "grade.json").read_text())["rows"]
    return {name: row[:2] for name, row in found.items()}


@pytest.mark.slow
@needs_bwrap
def test_hand_ins_that_are_kept_are_graded_again_after_a_release_with_other_points(course, run, tmp_path):
    grade_row(course, "ada", name="lstm-question", manual_score=0.5, needs_manual_grade=False)
    run("attempts", "best", "--reason", "as announced")
    right = tmp_path / f"{UNIT}_ada_attempt_2026-11-21-12-00-00_x.ipynb"
    release = course.release_notebook(UNIT)
    Homework(release).write(EXERCISE, reference_answers()[EXERCISE]).save(right)
    run("collect", UNIT, str(right))
    assert "hand-in 1 of 2 counts" in run("grade", UNIT, "-j", "1")
    source = nbformat.read(course.source(UNIT), as_version=4)
    cell = next(cell for cell in source.cells if cell.id == f"{EXERCISE}-check")
    cell.metadata.nbgrader["points"] = 1000
    nbformat.write(source, course.source(UNIT))
    run("release", UNIT)
    said = run("grade", UNIT, "-j", "1")
    assert "an earlier hand-in, which is kept, is graded again: ada" in said
    assert "hand-in 2 of 2 counts, with 1000 points" in said, "of its own points it would have 4"
    assert engine.changed(course, UNIT, ["ada"]) == []
    first, second = rows(course, "ada", 1), rows(course, "ada", 2)
    assert second[f"{EXERCISE}-check"][0] == 1000 > first[f"{EXERCISE}-check"][0] > 4
    assert first["lstm-question"][1] == 0.5, "points given by hand stay"
    assert "again: ada" not in run("grade", UNIT, "-j", "1")
    assert "again: ada" in run("regrade", UNIT, "--student", "ada", "-j", "1")
    assert (rows(course, "ada", 1), rows(course, "ada", 2)) == (first, second)


@pytest.mark.slow
@needs_bwrap
def test_a_hand_in_that_comes_while_kept_ones_are_graded_again_stays(course, run, tmp_path):
    run("attempts", "best", "--reason", "as announced")
    for day, answer in (("21", NONSENSE), ("22", IN_PLACE)):
        path = tmp_path / f"{UNIT}_ada_attempt_2026-11-{day}-12-00-00_x.ipynb"
        Homework(course.release_notebook(UNIT)).write(EXERCISE, answer).save(path)
        if day == "21":
            run("collect", UNIT, str(path))
            run("grade", UNIT, "-j", "1")
    for _ in attempts.to_grade_again(course, UNIT, ["ada", "bob"], everything=True):
        run("collect", UNIT, str(path))
    assert IN_PLACE in [cell.source for cell in nbformat.read(course.submission(UNIT, "ada"), as_version=4).cells]
    assert engine.changed(course, UNIT, ["ada"]) == ["ada"]
    run("grade", UNIT, "-j", "1")
    assert len(kept(course, "ada")) == 3


def _killed(*_):
    raise _Killed


@needs_bwrap
def test_nbgraders_export_leaves_out_points_of_an_answer_that_is_gone(course, run, tmp_path):
    Homework(course.release_notebook(UNIT)).write("lstm-question", "Along the cell.").save(tmp_path / "cyd.ipynb")
    run("collect", UNIT, str(tmp_path / "cyd.ipynb"))
    run("grade", UNIT, "-j", "1")
    grade_row(course, "cyd", name="lstm-question", manual_score=0.5, needs_manual_grade=False)
    assert totals(course)["cyd"] == nbgrader_export(course)["cyd"] == 0.5
    Homework(course.release_notebook(UNIT)).write("lstm-question", "Another.").save(tmp_path / "cyd.ipynb")
    run("collect", UNIT, str(tmp_path / "cyd.ipynb"))
    said = run("export", UNIT)
    assert f"graded before what was handed in or released for {UNIT} came: cyd." in said
    assert "came: cyd. Their points are those of then" in run("export", "--term")
    run("grade", UNIT, "-j", "1")
    assert "those of then" not in run("export", UNIT)
    assert totals(course)["cyd"] == nbgrader_export(course)["cyd"] == 0


# The due date.


@needs_bwrap
def test_a_new_due_date_says_whose_points_it_changes(course, run, tmp_path):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.LateSubmissionPlugin.penalty_method = "zero"\n')
    for student in ("ada", "bob"):
        path = tmp_path / f"{UNIT}_{student}_attempt_2026-11-20-10-00-00_x.ipynb"
        shutil.copyfile(course.submission(UNIT, student), path)
        said = run("collect", UNIT, str(path), "--due", "2026-11-20")
        assert f"{UNIT} is due 2026-11-20 23:59" in said
        assert "points changed" not in said
    run("grade", UNIT, "-j", "1")
    before = totals(ClassFolder(course.root))["ada"]
    said = run(
        "collect", UNIT, str(tmp_path / f"{UNIT}_bob_attempt_2026-11-20-10-00-00_x.ipynb"), "--due", "2026-11-19"
    )
    assert f"points changed: ada {before:g} -> 0" in said
    assert f"{UNIT} is due 2026-11-19 23:59; points changed: ada {before:g} -> 0" in run("history", UNIT)
    assert "expected a time such as" in run("collect", UNIT, "x.ipynb", "--due", "", refused=True)


# The file of the rules.


def test_rules_are_read_back_as_they_were_written(tmp_path):
    time = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
    rules = Rules(
        (Waiver("u", "e", "c", "Größe “x”"),),
        (Extension("u", "a", time, "w"), Extension("u", "b", None, "")),
        (Weight("u", "e", 0.0, "w"), Weight("u", "f", 2.5, "w")),
        (Excuse("u", "a", "w"),),
        "best",
    )
    change_rules(tmp_path, lambda _: rules)
    assert read_rules(tmp_path) == rules
    assert "Größe" in (tmp_path / RULES).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"waived": [{"unit": "u"}]}',
        '{"extensions": [3]}',
        '{"waived": 3}',
        '{"weighed": [{"unit": "u", "exercise": "e", "points": -1, "reason": "w"}]}',
        '{"weighed": [{"unit": "u", "exercise": "e", "points": NaN, "reason": "w"}]}',
        '{"excused": [{"unit": "u", "student": 3, "reason": "w"}]}',
        '{"attempts": "first"}',
    ],
)
def test_rules_that_are_none_are_named_and_stay(tmp_path, content):
    (tmp_path / RULES).write_text(content)
    with pytest.raises(BadInput, match=r"rules\.json"):
        read_rules(tmp_path)
    with pytest.raises(BadInput, match=r"rules\.json"):
        change_rules(tmp_path, lambda rules: rules)
    assert (tmp_path / RULES).read_text() == content


# The log.


@pytest.mark.slow
@needs_bwrap
def test_the_history_says_who_did_what_when_and_why(course, run, tmp_path):
    start = datetime.now(UTC).replace(microsecond=0)
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    run("waive", UNIT, EXERCISE, CHECK, "--undo", "--reason", "it was fair")
    run("export", UNIT, "--to", "x.csv")
    run("regrade", UNIT, "--student", "bob", "-j", "1")
    Homework(course.release_notebook(UNIT)).save(tmp_path / "cyd.ipynb")
    run("collect", UNIT, str(tmp_path / "cyd.ipynb"), "--due", "2026-11-20 23:59")
    events, unreadable = read_history(course.root)
    assert [event.what for event in events] == ["waive", "waive", "export", "regrade", "collect"]
    assert [event.why for event in events] == [WHY, "it was fair", "", "", ""]
    assert all(start <= datetime.fromisoformat(event.when) <= datetime.now(UTC) for event in events)
    assert {event.who for event in events} == {subprocess.check_output(["id", "-un"], text=True).strip()}
    assert unreadable == 0
    said = run("history", UNIT).splitlines()
    assert len(said) == 5
    assert f"waive {UNIT}: {EXERCISE} “{CHECK}” is waived" in said[0]
    assert said[0].endswith(f"({WHY})")
    assert run("history", "u01_sequences") == "nothing on record for u01_sequences\n"


@needs_bwrap
def test_a_grading_that_is_interrupted_is_in_the_history(course, run, monkeypatch):
    def interrupted(*_, **__):
        yield engine.Outcome("bob")
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "grade", interrupted)
    monkeypatch.setattr(sys, "argv", ["rnncourse", "grade", UNIT, "--force", "-j", "1"])
    with pytest.raises(SystemExit):
        cli.main()
    assert f"grade {UNIT}: 1 graded, 2 left when it ended: bob" in run("history", UNIT)


def test_the_log_is_added_to_and_a_spoilt_line_costs_no_other(tmp_path):
    record(tmp_path, "grade", "u", "first")
    before = (tmp_path / HISTORY).read_bytes()
    with (tmp_path / HISTORY).open("ab") as file:
        file.write(b'{"when": "2026')
    record(tmp_path, "grade", "u", "second\nline", "a “reason”")
    assert (tmp_path / HISTORY).read_bytes().startswith(before)
    events, unreadable = read_history(tmp_path)
    assert [event.how for event in events] == ["first", "second\nline"]
    assert unreadable == 1


def test_the_group_of_a_shared_class_writes_rules_and_log_and_nobody_else_reads_them(tmp_path):
    before = os.umask(SHARED_UMASK)
    try:
        record(tmp_path, "grade", "u", "x")
        change_rules(tmp_path, lambda rules: rules)
    finally:
        os.umask(before)
    for name in (HISTORY, RULES):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o660
