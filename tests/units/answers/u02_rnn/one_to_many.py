"""Answers to `one_to_many`."""

import numpy as np

from rnncore.functional.sequence import readout
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def filled_array(step, x, state, params, readout_params, T):
    ys = np.zeros((len(x), T, readout_params.b_y.size))
    for t in range(T):
        state, _ = step(x if t == 0 else ys[:, t - 1], state, params)
        ys[:, t] = readout(state.h, readout_params)
    return ys


@answers.is_right
def recursive(step, x, state, params, readout_params, T):
    state, _ = step(x, state, params)
    y = state.h @ readout_params.W_y + readout_params.b_y
    if T == 1:
        return y[:, None]
    return np.concatenate([y[:, None], recursive(step, y, state, params, readout_params, T - 1)], axis=1)


@answers.is_wrong("first_input_at_every_step")
def same_input_again(step, x, state, params, readout_params, T):
    ys = []
    for _ in range(T):
        state, _ = step(x, state, params)
        ys.append(readout(state.h, readout_params))
    return np.stack(ys, axis=1)


@answers.is_wrong("hidden_state_fed_back")
def state_fed_back(step, x, state, params, readout_params, T):
    ys = []
    for _ in range(T):
        state, _ = step(x, state, params)
        x = state.h
        ys.append(readout(state.h, readout_params))
    return np.stack(ys, axis=1)


@answers.is_wrong("writing_without_memory")
def state_is_not_handed_on(step, x, state, params, readout_params, T):
    ys = []
    for _ in range(T):
        new, _ = step(x, state, params)
        x = readout(new.h, readout_params)
        ys.append(x)
    return np.stack(ys, axis=1)


@answers.is_wrong("zeros_after_first_step")
def silence_after_the_first(step, x, state, params, readout_params, T):
    ys = []
    for _ in range(T):
        state, _ = step(x, state, params)
        ys.append(readout(state.h, readout_params))
        x = np.zeros_like(x)
    return np.stack(ys, axis=1)


@answers.is_wrong("one_output_too_many")
def one_too_many(step, x, state, params, readout_params, T):
    return filled_array(step, x, state, params, readout_params, T + 1)


@answers.is_wrong("input_among_outputs")
def first_input_among_the_outputs(step, x, state, params, readout_params, T):
    ys = filled_array(step, x, state, params, readout_params, T)
    return np.concatenate([x[:, None], ys[:, :-1]], axis=1)


@answers.is_wrong("outputs_time_first")
def steps_first(step, x, state, params, readout_params, T):
    return filled_array(step, x, state, params, readout_params, T).swapaxes(0, 1)


@answers.is_wrong("last_output_alone")
def last_output_alone(step, x, state, params, readout_params, T):
    return filled_array(step, x, state, params, readout_params, T)[:, -1]


@answers.is_wrong("hidden_states_returned")
def states_for_outputs(step, x, state, params, readout_params, T):
    hs = []
    for _ in range(T):
        state, _ = step(x, state, params)
        x = readout(state.h, readout_params)
        hs.append(state.h)
    return np.stack(hs, axis=1)


@answers.is_wrong("squashed_output_fed_back")
def squashed_before_it_comes_back(step, x, state, params, readout_params, T):
    ys = []
    for _ in range(T):
        state, _ = step(x, state, params)
        ys.append(readout(state.h, readout_params))
        x = np.tanh(ys[-1])
    return np.stack(ys, axis=1)
