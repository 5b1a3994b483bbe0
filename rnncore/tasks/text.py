"""A long text, split for a language model."""

from typing import NamedTuple


class Text(NamedTuple):
    """A text in three parts."""

    train: str
    valid: str
    test: str
