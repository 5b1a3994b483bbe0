"""System calls that a notebook has no use for, refused by the kernel.

Memory made by `memfd_create` or System V's `shmget` belongs to no process while nobody maps it, so that no limit on
processes counts it; `sched_setaffinity` leads to the processors of other submissions; sockets of virtual machines lead
to the host of this machine, past all namespaces; the others open ways into the kernel or into other processes.

libseccomp knows the calls by name on every architecture. Where it is not installed, a table serves for two.
"""

import ctypes
import errno
import platform
import struct

_NAMES = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "sched_setaffinity": (203, 122),
}
"""What is refused, with its numbers on x86_64 and aarch64."""
_ARCHITECTURES = {"x86_64": (0, 0xC000003E, 41), "aarch64": (1, 0xC00000B7, 198)}
"""The place in the table, the kernel's number of the architecture, and that of `socket`."""
_AF_VSOCK = 40
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
# From <seccomp.h>.
_OTHER_ARCHITECTURE, _COMPARE_EQUAL = 2, 4


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("unused", ctypes.c_uint64),
    )


def refuse() -> None:
    """Refuse them from here on, in this process and in those that it starts.

    Raises:
        OSError: if the kernel has no such filters.
    """
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        _refuse_by_number()
    else:
        _refuse_by_name(library)


def _refuse_by_name(library: ctypes.CDLL) -> None:
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_ALLOW))
    is_virtual = _Comparison(0, _COMPARE_EQUAL, _AF_VSOCK, 0)
    place = _ARCHITECTURES.get(platform.machine(), (None,))[0]
    results = [library.seccomp_attr_set(context, _OTHER_ARCHITECTURE, _REFUSE)]
    for name, comparisons in [*((name, ()) for name in _NAMES), ("socket", (is_virtual,))]:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == -1:  # the library is older than the call
            if place is None:
                continue
            number = _NAMES[name][place]
        array = (_Comparison * len(comparisons))(*comparisons)
        results.append(library.seccomp_rule_add_array(context, _REFUSE, number, len(comparisons), array))
    results.append(library.seccomp_load(context))
    library.seccomp_release(context)
    if any(results):
        raise OSError(-min(results), "libseccomp makes no filter of system calls")


def _refuse_by_number() -> None:
    if platform.machine() not in _ARCHITECTURES:
        return
    place, architecture, socket = _ARCHITECTURES[platform.machine()]
    numbers = [numbers[place] for numbers in _NAMES.values()]
    # Each step says how many to skip if its test holds and if it does not; the last two allow and refuse.
    tests = [(_AT_LEAST, _X32), *((_EQUAL, number) for number in numbers)]
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 0, len(tests) + 5, architecture), (_LOAD, 0, 0, _NUMBER)]
    steps += [(code, len(tests) - n + 3, 0, value) for n, (code, value) in enumerate(tests)]
    steps += [(_EQUAL, 0, 2, socket), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_EQUAL, 1, 0, _AF_VSOCK)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")
