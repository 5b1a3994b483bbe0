"""The command line from the download of a course system to what it takes back. Oracle: files with known work."""

import csv
import shutil
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder import cli
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import open_gradebook, read_grades
from autograder.intake.lms import exports
from autograder.intake.lms.roster import Roster

ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section,u05_lstm (4711)
    Points Possible,,,,,20
"Lovelace, Ada",11,,ada,A,
"Smith, Bob",12,,bob,A,
"Nobody, Ned",13,,ned,A,
"""


def run(monkeypatch, capsys, *args: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["rnncourse", *args])
    with pytest.raises(SystemExit) as exit:
        cli.main()
    said = capsys.readouterr()
    return int(exit.value.code or 0), said.out, said.err


@pytest.fixture
def course(new_class, monkeypatch) -> ClassFolder:
    monkeypatch.chdir(new_class.root)
    return new_class


def stripped(path: Path) -> None:
    """What an editor leaves that knows nothing of nbgrader."""
    nb = nbformat.read(path, as_version=4)
    nb.nbformat_minor = 0
    for cell in nb.cells:
        cell.metadata = NotebookNode(id="aBc")
        del cell["id"]
    nbformat.write(nb, path)


@pytest.fixture
def download(course, tmp_path) -> Path:
    """Canvas's archive: ada's solution without its marks, bob's, late and damaged, and a stranger's with a bad name."""
    Homework(course.release_notebook(UNIT), solved=True).save(tmp_path / "ada.ipynb")
    stripped(tmp_path / "ada.ipynb")
    path = tmp_path / "submissions.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "ada.ipynb", f"lovelaceada_11_501_{UNIT}.ipynb")
        archive.writestr(f"smithbob_LATE_12_502_{UNIT}.ipynb", (tmp_path / "ada.ipynb").read_bytes()[:3000])
        archive.writestr("evil\x1b[31m_99_503_x.ipynb", "{}")
    return path


def test_collect_says_what_it_did(course, download, tmp_path, monkeypatch, capsys):
    (tmp_path / "roster.csv").write_text(ROSTER)
    given = ["collect", UNIT, str(download), "--roster", str(tmp_path / "roster.csv"), "--due", "2026-11-20 23:59"]
    code, out, _ = run(monkeypatch, capsys, *given)
    assert code == 0
    assert "ada: Found by its function, since the mark was lost: lstm-step, lstm-forward" in out
    assert "bob: smithbob_LATE_12_502_u05_lstm.ipynb, 2026-11-20 23:59, late\nbob: it cannot be graded" in out
    assert "bob: Canvas marks it as late, but not by how much" in out
    assert "is not in the roster. Give one that has this student with --roster" in out
    assert "2 submissions of u05_lstm, 1 of them late" in out
    assert "not known when" not in out  # Canvas says who is late
    assert "not taken in: 1" in out
    assert "\x1b[31m" not in out


def test_work_without_a_time_is_in_time_and_that_is_said(course, tmp_path, monkeypatch, capsys):
    Homework(course.release_notebook(UNIT), solved=True).save(tmp_path / "ada.ipynb")
    given = ["collect", UNIT, str(tmp_path / "ada.ipynb")]
    assert "not known" not in run(monkeypatch, capsys, *given)[1]
    said = run(monkeypatch, capsys, *given, "--due", "2001-01-01")[1]
    assert "1 submission of u05_lstm\nin time, since it is not known when they came: ada" in said


def test_a_roster_of_another_class_is_doubted_and_one_that_shares_a_name_is_not(course, tmp_path, monkeypatch, capsys):
    def collected(student: str, roster: str) -> str:
        given, listed = tmp_path / f"{student}.ipynb", tmp_path / "roster.csv"
        Homework(course.release_notebook(UNIT), solved=True).save(given)
        listed.write_text(roster)
        return run(monkeypatch, capsys, "collect", UNIT, str(given), "--roster", str(listed))[1]

    assert "handed in before" not in collected("Ada", ROSTER)
    assert "handed in before" not in collected("bob", ROSTER)
    assert "has none of the 2 students who have handed in before, such as ada" in collected("s1", "student id\ns1\n")
    assert "handed in before" not in collected("s1", "student id\ns1\ns2\n")


def test_a_roster_gives_the_gradebook_the_names_of_everybody(course, download, tmp_path, monkeypatch, capsys):
    """Also of whoever handed nothing in. Oracle: nbgrader's own list of students, as the formgrader shows it."""
    (tmp_path / "roster.csv").write_text(ROSTER + '"Student, Test",14,,,A,\n')
    given = ["collect", UNIT, str(download), "--roster", str(tmp_path / "roster.csv")]
    assert run(monkeypatch, capsys, *given)[0] == 0
    with open_gradebook(course) as gradebook:
        names = {student["id"]: (student["last_name"], student["first_name"]) for student in gradebook.student_dicts()}
        known = {student.id: (student.last_name, student.first_name) for student in gradebook.students}
    assert known == {"ada": ("Lovelace", "Ada"), "bob": ("Smith", "Bob"), "ned": ("Nobody", "Ned")}
    assert names.items() <= known.items()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--due", "soon"], "expected a time"),
        (["--roster", "missing.csv"], "cannot be read"),
        (["--roster", "nbgrader_config.py"], "student id"),
    ],
)
def test_bad_options_of_collect_are_refused(course, download, monkeypatch, capsys, tree, args, said):
    before = tree(course.root)
    code, _, err = run(monkeypatch, capsys, "collect", UNIT, str(download), *args)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert tree(course.root) == before


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")
def test_a_class_goes_from_canvas_back_to_canvas(course, download, tmp_path, monkeypatch, capsys):
    (tmp_path / "roster.csv").write_text(ROSTER)
    collect = ["collect", UNIT, str(download), "--roster", str(tmp_path / "roster.csv"), "--due", "2026-11-20 23:59"]
    for args in (collect, ["grade", UNIT], ["feedback", UNIT, "--format", "canvas"]):
        assert run(monkeypatch, capsys, *args)[0] == 0
    automatic = [
        grade.score for grade in read_grades(course, UNIT) if grade.student == "ada" and grade.score is not None
    ]
    assert sum(automatic) == 17
    page = course.feedback_page(UNIT, "ada").read_text()
    assert "since the mark was lost" in page
    with zipfile.ZipFile(f"feedback-{UNIT}-canvas.zip") as back:
        assert back.namelist() == [f"lovelaceada_11_501_{UNIT}.html", f"smithbob_LATE_12_502_{UNIT}.html"]
        assert back.read(back.namelist()[0]).decode() == page
    code, out, _ = run(monkeypatch, capsys, "export", UNIT, "--format", "canvas", "--to", "points.csv")
    assert code == 0
    assert "without points, since a question waits for you: ada" in out
    with Path("points.csv").open(newline="") as file:
        found = {row["SIS Login ID"]: row["u05_lstm (4711)"] for row in csv.DictReader(file)}
    assert found["ada"] == found["ned"] == ""
    with pytest.raises(BadInput, match="something else in it"):
        exports.write_canvas(course, UNIT, Roster(tmp_path / "roster.csv"), tmp_path / "roster.csv")
    assert (tmp_path / "roster.csv").read_text() == ROSTER
    assert run(monkeypatch, capsys, "export", UNIT)[0] == 0
    with Path(f"grades-{UNIT}-students.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert [rows["ada"][name] for name in ("last_name", "first_name", "points", "total", "max_points", "state")] == [
        "Lovelace",
        "Ada",
        "17",
        "",
        "20",
        "waits for the instructor",
    ]
    assert [rows["bob"][name] for name in ("points", "late_penalty", "total", "state")] == ["0", "0", "0", "graded"]
    assert [rows["ned"][name] for name in ("points", "late_penalty", "total", "state")] == [
        "",
        "",
        "",
        "nothing handed in",
    ]
    _, table, _ = run(monkeypatch, capsys, "grade", UNIT)
    assert "nothing handed in" in next(line for line in table.splitlines() if "ned" in line)
    assert run(monkeypatch, capsys, "report", UNIT)[0] == 0
    assert "<li>Nothing handed in: ned.</li>" in Path(f"reports/{UNIT}.html").read_text()
    code, _, err = run(monkeypatch, capsys, "export", UNIT, "--format", "moodle")
    assert code == 2
    assert "grading worksheet" in err


def test_an_export_without_a_roster_says_what_it_needs(course, monkeypatch, capsys):
    Homework(course.release_notebook(UNIT)).save(course.submission(UNIT, "ada"))
    Homework(course.release_notebook(UNIT)).save(course.autograded_notebook(UNIT, "ada"))
    code, _, err = run(monkeypatch, capsys, "export", UNIT, "--format", "canvas")
    assert code == 2
    assert "--roster FILE" in err
