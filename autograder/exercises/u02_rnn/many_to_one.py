"""Exercise `many-to-one`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u02_rnn.shared import (
    draw_lstm_state,
    draw_rnn_state,
    readout_by_torch,
    short_unroll,
    torch_lstm,
    torch_rnn,
)
from rnncore.functional.base.activations import softmax
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import RNNState, lstm_step, rnn_step
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.layouts import init_readout_params, many_to_one, readout
from rnncore.functional.sequence.layouts import readout as right_readout
from rnncore.functional.sequence.unroll import unroll as right_unroll

exercise = Exercise("many-to-one", "Many inputs, one output", many_to_one, uses=[short_unroll, readout])


@exercise.check("one step from an empty state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B in (3, 1):
        given = rng.normal(size=(B, 1, 2)), RNNState(np.zeros((B, 4))), init_rnn_params(2, 4, rng)
        weights = init_readout_params(4, 6, rng)
        want = readout_by_torch(torch_rnn(*given)[1].h, weights)
        expect_same(student(rnn_step, *given, weights), want, "the output", "One output for each sequence, (B, K).")


@exercise.check("one output a sequence, from a vanilla RNN", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = rng.normal(size=(3, 5, 2)), draw_rnn_state(rng, 3, 4), init_rnn_params(2, 4, rng)
    weights = init_readout_params(4, 6, rng)
    want = readout_by_torch(torch_rnn(*given)[1].h, weights)
    hint = "Start from `state`, and read after the last step."
    expect_same(student(rnn_step, *given, weights), want, "the output", hint)


@exercise.check("one output a sequence, from an LSTM", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = rng.normal(size=(2, 6, 3)), draw_lstm_state(rng, 2, 4), init_lstm_params(3, 4, rng)
    weights = init_readout_params(4, 1, rng)
    want = readout_by_torch(torch_lstm(*given)[1].h, weights)
    expect_same(student(lstm_step, *given, weights), want, "the output", "What a cell shows is state.h.")


exercise.leaves_inputs(0.25)


@exercise.mistake("Your output is read off the first step, when most of the sequence is still to come.")
def reads_first_step(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs[:, 0], readout_params)


@exercise.mistake(
    "Your output is read off the mean of all hidden states. That is a good idea too (Unit 8 uses it), but here the "
    "output comes from the last state."
)
def reads_mean(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs.mean(axis=1), readout_params)


@exercise.mistake("You give an output for each step. That is many-to-many; here one output for each sequence is asked.")
def reads_every_step(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs, readout_params)


@exercise.mistake(
    "You read the last sequence of the batch, not the last step of each sequence. The first axis is the batch, the "
    "second is time."
)
def reads_last_sequence(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs[-1], readout_params)


@exercise.mistake("You return the last hidden state itself. It is still to be read out.")
def returns_hidden_state(step, xs, state, params, readout_params):
    return right_unroll(step, xs, state, params)[1].h


@exercise.mistake("Your output depends on the last input alone. What has been read before must reach the last step.")
def sees_last_input_alone(step, xs, state, params, readout_params):
    return right_readout(step(xs[:, -1], state, params)[0].h, readout_params)


@exercise.mistake("Your output is a probability. The readout gives scores, and nothing is done to them here.")
def many_to_one_with_softmax(step, xs, state, params, readout_params):
    return softmax(right_readout(right_unroll(step, xs, state, params)[1].h, readout_params))


@exercise.mistake("You start from zeros, whatever state is handed in. The first step starts from `state`.")
def starts_from_zeros(step, xs, state, params, readout_params):
    _, last, _ = right_unroll(step, xs, map_tree(np.zeros_like, state), params)
    return right_readout(last.h, readout_params)


@exercise.mistake("You read the last part of the state. What a cell shows is `state.h`, whatever else its state holds.")
def reads_the_last_part(step, xs, state, params, readout_params):
    return right_readout(right_unroll(step, xs, state, params)[1][-1], readout_params)


@exercise.mistake("Your output keeps an axis for time, of length 1. One output for each sequence is (B, K).")
def keeps_the_axis_of_time(step, xs, state, params, readout_params):
    return right_readout(right_unroll(step, xs, state, params)[0][:, -1:], readout_params)


@exercise.mistake("Your output is read off the sum of all hidden states. It comes from the last one alone.")
def reads_sum(step, xs, state, params, readout_params):
    return right_readout(right_unroll(step, xs, state, params)[0].sum(axis=1), readout_params)


@exercise.mistake("You add up the outputs of all steps. One output is asked, after the last step.")
def adds_up_the_outputs(step, xs, state, params, readout_params):
    return right_readout(right_unroll(step, xs, state, params)[0], readout_params).sum(axis=1)


@exercise.mistake("Your output is read off the greatest value of each unit. It comes from the last state alone.")
def reads_maximum(step, xs, state, params, readout_params):
    return right_readout(right_unroll(step, xs, state, params)[0].max(axis=1), readout_params)


@exercise.mistake("You run rnn_step whichever step is given. The argument `step` is the cell.")
def runs_rnn_step_always(step, xs, state, params, readout_params):
    return right_readout(right_unroll(rnn_step, xs, state, params)[1].h, readout_params)
