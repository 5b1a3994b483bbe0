"""Grade every attack here and, where that is safe, with stock nbgrader: `make attack`.

Prints a table and writes it to docs/attacks.md. Exits with 1 if any attack earns more than its honest twin, or one that
should cost nothing costs points.
"""

import argparse
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder import PROJECT
from autograder.demo import UNIT
from autograder.grading import engine
from autograder.grading.class_folder import ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.pools import open_pool, usable_processors
from autograder.grading.release import release_unit
from tests.attacks import ATTACKS, Attack
from tests.attacks.code import OBFUSCATED
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
## What these rows do not show

A submission can be wrong in ways that no check of values sees. The rule that an answer may not leave its work to
torch's own recurrent layers reads code: it follows the function through the names that it uses, and does not run it.
Who puts the name of a layer together while the notebook runs, or keeps its code in a text, is not seen, and earns what
the layer computes. `lstm_step` by torch's `LSTMCell` under such a name got {obfuscated:g} points in the same run: those
for the new state, and none for the cache, which torch does not show. Whoever reads such an answer sees the trick at
once.
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


def grade_here(attacks: list[tuple[str, Attack]], folder: Path) -> tuple[ClassFolder, list[str]]:
    """Grade all as one class; returns also what could not be graded."""
    release_unit(create_class(folder / "class"), UNIT)
    course = with_short_limits(folder / "class")
    hand_in(course, attacks, folder / "handed-in")
    failures = []
    students = course.students(UNIT)
    with open_pool(usable_processors()) as pool:
        for number, outcome in enumerate(engine.grade(course, UNIT, students, pool), 1):
            print(f"\r{number} of {len(students)} graded here", end="", file=sys.stderr)
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


def write_page(rows: list[Row], conclusion: str, obfuscated: float) -> None:
    """Write the table to the documentation."""
    most = sum(next(row.twin for row in rows if row.attack.twin == "reference").values())
    lines = [f"| {' | '.join(HEADER)} |", "|---|---|--:|--:|--:|"]
    lines += [f"| {' | '.join(row.cells())} |" for row in rows]
    introduction = INTRODUCTION.format(unit=UNIT, nbgrader=version("nbgrader"), most=most)
    limits = LIMITS.format(obfuscated=obfuscated)
    PAGE.write_text(f"{introduction}{chr(10).join(lines)}\n\n**{conclusion}**\n{limits}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="attacks whose names have this; writes no page")
    only = parser.parse_args().only
    warnings.filterwarnings("ignore", message="hidden tests run inside")
    attacks = {name: attack for name, attack in ATTACKS.items() if only in name}
    with tempfile.TemporaryDirectory() as temporary:
        besides = [*twins(), ("obfuscated", OBFUSCATED)]
        course, failures = grade_here([*attacks.items(), *besides], Path(temporary) / "here")
        here = {name: points(course, student(name)) for name, _ in [*attacks.items(), *besides]}
        run = {name: attack for name, attack in [*attacks.items(), *twins()] if not attack.not_stock}
        stock = grade_there(run, Path(temporary) / "there")
    rows = []
    for name, attack in attacks.items():
        twin = f"twin {attack.twin}"
        score = stock.get(name)
        given = f"not run: {attack.not_stock}" if attack.not_stock else "no grade" if score is None else score
        rows.append(Row(name, attack, here[twin], here[name], given, stock[twin]))
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
    if not only:
        write_page(rows, conclusion, sum(here["obfuscated"].values()))
    console.print(conclusion)
    return 1 if failures or any(row.pays or row.loses for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
