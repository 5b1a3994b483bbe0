"""Control groups of Linux, in which the kernel keeps the limits of a sandbox, where the grader may make some.

That takes a group of version 2 which holds the grader alone and which its user may divide, as systemd delegates it:

    systemd-run --user --scope -p Delegate=yes rnncourse grade UNIT

A group that is divided may hold no process, so the grader moves itself into a part of it, with what it has started:

    rnncourse-PID/        removed when the process with this number ends
        graders/          this process and its workers
        PID-1/, ...       sandboxes of the worker with this number

All parts weigh the same, so that a sandbox has as much of the processors as any other, however many processes it runs.
Where there is no such group, and where anything about it fails, limits are kept by watching alone.

Reference: https://docs.kernel.org/admin-guide/cgroup-v2.html and https://systemd.io/CGROUP_DELEGATION.
"""

import atexit
import contextlib
import errno
import itertools
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from autograder.sandbox.descendants import descendants
from autograder.sandbox.walls import Limits

_CONTROLLERS = ("cpu", "memory", "pids")
_HOME, _GRADERS = "rnncourse-", "graders"
_PATIENCE = 1.0
"""How many seconds the processes of a group have to end before it stays behind."""


class Unavailable(Exception):
    """This process can make no control groups; the message says why."""


class ControlGroup:
    """What the processes of one sandbox may have together."""

    def __init__(self, path: Path, limits: Limits, processes: Iterable[int]):
        """
        Args:
            path: where to make it.
            limits: what they may have.
            processes: those that are put into it, and with them all that they start from now on.

        Raises:
            OSError: if it cannot be made, or entered.
        """
        self._path = path
        path.mkdir()
        settings = {
            "memory.max": limits.memory,
            "memory.swap.max": 0,
            "memory.oom.group": 1,
            # Counts threads. Of both a few more can be made than there may be, so that watching sees which they are.
            "pids.max": limits.processes + limits.threads,
        }
        for name, value in settings.items():
            if (path / name).exists():
                (path / name).write_text(str(value))
        _move(processes, path)

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel has ended its processes, since they used more memory than they may."""
        with contextlib.suppress(OSError):
            words = _words(self._path / "memory.events")
            counts = dict(zip(words[::2], map(int, words[1::2]), strict=True))
            # One that was ended because the whole machine had no memory never reached its own limit.
            return counts["oom"] > 0 and counts["oom_kill"] > 0
        return False

    def remove(self) -> None:
        """Remove it, once its processes have ended."""
        _remove(self._path)


class _Home:
    """The group of this grader, whose parts are the groups of its sandboxes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._made_by = 0
        self._numbers = itertools.count(1)
        self.refused = ""
        """Why there is none; empty if there is one, or if nobody has asked yet."""

    def path(self) -> Path | None:
        """Where it is; it is made, and entered, when it is asked for first."""
        with self._lock:
            if self._path is None and not self.refused:
                try:
                    self._path = self._settle()
                except (Unavailable, OSError) as error:
                    self.refused = _reason(error)
            return self._path

    def new_part(self) -> Path | None:
        """Where the group of the next sandbox can be made."""
        home = self.path()
        return home and home / f"{os.getpid()}-{next(self._numbers)}"

    def close(self) -> None:
        """Remove it, if this process has made it."""
        with self._lock:
            if self._path is not None and self._made_by == os.getpid():
                with contextlib.suppress(OSError):
                    _leave(self._path)
            self._path = None

    def _settle(self) -> Path:
        own = _own_group()
        if own.name == _GRADERS:
            return own.parent
        if "memory" not in _words(own / "cgroup.controllers"):
            raise Unavailable("its control group has no memory controller")
        _remove_those_of_ended_graders(own)
        home = own / f"{_HOME}{os.getpid()}"
        (home / _GRADERS).mkdir(parents=True)
        self._made_by = os.getpid()
        try:
            _move_family(home / _GRADERS)
            _divide(own)
            _divide(home)
        except OSError:
            _leave(home)
            raise
        return home


_home = _Home()
# What is registered later is called earlier, so by then the sandboxes have ended.
atexit.register(_home.close)


def prepare() -> None:
    """Move this process into a group of its own, before it starts workers: these would keep it from dividing theirs."""
    _home.path()


def enclose(processes: Iterable[int], limits: Limits) -> ControlGroup | None:
    """Put the processes of a sandbox into a group; None if there can be none."""
    path = _home.new_part()
    if path is None:
        return None
    try:
        return ControlGroup(path, limits, processes)
    except OSError:
        _remove(path)
        return None


def controllers() -> list[str]:
    """What the kernel keeps of a sandbox, by its own names; empty if limits are kept by watching alone."""
    home = _home.path()
    return _words(home / "cgroup.subtree_control") if home else []


def why_none() -> str:
    """Why there are no groups for sandboxes; empty if there are."""
    return "" if _home.path() else _home.refused


def _own_group() -> Path:
    """The group of version 2 that this process is in.

    Raises:
        Unavailable: if it cannot be found.
    """
    groups = Path("/proc/self/cgroup").read_text().splitlines()
    names = [Path(line.removeprefix("0::")) for line in groups if line.startswith("0::")]
    for name, line in itertools.product(names, Path("/proc/self/mountinfo").read_text().splitlines()):
        mount, _, kind = line.partition(" - ")
        root, point = mount.split()[3:5]
        if kind.startswith("cgroup2 ") and name.is_relative_to(root):
            own = Path(point) / name.relative_to(root)
            if str(os.getpid()) in _words(own / "cgroup.procs"):
                return own
    raise Unavailable("control groups of version 2 are not mounted here")


def _divide(group: Path) -> None:
    """Let the parts of a group have limits of their own."""
    offered = [name for name in _CONTROLLERS if name in _words(group / "cgroup.controllers")]
    (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in offered))


def _unite(group: Path) -> None:
    """Undo what `_divide` did. The kernel refuses it if a part is divided in turn."""
    (group / "cgroup.subtree_control").write_text(" ".join(f"-{name}" for name in _CONTROLLERS))


def _leave(home: Path) -> None:
    """Go back from a group to the one that it is part of, and remove it."""
    _unite(home)
    try:
        _move_family(home.parent)
    except OSError:  # since that one is divided, as is not so of the uppermost group of all
        _unite(home.parent)
        _move_family(home.parent)
    _remove_with_parts(home)


def _move_family(group: Path) -> None:
    """Move this process with all that it has started."""
    for _ in range(2):  # what a process starts just before it is moved is seen the second time
        here = psutil.Process()
        _move([here.pid, *(child.pid for child in descendants(here))], group)


def _move(processes: Iterable[int], group: Path) -> None:
    for number in processes:
        with contextlib.suppress(ProcessLookupError):
            (group / "cgroup.procs").write_text(str(number))


def _remove_those_of_ended_graders(own: Path) -> None:
    for home in own.glob(f"{_HOME}*"):
        number = home.name.removeprefix(_HOME)
        if number.isdigit() and not psutil.pid_exists(int(number)):
            _remove_with_parts(home)


def _remove_with_parts(home: Path) -> None:
    with contextlib.suppress(OSError):  # another grader removes it
        for part in home.iterdir():
            if part.is_dir():
                _remove(part)
    _remove(home)


def _remove(group: Path) -> None:
    """Remove a group whose processes are ending."""
    end = time.monotonic() + _PATIENCE
    while group.exists():
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        if time.monotonic() > end:
            return
        time.sleep(0.01)


def _words(file: Path) -> list[str]:
    return file.read_text().split()


def _reason(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else 0
    if number == errno.EBUSY:
        return "other programs run in its control group"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "this user may not divide its control group"
    return str(error)
