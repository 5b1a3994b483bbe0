"""Answers to `lstm_backward`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import LSTMParams, LSTMState, lstm_step_backward
from rnncore.functional.learning import backpropagate
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_backpropagate(dhs, dstate, caches):
    return backpropagate(lstm_step_backward, dhs, dstate, caches)


@answers.is_right
def filled_arrays(dhs, dstate, caches):
    dxs = np.zeros((*dhs.shape[:2], caches[0].x.shape[1]))
    grads = [np.zeros_like(w) for w in caches[0].params]
    dh, dc = dstate
    for t in range(len(caches) - 1, -1, -1):
        dxs[:, t], (dh, dc), dparams = lstm_step_backward(LSTMState(dh + dhs[:, t], dc), caches[t])
        for total, part in zip(grads, dparams, strict=True):
            total += part
    return dxs, LSTMState(dh, dc), LSTMParams(*grads)


def _walk(dhs, dstate, caches, arrive=None, onward=lambda new, old: new):
    dxs, total = [], None
    arrive = arrive or (lambda s, dh: LSTMState(s.h + dh, s.c))
    for t in reversed(range(len(caches))):
        dx, new, dparams = lstm_step_backward(arrive(dstate, dhs[:, t]), caches[t])
        dstate = onward(new, dstate)
        dxs.append(dx)
        total = dparams if total is None else map_tree(np.add, total, dparams)
    return np.stack(dxs[::-1], axis=1), dstate, total


@answers.is_wrong("cell_gradient_not_carried")
def cell_gradient_dropped(dhs, dstate, caches):
    return _walk(dhs, dstate, caches, lambda s, dh: LSTMState(s.h + dh, 0 * s.c))


@answers.is_wrong("loss_added_to_cell")
def loss_added_to_the_cell(dhs, dstate, caches):
    return _walk(dhs, dstate, caches, lambda s, dh: LSTMState(s.h + dh, s.c + dh))


@answers.is_wrong("later_steps_dropped")
def only_the_loss(dhs, dstate, caches):
    return _walk(dhs, dstate, caches, lambda s, dh: LSTMState(dh, s.c))


@answers.is_wrong("inputs_reversed")
def gradients_in_reverse(dhs, dstate, caches):
    dxs, first, total = _walk(dhs, dstate, caches)
    return dxs[:, ::-1], first, total


@answers.is_wrong("forward_in_time")
def forwards(dhs, dstate, caches):
    dxs, first, total = _walk(dhs[:, ::-1], dstate, caches[::-1])
    return dxs[:, ::-1], first, total


@answers.is_wrong("last_state_dropped")
def last_state_ignored(dhs, dstate, caches):
    return _walk(dhs, map_tree(np.zeros_like, dstate), caches)


@answers.is_wrong("weights_of_one_step")
def weights_of_the_first_step(dhs, dstate, caches):
    dxs, first, _ = _walk(dhs, dstate, caches)
    dstate_ = dstate
    for t in reversed(range(len(caches))):
        _, dstate_, dparams = lstm_step_backward(LSTMState(dstate_.h + dhs[:, t], dstate_.c), caches[t])
    return dxs, first, dparams


@answers.is_wrong("weights_averaged")
def weights_averaged(dhs, dstate, caches):
    dxs, first, total = _walk(dhs, dstate, caches)
    return dxs, first, map_tree(lambda g: g / len(caches), total)


@answers.is_wrong("every_step_from_the_end")
def state_not_carried(dhs, dstate, caches):
    return _walk(dhs, dstate, caches, onward=lambda new, old: old)


@answers.is_wrong("loss_of_each_step_dropped")
def losses_not_heard(dhs, dstate, caches):
    return _walk(dhs, dstate, caches, lambda s, dh: s)


@answers.is_wrong("losses_a_step_late")
def a_step_late(dhs, dstate, caches):
    late = np.concatenate([dhs[:, 1:], np.zeros_like(dhs[:, :1])], axis=1)
    return _walk(late, dstate, caches)


@answers.is_wrong("axes")
def steps_first(dhs, dstate, caches):
    dxs, first, total = _walk(dhs, dstate, caches)
    return dxs.swapaxes(0, 1), first, total
