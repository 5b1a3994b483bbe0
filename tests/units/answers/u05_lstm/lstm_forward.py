"""Answers to `lstm_forward`."""

import numpy as np

from rnncore.functional.cells import LSTMState, lstm_step
from rnncore.functional.sequence import unroll
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_unroll(xs, state, params):
    return unroll(lstm_step, xs, state, params)


@answers.is_right
def by_unroll_with_a_lambda(xs, state, params):
    return unroll(lambda x, s, p: lstm_step(x, s, p), xs, state, params)


@answers.is_right
def filled_array(xs, state, params):
    (B, T, _), H = xs.shape, state.h.shape[1]
    hs, caches = np.empty((B, T, H)), [None] * T
    for t in range(T):
        state, caches[t] = lstm_step(xs[:, t], state, params)
        hs[:, t] = state.h
    return hs, state, caches


def _run(xs, state, params, onward=lambda new, first: new):
    hs, caches, first, new = [], [], state, state
    for t in range(xs.shape[1]):
        new, cache = lstm_step(xs[:, t], state, params)
        hs.append(new.h)
        caches.append(cache)
        state = onward(new, first)
    return np.stack(hs, axis=1), new, caches


@answers.is_wrong("state_not_carried")
def always_from_the_start(xs, state, params):
    return _run(xs, state, params, lambda new, first: first)


@answers.is_wrong("cell_not_carried")
def cell_is_not_handed_on(xs, state, params):
    return _run(xs, state, params, lambda new, first: LSTMState(new.h, first.c))


@answers.is_wrong("hidden_state_not_carried")
def h_is_not_handed_on(xs, state, params):
    return _run(xs, state, params, lambda new, first: LSTMState(first.h, new.c))


@answers.is_wrong("shows_cell")
def cells_are_shown(xs, state, params):
    cs, caches = [], []
    for t in range(xs.shape[1]):
        state, cache = lstm_step(xs[:, t], state, params)
        cs.append(state.c)
        caches.append(cache)
    return np.stack(cs, axis=1), state, caches


@answers.is_wrong("time_first")
def steps_first(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs.swapaxes(0, 1), last, caches


@answers.is_wrong("starts_empty")
def from_zeros(xs, state, params):
    return _run(xs, LSTMState(0 * state.h, 0 * state.c), params)


@answers.is_wrong("bare")
def last_h_for_the_state(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs, last.h, caches


@answers.is_wrong("returns_first_state")
def first_state_returned(xs, state, params):
    hs, _, caches = _run(xs, state, params)
    return hs, state, caches


@answers.is_wrong("first_alone")
def caches_missing(xs, state, params):
    return _run(xs, state, params)[:2]


@answers.is_wrong("caches_backwards")
def caches_reversed(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs, last, caches[::-1]


@answers.is_wrong("first_step_left_out")
def first_step_left_out(xs, state, params):
    return _run(xs[:, 1:], state, params) if xs.shape[1] > 1 else _run(xs, state, params)
