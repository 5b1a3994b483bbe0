"""Exercise `one-to-many`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u02_rnn.shared import draw_lstm_state, draw_rnn_state, torch_writing
from rnncore.functional.base.activations import tanh
from rnncore.functional.cells import RNNParams, lstm_step, rnn_step
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.layouts import init_readout_params, one_to_many, readout
from rnncore.functional.sequence.layouts import one_to_many as right_one_to_many
from rnncore.functional.sequence.layouts import readout as right_readout

exercise = Exercise("one-to-many", "One input, many outputs", one_to_many, uses=[readout])


_FEEDBACK = "Each output is the next step's input."


def _seed_of_writing(rng: np.random.Generator, B: int, D: int, H: int):
    # Weights of this size keep the outputs from fading, so that late steps still tell right from wrong.
    params = RNNParams(*(2.0 * weights for weights in init_rnn_params(D, H, rng)))
    return rng.normal(size=(B, D)), draw_rnn_state(rng, B, H), params, init_readout_params(H, D, rng)


@exercise.check("the first output", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _seed_of_writing(rng, B=2, D=3, H=4)
    expect_same(student(rnn_step, *given, 1), torch_writing(*given, 1), "the outputs", "One step, then the readout.")


@exercise.check("several outputs of several sequences", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _seed_of_writing(rng, B=3, D=2, H=5)
    expect_same(student(rnn_step, *given, 6), torch_writing(*given, 6), "the outputs", _FEEDBACK)


@exercise.check("the same with as many units as inputs", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _seed_of_writing(rng, B=2, D=4, H=4)
    expect_same(student(rnn_step, *given, 5), torch_writing(*given, 5), "the outputs", _FEEDBACK)


@exercise.check("works with any cell: an LSTM", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    x, state, params = rng.normal(size=(2, 3)), draw_lstm_state(rng, 2, 5), init_lstm_params(3, 5, rng)
    given = x, state, params, init_readout_params(5, 3, rng)
    expect_same(student(lstm_step, *given, 4), torch_writing(*given, 4), "the outputs", _FEEDBACK)


@exercise.check("asked for more, it begins in the same way", points=0.25, after="the first output")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _seed_of_writing(rng, B=2, D=3, H=4)
    short, long = student(rnn_step, *given, 1), student(rnn_step, *given, 7)
    expect_same(short, np.asarray(long)[:, :1], "the first output", "It must not depend on T.")


exercise.leaves_inputs(0.25)


def _write(step, x, state, params, readout_params, T, feed=lambda x, y, h: y, carry=True):
    """A one-to-many network with its feedback laid open: `feed` makes the next input."""
    first, ys, new = x, [], state
    for _ in range(T):
        new, _ = step(x, new if carry else state, params)
        ys.append(right_readout(new.h, readout_params))
        x = feed(first, ys[-1], new.h)
    return np.stack(ys, axis=1)


@exercise.mistake(
    "Every one of your steps reads the first input again. After the first step, what was written last is what is read "
    "next."
)
def first_input_at_every_step(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: x)


@exercise.mistake(
    "After the first step your network reads zeros. Some papers do that, but then a step cannot know what was written "
    "before it; here the last output is the next input."
)
def zeros_after_first_step(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: np.zeros_like(x))


@exercise.mistake(
    "You feed the hidden state back as an input. It reaches the next step anyway, through W_h; what comes back as an "
    "input is the output."
)
def hidden_state_fed_back(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: h)


exercise.knob(
    _write,
    "writing_without_memory",
    "Each of your steps starts from the first state. The state that a step returns belongs to the next.",
    carry=False,
)


@exercise.mistake("You feed back a squashed output. The next input is the output as it was read.")
def squashed_output_fed_back(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: tanh(y))


@exercise.mistake("Your outputs begin with the input. Only what was read off a state is an output.")
def input_among_outputs(step, x, state, params, readout_params, T):
    ys = right_one_to_many(step, x, state, params, readout_params, T)
    return np.concatenate([x[:, None], ys[:, :-1]], axis=1)


@exercise.mistake("You return the last output alone. All T of them are asked for.")
def last_output_alone(step, x, state, params, readout_params, T):
    return right_one_to_many(step, x, state, params, readout_params, T)[:, -1]


@exercise.mistake("Your outputs have time as their first axis. The result is (B, T, K): look at the axis of stack.")
def outputs_time_first(step, x, state, params, readout_params, T):
    return np.swapaxes(right_one_to_many(step, x, state, params, readout_params, T), 0, 1)


@exercise.mistake("You give one output too many. Count the rounds of your loop, and what each adds.")
def one_output_too_many(step, x, state, params, readout_params, T):
    return right_one_to_many(step, x, state, params, readout_params, T + 1)


@exercise.mistake("You return the hidden states. They are read out at each step, and what comes out is the output.")
def hidden_states_returned(step, x, state, params, readout_params, T):
    hs = []
    for _ in range(T):
        state, _ = step(x, state, params)
        x = right_readout(state.h, readout_params)
        hs.append(state.h)
    return np.stack(hs, axis=1)


@exercise.mistake("You add what was written to what was read. The next input is the output itself.")
def outputs_added_to_the_inputs(step, x, state, params, readout_params, T):
    ys = []
    for _ in range(T):
        state, _ = step(x, state, params)
        ys.append(right_readout(state.h, readout_params))
        x = x + ys[-1]
    return np.stack(ys, axis=1)


@exercise.mistake("You run rnn_step whichever step is given. The argument `step` is the cell.")
def runs_rnn_step_always(step, x, state, params, readout_params, T):
    return _write(rnn_step, x, state, params, readout_params, T)


@exercise.mistake("You give one output too few. Count the rounds of your loop, and what each adds.")
def one_output_too_few(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T - 1)


@exercise.mistake("You leave out the first output. What the first step gives is an output already.")
def first_output_left_out(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T + 1)[:, 1:]
