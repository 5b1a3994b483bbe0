"""Which processes a process has started. Oracle: psutil, which looks through all processes."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from autograder.sandbox import descendants as module
from autograder.sandbox.descendants import descendants

TREE = """
import subprocess, threading, time
import psutil
grandchildren = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60 & wait"])
def start_and_stay():
    own = subprocess.Popen(["sleep", "60"])
    time.sleep(60)
thread = threading.Thread(target=start_and_stay)
thread.start()
while len(psutil.Process().children(recursive=True)) < 4:
    time.sleep(0.01)
print("started", flush=True)
thread.join()
"""


@pytest.fixture
def tree() -> Iterator[psutil.Process]:
    """A process that runs, with four others below it, one of them started by a second thread."""
    with subprocess.Popen([sys.executable, "-c", TREE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        root = psutil.Process(process.pid)
        family = [*root.children(recursive=True), root]
        yield root
        for member in family:
            member.kill()


def test_all_are_found_nearest_first(tree):
    found = descendants(tree)
    assert len(found) == 4
    assert set(found) == set(tree.children(recursive=True))
    nearest = len(tree.children())
    assert set(found[:nearest]) == set(tree.children())


def test_a_kernel_that_does_not_tell_children(tree, monkeypatch, tmp_path):
    by_kernel = descendants(tree)
    monkeypatch.setattr(module, "_PROC", tmp_path)
    assert set(descendants(tree)) == set(by_kernel)


MANY = """
import subprocess, threading, time
for _ in range(100):
    threading.Thread(target=time.sleep, args=(60,)).start()
subprocess.Popen(["sleep", "60"])
print("started", flush=True)
"""


def test_a_process_with_many_threads():
    with subprocess.Popen([sys.executable, "-c", MANY], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        root = psutil.Process(process.pid)
        below = root.children(recursive=True)
        assert len(below) == 1
        assert descendants(root) == below
        for member in [*below, root]:
            member.kill()


def test_a_kernel_that_refuses_to_tell(tree, monkeypatch):
    def refuse(folder):
        raise PermissionError

    by_kernel = descendants(tree)
    monkeypatch.setattr(module, "_listed", refuse)
    assert set(descendants(tree)) == set(by_kernel)


def test_a_process_that_has_ended():
    ended = subprocess.Popen(["true"])
    process = psutil.Process(ended.pid)
    ended.wait()
    with pytest.raises(psutil.NoSuchProcess):
        descendants(process)
