"""Answers to `many_to_one`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from rnncore.functional.sequence import readout, unroll
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def from_the_states_shown(step, xs, state, params, readout_params):
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs, readout_params)[:, -1]


@answers.is_right
def own_loop(step, xs, state, params, readout_params):
    for t in range(xs.shape[1]):
        state = step(xs[:, t], state, params)[0]
    return state.h @ readout_params.W_y + readout_params.b_y


@answers.is_right
def with_a_wrapped_cell(step, xs, state, params, readout_params):
    def watched(x, state, params):
        new, _ = step(x, state, params)
        return new, None

    _, last, _ = unroll(watched, xs, state, params)
    return readout(last.h, readout_params)


@answers.is_wrong("starts_from_zeros")
def state_ignored(step, xs, state, params, readout_params):
    _, last, _ = unroll(step, xs, map_tree(np.zeros_like, state), params)
    return readout(last.h, readout_params)


@answers.is_wrong("reads_first_step")
def first_step_read(step, xs, state, params, readout_params):
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs[:, 0], readout_params)


@answers.is_wrong("reads_every_step")
def all_steps(step, xs, state, params, readout_params):
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs, readout_params)


@answers.is_wrong("reads_mean")
def mean_over_steps(step, xs, state, params, readout_params):
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs.mean(axis=1), readout_params)


@answers.is_wrong("returns_hidden_state")
def no_readout(step, xs, state, params, readout_params):
    return unroll(step, xs, state, params)[1].h


@answers.is_wrong("reads_the_last_part")
def last_part_of_the_state(step, xs, state, params, readout_params):
    _, last, _ = unroll(step, xs, state, params)
    return readout(last[-1], readout_params)


@answers.is_wrong("reads_last_sequence")
def last_sequence(step, xs, state, params, readout_params):
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs[-1], readout_params)


@answers.is_wrong("keeps_the_axis_of_time")
def axis_of_steps_kept(step, xs, state, params, readout_params):
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs[:, -1:], readout_params)
