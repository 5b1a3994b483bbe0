"""One gradebook for all that a grade takes, and one commit of its points.

nbgrader opens the gradebook anew in each step of its autograding and commits after each cell, where each commit waits
for a disk. Within a block of `one_gradebook` its steps have the same one. The last of them calls the late rule of the
class, which may look into the gradebook, or write there, by itself; so what the steps before it entered is committed
then.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import autograde
from nbgrader.preprocessors import latesubmissions, saveautogrades

from autograder.grading.own_tables import make_tables

_open: ContextVar[Any] = ContextVar("_open", default=None)


class _Shared(Gradebook):
    """Steps that leave it do not close it, and what they commit waits for `commit`."""

    def __init__(self, url: str):
        super().__init__(url)
        self.url = url
        self.commit, self.db.commit = self.db.commit, self.db.flush

    def __exit__(self, *exc: Any) -> None:
        pass


@contextmanager
def one_gradebook(url: str) -> Iterator[Any]:
    """A gradebook that nbgrader's steps share; a block inside another one has that of the outer one.

    What is entered in the block is there for others at its end, or when the late rule is called. If the block raises
    before, nothing of it is.

    Args:
        url: of the gradebook.

    Yields:
        nbgrader's `Gradebook`.
    """
    outer = _open.get()
    if outer is not None and outer.url == url:
        yield outer
        return
    with closing(_Shared(url)) as gradebook:
        make_tables(gradebook)
        token = _open.set(gradebook)
        try:
            yield gradebook
            gradebook.commit()
        finally:
            _open.reset(token)


def _opened(url: str, *course: Any) -> Any:
    """What nbgrader's steps have in the place of `Gradebook`."""
    gradebook = _open.get()
    if gradebook is None or gradebook.url != url:
        return Gradebook(url, *course)
    gradebook.db.flush()
    gradebook.db.expire_all()  # as if read anew
    return gradebook


def _opened_to_others(url: str, *course: Any) -> Any:
    """What the step has that calls the late rule of the class."""
    gradebook = _opened(url, *course)
    if isinstance(gradebook, _Shared):
        gradebook.commit()
    return gradebook


for step, opened in ((autograde, _opened), (saveautogrades, _opened), (latesubmissions, _opened_to_others)):
    setattr(step, "Gradebook", opened)  # noqa: B010
