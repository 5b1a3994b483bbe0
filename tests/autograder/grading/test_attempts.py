"""Several hand-ins of one student. Oracles: the files that were handed in, points of before, nbgrader's export."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import nbformat
import pytest

from autograder.demo import UNIT, Homework, reference_answers
from autograder.grading import attempts, decisions, engine
from autograder.grading.attempts import Attempt
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import open_gradebook
from autograder.grading.pools import WorkerPool
from autograder.reports.feedback import write_feedback
from tests.autograder.grading.small_class import (
    CHECK,
    EXERCISE,
    IN_PLACE,
    NONSENSE,
    WHY,
    grade_row,
    lost,
    nbgrader_export,
    totals,
)
from tests.conftest import collect, needs_bwrap


class _Killed(BaseException):
    pass


def _killed(*_: object) -> None:
    raise _Killed


def hand_in(course: ClassFolder, folder: Path, answer: str = NONSENSE, day: str = "21") -> str:
    """Another hand-in, of the step alone: a file of Canvas, which says when it came."""
    path = folder / f"{UNIT}_ada_attempt_2026-11-{day}-12-00-00_x.ipynb"
    Homework(course.release_notebook(UNIT)).write(EXERCISE, answer).save(path)
    return str(path)


@pytest.fixture(scope="module")
def handed_in_twice(graded: Path, warm_pool: WorkerPool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada's second hand-in has the step alone, and is right; the first counts."""
    folder = tmp_path_factory.mktemp("twice")
    course = ClassFolder(Path(shutil.copytree(graded, folder / "class")))
    decisions.choose_attempts(course, "best", "as announced")
    collect(course, UNIT, [Path(hand_in(course, folder, reference_answers()[EXERCISE]))])
    assert not any(outcome.failure for outcome in engine.grade(course, UNIT, ["ada"], warm_pool))
    (said,) = attempts.settle(course, UNIT, ["ada"])
    assert "hand-in 1 of 2 counts" in said
    return course.root


@pytest.fixture
def twice(handed_in_twice: Path, grades_at_once: None, tmp_path: Path, monkeypatch) -> ClassFolder:
    course = ClassFolder(Path(shutil.copytree(handed_in_twice, tmp_path / "twice")))
    monkeypatch.chdir(course.root)
    return course


def kept(course: ClassFolder, student: str) -> list[Path]:
    return sorted((course.root / "attempts" / UNIT / student).glob("0*"))


def rows(course: ClassFolder, student: str, number: int) -> dict[str, list[float]]:
    """Automatic and hand points of a hand-in that is kept, by cell."""
    found = json.loads((kept(course, student)[number - 1] / "grade.json").read_text())["rows"]
    return {name: row[:2] for name, row in found.items()}


@needs_bwrap
def test_the_best_hand_in_counts_and_no_file_or_grade_is_lost(course, run, tmp_path):
    before = totals(course)["ada"]
    first = course.submission(UNIT, "ada").read_bytes()
    run("attempts", "best", "--reason", "as announced")
    run("collect", UNIT, hand_in(course, tmp_path))
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
def test_a_command_that_is_killed_while_it_compares_hand_ins_loses_nothing(twice, run, monkeypatch):
    grade_row(twice, "ada", name="lstm-question", manual_score=0.5, needs_manual_grade=False)
    run("export", UNIT)
    before = totals(twice)["ada"], grade_row(twice, "ada", name="lstm-question")[0]
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "replace_folder", _killed)
        other = Attempt(kept(twice, "ada")[1])
        with pytest.raises(_Killed):
            attempts.put_in_place(twice, UNIT, "ada", other)
    assert totals(twice)["ada"] != before[0], "the gradebook has the other's points"
    assert "hand-in" not in run("export", UNIT)
    assert (totals(twice)["ada"], grade_row(twice, "ada", name="lstm-question")[0]) == before
    assert engine.changed(twice, UNIT, ["ada"]) == []


@pytest.mark.slow
@needs_bwrap
def test_points_by_hand_of_the_best_hand_in_are_weighed_once(twice, run):
    question = "lstm-question"
    grade_row(twice, "ada", name=question, manual_score=1.0, needs_manual_grade=False)
    run("export", UNIT)
    before = totals(twice)["ada"]
    run("weigh", UNIT, question, "6", "--reason", WHY)
    assert totals(twice)["ada"] == before + 1, "1 of 3 is 2 of 6"
    grade_row(twice, "ada", name=question, manual_score=3.0)
    run("export", UNIT)
    assert totals(twice)["ada"] == before + 2 == nbgrader_export(twice)["ada"]


@pytest.mark.slow
@needs_bwrap
def test_a_hand_in_that_is_collected_again_keeps_its_own_points_by_hand(twice, run, tmp_path):
    question = "lstm-question"
    grade_row(twice, "ada", name=question, manual_score=1.0, needs_manual_grade=False)
    run("attempts", "last", "--reason", "to read it")
    grade_row(twice, "ada", name=question, manual_score=0.5, needs_manual_grade=False)
    run("attempts", "best", "--reason", "as announced")
    run("export", UNIT)
    points = rows(twice, "ada", 1)[question], rows(twice, "ada", 2)[question]
    assert [manual for _, manual in points] == [1.0, 0.5]
    again = hand_in(twice, tmp_path, reference_answers()[EXERCISE])
    assert "it is hand-in 2, which is kept with its grade" in run("collect", UNIT, again)
    run("grade", UNIT, "-j", "1")
    assert (rows(twice, "ada", 1)[question], rows(twice, "ada", 2)[question]) == points


@pytest.mark.slow
@needs_bwrap
def test_a_graded_hand_in_is_kept_also_after_a_release(course, run, tmp_path):
    run("attempts", "best", "--reason", "as announced")
    source = nbformat.read(course.source(UNIT), as_version=4)
    next(cell for cell in source.cells if cell.cell_type == "markdown").source += "\n\nA mended typo."
    nbformat.write(source, course.source(UNIT))
    run("release", UNIT)
    run("collect", UNIT, hand_in(course, tmp_path))
    assert len(kept(course, "ada")) == 1


@pytest.mark.slow
@needs_bwrap
def test_a_hand_in_that_is_not_graded_yet_is_compared_with_no_other(twice, run, tmp_path):
    run("collect", UNIT, hand_in(twice, tmp_path, IN_PLACE, "22"))
    new = twice.submission(UNIT, "ada").read_bytes()
    assert attempts.settle(twice, UNIT, ["ada", "bob"], anew=True) == []
    assert list(attempts.to_grade_again(twice, UNIT, ["ada"], everything=True)) == []
    assert (len(kept(twice, "ada")), twice.submission(UNIT, "ada").read_bytes()) == (2, new)


@pytest.mark.slow
@needs_bwrap
def test_hand_ins_are_compared_only_if_something_has_changed(twice, run, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "put_in_place", _killed)
        run("export", UNIT)
        run("feedback", UNIT)
    grade_row(twice, "ada", name="lstm-question", manual_score=1.0, needs_manual_grade=False)
    assert "hand-in 1 of 2 counts" in run("export", UNIT)


@pytest.mark.slow
@needs_bwrap
def test_regrade_finishes_what_was_begun(twice, run, monkeypatch):
    grade_row(twice, "ada", name="lstm-question", manual_score=0.5, needs_manual_grade=False)
    run("export", UNIT)
    before = rows(twice, "ada", 1), rows(twice, "ada", 2)
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "replace_folder", _killed)
        with pytest.raises(_Killed):
            attempts.put_in_place(twice, UNIT, "ada", Attempt(kept(twice, "ada")[1]))
    run("regrade", UNIT, "--student", "ada", "-j", "1")
    assert (rows(twice, "ada", 1), rows(twice, "ada", 2)) == before


@pytest.mark.slow
@needs_bwrap
def test_hand_ins_that_are_kept_are_graded_again_after_a_release_with_other_points(twice, run):
    grade_row(twice, "ada", name="lstm-question", manual_score=0.5, needs_manual_grade=False)
    source = nbformat.read(twice.source(UNIT), as_version=4)
    cell = next(cell for cell in source.cells if cell.id == f"{EXERCISE}-check")
    cell.metadata.nbgrader["points"] = 1000
    nbformat.write(source, twice.source(UNIT))
    run("release", UNIT)
    said = run("grade", UNIT, "-j", "1")
    assert "an earlier hand-in, which is kept, is graded again: ada" in said
    assert "hand-in 2 of 2 counts, with 1000 points" in said, "of its own points it would have 4"
    assert engine.changed(twice, UNIT, ["ada"]) == []
    first, second = rows(twice, "ada", 1), rows(twice, "ada", 2)
    assert second[f"{EXERCISE}-check"][0] == 1000 > first[f"{EXERCISE}-check"][0] > 4
    assert first["lstm-question"][1] == 0.5, "points given by hand stay"
    assert "again: ada" not in run("grade", UNIT, "-j", "1")
    assert "again: ada" in run("regrade", UNIT, "--student", "ada", "-j", "1")
    assert (rows(twice, "ada", 1), rows(twice, "ada", 2)) == (first, second)


@pytest.mark.slow
@needs_bwrap
def test_a_hand_in_that_comes_while_kept_ones_are_graded_again_stays(twice, run, tmp_path):
    for _ in attempts.to_grade_again(twice, UNIT, ["ada", "bob"], everything=True):
        run("collect", UNIT, hand_in(twice, tmp_path, IN_PLACE, "22"))
    assert IN_PLACE in [cell.source for cell in nbformat.read(twice.submission(UNIT, "ada"), as_version=4).cells]
    assert engine.changed(twice, UNIT, ["ada"]) == ["ada"]
    run("grade", UNIT, "-j", "1")
    assert len(kept(twice, "ada")) == 3


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


@needs_bwrap
def test_what_is_no_time_of_a_hand_in_is_named_with_its_place(twice, run, tmp_path, tree):
    stamp = twice.submission(UNIT, "ada").with_name("timestamp.txt")
    later = hand_in(twice, tmp_path, day="23")
    for rubbish in (b"yesterday", b"\xff"):
        stamp.write_bytes(rubbish)
        before = tree(twice.root / "attempts")
        for said in (run("collect", UNIT, later, refused=True), run("attempts", "best", "--reason", WHY)):
            assert f"in {stamp}; got " in said.replace("\n", "")
            assert "Correct it, or remove that file" in said
        assert tree(twice.root / "attempts") == before


@pytest.mark.slow
@needs_bwrap
def test_a_download_collected_twice_costs_no_hand_in_that_is_graded(course, run, tmp_path):
    submission, download = course.submission(UNIT, "ada"), tmp_path / "ada.ipynb"
    shutil.copyfile(submission, download)
    run("collect", UNIT, str(download))
    run("grade", UNIT, "-j", "1")
    before, seen = totals(course)["ada"], submission.stat().st_mtime_ns
    run("collect", UNIT, str(download))
    assert submission.stat().st_mtime_ns == seen, "the same answers are no younger"
    grade_row(course, "ada", name="lstm-question", manual_score=3.0, needs_manual_grade=False)
    run("attempts", "best", "--reason", "as announced")
    os.utime(submission)  # as in a copy of the class that has lost its times
    run("collect", UNIT, hand_in(course, tmp_path))
    assert len(kept(course, "ada")) == 1
    assert f"hand-in 1 of 2 counts, with {before + 3:g} points" in run("grade", UNIT, "-j", "1")


@needs_bwrap
def test_an_older_hand_in_collected_again_leaves_the_time_of_the_one_in_place(twice, run, tmp_path):
    twice.submission(UNIT, "ada").with_name("timestamp.txt").write_text("2026-11-20 12:00:00 UTC\n")
    run("grade", UNIT, "-j", "1")
    again = shutil.copyfile(Attempt(kept(twice, "ada")[1]).submission(UNIT), tmp_path / "ada.ipynb")
    assert "it is hand-in 2, which is kept with its grade" in run("collect", UNIT, str(again))
    with open_gradebook(twice) as gradebook:
        assert gradebook.find_submission(UNIT, "ada").timestamp == datetime(2026, 11, 20, 12)


@needs_bwrap
def test_what_a_restored_gradebook_has_lost_of_a_kept_hand_in_is_said(twice, run):
    backup = shutil.copyfile(twice.root / "gradebook.db", twice.root.with_name("monday.db"))
    grade_row(twice, "ada", name="lstm-question", manual_score=2.5, extra_credit=1.0, needs_manual_grade=False)
    assert "no longer has" not in run("export", UNIT)
    shutil.copyfile(backup, twice.root / "gradebook.db")
    said = run("grade", UNIT, "-j", "1")
    gone = "by hand: 2.5 points for lstm-question; 1 extra points for lstm-question."
    assert f"ada: the gradebook no longer has what hand-in 1 was given {gone}" in said
    assert gone in run("history", UNIT)
    assert "no longer has" not in run("grade", UNIT, "-j", "1")


@pytest.mark.slow
@needs_bwrap
def test_what_was_begun_is_finished_with_a_gradebook_that_does_not_have_the_student(twice, run, monkeypatch):
    second = Attempt(kept(twice, "ada")[1])
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "replace_folder", _killed)
        with pytest.raises(_Killed):
            attempts.put_in_place(twice, UNIT, "ada", second)
    with open_gradebook(twice) as gradebook:
        gradebook.remove_student("ada")
    assert "graded again, since the gradebook does not have them: ada" in run("grade", UNIT, "-j", "1")
    assert not list(twice.root.glob("attempts/*/*/placing"))
    assert len(kept(twice, "ada")) == 2
    assert engine.changed(twice, UNIT, ["ada"]) == []


@pytest.mark.slow
@needs_bwrap
def test_while_kept_hand_ins_are_graded_again_no_table_is_written(twice, run):
    with twice.locked():
        turns = attempts.to_grade_again(twice, UNIT, ["ada"], everything=True)
        next(turns)
        for command in (["export", UNIT], ["export", "--term"], ["report", UNIT], ["feedback", UNIT]):
            assert "earlier ones are graded again just now" in run(*command, refused=True)
        list(turns)
        assert "counts is as it was" in run("export", UNIT)
    (twice.root / "attempts" / UNIT / "graded-again").touch()  # as a command that was killed leaves it
    run("export", UNIT)
