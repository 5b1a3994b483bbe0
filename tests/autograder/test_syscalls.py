"""Which system calls are refused inside the sandbox. Oracle: what the kernel answers in a process of its own, by the
calls of the C library and by numbers of <asm/unistd.h>; each way of saying it to the kernel has to refuse the same."""

import json
import platform
import subprocess
import sys
from ctypes.util import find_library

import pytest

from autograder.sandbox.walls import GUEST

ASK = """
import ctypes, errno, json, os, socket
libc = ctypes.CDLL(None, use_errno=True)
import syscalls
LIBRARY = "libseccomp.so.2"
{how}
def said(call, *args):
    ctypes.set_errno(0)
    return errno.errorcode.get(ctypes.get_errno(), "") if call(*args) == -1 else "done"
def tried(call, *args):
    try:
        call(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
print(json.dumps({{
    "memfd": tried(os.memfd_create, "x"),
    "affinity": tried(os.sched_setaffinity, 0, os.sched_getaffinity(0)),
    "vsock": tried(socket.socket, 40, socket.SOCK_STREAM),
    "unix": tried(socket.socket, socket.AF_UNIX),
    "inet": tried(socket.socket, socket.AF_INET),
    "shmget": said(libc.shmget, 0, 4096, 0o1600),
    "msgget": said(libc.msgget, 0, 0o1600),
    "semget": said(libc.semget, 0, 1, 0o1600),
    "io_uring_setup": said(libc.syscall, 425, 1, 0),
    "io_uring_enter": said(libc.syscall, 426, -1, 0, 0, 0, 0),
    "io_uring_register": said(libc.syscall, 427, -1, 0, 0, 0),
    "keyctl": said(libc.syscall, {keyctl}, 0, -3, 0),
    "getpid": said(libc.syscall, {getpid}),
    "x32": said(libc.syscall, {x32}),
}}))
"""
NUMBERS = {"x86_64": {"keyctl": 250, "getpid": 39, "x32": 0x40000000 | 39}, "aarch64": {"keyctl": 219, "getpid": 172}}
FREE = ("unix", "inet", "getpid")


@pytest.mark.skipif(
    platform.machine() not in NUMBERS or sys.platform != "linux", reason="needs numbers of this machine"
)
@pytest.mark.parametrize("how", ["syscalls._refuse_by_name(ctypes.CDLL(LIBRARY))", "syscalls._refuse_by_number()"])
def test_calls_are_refused_by_name_and_by_number(how):
    if "LIBRARY" in how and find_library("seccomp") is None:
        pytest.skip("needs libseccomp")
    numbers = {"x32": 10**6, **NUMBERS[platform.machine()]}
    source = ASK.format(how=how, **numbers)
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(GUEST)!r})\n{source}"],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert {name: said.pop(name) for name in FREE} == dict.fromkeys(FREE, "done")
    if platform.machine() != "x86_64":
        said.pop("x32")
    assert said == dict.fromkeys(said, "EPERM")
