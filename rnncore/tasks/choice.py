"""Drawing from a fixed list."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def choose(options: Sequence[T], rng: np.random.Generator) -> T:
    """One of the options, each as likely as the others; rng draws."""
    return options[int(rng.integers(len(options)))]
