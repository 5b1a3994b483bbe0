"""Given functions answer in a process of their own, with limits of time and memory.

A student's function may be handed functions of the trusted side, such as the reference of an earlier exercise. What it
asks them comes from a submission, so it is worked out neither in the grader's process nor in the sandbox: there the
functions themselves could be read.
"""

import atexit
import contextlib
import functools
import inspect
import math
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import cloudpickle
import numpy as np
import psutil

from autograder.sandbox.guest import wire
from autograder.sandbox.shapes import require_shapes

SECONDS = 2
"""Processor time for all answers of one call."""
MEMORY = 128 * 2**20
MAX_ANSWER = 2 * 2**20
MAX_SIZE = 1_000
MAX_AXES = 4
MAX_NUMBERS = 10_000
"""What a given function may be asked at most, whatever its signature says."""

MAX_QUESTIONS = 5_000
PATIENCE = 300.0
"""Seconds on the wall; the grader's own clock ends what takes too long before."""

Frame = tuple[Any, list[bytes]]
"""A form of the wire and its buffers."""
Functions = Mapping[int, Callable[..., Any]]


class NoAnswer(Exception):
    """A given function was asked for too much; the message says what."""


class Answering:
    """The process in which given functions answer: one for all sandboxes of this process, started when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: tuple[subprocess.Popen[bytes], socket.socket] | None = None
        atexit.register(self.close)

    def converse(
        self, sandbox: socket.socket, functions: Functions, receive: Callable[[socket.socket], Frame]
    ) -> Frame:
        """Let functions answer the questions that come from a sandbox.

        One that belongs to no module, as a test that an instructor wrote may define it, and an object that can be
        called answer in this process, where they can note down what they are asked.

        Args:
            sandbox: the connection to the student's process.
            functions: the functions, by the numbers that they have on the wire.
            receive: waits for a frame, as long as may be.

        Returns:
            The first frame that is no question.

        Raises:
            NoAnswer: if they are asked for too much.
            WireError: as `receive` does.
        """
        if any(map(_may_take_notes, functions.values())):
            return _converse(sandbox, functions, receive)
        with self._lock:
            try:
                form, buffers = receive(self._told(sandbox, functions))
            except wire.Closed as error:
                self.close()
                raise NoAnswer(
                    f"asked a given function for what takes more than {SECONDS} s or {MEMORY >> 20} MiB"
                ) from error
            except BaseException:
                self.close()  # it still listens to this sandbox
                raise
        if "frame" in form:
            return form["frame"], buffers
        raise wire.Closed(form["closed"]) if "closed" in form else NoAnswer(form["error"])

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            process, sock = self._running
            self._running = None
            sock.close()
            process.kill()
            process.wait()

    def _told(self, sandbox: socket.socket, functions: Functions) -> socket.socket:
        """Hand functions and a sandbox over to the process, which is started if it does not run."""
        if self._running is None:
            self._running = _started()
        rooms = sys.modules.get("autograder.exercises")
        if rooms is not None:  # else the process would import the checks, and torch with them
            cloudpickle.register_pickle_by_value(rooms)
        sock = self._running[1]
        with contextlib.suppress(OSError):  # if it has ended, nothing comes back either
            socket.send_fds(sock, [b"s"], [sandbox.fileno()])
            wire.send(sock, None, [cloudpickle.dumps(dict(functions))])
        return sock


def _started() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        start = f"from autograder.sandbox.answering import main; main({theirs.fileno()})"
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", start],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
    return process, ours


def main(fd: int) -> None:
    """Answer until the other side closes the connection."""
    grader = socket.socket(fileno=fd)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        message, descriptors, _, _ = socket.recv_fds(grader, 1, 1)
        if not message:
            return
        _, buffers = wire.receive(grader)
        # Each call has limits of its own, which the kernel keeps. What the functions import is not counted.
        _limit(resource.RLIMIT_DATA, resource.RLIM_INFINITY)
        _limit(resource.RLIMIT_CPU, resource.RLIM_INFINITY)
        functions = cloudpickle.loads(buffers[0])
        _limit(resource.RLIMIT_DATA, psutil.Process().memory_info().data + MEMORY)
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + SECONDS)
        with socket.socket(fileno=descriptors[0]) as sandbox:
            sandbox.settimeout(PATIENCE)
            try:
                form, buffers = _converse(sandbox, functions, wire.receive)
                wire.send(grader, {"frame": form}, buffers)
            except NoAnswer as error:
                wire.send(grader, {"error": str(error)})
            except wire.WireError as error:
                wire.send(grader, {"closed": str(error)})


def _may_take_notes(function: Callable[..., Any]) -> bool:
    is_plain = inspect.isroutine(function) or isinstance(function, functools.partial)
    return not is_plain or getattr(function, "__module__", None) is None


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    finite = [limit for limit in (value, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(what, (min(finite, default=resource.RLIM_INFINITY), hard))


def _converse(sandbox: socket.socket, functions: Functions, receive: Callable[[socket.socket], Frame]) -> Frame:
    """Let functions of this process answer; return the first frame that is no question."""
    held = {number: _holding_shapes(function) for number, function in functions.items()}
    for _ in range(MAX_QUESTIONS):
        form, buffers = receive(sandbox)
        if not _is_question(form):
            return form, buffers
        sandbox.settimeout(PATIENCE)
        wire.send(sandbox, *_frame(answer_to((form, buffers), held), held))
    raise NoAnswer(f"asked for more than {MAX_QUESTIONS} steps")


def _is_question(form: Any) -> bool:
    """Whether a frame asks a given function, in a look that decodes nothing."""
    pairs = form.get("v") if isinstance(form, dict) else None
    return isinstance(pairs, list) and any(isinstance(pair, list) and pair[:1] == ["callback"] for pair in pairs)


def answer_to(question: Frame, functions: Functions) -> dict[str, Any]:
    """Let one of some functions answer; whatever is wrong with a question is the caller's to see."""
    try:
        reply = wire.Decoder(question[1]).decode(question[0])
    except wire.WireError as error:
        return {"error": str(error)}
    number, args, kwargs = (reply.get(key) for key in ("callback", "args", "kwargs"))
    function = functions.get(number) if isinstance(number, int) else None
    if function is None or not isinstance(args, tuple) or not isinstance(kwargs, dict):
        return {"error": "there is no such function"}
    if _numbers((args, kwargs)) > MAX_NUMBERS:
        return {"error": f"this function takes sizes up to {MAX_SIZE} and {MAX_NUMBERS} numbers in all here"}
    given = [functions.get(arg.id, arg) if isinstance(arg, wire.Callback) else arg for arg in args]
    before = {place: arg.copy() for place, arg in enumerate(args) if isinstance(arg, np.ndarray)}
    try:
        result = function(*given, **kwargs)
        changed = {place: args[place] for place, arg in before.items() if arg.tobytes() != args[place].tobytes()}
        return {"result": result} | ({"changed": changed} if changed else {})
    except MemoryError:
        return {"error": f"this function has {MEMORY >> 20} MiB here, and what you ask takes more"}
    except Exception as error:
        # Inside it is raised as a ValueError, which says its own name.
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return {"error": said[:500]}


def _holding_shapes(function: Callable[..., Any]) -> Callable[..., Any]:
    def held(*args: Any, **kwargs: Any) -> Any:
        require_shapes(function, args, kwargs)
        return function(*args, **kwargs)

    return held


def _frame(answer: dict[str, Any], functions: Functions) -> Frame:
    """The form and buffers of an answer, in which functions that were given may stand."""
    numbers = {function: number for number, function in functions.items()}
    encoder = wire.Encoder(numbers.get)
    form = encoder.encode(answer)
    if sum(map(len, encoder.buffers)) > MAX_ANSWER:
        return {"t": "dict", "v": [["error", "the answer to this question is too large"]]}, []
    return form, encoder.buffers


def _numbers(value: Any) -> float:
    """How many numbers, letters and other parts a question has; infinitely many if one of its sizes is too large."""
    if isinstance(value, np.ndarray):
        greatest = np.max(np.abs(value.astype(float)), initial=0.0) if value.dtype.kind in "iu" else 0.0
        fits = value.ndim <= MAX_AXES and max(*value.shape, greatest, 0) <= MAX_SIZE
        return value.size if fits else math.inf
    if isinstance(value, int):
        return 1 if abs(value) <= MAX_SIZE else math.inf
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple | dict):
        parts = value.values() if isinstance(value, dict) else value
        return len(value) + sum(map(_numbers, parts)) if len(value) <= MAX_SIZE else math.inf
    return 1
