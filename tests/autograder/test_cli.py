"""The command line with bad input. Oracles: exit code 2, one line on standard error, and the files as they were."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import cli
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder
from autograder.grading.new_class import create_class


def run(monkeypatch, capsys, *args: str) -> tuple[int, str, str]:
    """What `rnncourse ARGS` does, in this process."""
    monkeypatch.setattr(sys, "argv", ["rnncourse", *args])
    with pytest.raises(SystemExit) as exit:
        cli.main()
    said = capsys.readouterr()
    return int(exit.value.code or 0), said.out, said.err


def refused(monkeypatch, capsys, *args: str) -> str:
    code, _, err = run(monkeypatch, capsys, *args)
    assert code == 2
    assert err.startswith("rnncourse: ")
    assert err.count("\n") == 1
    return err


@pytest.fixture
def course(new_class, monkeypatch) -> ClassFolder:
    monkeypatch.chdir(new_class.root)
    return new_class


def test_an_unknown_unit_is_named_with_those_that_there_are(course, monkeypatch, capsys, tree):
    before = tree(course.root)
    for command in ("release", "grade", "feedback", "export"):
        assert UNIT in refused(monkeypatch, capsys, command, "u99_nothing")
    assert UNIT in refused(monkeypatch, capsys, "collect", "u99_nothing", "x.ipynb")
    assert UNIT in refused(monkeypatch, capsys, "build", "--check", "u99_nothing")
    assert UNIT in refused(monkeypatch, capsys, "release", "../" + UNIT)
    assert tree(course.root) == before


def test_what_is_no_class_folder_is_named(tmp_path, monkeypatch, capsys, tree):
    monkeypatch.chdir(tmp_path)
    for args in (["release", UNIT], ["grade", UNIT], ["export", UNIT], ["collect", UNIT, "x.zip"], ["feedback", UNIT]):
        assert "expected a class folder" in refused(monkeypatch, capsys, *args)
        assert "expected a class folder" in refused(monkeypatch, capsys, *args, "--class", "nowhere")
    assert tree(tmp_path) == {}


def test_a_class_is_not_made_where_something_is(tmp_path, monkeypatch, capsys, tree):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    (tmp_path / "file").write_text("mine")
    before = tree(tmp_path)
    for name in ("full", "file"):
        assert "new or empty folder" in refused(monkeypatch, capsys, "init", str(tmp_path / name))
    assert tree(tmp_path) == before


def test_a_unit_that_is_not_released_is_named(tmp_path, monkeypatch, capsys):
    create_class(tmp_path / "class")
    monkeypatch.chdir(tmp_path / "class")
    for args in (["grade", UNIT], ["collect", UNIT, "x.ipynb"], ["feedback", UNIT], ["export", UNIT]):
        assert "rnncourse release" in refused(monkeypatch, capsys, *args)


def test_no_submissions_and_no_grades_are_named(course, monkeypatch, capsys, tree):
    before = tree(course.root)
    assert "rnncourse collect" in refused(monkeypatch, capsys, "grade", UNIT)
    for command in ("feedback", "export"):
        assert "rnncourse grade" in refused(monkeypatch, capsys, command, UNIT)
    assert tree(course.root) == before


def test_what_is_no_zip_and_what_is_missing_are_named(course, monkeypatch, capsys, tree):
    Path("x.zip").write_text("hello")
    Path("empty").mkdir()
    before = tree(course.root)
    assert "zip archive" in refused(monkeypatch, capsys, "collect", UNIT, "x.zip")
    assert "no notebook in" in refused(monkeypatch, capsys, "collect", UNIT, "empty")
    assert "there is none at" in refused(monkeypatch, capsys, "collect", UNIT, "missing.ipynb")
    assert tree(course.root) == before


NO_SPACE = errno.ENOSPC, "No space left on device"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(*NO_SPACE), "No space left on device."),
        (OSError(*NO_SPACE, "a.ipynb"), "No space left on device: a.ipynb."),
        (OSError(*NO_SPACE, "a.ipynb", None, "b.ipynb"), "No space left on device: b.ipynb."),
        (shutil.Error([("a", "b", "[Errno 28] No space left: 'b'"), ("c", "d", "another")]), "No space left: 'b'."),
        (shutil.Error("it is there already"), "it is there already."),
    ],
)
def test_a_full_disk_is_named_in_one_line(course, monkeypatch, capsys, error, said):
    def fail(*_):
        raise error

    monkeypatch.setattr(cli, "release_unit", fail)
    line = refused(monkeypatch, capsys, "release", UNIT)
    assert said in line
    assert "another" not in line
    assert "then run this again" in line


@pytest.mark.parametrize("folder", [".", "/", "reports"])
def test_an_export_into_a_folder_says_that_a_file_was_expected(course, monkeypatch, capsys, folder):
    Path("reports").mkdir(exist_ok=True)
    for args in ([UNIT], ["--term"]):
        said = refused(monkeypatch, capsys, "export", *args, "--to", folder)
        assert f"got the folder {folder}" in said


@pytest.mark.slow
def test_release_says_when_the_class_keeps_a_copy_of_its_own(course, monkeypatch, capsys):
    assert "--update" not in run(monkeypatch, capsys, "release", UNIT)[1]
    nb = nbformat.read(course.source(UNIT), as_version=4)
    nb.cells[0].source = "# Our own title"
    nbformat.write(nb, course.source(UNIT))
    said = " ".join(run(monkeypatch, capsys, "release", UNIT)[1].split())
    assert "differs from the course's u05_lstm; --update replaces it" in said
    assert "--update" not in run(monkeypatch, capsys, "release", UNIT, "--update")[1]


def test_usage_is_told_with_code_2(monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, "grade")
    assert code == 2
    assert "Missing argument" in err


@pytest.mark.slow
def test_a_missing_bwrap_is_named_and_nobody_is_graded(course, tmp_path):
    """In a process of its own, since nbgrader's steps change the PATH."""
    Homework(course.release_notebook(UNIT)).save(tmp_path / "ada.ipynb")
    command = [str(Path(sys.executable).parent / "rnncourse")]
    environment = {"PATH": "", "HOME": str(tmp_path)}
    subprocess.run([*command, "collect", UNIT, str(tmp_path / "ada.ipynb")], check=True, capture_output=True)
    done = subprocess.run([*command, "grade", UNIT], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    last = [line for line in done.stderr.splitlines() if line.startswith("rnncourse: ")]
    assert len(last) == 1
    assert "install it" in last[0]
    assert "Traceback" not in done.stdout
    assert not course.autograded_notebook(UNIT, "ada").exists()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")
def test_a_class_goes_from_collect_to_export(course, tmp_path, monkeypatch, capsys):
    marked = 'def lstm_step(x, state, params):\n    raise type("=1+1", (Exception,), {})("[/red] \\x1b[31m, \\"")'
    Homework(course.release_notebook(UNIT)).write("lstm-step", marked).save(tmp_path / "in" / "ada" / "hw.ipynb")
    assert run(monkeypatch, capsys, "collect", UNIT, str(tmp_path / "in"))[0] == 0
    code, out, _ = run(monkeypatch, capsys, "grade", UNIT)
    assert code == 0
    assert "ada" in out
    assert "\x1b[31m" not in out
    assert run(monkeypatch, capsys, "feedback", UNIT)[0] == 0
    assert course.feedback_page(UNIT, "ada").exists()
    assert run(monkeypatch, capsys, "export", UNIT)[0] == 0
    lines = Path(f"grades-{UNIT}.csv").read_text().splitlines()
    assert lines[0] == '"student","unit","exercise","score","max_score","reason"'
    Path("theirs.csv").write_text("mine")
    assert "something else in it" in refused(monkeypatch, capsys, "export", UNIT, "--to", "theirs.csv")
    assert Path("theirs.csv").read_text() == "mine"
    assert not any(field.lstrip('"').startswith(("=", "+", "-", "@")) for line in lines for field in line.split(","))


def test_a_demonstration_is_put_over_nothing_but_an_earlier_one(tmp_path, monkeypatch, capsys, tree):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    before = tree(tmp_path)
    assert "new or empty folder" in refused(monkeypatch, capsys, "demo", str(tmp_path / "mine"))
    assert tree(tmp_path) == before
