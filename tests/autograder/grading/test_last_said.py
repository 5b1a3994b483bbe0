"""What changes between two commands is said by the second. Oracles: what was changed here, and the points as read."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import due_date, open_gradebook, set_due_date
from autograder.grading.rules import RULES
from tests.autograder.grading.small_class import CHECK, EXERCISE, NONSENSE, WHY, grade_row, totals
from tests.conftest import needs_bwrap

QUESTION = "lstm-question"
BY_NONE = "by no command since `export` on "

pytestmark = needs_bwrap


def gradebook_file(course: ClassFolder) -> Path:
    return Path(course.directory.db_url.removeprefix("sqlite:///"))


def test_nothing_is_said_where_nothing_has_changed(course, run):
    for command in (["export", UNIT], ["report", UNIT], ["export", "--term"], ["grade", UNIT, "-j", "1"]):
        said = run(*command)
        assert "by no command" not in said
        assert "points changed" not in said
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    run("excuse", UNIT, "bob", "--reason", "ill")
    run("attempts", "best", "--reason", WHY)
    assert "by no command" not in run("export", "--term") + run("export", UNIT)


def test_a_restored_gradebook_says_what_it_has_forgotten(course, run, tmp_path):
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    backup = shutil.copyfile(gradebook_file(course), tmp_path / "backup.db")
    with open_gradebook(course) as gradebook:
        gradebook.find_submission(UNIT, "ada").timestamp = datetime(2026, 11, 21)
        gradebook.db.commit()
    grade_row(course, "bob", QUESTION, manual_score=2.0, needs_manual_grade=False)
    before = totals(course)
    run("collect", UNIT, "--due", "2026-11-20")
    assert totals(ClassFolder(course.root))["ada"] == 0
    run("export", UNIT)
    shutil.copyfile(backup, gradebook_file(course))
    said = run("export", UNIT)
    assert f"{UNIT} is without a due date, and was due 2026-11-20 23:59 at `export` on " in said
    want = f"points changed: ada 0 -> {before['ada']:g}, bob {before['bob']:g} -> {before['bob'] - 2:g}"
    assert BY_NONE in said
    assert want in said
    assert want in run("history", UNIT)
    assert "points changed" not in run("export", UNIT)
    assert f"points changed: ada {before['ada']:g} -> 0" not in run("collect", UNIT, "--due", "2026-11-20")


def test_a_student_whom_the_gradebook_has_lost_is_named(course, run, tmp_path):
    backup = shutil.copyfile(gradebook_file(course), tmp_path / "backup.db")
    with open_gradebook(course) as gradebook:
        gradebook.add_student("dan")
    run("export", UNIT)
    shutil.copyfile(backup, gradebook_file(course))
    assert "no longer in the gradebook since `export` on " in run("export", UNIT)


def test_lost_rules_are_said_with_whose_points_that_changes(course, run):
    before = totals(course)
    run("weigh", UNIT, EXERCISE, "0", "--reason", WHY)
    run("extend", UNIT, "ada=no-penalty", "--reason", "ill")
    run("excuse", UNIT, "cyd", "--reason", "joined late")
    weighed = totals(course)
    kept = (course.root / RULES).read_text()
    (course.root / RULES).unlink()
    said = run("export", "--term")
    rules = f"{EXERCISE} counts 0; extended: ada=no-penalty; cyd is excused"
    assert "rules.json no longer says, by no command since `excuse` on " in said
    assert rules in said
    assert f"points changed: ada {weighed['ada']:g} -> {before['ada']:g}" in said
    (course.root / RULES).write_text(kept)
    said = run("grade", UNIT, "-j", "1")
    assert "rules.json says now, by no command since `export` on " in said
    assert rules in said
    assert f"points changed: ada {before['ada']:g} -> {weighed['ada']:g}" in said


def test_points_by_hand_are_said_once_they_change_and_not_when_they_are_first_given(course, run):
    run("export", UNIT)
    grade_row(course, "ada", QUESTION, manual_score=3.0, needs_manual_grade=False)
    assert "points changed" not in run("export", UNIT)
    before = totals(course)["ada"]
    grade_row(course, "ada", QUESTION, manual_score=1.0)
    assert f"points changed: ada {before:g} -> {before - 2:g}" in run("export", UNIT)


def test_a_due_date_that_nbgrader_moves_is_said(course, run):
    run("export", UNIT)
    due = datetime(2026, 11, 20, 12, tzinfo=UTC)
    set_due_date(course, UNIT, due)
    assert f"{UNIT} is due {due.astimezone():%Y-%m-%d %H:%M}, and was without" in run("export", UNIT)


def test_collect_sets_a_due_date_without_files(course, run):
    assert f"{UNIT} is due 2026-11-20 23:59" in run("collect", UNIT, "--due", "2026-11-20")
    assert due_date(course, UNIT) == datetime(2026, 11, 20, 23, 59, 59).astimezone()
    assert f"collect {UNIT}: {UNIT} is due 2026-11-20 23:59\n" in run("history", UNIT)
    assert "expected files" in run("collect", UNIT, refused=True)


@pytest.mark.slow
def test_grading_for_another_release_says_whose_points_change_but_for_new_answers(course, run):
    run("export", UNIT)
    before = totals(course)
    source = nbformat.read(course.source(UNIT), as_version=4)
    cell = next(cell for cell in source.cells if cell.id == f"{EXERCISE}-check")
    cell.metadata.nbgrader["points"] = 2 * cell.metadata.nbgrader["points"]
    nbformat.write(source, course.source(UNIT))
    run("release", UNIT)
    Homework(course.release_notebook(UNIT), solved=True).save(course.submission(UNIT, "bob"))
    said = run("grade", UNIT, "-j", "1")
    after = totals(course)
    assert after["ada"] > before["ada"]
    want = f"points changed: ada {before['ada']:g} -> {after['ada']:g}\n"
    assert want in said
    assert f"grade {UNIT}: {want}" in run("history", UNIT)
    assert after["bob"] > before["bob"]


def test_a_gradebook_from_before_a_release_with_other_points_grades_nobody(course, run, tmp_path):
    backup = shutil.copyfile(gradebook_file(course), tmp_path / "backup.db")
    source = nbformat.read(course.source(UNIT), as_version=4)
    cell = next(cell for cell in source.cells if cell.id == f"{EXERCISE}-check")
    before, cell.metadata.nbgrader["points"] = cell.metadata.nbgrader["points"], 40
    nbformat.write(source, course.source(UNIT))
    run("release", UNIT)
    shutil.copyfile(backup, gradebook_file(course))
    said = run("grade", UNIT, "-j", "1", refused=True)
    assert f"{EXERCISE}-check is out of {before:g} there, and of 40 in the release" in said
    run("weigh", UNIT, QUESTION, "0", "--reason", WHY)
    run("release", UNIT)
    run("grade", UNIT, "-j", "1")


def test_a_term_lacks_no_unit_whose_release_is_gone(course, run):
    run("export", "--term")
    shutil.move(course.release_folder(UNIT), course.root / "gone")
    for command in ("export", "report"):
        assert f"that of {UNIT} is gone" in run(command, "--term", refused=True)


def test_what_is_kept_is_refused_where_it_is_damaged(course, run):
    run("export", UNIT)
    kept = course.root / "last-said" / f"{UNIT}.json"
    content = json.loads(kept.read_text())
    for text in ("{", "[]", json.dumps(content | {"students": {"ada": 3}}), json.dumps(content | {"when": "x"})):
        kept.write_text(text)
        assert "Take it away" in run("export", UNIT, refused=True)
    kept.unlink()
    run("export", UNIT)
    assert json.loads(kept.read_text())["students"] == content["students"]


@pytest.mark.slow
def test_extra_points_and_comments_stay_with_their_answer(course, run):
    grade_row(course, "ada", extra_credit=1.0)
    with open_gradebook(course) as gradebook:
        gradebook.find_comment(EXERCISE, UNIT, UNIT, "ada").manual_comment = "elegant!"
        gradebook.db.commit()
    run("regrade", UNIT, "--student", "ada", "-j", "1")
    assert "for an earlier answer" not in run("export", UNIT)
    Homework(course.release_notebook(UNIT)).write(EXERCISE, NONSENSE).save(course.submission(UNIT, "ada"))
    for _ in range(2):
        run("grade", UNIT, "-j", "1")
        run("regrade", UNIT, "--student", "ada", "-j", "1")
        run("export", UNIT)
        assert "1 extra points were given for an earlier answer" in Path(f"grades-{UNIT}.csv").read_text()
        with open_gradebook(course) as gradebook:
            comment = gradebook.find_comment(EXERCISE, UNIT, UNIT, "ada").comment
        assert comment == "(on an earlier answer) elegant!"
    grade_row(course, "ada", extra_credit=0.5, needs_manual_grade=False)
    run("regrade", UNIT, "--student", "ada", "-j", "1")
    assert grade_row(course, "ada")[1] == 0.5
    run("export", UNIT)
    assert "for an earlier answer" not in Path(f"grades-{UNIT}.csv").read_text()
