"""The process that workers are forked from, when it has imported what all of them need."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import BaseContext


def start() -> BaseContext:
    """Start it, if it does not run, and go on while it imports.

    Returns:
        What starts the workers. They import by themselves where the fork server finds no place for its socket: in a
        folder for temporary files that is full, or whose name is too long.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.grading.preloaded"])
    try:
        forkserver.ensure_running()
    except OSError:
        return multiprocessing.get_context("spawn")
    return context
