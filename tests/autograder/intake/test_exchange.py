"""A unit goes through nbgrader's exchange and its feedback comes back. Oracle: nbgrader's own commands for students."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.exchange import SECRET
from autograder.grading.new_class import create_class
from autograder.intake.collect import collect
from tests.conftest import needs_bwrap

BIN = Path(sys.executable).parent


@pytest.fixture
def exchange(tmp_path) -> Path:
    folder = tmp_path / "exchange"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def run(folder: Path, *words: str, **environment: str) -> str:
    command = [BIN / words[0], *words[1:]]
    done = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs_bwrap
@pytest.mark.slow
def test_a_unit_goes_out_and_feedback_comes_back(tmp_path, exchange):
    run(tmp_path, "rnncourse", "init", "class", "--exchange", str(exchange), "--course", "rnn-2026")
    course = ClassFolder(tmp_path / "class")
    run(course.root, "rnncourse", "release", UNIT)
    run(course.root, "nbgrader", "release_assignment", UNIT)

    home = tmp_path / "home"
    home.mkdir()
    (home / "nbgrader_config.py").write_text(f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n")
    student = {"HOME": str(home), "JUPYTER_DATA_DIR": str(home / "data")}
    run(home, "nbgrader", "fetch_assignment", UNIT, "--course", "rnn-2026", **student)
    (wheel,) = (home / UNIT).glob("rnncore_student-*.whl")
    assert wheel.stat().st_size > 0
    work = Homework(home / UNIT / f"{UNIT}.ipynb", solved=True)
    work.save(home / UNIT / f"{UNIT}.ipynb")
    run(home, "nbgrader", "submit", UNIT, "--course", "rnn-2026", **student)

    assert "1 submissions" in run(course.root, "rnncourse", "collect", UNIT, "--exchange")
    run(course.root, "rnncourse", "grade", UNIT)
    run(course.root, "rnncourse", "feedback", UNIT)
    run(course.root, "nbgrader", "release_feedback", UNIT)
    run(home, "nbgrader", "fetch_feedback", UNIT, "--course", "rnn-2026", **student)
    (page,) = (home / UNIT / "feedback").glob(f"*/{UNIT}.html")
    (name,) = course.students(UNIT)
    assert page.read_text() == course.feedback_page(UNIT, name).read_text()
    assert "17 of 20 points" in page.read_text()


def test_a_file_handed_in_by_other_means_has_no_secret_of_the_exchange(new_class, tmp_path):
    homework = Homework(new_class.release_notebook(UNIT))
    there = tmp_path / "in" / f"ada+{UNIT}+2026-11-20 10:00:00 UTC+x"
    homework.save(there / f"{UNIT}.ipynb")
    (there / SECRET).write_text("s" * 64)
    collect(new_class, UNIT, [tmp_path / "in"])
    kept = new_class.submission(UNIT, "ada").with_name(SECRET)
    assert kept.read_text() == "s" * 64
    homework.save(tmp_path / "mail" / "ada" / f"{UNIT}.ipynb")
    collect(new_class, UNIT, [tmp_path / "mail"])
    assert not kept.exists()


@pytest.mark.parametrize("name", ["two words", "a+b", "../x", "é"])
def test_a_course_has_a_name_that_nbgrader_takes(tmp_path, name):
    with pytest.raises(BadInput, match="letters, digits"):
        create_class(tmp_path / "class", course=name)
    assert not (tmp_path / "class").exists()
