"""Work goes out, in and back through nbgrader's own exchange. Oracle: what nbgrader's student commands find there."""

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeFetchFeedback, ExchangeSubmit
from traitlets.config import Config

from autograder.authoring.require import WHEEL_BESIDE
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.exchange import SECRET, owner_check
from autograder.grading.history import read_history
from autograder.grading.new_class import create_class
from tests.conftest import collect, needs_bwrap

ME = pwd.getpwuid(os.getuid()).pw_name


class Student:
    """A student with a home, who uses nbgrader's own commands."""

    def __init__(self, name: str, home: Path, exchange: Path):
        home.mkdir()
        self.home, self.name = home, name
        self._config = Config(
            {
                "Exchange": {"root": str(exchange), "assignment_dir": str(home), "cache": str(home / "cache")},
                "CourseDirectory": {"course_id": "rnn", "assignment_id": UNIT, "student_id": name},
            }
        )

    @property
    def folder(self) -> Path:
        return self.home / UNIT

    def do(self, step: type) -> None:
        step(coursedir=CourseDirectory(config=self._config), authenticator=Authenticator(), config=self._config).start()

    def feedback(self) -> dict[str, str]:
        """The pages that came back, by the time of the submission that they are about."""
        self.do(ExchangeFetchFeedback)
        return {page.parent.name: page.read_text() for page in self.folder.glob("feedback/*/*.html")}


@pytest.fixture
def course(tmp_path, run, monkeypatch) -> ClassFolder:
    """A class whose unit is in the exchange."""
    run("init", str(tmp_path / "class"), "--exchange", str(tmp_path / "exchange"), "--course", "rnn")
    monkeypatch.chdir(tmp_path / "class")
    run("release", UNIT, "--exchange")
    return ClassFolder(tmp_path / "class")


@pytest.fixture
def join(course, tmp_path) -> Callable[[str], Student]:
    def join(name: str) -> Student:
        student = Student(name, tmp_path / name, tmp_path / "exchange")
        student.do(ExchangeFetchAssignment)
        return student

    return join


@pytest.mark.slow
def test_the_notebook_takes_the_package_from_the_wheel_beside_it(course, join):
    folder = join("ada").folder
    assert len(list(folder.glob("rnncore_student-*.whl"))) == 1
    first = next(c for c in nbformat.read(folder / f"{UNIT}.ipynb", 4).cells if c.cell_type == "code")
    assert first.source.startswith(WHEEL_BESIDE)


def test_a_class_without_an_exchange_leaves_its_notebooks_as_they_are(released):
    assert "rnncore_student" not in (released / "release" / UNIT / f"{UNIT}.ipynb").read_text()


@pytest.mark.slow
@needs_bwrap
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # nbgrader's release_feedback leaves one open
def test_feedback_comes_back_to_the_newest_submission(course, join, run):
    student = join(ME)
    Homework(student.folder / f"{UNIT}.ipynb").save(student.folder / f"{UNIT}.ipynb")
    student.do(ExchangeSubmit)
    assert f"{ME}: {ME}+{UNIT}+" in run("collect", UNIT, "--exchange")
    run("grade", UNIT, "-j", "1")
    assert "1 page in the exchange" in run("feedback", UNIT, "--exchange")
    assert list(student.feedback().values()) == [course.feedback_page(UNIT, ME).read_text()]

    student.do(ExchangeSubmit)  # the same work again, which is not graded again
    run("collect", UNIT, "--exchange")
    assert "1 unchanged" in run("grade", UNIT, "-j", "1")
    run("feedback", UNIT, "--exchange")
    assert len(student.feedback()) == 2
    assert [event.how for event in read_history(course.root)[0] if event.what == "feedback"] == [
        "1 page into the exchange"
    ] * 2

    notebook = student.home / f"{ME}.ipynb"
    Homework(student.folder / f"{UNIT}.ipynb", solved=True).save(notebook)
    run("collect", UNIT, str(notebook))  # by mail, so its feedback goes to no submission in the exchange
    assert not course.submission(UNIT, ME).with_name(SECRET).exists()


@pytest.mark.slow
def test_work_that_belongs_to_another_user_is_not_taken_in(course, join, run):
    join("mallory").do(ExchangeSubmit)
    refused = run("collect", UNIT, "--exchange", refused=True)
    assert f"it is handed in as mallory, and belongs to the user {ME}" in refused
    assert course.students(UNIT) == []
    config = course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.ExchangeCollect.check_owner = False\n")
    run("collect", UNIT, "--exchange")
    assert course.students(UNIT) == ["mallory"]


def test_work_that_comes_after_the_check_began_is_checked(new_class, tmp_path):
    check = owner_check(new_class, tmp_path / "inbound")
    for student in (ME, "mallory"):
        folder = tmp_path / "inbound" / f"{student}+{UNIT}+2026-11-20 15:30:45.123456 UTC+cmFuZG9t"
        Homework(new_class.release_notebook(UNIT)).save(folder / f"{UNIT}.ipynb")
    mine, other = collect(new_class, UNIT, [tmp_path / "inbound"], left_out=check)
    assert mine.student == ME
    assert f"it is handed in as mallory, and belongs to the user {ME}" in other.refused


@pytest.mark.slow
def test_a_secret_that_is_a_link_is_not_followed(course, join, run, tmp_path):
    join(ME).do(ExchangeSubmit)
    (secret,) = tmp_path.glob(f"exchange/rnn/inbound/{ME}+*/{SECRET}")
    secret.unlink()
    secret.symlink_to(course.root / "seed.txt")
    run("collect", UNIT, "--exchange")
    assert not course.submission(UNIT, ME).with_name(SECRET).exists()


@pytest.mark.slow
def test_collecting_says_what_is_missing(course, run):
    assert "nobody has handed it in there yet" in run("collect", UNIT, "--exchange", refused=True)
    assert "or --exchange; got none" in run("collect", UNIT, refused=True)


def test_a_class_that_is_not_in_the_exchange_cannot_collect_from_it(released, run):
    said = run("collect", UNIT, "--exchange", "--class", str(released), refused=True)
    assert f"rnncourse release {UNIT} --exchange" in said


def test_an_exchange_inside_the_class_is_refused(tmp_path):
    with pytest.raises(BadInput, match="outside"):
        create_class(tmp_path / "class", exchange=tmp_path / "class" / "exchange")
    assert not (tmp_path / "class").exists()


@pytest.mark.parametrize("name", ["two words", "a+b", "../x", "é"])
def test_a_course_has_a_name_that_nbgrader_takes(tmp_path, name):
    with pytest.raises(BadInput, match="letters, digits"):
        create_class(tmp_path / "class", course=name)
    assert not (tmp_path / "class").exists()
