"""Every cell of the notebooks, experiments as well, as a student runs them who has solved all: `make solved`.

Each released notebook, with the reference answers in it, is run from its first cell to its last in a kernel that has
the student edition of rnncore instead of all of it. Exits with 1 if a cell fails. A unit takes minutes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from rich.console import Console
from rich.progress import track

from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import Unit, all_units, find_unit
from autograder.demo import Homework
from autograder.grading.new_class import create_class
from autograder.grading.release import release_unit

LONGEST = 900
"""Seconds of one cell."""


def solved(unit: Unit, folder: Path) -> NotebookNode:
    """The released notebook with the reference answers."""
    released = release_unit(create_class(folder), unit.name).folder / f"{unit.name}.ipynb"
    return Homework(released, solved=True, unit=unit.name).nb


def failures(nb: NotebookNode, wheel: Path, folder: Path) -> list[str]:
    """Run a notebook with the rnncore of a wheel; its cells that fail, and how."""
    before = nbformat.v4.new_code_cell("import rnncore\nprint(rnncore.__file__)")
    nb.cells.insert(0, before)
    client = NotebookClient(nb, timeout=LONGEST, allow_errors=True, resources={"metadata": {"path": folder}})
    client.execute(env=os.environ | {"PYTHONPATH": str(wheel), "PYTHONSAFEPATH": "1"}, stderr=subprocess.DEVNULL)
    assert before.outputs[0].text.startswith(str(wheel)), before.outputs
    return [
        f"{output.ename}: {output.evalue}\n{cell.source}"
        for cell in nb.cells
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", metavar="UNIT", help="such as u05_lstm; all of them if there is none")
    console, failed = Console(), False
    units = [find_unit(name) for name in parser.parse_args().units] or all_units()
    for unit in track(units, "solved notebooks", console=console):
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as temporary:
            wheel = build_wheel(unit, Path(temporary) / "wheel")
            (home := Path(temporary) / "home").mkdir()
            found = failures(solved(unit, Path(temporary) / "class"), wheel, home)
        console.print(f"{unit.name}: {len(found)} cells fail; {time.monotonic() - start:.0f} s")
        for text in found:
            console.print(text, markup=False, highlight=False)
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
