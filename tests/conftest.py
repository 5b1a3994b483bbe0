"""What tests of the grader share: packages, sessions and class folders, each made once a worker."""

import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder import PROJECT, cli
from autograder.authoring import student_edition
from autograder.authoring.units import Unit, all_units, find_unit
from autograder.demo import UNIT
from autograder.grading.class_folder import ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.release import release_unit
from autograder.intake import collect as intake
from autograder.sandbox.session import Session
from autograder.sandbox.walls import Limits

torch.set_num_threads(1)
os.environ["RNNCORE_KERNELS"] = "rule"


def collect(*args: Any, **options: Any) -> list[intake.Received]:
    """Take submissions in to the end."""
    return list(intake.collect(*args, **options))


needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The student edition of rnncore for the demonstration's unit."""
    return student_edition.build_wheel(find_unit(UNIT), tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def new_wheel(wheel: Path, tmp_path: Path) -> Path:
    """The same, in a file that nothing has been started for."""
    return Path(shutil.copy(wheel, tmp_path / wheel.name))


@pytest.fixture(scope="session")
def full_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of rnncore with every answer, where tests put other code into the sandbox than that of a student."""
    path = tmp_path_factory.mktemp("full-wheel") / "rnncore_full.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((PROJECT / "rnncore").rglob("*.py")):
            archive.write(file, file.relative_to(PROJECT))
    return path


@pytest.fixture(scope="module")
def session(wheel: Path) -> Iterator[Session]:
    """A sandbox for many small tests. One that ends its process restarts it."""
    if shutil.which("bwrap") is None:
        pytest.skip("needs bwrap (bubblewrap), which is missing")
    with Session(wheel, Limits(submission_seconds=900.0)) as session:
        yield session


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class folder in which the demonstration's unit is released; copy it before changing it."""
    root = tmp_path_factory.mktemp("class") / "released"
    release_unit(create_class(root), UNIT)
    return root


@pytest.fixture
def new_class(released: Path, tmp_path: Path) -> ClassFolder:
    """A class folder of the test's own, with the unit released."""
    return ClassFolder(Path(shutil.copytree(released, tmp_path / "class")))


@pytest.fixture(params=all_units(), ids=lambda unit: unit.name)
def unit(request: pytest.FixtureRequest) -> Unit:
    return request.param


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Everything in a folder, to see whether something was written."""

    def read(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    return read


@pytest.fixture
def run(monkeypatch, capsys) -> Callable[..., str]:
    """What `rnncourse ARGS` says; it must end with code 0, or with code 2 and one line if it is to be refused."""

    def run(*args: str, refused: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["rnncourse", *args])
        with pytest.raises(SystemExit) as exit:
            cli.main()
        said = capsys.readouterr()
        assert (exit.value.code or 0) == (2 if refused else 0), said
        assert not refused or (said.err.startswith("rnncourse: ") and said.err.count("\n") == 1)
        return said.err if refused else said.out

    return run
