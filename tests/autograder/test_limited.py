"""Calls with limits. Oracles: what the function itself returns; the clocks and the memory of this process."""

import ast
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder import limited
from autograder.limited import Allowance, LimitExceeded


def busy(seconds: float) -> float:
    """Use the processor."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return seconds


def large(mib: int) -> int:
    return len(bytes(mib * 2**20))


def long_text(mib: int) -> str:
    return "x" * (mib * 2**20)


class Odd(Exception):
    """One that cannot be made again from what it says."""

    def __init__(self, number: int, text: str):
        super().__init__(f"{number} {text}")


def odd() -> None:
    raise Odd(1, "x")


def leave(directory: str) -> str:
    os.chdir(directory)
    os.environ["LEFT"] = "behind"
    return str(os.getpid())


def left() -> tuple[str, str | None]:
    return os.getcwd(), os.environ.get("LEFT")


def test_a_call_returns_what_the_function_returns():
    assert Allowance().call(json.loads, '{"a": [1, null]}') == {"a": [1, None]}
    assert Allowance().call(int, "ff", base=16) == 255


def test_a_call_raises_what_the_function_raises():
    with pytest.raises(json.JSONDecodeError, match="line 2"):
        Allowance().call(json.loads, "[\n1,")
    with pytest.raises(RecursionError):
        Allowance().call(json.loads, "[" * 200_000)
    with pytest.raises(RuntimeError, match="Odd: 1 x"):
        Allowance().call(odd)


def test_time_is_limited_also_inside_one_call_of_a_library():
    start = time.process_time()
    with pytest.raises(LimitExceeded, match=r"takes more than 0\.2 s"):
        Allowance(0.2).call(json.loads, "[" + "[],[{}]," * 1_000_000 + "0]")
    with pytest.raises(LimitExceeded, match=r"takes more than 0\.2 s"):
        Allowance(0.2).call(busy, 5.0)
    assert time.process_time() - start < 1.0


def test_waiting_costs_nothing():
    Allowance(0.2).call(time.sleep, 0.5)


def test_the_calls_of_one_allowance_share_its_time():
    allowance = Allowance(0.5)
    assert allowance.call(busy, 0.3) == 0.3
    with pytest.raises(LimitExceeded):
        allowance.call(busy, 0.3)
    with pytest.raises(LimitExceeded):
        allowance.call(abs, -1)
    assert Allowance(0.5).call(busy, 0.3) == 0.3


def test_memory_is_limited_and_stays_with_the_child():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert Allowance().call(large, 300) == 300 * 2**20
    with pytest.raises(LimitExceeded, match="takes more than 512 MB of memory"):
        Allowance().call(large, 600)
    with pytest.raises(LimitExceeded, match="takes more than 512 MB of memory"):
        Allowance().call(long_text, 100)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


@pytest.mark.slow
def test_a_call_that_ends_its_process_costs_the_next_one_nothing():
    for end in (os._exit, crash):
        with pytest.raises(LimitExceeded, match="ends the process"):
            Allowance().call(end, 3)
        assert Allowance().call(abs, -1) == 1


def crash(code: int) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def test_a_helper_that_was_killed_costs_nobody_a_call():
    helper = Allowance().call(os.getppid)
    os.kill(helper, signal.SIGKILL)
    assert Allowance().call(os.getppid) != helper


def once(path: str) -> str:
    """End the process the first time, as where the system has no memory left."""
    if not os.path.exists(path):
        Path(path).write_text("here")
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_a_child_that_something_else_ended_is_tried_again(tmp_path):
    assert Allowance().call(once, str(tmp_path / "here")) == "done"


def test_a_call_leaves_nothing_for_the_next_one(tmp_path):
    before = Allowance().call(left)
    assert Allowance().call(leave, str(tmp_path)) != str(os.getpid())
    assert Allowance().call(left) == before


def test_the_cost_of_a_call_is_small():
    limited.prepare(ast_is_ready)
    Allowance().call(ast.parse, "1")
    spent = []
    for _ in range(20):
        start = time.perf_counter()
        Allowance().call(ast.parse, "1")
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.1  # a few milliseconds on a machine that does nothing else


def ast_is_ready() -> None:
    pass


def test_a_folder_that_shadows_the_grader_is_not_looked_into(tmp_path):
    (tmp_path / "autograder").mkdir()
    (tmp_path / "autograder" / "__init__.py").write_text("raise SystemExit('shadowed')")
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')")
    program = "from autograder.limited import Allowance; print(Allowance().call(abs, -1))"
    done = subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_the_helper_ends_with_the_process_that_asks():
    program = (
        "from autograder.limited import Allowance; import os, time\n"
        "print(Allowance().call(os.getppid), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-P", "-c", program], stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        helper = int(asking.stdout.readline())
        asking.kill()
    until = time.monotonic() + 10
    while Path(f"/proc/{helper}/cmdline").exists() and Path(f"/proc/{helper}/cmdline").read_bytes():
        assert time.monotonic() < until
        time.sleep(0.05)
