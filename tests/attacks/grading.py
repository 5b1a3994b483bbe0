"""Grades attacks: here, and with stock nbgrader in a sandbox of its own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from autograder import PROJECT
from autograder.demo import UNIT
from autograder.grading.class_folder import ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.release import release_unit
from autograder.sandbox.walls import find_bwrap
from tests.attacks.attack import TWINS, Attack
from tests.conftest import collect

SHORT = "\nc.TrustedExecute.cell_seconds = 3\nc.TrustedExecute.call_seconds = 2\nc.Execute.timeout = 20\n"
STOCK_SECONDS = 180


def student(name: str) -> str:
    """The student who hands an attack in."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def with_short_limits(root: Path) -> ClassFolder:
    """A class folder whose submissions may take less than usual."""
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text() + SHORT)
    return ClassFolder(root)


def hand_in(course: ClassFolder, attacks: Iterable[tuple[str, Attack]], folder: Path) -> None:
    """Hand attacks in, through the intake or past it.

    Args:
        course: the class.
        attacks: their names, which become the students', and what they are.
        folder: a new folder for what is handed in.
    """
    released = course.release_notebook(UNIT)
    folder.mkdir(parents=True)
    for name, attack in attacks:
        notebook = attack.notebook(released)
        if attack.collected:
            own = folder / student(name)
            own.mkdir()
            attack.pack(notebook, own)
        else:
            path = course.submission(UNIT, student(name))
            path.parent.mkdir(parents=True)
            path.write_text(notebook)
    if any(folder.iterdir()):
        collect(course, UNIT, [folder])


def twins() -> list[tuple[str, Attack]]:
    """The honest work, as attacks that try nothing."""
    return [(f"twin {name}", Attack(twin=name)) for name in TWINS]


def points(course: ClassFolder, who: str) -> dict[str, float]:
    """The points of a student for each automatic exercise; nothing if there is no grade."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        try:
            grades = book.find_submission_notebook(UNIT, UNIT, who).grades
        except MissingEntry:
            return {}
        return {grade.name: float(grade.score) for grade in grades if "question" not in grade.name}


def reasons(course: ClassFolder, who: str) -> dict[str, str]:
    """Why a student lost points, for each automatic exercise."""
    nb = nbformat.read(course.autograded_notebook(UNIT, who), as_version=4)
    refused = nb.metadata.get("rnncourse", {}).get("refused")
    verdicts = {cell.metadata.nbgrader.grade_id: cell.metadata.get("rnncourse") for cell in nb.cells if _is_test(cell)}
    return {name: refused or (verdict or {}).get("reason", "") for name, verdict in verdicts.items()}


def _is_test(cell: nbformat.NotebookNode) -> bool:
    entry = cell.metadata.get("nbgrader", {})
    return bool(entry.get("grade")) and not entry.get("solution")


def stock_class(root: Path) -> ClassFolder:
    """A class that stock nbgrader grades: hidden tests run in the student's process.

    The experiments are left out of the notebook, which here are not run when grading and there would take a minute.
    """
    course = create_class(root)
    release_unit(course, UNIT)
    source = nbformat.read(course.source(UNIT), as_version=4)
    source.cells = [cell for cell in source.cells if "experiment" not in cell.metadata.get("tags", [])]
    nbformat.write(source, course.source(UNIT))
    release_unit(course, UNIT)
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("trusted=True", "trusted=False") + SHORT)
    return course


def grade_with_stock(root: Path, released: Path, attack: Attack, copy: Path) -> float | None:
    """The points that stock nbgrader gives for the automatic exercises; None if it gives no grade.

    It runs without a network, as the only process, and writes into a copy of the class and nowhere else.

    Args:
        root: the class that `stock_class` made.
        released: its released notebook.
        attack: what is handed in.
        copy: where to put the copy.
    """
    shutil.copytree(root, copy)
    folder = copy / "submitted" / "student" / UNIT
    folder.mkdir(parents=True)
    attack.pack(attack.notebook(released), folder)
    if (folder / "homework.ipynb").exists():
        (folder / "homework.ipynb").rename(folder / f"{UNIT}.ipynb")
    home = str(Path.home())
    seen = [arg for path in (sys.base_prefix, sys.prefix, str(PROJECT)) for arg in ("--ro-bind", path, path)]
    bwrap = [find_bwrap(), "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
    bwrap += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", home, *seen]
    bwrap += ["--bind", str(copy), str(copy), "--chdir", str(copy), "--setenv", "HOME", home]
    limits = "ulimit -c 0 -f 200000 -t 120 -n 512 -v 16000000"
    nbgrader = Path(sys.executable).parent / "nbgrader"
    subprocess.run(
        [*bwrap, "bash", "-c", f"{limits}; exec timeout -k 5 {STOCK_SECONDS} {nbgrader} autograde {UNIT}"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        timeout=STOCK_SECONDS + 60,
    )
    found = points(ClassFolder(copy), "student")
    shutil.rmtree(copy)
    return sum(found.values()) if found else None
