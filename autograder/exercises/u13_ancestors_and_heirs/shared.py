"""Inputs and oracles that several exercises of Unit 13 share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checking import Exercise
from rnncore.functional.base import linear_recurrence, sigmoid
from rnncore.functional.cells import MinGRUParams, RNNState, init_min_gru_params


def draw_signs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.where(rng.random(shape) < 0.5, 1.0, -1.0)


def draw_weights(rng: np.random.Generator, N: int) -> np.ndarray:
    """Symmetric, with zeros on the diagonal."""
    W = np.triu(rng.normal(size=(N, N)), 1)
    return W + W.T


def draw_cell(rng: np.random.Generator, B: int, T: int, D: int, H: int) -> tuple[np.ndarray, RNNState, MinGRUParams]:
    """Sequences, a state that is not empty, and weights large enough to open and shut gates."""
    params = MinGRUParams(*(3.0 * part for part in init_min_gru_params(D, H, rng)))
    return rng.normal(size=(B, T, D)), RNNState(rng.normal(size=(B, H))), params


def step_by_step(
    xs: np.ndarray, state: RNNState, params: MinGRUParams, factor: Callable[[float], float]
) -> tuple[np.ndarray, RNNState]:
    """The oracle of minGRU and its signed form: sequence by sequence, step by step, unit by unit."""
    (B, T, _), H = xs.shape, state.h.shape[1]
    hs = np.zeros((B, T, H))
    for b, j in np.ndindex(B, H):
        h = state.h[b, j]
        for t in range(T):
            z = 1.0 / (1.0 + np.exp(-(xs[b, t] @ params.W_x[:, j] + params.b[j])))
            n = xs[b, t] @ params.W_x[:, H + j] + params.b[H + j]
            h = factor(z) * h + z * n
            hs[b, t, j] = h
    return hs, RNNState(hs[:, -1])


def laid_open(
    xs: np.ndarray,
    state: RNNState,
    params: MinGRUParams,
    factor: Callable[[Any], Any],
    blocks: Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]] = lambda a, H: (a[..., :H], a[..., H:]),
    summed: Callable[[np.ndarray, MinGRUParams], np.ndarray] = lambda xs, params: xs @ params.W_x + params.b,
    gate: Callable[[Any], Any] = sigmoid,
    candidate: Callable[[Any], Any] = lambda n: n,
    added: Callable[[Any, Any], Any] = lambda z, n: z * n,
    first: Callable[[Any], Any] = lambda h: h,
) -> tuple[np.ndarray, RNNState]:
    """minGRU and its signed form with their parts laid open."""
    a_z, a_n = blocks(summed(xs, params), state.h.shape[1])
    z, n = gate(a_z), candidate(a_n)
    hs = linear_recurrence(factor(z), added(z, n), first(state.h))
    return hs, RNNState(hs[:, -1])


def _biased(change: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Callable[..., np.ndarray]:
    """The sums of gate and candidate, with what becomes of their biases."""
    return lambda xs, params: xs @ params.W_x + np.concatenate(change(*np.split(params.b, 2)))


def wrong_biases(exercise: Exercise, laid_open: Callable[..., Any]) -> None:
    """Add the mistakes with the biases of gate and candidate, which minGRU and its signed form have in common."""
    exercise.knob(
        laid_open,
        "no_bias_in_the_candidate",
        "Your candidate is made without its bias. The second half of b belongs to it.",
        summed=_biased(lambda gate, candidate: (gate, 0.0 * candidate)),
    )
    exercise.knob(
        laid_open,
        "no_bias_in_the_gate",
        "Your gate is made without its bias. The first half of b belongs to it.",
        summed=_biased(lambda gate, candidate: (0.0 * gate, candidate)),
    )
    exercise.knob(
        laid_open,
        "one_bias_for_both",
        "Your gate and candidate have the same bias. b has a half for each.",
        summed=_biased(lambda gate, candidate: (gate, gate)),
    )
