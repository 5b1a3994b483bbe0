"""Workers that grade: processes on this machine, or a Dask cluster."""

import atexit
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import util
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Protocol

from autograder.grading import fork_server
from autograder.grading.class_folder import BadInput
from autograder.grading.job import Graded, Job
from autograder.grading.trusted import SANDBOXES, execute
from autograder.sandbox import control_groups
from autograder.sandbox.pool import wheel_name
from autograder.sandbox.starting import FORKED, Loan, borrow, lent, way

SCHEDULER_SECONDS = 10
"""How long a Dask scheduler has to answer, and to have a worker."""


class WorkerPool(Protocol):
    """Workers that turn jobs into verdicts."""

    @property
    def slots(self) -> int:
        """How many submissions they can grade at once."""
        ...

    def submit(self, job: Job, keep_warm: bool) -> Future[Graded]:
        """Grade a submission; `keep_warm` if more are coming, so that workers pre-start sandboxes."""
        ...

    def close(self) -> None:
        """End the workers once they are idle."""
        ...

    def kill(self) -> None:
        """End the workers at once."""
        ...


class LocalPool:
    """Processes on this machine. They start with the first submission, and again with the first one after `close`.

    They are forked from a process of their own, which has imported what all of them need. This one has threads, whose
    locks they would share.
    """

    def __init__(self, processes: int):
        self.slots = processes
        self._pool: ProcessPoolExecutor | None = None
        self._lending = ExitStack()

    def submit(self, job: Job, keep_warm: bool) -> Future[Graded]:
        return self._started(job).submit(execute, job, keep_warm)

    def _started(self, job: Job) -> ProcessPoolExecutor:
        if self._pool is None:
            control_groups.prepare()
            loan = self._lent(job)
            context = fork_server.start()
            shares = context.SimpleQueue()
            for share in processor_shares(self.slots):
                shares.put(share)
            given = dict(os.environ), shares, loan
            self._pool = ProcessPoolExecutor(self.slots, context, _begin, given)
        return self._pool

    def _lent(self, job: Job) -> Loan | None:
        """One process that the sandboxes of all workers are forked from, as long as they grade what this job grades."""
        if not job.sandbox or way() != FORKED:
            return None
        folder = self._lending.enter_context(tempfile.TemporaryDirectory(prefix="rnncourse-wheel-"))
        wheel = Path(folder) / wheel_name(job.student_wheel)
        wheel.write_bytes(job.student_wheel)
        return self._lending.enter_context(lent(wheel, job.imports))

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        self._lending.close()

    def kill(self) -> None:
        for process in multiprocessing.active_children():
            process.kill()
        self.close()


class DaskPool:
    """The workers of a Dask cluster."""

    def __init__(self, scheduler: str):
        """
        Args:
            scheduler: the address of the Dask scheduler.

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
        return sum(self._client.nthreads().values())  # pyright: ignore[reportAttributeAccessIssue]

    def submit(self, job: Job, keep_warm: bool) -> Future[Graded]:
        return self._pool.submit(execute, job, keep_warm)

    def close(self) -> None:
        self._client.close()

    kill = close


@contextmanager
def open_pool(processes: int, scheduler: str | None = None) -> Iterator[WorkerPool]:
    """Open a worker pool that stays warm between calls to `grade`.

    Args:
        processes: how many processes of this machine grade.
        scheduler: the address of a Dask scheduler whose workers grade instead.

    Raises:
        BadInput: if the scheduler does not answer, or has no workers.
    """
    pool: WorkerPool = LocalPool(processes) if scheduler is None else DaskPool(scheduler)
    try:
        yield pool
    except BaseException:
        pool.kill()
        raise
    pool.close()


def processor_shares(workers: int) -> list[set[int]]:
    """The processors of each of some workers' submissions, so that one cannot take those of another.

    Of more workers than processors several have the same one; of one worker alone it is all of them.
    """
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if not processors:
        return [set()] * workers
    return [set(processors[n::workers]) or {processors[n % len(processors)]} for n in range(workers)]


def usable_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(environment: Mapping[str, str], shares: "SimpleQueue[set[int]]", loan: Loan | None) -> None:
    """Take a share of the processors, and end with the grader, which alone can write down what this worker finds.

    Args:
        environment: the grader's; that of the process which this one was forked from may be older.
        shares: of the processors, one for each worker.
        loan: the process that sandboxes are forked from, if the grader has started one.
    """
    os.environ.clear()
    os.environ.update(environment)
    SANDBOXES.processors = shares.get()
    if loan is not None:
        borrow(loan)
    # Before Python 3.13 such a process ends without what it has been told to do at its exit; since then it has
    # forgotten what the one that it was forked from had been told.
    atexit.register(SANDBOXES.close)
    util.Finalize(None, atexit._run_exitfuncs, exitpriority=0)
    grader = multiprocessing.parent_process()
    assert grader is not None

    def watch() -> None:
        grader.join()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader handles it
    threading.Thread(target=watch, daemon=True).start()
