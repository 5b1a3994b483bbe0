"""Sections of a class. Oracle: rosters written here, and who is in which."""

import csv
import os
import unicodedata
from datetime import datetime
from pathlib import Path

import pytest

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import open_gradebook
from autograder.intake.lms.sections import members

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,u05_lstm (4711)
    Points Possible,,,,,20.0
"Lovelace, Ada",1,,ada,Monday 10-12,
"Smith, Bob",2,,bob,Montag & Söhne,
"Jones, Eve",3,,eve,Monday 10-12 and Montag & Söhne,
"Nobody, Ned",4,,ned,,
"Student, Test",5,,,Monday 10-12,
"""


@pytest.fixture
def course(new_class, monkeypatch) -> ClassFolder:
    """Ada, bob and eve have one point in each exercise."""
    monkeypatch.chdir(new_class.root)
    new_class.roster(UNIT).parent.mkdir()
    new_class.roster(UNIT).write_text(CANVAS)
    with open_gradebook(new_class) as gradebook:
        for student in ("ada", "bob", "eve"):
            for path in (new_class.submission(UNIT, student), new_class.autograded_notebook(UNIT, student)):
                Homework(new_class.release_notebook(UNIT)).save(path)
            gradebook.add_student(student)
            gradebook.add_submission(UNIT, student)
            for row in gradebook.find_submission_notebook(UNIT, UNIT, student).grades:
                row.auto_score, row.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    return new_class


def column(path: str, name: str) -> list[str]:
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return [row[name] for row in csv.DictReader(file)]


def test_every_table_has_the_students_of_the_section_alone(course, run):
    run("export", UNIT, "--section", "Monday 10-12")
    assert column(f"grades-{UNIT}-Monday-10-12-students.csv", "student") == ["ada", "eve"]
    assert set(column(f"grades-{UNIT}-Monday-10-12.csv", "student")) == {"ada", "eve"}
    run("export", "--term", "--section", "Montag & Söhne", "--to", "term.csv")
    assert column("term.csv", "student") == ["bob", "eve"]
    run("export", UNIT, "--format", "canvas", "--section", "Monday 10-12", "--to", "canvas.csv")
    assert column("canvas.csv", "SIS Login ID") == ["", "ada", "eve"]
    assert column("canvas.csv", "u05_lstm (4711)") == ["20", "8", "8"]
    assert "export u05_lstm: grades of section Monday 10-12 as canvas" in run("history")
    run("export", UNIT)
    assert column(f"grades-{UNIT}-students.csv", "student") == ["ada", "bob", "eve"]


def test_a_section_is_the_same_in_any_form_of_unicode(course, run):
    run("export", UNIT, "--section", unicodedata.normalize("NFD", "Montag & Söhne"), "--to", "x.csv")
    assert set(column("x.csv", "student")) == {"bob", "eve"}


def test_a_table_says_when_the_kept_roster_was_given(course, run):
    os.utime(course.roster(UNIT), (1.7e9, 1.7e9))
    since = f"by the roster that `collect` was given on {datetime.fromtimestamp(1.7e9):%Y-%m-%d %H:%M}; --roster gives"
    assert since in run("export", UNIT, "--format", "canvas")
    assert "by the roster that" not in run("export", UNIT, "--format", "canvas", "--roster", str(course.roster(UNIT)))
    assert "by the roster that" not in run("export", UNIT)


def test_pages_have_the_students_of_the_section_alone(course, run):
    run("report", UNIT, "--section", "Monday 10-12")
    page = Path(f"reports/{UNIT}-Monday-10-12.html").read_text()
    assert "report on section Monday 10-12</h1>" in page
    assert ">eve</th>" in page
    assert "bob" not in page
    run("report", "--term", "--section", "Monday 10-12")
    page = Path("reports/term-Monday-10-12.html").read_text()
    assert "report on section Monday 10-12</h1>" in page
    assert "bob" not in page
    assert "1 page in" in run("feedback", UNIT, "--section", "Monday 10-12 and Montag & Söhne")
    assert [path.name for path in (course.root / "feedback").iterdir()] == ["eve"]


@pytest.mark.parametrize(
    "table",
    [
        "student id,section\nada,X\nbob,Y\n",
        "Identifier,Full name,ID number,Group,Grade\nParticipant 1,Ada L,ada,X,\nParticipant 2,Bob,bob,Y,\n",
    ],
)
def test_tables_by_hand_and_moodle_name_them_too_and_the_newest_roster_counts(course, table):
    (course.root / "rosters" / "u06_gru.csv").write_text(table)
    assert members(course, "X") == {"ada"}
    assert members(course, "Monday 10-12") == {"eve", "5"}


def test_a_section_may_have_the_words_between_sections_in_its_name(course):
    roster = 'student id,section\nada,"CS 101, Monday"\nbob,"CS 101, Monday and Lab"\neve,CS 101\ndan,Labs\n'
    course.roster(UNIT).write_text(roster)
    assert members(course, "CS 101, Monday") == {"ada", "bob"}
    assert members(course, "Lab") == {"bob"}


def test_a_section_that_there_is_not_is_refused(course, run):
    assert "one of Monday 10-12, Monday 10-12 and" in run("report", UNIT, "--section", "Tuesday", refused=True)
    course.roster(UNIT).write_text("student id,name\nada,Ada\n")
    with pytest.raises(BadInput, match="no roster names them"):
        members(course, "Monday 10-12")
