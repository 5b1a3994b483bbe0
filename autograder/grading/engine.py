"""Grades many submissions at once: workers reach the verdicts, one writer puts them into the gradebook.

A worker gets a `Job` and returns a `Graded`, both plain values, so it may be a process of this machine or a Dask worker
on another. The gradebook is written here and nowhere else, through nbgrader's own autograding. A graded notebook
carries the fingerprint of all that its grade depends on, and is written last: a run that is killed at any moment leaves
either a grade or nothing, and the next run does the rest.

A submission for which time ran out on the wall, and not that of a processor, is graded once more when all others are,
alone: it loses nothing because others were graded beside it. So is one whose sandbox ended with all others.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import require_gradable
from autograder.grading.job import Graded
from autograder.grading.pools import WorkerPool
from autograder.grading.submission import Prepared, UnitGrader, grade_with_nbgrader
from autograder.grading.trusted import UnusableChecks


@dataclass(frozen=True)
class Outcome:
    """How the grading of one submission ended; `failure` says why there is no grade, if so."""

    student: str
    seconds: float = 0.0
    failure: str = ""


def changed(course: ClassFolder, unit: str, students: Sequence[str]) -> list[str]:
    """The students whose grade does not belong to the submission as it is now."""
    return UnitGrader(course, unit).changed(students) if course.trusted else list(students)


def graded_with_other_checks(course: ClassFolder, unit: str, graded: Sequence[str]) -> list[str]:
    """Those of some graded students whose grades come from checks of another version of this package."""
    return UnitGrader(course, unit).graded_with_other_checks(graded) if course.trusted else []


def grade(
    course: ClassFolder, unit: str, students: Sequence[str], pool: WorkerPool, keep_warm: bool = False
) -> Iterator[Outcome]:
    """Grade submissions into the gradebook, in the order in which the workers finish.

    Args:
        course: the class.
        unit: the unit.
        students: whose submissions.
        pool: the workers.
        keep_warm: whether more submissions are coming, so workers should pre-start sandboxes.

    Yields:
        An `Outcome` for each student.

    Raises:
        BadInput: if the gradebook does not have the unit, or its hidden tests cannot judge anybody.
    """
    cells = require_gradable(course, unit)
    if not course.trusted:
        for student in students:
            yield _stock(course, unit, student)
        return
    grader = UnitGrader(course, unit, cells)
    waiting, suspects, disturbed = deque(students), deque[str](), deque[str]()
    again: set[str] = set()
    running: dict[Future[Graded], Prepared] = {}
    while waiting or suspects or disturbed or running:
        # Few are sent ahead, so that a thousand submissions take no more memory than ten.
        queue, room = (suspects, 1) if suspects else (waiting, pool.slots + 2) if waiting else (disturbed, 1)
        broken = False
        while queue and len(running) < room:
            student = queue.popleft()
            try:
                prepared = grader.prepare(student)
                running[pool.submit(prepared.job, keep_warm or len(waiting) >= pool.slots)] = prepared
            except BrokenProcessPool:
                queue.appendleft(student)
                broken = True
                break
            except Exception as error:
                yield Outcome(student, failure=f"{student}: {error}")
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            prepared = running.pop(future)
            student = prepared.job.student
            try:
                graded = future.result()
                if (graded.orphaned or (graded.starved and pool.slots > 1)) and student not in again:
                    again.add(student)
                    disturbed.append(student)
                    continue
                graded.require_whole()
                grader.write(prepared, graded)
                yield Outcome(student, graded.seconds)
            except BrokenProcessPool:
                broken = True
                running[future] = prepared
            except UnusableChecks as error:
                raise BadInput(str(error).replace("UNIT", unit)) from error
            except Exception as error:
                yield Outcome(student, failure=f"{student}: {error}")
        if broken:
            # A worker died while grading one of these; each is tried once more, alone.
            pool.close()
            for prepared in running.values():
                student = prepared.job.student
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
        grade_with_nbgrader(course, unit, student)
    except BadInput as error:
        return Outcome(student, failure=str(error))
    return Outcome(student, time.perf_counter() - start)


def slowest(outcomes: Sequence[Outcome], number: int = 3) -> list[Outcome]:
    """The submissions that took longest."""
    return sorted(outcomes, key=lambda outcome: -outcome.seconds)[:number]
