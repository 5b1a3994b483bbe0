"""The first process in a sandbox: it imports what notebooks need, then forks a fresh process whenever asked.

It is process 1 of its own process namespace. Nothing inside can signal it, and when it forks anew it first ends
whatever the last fork has left behind. It also ends the sandbox when there are too many files, whose names and numbers
take memory of the kernel that no size of a file system counts.
"""

import contextlib
import ctypes
import os
import resource
import select
import signal
import socket
import sys

PR_SET_DUMPABLE = 4
WRITABLE = ("/home/student", "/tmp", "/dev/shm")


def main(control_fd: int, memory: int, file_size: int, files: int) -> None:
    control = socket.socket(fileno=control_fd)
    import executor
    import matplotlib.pyplot
    import refusal
    import syscalls
    import torch

    torch.set_num_threads(1)
    shell = executor.make_shell()
    refused = refusal.Refusal()
    matplotlib.pyplot.figure()
    matplotlib.pyplot.close()
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    syscalls.refuse()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Process 1 gets no signal that it does not handle, and Python handles this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control.sendall(b"r")
    child = 0
    while True:
        while not select.select([control], [], [], 0.1)[0]:
            if os.getpid() == 1 and sum(map(_files, WRITABLE)) > files:
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
    executor.main(socket.socket(fileno=descriptors[0]), shell, refused)
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


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
