"""Exercise `encoder-decoder`."""

import functools
from typing import Any

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u02_rnn.shared import (
    MAX_STEPS,
    draw_lstm_state,
    draw_rnn_state,
    short_unroll,
    torch_lstm,
    torch_rnn,
    torch_writing,
)
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import RNNParams, RNNState, lstm_step, rnn_step
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.layouts import encoder_decoder, init_readout_params, one_to_many, readout
from rnncore.functional.sequence.layouts import one_to_many as right_one_to_many
from rnncore.functional.sequence.layouts import readout as right_readout
from rnncore.functional.sequence.unroll import unroll as right_unroll


@functools.wraps(one_to_many)
def _short_one_to_many(step: Any, x: np.ndarray, state: Any, params: Any, readout_params: Any, T: int) -> Any:
    """`one_to_many`, as it answers calls from a submission: no longer than the checks need."""
    if T > MAX_STEPS:
        raise ValueError(f"T must be at most {MAX_STEPS} here; got {T}")
    return one_to_many(step, x, state, params, readout_params, T)


exercise = Exercise("encoder-decoder", "Two lengths", encoder_decoder, uses=[short_unroll, readout, _short_one_to_many])


def _expect_translation(student: StudentFunction, step: Any, xs: Any, start: Any, state: Any, *rest: Any) -> None:
    """Both halves at once: the outputs must be those of an encoder and a decoder made of torch's layers."""
    encoder, decoder, weights, T = rest
    summary = (torch_rnn if step is rnn_step else torch_lstm)(xs, state, encoder)[1]
    want = torch_writing(start, summary, decoder, weights, T)
    hint = "The encoder's last state, whole, is the decoder's first."
    expect_same(student(step, xs, start, state, *rest), want, "the outputs", hint)


def _run_translation(student: StudentFunction, rng: np.random.Generator, S: int, D: int, K: int, T: int) -> None:
    xs, start, state = rng.normal(size=(3, S, D)), rng.normal(size=(3, K)), draw_rnn_state(rng, 3, 4)
    encoder, decoder = init_rnn_params(D, 4, rng), init_rnn_params(K, 4, rng)
    _expect_translation(student, rnn_step, xs, start, state, encoder, decoder, init_readout_params(4, K, rng), T)


@exercise.check("one output for one input", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_translation(student, rng, S=1, D=3, K=3, T=1)


@exercise.check("the decoder alone, after an encoder that hears nothing", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, start, state = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 2)), RNNState(np.zeros((2, 4)))
    deaf = RNNParams(*(0.0 * weights for weights in init_rnn_params(2, 4, rng)))
    rest = deaf, init_rnn_params(2, 4, rng), init_readout_params(4, 2, rng), 3
    _expect_translation(student, rnn_step, xs, start, state, *rest)


@exercise.check("a short output for a long input", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_translation(student, rng, S=6, D=3, K=3, T=2)


@exercise.check("a long output for a short input, of another size", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_translation(student, rng, S=2, D=2, K=3, T=5)


@exercise.check("works with any cell: an LSTM", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, start, state = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 4)), draw_lstm_state(rng, 2, 5)
    encoder, decoder = init_lstm_params(2, 5, rng), init_lstm_params(4, 5, rng)
    _expect_translation(student, lstm_step, xs, start, state, encoder, decoder, init_readout_params(5, 4, rng), 4)


exercise.leaves_inputs(0.25)


@exercise.mistake(
    "Your decoder starts from the state that the encoder started from, so it knows nothing of the source. What the "
    "encoder has read must be handed over."
)
def summary_ignored(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    return right_one_to_many(step, start, state, decoder_params, readout_params, T)


@exercise.mistake("Your decoder uses the encoder's weights. They have the same cell, but each learns its own weights.")
def encoder_weights_twice(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, start, summary, encoder_params, readout_params, T)


@exercise.mistake("Encoder and decoder use each other's weights. Compare the names of the arguments.")
def weights_swapped(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, decoder_params)[1]
    return right_one_to_many(step, start, summary, encoder_params, readout_params, T)


@exercise.mistake(
    "Your decoder begins with the last word of the source. Its first input is `start`, which only says: begin to write."
)
def last_source_as_start(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, xs[:, -1], summary, decoder_params, readout_params, T)


@exercise.mistake("Your decoder begins with zeros. Its first input is an argument.")
def zeros_as_start(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, np.zeros_like(start), summary, decoder_params, readout_params, T)


@exercise.mistake("You write as many outputs as there are inputs. The two lengths have nothing to do with each other.")
def as_long_as_source(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, start, summary, decoder_params, readout_params, xs.shape[1])


@exercise.mistake(
    "Your encoder reads the source backwards. Sutskever (2014) found that this helps, but here it is read as it comes."
)
def source_backwards(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs[:, ::-1], state, encoder_params)[1]
    return right_one_to_many(step, start, summary, decoder_params, readout_params, T)


@exercise.mistake("Your decoder starts from zeros. It starts from what the encoder has read: its last state.")
def decoder_starts_from_zeros(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    empty = map_tree(np.zeros_like, state)
    return right_one_to_many(step, start, empty, decoder_params, readout_params, T)


@exercise.mistake("Your decoder reads the encoder's output first. Its first input is `start`.")
def starts_at_the_encoders_output(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = right_unroll(step, xs, state, encoder_params)
    first = readout(summary.h, readout_params)
    return right_one_to_many(step, first, summary, decoder_params, readout_params, T)


@exercise.mistake("Your decoder starts from the encoder's state after one step. Let the encoder read to the end.")
def summary_of_the_first_step(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = right_unroll(step, xs[:, :1], state, encoder_params)
    return right_one_to_many(step, start, summary, decoder_params, readout_params, T)


@exercise.mistake("You hand h alone from encoder to decoder. The whole last state is handed over, an LSTM's c too.")
def h_alone_handed_over(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = right_unroll(step, xs, state, encoder_params)
    return right_one_to_many(step, start, state._replace(h=summary.h), decoder_params, readout_params, T)


@exercise.mistake("Your encoder uses the decoder's weights. Each has weights of its own.")
def decoder_weights_twice(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = right_unroll(step, xs, state, decoder_params)
    return right_one_to_many(step, start, summary, decoder_params, readout_params, T)


@exercise.mistake("Your decoder reads `start` at every step. After the first, it reads what it wrote last.")
def start_at_every_step(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, now, _ = right_unroll(step, xs, state, encoder_params)
    ys = []
    for _ in range(T):
        now, _ = step(start, now, decoder_params)
        ys.append(right_readout(now.h, readout_params))
    return np.stack(ys, axis=1)


@exercise.mistake("Your encoder starts from zeros. What it starts from is an argument, `state`.")
def encoder_starts_from_zeros(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = right_unroll(step, xs, map_tree(np.zeros_like, state), encoder_params)
    return right_one_to_many(step, start, summary, decoder_params, readout_params, T)


@exercise.mistake("You leave out the decoder's first output. What it writes after `start` counts.")
def first_output_left_out(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = right_unroll(step, xs, state, encoder_params)
    return right_one_to_many(step, start, summary, decoder_params, readout_params, T + 1)[:, 1:]
