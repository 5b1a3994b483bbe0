"""A small decoder with a memory, and its probabilities by hand, which several exercises of Unit 9 share."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from rnncore.functional.base import log_softmax

V, H = 4, 3
"""Tokens, and numbers in the state."""

Decoder = Callable[[Any, Any], tuple[np.ndarray, Any]]


def draw_decoder(rng: np.random.Generator, scale: float = 2.0) -> Decoder:
    """A decoder of V tokens: state = tanh(E[token] + state R), scores = state W + bias."""
    E, R, W, bias = (scale * rng.normal(size=shape) for shape in ((V, H), (H, H), (H, V), (V,)))

    def decoder(tokens: Any, state: Any) -> tuple[np.ndarray, np.ndarray]:
        state = np.tanh(0.5 * E[np.asarray(tokens)] + 0.5 * np.asarray(state) @ R)
        return state @ W + bias, state

    return decoder


def draw_begin(rng: np.random.Generator, B: int) -> tuple[np.ndarray, np.ndarray]:
    """A state and first tokens of B sequences."""
    return rng.normal(size=(B, H)), rng.integers(0, V, size=B)


def log_p_of(decoder: Decoder, state: Any, start: int, ids: Sequence[int]) -> float:
    """log P of one sequence, token by token, in plain numbers; the state is that of one row, (1, H)."""
    total, token = 0.0, start
    for wanted in ids:
        scores, state = decoder(np.array([token]), state)
        row = [float(score) for score in scores[0]]
        total += row[wanted] - math.log(sum(map(math.exp, row)))
        token = wanted
    return total


def all_sequences(end: int, T: int) -> Iterator[tuple[int, ...]]:
    """All sequences that end within T tokens, or have T."""
    for n in range(1, T + 1):
        for ids in itertools.product(range(V), repeat=n):
            if end not in ids[:-1] and (n == T or ids[-1] == end):
                yield ids


def step_of(decoder: Decoder, tokens: Any, state: Any) -> tuple[np.ndarray, Any]:
    """Log-probabilities of the next tokens, for laid-open parts that run a decoder; and its new state."""
    scores, new = decoder(np.asarray(tokens), state)
    return np.asarray(log_softmax(np.asarray(scores))), new
