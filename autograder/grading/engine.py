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
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.trusted import Graded, Job, execute

SCHEDULER_SECONDS = 10
"""How long a Dask scheduler has to answer, and to have a worker."""


@dataclass(frozen=True)
class Outcome:
    """How the grading of one submission ended; `failure` says why there is no grade, if so."""

    student: str
    seconds: float = 0.0
    failure: str = ""


def usable_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """Processes of this machine that grade. They start with the first submission."""

    def __init__(self, number: int):
        self.slots = number
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, job: Job, more: bool) -> Future[Graded]:
        if self._pool is None:
            # Forked processes would share this one's threads and locks.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.slots, context, _end_with, (os.getpid(),))
        return self._pool.submit(execute, job, more)

    def close(self) -> None:
        """End them; the next submission starts others."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def kill(self) -> None:
        """End them, whatever they are doing."""
        for process in multiprocessing.active_children():
            process.kill()
        self.close()


class Cluster:
    """The workers of a Dask cluster."""

    def __init__(self, scheduler: str):
        """
        Raises:
            BadInput: if the scheduler does not answer, or has no workers.
        """
        from distributed import Client

        start = "Start them with `dask scheduler`, and `dask worker ADDRESS --nworkers N --nthreads 1` on each machine"
        try:
            self._client = Client(scheduler, timeout=SCHEDULER_SECONDS)
        except OSError as error:
            raise BadInput(
                f"expected a Dask scheduler at {scheduler}; it does not answer ({error}). {start}"
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=SCHEDULER_SECONDS)
        except TimeoutError as error:
            self._client.close()
            raise BadInput(f"expected workers at the Dask scheduler {scheduler}; it has none. {start}") from error
        self._pool = self._client.get_executor(pure=False, retries=1)

    @property
    def slots(self) -> int:
        """How many submissions they can grade at once; workers may come and go."""
        return sum(self._client.nthreads().values())  # pyright: ignore[reportAttributeAccessIssue]

    def submit(self, job: Job, more: bool) -> Future[Graded]:
        return self._pool.submit(execute, job, more)

    def close(self) -> None:
        self._client.close()

    kill = close


@contextmanager
def workers(number: int, scheduler: str | None = None) -> Iterator[Processes | Cluster]:
    """Those who grade, warm from one call of `grade` to the next.

    Args:
        number: how many processes of this machine.
        scheduler: the address of a Dask scheduler, whose workers grade instead.

    Raises:
        BadInput: if the scheduler does not answer, or has no workers.
    """
    those = Processes(number) if scheduler is None else Cluster(scheduler)
    try:
        yield those
    except BaseException:
        those.kill()
        raise
    those.close()


def grade(
    course: ClassFolder,
    unit: str,
    students: Sequence[str],
    those: Processes | Cluster,
    more: bool = False,
) -> Iterator[Outcome]:
    """Grade submissions into the gradebook, as they come out of the workers.

    Args:
        course: the class.
        unit: the unit.
        students: whose submissions.
        those: who grade.
        more: whether others will follow, for which they keep themselves ready.

    Yields:
        An `Outcome` for each student.
    """
    if not course.trusted:
        for student in students:
            yield _stock(course, unit, student)
        return
    waiting, suspects = deque(students), deque[str]()
    running: dict[Future[Graded], tuple[str, Job]] = {}
    while waiting or suspects or running:
        # Few are sent ahead, so that a thousand submissions take no more memory than ten.
        queue, room = (suspects, 1) if suspects else (waiting, those.slots + 2)
        broken = False
        while queue and len(running) < room:
            student = queue.popleft()
            try:
                job = course.job(unit, student)
                running[those.submit(job, more or len(waiting) >= those.slots)] = student, job
            except BrokenProcessPool:
                queue.appendleft(student)
                broken = True
                break
            except Exception as error:
                yield Outcome(student, failure=f"{student}: {error}")
        for future in wait(running, return_when=FIRST_COMPLETED).done:
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
            # A worker died. Whoever it was grading is among these; each is tried once more, with nobody beside.
            those.close()
            for student, _ in running.values():
                if queue is suspects:
                    reason = "the process that graded it died twice; is there memory left?"
                    yield Outcome(student, failure=f"{student}: {reason}")
                else:
                    suspects.append(student)
            running.clear()


def _stock(course: ClassFolder, unit: str, student: str) -> Outcome:
    """Grade as nbgrader does by itself, in the student's own process."""
    start = time.perf_counter()
    try:
        course.grade(unit, student)
    except BadInput as error:
        return Outcome(student, failure=str(error))
    return Outcome(student, time.perf_counter() - start)


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
