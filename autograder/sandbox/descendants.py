"""The processes that a process has started, and that these have started in turn."""

import contextlib
from pathlib import Path

import psutil

_PROC = Path("/proc")


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """The running processes below one, nearest first.

    Where the kernel tells the children of a process, as nearly all do, nothing else is looked at: psutil goes through
    all processes of the machine, which on a busy one takes a hundred times as long.

    Raises:
        psutil.Error: if the process has ended, or may not be looked at.
    """
    if not (_PROC / "thread-self" / "children").exists():
        return process.children(recursive=True)
    if not process.is_running():
        raise psutil.NoSuchProcess(process.pid)
    found, known = [process], {process.pid}
    for one in found:
        for child in set(_children(one.pid)) - known:
            known.add(child)
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(child))
    return found[1:]


def _children(number: int) -> list[int]:
    """The children of a process; none if it has ended."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in (_PROC / str(number) / "task").iterdir():
            children += map(int, (thread / "children").read_text().split())
    return children
