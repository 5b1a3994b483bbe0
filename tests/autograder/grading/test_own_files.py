"""Files for instructors. Oracle: the files before."""

import shutil

import pytest

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.own_files import write_own


@pytest.fixture
def course(tmp_path) -> ClassFolder:
    return create_class(tmp_path / "class")


def test_what_the_class_wrote_is_replaced_and_nothing_else(course, tmp_path):
    path = tmp_path / "grades.csv"
    write_own(course, path, "one")
    write_own(course, path, "two")
    assert path.read_text() == "two"
    path.write_text("two, and a remark of mine")
    with pytest.raises(BadInput, match=r"expected a new file.*has something else in it.*--to"):
        write_own(course, path, "three")
    assert path.read_text() == "two, and a remark of mine"
    path.unlink()
    write_own(course, path, "three")
    assert path.read_text() == "three"


def test_a_damaged_record_is_named(course, tmp_path):
    (course.root / ".written.json").write_text('{"a')
    with pytest.raises(BadInput, match=r"in .*\.written\.json; it cannot be read.*Take it away"):
        write_own(course, tmp_path / "grades.csv", "one")
    assert not (tmp_path / "grades.csv").exists()


def test_a_foreign_file_of_the_same_content_is_no_loss(course, tmp_path):
    (tmp_path / "same").write_text("x")
    write_own(course, tmp_path / "same", "x")
    write_own(course, tmp_path / "same", "y")


def test_the_folder_reports_is_the_classs_own(course):
    path = course.root / "reports" / "u.html"
    path.parent.mkdir()
    path.write_text("from an earlier version")
    write_own(course, path, "new")
    assert path.read_text() == "new"


def test_a_class_that_was_moved_knows_its_files(course, tmp_path):
    write_own(course, course.root / "grades.csv", "one")
    moved = ClassFolder(shutil.move(course.root, tmp_path / "moved"))
    write_own(moved, moved.root / "grades.csv", "two")


def test_what_cannot_be_written_is_said(course, tmp_path):
    with pytest.raises(BadInput, match="cannot be written"):
        write_own(course, tmp_path, "x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot be written"):
        write_own(course, tmp_path / "file" / "grades.csv", "x")
    assert not list(tmp_path.rglob("*.partial"))


def test_half_a_surrogate_pair_becomes_a_question_mark(course, tmp_path):
    write_own(course, tmp_path / "x", "a\ud800b")
    assert (tmp_path / "x").read_text() == "a?b"
