"""The process that workers are forked from, when it has imported what all of them need."""

import multiprocessing
import sys
import tempfile
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path


def start() -> BaseContext:
    """Start it, if it does not run, and go on while it imports.

    Returns:
        What starts the workers. They import by themselves where the fork server finds no place for the socket on which
        it takes orders: in a folder for temporary files that is full, has too long a name, or can be seen by sandboxes.
    """
    if not _in_sight(Path(tempfile.gettempdir())):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["autograder.grading.preloaded"])
        try:
            forkserver.ensure_running()
            return context
        except OSError:
            pass
    return multiprocessing.get_context("spawn")


def _in_sight(folder: Path) -> bool:
    """Whether a folder lies in what sandboxes see of this machine. They see a socket there even if it is read-only."""
    seen = (Path(place).resolve() for place in ("/usr", sys.prefix, sys.base_prefix))
    return any(map(folder.resolve().is_relative_to, seen))
