"""The term. Oracles: nbgrader's own export, totals by hand, and submissions with known mistakes."""

import csv
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.demo import UNIT, Homework
from autograder.grading import engine
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import Grade, Result, enter_students, open_gradebook, set_due_date
from autograder.grading.pools import open_pool
from autograder.grading.release import release_unit
from autograder.grading.rules import Extension, change_rules, read_rules
from autograder.reports.feedback import write_feedback
from autograder.reports.term import NOT_DUE, Cell, TermStudent, persistent, read_term
from tests.conftest import needs_bwrap

EARLIER = "u02_rnn"
NO_BIAS = """
_right = {0}

def {0}(x, state, params):
    state, cache = _right(x, state, params._replace(b=0 * params.b))
    return state, cache._replace(params=params)
"""


@pytest.fixture(scope="module")
def graded(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two units: ada leaves the bias out in both, bob has handed in the first, cyd is in the roster alone."""
    course = ClassFolder(Path(shutil.copytree(released, tmp_path_factory.mktemp("term") / "class")))
    release_unit(course, EARLIER)
    for unit, step in ((EARLIER, "rnn-step"), (UNIT, "lstm-step")):
        homework = Homework(course.release_notebook(unit), solved=True, unit=unit)
        homework.append(step, NO_BIAS.format(step.replace("-", "_"))).save(course.submission(unit, "ada"))
    Homework(course.release_notebook(EARLIER), solved=True, unit=EARLIER).save(course.submission(EARLIER, "bob"))
    enter_students(course, [("bob", "=Smith", "Bob"), ("cyd", "Doe", "Cyd")])
    with open_pool(1) as pool:
        outcomes = [*engine.grade(course, EARLIER, ["ada", "bob"], pool), *engine.grade(course, UNIT, ["ada"], pool)]
    assert not any(outcome.failure for outcome in outcomes), outcomes
    with open_gradebook(course) as gradebook:
        for student in ("ada", "bob"):
            for grade in gradebook.find_submission_notebook(EARLIER, EARLIER, student).grades:
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    return course.root


@pytest.fixture
def course(graded: Path, tmp_path: Path, monkeypatch) -> ClassFolder:
    course = ClassFolder(Path(shutil.copytree(graded, tmp_path / "class")))
    monkeypatch.chdir(course.root)
    return course


def rows(path: str) -> dict[str, dict[str, str]]:
    with Path(path).open(newline="") as file:
        return {row.get("student") or row["student_id"] + row["assignment"]: row for row in csv.DictReader(file)}


def nbgrader_export() -> dict[str, dict[str, str]]:
    nbgrader = [str(Path(sys.executable).parent / "nbgrader"), "export", "--to", "x.csv"]
    subprocess.run(nbgrader, check=True, capture_output=True)
    return rows("x.csv")


@pytest.mark.slow
@needs_bwrap
def test_nbgraders_export_has_no_score_where_somebody_is_excused(course, run):
    before = nbgrader_export()
    run("excuse", EARLIER, "bob", "cyd", "--reason", "joined in week six")
    after = nbgrader_export()
    for student in ("bob", "cyd"):
        before[student + EARLIER] |= {"score": "", "max_score": ""}
    assert after == before


@pytest.mark.slow
@needs_bwrap
def test_the_table_has_nbgraders_points_and_no_total_while_something_is_open(course, run):
    said = run("export", "--term")
    assert f"no total yet for ada: {UNIT} waits for the instructor" in said
    found = rows("grades-term.csv")
    theirs = nbgrader_export()
    assert list(found) == ["ada", "bob", "cyd"]
    assert float(found["ada"][EARLIER]) == float(theirs[f"ada{EARLIER}"]["score"])
    assert float(found["bob"][EARLIER]) == float(theirs[f"bob{EARLIER}"]["score"]) == float(found["bob"]["total"])
    assert (found["ada"][UNIT], found["ada"]["total"]) == ("", "")
    assert (found["bob"][UNIT], found["bob"]["open"]) == ("", f"{UNIT} nothing handed in")
    assert (found["cyd"]["total"], found["cyd"]["last_name"]) == ("0", "Doe")
    assert found["bob"]["last_name"] == "'=Smith"
    most = {unit: float(theirs[f"ada{unit}"]["max_score"]) for unit in (EARLIER, UNIT)}
    assert {float(row["max_points"]) for row in found.values()} == {sum(most.values())}


@needs_bwrap
def test_the_page_names_who_falls_behind_and_what_persists(course, run):
    run("report", "--term")
    page = (course.root / "reports" / "term.html").read_text()
    behind = re.search(r'id="behind".*?</section>', page, re.S)
    stuck = re.search(r'id="misconceptions".*?</section>', page, re.S)
    students = re.search(r'id="students".*?</section>', page, re.S)
    assert behind
    assert stuck
    assert students
    assert re.findall(r'<th scope="row" class="any">(\w+)<', behind[0]) == ["cyd", "bob"]
    assert f"nothing handed in for {EARLIER} and {UNIT}" in behind[0]
    assert f"ada <small>{EARLIER}, {UNIT}</small>" in stuck[0]
    assert "what a cell without its bias gives" in stuck[0]
    assert "what an LSTM without its bias gives" in stuck[0]
    assert re.findall(r'class="any first">(\w+)<', students[0]) == ["ada", "bob", "cyd"]
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


@needs_bwrap
def test_a_misconception_in_one_unit_alone_does_not_persist(course):
    term = read_term(course)
    assert [sorted(one.students) for one in persistent(term.units)] == [["ada"]]
    assert persistent(term.units[:1]) == []
    assert all(len(unit.seconds) == len(unit.submissions) for unit in term.units)


@needs_bwrap
def test_what_is_not_due_yet_is_not_missing(course):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    set_due_date(course, UNIT, tomorrow)
    term = {student.student: student for student in read_term(course, notebooks=False).students}
    assert [cell.state for cell in term["bob"].cells] == ["graded", NOT_DUE]
    assert term["bob"].concerns == []
    set_due_date(course, UNIT, datetime(2026, 1, 1, tzinfo=UTC))
    change_rules(course.root, lambda rules: rules.with_extensions([Extension(UNIT, "cyd", tomorrow, "ill")]))
    term = {student.student: student for student in read_term(course, notebooks=False).students}
    assert [cell.state for cell in term["cyd"].cells] == ["nothing handed in", NOT_DUE]
    assert term["bob"].concerns == [f"nothing handed in for {UNIT}"]


@needs_bwrap
def test_who_hands_nothing_in_and_has_no_penalty_has_a_total_after_the_due_date(course, run):
    change_rules(course.root, lambda rules: rules.with_extensions([Extension(UNIT, "cyd", None, "ill")]))
    set_due_date(course, UNIT, datetime.now(UTC) + timedelta(days=1))
    run("export", "--term")
    assert (rows("grades-term.csv")["cyd"]["total"], rows("grades-term.csv")["cyd"][UNIT]) == ("", "")
    set_due_date(course, UNIT, datetime(2026, 1, 1, tzinfo=UTC))
    assert "no total yet for cyd" not in run("export", "--term")
    assert rows("grades-term.csv")["cyd"]["total"] == "0"
    assert f"{UNIT} nothing handed in" in rows("grades-term.csv")["cyd"]["open"]


@needs_bwrap
def test_a_unit_does_not_count_for_who_is_excused_from_it(course, run):
    run("export", "--term")
    before = rows("grades-term.csv")
    said = run("excuse", EARLIER, "ada", "cyd", "--reason", "joined in week six")
    assert f"ada ({float(before['ada'][EARLIER]):g} points), cyd" in said
    run("excuse", UNIT, "bob", "--reason", "ill")
    run("export", "--term")
    found = rows("grades-term.csv")
    most = {student: float(row["max_points"]) for student, row in found.items()}
    assert most["ada"] == most["cyd"] == 20
    assert most["bob"] == float(before["bob"]["max_points"]) - 20
    assert (found["ada"][EARLIER], found["ada"]["open"]) == (
        "EX",
        f"{EARLIER} excused; {UNIT} waits for the instructor",
    )
    assert (found["bob"][UNIT], found["bob"]["total"]) == ("EX", before["bob"][EARLIER])
    run("report", "--term")
    page = (course.root / "reports" / "term.html").read_text()
    assert page.count("<small>excused</small>") == 3
    assert "bob" not in re.search(r'id="behind".*?</section>', page, re.S)[0]
    assert f"nothing handed in for {UNIT}<" in page
    run("report", EARLIER)
    page = (course.root / "reports" / f"{EARLIER}.html").read_text()
    assert "ada is excused: joined in week six" in page
    assert "Nothing handed in" not in page
    run("export", EARLIER)
    assert {s: r["state"] for s, r in rows(f"grades-{EARLIER}-students.csv").items()}["ada"] == "excused"
    assert "You are excused from this unit" in write_feedback(course, EARLIER, "ada").read_text()
    assert "excused: joined in week six" in " ".join(run("grade", EARLIER, "-j", "1").split())
    run("excuse", EARLIER, "ada", "cyd", "--undo")
    run("excuse", UNIT, "bob", "--undo")
    run("export", "--term")
    assert rows("grades-term.csv") == before


@needs_bwrap
def test_an_excuse_that_cannot_be_is_refused(course, run):
    assert "give it with --reason" in run("excuse", UNIT, "ada", refused=True)
    assert "got zoe. It has ada, bob, cyd" in run("excuse", UNIT, "zoe", "--reason", "ill", refused=True)
    assert "of whom there are none" in run("excuse", UNIT, "ada", "--undo", refused=True)
    assert read_rules(course.root).excuses == ()


@needs_bwrap
def test_one_unit_or_the_term(course, run):
    for command in ("report", "export"):
        assert "got neither" in run(command, refused=True)
        assert "got both" in run(command, UNIT, "--term", refused=True)
    assert "expected a unit for Canvas" in run("export", "--term", "--format", "canvas", refused=True)


def test_a_class_without_grades_is_told(new_class, run, monkeypatch):
    monkeypatch.chdir(new_class.root)
    for command in ("report", "export"):
        assert "rnncourse grade" in run(command, "--term", refused=True)


def student(*shares: float | None) -> TermStudent:
    """Somebody with this part of ten points in each unit; None where nothing was handed in."""
    cells = []
    for number, share in enumerate(shares):
        grades = () if share is None else (Grade("s", "u", "e", 10 * share, 10.0, ""),)
        result = Result("s", handed_in=share is not None, grades=grades)
        cells.append(Cell(f"u{number}", result, result.state))
    return TermStudent("s", "", "", tuple(cells))


@pytest.mark.parametrize(
    ("shares", "concerns"),
    [
        ((1.0, 1.0, 1.0), []),
        ((None, 1.0, 1.0), []),
        ((1.0, 1.0, None), ["nothing handed in for u2"]),
        ((0.5, 0.5), []),
        ((0.9, 0.4, 0.5), ["45 % of the points of u1 and u2"]),
        ((0.9, 0.9, 0.6), ["60 % in u2, after 90 % in the units before"]),
        ((0.9, 0.9, 0.7), []),
        ((0.9, 0.6), []),
        ((0.8, 0.2, None), ["nothing handed in for u2", "20 % of the points of u1"]),
    ],
)
def test_who_falls_behind(shares, concerns):
    assert student(*shares).concerns == concerns


@pytest.mark.slow
@needs_bwrap
def test_what_is_collected_and_not_graded_leaves_the_total_open(course, run, tmp_path):
    third = "u01_sequences"
    run("release", third)
    said = run("export", "--term")
    assert third not in said
    Homework(course.release_notebook(third), unit=third).save(tmp_path / "bob.ipynb")
    run("collect", third, str(tmp_path / "bob.ipynb"))
    assert f"no total yet for bob: {third} not graded yet" in run("export", "--term")
    found = rows("grades-term.csv")
    assert (found["bob"]["total"], found["bob"]["open"]) == ("", f"{UNIT} nothing handed in; {third} not graded yet")
    run("excuse", third, "bob", "--reason", "ill")
    assert f"no total yet for bob: {third}" not in run("export", "--term")


@needs_bwrap
def test_a_section_is_out_of_the_same_points_as_the_class(course):
    """Nobody of it has handed in the second unit."""
    whole, part = read_term(course), read_term(course, only={"bob", "cyd"})
    assert [student.student for student in part.students] == ["bob", "cyd"]
    assert (part.maximum, [unit.name for unit in part.units]) == (whole.maximum, [unit.name for unit in whole.units])
    assert [s.maximum for s in part.students] == [s.maximum for s in whole.students if s.student != "ada"]


@needs_bwrap
def test_a_grade_whose_submission_is_gone_leaves_the_total_open(course, run):
    shutil.rmtree(course.submission(EARLIER, "bob").parent)
    said = run("export", "--term")
    assert "graded, and without a submission in submitted/: bob." in said
    assert f"no total yet for bob: {EARLIER} graded, but the submission is gone" in said
    assert rows("grades-term.csv")["bob"]["total"] == ""
