"""Grades many submissions at once: workers reach the verdicts, one writer puts them into the gradebook.

A worker gets a `Job` and returns a `Graded`, both plain values, so that it may be a process of this machine or a Dask
worker on another. The gradebook is written here and nowhere else, through nbgrader's own autograding. A graded notebook
carries the fingerprint of all that its grade depends on, and is written last: a run that is killed at any moment leaves
either a grade or nothing, and the next run does the rest.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.trusted import Graded, Job, execute

ATTEMPTS = 2
"""How often a submission is tried when the worker that grades it dies."""


@dataclass(frozen=True)
class Outcome:
    """How the grading of one submission ended; `failure` says why there is no grade, if so."""

    student: str
    seconds: float = 0.0
    failure: str = ""


def usable_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def grade(
    course: ClassFolder,
    unit: str,
    students: Sequence[str],
    workers: int = 1,
    scheduler: str | None = None,
) -> Iterator[Outcome]:
    """Grade submissions into the gradebook, as they come out of the workers.

    Args:
        course: the class.
        unit: the unit.
        students: whose submissions.
        workers: how many processes of this machine grade.
        scheduler: the address of a Dask scheduler, whose workers grade instead.

    Yields:
        An `Outcome` for each student.

    Raises:
        BadInput: if the scheduler does not answer.
    """
    if not course.trusted:
        for student in students:
            yield _stock(course, unit, student)
        return
    waiting, attempts = list(reversed(students)), dict.fromkeys(students, 0)
    while waiting:
        with _pool(workers, scheduler) as (pool, slots):
            running: dict[Future[Graded], tuple[str, Job]] = {}
            while waiting or running:
                # Few are sent ahead, so that a thousand submissions take no more memory than ten.
                while waiting and len(running) < slots + 2:
                    student = waiting.pop()
                    try:
                        job = course.job(unit, student)
                        running[pool.submit(execute, job)] = student, job
                    except BrokenProcessPool:
                        waiting.append(student)
                        break
                    except Exception as error:
                        yield Outcome(student, failure=f"{student}: {error}")
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = False
                for future in done:
                    student, job = running.pop(future)
                    try:
                        graded = future.result()
                        course.write(unit, student, job, graded)
                        yield Outcome(student, graded.seconds)
                    except BrokenProcessPool:
                        broken = True
                        running[future] = student, job
                    except Exception as error:
                        yield Outcome(student, failure=f"{student}: {error}")
                if broken:
                    break
            # A worker died. Whoever it was grading is among these; each gets another try.
            for student, _ in running.values():
                attempts[student] += 1
                if attempts[student] < ATTEMPTS:
                    waiting.append(student)
                else:
                    yield Outcome(
                        student,
                        failure=f"{student}: the process that graded it died {ATTEMPTS} times; is there memory left?",
                    )


def _stock(course: ClassFolder, unit: str, student: str) -> Outcome:
    """Grade as nbgrader does by itself, in the student's own process."""
    start = time.perf_counter()
    try:
        course.grade(unit, student)
    except BadInput as error:
        return Outcome(student, failure=str(error))
    return Outcome(student, time.perf_counter() - start)


@contextmanager
def _pool(workers: int, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    if scheduler is None:
        # Forked processes would share this one's threads and locks.
        context = multiprocessing.get_context("spawn")
        try:
            with ProcessPoolExecutor(workers, context, _end_with, (os.getpid(),)) as pool:
                yield pool, workers
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():
                process.kill()
            raise
        return
    from distributed import Client

    try:
        client = Client(scheduler, timeout=10)
    except OSError as error:
        raise BadInput(
            f"expected a Dask scheduler at {scheduler}; it does not answer ({error}). Start one with "
            "`dask scheduler`, and workers with `dask worker ADDRESS --nworkers N --nthreads 1`"
        ) from error
    with client:
        slots = len(client.scheduler_info()["workers"])
        yield client.get_executor(pure=False, retries=ATTEMPTS - 1), slots


def _end_with(parent: int) -> None:
    """Let this worker end when the grader is gone, who alone could write down what it finds."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader's to handle
    threading.Thread(target=watch, daemon=True).start()


def slowest(outcomes: Sequence[Outcome], number: int = 3) -> list[Outcome]:
    """Those that took longest."""
    return sorted(outcomes, key=lambda outcome: -outcome.seconds)[:number]
