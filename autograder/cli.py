"""The `rnncourse` command: build the course, and run a class."""

import shutil
import sys
import time
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder import PROJECT
from autograder import demo as demo_class
from autograder.authoring.build import build_pages, build_unit, outdated, outdated_pages, select
from autograder.authoring.derive import BuildError
from autograder.authoring.pages import PAGES
from autograder.authoring.units import UnknownUnit
from autograder.grading import decisions, engine
from autograder.grading import exchange as through_exchange
from autograder.grading.attempts import attempts as attempts_of
from autograder.grading.attempts import finish as finish_attempts
from autograder.grading.attempts import graded_again, say_what_is_gone, settle, to_grade_again
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.doctor import examine
from autograder.grading.earlier_checks import keep_gradebook, lines_on_earlier_checks
from autograder.grading.gradebook import (
    Result,
    enter_times,
    fingerprints,
    missing_grades,
    read_results,
    read_totals,
    require_grades,
    times_not_entered,
)
from autograder.grading.history import read_history, record, some
from autograder.grading.last_said import keep_said, said_units, say_points, say_since, standings_said
from autograder.grading.new_class import create_class
from autograder.grading.pools import WorkerPool, open_pool, usable_processors
from autograder.grading.release import release_unit, require_released
from autograder.grading.shared_python import exposed_answers, exposed_class
from autograder.grading.submission import known_times, stamps
from autograder.grading.times import read_time, show_time
from autograder.intake import collect as intake
from autograder.intake import rosters
from autograder.intake.lms import exports
from autograder.intake.lms.names import is_from_canvas, sanitised
from autograder.intake.lms.returning import write_feedback_archive
from autograder.intake.lms.sections import members
from autograder.reports.demo_page import write_demo_page
from autograder.reports.feedback import write_feedback
from autograder.reports.report import write_report
from autograder.reports.table import grade_table, write_csv, write_totals
from autograder.reports.term import write_term_report, write_term_table
from autograder.sandbox.walls import SandboxError, find_bwrap

app = typer.Typer(
    help="A course on recurrent networks: build its notebooks, and run a class.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(markup=False, emoji=False)
if not console.is_terminal:
    console.width = 160
UnitName = Annotated[str, typer.Argument(metavar="UNIT", help="A unit, such as u05_lstm.")]
UnitOrTerm = Annotated[str | None, typer.Argument(metavar="UNIT", help="A unit, or --term for all of them.")]
WholeTerm = Annotated[bool, typer.Option("--term", help="All units on one page, or in one table.")]
ClassPath = Annotated[Path, typer.Option("--class", metavar="FOLDER", help="The class folder.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "-j", "--workers", metavar="N", min=1, help="Number of grading processes; by default one a processor."
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Grade on the workers of this Dask scheduler instead of local processes."),
]
RosterFile = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        metavar="FILE",
        help="The class list (CSV): Canvas's gradebook export, Moodle's worksheet, or your own.",
    ),
]
NoSandbox = Annotated[
    bool, typer.Option("--no-sandbox", help="Run submissions without a sandbox. They can do anything that you can.")
]

Section = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only the students of this section or group, as the roster names it.")
]
Reason = Annotated[
    str,
    typer.Option(
        metavar="TEXT", help="Why. It is kept with the class; students read that of `waive`, `weigh` and `excuse`."
    ),
]

Failures = dict[str, str]
"""The reason why a student has no grade, by student."""


class ExportFormat(StrEnum):
    """What an export is made for."""

    csv = "csv"
    canvas = "canvas"
    moodle = "moodle"


class FeedbackFormat(StrEnum):
    """A system that takes feedback pages back."""

    canvas = "canvas"
    moodle = "moodle"


def counted(number: int, noun: str) -> str:
    """So many of something: 1 page, 2 pages."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def progress() -> Progress:
    """A progress bar with a count and the time left."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )


@app.command()
def build(
    units: Annotated[list[str] | None, typer.Argument(metavar="UNIT", help="Units to build; by default all.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; report whether course/ and solutions/ are current.")
    ] = False,
    notebooks_only: Annotated[
        bool, typer.Option("--notebooks-only", help="Make the student notebooks without running reference solutions.")
    ] = False,
) -> None:
    """Build the student notebooks in course/ and the executed reference solutions from the sources in solutions/."""
    chosen = select(units or [])
    if check:
        stale = [*outdated_pages(), *(line for unit in chosen for line in outdated(unit))]
        for line in stale:
            console.print(line)
        if stale:
            raise typer.Exit(1)
        console.print(f"current: {', '.join([*(unit.name for unit in chosen), *PAGES])}")
        return
    with progress() as bar:
        task = bar.add_task("build", total=len(chosen))
        for unit in chosen:
            bar.update(task, description=f"build {unit.name}")
            for line in build_unit(unit, execute=not notebooks_only):
                bar.console.print(line)
            bar.advance(task)
        for line in build_pages():
            bar.console.print(line)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(metavar="CLASS", help="A new folder.")],
    group: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The unix group of those who grade together; without it the folder is yours alone."
        ),
    ] = None,
    exchange: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="nbgrader's exchange with the students, as on a JupyterHub.")
    ] = None,
    course: Annotated[
        str | None, typer.Option(metavar="ID", help="The name of the course there; by default that of the folder.")
    ] = None,
) -> None:
    """Make a class folder: an ordinary nbgrader course with trusted verdicts.

    rnncourse init rnn-2026 --exchange /srv/nbgrader/exchange --course rnn
    """
    create_class(path, group, exchange, course)
    console.print(f"{path} is ready. Next: cd {path}; rnncourse release UNIT")


@app.command()
def doctor(folder: ClassPath = Path(".")) -> None:
    """Say whether this machine, and the class, can grade; and what to do where they cannot."""
    findings = list(examine(folder))
    for finding in findings:
        mark = "-" if finding.skipped else "ok" if not finding.remedy else "NO" if finding.hinders else "!"
        console.print(f"{mark:3}{finding.part}: {finding.found}", soft_wrap=True)
        if finding.remedy:
            console.print(f"   {finding.remedy}", soft_wrap=True)
    if any(finding.remedy and finding.hinders for finding in findings):
        raise typer.Exit(1)


@app.command()
def release(
    unit: UnitName,
    folder: ClassPath = Path("."),
    update: Annotated[
        bool, typer.Option("--update", help="Take the course's version of the unit; your copy is kept.")
    ] = False,
    answers_of: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UNIT",
            help="An earlier unit whose deadline is past: from now on students may read its answers. May be repeated.",
        ),
    ] = None,
    exchange: Annotated[
        bool, typer.Option("--exchange", help="Put it into nbgrader's exchange, where students fetch it.")
    ] = False,
) -> None:
    """Make the folder to hand out: the notebook, and rnncore without the answers."""
    course = ClassFolder(folder)
    with _accounted(course, unit, command="release"):
        made = release_unit(course, unit, update, answers_of or [])
    if made.own_copy:
        console.print(
            f"Released from {course.source(unit)}, which differs from the course's {unit}; --update replaces it"
        )
    for line in made.lines():
        console.print(line)
    if exchange:
        console.print(f"Students can fetch {through_exchange.release_to_exchange(course, unit)}", soft_wrap=True)
    else:
        console.print(f"Hand out the folder {made.folder}")
    given = {"--update": update, "--exchange": exchange}
    options = [*(name for name in given if given[name]), *(f"--answers-of {other}" for other in answers_of or [])]
    released = " ".join(["released", *options])
    record(course.root, "release", unit, "; ".join(filter(None, (released, decisions.points_changed(made.changes)))))
    if made.package.closed:
        console.print(
            f"Students cannot read the answers to {', '.join(made.package.closed)} in it. Once a deadline is past: "
            f"rnncourse release {unit} --answers-of UNIT"
        )
    for line in (*exposed_answers(), *exposed_class(course.root)):
        console.print(line)


@app.command()
def collect(
    unit: UnitName,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help="Notebooks, folders, zip archives, or downloads from Canvas or Moodle."),
    ] = None,
    folder: ClassPath = Path("."),
    exchange: Annotated[
        bool, typer.Option("--exchange", help="Take what students submitted through nbgrader's exchange.")
    ] = False,
    roster: RosterFile = None,
    due: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="The due date in local time, such as '2026-11-20 23:59'; a date alone is its end."
        ),
    ] = None,
) -> None:
    """Import submissions, and match them to students by file or folder name."""
    course = ClassFolder(folder)
    given, left_out = list(files or []), None
    if exchange:
        given.append(inbound := through_exchange.inbound(course, unit))
        left_out = through_exchange.owner_check(course, inbound)
    if not given and (due is None or roster):
        raise BadInput("expected files, folders or archives to take in, or --exchange; got none")
    doubts = rosters.doubts_about(roster, course, unit) if roster else []
    due_time = None if due is None else _time(due)
    require_released(course, unit)
    with _accounted(course, unit, command="collect"):
        _collect(course, unit, given, roster, due_time, left_out, doubts)


def _collect(
    course: ClassFolder,
    unit: str,
    given: list[Path],
    roster: Path | None,
    due: datetime | None,
    left_out: Callable[[Path], str] | None,
    doubts: list[str],
) -> None:
    _finish_attempts(course, unit)
    before = read_totals(course, unit)
    received: list[intake.Received] = []
    try:
        for submission in intake.collect(course, unit, given, roster, due, left_out):
            received.append(submission)
    except BaseException:
        if taken := [submission for submission in received if submission.student]:
            students = some(submission.student for submission in taken)
            record(
                course.root, "collect", unit, f"{counted(len(taken), 'submission')} when it was cut short: {students}"
            )
            _show_received(unit, received)
        raise
    taken = [submission for submission in received if submission.student]
    whose = [submission.student for submission in taken]
    _enter_times_of_the_same(course, unit, whose)
    said = [f"{unit} is due {show_time(due)}"] if due else []
    after = read_totals(course, unit)
    # Of what is graded, since dates and times are not as they were; not what others decide meanwhile.
    changes = decisions.changes_since(before, after if due else {s: after[s] for s in whose if s in after})
    done = (counted(len(taken), "submission") if given else "", *said, decisions.points_changed(changes))
    record(course.root, "collect", unit, "; ".join(filter(None, done)))  # first, since a pager may end what is printed
    _show_received(unit, received)
    timeless = [
        s.student for s in taken if s.submitted is None and not s.kept and not is_from_canvas(s.file.partition("/")[0])
    ]
    if due and timeless:
        console.print(f"in time, since it is not known when they came: {', '.join(timeless)}", soft_wrap=True)
    if len(taken) < len(received):
        console.print(f"not taken in: {len(received) - len(taken)}")
    _say(filter(None, (*said, decisions.points_changed(changes, some))))
    _say(doubts or filter(None, [rosters.strangers(course, unit, whose)]))
    missing = rosters.missing_students(course, unit)
    if missing:
        console.print(f"In the roster, and without a submission: {', '.join(missing)}")


def _enter_times_of_the_same(course: ClassFolder, unit: str, students: list[str]) -> None:
    """Enter when work was handed in that is graded already, as where the same answers came once more."""
    unchanged = set(students) - set(engine.changed(course, unit, students))
    if new := times_not_entered(course, unit, known_times(course, unit, unchanged)):
        enter_times(course, unit, new)


def _show_received(unit: str, received: list[intake.Received]) -> None:
    """Print what came in."""
    for submission in received:
        _say(submission.lines())
    taken = [submission for submission in received if submission.student]
    late = sum(submission.late for submission in taken)
    if received:
        console.print(f"{counted(len(taken), 'submission')} of {unit}" + (f", {late} of them late" if late else ""))


def _time(text: str) -> datetime:
    try:
        return read_time(text)
    except ValueError as error:
        raise BadInput(f"expected a time such as '2026-11-20 23:59'; got {text!r}") from error


@app.command()
def grade(
    unit: UnitName,
    folder: ClassPath = Path("."),
    workers: Workers = None,
    scheduler: Scheduler = None,
    force: Annotated[bool, typer.Option("--force", help="Grade unchanged submissions again.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep running, and grade submissions as they arrive.")] = False,
    no_sandbox: NoSandbox = False,
) -> None:
    """Grade the new and changed submissions of a unit into the gradebook, and print the table."""
    course = _ready_to_grade(unit, folder, no_sandbox, waits=watch)
    failures: Failures = {}
    number = workers or usable_processors()
    how_watching_ends = [KeyboardInterrupt] if watch else []
    with course.locked(), suppress(*how_watching_ends), open_pool(number, scheduler) as pool:
        _finish_attempts(course, unit)
        lost = missing_grades(course, unit)
        if lost:
            console.print(
                f"graded again, since the gradebook does not have them: {', '.join(lost)}. "
                "Points given to them by hand are in no other place than a backup of it"
            )
        seen = stamps(course, unit)
        changed = engine.changed(course, unit, list(seen))
        earlier = engine.graded_with_other_checks(course, unit, [s for s in seen if s not in changed])
        first = list(seen) if force else changed
        if force and earlier and (kept := keep_gradebook(course)):
            console.print(f"the gradebook as it was is kept: {kept}", soft_wrap=True)
        _say([] if force else lines_on_earlier_checks(course, unit, earlier))
        # The others are compared once they are graded again, for a release or what a backup has lost.
        _say(say_since(course, unit, "grade", seen.keys() - set(changed)))
        _enter_known_times(course, unit, seen.keys() - set(first))
        with _points_said(course, unit, "grade"):
            _grade(course, unit, first, pool, failures, watch)
            if first != list(seen) and not watch:
                console.print(f"{len(seen) - len(first)} unchanged, not graded again")
            _grade_kept(course, unit, list(seen), pool, failures, force)
        if watch:
            console.print("Waiting for submissions; Ctrl-C ends it, and prints the table")
        while watch:
            time.sleep(1.0)
            before, seen = seen, stamps(course, unit)
            touched = [student for student in seen if seen[student] != before.get(student)]
            new = engine.changed(course, unit, touched) if touched else []
            _enter_known_times(course, unit, set(touched) - set(new))
            if new:
                with _points_said(course, unit, "grade"):
                    _grade(course, unit, new, pool, failures, watch)
                _settle_locked(course, unit)
    _show_grades(course, unit, failures, "grade")


@app.command()
def regrade(
    unit: UnitName,
    students: Annotated[
        list[str],
        typer.Option("--student", metavar="NAME", help="A student to grade again; may be given several times."),
    ],
    folder: ClassPath = Path("."),
    workers: Workers = None,
    scheduler: Scheduler = None,
    no_sandbox: NoSandbox = False,
) -> None:
    """Grade the submissions of some students again. Points given by hand stay."""
    course = _ready_to_grade(unit, folder, no_sandbox)
    unknown = sorted(set(students) - set(course.students(unit)))
    if unknown:
        raise BadInput(f"expected students who handed {unit} in; got {', '.join(unknown)}")
    failures: Failures = {}
    with course.locked(), open_pool(workers or usable_processors(), scheduler) as pool:
        _finish_attempts(course, unit)
        _say(say_since(course, unit, "regrade"))
        with _points_said(course, unit, "regrade"):
            _grade(course, unit, students, pool, failures, command="regrade")
            _grade_kept(course, unit, students, pool, failures, everything=True)
    _show_grades(course, unit, failures, "regrade")


def _ready_to_grade(unit: str, folder: Path, no_sandbox: bool, waits: bool = False) -> ClassFolder:
    course = ClassFolder(folder, sandbox=not no_sandbox)
    require_released(course, unit)
    for place, files in course.misnamed(unit).items():
        console.print(
            f"{place} is not graded: expected {unit}/{unit}.ipynb; got {', '.join(files) or 'nothing'}. Rename it "
            f"there, or give the file to `rnncourse collect {unit}`"
        )
    if not course.students(unit) and not waits:
        raise BadInput(f"expected submissions of {unit}; there are none. Run `rnncourse collect {unit} FILES...` first")
    if not no_sandbox:
        find_bwrap()
    return course


def _enter_known_times(course: ClassFolder, unit: str, students: Collection[str]) -> None:
    """Enter when submissions were handed in that do not have to run again; says whose points that changes."""
    times = known_times(course, unit, students)
    if new := times_not_entered(course, unit, times):
        with _points_said(course, unit, "grade", "handed in at another time than was known; "):
            enter_times(course, unit, new)


def _grade(
    course: ClassFolder,
    unit: str,
    students: list[str],
    pool: WorkerPool,
    failures: Failures,
    watch: bool = False,
    command: str = "grade",
) -> None:
    """Grade some students' submissions and collect the failures; with `watch`, print them at once."""
    outcomes = []
    start = time.monotonic()
    try:
        with progress() as bar:
            task = bar.add_task(f"grade {unit}", total=len(students))
            for outcome in engine.grade(course, unit, students, pool, keep_warm=watch):
                outcomes.append(outcome)
                failures.pop(outcome.student, None)
                if outcome.failure:
                    failures[outcome.student] = outcome.failure
                    if watch:
                        bar.console.print(outcome.failure)
                rate = 60.0 * len(outcomes) / (time.monotonic() - start)
                slow = ", ".join(f"{o.student} {o.seconds:.1f} s" for o in engine.slowest(outcomes))
                bar.update(task, description=f"grade {unit}, {rate:.0f} a minute, slowest {slow}")
                bar.advance(task)
    finally:
        if outcomes:
            failed = sum(bool(outcome.failure) for outcome in outcomes)
            left = len(students) - len(outcomes)
            how = f"{len(outcomes) - failed} graded" + (f", {failed} failed" if failed else "")
            how += f", {left} left when it ended" if left else ""
            record(course.root, command, unit, f"{how}: {some(outcome.student for outcome in outcomes)}")


@contextmanager
def _points_said(course: ClassFolder, unit: str, command: str, why: str = "") -> Iterator[None]:
    """Say and record whose points the block changes for the same answers, and why."""
    before = standings_said(course, unit)
    try:
        yield
    except BaseException:
        with suppress(BadInput):  # as where the disk is full; then the next command says it
            _say(say_points(course, unit, command, before, why))
        raise
    _say(say_points(course, unit, command, before, why))


@contextmanager
def _accounted(course: ClassFolder, *units: str, command: str) -> Iterator[None]:
    """Say what has changed in units since the last command; and keep what the block leaves, which says so itself."""
    for unit in units:
        _say(say_since(course, unit, command))
    yield
    for unit in units:
        keep_said(course, unit, command)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True)


def _grade_kept(
    course: ClassFolder, unit: str, students: list[str], pool: WorkerPool, failures: Failures, everything: bool
) -> None:
    """Grade the kept hand-ins of some students again: all of them, or those whose grade is of another release."""
    if course.trusted:
        with closing(to_grade_again(course, unit, students, everything)) as turns:
            for turn in turns:
                console.print(f"an earlier hand-in, which is kept, is graded again: {', '.join(turn)}", soft_wrap=True)
                _grade(course, unit, turn, pool, failures)


def _finish_attempts(course: ClassFolder, unit: str) -> None:
    """Finish what a command that was killed did with kept hand-ins; says what the gradebook has lost of them."""
    finish_attempts(course, unit)
    _say(say_what_is_gone(course, unit))


def _settle(course: ClassFolder, unit: str, anew: bool = False) -> None:
    """Let the hand-in count that should, where students handed in several times."""
    if any(attempts_of(course, unit, student) for student in course.students(unit)):
        try:
            with course.locked():
                _finish_attempts(course, unit)
                _settle_locked(course, unit, anew)
        except BadInput as error:
            _require_none_graded_again(course, unit)
            console.print(f"which of several hand-ins counts is as it was: {error}", soft_wrap=True)


def _require_none_graded_again(course: ClassFolder, unit: str) -> None:
    """
    Raises:
        BadInput: if an earlier hand-in of somebody may be in place, since kept ones are graded again just now.
    """
    if graded_again(course, unit):
        raise BadInput(
            f"expected the hand-ins of {unit} that count; earlier ones are graded again just now, and some of them are "
            "in place. Wait until `grade` or `regrade` has ended"
        )


def _settle_locked(course: ClassFolder, unit: str, anew: bool = False) -> None:
    several = [student for student in course.students(unit) if attempts_of(course, unit, student)]
    _say(settle(course, unit, several, anew) if several and course.trusted else [])


def _settle_all(course: ClassFolder) -> None:
    for folder in sorted(course.root.glob("attempts/*")):
        _settle(course, folder.name)


def _settle_term(course: ClassFolder, command: str) -> None:
    with _accounted(course, *said_units(course), command=command):
        _settle_all(course)
    for notebook in sorted(course.root.glob("release/*/*.ipynb")):
        unit = notebook.parent.name
        graded = [result.student for result in read_results(course, unit) if result.grades]
        if notebook.stem == unit and graded:
            _say_whose_work_is_gone(course, unit)
            _say_whose_grade_is_old(course, unit, graded)


def _show_grades(course: ClassFolder, unit: str, failures: Failures, command: str) -> None:
    _settle(course, unit, anew=True)
    _say_whose_work_is_gone(course, unit)
    keep_said(course, unit, command)
    console.print(grade_table(unit, read_results(course, unit), console.width))
    if failures:
        raise BadInput("; ".join(failures.values()))


def _graded_results(course: ClassFolder, unit: str, command: str, only: Container[str] | None = None) -> list[Result]:
    """Everybody's results, or those of some students; says whose submissions are not graded yet.

    Raises:
        BadInput: if nobody has a grade.
    """
    with _accounted(course, unit, command=command):
        _settle(course, unit)
        results = read_results(course, unit, only)
        _require_none_graded_again(course, unit)
        require_grades(results, unit)
    _say_whose_work_is_gone(course, unit)
    waiting = [result.student for result in results if result.handed_in and not result.grades]
    if waiting:
        console.print(f"not in the gradebook: {', '.join(waiting)}. Run `rnncourse grade {unit}`")
    _say_whose_grade_is_old(course, unit, [result.student for result in results if result.grades and result.handed_in])
    return results


def _say_whose_work_is_gone(course: ClassFolder, unit: str) -> None:
    """Name those with a grade in the gradebook and no submission in the class folder."""
    if gone := sorted(fingerprints(course, unit).keys() - set(course.students(unit))):
        console.print(
            f"graded, and without a submission in submitted/: {', '.join(gone)}. They have no points here, and their "
            "old ones in nbgrader's tables; put the folder back, or take them out with `nbgrader db student remove "
            "--force NAME`",
            soft_wrap=True,
        )


def _say_whose_grade_is_old(course: ClassFolder, unit: str, graded: list[str]) -> None:
    """Name those whose grade belongs to another hand-in, or another release, than is there now."""
    if course.trusted and course.release_notebook(unit).exists():
        old = [student for student in engine.changed(course, unit, graded) if course.submission(unit, student).exists()]
        if old:
            console.print(
                f"graded before what was handed in or released for {unit} came: {', '.join(old)}. "
                f"Their points are those of then; run `rnncourse grade {unit}`",
                soft_wrap=True,
            )


@app.command()
def feedback(
    unit: UnitName,
    folder: ClassPath = Path("."),
    form: Annotated[
        FeedbackFormat | None, typer.Option("--format", help="Make an archive for Canvas or Moodle as well.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The archive; by default feedback-UNIT-FORMAT.zip.")
    ] = None,
    exchange: Annotated[
        bool, typer.Option("--exchange", help="Give the pages back through nbgrader's exchange as well.")
    ] = False,
    section: Section = None,
) -> None:
    """Write one feedback page for each student, and an archive of them that Canvas or Moodle takes back.

    Canvas takes it on the assignment's page, Re-Upload Submissions; Moodle among the submissions, Upload multiple
    feedback files in a zip.
    """
    course = ClassFolder(folder)
    require_released(course, unit)
    only, ending = _section(course, section)
    students = [result.student for result in _graded_results(course, unit, "feedback", only) if result.grades]
    graded = [student for student in students if course.autograded_notebook(unit, student).exists()]
    with progress() as bar:
        task = bar.add_task("feedback", total=len(graded))
        for student in graded:
            write_feedback(course, unit, student)
            bar.advance(task)
    console.print(f"{counted(len(graded), 'page')} in {course.root / 'feedback'}")
    if form is not None:
        to = to or Path(f"feedback-{unit}-{form.value}{ending}.zip")
        returned = write_feedback_archive(course, unit, graded, form.value.title(), to)
        if returned.left_out:
            console.print(f"left out, since their work did not come from there: {', '.join(returned.left_out)}")
        console.print(f"{counted(returned.written, 'page')} for {form.value.title()} in {to}")
        record(course.root, "feedback", unit, f"{counted(returned.written, 'page')} for {form.value.title()} in {to}")
    if exchange:
        others = through_exchange.feedback_to_exchange(course, unit, graded)
        if others:
            console.print(f"left out, since their work did not come from the exchange: {', '.join(others)}")
        console.print(f"{counted(len(graded) - len(others), 'page')} in the exchange")
        record(course.root, "feedback", unit, f"{counted(len(graded) - len(others), 'page')} into the exchange")
    if len(graded) < len(students):
        gone = ", ".join(student for student in students if student not in graded)
        raise BadInput(f"expected a graded notebook of everybody; {gone} has none. Run `rnncourse grade {unit}`")


@app.command()
def report(
    unit: UnitOrTerm = None,
    folder: ClassPath = Path("."),
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The file to write; by default reports/UNIT.html or reports/term.html."),
    ] = None,
    term: WholeTerm = False,
    section: Section = None,
) -> None:
    """Write the instructor's report on a unit: scores, checks, misconceptions, failures, similar answers.

    With --term on all units: every student, who may be falling behind, and misconceptions that persist.

    rnncourse report u05_lstm --section "Monday 10-12"
    """
    course = ClassFolder(folder)
    _require_unit_or_term(unit, term)
    only, ending = _section(course, section)
    if unit is None:
        _settle_term(course, "report")
        path = to or course.root / "reports" / f"term{ending}.html"
        write_term_report(course, path, section or "", only)
        console.print(f"report on the term in {path}")
        return
    require_released(course, unit)
    _graded_results(course, unit, "report", only)
    path = to or course.root / "reports" / f"{unit}{ending}.html"
    write_report(course, unit, path, section or "", only)
    console.print(f"report on {unit} in {path}")


def _section(course: ClassFolder, section: str | None, roster: Path | None = None) -> tuple[Container[str] | None, str]:
    """The students of a section, None for all, and what its files have at the end of their names."""
    if section is None:
        return None, ""
    return members(course, section, roster), f"-{sanitised(section)}"


def _require_unit_or_term(unit: str | None, term: bool) -> None:
    """
    Raises:
        BadInput: if neither a unit nor the term is asked for, or both are.
    """
    if (unit is None) is not term:
        raise BadInput(f"expected a unit, such as u05_lstm, or --term; got {'neither' if unit is None else 'both'}")


@app.command()
def export(
    unit: UnitOrTerm = None,
    folder: ClassPath = Path("."),
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The file to write; by default grades-UNIT.csv, grades-UNIT-FORMAT.csv or grades-term.csv.",
        ),
    ] = None,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="All exercises for a spreadsheet, or points for Canvas or Moodle.")
    ] = ExportFormat.csv,
    roster: RosterFile = None,
    column: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="The assignment in Canvas's export, if its title does not name the unit."),
    ] = None,
    term: WholeTerm = False,
    section: Section = None,
) -> None:
    """Write the grades of a unit to CSV files: by exercise and by student, or points for Canvas or Moodle.

    With --term one line a student, a column a unit, and their sum.

    rnncourse export u05_lstm --format canvas --section "Monday 10-12"
    """
    course = ClassFolder(folder)
    _require_unit_or_term(unit, term)
    if to is not None and to.is_dir():
        raise BadInput(f"expected a file to write, such as grades-{unit or 'term'}.csv; got the folder {to}")
    only, ending = _section(course, section, roster)
    of_section = f" of section {section}" if section else ""
    if unit is None:
        if form is not ExportFormat.csv:
            raise BadInput(f"expected a unit for {form.value.title()}, which has a column for each; got --term")
        _settle_term(course, "export")
        to = to or Path(f"grades-term{ending}.csv")
        written = write_term_table(course, to, only)
        record(course.root, "export", "term", f"grades{of_section} in {to}")
        for student in written.students:
            if student.open_units:
                console.print(f"no total yet for {student.student}: {student.open_units}", soft_wrap=True)
        console.print(f"grades of the term in {to}")
        return
    require_released(course, unit)
    known = None if form is ExportFormat.csv else rosters.find_roster(course, unit, roster)
    if known is None and form is not ExportFormat.csv:
        raise BadInput(f"expected the class as exported from {form.value.title()}; give it with --roster FILE")
    results = _graded_results(course, unit, "export", only)
    if known is None:
        to = to or Path(f"grades-{unit}{ending}.csv")
        by_student = to.with_name(f"{to.stem}-students{to.suffix}")
        write_csv(course, results, to)
        write_totals(course, unit, results, by_student)
        said = [f"one line for each student in {by_student}"]
    else:
        to = to or Path(f"grades-{unit}-{form.value}{ending}.csv")
        if form is ExportFormat.canvas:
            outcome = exports.write_canvas(course, unit, known, to, column, only)
        else:
            outcome = exports.write_moodle(course, unit, known, to, only)
        said = outcome.lines()
        if roster is None:
            since = show_time(rosters.given_at(course, unit))
            said.insert(0, f"by the roster that `collect` was given on {since}; --roster gives a newer one")
    record(course.root, "export", unit, f"grades{of_section} as {form.value} in {to}")
    for line in (*said, f"grades of {unit} in {to}"):
        console.print(line)


@app.command()
def waive(
    unit: UnitName,
    exercise: Annotated[str, typer.Argument(metavar="EXERCISE", help="An exercise, such as lstm-step.")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="The name of the check, as the feedback shows it.")],
    folder: ClassPath = Path("."),
    reason: Reason = "",
    undo: Annotated[bool, typer.Option("--undo", help="Let the check count again.")] = False,
) -> None:
    """Give the points of a check that proved unfair to everybody who wrote something in its exercise.

    rnncourse waive u05_lstm lstm-step "leaves its inputs as they were" --reason "the text did not say so"
    """
    course = ClassFolder(folder)
    require_released(course, unit)
    with _accounted(course, unit, command="waive"):
        _say(decisions.waive(course, unit, exercise, check, reason, undo).lines())
        _settle(course, unit)


@app.command()
def weigh(
    unit: UnitName,
    exercise: Annotated[str, typer.Argument(metavar="EXERCISE", help="An exercise, such as lstm-step.")],
    points: Annotated[
        float | None, typer.Argument(metavar="POINTS", help="What it counts from now on; 0 drops it.")
    ] = None,
    folder: ClassPath = Path("."),
    reason: Reason = "",
    undo: Annotated[bool, typer.Option("--undo", help="Let it count for its points in the release again.")] = False,
) -> None:
    """Drop an exercise, or let it count for other points; everybody's points in it change in proportion.

    rnncourse weigh u05_lstm lstm-step 0 --reason "half the class had another text"

    rnncourse weigh u05_lstm lstm-question 6 --reason "it took most of the time"
    """
    course = ClassFolder(folder)
    require_released(course, unit)
    with _accounted(course, unit, command="weigh"):
        _say(decisions.weigh(course, unit, exercise, points, reason, undo).lines())
        _settle(course, unit)


@app.command()
def extend(
    unit: UnitName,
    students: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDENT=DATE",
            help="Until when each may hand in, such as ada=2026-12-01; ada=no-penalty however late. With --undo, ada.",
        ),
    ],
    folder: ClassPath = Path("."),
    reason: Reason = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take the extensions of these students back.")] = False,
) -> None:
    """Let some students hand in later: late penalties count from their own date.

    rnncourse extend u05_lstm ada=2026-12-01 "bob=2026-12-03 18:00" --reason "ill, with a certificate"
    """
    course = ClassFolder(folder)
    require_released(course, unit)
    with _accounted(course, unit, command="extend"):
        _say(decisions.extend(course, unit, students, reason, undo).lines())
        _settle(course, unit)


@app.command()
def excuse(
    unit: UnitName,
    students: Annotated[list[str], typer.Argument(metavar="STUDENT", help="For whom the unit does not count.")],
    folder: ClassPath = Path("."),
    reason: Reason = "",
    undo: Annotated[bool, typer.Option("--undo", help="Let the unit count for these students again.")] = False,
) -> None:
    """Excuse some students from a unit: it counts neither among their points nor in what these are out of.

    rnncourse excuse u05_lstm ada bob --reason "joined in week six"
    """
    course = ClassFolder(folder)
    require_released(course, unit)
    with _accounted(course, unit, command="excuse"):
        _say(decisions.excuse(course, unit, students, reason, undo).lines())


@app.command()
def attempts(
    which: Annotated[str, typer.Argument(metavar="best|last", help="Which of several hand-ins counts.")],
    folder: ClassPath = Path("."),
    reason: Reason = "",
) -> None:
    """Let the best of several graded hand-ins of a student count in this class, or the last one, as it does at first.

    An earlier hand-in is kept, with its grade, when the next one is collected. Those that were replaced before this
    command are in received/ alone.

    rnncourse attempts best --reason "as announced in the first week"
    """
    course = ClassFolder(folder)
    with _accounted(course, *said_units(course), command="attempts"):
        _say(decisions.choose_attempts(course, which, reason).lines())
        _settle_all(course)


@app.command()
def history(
    unit: Annotated[str | None, typer.Argument(metavar="UNIT", help="A unit; by default all.")] = None,
    folder: ClassPath = Path("."),
) -> None:
    """Print the log of the class: who did what, when and why."""
    events, unreadable = read_history(ClassFolder(folder).root)
    shown = [event for event in events if unit in (None, event.unit)]
    for event in shown:
        console.print(event.line(), soft_wrap=True)
    if not shown:
        console.print(f"nothing on record for {unit or 'this class'}")
    if unreadable:
        console.print(f"{unreadable} lines of the log cannot be read")


@app.command(hidden=True)
def demo(to: Annotated[Path, typer.Argument(metavar="FOLDER")] = PROJECT / "build" / "demo") -> None:
    """Build the course, then release, collect and grade one unit for a demonstration class."""
    if to.exists() and any(to.iterdir() if to.is_dir() else [to]):
        if not (to / "class" / "nbgrader_config.py").is_file() or not (to / "handed-in" / "endless-loop").is_dir():
            raise BadInput(f"expected a new or empty folder, or one with an earlier demonstration; got {to}")
        shutil.rmtree(to)
    build(notebooks_only=True)
    course = create_class(to / "class")
    released = release_unit(course, demo_class.UNIT)
    demo_class.hand_in(released.folder / f"{demo_class.UNIT}.ipynb", to / "handed-in")
    collect(demo_class.UNIT, [to / "handed-in"], course.root)
    grade(demo_class.UNIT, course.root)
    feedback(demo_class.UNIT, course.root)
    report(demo_class.UNIT, course.root)
    export(demo_class.UNIT, course.root, to / "grades.csv")
    formgrader = f"cd {course.root}\n{Path(sys.executable).parent / 'jupyter'} lab"
    write_demo_page(
        course, demo_class.UNIT, course.root / "reports" / f"{demo_class.UNIT}.html", formgrader, to / "index.html"
    )
    console.print(f"Grades, feedback and report, and how to see them in nbgrader's formgrader: {to / 'index.html'}")


def main() -> None:
    """Run the command line. Errors that the user can fix end in one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # no name of a student stops a command where it cannot be printed
    try:
        app()
    except (BadInput, BuildError, UnknownUnit, SandboxError) as error:
        _end(str(error))
    except OSError as error:
        _end(f"cannot go on: {_reason(error)}. Mend that, then run this again: what is graded stays")


def _end(message: str) -> None:
    Console(stderr=True).print(f"rnncourse: {message}", markup=False, highlight=False, soft_wrap=True)
    sys.exit(2)


def _reason(error: OSError) -> str:
    """What the system said, and of which file. Of a folder that could not be copied it is what came first."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return str(error.args[0][0][-1])
    place = error.filename2 or error.filename
    return f"{error.strerror or error}" + (f": {place}" if place else "")
