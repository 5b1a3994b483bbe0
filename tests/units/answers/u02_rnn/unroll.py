"""Answers to `unroll`."""

import numpy as np

from rnncore.functional.cells import RNNState, rnn_step
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def filled_array(step, xs, state, params):
    B, T, _ = xs.shape
    hs, caches = None, []
    for t in range(T):
        state, cache = step(xs[:, t, :], state, params)
        if hs is None:
            hs = np.zeros((B, T, state.h.shape[1]))
        hs[:, t] = state.h
        caches.append(cache)
    return hs, state, caches


@answers.is_right
def over_swapped_axes(step, xs, state, params):
    results = []
    for x in xs.transpose(1, 0, 2):
        results.append(step(x, results[-1][0] if results else state, params))
    states, caches = zip(*results, strict=True)
    return np.array([s.h for s in states]).swapaxes(0, 1), states[-1], list(caches)


@answers.is_right
def recursive(step, xs, state, params):
    state, cache = step(xs[:, 0], state, params)
    if xs.shape[1] == 1:
        return state.h[:, None], state, [cache]
    hs, last, caches = recursive(step, xs[:, 1:], state, params)
    return np.concatenate([state.h[:, None], hs], axis=1), last, [cache, *caches]


def _unrolled(step, xs, state, params):
    states, caches = [], []
    for t in range(xs.shape[1]):
        state, cache = step(xs[:, t], state, params)
        states.append(state)
        caches.append(cache)
    return states, caches


@answers.is_wrong("state_not_carried")
def always_from_the_first_state(step, xs, state, params):
    results = [step(xs[:, t], state, params) for t in range(xs.shape[1])]
    return np.stack([s.h for s, _ in results], axis=1), results[-1][0], [c for _, c in results]


@answers.is_wrong("time_first")
def steps_before_batch(step, xs, state, params):
    states, caches = _unrolled(step, xs, state, params)
    return np.stack([s.h for s in states]), states[-1], caches


@answers.is_wrong("step_ignored")
def only_rnn_step(step, xs, state, params):
    states, caches = _unrolled(rnn_step, xs, state, params)
    return np.stack([s.h for s in states], axis=1), states[-1], caches


@answers.is_wrong("h_alone_handed_on")
def only_h_is_handed_on(step, xs, state, params):
    hs, caches, h = [], [], state.h
    for t in range(xs.shape[1]):
        new, cache = step(xs[:, t], state._replace(h=h), params)
        h = new.h
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), state._replace(h=h), caches


@answers.is_wrong("states_before_the_steps")
def first_state_among_the_states(step, xs, state, params):
    states, caches = _unrolled(step, xs, state, params)
    return np.stack([s.h for s in [state, *states[:-1]]], axis=1), states[-1], caches


@answers.is_wrong("last_cache_alone")
def last_cache_alone(step, xs, state, params):
    states, caches = _unrolled(step, xs, state, params)
    return np.stack([s.h for s in states], axis=1), states[-1], caches[-1]


@answers.is_wrong("bare_last_state")
def last_h_for_last_state(step, xs, state, params):
    states, caches = _unrolled(step, xs, state, params)
    return np.stack([s.h for s in states], axis=1), states[-1].h, caches


@answers.is_wrong("last_step_missing")
def last_step_is_missing(step, xs, state, params):
    states, caches = _unrolled(step, xs[:, :-1], state, params)
    return np.stack([s.h for s in states], axis=1), states[-1], caches


@answers.is_wrong()
def over_the_batch(step, xs, state, params):
    hs, caches = [], []
    for x in xs:
        state, cache = step(x, RNNState(np.zeros((len(x), state.h.shape[1]))), params)
        hs.append(state.h)
        caches.append(cache)
    return np.stack(hs), state, caches


@answers.is_wrong("caches_reversed")
def caches_backwards(step, xs, state, params):
    states, caches = _unrolled(step, xs, state, params)
    return np.stack([s.h for s in states], axis=1), states[-1], caches[::-1]
