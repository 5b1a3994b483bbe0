"""A class in mid-term meets a newer version. Oracle: a class folder as version 0.1.0 left it, with grades by hand."""

import shutil
import sqlite3
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import nbformat
import pytest

from autograder import cli
from autograder.grading.class_folder import ClassFolder
from autograder.grading.earlier_checks import lines_on_earlier_checks
from autograder.grading.gradebook import read_results
from tests.conftest import needs_bwrap

UNIT = "u01_sequences"
AS_GRADED = {"ada": 19.5, "bob": 15.0}


@pytest.fixture
def course(tmp_path, monkeypatch) -> ClassFolder:
    with tarfile.open(Path(__file__).with_name("class-0.1.0.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    monkeypatch.chdir(tmp_path / "class")
    return ClassFolder(tmp_path / "class")


def grade(monkeypatch, capsys, *options: str) -> str:
    monkeypatch.setattr(sys, "argv", ["rnncourse", "grade", UNIT, *options])
    with pytest.raises(SystemExit) as exit:
        cli.main()
    out = capsys.readouterr()
    assert not exit.value.code, out
    return out.out


def totals(course: ClassFolder) -> dict[str, float]:
    return {result.student: result.total for result in read_results(course, UNIT)}


@pytest.mark.slow
@needs_bwrap
def test_grades_of_an_earlier_version_stay_until_asked_for(course, monkeypatch, capsys):
    assert totals(course) == AS_GRADED
    out = grade(monkeypatch, capsys)
    assert "2 of the grades are from checks of another version of the course, and stay: ada, bob" in out
    assert "2 unchanged" in out

    submission = course.submission(UNIT, "bob")
    better = nbformat.read(submission, as_version=4)
    cell = next(cell for cell in better.cells if "return None" in cell.source and "def make_windows" in cell.source)
    cell.source = cell.source.rpartition("def make_windows(*args")[0]
    nbformat.write(better, submission)
    out = grade(monkeypatch, capsys)
    assert "1 of the grades are from checks of another version of the course, and stay: ada" in out
    assert totals(course) == {"ada": 19.5, "bob": 17.0}

    out = grade(monkeypatch, capsys, "--force")
    (kept,) = course.root.glob("kept/gradebook-*.db")
    assert str(kept) in out.replace("\n", "")
    with closing(sqlite3.connect(kept)) as gradebook:
        assert gradebook.execute("select count(*) from grade where manual_score = 2.5").fetchone() == (1,)
    assert totals(course) == {"ada": 19.5, "bob": 17.0}
    assert "another version" not in grade(monkeypatch, capsys)


def test_what_changed_in_the_checks_is_said(course):
    path = course.autograded_notebook(UNIT, "ada")
    graded = nbformat.read(path, as_version=4)
    verdict = next(cell.metadata.rnncourse for cell in graded.cells if cell.metadata.get("rnncourse"))
    first, second, *_ = verdict["checks"]
    gone, more = first["name"], second["name"]
    first["name"] = "a check of before"
    second["points"] *= 2
    path.chmod(0o644)
    nbformat.write(graded, path)
    lines = "\n".join(lines_on_earlier_checks(course, UNIT, ["ada"]))
    assert f"{verdict['exercise']}: “{gone}” is new" in lines
    assert f"{verdict['exercise']}: “a check of before” is gone" in lines
    assert f"{verdict['exercise']}: “{more}” gives" in lines


def test_a_class_moves_as_a_folder(course, tmp_path):
    shutil.move(course.root, tmp_path / "elsewhere")
    assert totals(ClassFolder(tmp_path / "elsewhere")) == AS_GRADED
