"""The first process of a submission: it has imported what notebooks need, and forks a fresh process whenever asked.

It is process 1 of its own process namespace. Nothing inside can signal it, and when it forks anew it first ends
whatever the last fork has left behind. It also ends the submission when there are too many files, whose names and
numbers take memory of the kernel that no size of a file system counts.
"""

import contextlib
import importlib
import os
import resource
import select
import signal
import socket
from collections.abc import Collection
from typing import NamedTuple

import executor
import inner_walls
import matplotlib.pyplot
import syscalls
import torch
from IPython.core.interactiveshell import InteractiveShell
from refusal import Refusal

NEEDED = "array_api_compat.torch", "ipywidgets", "stack_data"
"""Modules that notebooks, `rnncore` and tracebacks import late, and slowly."""


class Made(NamedTuple):
    """What is made before a process forks, since it takes seconds."""

    shell: InteractiveShell
    refusal: Refusal


def prepare(imports: Collection[str]) -> Made:
    """Make what notebooks need.

    Args:
        imports: modules that the notebooks to come import. Where one fails, it will fail in their cells.
    """
    torch.set_num_threads(1)
    made = Made(executor.make_shell(), Refusal())
    for module in NEEDED:
        importlib.import_module(module)
    for module in imports:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    # The first figure and the first traceback take several times as long as others.
    matplotlib.pyplot.subplots()
    matplotlib.pyplot.close()
    try:
        raise NotImplementedError
    except NotImplementedError as error:
        made.shell.InteractiveTB.structured_traceback(NotImplementedError, error, error.__traceback__)
    return made


def main(control_fd: int, memory: int, file_size: int, files: int, imports: Collection[str]) -> None:
    """Begin as a process of this submission alone, behind bubblewrap's walls or none."""
    control = socket.socket(fileno=control_fd)
    made = prepare(imports)
    inner_walls.let_be_looked_into(False)
    serve(control, made, memory, file_size, files)


def serve(control: socket.socket, made: Made, memory: int, file_size: int, files: int) -> None:
    """Fork a fresh process whenever asked, until the grader closes the connection.

    Args:
        control: where the grader asks, and sends each process its end of a socket.
        made: what `prepare` made.
        memory: how many bytes of memory a process may have.
        file_size: how large a file may be.
        files: how many files there may be.
    """
    syscalls.refuse()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Process 1 gets no signal that it does not handle, and Python handles this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control.sendall(b"r")
    child = 0
    while True:
        while not select.select([control], [], [], 0.1)[0]:
            if os.getpid() == 1 and sum(map(_files, inner_walls.WRITABLE)) > files:
                control.sendall(b"f")
                return
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if message == b"e":
            _end_all_but(child)
            control.sendall(b"r")
            continue
        _end(child)
        child = os.fork()
        if child == 0:
            break
        os.close(descriptors[0])
        control.sendall(b"r")
    control.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    _limit(resource.RLIMIT_DATA, memory)
    _limit(resource.RLIMIT_FSIZE, file_size)
    _limit(resource.RLIMIT_NOFILE, 256)
    _limit(resource.RLIMIT_CORE, 0)
    executor.main(socket.socket(fileno=descriptors[0]), *made)
    os._exit(0)


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _files(folder: str) -> int:
    status = os.statvfs(folder)
    return status.f_files - status.f_ffree


def _end(child: int) -> None:
    """End the last fork: in a process namespace of our own everything else, else its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError, ChildProcessError):
        if os.getpid() == 1:
            os.kill(-1, signal.SIGKILL)
            os.wait()  # since SIGCHLD is ignored, until nobody is left
        elif child:
            os.killpg(child, signal.SIGKILL)


def _end_all_but(child: int) -> None:
    """End what the last fork has started."""
    if os.getpid() == 1:
        for process in os.listdir("/proc"):
            if process.isdigit() and int(process) not in (1, child):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), signal.SIGKILL)
