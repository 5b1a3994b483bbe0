"""Exercise `lstm-forward`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u05_lstm.shared import draw_layer, torch_values
from rnncore.functional.cells import LSTMState, lstm_step
from rnncore.functional.cells import lstm_step as right_step
from rnncore.functional.sequence.lstm_layer import lstm_forward

exercise = Exercise("lstm-forward", "Forward through time", lstm_forward, uses=[lstm_step])


def _run_lstm_forward(student: StudentFunction, rng: np.random.Generator, *sizes: int, empty: bool = False):
    xs, state, params = draw_layer(rng, *sizes)
    layer = xs, LSTMState(0.0 * state.h, 0.0 * state.c) if empty else state, params
    names = "the hidden states", "the state after the last step", "the caches"
    return expect_parts(student(*layer), *names), layer


@exercise.check("a single step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, last, _), layer = _run_lstm_forward(student, rng, 1, 1, 2, 3)
    want_hs, want_last = torch_values(*layer)
    expect_same(hs, want_hs, "the hidden states", "The axis of time is there for one step, too.")
    expect_same(last, want_last, "the last state")


@exercise.check("the hidden states of every step, from an empty state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _, _), layer = _run_lstm_forward(student, rng, 3, 4, 2, 4, empty=True)
    hint = "Batch first, then time; the state of a step goes into the next."
    expect_same(hs, torch_values(*layer)[0], "the hidden states", hint)


@exercise.check("the hidden states of every step, from any state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _, _), layer = _run_lstm_forward(student, rng, 3, 17, 2, 5)
    expect_same(hs, torch_values(*layer)[0], "the hidden states", "The first step starts from the state handed in.")


@exercise.check("the state after the last step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, last, _), layer = _run_lstm_forward(student, rng, 2, 5, 3, 4)
    hint = "Both h and c are carried from step to step."
    expect_same(last, torch_values(*layer)[1], "the last state", hint)


@exercise.check("one cache for each step, in order", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, caches), layer = _run_lstm_forward(student, rng, 2, 4, 3, 2)
    hint = "A list of what each call of lstm_step left behind."
    expect_same(caches, lstm_forward(*layer)[2], "the caches", hint)


exercise.leaves_inputs(0.25)


def _run(xs, state, params, order=None, carry=lambda new, first: new, show=lambda state: state.h):
    """An LSTM over a sequence with its parts laid open."""
    first, hs, caches = state, [], []
    for t in range(xs.shape[1]) if order is None else order:
        state, cache = right_step(xs[:, t], carry(state, first), params)
        hs.append(show(state))
        caches.append(cache)
    return np.stack(hs, axis=1), state, caches


exercise.knob(
    _run,
    "state_not_carried",
    "Each of your steps begins from the first state, as if nothing had been read before. What one step returns is "
    "where the next begins.",
    carry=lambda new, first: first,
)

exercise.knob(
    _run,
    "cell_not_carried",
    "Your cell state starts anew at every step; only h is carried. An LSTM's state is a pair, and c is the half with "
    "the long memory.",
    carry=lambda new, first: LSTMState(new.h, first.c),
)


@exercise.mistake(
    "You start from an empty memory. The first state is an argument: it may be the last state of another run."
)
def starts_empty(xs, state, params):
    return _run(xs, LSTMState(np.zeros_like(state.h), np.zeros_like(state.c)), params)


@exercise.mistake("Your hidden states have time on the first axis. In this course the batch comes first: (B, T, H).")
def time_first(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return np.swapaxes(hs, 0, 1), last, caches


@exercise.mistake(
    "You return the last hidden state alone. The layers above may want all T of them; the last one is in the state."
)
def only_the_last(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs[:, -1], last, caches


exercise.knob(
    _run,
    "shows_cell",
    "You return cell states where hidden states are wanted. What an LSTM shows is h.",
    show=lambda state: state.c,
)


@exercise.mistake("Your LSTM reads the sequence from its end. Time runs from the first step to the last.")
def reads_backwards(xs, state, params):
    return _run(xs, state, params, order=reversed(range(xs.shape[1])))


@exercise.mistake("The state that you return is the one that you were given. Return the state after the last step.")
def returns_first_state(xs, state, params):
    hs, _, caches = _run(xs, state, params)
    return hs, state, caches


@exercise.mistake(
    "Your list holds the cache of the last step alone. The backward pass visits every step and needs the cache of each."
)
def last_cache_only(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs, last, caches[-1:]


exercise.knob(
    _run,
    "hidden_state_not_carried",
    "You carry c from step to step, but each step starts from the first h. Hand on both.",
    carry=lambda new, first: LSTMState(first.h, new.c),
)


@exercise.mistake("Your caches stand in reverse order. The cache of the first step comes first.")
def caches_backwards(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs, last, caches[::-1]


@exercise.mistake("Your function leaves out the first step.")
def first_step_left_out(xs, state, params):
    return _run(xs[:, min(1, xs.shape[1] - 1) :], state, params)


@exercise.mistake(
    "You take as many steps as there are sequences. The first axis of xs is the batch, the second is time."
)
def steps_of_the_batch(xs, state, params):
    return _run(xs, state, params, order=range(len(xs)))


@exercise.mistake("You join the hidden states side by side, so time has no axis. stack makes a new one.")
def joined_side_by_side(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return np.concatenate(list(np.moveaxis(hs, 1, 0)), axis=1), last, caches


@exercise.mistake("Your function leaves out the last step.")
def last_step_left_out(xs, state, params):
    return _run(xs[:, : max(1, xs.shape[1] - 1)], state, params)


@exercise.mistake("Your hidden states begin with the first state, from before any step, and lack the last.")
def hidden_states_a_step_late(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return np.concatenate([state.h[:, None], hs[:, :-1]], axis=1), last, caches
