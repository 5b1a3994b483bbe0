"""How fast submissions are graded, against stock nbgrader on the same submissions: `make bench-grading`.

Stock nbgrader also runs the cells that train, which `rnncourse grade` leaves out; so it is timed a second time with its
own option that skips them. The last line is the ratio of our rate to that of nbgrader as it is.

`--many N` grades N submissions in one run and watches the grader's memory; `--dask` compares two Dask workers with one,
and needs root; both are left out otherwise, since they take long.
"""

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import psutil

from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import find_unit
from autograder.demo import UNIT, Homework
from autograder.grading import engine, trusted
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import read_grades
from autograder.grading.new_class import create_class
from autograder.grading.pools import open_pool, usable_processors
from autograder.grading.release import release_unit
from autograder.grading.submission import UnitGrader
from autograder.sandbox.session import Session
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


def rate(name: str, course: ClassFolder, *command: str) -> float:
    """Submissions a minute of a command that grades the class, as a user would start it."""
    students = course.students(UNIT)
    start = time.perf_counter()
    subprocess.run([str(BIN / command[0]), *command[1:]], cwd=course.root, check=True, capture_output=True)
    spent = time.perf_counter() - start
    for student in students:
        points = sum(grade.score or 0.0 for grade in read_grades(course, UNIT) if grade.student == student)
        assert points == 17.0, f"{name}: expected 17 points for {student}; got {points}"
    print(f"{name:28s} {len(students):5d} submissions in {spent:7.1f} s, {60 * len(students) / spent:6.1f} a minute")
    return 60 * len(students) / spent


def against_stock(folder: Path, students: int) -> float:
    """Our rate over nbgrader's, on copies of the same class."""
    ours = make_class(folder / "ours", students)
    stock = Path(shutil.copytree(ours.root, folder / "stock"))
    config = stock / "nbgrader_config.py"
    config.write_text(config.read_text().replace("trusted=True", "trusted=False"))
    lean = Path(shutil.copytree(stock, folder / "lean"))
    with open(lean / "nbgrader_config.py", "a") as file:
        file.write('c.Execute.skip_cells_with_tag = "experiment"\n')
    command = "nbgrader", "autograde", UNIT
    ours_rate = rate("rnncourse grade", ours, "rnncourse", "grade", UNIT)
    lean_rate = rate("nbgrader, without training", ClassFolder(lean), *command)
    print(f"ratio to nbgrader without training {ours_rate / lean_rate:.1f}")
    return ours_rate / rate("nbgrader autograde", ClassFolder(stock), *command)


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
            family = [psutil.Process(), *(psutil.Process(p.pid) for p in multiprocessing.active_children())]
            memory.append(sum(process.memory_info().rss for process in family) / 2**20)
    spent = time.perf_counter() - start
    print(
        f"{students} in one run: {60 * students / spent:.1f} a minute; memory of grader and workers "
        f"{memory[students // 10]:.0f} MiB after a tenth, {memory[-1]:.0f} MiB at the end"
    )


@contextmanager
def half_a_processor(name: str) -> Iterator[Path]:
    """A control group of Linux whose processes have half a processor between them; root may make one."""
    root = Path("/sys/fs/cgroup")
    unified = (root / "cgroup.controllers").is_file()
    group = root / ("" if unified else "cpu") / name
    group.mkdir()
    limit, quota = ("cpu.max", "50000 100000") if unified else ("cpu.cfs_quota_us", "50000")
    (group / limit).write_text(quota)
    try:
        yield group
    finally:
        while (group / "cgroup.procs").read_text():
            time.sleep(0.1)
        group.rmdir()


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
                group = stack.enter_context(half_a_processor(f"rnncourse-bench-{number}"))
                worker = subprocess.Popen(
                    [str(BIN / "dask"), "worker", address, "--nthreads", "1", "--no-dashboard"],
                    cwd=folder,
                    stderr=subprocess.DEVNULL,
                    preexec_fn=lambda group=group: (group / "cgroup.procs").write_text(str(os.getpid())),
                )
                stack.callback(worker.wait)
                stack.callback(worker.terminate)
            stack.enter_context(Client(address)).wait_for_workers(workers)
            command = "rnncourse", "grade", UNIT, "--scheduler", address
            rate("to warm them up", make_class(folder / f"first{workers}", 2 * workers), *command)
            course = make_class(folder / f"dask{workers}", students)
            rates.append(rate(f"{workers} Dask worker(s)", course, *command))
    print(f"two Dask workers over one: {rates[1] / rates[0]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=6, help="how many submissions both graders get")
    parser.add_argument("--many", type=int, default=0, metavar="N", help="grade N in one run as well")
    parser.add_argument("--dask", action="store_true", help="compare Dask workers as well")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        fresh_process(folder)
        one_from_a_warm_start(folder)
        if arguments.many:
            many(folder, arguments.many)
        if arguments.dask:
            dask_workers(folder, 24)
        print(f"ratio {against_stock(folder, arguments.students):.1f}")


if __name__ == "__main__":
    main()
