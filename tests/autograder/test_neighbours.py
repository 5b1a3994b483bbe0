"""What submissions that are forked from one process can reach of it and of each other. Oracles: what the kernel says
inside one submission while another one runs, and to a later one; the host's table of processes."""

import json
import os
import signal
import socket
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.grading import fork_server
from autograder.sandbox import starting, walls
from autograder.sandbox.session import Ended, Session
from autograder.sandbox.walls import Limits, SandboxError
from tests.conftest import needs_bwrap

pytestmark = needs_bwrap


def inside(session: Session, source: str) -> Any:
    """What a cell prints last, as JSON."""
    run = session.run("import json, os, socket\n" + textwrap.dedent(source))
    text = "".join(o.get("text", "") or str(o.get("evalue", "")) for o in run.outputs)
    assert run.ok, text
    return json.loads(text.strip().splitlines()[-1])


def value(session: Session, expression: str) -> Any:
    return inside(session, f"print(json.dumps({expression}))")


@pytest.fixture(scope="module", params=[starting.FORKED, starting.SINGLE])
def pair(request: pytest.FixtureRequest, wheel: Path) -> Iterator[tuple[Session, Session]]:
    """Two submissions that run at once, started in each of the ways."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNCOURSE_SANDBOX", request.param)
        with Session(wheel, Limits(submission_seconds=900.0)) as one, Session(wheel, Limits()) as other:
            yield one, other


@pytest.fixture
def forked(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel, for which sessions are forked."""
    monkeypatch.setenv("RNNCOURSE_SANDBOX", starting.FORKED)
    return wheel


def parent_of(wheel: Path) -> psutil.Process:
    """The process that sessions of a wheel are forked from."""
    (parent,) = psutil.Process(starting._PARENTS._parents[wheel, ()]._process.pid).children()
    return parent


# What one submission sees of another


def test_each_has_namespaces_of_its_own(pair):
    kinds = ["user", "pid", "mnt", "ipc", "net", "uts", "cgroup"]
    here, *there = (
        {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in kinds},
        *(value(session, f"{{kind: os.readlink(f'/proc/self/ns/{{kind}}') for kind in {kinds}}}") for session in pair),
    )
    for kind in kinds:
        assert len({here[kind], *(names[kind] for names in there)}) == 3, kind


@pytest.mark.skipif(os.getuid() != 0, reason="only root may ask for namespaces of a process that is closed to others")
def test_no_namespace_is_that_of_the_process_that_all_are_forked_from(forked):
    with Session(forked, Limits()) as session:
        above, own = parent_of(forked).pid, session._zygote.family()[-1].pid
        for kind in ("user", "pid", "mnt", "ipc", "net", "uts", "cgroup"):
            assert os.readlink(f"/proc/{above}/ns/{kind}") != os.readlink(f"/proc/{own}/ns/{kind}")


def test_there_are_no_control_groups_to_change(pair):
    for session in pair:
        assert value(session, "os.path.exists('/sys')") is False
        assert value(session, "'cgroup' in open('/proc/self/mountinfo').read()") is False


def test_no_number_is_that_of_another_process(pair):
    alive = """
    def alive(number):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True
    me = os.getpid()
    print(json.dumps([n for n in range(1, 5000) if alive(n) and n not in (1, me)]))
    """
    for session in pair:
        assert inside(session, alive) == []


@pytest.mark.parametrize("place", ["/tmp", "/home/student", "/dev/shm", "."])
def test_what_one_writes_the_other_does_not_see(pair, place):
    one, other = pair
    before = value(other, f"sorted(os.listdir({place!r}))")
    inside(one, f"open({place!r} + '/left', 'w').write('canary')\nprint(1)")
    assert value(other, f"sorted(os.listdir({place!r}))") == before
    assert "left" in value(one, f"os.listdir({place!r})")


def test_the_working_folder_is_the_home(pair):
    for session in pair:
        assert value(session, "os.path.samefile('.', '/home/student')")
        assert value(session, "os.path.samefile('/proc/1/cwd', '.') if os.access('/proc/1/cwd', os.R_OK) else True")


@pytest.mark.parametrize(
    ("listen", "connect"),
    [
        (("AF_UNIX", "\0left"), "\0left"),
        (("AF_INET", ["127.0.0.1", 4711]), ["127.0.0.1", 4711]),
        (("AF_UNIX", "/tmp/socket"), "/tmp/socket"),
    ],
    ids=["abstract", "loopback", "file"],
)
def test_sockets_of_one_are_not_there_for_the_other(pair, listen, connect):
    family, address = listen
    plain = f"tuple({address!r})" if isinstance(address, list) else repr(address)
    ask = f"""
    def answered():
        try:
            socket.socket(socket.{family}).connect({plain})
        except OSError:
            return False
        return True
    print(json.dumps(answered()))
    """
    one, other = pair
    inside(one, f"server = socket.socket(socket.{family}); server.bind({plain}); server.listen(); print(1)")
    assert inside(one, ask), "within a submission it works"
    assert not inside(other, ask)


def test_no_socket_of_the_grader_is_in_sight(pair):
    """Its fork server takes orders on one, in the folder for temporary files."""
    fork_server.start()
    _, other = pair  # the first one has made sockets
    found = """
    import stat
    socket.socket(socket.AF_UNIX).bind("/home/student/own")
    paths = [os.path.join(place, name) for place, _, names in os.walk("/") for name in names]
    paths = [path for path in paths if not path.startswith("/proc/") and os.path.exists(path)]
    print(json.dumps([path for path in paths if stat.S_ISSOCK(os.stat(path).st_mode)]))
    os.remove("/home/student/own")
    """
    assert inside(other, found) == ["/home/student/own"]


def test_signals_to_all_reach_nobody_else(pair):
    one, other = pair
    inside(one, "print(1)")
    with pytest.raises(Ended):
        one.run("import os\ntry: os.kill(-1, 9)\nexcept ProcessLookupError: os.killpg(0, 9)")
    assert value(other, "1") == 1
    assert one._zygote.alive
    one.restart()


# What there is of the process that they come from


def test_one_thread_and_no_memory_that_is_written_together(forked):
    with Session(forked, Limits()) as session:
        assert value(session, "len(os.listdir('/proc/self/task'))") == 1
        assert (
            inside(
                session,
                "import re; print(json.dumps([m for m in open('/proc/self/maps') if re.match(r'\\S+ .w.s', m)]))",
            )
            == []
        )


def test_a_socket_to_the_grader_is_all_that_is_open(forked):
    """In the zygote as well, whose descriptors a process would have that gets hold of it."""
    with Session(forked, Limits()) as session:
        assert value(session, "1") == 1  # by now both have closed what the other one has
        zygote, student = session._zygote.family()
        for process in (zygote, student):
            opened = {os.readlink(path) for path in Path(f"/proc/{process.pid}/fd").iterdir()}
            assert sum(name.startswith("socket:") for name in opened) == 1
            assert {name for name in opened if not name.startswith("socket:")} == {"/dev/null"}


@pytest.mark.parametrize(
    "call",
    [
        "libc.umount2(b'/home/student', 2)",
        "libc.umount2(b'/proc', 2)",
        "libc.umount2(b'/tmp', 0)",
        "libc.mount(b'proc', b'/tmp', b'proc', 0, None)",
        "libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)",
        "libc.mount(b'none', b'/proc', b'', 32 | 4096, None)",
        "libc.pivot_root(b'/tmp', b'/tmp')",
        "libc.chroot(b'/tmp')",
        "libc.unshare(0x10000000)",
        "libc.unshare(0x00020000)",
        "libc.sethostname(b'x', 1)",
        "libc.setns(os.open('/proc/self/ns/user', os.O_RDONLY), 0)",
        "libc.setuid(0)",
        "libc.prctl(28, 0, 0, 0, 0)",
    ],
)
def test_what_the_walls_are_made_of_cannot_be_taken_away(pair, call):
    """Below the mounts lie those of the process that all are forked from."""
    for session in pair:
        said = inside(
            session,
            f"""
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            try:
                print(json.dumps({call}))
            except OSError:
                print(-1)
            """,
        )
        assert said == -1


TERMINALS = """
made = []
try:
    while len(made) < 100:
        made.append(os.openpty())
except OSError:
    pass
print(json.dumps(len(made)))
"""


def test_terminals_are_its_own_and_few(forked):
    with Session(forked, Limits()) as one, Session(forked, Limits()) as other:
        assert value(one, "os.write(os.openpty()[0], b'of one')") == 6
        assert value(other, "os.listdir('/dev/pts')") == ["ptmx"]
        assert inside(one, TERMINALS) == 15
        assert inside(other, TERMINALS) == 16


CELLS = {
    "a command": "out = !echo 3\nprint(json.dumps(out))",
    "a command that prints": "!echo 3",
    "what is installed": "from importlib.metadata import entry_points\nprint(len(entry_points()) > 0 and 3)",
    "the version of the package": "from importlib.metadata import version\nprint(3 * bool(version('rnncore-student')))",
    "a file of the package": "from importlib.resources import files\nprint(3 * files('rnncore').is_dir())",
    "torch's compiler": "import torch._dynamo\nprint(3)",
    "who it is": "import getpass\nprint(3 * (getpass.getuser() == 'student'))",
    "its error stream": "with open('/dev/stderr', 'w') as file:\n    file.write('to nobody')\nprint(3)",
    "an event loop": "import asyncio\nprint(await asyncio.sleep(0, 3))",
    "processes": "import multiprocessing as m\nprint(m.get_context('fork').Pool(2).map(abs, [-3])[0])",
    "threads": "import concurrent.futures as c\nprint(*c.ThreadPoolExecutor(2).map(abs, [-3]))",
    "a temporary file": "import tempfile\nprint(tempfile.TemporaryFile().write(b'123'))",
    "a file of torch's": "import torch\ntorch.save(3, 'three.pt')\nprint(torch.load('three.pt'))",
    "a loader of data": "import torch.utils.data as d\nprint(next(iter(d.DataLoader([3], num_workers=1))).item())",
    "a figure in a file": "import matplotlib.pyplot as plt\nplt.figure().savefig('figure.pdf')\nplt.close()\nprint(3)",
    "a database": "import sqlite3\nprint(*sqlite3.connect(':memory:').execute('select 3').fetchone())",
    "a time zone": "import zoneinfo\nprint(3 * bool(zoneinfo.ZoneInfo('Europe/Berlin')))",
}


@pytest.mark.parametrize("what", CELLS)
def test_what_a_notebook_may_do_can_be_done(pair, what):
    """In both ways of starting, so that neither costs anybody a point."""
    assert str(inside(pair[0], CELLS[what])).strip("['] ") == "3"


# What is left behind

STATE = """
import random, resource, signal, sys, threading
import matplotlib, numpy as np, torch
print(json.dumps({
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "files": [
        sorted(found for found in os.walk(place) if not found[0].startswith(sys.prefix))  # Python may lie in /tmp
        for place in ("/tmp", "/home/student", "/dev/shm")
    ],
    "umask": os.umask(0o22),
    "limits": [resource.getrlimit(kind) for kind in range(16)],
    "signals": [str(signal.getsignal(n)) for n in range(1, 64) if n not in (9, 19, 32, 33)],
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "modules": sorted(sys.modules),
    "path": sys.path,
    "names": sorted(name for name in get_ipython().user_ns if not name.startswith("_")),
    "numpy": np.get_printoptions() | {"override_repr": None, "formatter": None},
    "torch": [torch.get_num_threads(), str(torch.get_default_dtype()), torch.initial_seed(), torch.rand(1).item()],
    "figures": matplotlib.rcParams["figure.figsize"],
    "argument": sys.argv,
    "hidden": np.testing.assert_allclose is None,
}, default=str))
"""
CHANGES = """
import random, resource, signal, sys, ctypes
import matplotlib, numpy as np, torch, wave
os.environ["LEFT"] = "1"
os.umask(0)
os.chdir("/tmp")
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
sys.path.append("/tmp")
np.testing.assert_allclose = None
np.set_printoptions(precision=1)
torch.set_default_dtype(torch.float64); torch.manual_seed(7); torch.set_num_threads(2)
matplotlib.rcParams["figure.figsize"] = [1, 1]
for place in ("/tmp", "/home/student", "/home/student/.ipython/profile_default/startup"):
    open(place + "/left.py", "w").write("left = 1")
for n in (2, 15, 9):
    os.kill(1, n)
"""


def test_the_next_submission_finds_nothing_of_one_before(forked):
    with Session(forked, Limits()) as session:
        before = inside(session, STATE)
    with Session(forked, Limits()) as session:
        assert session.run("import os\n" + CHANGES).ok
        assert inside(session, STATE) != before
    with Session(forked, Limits()) as session:
        assert inside(session, STATE) == before


def test_each_has_random_numbers_of_its_own(forked):
    numbers = "[np.random.rand(), random.random(), np.random.default_rng().random(), os.urandom(4).hex()]"
    drawn = []
    for _ in range(2):
        with Session(forked, Limits()) as session:
            drawn.append(inside(session, f"import numpy as np, random\nprint(json.dumps({numbers}))"))
    assert not set(drawn[0]) & set(drawn[1])


def test_no_process_outlives_its_submission(forked):
    """Nor does one go over to the process that all are forked from, as orphans do."""
    with Session(forked, Limits()) as session:
        above = parent_of(forked)
        before = set(above.children(recursive=True)) - set(session._zygote.family())
        assert session.run(
            "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n"
            "        if os.fork() == 0:\n            time.sleep(99)\n        os._exit(0)"
        ).ok
        assert len(session._zygote.family()) >= 5
    assert set(above.children(recursive=True)) <= before  # of which some may have been of the test before


# What submissions share of the kernel


def test_what_one_takes_of_the_kernel_the_others_have_all_the_same(forked):
    take = """
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    taken = []
    while len(taken) < 200 and (one := libc.inotify_init()) >= 0:
        taken.append(one)
    print(json.dumps(len(taken)))
    """
    with Session(forked, Limits()) as one, Session(forked, Limits()) as other:
        assert inside(one, take) == inside(other, take) > 0


def test_of_what_the_kernel_counts_for_a_user_each_has_a_limit(forked):
    names = "max_user_namespaces", "max_inotify_instances", "max_inotify_watches"
    with Session(forked, Limits()) as session:
        found = [int(value(session, f"open('/proc/sys/user/{name}').read()")) for name in names]
        assert found == [0, 16, 1024]
        refused = "try: open('/proc/sys/user/max_user_namespaces', 'w')\nexcept OSError as error: print(error.errno)"
        assert inside(session, refused) in (13, 30)


def test_beside_a_submission_that_takes_what_it_can_others_start_and_run(forked):
    with Session(forked, Limits(cell_seconds=3.0)) as bomb, Session(forked, Limits()) as other:
        with pytest.raises(Ended):
            bomb.run("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
        assert value(other, "1") == 1
    with Session(forked, Limits()) as later:
        assert value(later, "1") == 1


def test_a_limit_ends_its_own_submission_and_no_other(forked):
    with Session(forked, Limits(files=100)) as session, Session(forked, Limits(files=100)) as other:
        with pytest.raises(Ended, match="more than 100 files"):
            session.run("n = 0\nwhile True:\n    n += 1\n    open(f'/tmp/{n}', 'w').close()")
        assert value(other, "1") == 1


def test_of_files_the_kernel_lets_nobody_make_twice_as_many(forked):
    with Session(forked, Limits(files=1000)) as session:
        made = inside(
            session,
            """
            n = 0
            try:
                for n in range(10_000): os.mknod(f'/tmp/{n}')
            except OSError as error:
                pass
            print(n)
            """,
        )
        assert made < 2000


# The process that they are forked from


def test_one_that_is_lent_is_kept_when_it_refuses_a_fork_and_given_up_when_it_has_ended(forked):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def refuse() -> None:
        _, descriptors, _, _ = socket.recv_fds(theirs, 256, 1)
        with socket.socket(fileno=descriptors[0]) as asked:
            asked.sendall(b"xno memory")

    parents = starting._Parents()
    parents.borrowed = starting.Loan(forked.name, (), ours)
    with ours:
        refusing = threading.Thread(target=refuse)
        refusing.start()
        with pytest.raises(SandboxError, match="no memory"):
            parents.fork(forked, (), Limits())
        refusing.join()
        assert parents.borrowed is not None
        theirs.close()
        own = parents.fork(forked, (), Limits())
        assert parents.borrowed is None
        assert own.alive
    own.close()
    parents.close()


def test_when_it_is_killed_the_next_session_has_another(forked, new_wheel):
    with Session(new_wheel, Limits()) as session:
        with pytest.raises(Ended):
            session.run("import os; os._exit(0)")
        session.restart()
        assert not session.orphaned, "that was its own doing"
        first = parent_of(new_wheel)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        with pytest.raises(Ended):
            session.run("1")
        assert session.orphaned
        session.restart()
        assert value(session, "1") == 1
        assert parent_of(new_wheel) != first


@pytest.mark.parametrize("way", [starting.FORKED, starting.SINGLE])
def test_a_python_that_is_installed_where_submissions_write_is_there(new_wheel, tmp_path, monkeypatch, way):
    """As in a checkout in /tmp, or in the home of a user called student."""
    places = [tmp_path / "one of" / "python", Path(walls.HOME, "course", "python")]
    places[0].mkdir(parents=True)
    (places[0] / "module.py").write_text("answer = 42")
    lent = ["--ro-bind", str(places[0]), str(places[0]), "--ro-bind", str(places[0]), str(places[1])]
    monkeypatch.setattr(walls, "_masks", lambda: lent)
    monkeypatch.setenv("RNNCOURSE_SANDBOX", way)
    with Session(new_wheel, Limits()) as session:
        for place in map(str, places):
            assert value(session, f"open({place!r} + '/module.py').read()") == "answer = 42"
            assert not session.run(f"open({place!r} + '/other.py', 'w')").ok
            assert session.run(f"open({place!r} + '.txt', 'w').write('beside')").ok


def test_where_a_wall_is_refused_each_sandbox_is_started_by_itself(new_wheel, monkeypatch):
    monkeypatch.delenv("RNNCOURSE_SANDBOX", raising=False)
    monkeypatch.setattr(starting, "_PARENTS", starting._Parents())
    bwrap, *others = walls.parent_command(new_wheel, (), 0)[:-1]
    monkeypatch.setattr(
        starting,
        "parent_command",
        lambda *args: [bwrap, "--disable-userns", *others, walls.parent_command(*args)[-1]],
    )
    with Session(new_wheel, Limits()) as session:
        assert value(session, "1") == 1
    assert starting.way() == starting.SINGLE
    assert "did not start" in starting.why_single()
    monkeypatch.setenv("RNNCOURSE_SANDBOX", starting.FORKED)
    with pytest.raises(SandboxError, match="did not start"):
        Session(new_wheel, Limits())


def test_an_unknown_way_is_named(wheel, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_SANDBOX", "other")
    with pytest.raises(SandboxError, match="expected 'forked' or 'single' in the environment variable"):
        Session(wheel, Limits())
