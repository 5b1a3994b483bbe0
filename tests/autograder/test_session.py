"""The walls and the hold on a student's process. Oracles: the host's own files and process table; what the kernel
says inside; clocks. Code inside prints JSON, which arrives as a cell's output."""

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import autograder
from autograder.authoring.units import find_unit
from autograder.demo import UNIT
from autograder.sandbox import session as sandbox_session
from autograder.sandbox import walls
from autograder.sandbox.session import Ended, Session, StudentError
from autograder.sandbox.shapes import require_shapes
from autograder.sandbox.walls import Limits, SandboxError
from rnncore.functional.base.arrays import Float
from rnncore.functional.cells import LSTMParams, LSTMState, lstm_step, rnn_step
from rnncore.functional.sequence import ReadoutParams, readout, unroll

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")


def text(run):
    return "".join(o.get("text", "") or str(o.get("evalue", "")) for o in run.outputs)


def inside(session, source):
    """What a cell prints last, as JSON."""
    run = session.run(textwrap.dedent(source))
    assert run.ok, text(run)
    return json.loads(text(run).strip().splitlines()[-1])


def tried(session, expression):
    """The name of the exception that an expression raises inside, or its value."""
    return inside(
        session,
        f"""
        import json, os, socket, subprocess
        try:
            _ = {expression}
        except BaseException as error:
            _ = type(error).__name__
        print(json.dumps(_, default=str))
        """,
    )


@pytest.fixture
def fresh(session):
    """The module's sandbox with a fresh process; whatever a test does to it ends with it."""
    session.restart()
    return session


def small(wheel, **limits):
    return Session(wheel, Limits(**limits))


# What is there to see


@pytest.mark.parametrize("module", ["autograder", "solutions", "autograder.exercises.u05_lstm"])
def test_the_grader_cannot_be_imported(fresh, module):
    assert tried(fresh, f"__import__({module!r})") == "ModuleNotFoundError"


@pytest.mark.parametrize(
    "path",
    [
        autograder.PROJECT / "pyproject.toml",
        autograder.PROJECT / "autograder/exercises",
        autograder.PROJECT / "solutions",
        Path.home() / ".bashrc",
        Path.home() / ".config",
        Path("/etc/passwd"),
        Path("/etc/shadow"),
        Path("/var"),
        Path("/sys/class"),
        Path("/run"),
        Path("/boot"),
    ],
    ids=str,
)
def test_paths_of_the_host_are_not_there(fresh, path):
    assert tried(fresh, f"os.path.exists({str(path)!r})") is False


def test_files_of_the_host_in_shared_places_are_not_there(fresh, tmp_path):
    (tmp_path / "secret").write_text("canary")
    for path in (tmp_path / "secret", Path("/tmp") / tmp_path.name, Path("/dev/shm")):
        seen = tried(
            fresh, f"os.listdir({str(path)!r}) if os.path.isdir({str(path)!r}) else os.path.exists({str(path)!r})"
        )
        assert seen in (False, [])


def test_of_rnncore_there_is_only_the_student_edition(fresh):
    where = inside(fresh, "import json, rnncore\nprint(json.dumps(rnncore.__file__))")
    assert where.startswith("/opt/rnncore.whl/")
    for dotted in find_unit(UNIT).exercises():
        module, name = dotted.rsplit(".", 1)
        source = f"import inspect, json, {module}\nprint(json.dumps(inspect.getsource({module}.{name})))"
        assert "you write this in unit 5" in inside(fresh, source)


def test_the_environment_is_the_one_that_was_made_for_it(fresh, monkeypatch):
    names = set(inside(fresh, "import json, os\nprint(json.dumps(dict(os.environ)))"))
    assert names <= {*walls.environment("/"), "PWD", "SHLVL", "_", "TQDM_DISABLE"}


@pytest.mark.parametrize(
    "expression",
    [
        "socket.create_connection(('1.1.1.1', 53), timeout=2)",
        "socket.create_connection(('127.0.0.1', {port}), timeout=2)",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket(socket.AF_UNIX).connect('\\0rnncourse-test')",
    ],
)
def test_there_is_no_network(fresh, expression):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0rnncourse-test")
        abstract.listen()
        raised = tried(fresh, expression.replace("{port}", str(server.getsockname()[1])))
    assert raised in ("OSError", "gaierror", "ConnectionRefusedError", "TimeoutError")


def test_other_processes_are_not_there(fresh):
    ids = inside(fresh, "import json, os\nprint(json.dumps([p for p in os.listdir('/proc') if p.isdigit()]))")
    mine = inside(fresh, "import json, os\nprint(json.dumps(os.getpid()))")
    assert set(ids) == {"1", str(mine)}
    assert tried(fresh, f"os.kill({os.getpid() + 100_000}, 0)") == "ProcessLookupError"


def test_there_are_no_rights_and_none_to_be_had(fresh):
    status = inside(fresh, "import json\nprint(json.dumps(open('/proc/self/status').read()))")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {int(fields[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}
    assert fields["NoNewPrivs"] == "1"
    assert tried(fresh, "subprocess.run(['unshare', '-U', 'true'], capture_output=True).returncode") != 0
    assert tried(fresh, "os.setuid(0)") in ("PermissionError", "OSError")


@pytest.mark.parametrize(
    "path",
    [
        "/usr/x",
        "/opt/guest/wire.py",
        "/opt/x",
        "/dev/x",
        "/x",
        "/proc/sys/kernel/core_pattern",
        "/etc/passwd",
        "/lib/x",
    ],
)
def test_nothing_can_be_written_outside_of_home_and_tmp(fresh, path):
    assert tried(fresh, f"open({path!r}, 'w')") in ("OSError", "PermissionError", "FileNotFoundError")


def test_python_itself_cannot_be_written(fresh):
    assert tried(fresh, "open(os.path.join(os.path.dirname(os.__file__), 'x.py'), 'w')") == "OSError"
    assert tried(fresh, "open(os.path.join(os.path.dirname(json.__file__), '__init__.py'), 'a')") == "OSError"
    assert tried(fresh, "open(os.path.join(__import__('sys').prefix, 'x.pth'), 'w')") == "OSError"


def test_home_and_tmp_can_be_written_up_to_their_size(fresh):
    full = inside(
        fresh,
        """
        import json
        sizes = {}
        for folder in ('/home/student', '/tmp', '/dev/shm'):
            sizes[folder] = 0
            try:
                for n in range(40):
                    with open(f'{folder}/{n}', 'wb') as file:
                        file.write(bytes(10_000_000))
                    sizes[folder] += 10_000_000
            except OSError:
                pass
        print(json.dumps(sizes))
        """,
    )
    assert all(100e6 < size <= Limits.disk for size in full.values()), full


@pytest.mark.parametrize("where", ["/dev", "/opt", "/", "/home", "/root"])
def test_no_other_place_takes_up_memory(fresh, where):
    assert tried(fresh, f"open('{where}/fill', 'wb').write(bytes(10_000_000))") in (
        "OSError",
        "PermissionError",
        "FileNotFoundError",
    )


def test_no_file_is_larger_than_allowed(fresh):
    assert tried(fresh, "open('/tmp/x', 'wb').write(bytes(80_000_000))") == "OSError"


@pytest.mark.slow
def test_files_are_counted(wheel):
    """Each takes a kilobyte of the kernel's memory, which no limit on sizes counts."""
    folders = "/tmp", "/home/student", "/dev/shm"
    many = "n = 0\nwhile True:\n    n += 1\n    open(f'{folders[n % len(folders)]}/{n}', 'w').close()"
    with small(wheel, files=2_000) as session:
        _, reason = elapsed(session.run, f"folders = {folders}\n{many}")
        assert "made more than 2000 files" in reason
        session.restart()
        left = f"import json, os\nprint(json.dumps(sum(len(os.listdir(folder)) for folder in {folders})))"
        assert inside(session, left) < 100


def test_of_a_checkout_inside_python_there_is_nothing_to_see(new_wheel, monkeypatch):
    checkout = Path(sys.prefix) / f"checkout-of-{os.getpid()}"
    for path in (".git/config", "tests/test_it.py", "autograder/cli.py", "notes", "pyproject.toml"):
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text("canary")
    monkeypatch.setattr(walls, "PROJECT", checkout)
    try:
        with small(new_wheel) as session:
            assert tried(session, f"os.listdir({str(checkout)!r})") == []
    finally:
        shutil.rmtree(checkout)


# The zygote, which every student's process comes from


@pytest.mark.parametrize(
    "path", ["mem", "environ", "maps", "cwd", "root", "fd/0", "fd/3", "fd/4", "fdinfo/3", "exe", "stack", "syscall"]
)
def test_the_zygote_cannot_be_looked_into(fresh, path):
    assert tried(fresh, f"open('/proc/1/{path}', 'rb').read(100)") in ("PermissionError", "FileNotFoundError")
    assert tried(fresh, f"open('/proc/1/{path}', 'r+b')") in ("PermissionError", "FileNotFoundError", "OSError")


def test_the_zygote_cannot_be_traced(fresh):
    calls = inside(
        fresh,
        """
        import ctypes, json
        libc = ctypes.CDLL(None, use_errno=True)
        PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
        buffer = ctypes.create_string_buffer(64)
        vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
        there = (ctypes.c_void_p * 2)(id(libc), 64)
        print(json.dumps([
            libc.ptrace(PTRACE_ATTACH, 1, 0, 0), libc.ptrace(PTRACE_SEIZE, 1, 0, 0),
            libc.process_vm_readv(1, vector, 1, there, 1, 0), libc.process_vm_writev(1, vector, 1, there, 1, 0),
        ]))
        """,
    )
    assert calls == [-1, -1, -1, -1]


def test_memory_that_belongs_to_no_process_is_refused(fresh):
    """What is in a memfd or in a System V segment that nobody maps counts for no process's limit."""
    assert tried(fresh, "os.memfd_create('x')") == "PermissionError"
    calls = inside(
        fresh,
        """
        import ctypes, json
        libc = ctypes.CDLL(None, use_errno=True)
        print(json.dumps([libc.shmget(0, 4096, 0o1600), libc.msgget(0, 0o1600), libc.semget(0, 1, 0o1600),
                          libc.syscall(425, 1, 0)]))
        """,
    )
    assert calls == [-1, -1, -1, -1]


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGSTOP", "SIGTERM", "SIGSEGV", "SIGINT", "SIGHUP", "SIGCHLD"])
def test_signals_to_the_zygote_do_not_stop_the_next_process(fresh, signal):
    fresh.run(f"import os, signal\nos.kill(1, signal.{signal})")
    fresh.restart()
    assert inside(fresh, "print(1)") == 1


def test_an_interrupt_of_process_1_does_not_end_the_sandbox(fresh):
    fresh.run("import os, signal\nos.kill(1, signal.SIGINT)")
    time.sleep(2.0)
    assert inside(fresh, "print(1)") == 1


def test_the_student_holds_one_socket_and_nothing_else_of_the_grader(fresh):
    kinds = inside(
        fresh,
        """
        import json, os
        kinds = []
        for fd in range(256):
            try:
                kinds.append(os.readlink(f'/proc/self/fd/{fd}').split(':')[0])
            except OSError:
                pass
        print(json.dumps(kinds))
        """,
    )
    assert kinds.count("socket") == 1
    assert set(kinds) <= {"/dev/null", "socket", "/opt/rnncore.whl", "/dev/urandom"}


# Secrets


def test_no_text_of_hidden_checks_solutions_or_mistakes_is_in_the_process(fresh):
    """Every readable byte of the student's own memory, environment and writable files, searched for lines that only
    the graders' files have."""
    needles = []
    for path in sorted((autograder.PROJECT / "autograder" / "exercises").glob("u*/*.py")):
        needles += [line.strip() for line in path.read_text().splitlines() if line.startswith(("def ", "@"))]
    needles = [needle for needle in needles if len(needle) > 40][:200]
    assert needles
    # Sent with every byte moved by one, so that the search does not find itself.
    moved = [[byte + 1 for byte in needle.encode()] for needle in needles]
    found = inside(
        fresh,
        f"""
        import json, os, re
        moved = json.loads({json.dumps(moved)!r})
        pattern = re.compile(b"|".join(re.escape(bytes(b - 1 for b in needle)) for needle in moved))
        own = {{bytes(b - 1 for b in needle) for needle in moved}}
        hits, read = [], 0
        def search(data):
            hits.extend(m.group().decode(errors='replace') for m in pattern.finditer(data))
        for folder, _, names in os.walk('/opt'):
            for name in names:
                with open(os.path.join(folder, name), 'rb') as file:
                    search(file.read())
        del own
        before = len(hits)
        print(json.dumps(hits))
        """,
    )
    assert found == []


def test_a_canary_of_the_grader_is_nowhere_in_the_process(wheel):
    """The grader knows a canary: as an object, in its environment and in a file beside the package."""
    canary = "CANARY" + "-7f3a"
    os.environ["RNNCOURSE_CANARY"] = canary
    try:
        with Session(wheel, Limits()) as session:
            found = inside(
                session,
                """
                import json, os
                needle = bytes(b - 1 for b in [68, 66, 79, 66, 83, 90, 46, 56, 103, 52, 98])
                hits = []
                for line in open('/proc/self/maps'):
                    span, rights = line.split()[:2]
                    if 'r' not in rights or 'vvar' in line or 'vsyscall' in line:
                        continue
                    start, end = (int(x, 16) for x in span.split('-'))
                    with open('/proc/self/mem', 'rb', buffering=0) as memory:
                        tail = b''
                        while start < end:
                            try:
                                memory.seek(start)
                                data = memory.read(min(end - start, 1 << 24))
                            except (OSError, ValueError, OverflowError):
                                break
                            if not data:
                                break
                            at = (tail + data).find(needle)
                            while at >= 0 and not (tail + data)[at:at + 12].startswith(needle):
                                at = (tail + data).find(needle, at + 1)
                            if at >= 0:
                                hits.append(line.strip())
                            tail = data[-16:]
                            start += len(data)
                print(json.dumps({'hits': len(hits), 'environ': [k for k in os.environ if 'CANARY' in k]}))
                """,
            )
    finally:
        del os.environ["RNNCOURSE_CANARY"]
    # The search's own needle is in its memory; nothing else may be. It is there in at most two copies.
    assert found["environ"] == []
    assert found["hits"] <= 3, found


# Limits


def elapsed(action, *args, **kwargs):
    start = time.monotonic()
    with pytest.raises(Ended) as ended:
        action(*args, **kwargs)
    return time.monotonic() - start, str(ended.value)


def by_the_clock(seconds):
    """The most seconds that so many of a processor may take on a busy machine: four times as many, and a moment."""
    return 4.0 * seconds + 5.0


FOREVER = """
while True:
    try:
        while True: pass
    except BaseException: pass
"""


def test_an_endless_loop_ends_at_the_limit(wheel):
    with small(wheel, cell_seconds=1.0) as session:
        seconds, reason = elapsed(session.run, FOREVER)
        assert seconds < by_the_clock(1.0)
        assert "took longer than 1 s" in reason
        assert not session.starved
        session.restart()
        assert inside(session, "print(1)") == 1


@pytest.mark.slow
def test_ignored_signals_and_a_blocking_call_end_at_the_limit(wheel):
    with small(wheel, cell_seconds=1.0, call_seconds=1.0) as session:
        session.run(
            "import signal, time\n[signal.signal(s, signal.SIG_IGN) for s in (2, 15, 14)]\ndef f(): time.sleep(99)"
        )
        seconds, reason = elapsed(session.call, "f", (), {}, {})
        assert seconds < by_the_clock(1.0)
        assert "the call of f took longer than 1 s" in reason
        assert session.starved, "from outside it looks the same whether it slept or had no processor"


def test_a_busy_machine_costs_nothing(wheel):
    with small(wheel, cell_seconds=1.0) as session:
        # Waiting uses no processor time, as it is when other processes have the processor.
        assert inside(session, "import time; time.sleep(1.5); print(1)") == 1


def test_the_time_of_a_submission_is_used_up(wheel):
    with small(wheel, cell_seconds=5.0, submission_seconds=1.5) as session:
        elapsed(session.run, "import time; time.sleep(9)")
        session.restart()
        _, reason = elapsed(session.run, "1")
        assert "used up its 1.5 s" in reason
        assert session.starved


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
def test_a_submission_keeps_to_its_processors(wheel):
    first, second, *_ = sorted(os.sched_getaffinity(0))
    mine = "import json, os\nprint(json.dumps(sorted(os.sched_getaffinity(0))))"
    with small(wheel) as session:
        session.begin([second])
        assert inside(session, mine) == [second]
        assert tried(session, f"os.sched_setaffinity(0, [{first}])") == "PermissionError"
        session.restart()
        assert inside(session, mine) == [second]
        session._zygote.kill()  # as its own limits may, and the next process comes from a new sandbox
        session.restart()
        assert inside(session, mine) == [second]


MEMORY = {
    "one array": "import numpy as np; x = np.ones(200_000_000)",
    "a list": "x = [bytes(1_000_000) for _ in range(2000)]",
    "several processes": """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                x = bytearray(200_000_000); x[::4096] = b'1' * len(x[::4096]); time.sleep(30)
        time.sleep(30)
        """,
    "shared memory": """
        import mmap, time
        x = [mmap.mmap(-1, 100_000_000) for _ in range(20)]
        for m in x: m.write(b'1' * 100_000_000)
        time.sleep(5)
        """,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MEMORY)
def test_memory_ends_at_the_limit(wheel, session, kind):
    before = family()
    with small(wheel, memory=900 * 2**20, cell_seconds=20.0) as limited:
        reason = ""
        try:
            run = limited.run(textwrap.dedent(MEMORY[kind]))
            reason = "" if run.ok else run.outputs[-1]["ename"]
        except Ended as error:
            reason = str(error)
        assert any(word in reason for word in ("MemoryError", "MiB of memory", "ended the process"))
        limited.restart()
        assert inside(limited, "print(1)") == 1
    wait_for(lambda: family() == before)


WITHOUT_FIRST_THREAD = """
import ctypes, os, threading, time
def hold():
    time.sleep(0.5)
    x = bytearray(300_000_000); x[::4096] = b'1' * len(x[::4096]); time.sleep(30)
for _ in range(6):
    if os.fork() == 0:
        threading.Thread(target=hold).start()
        ctypes.CDLL(None).pthread_exit(None)
time.sleep(30)
"""


def test_a_process_that_ends_while_it_is_looked_at_holds_nothing(monkeypatch):
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # from now on it holds nothing, and its threads would say

    def gone(*_):
        raise FileNotFoundError
        yield

    monkeypatch.setattr(Path, "glob", gone)
    assert sandbox_session._memory(psutil.Process(child.pid)) == 0
    child.wait()


def test_what_cannot_be_watched_is_ended(wheel, monkeypatch):
    said: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", said.append)

    def fails(zygote):
        raise ZeroDivisionError

    with Session(wheel, Limits()) as session:
        monkeypatch.setattr(session, "_hold_to_limits", fails)  # of this session only: others are watched meanwhile
        with pytest.raises(Ended, match="its processes could not be watched"):
            session.run("import time\ntime.sleep(30)")
        wait_for(lambda: [each.exc_type for each in said] == [ZeroDivisionError])


@pytest.mark.slow
def test_memory_counts_in_processes_whose_first_thread_has_ended(wheel):
    """Each has some 200 MiB from the process that it was forked from, and takes 300 more."""
    with small(wheel, memory=2400 * 2**20, cell_seconds=10.0) as session:
        start = time.monotonic()
        with pytest.raises(Ended, match="MiB of memory"):
            session.run(WITHOUT_FIRST_THREAD)
        assert time.monotonic() - start > 0.4


FILES_READ = """
import mmap, pathlib, torch
for path in pathlib.Path(torch.__file__).parent.glob("lib/libtorch_cpu*"):
    file = path.open("rb")
    maps = [mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) for _ in range(4)]
    pages = sum(each[at] >= 0 for each in maps for at in range(0, len(each), mmap.PAGESIZE))
held = int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
for _ in range(20_000_000): pass  # for as long as the grader looks
print(held * 1024)
"""


@pytest.mark.slow
def test_pages_of_files_are_not_what_a_submission_holds(wheel):
    """They are the file's, and the system lets them go when it needs the room: torch's libraries alone may be 3 GiB."""
    memory = 1200 * 2**20
    with small(wheel, memory=memory, cell_seconds=20.0) as session:
        assert inside(session, FILES_READ) > memory


@pytest.mark.slow
def test_a_fork_bomb_ends(wheel):
    count = len(psutil.pids())
    with small(wheel, cell_seconds=5.0) as session:
        seconds, reason = elapsed(session.run, "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
        assert seconds < by_the_clock(5.0)
        assert "processes" in reason or "memory" in reason or "took longer" in reason
        session.restart()
        assert inside(session, "print(1)") == 1
    wait_for(lambda: len(psutil.pids()) <= count + 8)


@pytest.mark.slow
def test_a_thread_bomb_ends(wheel):
    with small(wheel, cell_seconds=5.0) as session:
        bomb = """
        import threading, time
        threading.stack_size(65536)
        try:
            while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError: pass
        time.sleep(60)
        """
        _, reason = elapsed(session.run, textwrap.dedent(bomb))
        assert "threads" in reason
        session.restart()
        assert inside(session, "print(1)") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "flood",
    [
        "for _ in range(200_000): print('x' * 1000)",
        "import sys\nfor _ in range(3000): sys.stderr.write('y' * 100_000)",
        "from IPython.display import display, HTML\nfor _ in range(20_000): display(HTML('<b>' * 100))",
        "import os\nfor _ in range(100): os.write(1, b'x' * 1_000_000)",
        "for _ in range(300_000): print('\N{GRINNING FACE}' * 10)",
        "import sys\nfor _ in range(100_000): print('x'); print('y', file=sys.stderr)",
        "'z' * 200_000_000",
    ],
)
def test_a_flood_of_output_is_cut(fresh, flood):
    run = fresh.run(flood)
    assert run.ok
    assert len(json.dumps(run.outputs)) < 2.1 * 2**20
    assert ("more output is not shown" in str(run.outputs)) == ("os.write" not in flood)


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        "def f(): f()\nf()",
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
        "x = []\nfor _ in range(10**6): x = [x]\nrepr(x)",
        "eval('(' * 10**6 + ')' * 10**6)",
    ],
)
def test_recursion_ends(fresh, source):
    try:
        run = fresh.run(source)
        assert not run.ok
    except Ended:
        pass
    fresh.restart()
    assert inside(fresh, "print(1)") == 1


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import os; os.kill(os.getpid(), 9)",
        "import ctypes; ctypes.string_at(0)",
        "import os; os.abort()",
        "import os; os.closerange(3, 200)",
    ],
)
def test_a_process_that_ends_is_named_and_replaced(fresh, source):
    _, reason = elapsed(fresh.run, source)
    assert "ended the process" in reason
    with pytest.raises(Ended):
        fresh.run("1")
    fresh.restart()
    assert inside(fresh, "print(1)") == 1


@pytest.mark.parametrize("source", ["raise SystemExit", "exit()", "quit()", "import sys; sys.exit(3)"])
def test_exit_ends_a_cell_and_not_the_process(fresh, source):
    try:
        fresh.run(source)
    except Ended:
        fresh.restart()
    assert inside(fresh, "print(1)") == 1


def test_a_restart_forgets_everything_but_files(fresh):
    fresh.run(
        "secret = 1\nimport numpy as np\nnp.testing.assert_allclose = None\nimport threading, time\n"
        "threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
    )
    fresh.restart()
    assert "NameError" in str(fresh.run("secret").outputs)
    assert inside(fresh, "import numpy as np, json\nprint(json.dumps(callable(np.testing.assert_allclose)))")


def test_a_restart_ends_what_was_left_running(fresh):
    fresh.run("import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid(); time.sleep(99)")
    fresh.restart()
    count = "import json, os\nprint(json.dumps(len([p for p in os.listdir('/proc') if p.isdigit()])))"
    wait_for(lambda: inside(fresh, count) == 2)


def wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    assert condition()


def family():
    return {p.pid for p in psutil.Process().children(recursive=True)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        "1",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: pass",
        "import atexit\natexit.register(lambda: open('/tmp/x', 'w'))",
        "import threading\ndef f():\n    while True: pass\nthreading.Thread(target=f).start()",
        "import subprocess\nsubprocess.Popen(['/bin/sh', '-c', 'trap \"\" TERM HUP INT; while :; do :; done'])",
    ],
)
def test_nothing_survives_the_end(wheel, session, source):
    before, threads = family(), threading.active_count()
    own = Session(wheel, Limits())
    home = own._home.name
    own.run(source)
    assert family() - before
    own.close()
    wait_for(lambda: family() == before)
    wait_for(lambda: threading.active_count() <= threads)
    assert not Path(home).exists()


def test_a_grader_that_forgets_to_close_leaves_nothing_either(wheel):
    """The sandbox dies with the process that started it."""
    code = f"""
import os, signal
from pathlib import Path
from autograder.sandbox.session import Session
from autograder.sandbox.walls import Limits
session = Session(Path({str(wheel)!r}), Limits())
session.run("import os, time\\nif os.fork() == 0:\\n    os.setsid(); time.sleep(99)")
print(session._zygote.family()[0].pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    pid = int(done.stdout)
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


# Calls, callbacks and substitutes


def test_calls_go_in_and_come_out_as_plain_values(fresh):
    fresh.run("import numpy as np\ndef f(a, *, b): return {'sum': a + b, 'pair': (a.shape, [b])}")
    a = np.arange(6.0).reshape(2, 3)
    result = fresh.call("f", (a,), {"b": 2.0}, {}).result
    np.testing.assert_array_equal(result["sum"], a + 2)
    assert result["pair"] == ((2, 3), [2.0])


def test_changing_an_argument_is_told_and_does_not_reach_the_callers_array(fresh):
    fresh.run("def f(x, s): s[1][...] = 7; return x")
    x, s = np.zeros(2), (np.zeros(1), np.ones(3))
    answer = fresh.call("f", (x, s), {}, {})
    assert answer.mutated
    assert s[1].tolist() == [1.0, 1.0, 1.0]
    assert not fresh.call("f", (x, (x, np.full(3, 7.0))), {}, {}).mutated


@pytest.mark.parametrize("patched", ["", "np.array_equal = np.allclose = lambda *a, **k: True"])
def test_whether_an_argument_was_changed_is_judged_outside(fresh, patched):
    fresh.run(f"import numpy as np\n{patched}\ndef f(x, ids, names): x += 1; ids[0].append(9); names['a'] = 2")
    answer = fresh.call("f", (np.zeros(2), [[1, 2], [3]]), {"names": {"a": 1}}, {})
    assert answer.mutated == (".0.0", ".0.1.0", ".1.names.a")


def test_functions_among_the_arguments_are_called_back(fresh):
    fresh.run("def f(g, x): return [g(x, n=n) for n in range(3)]")
    result = fresh.call("f", (lambda x, n: x * n, np.ones(2)), {}, {}).result
    assert [part.tolist() for part in result] == [[0, 0], [1, 1], [2, 2]]


def test_what_a_given_function_writes_into_its_arguments_is_written_inside(fresh):
    def spoils(history):
        total = history.sum()
        history[:] = -1.0
        return total

    fresh.run("def views(g, x): return [g(x[:n]) for n in (1, 3)], x")
    fresh.run("def copies(g, x): return [g(x[:n].copy()) for n in (1, 3)], x")
    totals, x = fresh.call("views", (spoils, np.arange(1.0, 5.0)), {}, {}).result
    assert (totals, x.tolist()) == ([1.0, 4.0], [-1.0, -1.0, -1.0, 4.0])
    totals, x = fresh.call("copies", (spoils, np.arange(1.0, 5.0)), {}, {}).result
    assert (totals, x.tolist()) == ([1.0, 6.0], [1.0, 2.0, 3.0, 4.0])


def test_what_a_given_function_raises_can_be_caught_inside(fresh):
    fresh.run("def f(g):\n    try: g(1)\n    except ValueError as error: return str(error)")
    assert fresh.call("f", (lambda: None,), {}, {}).result.startswith("TypeError")


def test_substitutes_stand_in_for_the_time_of_a_call(fresh):
    fresh.run("def helper(x): return -1\ndef f(x): return helper(x)")
    assert fresh.call("f", (3,), {}, {"helper": lambda x: x * 10, "other": lambda: 0}).result == 30
    assert fresh.call("f", (3,), {}, {}).result == -1
    assert "NameError" in str(fresh.run("other").outputs)


def test_a_result_that_is_too_large_is_said(fresh):
    fresh.run("import numpy as np\ndef f(n): return np.zeros(n)")
    with pytest.raises(StudentError, match=r"the result is too large: 16000\d\d\d bytes, and 8388608 is the limit"):
        fresh.call("f", (2_000_000,), {}, {})
    assert fresh.call("f", (2,), {}, {}).result.tolist() == [0, 0]


def test_a_function_that_raises_and_a_stub(fresh):
    fresh.run("def f(): return 1 / 0\ndef g(): raise NotImplementedError('later')\ndef h(): raise SystemExit")
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        fresh.call("f", (), {}, {})
    with pytest.raises(NotImplementedError, match="later"):
        fresh.call("g", (), {}, {})
    with pytest.raises(StudentError):
        fresh.call("h", (), {}, {})
    with pytest.raises(StudentError, match="NameError"):
        fresh.call("missing", (), {}, {})


def test_errors_carry_no_escape_codes_and_no_invented_names(fresh):
    fresh.run("def f(): raise type('=1+1', (Exception,), {})('\\x1b[31m[/bold]\\r\\n')")
    with pytest.raises(StudentError) as error:
        fresh.call("f", (), {}, {})
    assert str(error.value).isprintable()
    assert str(error.value).startswith("an exception: ")


@pytest.mark.parametrize(
    "question",
    [
        "np.ones((10**5, 1)), np.ones((1, 10**5))",
        "np.ones((1000, 500, 2)), np.ones((2, 600))",
        "np.ones((50, 1, 20)), np.ones((1, 50, 20)), np.ones((60, 50, 20))",
        "np.ones((1, 1, 1, 1, 1))",
        "['word' * 9, np.ones((30, 30))] * 20",
        "10**9",
        "np.array(10**9)",
        "np.zeros((1, 10**6, 0))",
        "[0] * 10_000",
        "{'T': (1, [10**9])}",
        "-(10**30)",
    ],
)
def test_given_functions_answer_small_questions_only(fresh, question):
    fresh.run(f"import numpy as np\ndef f(g): return g({question})")
    with pytest.raises(StudentError, match="sizes up to"):
        fresh.call("f", (lambda *args: 1,), {}, {})


def test_given_functions_answer_questions_of_the_size_of_an_exercise(fresh):
    fresh.run("import numpy as np\ndef f(g): return g(np.full((3, 5), -1e300), np.array(7), [1, 'two', None], n=-3)")
    assert fresh.call("f", (lambda *args, n: len(args) + n,), {}, {}).result == 0


def test_a_small_question_with_a_huge_answer_takes_no_memory_here(fresh):
    """Scores of 600 words for each of half a million states of one number: 2.4 GB."""
    fresh.run("import numpy as np\nfrom rnncore.functional.sequence.layouts import ReadoutParams")
    fresh.run("def f(g): return g(np.ones((1000, 500, 1)), ReadoutParams(np.ones((1, 600)), np.ones(600)))[0, 0, 0]")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(StudentError, match="sizes up to"):
        fresh.call("f", (readout,), {}, {})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


MISFITS = {
    "rnn_step(np.eye(1), RNNState(np.eye(1)), RNNParams(np.eye(1), np.ones((9, 1, 90)), np.ones(1)))": (
        r"params.W_h must be an array \(H, H\) with H = 1 here; got an array of shape \(9, 1, 90\)"
    ),
    "rnn_step(np.ones((3, 1)), RNNState(np.ones((1, 2))), RNNParams(np.ones((1, 2)), np.eye(2), np.ones(2)))": (
        r"state.h must be an array \(B, H\) with B = 3 here; got an array of shape \(1, 2\)"
    ),
    "rnn_step(np.ones((3, 1)), RNNState(np.ones((3, 1))), RNNParams(np.ones((1, 1)), np.eye(1), np.ones((5, 3, 1))))": (
        r"params.b must be an array \(H\) with H = 1 here; got an array of shape \(5, 3, 1\)"
    ),
    "rnn_step(1j * np.ones((3, 1)), RNNState(np.ones((3, 1))), RNNParams(np.eye(1), np.eye(1), np.ones(1)))": (
        r"x must be an array \(B, D\).*complex128"
    ),
    "rnn_step(7, RNNState(np.ones((3, 1))), RNNParams(np.eye(1), np.eye(1), np.ones(1)))": "x must be .*; got int",
    "unroll(rnn_step, np.ones((3, 4, 1)), RNNState(np.eye(1)), RNNParams(np.eye(1), np.eye(1), np.ones(1)))": (
        r"state.h must be an array \(B, H\) with B = 3"
    ),
}


@pytest.mark.parametrize("question", MISFITS)
def test_given_functions_broadcast_nothing(fresh, question):
    fresh.run("import numpy as np\nfrom rnncore.functional.cells import RNNParams, RNNState")
    fresh.run(f"def f(unroll, rnn_step): return {question}")
    with pytest.raises(StudentError, match=MISFITS[question]):
        fresh.call("f", (unroll, rnn_step), {}, {})


def test_shapes_are_read_off_signatures_also_where_they_are_computed():
    state, params = (
        LSTMState(np.ones((2, 3)), np.ones((2, 3))),
        LSTMParams(np.ones((4, 12)), np.ones((3, 12)), np.ones(12)),
    )
    require_shapes(lstm_step, (np.ones((2, 4)), state, params), {})
    require_shapes(readout, (np.ones((7, 2, 3)),), {"params": ReadoutParams(np.ones((3, 5)), np.ones(5))})
    for wrong in (params._replace(b=np.ones(11)), params._replace(W_x=np.ones((4, 9)))):
        with pytest.raises(ValueError, match="4H"):
            require_shapes(lstm_step, (np.ones((2, 4)), state, wrong), {})
    with pytest.raises(TypeError):
        require_shapes(lstm_step, (), {})


def test_shapes_of_an_object_that_can_be_called_and_not_hashed():
    @dataclass
    class Doubling:
        asked: list[Any]

        def __call__(self, x: Float[Any, "B D"]) -> Any:  # noqa: F722
            self.asked.append(x)
            return 2 * x

    require_shapes(Doubling([]), (np.ones((2, 3)),), {})
    with pytest.raises(ValueError, match="x must be an array"):
        require_shapes(Doubling([]), (np.ones(3),), {})


def test_given_functions_take_no_memory_of_ours(fresh):
    fresh.run("def f(g): return g()")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(StudentError, match="128 MiB"):
        fresh.call("f", (lambda: np.ones(100_000_000).sum(),), {}, {})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB
    assert fresh.call("f", (lambda: np.ones(3),), {}, {}).result.tolist() == [1, 1, 1]


def test_given_functions_take_no_time_of_ours(wheel):
    def spends(n: int) -> float:
        end = time.process_time() + n / 10
        while time.process_time() < end:
            pass
        return 0.0

    with small(wheel, call_seconds=60.0, submission_seconds=900.0) as session:  # so no clock comes first
        session.run("def f(g, n): return [g(n) for _ in range(200)]")
        before = time.process_time()
        _, reason = elapsed(session.call, "f", (spends, 1), {}, {})
        assert time.process_time() - before < 1.0
        assert reason == "the call of f asked a given function for what takes more than 2 s or 128 MiB"
        session.restart()
        session.run("def f(g, n): return [g(n) for _ in range(200)]")
        assert session.call("f", (spends, 0), {}, {}).result == [0.0] * 200


def test_a_function_of_a_test_cell_notes_down_what_it_is_asked(fresh):
    """Instructors may write such tests; what the cell defines belongs to no module."""
    cell: dict[str, Any] = {}
    exec("asked = []\ndef note(x): asked.append(x)", cell)
    fresh.run("def f(g): g(1), g(2)")
    fresh.call("f", (cell["note"],), {}, {})
    assert cell["asked"] == [1, 2]


def test_asking_back_for_ever_ends(wheel):
    with small(wheel, call_seconds=2.0) as session:
        session.run("def f(g):\n    while True: g(1)")
        seconds, _ = elapsed(session.call, "f", (lambda x: x,), {}, {})
        assert seconds < by_the_clock(2.0)


# Forged answers: the process finds its socket and writes to it

FORGE = """
import json, os, socket, stat, struct
def forge(form, sizes=(), payload=b''):
    text = form if isinstance(form, bytes) else json.dumps({'form': form, 'sizes': list(sizes)}).encode()
    for fd in sockets():
        try:
            os.write(fd, struct.pack('>II', len(text), len(payload)) + text + payload)
        except OSError:
            pass
def sockets():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                yield fd
        except OSError:
            pass
def d(**pairs):
    return {'t': 'dict', 'v': [[k, v] for k, v in pairs.items()]}
def l(*items):
    return {'t': 'list', 'v': list(items)}
"""

FORGED = {
    "no JSON": "forge(b'nonsense')",
    "no dictionary": "forge(l())",
    "a number": "forge(5)",
    "a dictionary of a number": "forge({'t': 'dict', 'v': 5})",
    "outputs that are a number": "forge(d(outputs=5, ok=True))",
    "outputs that are numbers": "forge(d(outputs=l(5), ok=True))",
    "an output without a type": "forge(d(outputs=l(d(a=1)), ok=True))",
    "an unknown output": "forge(d(outputs=l(d(output_type='update_display_data')), ok=True))",
    "data that is a list": "forge(d(outputs=l(d(output_type='display_data', data=l())), ok=True))",
    "a traceback that is a number": (
        "forge(d(outputs=l(d(output_type='error', ename='a', evalue='b', traceback=5)), ok=True))"
    ),
    "an array of a lying shape": (
        "forge(d(outputs={'t': 'array', 'dtype': 'f8', 'shape': [0, 67108864, 67108864, 67108864], 'b': 0}), [0])"
    ),
    "a dtype that is a list": "forge(d(outputs={'t': 'array', 'dtype': [], 'shape': [], 'b': 0}), [0])",
    "half a surrogate": "forge(d(outputs=l(d(output_type='stream', name='stdout', text='\\ud800')), ok=True))",
    "a callback that is not there": "forge(d(callback=3, args={'t': 'tuple', 'v': []}, kwargs=d()))",
    "a callback of nothing": "forge(d(callback='x'))",
    "a deep form": "forge(b'[' * 100000)",
    "an output that closes what it prints to": "import sys; sys.stdout.close(); sys.stderr = None",
    "a header of four gigabytes": "for fd in sockets(): os.write(fd, struct.pack('>II', 2**32 - 1, 2**32 - 1))",
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_answer_to_a_cell_is_an_end_or_an_output(fresh, kind):
    fresh.run(FORGE)
    try:
        run = fresh.run(FORGED[kind])
        json.dumps(run.outputs, ensure_ascii=False).encode()
    except Ended:
        pass


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_answer_to_a_call_is_an_end_or_a_result(fresh, kind):
    fresh.run(FORGE)
    fresh.run(f"def f(g): {FORGED[kind]}")
    with contextlib.suppress(Ended, StudentError):
        fresh.call("f", (lambda: 0,), {}, {})


def test_what_was_forged_for_one_process_is_not_read_from_the_next(fresh):
    with contextlib.suppress(Ended):
        fresh.run(FORGE + "\nfor _ in range(50): forge(d(result=42))")
    fresh.restart()
    fresh.run("def f(): return 1")
    assert fresh.call("f", (), {}, {}).result == 1


# Where no sandbox can be had


def test_a_missing_bwrap_is_named(new_wheel, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxError, match="install bubblewrap"):
        Session(new_wheel, Limits())


def test_a_sandbox_that_does_not_start_is_named(new_wheel, monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SandboxError, match="No permissions to create a new namespace"):
        Session(new_wheel, Limits())


def test_without_walls_cells_run_and_end_all_the_same(wheel):
    before = family()
    with Session(wheel, Limits(cell_seconds=1.0), sandbox=False) as session:
        assert inside(session, "print(1)") == 1
        elapsed(session.run, FOREVER)
        session.restart()
        assert inside(session, "print(2)") == 2
    wait_for(lambda: family() == before)
