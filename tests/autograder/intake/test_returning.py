"""Archives of feedback for Canvas and Moodle. Oracles: the readers of names, and how the two systems read theirs."""

import re
import zipfile
from pathlib import Path

import pytest

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.intake.lms.names import senders
from autograder.intake.lms.returning import write_feedback_archive
from tests.conftest import collect

CANVAS = {
    "smithbob_340934_208490284_u05_lstm.ipynb": ("340934", "208490284"),
    "smithbob_LATE_340935_208490285_my_12_homework.ipynb": ("340935", "208490285"),
    "müllerjosé_7_11_x.ipynb": ("7", "11"),
    "anon_k3J9x_208490286_x.ipynb": (None, "208490286"),
}
MOODLE = {
    "Bob Smith_12345_assignsubmission_file/u05_lstm.ipynb": "12345",
    "Bob Smith_12346_assignsubmission_file_/homework_2.ipynb": "12346",
    "José Müller-O'Neill_12347_assignsubmission_file_a_b.ipynb": "12347",
    "Smith, Bob_12348_assignsubmission_file_u05_lstm.ipynb": "12348",
}


def canvas_reads(name: str) -> list[str]:
    """The numbers of user and attachment, as Canvas takes them from the name of a file that comes back."""
    return [part for part in name.split("_") if re.fullmatch(r"\d+", part)][:2]


def moodle_reads(name: str) -> tuple[str, str, str]:
    """Participant, plugin and file, as Moodle takes them from the name of a file that comes back."""
    _, participant, kind, plugin, file = name.split("_", 4)
    assert participant.isdigit()
    return participant, f"{kind}_{plugin}", file


@pytest.fixture
def course(new_class, monkeypatch) -> ClassFolder:
    monkeypatch.chdir(new_class.root)
    return new_class


def collected(course: ClassFolder, names: list[str], folder: Path) -> dict[str, str]:
    """Collect a download of these names, and give each student a page; returns their students."""
    Homework(course.release_notebook(UNIT)).save(folder / "x.ipynb")
    with zipfile.ZipFile(folder / "download.zip", "w") as archive:
        for name in names:
            archive.write(folder / "x.ipynb", name)
    collect(course, UNIT, [folder / "download.zip"])
    students = {name: senders(name.partition("/")[0], UNIT)[0].student for name in names}
    for student in students.values():
        page = course.feedback_page(UNIT, student)
        page.parent.mkdir(parents=True)
        page.write_text(f"<p>{student}</p>")
    return students


def read(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize(("system", "names"), [("Canvas", list(CANVAS)), ("Moodle", list(MOODLE))])
def test_each_page_goes_back_to_whoever_handed_in(course, tmp_path, system, names):
    students = collected(course, names, tmp_path)
    returned = write_feedback_archive(course, UNIT, list(students.values()), system, tmp_path / "back.zip")
    pages = read(tmp_path / "back.zip")
    assert returned.written == len(pages) == len(names)
    assert returned.left_out == ()
    for (name, student), (entry, page) in zip(students.items(), pages.items(), strict=True):
        assert page == f"<p>{student}</p>"
        assert [s.key for s in senders(entry, UNIT)] == [s.key for s in senders(name.partition("/")[0], UNIT)]
        if system == "Moodle":
            assert moodle_reads(entry) == (MOODLE[name], "assignsubmission_file", f"{UNIT}.html")
        else:
            user, upload = CANVAS[name]
            assert canvas_reads(entry) == ([user] if user else []) + [upload]
    before = (tmp_path / "back.zip").read_bytes()
    write_feedback_archive(course, UNIT, list(students.values()), system, tmp_path / "back.zip")
    assert (tmp_path / "back.zip").read_bytes() == before


def test_the_newest_upload_is_answered_and_other_work_is_left_out(course, tmp_path):
    old, new, other = "ada_1_100_x.ipynb", "ada_1_200_x.ipynb", "bob.ipynb"
    collected(course, [new], tmp_path)
    for name in (old, other):
        Homework(course.release_notebook(UNIT)).save(tmp_path / "more" / name)
    Homework(course.release_notebook(UNIT)).save(tmp_path / "more" / new)
    collect(course, UNIT, [tmp_path / "more"])
    returned = write_feedback_archive(course, UNIT, ["ada-1", "bob"], "Canvas", tmp_path / "back.zip")
    assert list(read(tmp_path / "back.zip")) == [f"ada_1_200_{UNIT}.html"]
    assert returned.left_out == ("bob",)


def test_what_an_earlier_version_remembered_is_found_and_makes_way_for_a_student_of_its_name(course, tmp_path):
    collected(course, ["ada_1_100_x.ipynb"], tmp_path)
    older = course.received_folder(UNIT) / "senders.json"
    course.roster(UNIT).with_name(f"{UNIT}-senders.json").rename(older)
    assert write_feedback_archive(course, UNIT, ["ada-1"], "Canvas", tmp_path / "back.zip").written == 1
    for name in ("senders.json.ipynb", "bob_2_101_x.ipynb"):
        Homework(course.release_notebook(UNIT)).save(tmp_path / "in" / name)
    assert [one.student for one in collect(course, UNIT, [tmp_path / "in"])] == ["bob-2", "senders.json"]
    assert older.is_dir()
    assert write_feedback_archive(course, UNIT, ["ada-1"], "Canvas", tmp_path / "again.zip").written == 1


def test_an_archive_that_cannot_be_made_is_refused(course, tmp_path):
    collected(course, ["ada_1_100_x.ipynb"], tmp_path)
    with pytest.raises(BadInput, match="came in Moodle's download"):
        write_feedback_archive(course, UNIT, ["ada-1"], "Moodle", tmp_path / "back.zip")
    (tmp_path / "back.zip").write_text("mine")
    with pytest.raises(BadInput, match="something else in it"):
        write_feedback_archive(course, UNIT, ["ada-1"], "Canvas", tmp_path / "back.zip")
    assert (tmp_path / "back.zip").read_text() == "mine"
    course.roster(UNIT).with_name(f"{UNIT}-senders.json").write_text("{")
    with pytest.raises(BadInput, match=r"senders\.json"):
        write_feedback_archive(course, UNIT, ["ada-1"], "Canvas", tmp_path / "new.zip")
