"""The processes that grade, without anything to grade."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.grading import trusted
from autograder.grading.job import Job
from autograder.grading.pools import LocalPool
from autograder.sandbox.walls import Limits


def modules() -> set[str]:
    return set(sys.modules)


def environment() -> dict[str, str]:
    return dict(os.environ)


def leave_a_folder_open() -> str:
    """A sandbox pool keeps the rnncore of students in a folder that is removed as the process ends."""
    with contextlib.suppress(Exception):
        trusted.SANDBOXES._start(b"no wheel", (), Limits(), False)
    assert trusted.SANDBOXES._wheels is not None
    return trusted.SANDBOXES._wheels.name


def asked(function, *pools):
    job = Job("", "", b"", "", frozenset(), frozenset(), (), Limits(), "", sandbox=False)
    return [pool._started(job).submit(function).result() for pool in pools]


@pytest.fixture
def pool():
    pool = LocalPool(1)
    yield pool
    pool.close()


def test_workers_begin_with_what_is_slow_to_import(pool):
    [own] = asked(modules, pool)
    assert {"torch", "autograder.grading.trusted"} <= own


@pytest.mark.parametrize("module", ["autograder.__main__", "autograder.grading.rebuild", "autograder.grading.trusted"])
def test_what_each_process_imports_leaves_nbgrader_out(module):
    """Each worker imports what the command's own script does, and nbgrader takes a second."""
    script = f"import sys, {module}; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert module in names
    assert not {"autograder.cli", "nbgrader"} & set(names)


def test_workers_have_the_environment_of_the_moment(pool, monkeypatch):
    """The process that they are forked from may be older."""
    asked(environment, pool)
    pool.close()
    monkeypatch.setenv("RNNCOURSE_OF_A_TEST", "1")
    [now] = asked(environment, pool)
    assert now["RNNCOURSE_OF_A_TEST"] == "1"
    pool.close()
    monkeypatch.delenv("RNNCOURSE_OF_A_TEST")
    [then] = asked(environment, pool)
    assert "RNNCOURSE_OF_A_TEST" not in then


def test_workers_share_no_folder_and_leave_none():
    pools = LocalPool(1), LocalPool(1)
    folders = asked(leave_a_folder_open, *pools)
    assert len(set(folders)) == 2
    assert all(Path(folder).is_dir() for folder in folders)
    pools[0].close()
    assert [Path(folder).exists() for folder in folders] == [False, True]
    pools[1].close()
    assert not Path(folders[1]).exists()


SCRIPT = """
from autograder.grading import fork_server, pools
from tests.autograder.grading.test_pools import asked, modules
if __name__ == "__main__":
    pool = pools.LocalPool(1)
    print(fork_server.start().get_start_method(), "autograder.grading.trusted" in asked(modules, pool)[0])
    pool.close()
"""


@pytest.mark.parametrize("place", ["a long name", "in sight of sandboxes"])
def test_without_a_place_for_its_socket_workers_import_by_themselves(place, tmp_path):
    folder = tmp_path / ("long" * 30)
    if place == "in sight of sandboxes":
        folder = Path(sys.prefix) / f"tmp-{os.getpid()}"
    folder.mkdir()
    (tmp_path / "script.py").write_text(SCRIPT)
    env = os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(Path(__file__).parents[3])}
    try:
        done = subprocess.run([sys.executable, tmp_path / "script.py"], capture_output=True, text=True, env=env)
    finally:
        folder.rmdir()  # it is empty
    assert done.stdout == "spawn True\n", done.stderr
