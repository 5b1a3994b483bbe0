"""Control groups for sandboxes. Oracles: what the kernel says of real processes in real groups, and their clocks.

They need a group that is delegated: systemd-run --user --scope -p Delegate=yes python -m pytest THIS_FILE
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from autograder.grading import doctor
from autograder.sandbox import control_groups, starting
from autograder.sandbox.control_groups import ControlGroup
from autograder.sandbox.session import Ended, Session
from autograder.sandbox.walls import Limits
from tests.conftest import needs_bwrap

MIB = 2**20


@pytest.fixture
def home() -> Path:
    """The group of this process, whose parts are those of sandboxes."""
    if why := control_groups.why_none():
        pytest.skip(f"needs a control group that is delegated: {why}")
    path = control_groups._home.path()
    assert path is not None
    return path


@contextmanager
def enclosed(source: str, limits: Limits) -> Iterator[tuple[subprocess.Popen[str], ControlGroup]]:
    """A process that runs `source` once a line is written to it, and its group."""
    command = [sys.executable, "-c", f"input()\n{source}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        group = control_groups.enclose([process.pid], limits)
        assert group is not None
        try:
            yield process, group
        finally:
            for number in members(group):
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
    group.remove()
    assert not group._path.exists()


def members(group: ControlGroup) -> list[int]:
    return list(map(int, (group._path / "cgroup.procs").read_text().split()))


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def group_of(process: int) -> str:
    lines = Path(f"/proc/{process}/cgroup").read_text().splitlines()
    return next(line.removeprefix("0::") for line in lines if line.startswith("0::"))


def parts(home: Path) -> set[str]:
    return {path.name for path in home.iterdir() if path.is_dir()}


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


# One group


def test_what_is_in_it_and_what_it_may_have(home):
    with enclosed("import os\nos.fork()\ninput()", Limits(memory=100 * MIB)) as (process, group):
        begin(process)
        wait_for(lambda: len(members(group)) == 2)
        assert set(members(group)) == {process.pid, psutil.Process(process.pid).children()[0].pid}
        assert group_of(process.pid) == group_of(os.getpid()).removesuffix("graders") + group._path.name
        settings = {name: (group._path / name).read_text().strip() for name in ("memory.max", "memory.oom.group")}
        assert settings == {"memory.max": str(100 * MIB), "memory.oom.group": "1"}
        assert not group.out_of_memory


EATERS = {
    "memory of two processes": "import os, time\nos.fork()\nx = b'x' * (40 << 20)\ntime.sleep(60)",
    "a file in memory": "open(f'{place}/0', 'wb').write(bytes(80 << 20))",
    "empty files": "for n in range(10**6): open(f'{place}/{n}', 'w').close()",
}


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder whose files lie in memory."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.mark.parametrize("what", EATERS)
def test_of_what_uses_too_much_memory_all_ends_and_nothing_else(home, in_memory, what):
    source, limits = f"place = {str(in_memory)!r}\n{EATERS[what]}", Limits(memory=64 * MIB)
    with enclosed(source, limits) as (eater, group), enclosed("input()", limits) as (other, beside):
        begin(eater)
        assert eater.wait(120) == -signal.SIGKILL
        assert group.out_of_memory
        wait_for(lambda: not members(group))
        assert not beside.out_of_memory
        assert other.poll() is None


FORKS = """
import os, time
n = 1
try:
    while os.fork():
        n += 1
except OSError:
    print(n, flush=True)
time.sleep(60)
"""


def test_processes_are_as_many_as_they_may_be(home):
    if "pids" not in control_groups.controllers():
        pytest.skip("needs the controller of processes")
    with enclosed(FORKS, Limits(processes=8, threads=12)) as (process, _):
        begin(process)
        assert said(process) == "20"


def test_many_busy_processes_have_no_more_of_a_processor_than_one(home):
    if "cpu" not in control_groups.controllers():
        pytest.skip("needs the controller of processors")
    busy = f"import os\nos.sched_setaffinity(0, [{min(os.sched_getaffinity(0))}])\nwhile True: pass"
    forks = "import os\nany(os.fork() == 0 for _ in range(30))\n"
    with enclosed(forks + busy, Limits()) as (many, group), enclosed(busy, Limits()) as (one, _):
        begin(many)
        begin(one)
        wait_for(lambda: len(members(group)) == 31)
        before, start = psutil.Process(one.pid).cpu_times().user, time.monotonic()
        time.sleep(2.0)
        share = (psutil.Process(one.pid).cpu_times().user - before) / (time.monotonic() - start)
    assert share > 0.25, "as one of 32 processes it would have had 0.03"


# Graders

GRADER = """
import os, subprocess, sys, time
from autograder.sandbox import control_groups
from autograder.sandbox.walls import Limits
child = subprocess.Popen(["sleep", "600"])
control_groups.prepare()
sandbox = subprocess.Popen(["sleep", "600"])
group = control_groups.enclose([sandbox.pid], Limits())
print(control_groups.why_none(), flush=True)
input()
child.kill(); sandbox.kill(); child.wait(); sandbox.wait()
"""


@pytest.fixture
def delegated(home: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Another group, for graders of a test."""
    path = home / f"test-{os.getpid()}"
    path.mkdir()
    yield path
    while groups := [folder for folder in path.rglob("*") if folder.is_dir()]:
        max(groups, key=lambda folder: len(folder.parts)).rmdir()
    path.rmdir()


def grader(group: Path, source: str = GRADER) -> subprocess.Popen[str]:
    enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
    command = ["sh", "-c", enter, str(group), sys.executable, "-c", source]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_grader_that_ends_leaves_no_group(delegated):
    with grader(delegated) as process:
        assert said(process) == ""
        assert parts(delegated) == {f"rnncourse-{process.pid}"}
        assert parts(delegated / f"rnncourse-{process.pid}") == {"graders", f"{process.pid}-1"}
        begin(process)
    assert parts(delegated) == set()


def test_what_a_killed_grader_has_left_the_next_one_removes(delegated):
    with grader(delegated) as first:
        assert said(first) == ""
        children = psutil.Process(first.pid).children()
        first.kill()
    for child in children:
        child.kill()
    assert parts(delegated) == {f"rnncourse-{first.pid}"}
    # As in the uppermost group of a container, where the next one begins.
    wait_for(lambda: not psutil.pid_exists(first.pid) and not any(child.is_running() for child in children))
    (delegated / f"rnncourse-{first.pid}" / "cgroup.subtree_control").write_text("-cpu -memory -pids")
    (delegated / "cgroup.subtree_control").write_text("-cpu -memory -pids")
    with grader(delegated) as second:
        assert said(second) == ""
        assert parts(delegated) == {f"rnncourse-{second.pid}"}
        begin(second)


WORKER = "from autograder.sandbox import control_groups as groups; print(groups._home.path(), flush=True)"


def test_a_worker_makes_groups_beside_those_of_its_grader(delegated):
    source = GRADER.replace("input()", f"subprocess.run([sys.executable, '-c', {WORKER!r}])\ninput()")
    with grader(delegated, source) as process:
        assert said(process) == ""
        assert said(process) == str(delegated / f"rnncourse-{process.pid}")
        assert parts(delegated) == {f"rnncourse-{process.pid}"}, "it is still there when the worker has ended"
        begin(process)


def test_beside_other_programs_it_goes_without_and_leaves_no_group(delegated):
    with grader(delegated, "input()") as other, grader(delegated) as process:
        assert said(process) == "other programs run in its control group"
        assert parts(delegated) == set()
        assert group_of(process.pid) == group_of(other.pid)
        begin(process)
        begin(other)


# Sandboxes


@pytest.fixture(scope="module", params=[starting.FORKED, starting.SINGLE])
def pair(request: pytest.FixtureRequest, wheel: Path) -> Iterator[tuple[Session, Session]]:
    """Two submissions on one processor, started in each of the ways."""
    if why := control_groups.why_none():
        pytest.skip(f"needs a control group that is delegated: {why}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(starting.WAY, request.param)
        home = control_groups._home.path()
        assert home is not None
        before = parts(home)
        limits = Limits(memory=900 * MIB, disk=2000 * MIB, cell_seconds=60.0, submission_seconds=900.0)
        with Session(wheel, limits) as one, Session(wheel, limits) as other:
            for session in (one, other):
                session.begin([min(os.sched_getaffinity(0))])
            yield one, other
        assert parts(home) == before


BUSY = """
import subprocess
busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(40)]
"""
SHARE = """
import time
start = time.monotonic(), time.process_time()
while time.monotonic() - start[0] < 2.0: pass
print((time.process_time() - start[1]) / (time.monotonic() - start[0]))
"""


@needs_bwrap
def test_a_neighbour_with_many_processes_leaves_a_submission_its_share(pair):
    many, one = pair
    assert many.run(BUSY).ok
    family = many._zygote.family()
    assert len(family) >= 42
    assert len({group_of(process.pid) for process in [*family, *one._zygote.family()]}) == 2
    share = float(one.run(SHARE).outputs[0]["text"])
    many.restart()
    assert share > 0.25, "as one of 41 processes it would have had 0.02"


@needs_bwrap
def test_files_that_take_too_much_memory_end_one_submission_with_the_reason(pair):
    """They lie in memory, and no process has them."""
    one, other = pair
    with pytest.raises(Ended, match="it used more than 900 MiB of memory"):
        one.run("for n in range(100):\n    open(f'/tmp/{n}', 'wb').write(bytes(30 << 20))")
    assert other.run("1").ok
    one.restart()
    assert one.run("1").ok
    assert group_of(one._zygote.family()[0].pid) != group_of(os.getpid())


# What is said


def test_either_there_are_groups_or_a_reason():
    kept, why = control_groups.controllers(), control_groups.why_none()
    assert bool(kept) != bool(why)
    found = doctor._limits().found
    assert (why in found) if why else all(name in found for name in kept)
