"""Walls of its own for each submission that is forked from a process which others are forked from as well.

The order is bubblewrap's: first the namespaces, whose owner may mount; then the mounts; then what the user of the
namespaces may have at most; and last all rights are given up, after which nothing of it can be undone.
"""

import ctypes
import errno
import fcntl
import os
import re
import socket
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

WRITABLE = ("/home/student", "/tmp", "/dev/shm")
"""Where a submission may write; each is a file system of its own."""

# From <linux/sched.h>: user, process, mount, IPC, network, hostname and control group namespaces.
_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000 | 0x40000000 | 0x04000000 | 0x02000000
# From <linux/mount.h>.
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_REMOUNT, _BIND, _ALL_BELOW, _PRIVATE = 32, 4096, 16384, 1 << 18
# From <linux/prctl.h>, <linux/securebits.h> and <linux/capability.h>.
_DUMPABLE, _DROP_BOUNDING, _SECURE_BITS, _NO_NEW_PRIVILEGES, _AMBIENT, _CLEAR_AMBIENT = 4, 24, 28, 38, 47, 4
_ALL_SECURE_BITS = 0b11101111  # root is nobody special, a change of user gives no rights, and this is for good
_CAPABILITIES_3 = 0x20080522
# From <linux/sockios.h> and <linux/if.h>.
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41

_AT_MOST = {
    "max_user_namespaces": 0,
    "max_inotify_instances": 16,
    "max_inotify_watches": 1024,
    "max_fanotify_groups": 0,
}
"""Of these the kernel counts for a user what all submissions have together, unless their namespaces have limits."""

_LIBC = ctypes.CDLL(None, use_errno=True)


def let_be_looked_into(may: bool) -> None:
    """Whether other processes of the same user may read this one's memory and descriptors."""
    _call(_LIBC.prctl, _DUMPABLE, int(may), 0, 0, 0)


def uncover_proc() -> None:
    """Take off what bubblewrap puts over files of /proc where root starts it.

    The kernel lets nobody mount a /proc who does not see all of the one that is there.
    """
    for name in ("sys", "sysrq-trigger", "irq", "bus"):
        try:
            _call(_LIBC.umount2, f"/proc/{name}".encode(), 0)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOENT):  # it is not covered, or not there
                raise


def give_up_rights() -> None:
    """Give up all capabilities and every way to get one again, for this process and those that it starts."""
    _call(_LIBC.prctl, _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _call(_LIBC.prctl, _AMBIENT, _CLEAR_AMBIENT, 0, 0, 0)
    for capability in range(64):
        try:
            _call(_LIBC.prctl, _DROP_BOUNDING, capability, 0, 0, 0)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the kernel has no more of them
                raise
            break
    _call(_LIBC.prctl, _SECURE_BITS, _ALL_SECURE_BITS, 0, 0, 0)
    _call(_LIBC.capset, struct.pack("Ii", _CAPABILITIES_3, 0), bytes(24))


def go_behind(disk: int, files: int) -> None:
    """Go on in a child behind walls of its own: process 1 of new namespaces, with empty places to write and no rights.

    The process that calls this ends; its child returns from here. What lies in the home folder is there again.

    Args:
        disk: how many bytes each of the places to write may hold.
        files: how many files each of them may hold.

    Raises:
        OSError: if the kernel refuses one of the walls.
    """
    user, group, home = os.getuid(), os.getgid(), Path(WRITABLE[0])
    lent = _mounted_below(WRITABLE)
    kept = list(_files_below(home, lent))
    let_be_looked_into(True)  # else the maps of its users are not its own to write
    _call(_LIBC.unshare, _NAMESPACES)
    for name, text in (("uid_map", f"{user} {user} 1"), ("setgroups", "deny"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text)
    if os.fork():
        os._exit(0)
    let_be_looked_into(False)
    os.setsid()
    _mount("none", "/", "", _ALL_BELOW | _PRIVATE)
    handles = {path: os.open(path, os.O_PATH) for path in lent}
    for place in WRITABLE:
        _mount("tmpfs", place, "tmpfs", _NO_SUID | _NO_DEVICES, f"mode=0755,size={disk},nr_inodes={files}")
    for path, content in kept:
        path.mkdir() if content is None else path.write_bytes(content)
    for path, handle in handles.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if os.path.isdir(f"/proc/self/fd/{handle}") else path.touch()
        _mount(f"/proc/self/fd/{handle}", str(path), "", _BIND | _ALL_BELOW)
        os.close(handle)
    # Terminals, without which `!ls` runs nothing; the system has no more than 4096 for all.
    _mount("devpts", "/dev/pts", "devpts", _NO_SUID | _NO_PROGRAMS, "newinstance,ptmxmode=0666,mode=620,max=16")
    _mount("proc", "/proc", "proc", _NO_SUID | _NO_DEVICES | _NO_PROGRAMS)
    for name, number in _AT_MOST.items():
        limit = Path("/proc/sys/user", name)
        if limit.exists():
            limit.write_text(str(number))
    _mount("none", "/proc", "", _REMOUNT | _BIND | _READ_ONLY | _NO_SUID | _NO_DEVICES | _NO_PROGRAMS)
    os.chdir(home)  # the one before lies below this one, and all submissions would have it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))
    give_up_rights()


def _mounted_below(places: Sequence[str]) -> list[Path]:
    """What is lent below some places, such as a Python that is installed in /tmp; of what is nested the uppermost."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    # A space in a path is written as its number.
    points = sorted(re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), line.split()[4]) for line in lines)
    found: list[Path] = []
    for point in map(Path, dict.fromkeys(points)):
        if any(map(point.is_relative_to, places)) and str(point) not in places and not _is_below(point, found):
            found.append(point)
    return found


def _files_below(folder: Path, lent: Sequence[Path]) -> Iterator[tuple[Path, bytes | None]]:
    """Folders, and files with what they hold, but for what is lent."""
    for path in sorted(folder.iterdir()):
        if path in lent or _is_below(path, lent):
            continue
        yield path, path.read_bytes() if path.is_file() else None
        if path.is_dir():
            yield from _files_below(path, lent)


def _is_below(path: Path, others: Sequence[Path]) -> bool:
    return any(map(path.is_relative_to, others))


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    _call(_LIBC.mount, source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())


def _call(function: "ctypes._NamedFuncPointer", *args: object) -> None:
    if function(*args):
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}{args}: {os.strerror(number)}")
