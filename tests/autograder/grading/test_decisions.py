"""Waived checks, extensions and due dates. Oracles: the verdicts in graded notebooks, nbgrader's export."""

import csv
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder import cli
from autograder.demo import UNIT, Homework
from autograder.grading import decisions, engine
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.earlier_checks import lines_on_earlier_checks
from autograder.grading.gradebook import open_gradebook, read_results, read_totals, set_due_date
from autograder.grading.history import read_history
from autograder.grading.rules import (
    RULES,
    Rules,
    Waiver,
    change_rules,
    parse_extension,
    read_rules,
)
from autograder.grading.submission import grade_with_nbgrader
from autograder.grading.waivers import waived_checks
from autograder.reports.feedback import write_feedback
from autograder.reports.report import write_report
from tests.autograder.grading.small_class import (
    CHECK,
    EXERCISE,
    WHY,
    grade_row,
    lost,
    nbgrader_export,
    totals,
)
from tests.conftest import needs_bwrap

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


@pytest.mark.slow
@needs_bwrap
def test_who_has_a_grade_and_no_submission_is_named(course, run):
    assert "without a submission" not in run("export", UNIT)
    shutil.rmtree(course.submission(UNIT, "ada").parent)
    for command in (["export", UNIT], ["grade", UNIT, "-j", "1"]):
        assert "graded, and without a submission in submitted/: ada." in run(*command)


def test_a_day_ends_at_its_midnight():
    until = parse_extension("u", "a=b=2026-12-01", "why")
    assert until.student == "a=b"
    assert until.until == datetime(2026, 12, 1, 23, 59, 59).astimezone()
    assert parse_extension("u", "ada=2026-12-01 18:00", "why").until == datetime(2026, 12, 1, 18).astimezone()


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


@needs_bwrap
def test_without_the_file_that_says_when_work_came_it_is_not_known(course, run):
    stamp = course.submission(UNIT, "ada").with_name("timestamp.txt")
    for text, entered in (("2026-11-20 12:00:00 UTC\n", datetime(2026, 11, 20, 12)), ("", None)):
        stamp.write_text(text) if text else stamp.unlink()
        run("grade", UNIT, "-j", "1")
        with open_gradebook(course) as gradebook:
            assert gradebook.find_submission(UNIT, "ada").timestamp == entered


@needs_bwrap
def test_a_time_that_comes_with_the_same_answers_counts_at_once(course, run, tmp_path):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.LateSubmissionPlugin.penalty_method = "zero"\n')
    set_due_date(course, UNIT, datetime(2026, 11, 20, tzinfo=UTC))
    before = totals(course)["ada"]
    path = tmp_path / f"{UNIT}_ada_attempt_2026-11-21-10-00-00_x.ipynb"
    plain = shutil.copyfile(course.submission(UNIT, "ada"), tmp_path / "ada.ipynb")
    run("collect", UNIT, str(plain))
    run("grade", UNIT, "-j", "1")
    shutil.copyfile(plain, path)
    assert f"points changed: ada {before:g} -> 0" in run("collect", UNIT, str(path))
    assert totals(ClassFolder(course.root))["ada"] == 0


@needs_bwrap
def test_collect_claims_no_change_of_others_and_is_on_record_before_it_is_printed(course, run, tmp_path, monkeypatch):
    path = tmp_path / f"{UNIT}_bob_attempt_2026-11-21-10-00-00_x.ipynb"
    shutil.copyfile(course.submission(UNIT, "bob"), path)

    def meanwhile(*given):
        decisions.weigh(course, UNIT, EXERCISE, 1000.0, WHY)
        return real(*given)

    def printed(*_):
        assert "collect" in [event.what for event in read_history(course.root)[0]]
        raise SystemExit(0)

    real = cli._enter_times_of_the_same
    monkeypatch.setattr(cli, "_enter_times_of_the_same", meanwhile)
    monkeypatch.setattr(cli, "_show_received", printed)
    run("collect", UNIT, str(path))
    (event,) = [event for event in read_history(course.root)[0] if event.what == "collect"]
    assert event.how == "1 submission"


@needs_bwrap
def test_a_decision_that_cannot_be_put_on_record_says_whose_points_it_changed(course, run):
    (course.root / "history.jsonl").mkdir()
    said = run("weigh", UNIT, EXERCISE, "1000", "--reason", WHY, refused=True)
    assert "points changed: ada" in said
    assert "is done" in said
