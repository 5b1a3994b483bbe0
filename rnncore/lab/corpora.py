"""Corpora in a notebook, which goes on without them."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def load_if_there(load: Callable[[], T], left_out: str) -> T | None:
    """Load a corpus; without it, say in one line what is left out and how to get it.

    Args:
        load: loads the corpus, such as `tiny_shakespeare`, or runs what needs it.
        left_out: what the notebook leaves out without it, and what stands there instead.

    Returns:
        What `load` returns, or None if the corpus cannot be had.
    """
    try:
        return load()
    except OSError as error:
        print(f"Left out: {left_out}. {error}")
        return None
