"""System calls that a notebook has no use for, refused by the kernel.

Memory made by `memfd_create` or System V's `shmget` belongs to no process while nobody maps it, so that no limit on
processes counts it; `sched_setaffinity` leads to the processors of other submissions; the others open ways into the
kernel or into other processes.
"""

import ctypes
import errno
import platform
import struct

# For each machine the kernel's number of the architecture, and those of memfd_create, memfd_secret, shmget, semget,
# msgget, mq_open, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, userfaultfd, bpf, perf_event_open,
# add_key, request_key, keyctl, sched_setaffinity.
_REFUSED = {
    "x86_64": (0xC000003E, (319, 447, 29, 64, 68, 240, 101, 310, 311, 425, 323, 321, 298, 248, 249, 250, 203)),
    "aarch64": (0xC00000B7, (279, 447, 194, 190, 186, 180, 117, 270, 271, 425, 282, 280, 241, 217, 218, 219, 122)),
}
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE = 0, 4
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


def refuse() -> None:
    """Refuse them from here on, in this process and in those that it starts.

    Raises:
        OSError: if the kernel has no such filters.
    """
    if platform.machine() not in _REFUSED:
        return
    architecture, refused = _REFUSED[platform.machine()]
    tests = [(_AT_LEAST, _X32), *((_EQUAL, number) for number in refused)]
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 0, len(tests) + 2, architecture), (_LOAD, 0, 0, _NUMBER)]
    steps += [(code, len(tests) - n, 0, value) for n, (code, value) in enumerate(tests)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")
