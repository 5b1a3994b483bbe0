"""Whether this machine and a class can grade: each part tried, and what to do where it cannot."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import UnknownUnit, all_units
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import open_gradebook, require_gradable
from autograder.grading.pools import usable_processors
from autograder.grading.release import require_released
from autograder.grading.shared_python import exposed_answers, exposed_class
from autograder.sandbox import control_groups
from autograder.sandbox.session import Session
from autograder.sandbox.starting import why_single
from autograder.sandbox.walls import Limits, SandboxError

GIB = 2**30
CGROUPS = Path("/sys/fs/cgroup")
LEAST_DISK = 2 * GIB
"""What submissions of a class, their graded notebooks and their pages need."""


@dataclass(frozen=True)
class Finding:
    """What was found of one part.

    Attributes:
        part: what was looked at.
        found: what it is like.
        remedy: what to do, if it should be otherwise; else empty.
        hinders: whether grading fails as it is.
        skipped: whether there was nothing to look at.
    """

    part: str
    found: str
    remedy: str = ""
    hinders: bool = True
    skipped: bool = False


def examine(folder: Path) -> Iterator[Finding]:
    """Try what grading needs, one part after the other.

    Args:
        folder: the class folder; if it is none, only the machine is looked at.
    """
    yield _python()
    yield Finding("nbgrader", f"{version('nbgrader')}, JupyterLab {version('jupyterlab')}")
    yield _sandbox()
    yield _memory()
    yield _disk(folder)
    yield _processors()
    yield _limits()
    yield _device()
    yield _answers()
    if (folder / "nbgrader_config.py").is_file():
        yield from _class(folder)
    else:
        place = folder.resolve()
        yield Finding("class", f"not looked at; {place} is no class folder, give one with --class", skipped=True)


def _python() -> Finding:
    found = f"{sys.version.split()[0]} in {sys.prefix}"
    fits = (3, 11) <= sys.version_info < (3, 14)
    return Finding("Python", found, "" if fits else "Install the course with Python 3.11, 3.12 or 3.13")


def _sandbox() -> Finding:
    """Run a cell behind all the walls."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with Session(build_wheel(all_units()[0], Path(folder)), Limits()) as session:
                ran = session.run("import socket, os\nassert os.getuid() == 65534")
        except SandboxError as error:
            return Finding("sandbox", "does not start", str(error))
    if not ran.ok:
        return Finding("sandbox", "runs no cell", f"Report this: {ran.outputs}")
    why = why_single()
    way = f"each is started by itself, which takes longer ({why})" if why else "submissions are forked from one process"
    return Finding("sandbox", f"bubblewrap runs cells behind walls ({shutil.which('bwrap')}); {way}")


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    free, limit = _container_memory(memory.available), Limits().memory
    found = f"{free / GIB:.1f} GiB free; a submission may use {limit / GIB:.0f}, most use less than 1"
    return Finding("memory", found, "" if free >= limit else "Close other programs, or set `memory_mib` lower")


def _container_memory(free: int) -> int:
    """What is free inside the limit of a container or a cluster's job, if there is one."""
    try:
        limit, used = (int((CGROUPS / f"memory.{name}").read_text()) for name in ("max", "current"))
    except (OSError, ValueError):
        return free
    return min(free, limit - used)


def _disk(folder: Path) -> Finding:
    place = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    free = shutil.disk_usage(place).free
    remedy = "" if free >= LEAST_DISK else f"Make room: a class needs about {LEAST_DISK / GIB:.0f} GiB"
    return Finding("disk", f"{free / GIB:.0f} GiB free in {place}", remedy)


def _processors() -> Finding:
    return Finding("processors", f"{usable_processors()}, each grades one submission at a time")


def _limits() -> Finding:
    why = control_groups.why_none()
    if not why:
        kept = ", ".join(control_groups.controllers())
        return Finding("limits", f"kept by the kernel, in a control group for each sandbox ({kept}), and by watching")
    start = "systemd-run --user --scope -p Delegate=yes rnncourse grade UNIT"
    return Finding("limits", f"kept by watching: {why}. Where systemd runs, `{start}` has the kernel keep them, too")


def _device() -> Finding:
    import torch  # which takes a second that no other command has to spend

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU, none is needed"
    return Finding("torch", f"{torch.__version__}; {gpu}")


def _answers() -> Finding:
    open_to_all = list(exposed_answers())
    if open_to_all:
        return Finding("answers", "others on this machine can read them", " ".join(open_to_all), hinders=False)
    return Finding("answers", "others on this machine cannot read them")


def _class(folder: Path) -> Iterator[Finding]:
    try:
        course = ClassFolder(folder)
        with open_gradebook(course) as gradebook:
            units = sorted(assignment.name for assignment in gradebook.assignments)
            students = len(gradebook.students)
    except BadInput as error:
        yield Finding("class", "cannot be used", str(error))
        return
    verdicts = "trusted verdicts" if course.trusted else "nbgrader's own verdicts"
    exposed = " ".join(exposed_class(course.root))
    yield Finding("class", f"{course.root}, {verdicts}, {students} students", exposed, hinders=False)
    kind = course.directory.db_url.partition(":")[0]
    yield Finding("gradebook", f"{kind}, opens; has {', '.join(units) or 'no unit yet'}")
    for unit in units:
        try:
            require_released(course, unit)
            require_gradable(course, unit)
        except (BadInput, UnknownUnit) as error:
            yield Finding(unit, "cannot be graded", str(error))
