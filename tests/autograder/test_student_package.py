"""The package that a class hands out. Oracles: pip, which installs it; a student's Python; the grader's sandbox."""

import inspect
import json
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Collection
from pathlib import Path

import nbformat
import pytest
from packaging.version import Version
from typer.testing import CliRunner

from autograder.authoring.inline import function_source, split_at_body
from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import find_unit
from autograder.cli import app
from autograder.demo import Homework
from autograder.grading import engine
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import read_grades
from autograder.grading.new_class import create_class
from autograder.grading.pools import open_pool
from autograder.grading.release import release_unit
from autograder.grading.shared_python import exposed_answers
from autograder.grading.student_package import (
    StudentPackage,
    build_student_package,
    install_student_package,
    plan_student_package,
    read_student_package,
)
from autograder.grading.trusted_execute import _wheel_to_grade
from tests.conftest import needs_bwrap

EARLY, LATE = "u02_rnn", "u03_bptt"
STEP = split_at_body(function_source("rnncore.functional.cells", "rnn_step"))[1]


def wheel_of(course: ClassFolder, unit: str) -> Path:
    (wheel,) = course.release_folder(unit).glob("*.whl")
    return wheel


def version_of(wheel: Path) -> Version:
    return Version(wheel.name.split("-")[1])


def text_of(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> ClassFolder:
    """A class in which two units are released, one after the other."""
    course = create_class(tmp_path_factory.mktemp("class") / "class")
    for unit in (EARLY, LATE):
        release_unit(course, unit)
    return course


def first_cell(course: ClassFolder, unit: str) -> str:
    cells = nbformat.read(course.release_notebook(unit), as_version=4).cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


# Which package


def hand_out(course: ClassFolder, answers: Collection[str] = ()) -> StudentPackage:
    unit = find_unit(LATE)
    package = plan_student_package(course, unit, answers)
    with tempfile.TemporaryDirectory(dir=course.root) as temporary:
        build_student_package(package, unit, Path(temporary))
        install_student_package(course, package, unit, Path(temporary))
    return package


@pytest.mark.slow
def test_the_package_of_a_later_unit_is_newer_and_shows_no_answer(course):
    first, second = wheel_of(course, EARLY), wheel_of(course, LATE)
    assert version_of(first) < version_of(second)
    assert "def rnn_step(" in text_of(second)
    assert STEP not in text_of(second)


def test_a_second_release_of_the_same_is_the_same_package(tmp_path):
    course = create_class(tmp_path / "class")
    found = []
    for _ in range(2):
        package = hand_out(course)
        (wheel,) = course.source(LATE).parent.glob("*.whl")
        found.append((package, wheel.name, wheel.read_bytes()))
    assert found[0] == found[1]


def test_an_answer_comes_once_its_deadline_is_past_and_stays(tmp_path):
    course = create_class(tmp_path / "class")
    wheels = []
    for answers in ([], [EARLY], []):
        hand_out(course, answers)
        (wheel,) = course.source(LATE).parent.glob("*.whl")
        wheels.append((version_of(wheel), STEP in text_of(wheel)))
    assert [shown for _, shown in wheels] == [False, True, True]
    assert wheels[0][0] < wheels[1][0] == wheels[2][0]
    assert EARLY not in read_student_package(course).closed


def test_an_earlier_unit_that_is_released_again_gets_the_package_for_all(course, tmp_path):
    again = ClassFolder(copied(course, tmp_path))
    release_unit(again, EARLY)
    assert wheel_of(again, EARLY).read_bytes() == wheel_of(course, LATE).read_bytes()


def copied(course: ClassFolder, folder: Path) -> Path:
    return Path(shutil.copytree(course.root, folder / "copy"))


def test_answers_to_the_newest_unit_are_refused(course, tmp_path):
    again = ClassFolder(copied(course, tmp_path))
    with pytest.raises(BadInput, match=f"a unit before {LATE}"):
        release_unit(again, LATE, answers_of=[LATE])
    assert read_student_package(again) == read_student_package(course)


def test_a_damaged_record_is_named(course, tmp_path):
    again = ClassFolder(copied(course, tmp_path))
    path = again.root / "student_package.json"
    path.write_text("{")
    with pytest.raises(BadInput, match=r"student_package\.json; it is damaged"):
        release_unit(again, LATE)
    path.write_text(json.dumps({"release": 7}))
    release_unit(again, LATE)
    assert version_of(wheel_of(again, LATE)).local == "u03.8"


def test_release_says_whose_answers_are_closed(course, tmp_path):
    root = copied(course, tmp_path)
    done = CliRunner().invoke(app, ["release", LATE, "--class", str(root)])
    assert f"Students cannot read the answers to u01_sequences, {EARLY} in it" in done.output
    done = CliRunner().invoke(app, ["release", LATE, "--class", str(root), "--answers-of", EARLY])
    assert "the answers to u01_sequences in it" in done.output
    done = CliRunner().invoke(app, ["release", LATE, "--class", str(root), "--answers-of", "u99_nothing"])
    assert done.exit_code


# In a student's Python


@pytest.mark.slow
def test_one_environment_serves_units_with_an_extension_and_upgrades(course, tmp_path):
    """A student installs the package of unit 2, opens unit 3, installs its package, and goes on with both."""
    python = environment(tmp_path / "student")
    for unit in (EARLY, LATE):
        install(python, wheel_of(course, unit))
        run(python, first_cell(course, EARLY))
        if unit == EARLY:
            said = run(python, first_cell(course, LATE), fails=True)
            assert "this notebook needs the rnncore of unit 3 or later; the one installed here is of unit 2" in said
    run(python, first_cell(course, LATE))
    using = """
import inspect
from rnncore.functional.cells import init_rnn_params, init_rnn_state, rnn_step
state, _ = rnn_step(np.ones((2, 3)), init_rnn_state(2, 4), init_rnn_params(3, 4, np.random.default_rng(0)))
assert state.h.shape == (2, 4)
print(inspect.getdoc(rnn_step).splitlines()[0])
"""
    said = run(python, first_cell(course, LATE) + using + "inspect.getsource(rnn_step)", fails=True)
    assert "One step of the vanilla RNN" in said
    assert "could not get source code" in said
    again = ClassFolder(copied(course, tmp_path))
    release_unit(again, LATE, answers_of=[EARLY])
    install(python, wheel_of(again, LATE))
    assert STEP in run(python, first_cell(again, LATE) + using + "print(inspect.getsource(rnn_step))")


def environment(folder: Path) -> Path:
    """A new environment with the libraries of this one, but without its rnncore."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    libraries = Path(inspect.getfile(nbformat)).parents[1]
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(f"{libraries}\n")
    run(python, "import importlib.util; assert importlib.util.find_spec('rnncore') is None")
    return python


def install(python: Path, wheel: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--upgrade"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)


def run(python: Path, code: str, fails: bool = False) -> str:
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stdout + done.stderr


# While grading


@pytest.mark.slow
@needs_bwrap
def test_the_package_of_a_later_unit_earns_nothing_in_an_earlier_one(course, tmp_path):
    """A sealed answer can be called at home. In the sandbox there is the package of the unit itself."""
    again = ClassFolder(copied(course, tmp_path))
    release_unit(again, EARLY)
    assert version_of(wheel_of(again, EARLY)).local.startswith("u03")
    homework = Homework(again.release_notebook(EARLY))
    homework.write("rnn-step", "from rnncore.functional.cells import rnn_step")
    homework.save(again.submission(EARLY, "ada"))
    with open_pool(1) as pool:
        (outcome,) = engine.grade(again, EARLY, ["ada"], pool)
    assert not outcome.failure
    assert {grade.score for grade in read_grades(again, EARLY) if grade.exercise == "rnn-step"} == {0.0}


def test_a_class_of_before_is_graded_with_the_wheel_that_it_has(course, tmp_path):
    again = ClassFolder(copied(course, tmp_path))
    source = again.source(EARLY)
    for wheel in (again.root / "wheels" / EARLY).glob("*.whl"):
        wheel.unlink()
    with pytest.raises(FileNotFoundError, match=f"Run `rnncourse release {EARLY}`"):
        _wheel_to_grade(again.root, source)
    old = build_wheel(find_unit(EARLY), tmp_path).rename(source.parent / "rnncore_student-0.1.0+u02-py3-none-any.whl")
    assert _wheel_to_grade(again.root, source) == old


# On a shared machine


@pytest.mark.parametrize(
    ("modes", "exposed"), [((0o755, 0o755), True), ((0o755, 0o750), False), ((0o700, 0o755), False)]
)
def test_answers_that_others_can_read_are_said(modes, exposed):
    """The modes are those of a folder and of the package in it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "rnncore"
        folder.mkdir()
        for path, mode in zip((folder.parent, folder), modes, strict=True):
            path.chmod(mode)
        said = list(exposed_answers(folder))
    assert any(f"can read the answers in {folder}" in line and "chmod 700" in line for line in said) == exposed


def test_a_student_package_in_the_graders_python_is_said(monkeypatch, tmp_path):
    def installed():
        return any("pip uninstall rnncore-student" in line for line in exposed_answers(tmp_path))

    assert not installed()
    folder = tmp_path / "rnncore_student-0.1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: rnncore-student\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert installed()
