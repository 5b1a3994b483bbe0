"""Interpreters that have imported nothing yet but large libraries, of which each runs one program."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PARENT = """
import json, os, sys, traceback
import matplotlib.pyplot, numpy, sklearn.datasets, torch

def run(program):
    try:
        exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

for line in sys.stdin:
    end, said = os.pipe()
    if (child := os.fork()) == 0:
        os.dup2(said, 2)
        failed = run(json.loads(line))
        sys.stderr.flush()
        os._exit(failed)
    os.close(said)
    with open(end, errors="replace") as file:
        text = file.read()
    print(json.dumps([os.waitpid(child, 0)[1], text]), flush=True)
"""


@contextmanager
def interpreters() -> Iterator[Callable[[str], None]]:
    """Gives a function that runs a program in an interpreter of its own, and raises if it fails.

    Each is forked from one that has imported what takes seconds, and sees no other path than Python's own.
    """
    command = [sys.executable, "-I", "-c", _PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None

        def run(program: str) -> None:
            print(json.dumps(program), file=parent.stdin, flush=True)
            status, said = json.loads(parent.stdout.readline())
            assert status == 0, said

        yield run
        parent.stdin.close()
