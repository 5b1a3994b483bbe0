"""Starts the zygote of a submission: as a fork of one process that has imported what all need, or by itself.

A fork is quick, and the kernel has to grant it walls of its own. Where it does not, each submission gets bubblewrap and
imports of its own. Which way it is shows with the first start of a process; `RNNCOURSE_SANDBOX` can ask for one way.

The workers of a grader ask one parent, which the grader starts for them, each on its end of the same socket. A worker
whose parent has ended, or that needs another one, starts its own.
"""

import atexit
import contextlib
import os
import select
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

import psutil

from autograder.sandbox import control_groups
from autograder.sandbox.descendants import descendants
from autograder.sandbox.walls import (
    GUEST,
    Limits,
    SandboxError,
    environment,
    parent_command,
    sandbox_command,
    zygote_command,
)

START_SECONDS = 60.0
FORKED, SINGLE = "forked", "single"
WAY = "RNNCOURSE_SANDBOX"
_REMEDY = "Expected that bwrap may make user namespaces; --no-sandbox grades without walls"
Command = Callable[[int], list[str]]
"""Makes a command from the number of a socket that its process will have."""


class Zygote:
    """A submission's first process, which others are forked from.

    Attributes:
        control: the socket on which it is asked to fork.
        group: in which the kernel keeps limits of it and all that it starts, if there is one.
    """

    def __init__(
        self,
        control: socket.socket,
        root: psutil.Process,
        above: subprocess.Popen[bytes] | None = None,
        parent: socket.socket | None = None,
    ):
        """
        Args:
            control: the socket on which it is asked to fork.
            root: the zygote, or a process above it that was started for it alone.
            above: the process above it, if there is one.
            parent: the connection to the parent that it was forked from, if it was.
        """
        self.control = control
        self.group: control_groups.ControlGroup | None = None
        self._root = root
        self._above = above
        self._parent = parent

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._above.poll() is None if self._above else self._root.is_running()

    @property
    def orphaned(self) -> bool:
        """Whether the parent that it was forked from has ended, and it with that one."""
        return self._parent is not None and _has_ended(self._parent)

    def family(self) -> list[psutil.Process]:
        """The processes of the submission that run, the zygote first."""
        with contextlib.suppress(psutil.Error):
            own = [] if self._above else [self._root]
            return [*own, *descendants(self._root)]
        return []

    def enclose(self, limits: Limits) -> None:
        """Let the kernel keep limits, where it may be asked to, before there is anything of a student's."""
        processes = {self._root.pid, *(process.pid for process in self.family())}
        self.group = control_groups.enclose(processes, limits)

    def kill(self) -> None:
        """End it and all that it has started."""
        if not self.alive:
            return  # its number may be another's by now
        for process in [*self.family(), self._root]:
            with contextlib.suppress(psutil.Error):
                process.kill()
        with contextlib.suppress(psutil.Error):
            self._above.wait() if self._above else self._root.wait(START_SECONDS)

    def close(self) -> None:
        """End it, and hear no more of it."""
        self.kill()
        self.control.close()
        if self.group:
            self.group.remove()


class Parent:
    """A process behind walls that zygotes are forked from; it never runs a line of a submission."""

    def __init__(self, student_package: Path, imports: tuple[str, ...]):
        """
        Args:
            student_package: the wheel of the student edition of rnncore.
            imports: modules that the submissions import.

        Raises:
            SandboxError: if it does not start, or its forks get no walls.
        """
        self._zygotes: list[Zygote] = []
        self._control, self._process = _launch(lambda fd: parent_command(student_package, imports, fd))
        try:
            self.fork(Limits()).close()
        except SandboxError:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def busy(self) -> bool:
        """Whether one of its zygotes runs."""
        self._zygotes = [zygote for zygote in self._zygotes if zygote.alive]
        return bool(self._zygotes)

    def fork(self, limits: Limits) -> Zygote:
        """Fork a zygote with walls of its own.

        Args:
            limits: what its submission may use.

        Raises:
            SandboxError: if there is none, or the kernel refuses a wall.
        """
        zygote = _fork(self._control, limits)
        self._zygotes = [*filter(lambda other: other.alive, self._zygotes), zygote]
        return zygote

    def close(self) -> None:
        """End it, and with it all zygotes that were forked from it."""
        self._control.close()
        self._process.kill()
        self._process.wait()


class Loan(NamedTuple):
    """A parent that another process has started, which can be sent to a process that is starting.

    Attributes:
        wheel: the name of its wheel.
        imports: the modules that it has imported.
        control: where to ask it for forks.
    """

    wheel: str
    imports: tuple[str, ...]
    control: socket.socket


class _Parents:
    """The parents of this process, one for each wheel and what is imported; and the one that was lent to it, if any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parents: dict[tuple[Path, tuple[str, ...]], Parent] = {}
        self.borrowed: Loan | None = None
        self.refused = ""
        """Why forks cannot have walls of their own here; empty if they can, or if nobody has tried yet."""
        self.have_worked = False
        """Whether forks have had their walls here."""

    def fork(self, student_package: Path, imports: tuple[str, ...], limits: Limits) -> Zygote:
        """Fork a zygote from the parent of this kind, which is started if there is none."""
        kind = student_package, imports
        with self._lock:
            if self.borrowed is not None and self.borrowed[:2] == (student_package.name, imports):
                try:
                    zygote = _fork(self.borrowed.control, limits)
                    self.have_worked = True
                    return zygote
                except SandboxError:
                    if not _has_ended(self.borrowed.control):
                        raise
                    self.borrowed = None  # one of our own will do, or say what is wrong
            parent = self._parent(*kind)
            self.have_worked = True
            try:
                return parent.fork(limits)
            except SandboxError:
                if parent.busy:
                    raise
                # It may just have ended, as on a machine without memory.
                self._parents.pop(kind).close()
                return self._parent(*kind).fork(limits)

    def _parent(self, student_package: Path, imports: tuple[str, ...]) -> Parent:
        kind = student_package, imports
        parent = self._parents.get(kind)
        if parent is None or not parent.alive:
            for other in [other for other, running in self._parents.items() if not (running.alive and running.busy)]:
                self._parents.pop(other).close()
            parent = self._parents[kind] = Parent(*kind)
        return parent

    def close(self) -> None:
        with self._lock:
            while self._parents:
                self._parents.popitem()[1].close()


_PARENTS = _Parents()
# What bubblewrap starts ends with the thread that started it, so this thread lives as long as the process.
_STARTER = ThreadPoolExecutor(1)
atexit.register(_PARENTS.close)


@contextlib.contextmanager
def lent(student_package: Path, imports: tuple[str, ...]) -> Iterator[Loan]:
    """Have a parent for other processes; in the end it is ended, with all zygotes that were forked from it.

    It is not waited for. Where it does not start, they see that it has ended.

    Args:
        student_package: the wheel of the student edition of rnncore.
        imports: modules that the submissions import.

    Raises:
        SandboxError: if bubblewrap is not installed.
    """
    control, process = _begin(lambda fd: parent_command(student_package, imports, fd))
    try:
        yield Loan(student_package.name, imports, control)
    finally:
        control.close()
        process.kill()
        process.wait()


def borrow(loan: Loan) -> None:
    """Let this process fork zygotes from a parent that another one has started."""
    loan.control.settimeout(START_SECONDS)
    _PARENTS.borrowed = loan


def start(student_package: Path, imports: tuple[str, ...], limits: Limits, sandbox: bool, home: str) -> Zygote:
    """Start the zygote of a submission.

    Args:
        student_package: the wheel of the student edition of rnncore.
        imports: modules that the submission imports.
        limits: what the submission may use.
        sandbox: False leaves the walls out.
        home: an empty folder, for a process without walls.

    Raises:
        SandboxError: if it does not start; the message says what to do.
    """
    zygote = _start(student_package, imports, limits, sandbox, home)
    zygote.enclose(limits)
    return zygote


def _start(student_package: Path, imports: tuple[str, ...], limits: Limits, sandbox: bool, home: str) -> Zygote:
    if not sandbox:
        paths = str(GUEST), str(student_package)
        return _single(lambda fd: zygote_command(paths, imports, fd, limits), environment(home), home)
    refused = ""
    if way() == FORKED:
        try:
            return _PARENTS.fork(student_package, imports, limits)
        except SandboxError as error:
            if _PARENTS.have_worked or os.environ.get(WAY):
                raise
            refused = str(error)
    zygote = _single(lambda fd: sandbox_command(student_package, imports, fd, limits))
    _PARENTS.refused = _PARENTS.refused or refused
    return zygote


def way() -> str:
    """How sandboxes are started in this process: "forked" from one that has imported what they need, or "single".

    Raises:
        SandboxError: if the environment asks for another one.
    """
    asked = os.environ.get(WAY, "")
    if asked not in ("", FORKED, SINGLE):
        raise SandboxError(f"expected {FORKED!r} or {SINGLE!r} in the environment variable {WAY}; got {asked!r}")
    return asked or (SINGLE if _PARENTS.refused else FORKED)


def why_single() -> str:
    """Why each sandbox is started by itself; empty if that is not so."""
    if way() == FORKED:
        return ""
    return _PARENTS.refused or f"{WAY} asks for it"


def _fork(control: socket.socket, limits: Limits) -> Zygote:
    """Ask a parent for a fork, and wait until it has its walls."""
    ours, theirs = socket.socketpair()
    ours.settimeout(START_SECONDS)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    numbers = f"{limits.memory} {limits.file_size} {limits.files} {limits.disk}"
    said, ancillary = b"", []
    with contextlib.suppress(OSError), theirs:
        socket.send_fds(control, [numbers.encode()], [theirs.fileno()])
        theirs.close()
        said, ancillary, _, _ = ours.recvmsg(2000, socket.CMSG_SPACE(struct.calcsize("3i")))
    if said == b"r":
        # The kernel says who has sent it.
        pid, _, _ = struct.unpack("3i", ancillary[0][2])
        with contextlib.suppress(psutil.Error):
            return Zygote(ours, psutil.Process(pid), parent=control)
    ours.close()
    reason = said.removeprefix(b"x").decode(errors="replace") or "the process that it is forked from has ended"
    raise SandboxError(f"the sandbox did not start: {reason}. {_REMEDY}")


def _has_ended(parent: socket.socket) -> bool:
    """Whether the process on the other side of a connection has ended, or the connection was closed here."""
    ended = select.poll()
    with contextlib.suppress(ValueError):
        ended.register(parent, 0)
        return bool(ended.poll(0))
    return True


def _single(command: Command, env: Mapping[str, str] | None = None, cwd: str = "/") -> Zygote:
    control, process = _launch(command, env, cwd)
    return Zygote(control, psutil.Process(process.pid), process)


def _launch(
    command: Command, env: Mapping[str, str] | None = None, cwd: str = "/"
) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a process that is given a socket, and wait until it says that it is ready."""
    with tempfile.TemporaryFile() as errors:
        ours, process = _begin(command, errors, env, cwd)
        with contextlib.suppress(OSError):
            if ours.recv(1) == b"r":
                return ours, process
        ours.close()
        process.kill()
        process.wait()
        errors.seek(0)
        said = errors.read().decode(errors="replace").splitlines() or ["it said nothing"]
        raise SandboxError(f"the sandbox did not start: {said[-1][:1000]}. {_REMEDY}")


def _begin(
    command: Command,
    errors: int | IO[bytes] = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    cwd: str = "/",
) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a process that is given a socket."""
    # Messages keep their bounds, and each its descriptor.
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(START_SECONDS)
    with contextlib.ExitStack() as failing, theirs:
        failing.callback(ours.close)
        process = _STARTER.submit(
            subprocess.Popen,
            command(theirs.fileno()),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=env or {},
            cwd=cwd,
            start_new_session=True,
        ).result()
        failing.pop_all()
        return ours, process
