"""Grade every attack here and, where that is safe, with stock nbgrader: `make attack`.

Prints a table and writes it to docs/attacks.md. Exits with 1 if any attack earns more than its honest twin, or one that
should cost nothing costs points, or if it matters in which of the two ways sandboxes are started.
"""

import argparse
import os
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder import PROJECT, limited
from autograder.demo import UNIT
from autograder.grading import engine
from autograder.grading.class_folder import ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.pools import open_pool, usable_processors
from autograder.grading.rebuild import MAX_TEXT
from autograder.grading.release import release_unit
from autograder.intake.archives import MAX_NOTEBOOK
from autograder.intake.reading import MAX_CELLS
from autograder.reports import formgrader
from autograder.sandbox import answering
from autograder.sandbox.starting import FORKED, SINGLE, WAY
from autograder.sandbox.walls import Limits
from tests.attacks import ATTACKS, Attack
from tests.attacks.grading import grade_with_stock, hand_in, points, stock_class, student, twins, with_short_limits

PAGE = PROJECT / "docs" / "attacks.md"
INTRODUCTION = """\
# What was tried, and what it earned

Each row is a submission of {unit} that tries something, graded here and with stock nbgrader {nbgrader}. Its twin is
the same work without the trick: the blank notebook, the reference, or the reference without `lstm_forward`. Points are
those of the automatic exercises, {most:g} at most. A trick pays if it earns more than its twin. `make attack` writes
this page.

The stock side runs the same hidden checks inside the student's process, as nbgrader does, on a notebook without the
experiments. It runs in a sandbox of its own, so a trick that writes to the home folder or to Python finds these empty
or read-only. What would harm the machine all the same was not run there.

"""
LIMITS = """
## What is promised

- **No secret and nobody else's work is there to read.** Hidden checks, solutions, mistakes, the gradebook and other
  submissions are not behind the walls. A score comes from values that crossed the wall, judged outside; so does whether
  an argument was changed in place.
- **What a given function is asked costs the grader little.** It answers in a process of its own: {seconds} s of a
  processor for all questions of a call, {memory} MiB, {numbers:,} numbers a question. Arrays must have the shapes of
  its signature, so nothing broadcasts.
  What takes notes of what it is asked is the exception and answers in the grader: the decoders of Unit 10, and what an
  instructor's own test cell defines.
- **torch's own recurrent layers and cells do not run while an exercise is called that asks to write them**, by whatever
  name, from whatever thread: their kernels are replaced, and the code of those that torch has in Python; other
  processes of the submission are ended. Unit 3 goes without torch's arithmetic, products, sums, activations and losses,
  and so without its gradients. What only looks like a layer costs nothing.
- **What gives something else when it is called again gets no points.** Of a function that passes every check three
  calls are made again, of another up to twelve.
- **A submission has processors of its own**, where there are as many as workers; of more workers some share one. If
  time on the wall runs out, and not that of a processor, it is graded once more, alone, and that grade counts.
- **A submission has {files:,} files at most**, counted ten times a second; past twice as many in one place the kernel
  makes none.
- **Submissions that are forked from one process reach neither it nor each other**: by no number of a process, signal,
  descriptor, memory, socket, file, terminal, watch or key. All rows are graded twice, in sandboxes that are forked and
  in such that are started one by one, and have to get the same.

## What is not

- In its own process a submission can undo what is done there, if it is written to defeat this grader. Nor is a copy of
  torch's code refused, such as what `torch.jit.script` made of a layer before. Whoever reads such an answer sees the
  trick at once.
- An answer that is right by chance is seen only where calls that are made again differ. One that is wrong in a third of
  its calls has to be right in every check, and then passes three times in ten. Chance that is settled once, when the
  notebook runs, is not seen.
- A submission that only sleeps looks like one that had no processor, and is graded twice.
- Pipes, sockets and what else the kernel keeps are limited by number, 256 a process, {processes} processes. Their
  memory counts as well where the grader has a control group for itself.
"""
PROMISES = """
## What is promised about the grader itself

JSON, code, HTML, Markdown and archives that students wrote are read in a process of their own, which may take
{seconds:g} second of processor time and {memory} MB for one student and step, and ends where it takes more. So a
submission that is made to be expensive costs the process that grades, collects, reports or shows it no more than two
seconds and 200 MB. What is refused is refused with the reason, and the others of the class go on. A notebook may have
{notebook} MB, {cells:,} cells and {text} MB of text in them; a unit with all its figures has 0.6 MB.

- Past the intake, where files were put into `submitted/` by hand, such a submission has no grade, and `grade` says why.
  `nbgrader autograde` reads what lies there by itself, without these limits.
- Where a page of the formgrader takes more than {page:g} seconds, it shows the texts as they were typed, cut short.
- Answers that take too much to compare are named in the report, since they are not compared.
- The formgrader fetches no picture from elsewhere. A link in an answer still leads where it leads once it is clicked.
- Cells of the CSV files begin with no formula, whether commas, semicolons, tabs or bars separate them. A program that
  separates at spaces, or that strips the apostrophe in front of a formula, is not covered.
- That process is a limit and no wall: it runs as the grader does, so a flaw in Python's own parsers would be one there.
"""


@dataclass(frozen=True)
class Row:
    """What an attack earned; `stock` is the points, or why there are none."""

    name: str
    attack: Attack
    twin: dict[str, float]
    here: dict[str, float]
    stock: float | str
    stock_twin: float | None

    @property
    def pays(self) -> bool:
        return any(score > self.twin.get(exercise, 0.0) for exercise, score in self.here.items())

    @property
    def loses(self) -> bool:
        return self.attack.keeps and self.here != self.twin

    @property
    def pays_with_stock(self) -> bool:
        return isinstance(self.stock, float) and self.stock > (self.stock_twin or 0.0)

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        here = f"{sum(self.here.values()):g}" + (" PAYS" if self.pays else " LOST" if self.loses else "")
        stock = self.stock if isinstance(self.stock, str) else f"{self.stock:g}"
        pays = " (pays)" if self.pays_with_stock else ""
        return self.name, self.attack.twin, f"{sum(self.twin.values()):g}", here, f"{stock}{pays}"


HEADER = ("trick", "twin", "points of the twin", "points here", "points with stock nbgrader")


def grade_here(attacks: list[tuple[str, Attack]], folder: Path, way: str) -> tuple[ClassFolder, list[str]]:
    """Grade all as one class, in sandboxes that are started in one of the ways; returns also what was not graded."""
    os.environ[WAY] = way
    release_unit(create_class(folder / "class"), UNIT)
    course = with_short_limits(folder / "class")
    hand_in(course, attacks, folder / "handed-in")
    failures = []
    students = course.students(UNIT)
    with open_pool(usable_processors()) as pool:
        for number, outcome in enumerate(engine.grade(course, UNIT, students, pool), 1):
            print(f"\r{number} of {len(students)} graded here, {way}", end="", file=sys.stderr)
            failures += [outcome.failure] if outcome.failure else []
    return course, failures


def grade_there(attacks: dict[str, Attack], folder: Path) -> dict[str, float | None]:
    """What stock nbgrader gives for the attacks that it may run."""
    course = stock_class(folder / "stock")
    released = course.release_notebook(UNIT)

    def one(item: tuple[str, Attack]) -> tuple[str, float | None]:
        name, attack = item
        return name, grade_with_stock(course.root, released, attack, folder / "copies" / student(name))

    found = {}
    with ThreadPoolExecutor(usable_processors()) as pool:
        for number, (name, score) in enumerate(pool.map(one, attacks.items()), 1):
            print(f"\r{number} of {len(attacks)} graded with stock nbgrader", end="", file=sys.stderr)
            found[name] = score
    return found


def write_page(rows: list[Row], conclusion: str) -> None:
    """Write the table to the documentation."""
    most = sum(next(row.twin for row in rows if row.attack.twin == "reference").values())
    lines = [f"| {' | '.join(HEADER)} |", "|---|---|--:|--:|--:|"]
    lines += [f"| {' | '.join(row.cells())} |" for row in rows]
    introduction = INTRODUCTION.format(unit=UNIT, nbgrader=version("nbgrader"), most=most)
    limits = LIMITS.format(
        seconds=answering.SECONDS,
        memory=answering.MEMORY >> 20,
        numbers=answering.MAX_NUMBERS,
        files=Limits.files,
        processes=Limits.processes,
    )
    PAGE.write_text(f"{introduction}{chr(10).join(lines)}\n\n**{conclusion}**\n{limits}{promises()}")


def promises() -> str:
    """What the page says about the grader itself, with the limits as they are."""
    return PROMISES.format(
        seconds=limited.SECONDS,
        memory=limited.MEMORY >> 20,
        notebook=MAX_NOTEBOOK >> 20,
        cells=MAX_CELLS,
        text=MAX_TEXT >> 20,
        page=formgrader.SECONDS,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="attacks whose names have this; writes no page")
    only = parser.parse_args().only
    warnings.filterwarnings("ignore", message="hidden tests run inside")
    attacks = {name: attack for name, attack in ATTACKS.items() if only in name}
    with tempfile.TemporaryDirectory() as temporary:
        given: dict[str, dict[str, dict[str, float]]] = {}
        failures: list[str] = []
        for way in (SINGLE, FORKED):
            course, failed = grade_here([*attacks.items(), *twins()], Path(temporary) / way, way)
            given[way] = {name: points(course, student(name)) for name, _ in [*attacks.items(), *twins()]}
            failures += failed
        here = given[FORKED]
        failures += [
            f"{name}: {given[SINGLE][name]} where each sandbox is started by itself, {scores} where it is forked"
            for name, scores in here.items()
            if scores != given[SINGLE][name]
        ]
        run = {name: attack for name, attack in [*attacks.items(), *twins()] if not attack.not_stock}
        stock = grade_there(run, Path(temporary) / "there")
    rows = []
    for name, attack in attacks.items():
        twin = f"twin {attack.twin}"
        score = stock.get(name)
        there = f"not run: {attack.not_stock}" if attack.not_stock else "no grade" if score is None else score
        rows.append(Row(name, attack, here[twin], here[name], there, stock[twin]))
    table = Table(*HEADER)
    for row in rows:
        table.add_row(*row.cells())
    console = Console(width=140, markup=False)
    console.print(table)
    for failure in failures:
        console.print(failure)
    conclusion = (
        f"{sum(row.pays for row in rows)} of {len(rows)} pay here; "
        f"{sum(row.pays_with_stock for row in rows)} of {sum(not row.attack.not_stock for row in rows)} "
        f"pay with stock nbgrader, and {sum(row.stock == 'no grade' for row in rows)} leave it without a grade"
    )
    if not only and not failures:
        write_page(rows, conclusion)
    console.print(conclusion)
    return 1 if failures or any(row.pays or row.loses for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
