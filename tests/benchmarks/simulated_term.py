"""A simulated term, through the command line: `make term`. Exits with 1 if any total is not what it should be.

Students of two sections hand in units with some answers right, some wrong and some missing, early and late, some of
them twice: in the first unit their last hand-in counts, from the second unit on their best. Checks are waived,
exercises dropped or re-weighed, some students get extensions, one is excused from each unit, answers are read, one
student is graded again. Then each total is made again, here, from the raw verdicts in the graded notebooks of every
hand-in and from what this script itself decided, and held against every place where a total is shown: the tables by
exercise and by student, feedback pages, the report on each unit, the table of the term and of each section, Canvas's
file, and nbgrader's own export.
"""

import argparse
import csv
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bs4 import BeautifulSoup
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.authoring.units import Unit, all_units
from autograder.demo import Homework, reference_answers
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import open_gradebook

RNNCOURSE = Path(sys.executable).with_name("rnncourse")
FIRST_DUE = datetime(2025, 9, 19, 23, 59)
LATE_RULE = """
import math

from nbgrader.plugins import BasePlugin


class OnePointADay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return float(math.ceil(total_seconds_late / 86400))


c = get_config()
c.AssignLatePenalties.plugin_class = OnePointADay
"""
FAMILY = ("O'Neil", "Müller", "de la Cruz, Jr.", "Sørensen", "Nguyễn", "王", "Smith", "Smith", "Ünal", "Łuczak")
GIVEN = ("Ada", "Bo", "Çelik", "Dörte", "Eve", "Fé", "Ann", "Ann", "Ivo", "Jo")
UNFAIR = "unclear text"
EXCUSED = "EX"


@dataclass(frozen=True)
class HandIn:
    """What a student handed in: the how manieth of a unit, when, with which answers written, and the one to be read."""

    number: int
    time: datetime
    written: frozenset[str]
    text: str


@dataclass(frozen=True)
class Total:
    """What a hand-in should reach: points before the late penalty, the penalty, and whether an answer waits."""

    hand_in: HandIn
    points: float
    penalty: float
    waits: bool

    @property
    def total(self) -> float:
        return max(0.0, self.points - self.penalty)


class Term:
    """What was done in the term, as this script knows it."""

    def __init__(self, root: Path, units: list[Unit], students: int, seed: int):
        self.dice = random.Random(seed)
        self.units = units
        self.folder = root / "class"
        self.incoming = root / "incoming"
        self.students = [f"s{number:03d}" for number in range(students)]
        self.diligence = {student: self.dice.uniform(0.3, 1.0) for student in self.students}
        self.hand_ins: dict[tuple[str, str], list[HandIn]] = defaultdict(list)
        self.extended: dict[tuple[str, str], datetime] = {}
        self.waived: dict[str, tuple[str, str]] = {}
        self.weights: dict[str, dict[str, float]] = {}
        self.excused: dict[str, str] = {}
        self.read: dict[str, float] = {}
        self.seconds: dict[str, float] = defaultdict(float)

    def command(self, *words: str) -> str:
        """Run a command of `rnncourse` in the class."""
        began = time.monotonic()
        run = subprocess.run([RNNCOURSE, *words], cwd=self.folder, capture_output=True, text=True)
        self.seconds[words[0]] += time.monotonic() - began
        if run.returncode:
            raise SystemExit(f"rnncourse {' '.join(words)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
        return run.stdout

    def due(self, unit: Unit) -> datetime:
        return FIRST_DUE + timedelta(weeks=self.units.index(unit))

    def begin(self) -> None:
        self.incoming.mkdir(parents=True)
        subprocess.run([RNNCOURSE, "init", self.folder], check=True, capture_output=True)
        with (self.folder / "nbgrader_config.py").open("a") as config:
            config.write(LATE_RULE)
        self._export_from_canvas()

    def _export_from_canvas(self) -> None:
        """Write the roster as Canvas exports it, with the points that its assignments have by now."""
        roster = self.folder.parent / "canvas.csv"
        header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        columns = [f"{unit.name} ({4700 + number})" for number, unit in enumerate(self.units)]
        most = [f"{self.maximum(unit):g}" for unit in self.units]
        rows = [[*header, *columns], ["    Points Possible", "", "", "", "", *most]]
        for number, student in enumerate(self.students):
            name = f"{FAMILY[number % len(FAMILY)]}, {GIVEN[number % len(GIVEN)]}"
            rows.append([name, str(number + 10), "", student, self.section(student), *[""] * len(columns)])
        with roster.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerows(rows)
        self.roster = str(roster)

    def section(self, student: str) -> str:
        return "Monday and Friday" if int(student[1:]) % 2 else "Tuesday"

    def best_counts(self, unit: Unit) -> bool:
        """Whether the best hand-in of a unit counts, not the last: in all units but the first."""
        return unit != self.units[0]

    def homework(self, unit: Unit, student: str, number: int, time: datetime) -> tuple[Homework, HandIn]:
        """A student's notebook. The first student knows everything, the second nothing."""
        work, written = Homework(self.released, unit=unit.name), set()
        text = f"{self.right[question_of(unit)]}\n\n{student}, {unit.name}, hand-in {number}"
        for task in unit.tasks():
            knows = self.dice.random() < {"s000": 1.0, "s001": 0.0}.get(student, self.diligence[student])
            source = self.right[task.id] if task.exercise else text
            if not knows and (student == "s001" or self.dice.random() < 0.5):
                continue
            if not knows and task.exercise:
                source += f"\n\n\ndef {task.exercise.reference.__name__}(*args, **kwargs):\n    return 0"
            work.write(task.id, source)
            written.add(task.id)
        return work, HandIn(number, time, frozenset(written), text)

    def hand_in(self, unit: Unit, students: list[str], archive: Path) -> None:
        """Hand in for some students. Whoever does so again comes five hours later."""
        self.right, self.released = reference_answers(unit.name), ClassFolder(self.folder).release_notebook(unit.name)
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed, tempfile.TemporaryDirectory() as folder:
            for student in students:
                before = self.hand_ins[unit.name, student]
                hours = self.dice.uniform(1, 60) * (1 if self.dice.random() < 0.2 else -1)
                when = before[-1].time + timedelta(hours=5) if before else self.due(unit) + timedelta(hours=hours)
                when = when.replace(second=0, microsecond=0)
                path = Path(folder, "one.ipynb")
                work, hand_in = self.homework(unit, student, len(before) + 1, when)
                work.save(path)
                before.append(hand_in)
                member = zipfile.ZipInfo(f"{student}/{unit.name}.ipynb", when.timetuple()[:6])
                packed.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED)

    def one_unit(self, unit: Unit) -> None:
        name = unit.name
        if self.units.index(unit) == 1:
            self.command("attempts", "best", "--reason", "as announced")
        self.command("release", name)
        here = [s for s in self.students if s in ("s000", "s001") or self.dice.random() < 0.95]
        first = self.incoming / f"{name}.zip"
        self.hand_in(unit, here, first)
        due = self.due(unit).isoformat(" ", "minutes")
        self.command("collect", name, str(first), "--roster", self.roster, "--due", due)
        self.command("grade", name)
        again = self.dice.sample(here[1:-1], max(2, len(here) // 10))
        second = self.incoming / f"{name}-again.zip"
        self.hand_in(unit, again, second)
        self.command("collect", name, str(second), "--roster", self.roster)
        self.command("grade", name)
        self._decide(unit, here)
        self._read_answers(unit, here)
        self._weigh(unit)
        # By what was read, the other hand-in of a student may be the best, and is put in place to be read.
        self._read_answers(unit, here)
        self.command("regrade", name, "--student", self.dice.choice(here))
        self.command("feedback", name)
        self.command("report", name)
        self.command("export", name)
        self.command("export", name, "--format", "canvas", "--roster", self.roster)

    def _decide(self, unit: Unit, here: list[str]) -> None:
        """An excuse, extensions for some who are late, and a waived check in every second unit."""
        self.excused[unit.name] = self.dice.choice(self.students[2:])
        self.command("excuse", unit.name, self.excused[unit.name], "--reason", "joined late")
        late = [s for s in here if self.hand_ins[unit.name, s][-1].time > self.due(unit)]
        for student in late[:2]:
            until = self.due(unit) + timedelta(days=1)
            self.extended[unit.name, student] = until
            given = f"{student}={until.isoformat(' ', 'minutes')}"
            self.command("extend", unit.name, given, "--reason", "ill")
        if self.units.index(unit) % 2 == 0:
            exercise = next(task.exercise for task in unit.tasks() if task.exercise)
            check = exercise.checks[0].name
            self.waived[unit.name] = exercise.id, check
            self.command("waive", unit.name, exercise.id, check, "--reason", UNFAIR)

    def _weigh(self, unit: Unit) -> None:
        """In turn: half the points for the last exercise, none for the first, twice those of the first, no question."""
        tasks = [task for task in unit.tasks() if task.exercise]
        (question,) = (task for task in unit.tasks() if task.id == question_of(unit))
        turns = [(tasks[-1], 0.5), (tasks[0], 0.0), (tasks[0], 2.0), (question, 0.0)]
        task, factor = turns[self.units.index(unit) % len(turns)]
        self.weights[unit.name] = {task.id: factor * task.points}
        self.command("weigh", unit.name, task.id, f"{factor * task.points:g}", "--reason", UNFAIR)
        self._export_from_canvas()

    def _read_answers(self, unit: Unit, here: list[str]) -> None:
        """Points for the written answers that wait, as the formgrader enters them. The last student's stays."""
        question = question_of(unit)
        with open_gradebook(ClassFolder(self.folder)) as gradebook:
            for student in here[:-1]:
                grade = gradebook.find_grade(question, unit.name, unit.name, student)
                if grade.needs_manual_grade:
                    graded = self.folder / "autograded" / student / unit.name / f"{unit.name}.ipynb"
                    text = next(cell["source"] for cell in cells_of(graded) if marks(cell).get("grade_id") == question)
                    grade.manual_score = self.read["".join(text)] = self.dice.randint(0, 6) / 2
                    grade.needs_manual_grade = False
            gradebook.db.commit()

    def maximum(self, unit: Unit) -> float:
        """What the unit is out of."""
        return sum(self.weights.get(unit.name, {}).get(task.id, task.points) for task in unit.tasks())

    def expected(self, unit: Unit, student: str) -> Total:
        """The total of the hand-in that counts: the best, of equal ones the latest; or else the last."""
        totals = [self._total(unit, student, hand_in) for hand_in in self.hand_ins[unit.name, student]]
        if self.best_counts(unit):
            return max(totals, key=lambda one: (round(one.total, 6), one.hand_in.number))
        return totals[-1]

    def _total(self, unit: Unit, student: str, hand_in: HandIn) -> Total:
        """What a hand-in should reach, from raw verdicts and known rules."""
        path = Path("autograded", student, unit.name, f"{unit.name}.ipynb")
        if self.best_counts(unit) and len(self.hand_ins[unit.name, student]) > 1:
            path = Path("attempts", unit.name, student, f"{hand_in.number:03d}-*", "autograded", path.name)
        (graded,) = self.folder.glob(str(path))
        points, waits = 0.0, False
        for cell in cells_of(graded):
            if not marks(cell).get("grade"):
                continue
            exercise, own = marks(cell)["grade_id"].removesuffix("-check"), 0.0
            released = marks(cell)["points"]
            factor = self.weights[unit.name].get(exercise, released) / released
            if marks(cell).get("solution"):
                answered = exercise in hand_in.written
                waits |= answered and hand_in.text not in self.read and factor > 0
                own = self.read.get(hand_in.text, 0.0) if answered else 0.0
            else:
                for check in cell["metadata"]["rnncourse"]["checks"]:
                    unfair = self.waived.get(unit.name) == (exercise, check["name"])
                    given = unfair and exercise in hand_in.written
                    own += check["points"] if check["passed"] or given else 0.0
            points += factor * own
        due = self.extended.get((unit.name, student), self.due(unit))
        late = max(0.0, (hand_in.time - due).total_seconds())
        return Total(hand_in, points, min(points, float(math.ceil(late / 86400))), waits)


def question_of(unit: Unit) -> str:
    """The one question of a unit that a person reads."""
    (question,) = (task.id for task in unit.tasks() if task.exercise is None)
    return question


def cells_of(notebook: Path) -> list[dict]:
    return json.loads(notebook.read_text())["cells"]


def marks(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


Shown = float | str | None


def shown(term: Term, unit: Unit) -> dict[str, dict[str, Shown]]:
    """By student, what each place shows as the total; None where it says that it waits, EX for an excuse."""
    found: dict[str, dict[str, Shown]] = defaultdict(dict)
    lines = list(csv.DictReader((term.folder / f"grades-{unit.name}-students.csv").open(encoding="utf-8-sig")))
    for line in lines:
        if line["state"] != "nothing handed in":
            total = float(line["total"]) if line["total"] else None
            found[line["student"]]["students"] = EXCUSED if line["state"] == "excused" else total
            found[line["student"]]["of"] = float(line["max_points"])
    by_exercise: dict[str, float] = defaultdict(float)
    for line in csv.DictReader((term.folder / f"grades-{unit.name}.csv").open(encoding="utf-8-sig")):
        by_exercise[line["student"]] += float(line["score"] or 0)
    for student, points in by_exercise.items():
        found[student]["exercises"] = points
    canvas = csv.DictReader((term.folder / f"grades-{unit.name}-canvas.csv").open(encoding="utf-8-sig"))
    for line in canvas:
        column = next(name for name in line if name.startswith(unit.name))
        if line["SIS Login ID"] in found:
            found[line["SIS Login ID"]]["canvas"] = _number(line[column])
    report = BeautifulSoup((term.folder / "reports" / f"{unit.name}.html").read_text(), "html.parser")
    for row in report.select("#submissions tbody tr"):
        cells = [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]
        if cells[0] in found and cells[1] != "–":
            found[cells[0]]["report"] = float(cells[1])
    for student in found.keys() & by_exercise.keys():
        page = term.folder / "feedback" / student / unit.name / f"{unit.name}.html"
        text = BeautifulSoup(page.read_text(), "html.parser")
        match = re.search(r": ([\d.]+) of ", text.h1.get_text() if text.h1 else "")
        found[student]["feedback"] = float(match[1]) if match else math.nan
        which = re.search(r"hand-in (\d+ of \d+)", text.get_text())
        found[student]["hand-in"] = which[1] if which else None
    for line in csv.DictReader((term.folder / "nbgrader.csv").open(encoding="utf-8-sig")):
        if line["assignment"] == unit.name and line["student_id"] in by_exercise:
            found[line["student_id"]]["nbgrader"] = _number(line["score"])
            found[line["student_id"]]["nbgrader's maximum"] = _number(line["max_score"])
    return found


def differences(term: Term) -> tuple[list[str], int]:
    """Where a total differs from what it should be, and how many were compared."""
    wrong, compared = [], 0
    sums: dict[str, float] = defaultdict(float)
    maxima: dict[str, float] = defaultdict(float)
    opened: set[str] = set()
    for unit in term.units:
        places = shown(term, unit)
        for student in term.students:
            excused = term.excused[unit.name] == student
            right: dict[str, Shown] = {"students": EXCUSED, "canvas": EXCUSED} if excused else {}
            maxima[student] += 0.0 if excused else term.maximum(unit)
            if hand_ins := term.hand_ins[unit.name, student]:
                one = term.expected(unit, student)
                total = one.total
                if not excused:
                    sums[student] += total
                    opened |= {student} if one.waits else set()
                    right = dict.fromkeys(("students", "canvas"), None if one.waits else total)
                right |= {"exercises": one.points, "report": total, "feedback": total}
                right["nbgrader"] = None if excused else total
                right["nbgrader's maximum"] = None if excused else term.maximum(unit)
                several = term.best_counts(unit) and len(hand_ins) > 1
                right["hand-in"] = f"{one.hand_in.number} of {len(hand_ins)}" if several else None
                right["of"] = term.maximum(unit)
            for place, value in right.items():
                compared += 1
                found = places[student].get(place, "missing")
                if not _equal(found, value):
                    wrong.append(f"{unit.name} {student} {place}: {found}, should be {value}")
    sections = {term.section(student) for student in term.students}
    for name, of in [
        ("term", term.students),
        *((s, [x for x in term.students if term.section(x) == s]) for s in sections),
    ]:
        lines = {
            line["student"]: line for line in csv.DictReader((term.folder / f"{name}.csv").open(encoding="utf-8-sig"))
        }
        compared += 1
        if sorted(lines) != of:
            wrong.append(f"{name}: has {', '.join(sorted(lines))}, should have {', '.join(of)}")
        for student, line in lines.items():
            compared += 2
            final = None if student in opened else sums[student]
            if not _equal(_number(line["total"]), final):
                wrong.append(f"{name} {student}: {line['total']!r}, should be {final}")
            if not _equal(_number(line["max_points"]), maxima[student]):
                wrong.append(f"{name} {student}: out of {line['max_points']!r}, should be {maxima[student]}")
    return wrong, compared


def _number(text: str) -> Shown:
    return text if text == EXCUSED else float(text) if text else None


def _equal(one: Shown, other: Shown) -> bool:
    """Whether two entries are the same: Canvas has two decimals, of which halves are rounded up."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=5.001e-3)
    return one == other


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--units", type=int, default=len(all_units()), help="how many units, from the first on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, help="a new or empty folder that is kept; by default a temporary one")
    given = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as temporary:
        term = Term(given.to or Path(temporary), list(all_units())[: given.units], given.students, given.seed)
        term.begin()
        for unit in track(term.units, "units", console=console):
            term.one_unit(unit)
        term.command("report", "--term")
        term.command("export", "--term", "--to", "term.csv")
        for section in {term.section(student) for student in term.students}:
            term.command("export", "--term", "--section", section, "--to", f"{section}.csv")
        nbgrader = [RNNCOURSE.with_name("nbgrader"), "export", "--to", "nbgrader.csv"]
        subprocess.run(nbgrader, cwd=term.folder, check=True, capture_output=True)
        wrong, compared = differences(term)
        table = Table("command", "seconds")
        for command, seconds in term.seconds.items():
            table.add_row(command, f"{seconds:.0f}")
        console.print(table)
        for line in wrong:
            console.print(line, markup=False, soft_wrap=True)
        console.print(
            f"{len(term.students)} students, {len(term.units)} units, "
            f"{sum(map(len, term.hand_ins.values()))} submissions, "
            f"{len(term.extended)} extensions, {len(term.waived)} waived checks, "
            f"{len(term.weights)} exercises weighed, {len(term.excused)} excuses: "
            f"{compared} totals compared, {len(wrong)} differ",
            soft_wrap=True,
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
