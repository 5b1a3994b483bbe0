"""One gradebook for all that a grade takes, and one commit.

nbgrader opens the gradebook anew in each step of its autograding, eight times for a submission, and commits after each
cell, where each commit waits for a disk. Within a block of `one_gradebook` its steps have the same one.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import autograde
from nbgrader.preprocessors import latesubmissions, saveautogrades

_open: ContextVar[Any] = ContextVar("_open", default=None)


class _Shared(Gradebook):
    """Steps that leave it do not close it."""

    def __exit__(self, *exc: Any) -> None:
        pass


@contextmanager
def one_gradebook(url: str) -> Iterator[Any]:
    """A gradebook that nbgrader's steps share; a block inside another one has that of the outer one.

    What is written in the block is there for others at its end, and nothing of it if the block raises.

    Args:
        url: of the gradebook.

    Yields:
        nbgrader's `Gradebook`.
    """
    if (outer := _open.get()) is not None:
        yield outer
        return
    with closing(_Shared(url)) as gradebook:
        commit, gradebook.db.commit = gradebook.db.commit, gradebook.db.flush
        token = _open.set(gradebook)
        try:
            yield gradebook
            commit()
        finally:
            _open.reset(token)


def _opened(url: str, *course: Any) -> Any:
    """What nbgrader's steps have in the place of `Gradebook`."""
    gradebook = _open.get()
    if gradebook is None:
        return Gradebook(url, *course)
    gradebook.db.flush()
    gradebook.db.expire_all()  # as if read anew
    return gradebook


for steps in (autograde, latesubmissions, saveautogrades):
    setattr(steps, "Gradebook", _opened)  # noqa: B010
