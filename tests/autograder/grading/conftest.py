"""A class of three whose work is graded, made once a worker."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from autograder import cli
from autograder.demo import UNIT, Homework
from autograder.grading import engine
from autograder.grading.class_folder import ClassFolder
from autograder.grading.pools import WorkerPool, open_pool
from tests.autograder.grading.small_class import EXERCISE, IN_PLACE, NONSENSE


@pytest.fixture(scope="session")
def graded(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada's step is right but for its inputs, bob's is nonsense, cyd has written nothing."""
    course = ClassFolder(Path(shutil.copytree(released, tmp_path_factory.mktemp("graded") / "class")))
    notebook = course.release_notebook(UNIT)
    Homework(notebook, solved=True).append(EXERCISE, IN_PLACE).save(course.submission(UNIT, "ada"))
    Homework(notebook).write(EXERCISE, NONSENSE).save(course.submission(UNIT, "bob"))
    Homework(notebook).save(course.submission(UNIT, "cyd"))
    with open_pool(1) as pool:
        outcomes = list(engine.grade(course, UNIT, ["ada", "bob", "cyd"], pool))
    assert not any(outcome.failure for outcome in outcomes), outcomes
    return course.root


@pytest.fixture(scope="module")
def warm_pool() -> Iterator[WorkerPool]:
    with open_pool(1) as pool:
        yield pool


@pytest.fixture
def grades_at_once(warm_pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands grade with a worker that has been started before."""
    monkeypatch.setattr(cli, "open_pool", lambda *_: nullcontext(warm_pool))


@pytest.fixture
def course(graded: Path, grades_at_once: None, tmp_path: Path, monkeypatch) -> ClassFolder:
    course = ClassFolder(Path(shutil.copytree(graded, tmp_path / "class")))
    monkeypatch.chdir(course.root)
    return course
