"""How fast submissions are graded, against stock nbgrader on the same submissions: `make bench-grading`.

Both ways of starting a sandbox are timed side by side. Stock nbgrader also runs the cells that train, which `rnncourse
grade` leaves out; so it is timed a second time with its own option that skips them, and a third time as two processes
that have half of the class each, as we have a worker for each processor. The last line is the ratio of our rate to that
of nbgrader as it is. Seconds of processor time are those of a control group, which root may make; else they are left
out.

`--many N` grades N submissions in one run and watches the memory; `--ours` leaves stock nbgrader out; `--dask` compares
two Dask workers with one, and needs root; these are left out otherwise, since they take long.
"""

import argparse
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import psutil

from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import find_unit
from autograder.checking import exercise
from autograder.demo import UNIT, Homework
from autograder.grading import engine, trusted
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import read_grades
from autograder.grading.new_class import create_class
from autograder.grading.pools import open_pool, usable_processors
from autograder.grading.release import release_unit
from autograder.grading.submission import UnitGrader
from autograder.sandbox.session import Session
from autograder.sandbox.starting import FORKED, SINGLE
from autograder.sandbox.walls import Limits

BIN = Path(sys.executable).parent


def make_class(root: Path, students: int) -> ClassFolder:
    """A class whose submissions answer every exercise, each with a comment of its own."""
    course = create_class(root)
    released = release_unit(course, UNIT).folder / f"{UNIT}.ipynb"
    for number in range(students):
        homework = Homework(released, solved=True).append("lstm-step", f"# by student {number}")
        homework.save(course.submission(UNIT, f"student{number:04d}"))
    return course


def rate(name: str, courses: Sequence[ClassFolder], *command: str, **environment: str) -> float:
    """Submissions a minute of a command that grades a class, as a user would start it, in some classes at once."""
    with control_group("rnncourse-bench") as group:
        start = time.perf_counter()
        running = [
            subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=course.root,
                env=os.environ | environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=group.enter,
            )
            for course in courses
        ]
        assert not any([process.wait() for process in running]), f"{name} failed"
        spent, used = time.perf_counter() - start, group.seconds()
    number = 0
    for course in courses:
        students = course.students(UNIT)
        number += len(students)
        points = dict.fromkeys(students, 0.0)
        for grade in read_grades(course, UNIT):
            points[grade.student] += grade.score or 0.0
        assert set(points.values()) == {17.0}, f"{name}: expected 17 points for all; got {points}"
    print(
        f"{name:42s} {number:4d} submissions in {spent:7.1f} s, {60 * number / spent:6.1f} a minute; "
        f"{used / number:6.2f} s of a processor for each",
        flush=True,
    )
    return 60 * number / spent


def both_ways(folder: Path, students: int) -> float:
    """Our rate; beside it that of sandboxes which are started one by one, on a copy of the same class."""
    made = make_class(folder / "ours", students).root
    rates, grades = {}, []
    for way in (SINGLE, FORKED):
        course = ClassFolder(Path(shutil.copytree(made, folder / way)))
        name, command = f"rnncourse grade, sandboxes {way}", ("rnncourse", "grade", UNIT)
        rates[way] = rate(name, [course], *command, RNNCOURSE_SANDBOX=way)
        grades.append(read_grades(course, UNIT))
    assert grades[0] == grades[1], "the ways of starting give different grades"
    print(f"ratio to sandboxes that are started one by one {rates[FORKED] / rates[SINGLE]:.1f}")
    return rates[FORKED]


def of_stock(folder: Path, students: int) -> float:
    """The rate of nbgrader as it is; beside it that without training, and that of two at once."""
    command = "nbgrader", "autograde", UNIT
    rates = {}
    for name, classes, lean in (
        ("nbgrader, without training, two at once", 2, True),
        ("nbgrader, without training", 1, True),
        ("nbgrader, two at once", 2, False),
        ("nbgrader autograde", 1, False),
    ):
        courses = []
        for number in range(classes):
            course = make_class(folder / f"{name} {number}", students // classes)
            config = course.root / "nbgrader_config.py"
            skipping = 'c.Execute.skip_cells_with_tag = "experiment"\n' if lean else ""
            config.write_text(config.read_text().replace("trusted=True", "trusted=False") + skipping)
            with warnings.catch_warnings(action="ignore"):  # that nobody can trust it
                courses.append(ClassFolder(course.root))
        rates[name] = rate(name, courses, *command)
    return rates["nbgrader autograde"]


def by_part(folder: Path, students: int) -> None:
    """Seconds of a processor for each part of grading one submission, of submissions that are graded one by one."""
    course = make_class(folder / "parts", students + 1)
    names = "reading", "start", "cells", "checks", "mistakes", "end", "writing"
    with control_group("rnncourse-bench-parts") as group:
        if group.path is None:
            print("seconds by part: needs root")
            return
        group.enter()
        parts: dict[str, float] = dict.fromkeys(names, 0.0)
        running: list[str] = []
        last = group.seconds()

        def switch() -> None:
            nonlocal last
            now = group.seconds()
            if running:
                parts[running[-1]] += now - last
            last = now

        def counted(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                switch()
                running.append(part)
                try:
                    return function(*args, **kwargs)
                finally:
                    switch()
                    running.pop()

            return call

        with ExitStack() as stack:
            for owner, name, part in (
                (UnitGrader, "prepare", "reading"),
                (trusted.SANDBOXES, "take", "start"),
                (trusted.Notebook, "run", "cells"),
                (trusted, "judge", "checks"),
                (exercise, "explain", "mistakes"),
                (UnitGrader, "write", "writing"),
            ):
                stack.enter_context(mock.patch.object(owner, name, counted(part, getattr(owner, name))))
            # Else nobody waits for it.
            stack.enter_context(mock.patch.object(trusted.SANDBOXES, "end", counted("end", Session.close)))
            for way in (SINGLE, FORKED):
                with mock.patch.dict(os.environ, RNNCOURSE_SANDBOX=way):
                    grader = UnitGrader(course, UNIT)
                    for number, student in enumerate(course.students(UNIT)):
                        if number == 1:  # the first one starts what all use
                            parts.update(dict.fromkeys(names, 0.0))
                        prepared = grader.prepare(student)
                        grader.write(prepared, trusted.execute(prepared.job, keep_warm=False))
                row = ", ".join(f"{name} {seconds / students:.2f}" for name, seconds in parts.items())
                print(f"sandboxes {way}, s of a processor: {row}; together {sum(parts.values()) / students:.2f}")
        group.leave()


def fresh_process(folder: Path, repeats: int = 20) -> None:
    """The time from asking a sandbox for a fresh process, torch imported, to the result of its first cell."""
    wheel = build_wheel(find_unit(UNIT), folder / "wheel")
    spent = []
    with Session(wheel, Limits()) as session:
        for _ in range(repeats):
            start = time.perf_counter()
            session.restart()
            assert session.run("import torch; torch.ones(1)").ok
            spent.append(time.perf_counter() - start)
    print(f"a fresh process in a warm sandbox: {1000 * np.median(spent):.0f} ms (median of {repeats})")


def one_from_a_warm_start(folder: Path, repeats: int = 5) -> None:
    """The time from a submission that lies there to its grade in the gradebook, in a grader that is running."""
    course = make_class(folder / "warm", repeats + 1)
    grader = UnitGrader(course, UNIT)
    spent = []
    for student in course.students(UNIT):
        time.sleep(3.0)
        start = time.perf_counter()
        prepared = grader.prepare(student)
        grader.write(prepared, trusted.execute(prepared.job))
        spent.append(time.perf_counter() - start)
    print(f"one from a warm start: {np.median(spent[1:]):.2f} s (median of {repeats})")


def many(folder: Path, students: int) -> None:
    """One run over many; the memory of the grader and its workers after a tenth of them and at the end."""
    course = make_class(folder / "many", students)
    memory, start = [], time.perf_counter()
    with open_pool(usable_processors()) as pool:
        for outcome in engine.grade(course, UNIT, course.students(UNIT), pool):
            assert not outcome.failure, outcome.failure
            memory.append(sum(map(proportional_memory, [psutil.Process(), *psutil.Process().children(recursive=True)])))
    spent = time.perf_counter() - start
    print(
        f"{students} in one run: {60 * students / spent:.1f} a minute; memory of grader, workers and sandboxes "
        f"{memory[students // 10]:.0f} MiB after a tenth, {memory[-1]:.0f} MiB at the end, {max(memory):.0f} at most"
    )


def proportional_memory(process: psutil.Process) -> float:
    """The memory of a process in MiB, of which it has its share of what others have as well."""
    with suppress(psutil.Error):
        return process.memory_full_info().pss / 2**20
    return 0.0


class ControlGroup:
    """A control group of Linux; without a path it counts nothing."""

    def __init__(self, path: Path | None):
        self.path = path

    def enter(self) -> None:
        """Put this process into it, with all that it starts from now on."""
        if self.path is not None:
            (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def leave(self) -> None:
        """Put this process into the group above, and end what it has started."""
        if self.path is not None:
            (self.path.parent / "cgroup.procs").write_text(str(os.getpid()))
            for pid in (self.path / "cgroup.procs").read_text().split():
                os.kill(int(pid), signal.SIGKILL)

    def seconds(self) -> float:
        """How long its processes have had a processor, also those that have ended."""
        if self.path is None:
            return math.nan
        if (usage := self.path / "cpuacct.usage").exists():
            return int(usage.read_text()) / 1e9
        return int((self.path / "cpu.stat").read_text().split()[1]) / 1e6


@contextmanager
def control_group(name: str, processors: float | None = None) -> Iterator[ControlGroup]:
    """A control group whose processes have some processors between them; root may make one.

    Without a number of processors, and where none can be made, it is one that counts nothing.
    """
    root = Path("/sys/fs/cgroup")
    unified = (root / "cgroup.controllers").is_file()
    # With a number of its own, since one of a run that was killed stays.
    path = root / ("" if unified else "cpuacct" if processors is None else "cpu") / f"{name}-{os.getpid()}"
    try:
        path.mkdir()
    except OSError:
        if processors is not None:
            raise
        yield ControlGroup(None)
        return
    if processors is not None:
        quota = int(100_000 * processors)
        limit, text = ("cpu.max", f"{quota} 100000") if unified else ("cpu.cfs_quota_us", str(quota))
        (path / limit).write_text(text)
    try:
        yield ControlGroup(path)
    finally:
        while (path / "cgroup.procs").read_text():
            time.sleep(0.1)
        path.rmdir()


def dask_workers(folder: Path, students: int) -> None:
    """The rate of two Dask workers over that of one.

    Each has half a processor, so that two of them do not take from each other, nor from scheduler and writer, what on a
    cluster each of them has.
    """
    from distributed import Client, LocalCluster

    rates = []
    for workers in (1, 2):
        with ExitStack() as stack:
            cluster = stack.enter_context(LocalCluster(n_workers=0, dashboard_address=None))
            address = str(cluster.scheduler_address)
            for number in range(workers):
                group = stack.enter_context(control_group(f"rnncourse-bench-{number}", 0.5))
                worker = subprocess.Popen(
                    [str(BIN / "dask"), "worker", address, "--nthreads", "1", "--no-dashboard"],
                    cwd=folder,
                    stderr=subprocess.DEVNULL,
                    preexec_fn=group.enter,
                )
                stack.callback(worker.wait)
                stack.callback(worker.terminate)
            stack.enter_context(Client(address)).wait_for_workers(workers)
            command = "rnncourse", "grade", UNIT, "--scheduler", address
            rate("to warm them up", [make_class(folder / f"first{workers}", 2 * workers)], *command)
            course = make_class(folder / f"dask{workers}", students)
            rates.append(rate(f"{workers} Dask worker(s)", [course], *command))
    print(f"two Dask workers over one: {rates[1] / rates[0]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=6, help="how many submissions both graders get")
    parser.add_argument("--ours", action="store_true", help="leave stock nbgrader out")
    parser.add_argument("--many", type=int, default=0, metavar="N", help="grade N in one run as well")
    parser.add_argument("--dask", action="store_true", help="compare Dask workers as well")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        by_part(folder, arguments.students)  # first, so that all that it starts is counted
        fresh_process(folder)
        one_from_a_warm_start(folder)
        if arguments.many:
            many(folder, arguments.many)
        if arguments.dask:
            dask_workers(folder, 24)
        ours = both_ways(folder, arguments.students)
        if not arguments.ours:
            print(f"ratio to nbgrader {ours / of_stock(folder / 'stock', arguments.students):.1f}")


if __name__ == "__main__":
    main()
