"""Calls functions on what students wrote in a child process with limits of time and memory.

JSON, syntax trees, HTML, Markdown and archives can be made to cost minutes or gigabytes to read. The process that
grades does not read them: it passes a function and its arguments on, and gets the result back or an exception that says
which limit was exceeded. Time is that of the processor, so that a busy machine costs nobody a point.

    allowance = Allowance()  # of one student
    notebook = allowance.call(read_submission, path, release)

A helper process, started once, imports what the functions need and forks a child for each call, which takes a few
milliseconds. The process that grades cannot be forked itself, since it has threads.
"""

import atexit
import contextlib
import gc
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

SECONDS = 1.0
"""How long the processor may work on the text of one student in one step."""
MEMORY = 512 * 2**20
"""How much memory one call may take."""
LARGEST_RESULT = 64 * 2**20
"""How large a result may be, since it enters the memory of the process that asked."""
_PATIENCE = 60
"""How long a call may take by the clock on the wall, in seconds; it may wait for a disk or for a processor."""
_NO_MEMORY = 77
"""The exit code of a child that ran out of memory."""
_LIMITS = (-signal.SIGPROF, -signal.SIGALRM, _NO_MEMORY)
"""How a child ends that exceeds a limit."""


class LimitExceeded(Exception):
    """A call that took too much; the message says of what, as the end of a sentence: "takes more than ..."."""


class Allowance:
    """The processor time that calls on one student's text may use together."""

    def __init__(self, seconds: float = SECONDS):
        self._seconds = seconds
        self._left = seconds

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in a child process.

        Args:
            function: a function of a module, which can be imported by its name.
            args, kwargs: values that can be pickled; paths are absolute.

        Raises:
            LimitExceeded: if it takes more time or memory than there is, or ends its process. Later calls of the same
                allowance are then refused.
            Exception: what the function raised.
        """
        if self._left <= 0:
            raise LimitExceeded(f"takes more than {self._seconds:g} s")
        call = pickle.dumps((function, args, kwargs))
        answer = _HELPER.call(self._left, call)
        if isinstance(answer, _Died) and not answer.of_a_limit:
            answer = _HELPER.call(self._left, call)  # what is wrong may be the machine, which may have had no memory
        if isinstance(answer, _Died):
            self._left = 0.0
            raise LimitExceeded(answer.reason(self._seconds))
        self._left -= answer.seconds
        if answer.error is not None:
            raise answer.error
        return answer.result


def prepare(function: Callable[[], None]) -> None:
    """Let the helper call a function of ours while this process goes on, so that its children find done what it does.

    Args:
        function: one that imports, or fills a cache.
    """
    _HELPER.prepare(function)


class _Answer:
    """What a function returned or raised, and the processor time that it took."""

    def __init__(self, seconds: float, result: Any = None, error: Exception | None = None):
        self.seconds, self.result, self.error = seconds, result, error


class _Died:
    """A child that gave no answer."""

    def __init__(self, code: int):
        self.code = code

    @property
    def of_a_limit(self) -> bool:
        return self.code in _LIMITS

    def reason(self, seconds: float) -> str:
        if self.code in (-signal.SIGPROF, -signal.SIGALRM):
            return f"takes more than {seconds:g} s"
        if self.code == _NO_MEMORY:
            return f"takes more than {MEMORY >> 20} MB of memory"
        return "ends the process that reads it"


class _Helper:
    """This process's side of the helper, which is started when it is needed first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._prepared: list[Callable[[], None]] = []

    def call(self, seconds: float, call: bytes) -> _Answer | _Died:
        with self._lock:
            try:
                connection = self._started()
                connection.send_bytes(pickle.dumps((seconds, call)))
                return pickle.loads(connection.recv_bytes())
            except (EOFError, OSError):
                self._end()
                return _Died(-signal.SIGKILL)

    def prepare(self, function: Callable[[], None]) -> None:
        with self._lock, contextlib.suppress(OSError):
            if function not in self._prepared:
                connection = self._started()
                self._prepared.append(function)
                connection.send_bytes(_preparation(function))

    def _started(self) -> Connection:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._connection is None:
            self._connection, theirs = Pipe()
            path = [place for place in sys.path if place]
            program = f"import sys; sys.path[:] = {path!r}; from autograder.limited import serve; serve()"
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-W", "ignore", "-c", program, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            for function in self._prepared:
                self._connection.send_bytes(_preparation(function))
        return self._connection

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._connection = None

    def close(self) -> None:
        with self._lock:
            self._end()


def _preparation(function: Callable[[], None]) -> bytes:
    return pickle.dumps((None, pickle.dumps((function, (), {}))))


_HELPER = _Helper()
atexit.register(_HELPER.close)


def serve() -> None:
    """Answer calls until the process that asks is gone. This is all that the helper does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Connection(int(sys.argv[1])) as connection:
        while True:
            try:
                seconds, message = pickle.loads(connection.recv_bytes())
                function, args, kwargs = pickle.loads(message)  # imports what it needs, before the clock starts
            except EOFError:
                return
            if seconds is None:
                function()
                continue
            gc.freeze()  # a collection in the child would copy all that the helper has
            child = os.fork()
            if child == 0:
                connection.send_bytes(_answer(seconds, function, args, kwargs))
                os._exit(0)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code in _LIMITS:
                connection.send_bytes(pickle.dumps(_Died(code)))
            elif code:
                return  # it may have died in the middle of its answer


def _answer(seconds: float, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    if sys.platform == "linux":  # elsewhere nothing is graded, and the system does not limit memory
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        memory = _memory_in_use() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (memory if most == resource.RLIM_INFINITY else min(memory, most), most))
    # The signals of these clocks end the process, whatever it is doing.
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        try:
            answer = _Answer(0.0, function(*args, **kwargs))
        except MemoryError:
            raise
        except Exception as error:
            answer = _Answer(0.0, error=_portable(error))
        answer.seconds = time.process_time()
        data = pickle.dumps(answer)
    except MemoryError:
        os._exit(_NO_MEMORY)
    if len(data) > LARGEST_RESULT:
        os._exit(_NO_MEMORY)
    signal.setitimer(signal.ITIMER_PROF, 0.0)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    return data


def _portable(error: Exception) -> Exception:
    """The error itself, if it can be sent to another process."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:  # what pickle stumbles upon in an exception of somebody else's has no common kind
        return RuntimeError(f"{type(error).__name__}: {error}")


def _memory_in_use() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
