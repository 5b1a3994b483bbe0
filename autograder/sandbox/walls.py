"""The outer wall: a bubblewrap command line that leaves a process nothing but Python and an empty home."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib

from autograder import PROJECT

GUEST = Path(__file__).parent / "guest"
HOME = "/home/student"
_INSIDE = ("/opt/guest", "/opt/rnncore.whl")
_PARENT_DISK = 16 * 2**20
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives")


class SandboxError(Exception):
    """No sandbox can be had; the message says what to do."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Bytes, and seconds of processor time; by the clock it may be four times as long."""

    cell_seconds: float = 10.0
    call_seconds: float = 5.0
    submission_seconds: float = 300.0
    memory: int = 3 * 2**30
    file_size: int = 64 * 2**20
    disk: int = 256 * 2**20
    files: int = 20_000
    processes: int = 64
    threads: int = 1024
    output: int = 8 * 2**20
    """Of all cells together, as shown in the gradebook and the feedback."""


def find_bwrap() -> str:
    """The path of bubblewrap.

    Raises:
        SandboxError: if it is not installed.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxError(
            "grading needs the sandbox program bwrap, and it is not on the PATH; install it "
            "(Debian, Ubuntu: apt-get install bubblewrap), or pass --no-sandbox to grade without walls"
        )
    return bwrap


def sandbox_command(student_package: Path, imports: Sequence[str], control_fd: int, limits: Limits) -> list[str]:
    """The command that starts the zygote of one submission behind walls.

    Inside there are the Python installation, the guest's files and the student edition of rnncore, all read-only; an
    empty home; no network, no other process, no capability, and none of this package.

    Args:
        student_package: the wheel of the student edition of rnncore.
        imports: modules that the submission imports.
        control_fd: the zygote's end of its control socket.
        limits: what it may use.

    Raises:
        SandboxError: if bubblewrap is not installed.
    """
    # Where the grader is root, so is the student's process outside its namespace: to it /proc/sys would be open.
    own = ["--disable-userns", "--cap-drop", "ALL", "--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
    return [*_walls(student_package, own, limits.disk), *zygote_command(_INSIDE, imports, control_fd, limits)]


def parent_command(student_package: Path, imports: Sequence[str], control_fd: int) -> list[str]:
    """The command that starts the process behind walls from which submissions are forked.

    Its forks put walls around themselves, for which it must be able to make user namespaces; it gives up its rights
    before it does anything else. It has no terminals, which forks would share; each fork gets its own.

    Args:
        student_package: the wheel of the student edition of rnncore.
        imports: modules that the submissions import.
        control_fd: the process's end of its control socket.

    Raises:
        SandboxError: if bubblewrap is not installed.
    """
    own = ["--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP", "--proc", "/proc"]
    own += ["--tmpfs", "/dev", "--dir", "/dev/pts"]
    own += [arg for name, path in _LINKS.items() for arg in ("--symlink", path, f"/dev/{name}")]
    own += [arg for path in map("/dev/{}".format, _DEVICES) for arg in ("--dev-bind", path, path)]
    call = f"parent.main({control_fd}, {list(imports)!r})"
    return [*_walls(student_package, own, _PARENT_DISK), *_guest_command(_INSIDE, call)]


def zygote_command(paths: Sequence[str], imports: Sequence[str], control_fd: int, limits: Limits) -> list[str]:
    """The command that starts the zygote of one submission, wherever the guest's files and the wheel are."""
    numbers = f"{control_fd}, {limits.memory}, {limits.file_size}, {limits.files}"
    return _guest_command(paths, f"zygote.main({numbers}, {list(imports)!r})")


def environment(home: str) -> dict[str, str]:
    """The whole environment of a student's process."""
    return {
        "HOME": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "IPYTHONDIR": f"{home}/.ipython",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "RNNCORE_KERNELS": "rule",
    }


def _walls(student_package: Path, own: Sequence[str], disk: int) -> list[str]:
    visible = dict.fromkeys([*_SYSTEM, sys.base_prefix, sys.prefix])
    mounts = [arg for path in visible if Path(path).exists() for arg in ("--ro-bind", path, path)]
    guest, package = _INSIDE
    return [
        find_bwrap(),
        *("--unshare-all", "--unshare-user", "--as-pid-1", "--die-with-parent"),
        *("--new-session", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--clearenv"),
        *own,
        *("--size", str(disk), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *("--size", str(disk), "--tmpfs", "/tmp", "--size", str(disk), "--tmpfs", HOME),
        *mounts,
        *_masks(),
        *_font_cache(),
        *("--ro-bind", str(GUEST), guest, "--ro-bind", str(student_package), package),
        *("--remount-ro", "/", "--chdir", HOME),
        *(arg for item in environment(HOME).items() for arg in ("--setenv", *item)),
    ]


def _guest_command(paths: Sequence[str], call: str) -> list[str]:
    module = call.partition(".")[0]
    return [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {list(paths)!r}; import {module}; {call}"]


def _masks() -> list[str]:
    """Cover the answers, or a whole checkout of the project, where it lies inside what is mounted; Python stays."""
    roots = [sys.prefix, sys.base_prefix, *_SYSTEM]
    checkout = (PROJECT / "pyproject.toml").exists()  # else it is a folder of installed packages
    answers = [PROJECT] if checkout else [PROJECT / name for name in ("autograder", "rnncore", "solutions")]
    hidden = [path for path in answers if any(path.is_relative_to(root) for root in roots)]
    kept = [path for path in (sys.base_prefix, sys.prefix) if any(map(Path(path).is_relative_to, hidden))]
    binds = [arg for path in kept for arg in ("--ro-bind", path, path)]
    covers = [arg for path in hidden for arg in ("--tmpfs", str(path))]
    return [*covers, *binds, *(arg for path in hidden for arg in ("--remount-ro", str(path)))]


def _font_cache() -> list[str]:
    """Lend matplotlib's list of fonts, which takes seconds to make."""
    lists = sorted(Path(matplotlib.get_cachedir()).glob("fontlist-v*.json"))
    return [arg for path in lists for arg in ("--ro-bind", str(path), f"{HOME}/.matplotlib/{path.name}")]
