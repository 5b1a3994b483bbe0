"""Answers to `truncated_bptt`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import RNNState
from rnncore.functional.learning import backpropagate
from tests.units.answers import Answers

answers = Answers()


def _added(total, dparams):
    return dparams if total is None else map_tree(np.add, total, dparams)


@answers.is_right
def gradients_masked(step_backward, dhs, dstate, caches, k1, k2):
    total, T = None, len(caches)
    for begin in range(0, T, k1):
        end = min(T, begin + k1)
        own = np.zeros_like(dhs)
        own[:, begin:end] = dhs[:, begin:end]
        start = max(end - k2, 0)
        last = dstate if end == T else map_tree(lambda a: 0 * a, dstate)
        total = _added(total, backpropagate(step_backward, own[:, start:end], last, caches[start:end])[2])
    return total


@answers.is_right
def own_walk(step_backward, dhs, dstate, caches, k1, k2):
    T, total = len(caches), None
    ends = [*range(k1, T, k1), T]
    for begin, end in zip([0, *ends], ends, strict=False):
        moving = dstate if end == T else map_tree(np.zeros_like, dstate)
        for t in range(end - 1, max(0, end - k2) - 1, -1):
            if t >= begin:
                moving = moving._replace(h=moving.h + dhs[:, t])
            _, moving, dparams = step_backward(moving, caches[t])
            total = _added(total, dparams)
    return total


@answers.is_right
def with_a_wrapped_step(step_backward, dhs, dstate, caches, k1, k2):
    def step(dstate, cache):
        return step_backward(dstate, cache)

    return gradients_of_passes(step, dhs, dstate, caches, k1, k2)


def gradients_of_passes(
    step_backward, dhs, dstate, caches, k1, k2, repeat=False, reach=None, last_one=None, nothing=None
):
    total, T = None, len(caches)
    for begin in range(0, T, k1):
        end = min(begin + k1, T)
        start = max(0, (end if reach is None else reach(begin, end)) - k2)
        kept = dhs[:, start:end].copy()
        if not repeat:
            kept[:, : begin - start] = 0
        zeros = map_tree(np.zeros_like, dstate) if nothing is None else nothing
        last = dstate if (last_one or (lambda end: end == T))(end) else zeros
        total = _added(total, backpropagate(step_backward, kept, last, caches[start:end])[2])
    return total


@answers.is_wrong("counted_again")
def gradients_come_in_again(step_backward, dhs, dstate, caches, k1, k2):
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2, repeat=True)


@answers.is_wrong("last_pass_too_short")
def last_pass_too_short(step_backward, dhs, dstate, caches, k1, k2):
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2, reach=lambda begin, end: begin + k1)


@answers.is_wrong("end_at_every_pass")
def dstate_in_every_pass(step_backward, dhs, dstate, caches, k1, k2):
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2, last_one=lambda end: True)


@answers.is_wrong("end_forgotten")
def dstate_forgotten(step_backward, dhs, dstate, caches, k1, k2):
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2, last_one=lambda end: False)


@answers.is_wrong("zeros_for_h_alone")
def zeros_in_h_alone(step_backward, dhs, dstate, caches, k1, k2):
    nothing = dstate._replace(h=0 * dstate.h)
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2, nothing=nothing)


@answers.is_wrong("only_h_of_dstate")
def h_of_dstate(step_backward, dhs, dstate, caches, k1, k2):
    dstate = map_tree(np.zeros_like, dstate)._replace(h=dstate.h)
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2)


@answers.is_wrong()
def zeros_of_an_rnn(step_backward, dhs, dstate, caches, k1, k2):
    nothing = RNNState(np.zeros_like(dstate.h))
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2, nothing=nothing)


@answers.is_wrong("k1_steps_back")
def k1_steps_back(step_backward, dhs, dstate, caches, k1, k2):
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k1)


@answers.is_wrong("too_far_back")
def k2_beyond_the_window(step_backward, dhs, dstate, caches, k1, k2):
    return gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2, reach=lambda begin, end: begin)


@answers.is_wrong("rest_dropped")
def rest_left_out(step_backward, dhs, dstate, caches, k1, k2):
    T = len(caches) // k1 * k1
    return gradients_of_passes(step_backward, dhs[:, :T], dstate, caches[:T], k1, k2)


@answers.is_wrong()
def last_pass_wins(step_backward, dhs, dstate, caches, k1, k2):
    start = max(0, len(caches) - k2)
    begin = (len(caches) - 1) // k1 * k1
    kept = dhs[:, start:].copy()
    kept[:, : begin - start] = 0
    return backpropagate(step_backward, kept, dstate, caches[start:])[2]


@answers.is_wrong("passes_averaged")
def averaged_over_passes(step_backward, dhs, dstate, caches, k1, k2):
    passes = len(range(0, len(caches), k1))
    return map_tree(lambda g: g / passes, gradients_of_passes(step_backward, dhs, dstate, caches, k1, k2))


@answers.is_wrong("windows_from_the_end")
def windows_from_the_end(step_backward, dhs, dstate, caches, k1, k2):
    total, T = None, len(caches)
    for end in range(T, 0, -k1):
        begin, start = max(0, end - k1), max(0, end - k2)
        kept = dhs[:, start:end].copy()
        kept[:, : begin - start] = 0
        last = dstate if end == T else map_tree(np.zeros_like, dstate)
        total = _added(total, backpropagate(step_backward, kept, last, caches[start:end])[2])
    return total


@answers.is_wrong("nothing_cut")
def nothing_cut(step_backward, dhs, dstate, caches, k1, k2):
    return backpropagate(step_backward, dhs, dstate, caches)[2]
