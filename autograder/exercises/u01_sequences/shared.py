"""Inputs, oracles and laid-open parts that several exercises of Unit 1 share."""

from collections.abc import Sequence
from typing import Any

import numpy as np

WORDS = ("river", "stone", "bird", "house", "lamp", "cloud", "seven", "garden", "1990", "bread", "salt", "moon")


def draw_without_repeats(rng: np.random.Generator, among: Sequence[str], n: int) -> list[str]:
    """n of them, no one twice."""
    return [among[int(k)] for k in rng.permutation(len(among))[:n]]


def shuffled(rng: np.random.Generator, items: Sequence[Any]) -> list[Any]:
    return [items[k] for k in rng.permutation(len(items))]
