"""Rosters that name known students otherwise. Oracle: who is one student, as it was written here."""

import os
import shutil
from pathlib import Path

import pytest

from autograder.demo import UNIT
from autograder.grading.gradebook import enrolled
from autograder.grading.rules import read_rules
from autograder.intake.lms.roster import class_roster
from autograder.intake.lms.sections import members
from autograder.intake.rosters import doubts_about, given_at
from tests.conftest import collect


@pytest.fixture
def handed_in(new_class, tmp_path, monkeypatch) -> Path:
    """Bob's notebook, which comes from the class folder."""
    monkeypatch.chdir(new_class.root)
    return Path(shutil.copy(new_class.release_notebook(UNIT), tmp_path / "Bob Smith.ipynb"))


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_other_capitals_make_no_other_student_before_anything_is_handed_in(new_class, handed_in, tmp_path, run):
    first = written(tmp_path / "r.csv", "student id,name\nAda.Love@uni.edu,Ada Love\nbob,Bob Smith\n")
    run("collect", UNIT, str(handed_in), "--roster", str(first))
    run("extend", UNIT, "Ada.Love@uni.edu=2027-12-24", "--reason", "ill")
    second = written(tmp_path / "r.csv", first.read_text().replace("Ada.Love", "ada.love"))
    ada = Path(shutil.copy(handed_in, tmp_path / "Ada Love.ipynb"))
    said = run("collect", UNIT, str(ada), "--roster", str(second))
    assert new_class.students(UNIT) == ["Ada.Love@uni.edu", "bob"] == enrolled(new_class)
    assert list(read_rules(new_class.root).extensions_of(UNIT)) == ["Ada.Love@uni.edu"]
    assert "lists no longer" not in said
    ada = Path(shutil.copy(ada, tmp_path / "ADA.love@uni.edu.ipynb"))
    shutil.rmtree(new_class.root / "submitted" / "Ada.Love@uni.edu")
    for roster in (*new_class.root.glob("rosters/*.csv"), *new_class.root.glob("rosters/*.json")):
        roster.unlink()
    assert [one.student for one in collect(new_class, UNIT, [ada])] == ["Ada.Love@uni.edu"]


def test_two_students_whose_folders_differ_in_capitals_stay_themselves(new_class, tmp_path):
    for name in ("Ada", "ada"):
        (new_class.root / "submitted" / name).mkdir(parents=True)
    for name in ("Ada", "ada"):
        roster = class_roster(new_class, written(tmp_path / "r.csv", f"student id,name\n{name},Ada Love\n"))
        assert [student.id for student in roster.students] == [name]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("jane.d@uni.edu,Jane Doe", "the name"),
        ("12345,", "the number, but for zeros in front,"),
    ],
)
def test_a_student_by_another_id_is_named(new_class, handed_in, tmp_path, run, line, why):
    before = written(tmp_path / "r.csv", "student id,name\nbob,Bob Smith\n0012345,\njane.doe@uni.edu,Jane Doe\n")
    run("collect", UNIT, str(handed_in), "--roster", str(before))
    old, new = ("0012345", "12345") if why != "the name" else ("jane.doe@uni.edu", "jane.d@uni.edu")
    kept = [kept for kept in before.read_text().splitlines() if not kept.startswith(f"{old},")]
    said = run("collect", UNIT, str(handed_in), "--roster", str(written(before, "\n".join([*kept, line]))))
    assert f"{new} has {why} that {old} has in an earlier roster" in said
    assert "lists no longer" not in said


def test_a_roster_of_one_section_says_whom_it_leaves_out(new_class, handed_in, tmp_path, run):
    first = written(tmp_path / "a.csv", "student id,name,section\nada,Ada Love,A\nbob,Bob Smith,A\n")
    run("collect", UNIT, str(handed_in), "--roster", str(first))
    second = written(tmp_path / "b.csv", "student id,name,section\nbob,Bob Smith,B\ncyd,Cyd Gale,B\n")
    said = run("collect", UNIT, str(handed_in), "--roster", str(second))
    assert f"takes the place of the roster that {UNIT} had, and lists no longer ada." in said
    assert doubts_about(second, new_class, UNIT) == []


def test_when_a_roster_was_given_outlives_the_times_of_files(new_class, handed_in, tmp_path, run):
    first = written(tmp_path / "a.csv", "student id,name,section\nbob,Bob Smith,A\n")
    (new_class.root / "rosters").mkdir()
    older = new_class.roster("u01_sequences")
    written(older, "student id,name,section\nbob,Bob Smith,B\n")
    os.utime(older, (1.7e9, 1.7e9))
    run("collect", UNIT, str(handed_in), "--roster", str(first))
    given = given_at(new_class, UNIT)
    os.utime(new_class.roster(UNIT), (1.6e9, 1.6e9))
    assert given_at(new_class, UNIT) == given
    assert members(new_class, "A") == {"bob"}
    (new_class.root / "rosters" / "given.json").write_text('{"u05_lstm": "soon"}')
    assert "got 'soon'. Take it away" in run("export", UNIT, "--section", "A", refused=True)
