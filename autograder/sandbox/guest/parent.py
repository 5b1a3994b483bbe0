"""The process that submissions are forked from: it imports what notebooks need, and never runs a line of theirs.

It is process 1 behind bubblewrap's walls. Each fork goes behind walls of its own and becomes a zygote, which only its
own submission is forked from.
"""

import gc
import os
import re
import signal
import socket
from collections.abc import Collection
from importlib.metadata import MetadataPathFinder
from pathlib import Path

import inner_walls
import numpy as np
import zygote

_MESSAGE = 256


def main(control_fd: int, imports: Collection[str]) -> None:
    """Fork a zygote whenever asked, until the grader closes the connection.

    Args:
        control_fd: a socket on which come the four limits of a submission and the zygote's end of its control socket.
        imports: modules that the submissions import.
    """
    inner_walls.uncover_proc()
    inner_walls.give_up_rights()
    inner_walls.let_be_looked_into(False)
    made = zygote.prepare(imports)
    MetadataPathFinder().invalidate_caches()  # it keeps the wheel open, and forks close all that is open
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy all that is here
    _require_pristine()
    control = socket.socket(fileno=control_fd)
    control.send(b"r")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE, 1)
        if not message:
            return
        try:
            child = os.fork()
        except OSError as error:  # no memory, or no number, is left for it; the others go on
            with socket.socket(fileno=descriptors[0]) as asked:
                asked.sendall(b"x" + repr(error).encode())
            continue
        if child == 0:
            _become_zygote(descriptors[0], made, *map(int, message.split()))
        os.close(descriptors[0])


def _become_zygote(control_fd: int, made: zygote.Made, memory: int, file_size: int, files: int, disk: int) -> None:
    control = socket.socket(fileno=control_fd)
    try:
        _keep_only(control_fd)
        # The zygote counts files and says why it ends; past twice as many the kernel refuses them at once.
        inner_walls.go_behind(disk, 2 * files)
        # Python's generator has done so by itself, and torch's begins with the same everywhere.
        np.random.seed()  # noqa: NPY002
        zygote.serve(control, made, memory, file_size, files)
    except BaseException as error:
        control.sendall(b"x" + repr(error)[:1000].encode())
    finally:
        os._exit(0)


def _keep_only(kept: int) -> None:
    """Close all descriptors but one; the standard ones lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _require_pristine() -> None:
    """Make sure that forks share nothing through which one could reach another, and miss nothing.

    Raises:
        RuntimeError: if there is a second thread, which would hold locks in forks, memory that forks write together, or
            an open file, which forks would find closed.
    """
    threads = len(os.listdir("/proc/self/task"))
    with open("/proc/self/maps") as maps:
        shared = [line for line in maps if re.match(r"\S+ .w.s", line)]
    files = [path for path in map(os.path.realpath, Path("/proc/self/fd").iterdir()) if os.path.isfile(path)]
    if threads > 1 or shared or files:
        raise RuntimeError(
            f"expected one thread, no memory to share and no open file; got {threads} threads, {shared} and {files}"
        )
