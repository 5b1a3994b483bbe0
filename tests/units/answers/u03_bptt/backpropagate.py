"""Answers to `backpropagate`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import RNNState
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def filled_from_behind(step_backward, dhs, dstate, caches):
    T, dxs, total = len(caches), [None] * len(caches), None
    for t in range(T - 1, -1, -1):
        arriving = type(dstate)(dstate.h + dhs[:, t, :], *dstate[1:])
        dxs[t], dstate, dparams = step_backward(arriving, caches[t])
        total = dparams if total is None else type(dparams)(*(a + b for a, b in zip(total, dparams, strict=True)))
    return np.stack(dxs, axis=1), dstate, total


@answers.is_right
def recursive(step_backward, dhs, dstate, caches):
    dstate = dstate._replace(h=dstate.h + dhs[:, -1])
    dx, dstate, dparams = step_backward(dstate, caches[-1])
    if len(caches) == 1:
        return dx[:, None], dstate, dparams
    dxs, first, others = recursive(step_backward, dhs[:, :-1], dstate, caches[:-1])
    return np.concatenate([dxs, dx[:, None]], axis=1), first, map_tree(np.add, others, dparams)


@answers.is_right
def summed_at_the_end(step_backward, dhs, dstate, caches):
    dxs, every = [], []
    for dh, cache in zip(dhs.swapaxes(0, 1)[::-1], reversed(caches), strict=True):
        dx, dstate, dparams = step_backward(dstate._replace(h=dstate.h + dh), cache)
        dxs.insert(0, dx)
        every.append(dparams)
    return np.stack(dxs, axis=1), dstate, map_tree(lambda *parts: np.sum(parts, axis=0), *every)


def _walk(step_backward, dhs, dstate, caches, arrive, onward=lambda new, old: new):
    dxs, total = [], None
    for t in reversed(range(len(caches))):
        dx, new, dparams = step_backward(arrive(dstate, dhs[:, t]), caches[t])
        dstate = onward(new, dstate)
        dxs.append(dx)
        total = dparams if total is None else map_tree(np.add, total, dparams)
    return np.stack(dxs[::-1], axis=1), dstate, total


def _add(dstate, dh):
    return dstate._replace(h=dstate.h + dh)


@answers.is_wrong("rest_of_the_state_dropped")
def parts_beside_h_are_dropped(step_backward, dhs, dstate, caches):
    return _walk(step_backward, dhs, dstate, caches, lambda s, dh: map_tree(np.zeros_like, s)._replace(h=s.h + dh))


@answers.is_wrong("always_an_rnn_state")
def always_an_rnn_state(step_backward, dhs, dstate, caches):
    return _walk(step_backward, dhs, dstate, caches, lambda s, dh: RNNState(s.h + dh))


@answers.is_wrong("rest_of_the_state_stays")
def other_parts_from_the_end(step_backward, dhs, dstate, caches):
    return _walk(step_backward, dhs, dstate, caches, _add, lambda new, old: old._replace(h=new.h))


@answers.is_wrong("inputs_reversed")
def inputs_in_reverse(step_backward, dhs, dstate, caches):
    dxs, first, total = _walk(step_backward, dhs, dstate, caches, _add)
    return dxs[:, ::-1], first, total


@answers.is_wrong("forward_in_time")
def from_first_to_last(step_backward, dhs, dstate, caches):
    dxs, total = [], None
    for t in range(len(caches)):
        dx, dstate, dparams = step_backward(_add(dstate, dhs[:, t]), caches[t])
        dxs.append(dx)
        total = dparams if total is None else map_tree(np.add, total, dparams)
    return np.stack(dxs, axis=1), dstate, total


@answers.is_wrong("loss_comes_in_too_late")
def own_gradient_after_the_step(step_backward, dhs, dstate, caches):
    dxs, total = [], None
    for t in reversed(range(len(caches))):
        dx, dstate, dparams = step_backward(dstate, caches[t])
        dstate = _add(dstate, dhs[:, t])
        dxs.append(dx)
        total = dparams if total is None else map_tree(np.add, total, dparams)
    return np.stack(dxs[::-1], axis=1), dstate, total


@answers.is_wrong("later_steps_dropped")
def own_gradient_alone(step_backward, dhs, dstate, caches):
    return _walk(step_backward, dhs, dstate, caches, lambda s, dh: s._replace(h=dh))


@answers.is_wrong("last_state_dropped")
def last_gradient_ignored(step_backward, dhs, dstate, caches):
    return _walk(step_backward, dhs, map_tree(np.zeros_like, dstate), caches, _add)


@answers.is_wrong("weights_of_one_step")
def weights_of_the_first_step_only(step_backward, dhs, dstate, caches):
    dxs, total = [], None
    for t in reversed(range(len(caches))):
        dx, dstate, total = step_backward(_add(dstate, dhs[:, t]), caches[t])
        dxs.append(dx)
    return np.stack(dxs[::-1], axis=1), dstate, total


@answers.is_wrong("weights_averaged")
def weights_averaged(step_backward, dhs, dstate, caches):
    dxs, first, total = _walk(step_backward, dhs, dstate, caches, _add)
    return dxs, first, map_tree(lambda g: g / len(caches), total)


@answers.is_wrong("in_place")
def summed_in_place(step_backward, dhs, dstate, caches):
    dxs, total = [], None
    for t in reversed(range(len(caches))):
        dh = dhs[:, t]
        dh += dstate.h
        dx, dstate, dparams = step_backward(dstate._replace(h=dh), caches[t])
        dxs.append(dx)
        total = dparams if total is None else map_tree(np.add, total, dparams)
    return np.stack(dxs[::-1], axis=1), dstate, total


@answers.is_wrong("axes")
def steps_first(step_backward, dhs, dstate, caches):
    dxs, first, total = _walk(step_backward, dhs, dstate, caches, _add)
    return dxs.swapaxes(0, 1), first, total


@answers.is_wrong()
def last_step_left_out(step_backward, dhs, dstate, caches):
    dxs, first, total = _walk(step_backward, dhs[:, :-1], dstate, caches[:-1], _add)
    return np.concatenate([dxs, np.zeros_like(dxs[:, :1])], axis=1), first, total
