"""The trusted side's hold on one student's process."""

import contextlib
import itertools
import os
import re
import select
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from autograder.sandbox.answering import Answering, Frame, NoAnswer
from autograder.sandbox.guest import wire
from autograder.sandbox.starting import Zygote, start
from autograder.sandbox.walls import Limits, SandboxError

_ANSWERING = Answering()
_HELD = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)


class Ended(Exception):
    """The student's process is gone, or had to be ended; the message says why. `restart` brings a fresh one."""


class StudentError(Exception):
    """The student's function raised an exception."""


@dataclass(frozen=True)
class CellRun:
    """What a cell did: its outputs in the notebook format, and whether it ran to its end."""

    outputs: list[dict[str, Any]]
    ok: bool


@dataclass(frozen=True)
class CallResult:
    """What a call gave: the result as plain values, and which arguments it changed in place."""

    result: Any
    mutated: tuple[str, ...]


class Session:
    """One sandbox for one submission: runs cells, calls functions, and ends what does not end by itself."""

    def __init__(self, student_package: Path, limits: Limits, sandbox: bool = True, imports: tuple[str, ...] = ()):
        """Start the sandbox and its first student process.

        Args:
            student_package: the wheel of the student edition of rnncore.
            limits: what the submission may use.
            sandbox: False leaves the walls out, for machines that cannot have them.
            imports: modules that are imported before there is anything of the submission.

        Raises:
            SandboxError: if it does not start; the message says what to do.
        """
        self.limits = limits
        self._student_package = student_package
        self._sandbox = sandbox
        self._imports = imports
        self._processors: Collection[int] = ()
        self._alone = False
        self.begin()
        self._home = tempfile.TemporaryDirectory(prefix="rnncourse-")
        self._sock: socket.socket | None = None
        try:
            self._start()
            self.restart()
        except SandboxError:
            self._home.cleanup()
            raise

    def begin(self, processors: Collection[int] = ()) -> None:
        """Count the submission's time from now on; a session may have been started ahead of its submission.

        Args:
            processors: those that the submission may use, which it cannot change; empty for all.
        """
        self._deadline = time.monotonic() + self.limits.submission_seconds
        self.starved = False
        """Whether it has lost something because time on the wall ran out, where it may not have had a processor."""
        self.orphaned = False
        """Whether it has lost something because the process ended that all submissions are forked from."""
        if processors:
            self._processors = processors
            self._keep_to_processors()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether the sandbox still runs."""
        return self._zygote.alive

    @property
    def seconds_left(self) -> float:
        """What is left of the submission's time."""
        return self._deadline - time.monotonic()

    def restart(self) -> None:
        """End the student's process, with all that it started, and fork a fresh one."""
        self._drop()
        if not self._fork():
            self._zygote.close()
            self._start()
            if not self._fork():
                raise SandboxError("the sandbox started, but gave no process; try again")

    def close(self) -> None:
        """End everything."""
        self._drop()
        self._zygote.close()
        self._home.cleanup()

    def run(self, source: str, figures: bool = True) -> CellRun:
        """Run a cell.

        Args:
            source: the cell's code.
            figures: whether the figures that it makes are drawn, which takes longer than most cells.

        Raises:
            Ended: if the process did not survive it, or took longer than a cell may.
        """
        self._alone = False
        reply = self._ask({"op": "run", "source": source, "figures": figures}, self.limits.cell_seconds, "the cell", {})
        try:
            return CellRun(list(map(_plain_output, reply["outputs"])), reply["ok"] is True)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._end("the process sent something that is no answer") from error

    def call(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        substitutes: Mapping[str, Callable[..., Any]],
        torch: str = "all",
    ) -> CallResult:
        """Call a function of the student's notebook. Functions among the arguments are called back here.

        Args:
            name: the function's name in the notebook.
            args: positional arguments, plain values and functions.
            kwargs: keyword arguments.
            substitutes: functions to put in the place of the student's own for the time of the call.
            torch: how much of torch the function may use: "all", "no layers" or "none". Unless it is all, what other
                processes the notebook has started are ended, since they might do what is refused to this one.

        Raises:
            Ended: if the process did not survive it, or took longer than a call may.
            NotImplementedError: if that is what the function raised, as a stub does.
            StudentError: if the function raised anything else.
        """
        callbacks: dict[int, Callable[..., Any]] = {}
        request = {
            "op": "call",
            "name": name,
            "args": args,
            "kwargs": dict(kwargs),
            "substitutes": dict(substitutes),
            "torch": torch,
        }
        was_alone, self._alone = self._alone, torch != "all"
        if self._alone and not was_alone and self._sock is not None:
            with contextlib.suppress(OSError):
                self._zygote.control.sendall(b"e")
                self._ready()
        reply = self._ask(request, self.limits.call_seconds, f"the call of {name}", callbacks)
        if "error" in reply:
            raise _student_error(reply)
        return CallResult(reply.get("result"), tuple(_changed((args, dict(kwargs)), reply.get("given"))))

    def _ask(self, request: Any, seconds: float, what: str, callbacks: dict[int, Callable[..., Any]]) -> dict[Any, Any]:
        if self._sock is None:
            raise Ended(self._ended_because or "the process is gone")
        if self.seconds_left <= 0:
            self.starved = True
            raise self._end(f"the submission has used up its {self.limits.submission_seconds:g} s")
        if not self._watched:  # so far nothing of the student's runs
            self._watched = True
            threading.Thread(target=self._watch, args=(self._zygote,), daemon=True).start()
        clock = _Clock(self._zygote, seconds, self.seconds_left)

        def number(function: Callable[..., Any]) -> int:
            callbacks[len(callbacks)] = function
            return len(callbacks) - 1

        def receive(sock: socket.socket) -> Frame:
            clock.wait(sock)
            return wire.receive(sock, clock.deadline)

        try:
            self._sock.settimeout(5.0)
            encoder = wire.Encoder(number)
            form = encoder.encode(request)
            wire.send(self._sock, form, encoder.buffers)
            form, buffers = _ANSWERING.converse(self._sock, callbacks, receive) if callbacks else receive(self._sock)
            reply = wire.Decoder(buffers).decode(form)
            if not isinstance(reply, dict):
                raise wire.WireError("a reply has no known form")
            return reply
        except NoAnswer as error:
            raise self._end(f"{what} {error}") from error
        except wire.TimedOut as error:
            self.starved = self.starved or not clock.spent
            raise self._end(f"{what} took longer than {seconds:g} s") from error
        except wire.Closed as error:
            self.orphaned = self.orphaned or self._zygote.orphaned
            raise self._end(self._why_it_ended() or f"{what} ended the process") from error
        except wire.WireError as error:
            raise self._end(f"{what} gave an answer that cannot be read: {error}") from error

    def _end(self, reason: str) -> Ended:
        self._drop()
        return Ended(reason)

    def _drop(self) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def _start(self) -> None:
        """Start the zygote, and wait until it can fork."""
        self._ended_because = ""
        self._zygote = start(self._student_package, self._imports, self.limits, self._sandbox, self._home.name)
        self._keep_to_processors()
        self._watched = False

    def _keep_to_processors(self) -> None:
        """Give the sandbox its processors, of which all processes that it starts from now on have no others."""
        with contextlib.suppress(psutil.Error, OSError):
            for process in self._zygote.family() if self._processors else []:
                for thread in process.threads():
                    os.sched_setaffinity(thread.id, self._processors)

    def _fork(self) -> bool:
        """Ask the sandbox for a fresh process; False if the sandbox is gone."""
        ours, theirs = socket.socketpair()
        with theirs, contextlib.suppress(OSError):
            socket.send_fds(self._zygote.control, [b"f"], [theirs.fileno()])
            if self._ready():
                self._sock = ours
                return True
        ours.close()
        return False

    def _ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self._zygote.control.recv(1) == b"r"
        return False

    def _why_it_ended(self) -> str:
        """Why the sandbox was ended, and not by what ran in it; empty if it was not."""
        with contextlib.suppress(OSError, ValueError):
            if select.select([self._zygote.control], [], [], 0)[0] and self._zygote.control.recv(1) == b"f":
                self._ended_because = f"it made more than {self.limits.files} files"
        if self._zygote.group and self._zygote.group.out_of_memory:
            self._ended_because = self._too_much_memory
        return self._ended_because

    @property
    def _too_much_memory(self) -> str:
        return f"it used more than {self.limits.memory >> 20} MiB of memory"

    def _watch(self, zygote: Zygote) -> None:
        """Hold the submission's processes to their limits. What cannot be watched is ended, and not left alone."""
        try:
            self._hold_to_limits(zygote)
        except BaseException:
            self._ended_because = "its processes could not be watched"
            zygote.kill()
            raise

    def _hold_to_limits(self, zygote: Zygote) -> None:
        """End the submission's processes when together they use more memory, or are more, than they may."""
        while zygote.alive:
            family = zygote.family()
            if sum(map(_memory, family)) > self.limits.memory:
                self._ended_because = self._too_much_memory
            elif len(family) > self.limits.processes:
                self._ended_because = f"it started more than {self.limits.processes} processes"
            elif sum(map(_threads, family)) > self.limits.threads:
                self._ended_because = f"it started more than {self.limits.threads} threads"
            if self._ended_because:
                zygote.kill()
                return
            if self._alone and self._sandbox:
                for process in sorted(family, key=psutil.Process.create_time)[2:]:  # behind zygote and student
                    with contextlib.suppress(psutil.Error):
                        process.kill()
            time.sleep(0.1)


class _Clock:
    """Gives an answer its time: seconds of a processor, so that a busy machine does not cost points, within limits."""

    PATIENCE = 4
    """How many times its seconds an answer may take by the clock on the wall."""

    def __init__(self, zygote: Zygote, seconds: float, most: float):
        self._zygote = zygote
        self._seconds = seconds
        self._start = time.monotonic()
        self._used_before: float | None = None
        self.spent = False
        """Whether its seconds of a processor are used up, and not only those on the wall."""
        self.deadline = self._start + min(self.PATIENCE * seconds, most)

    def wait(self, sock: socket.socket) -> None:
        """Wait until there is something to read.

        Raises:
            TimedOut: if there is nothing in time.
        """
        while not select.select([sock], [], [], 0.2)[0]:
            # The first look comes late, so that quick answers need none.
            used = self._used()
            if self._used_before is None:
                self._used_before = used
            elapsed = time.monotonic() - self._start
            self.spent = elapsed > self._seconds and used - self._used_before > 0.8 * self._seconds
            if self.spent or time.monotonic() > self.deadline:
                raise wire.TimedOut("no answer in time")

    def _used(self) -> float:
        """Seconds of processor time that the sandbox's processes have had."""
        used = 0.0
        for process in self._zygote.family():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                used += times.user + times.system
        return used


def _changed(given: Any, came_back: Any, path: str = "") -> Iterator[str]:
    """Where arguments are no longer what they were, by the names and numbers that lead there."""
    if callable(given):
        return
    if isinstance(given, np.ndarray):
        if not (isinstance(came_back, np.ndarray) and came_back.dtype == given.dtype and _equal(given, came_back)):
            yield path
    elif isinstance(given, list | tuple | dict):
        if type(came_back) is not type(given) or len(came_back) != len(given):
            yield path
            return
        fields = getattr(given, "_fields", range(len(given)))
        parts = given.items() if isinstance(given, dict) else zip(fields, given, strict=True)
        for place, (name, part) in enumerate(parts):
            other = came_back.get(name) if isinstance(came_back, dict) else came_back[place]
            yield from _changed(part, other, f"{path}.{name}")
    elif given != came_back and given == given:
        yield path


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    same_bytes = one.shape == other.shape and one.tobytes() == other.tobytes()
    return same_bytes or np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")


def _student_error(reply: dict[Any, Any]) -> Exception:
    kind, message = _printable(reply["error"])[:80], _printable(reply.get("message", ""))[:500]
    if kind == "NotImplementedError":
        return NotImplementedError(message)
    if kind == "NotAllowed":
        return StudentError(message)
    return StudentError(f"{kind if kind.isidentifier() else 'an exception'}: {message}")


def _printable(value: Any) -> str:
    """Text for a terminal: an escape code could rewrite what stands there."""
    return "".join(c if c.isprintable() else " " for c in str(value)[:1000])


def _threads(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return process.num_threads()
    return 0


def _memory(process: psutil.Process) -> int:
    """The bytes that a process holds itself, without those of files (torch's libraries for CUDA have gigabytes).

    Once its first thread has ended, only the others say it.
    """
    own = Path(f"/proc/{process.pid}")
    with contextlib.suppress(OSError):  # it has ended while it was looked at
        for place in itertools.chain((own,), own.glob("task/*")):
            with contextlib.suppress(OSError):
                if held := _HELD.findall((place / "status").read_text()):
                    return sum(int(kilobytes) << 10 for kilobytes in held)
    return 0


def _plain_output(output: dict[str, Any]) -> dict[str, Any]:
    """Keep of an output what the notebook format knows."""
    match output["output_type"]:
        case "stream":
            name = "stderr" if output["name"] == "stderr" else "stdout"
            return {"output_type": "stream", "name": name, "text": str(output["text"])}
        case "error":
            return {
                "output_type": "error",
                "ename": str(output["ename"]),
                "evalue": str(output["evalue"]),
                "traceback": [str(line) for line in output["traceback"]],
            }
        case "display_data" | "execute_result":
            # A result of the student's is shown, never taken for a score: only display_data is passed on.
            data = {str(mime): str(value) for mime, value in output["data"].items()}
            return {"output_type": "display_data", "data": data, "metadata": {}}
    raise ValueError("an output has no known type")
