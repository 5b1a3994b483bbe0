"""Exercise `unroll`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u02_rnn.shared import draw_lstm_state, draw_rnn_state, torch_lstm, torch_rnn
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import RNNParams, RNNState, lstm_step, rnn_step
from rnncore.functional.cells import rnn_step as right_step
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.unroll import unroll
from rnncore.functional.sequence.unroll import unroll as right_unroll

exercise = Exercise("unroll", "One cell along a sequence", unroll)


_HANDED_BACK = ("the hidden states", "the last state", "the caches")


def _run_unroll(student: StudentFunction, rng: np.random.Generator, B: int, T: int, D: int, H: int):
    given = rng.normal(size=(B, T, D)), draw_rnn_state(rng, B, H), init_rnn_params(D, H, rng)
    return expect_parts(student(rnn_step, *given), *_HANDED_BACK), given


@exercise.check("one step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B in (2, 1):
        (hs, last, _), given = _run_unroll(student, rng, B, 1, D=2, H=4)
        want_hs, want_last = torch_rnn(*given)
        expect_same(hs, want_hs, "the hidden states", "The axis of time is there for one step, too.")
        expect_same(last, want_last, "the last state", "It is a state, as the step returned it.")


@exercise.check("the hidden states of all steps of a vanilla RNN", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _, _), given = _run_unroll(student, rng, 3, 17, D=2, H=5)
    hint = "Each step starts from the state that the last one returned."
    expect_same(hs, torch_rnn(*given)[0], "the hidden states", hint)


@exercise.check("the state after the last step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, last, _), given = _run_unroll(student, rng, 3, 5, D=2, H=4)
    expect_same(last, torch_rnn(*given)[1], "the last state", "It is a state, as the step returned it.")


@exercise.check("works with any cell: a running sum", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    def running_sum(x: np.ndarray, state: RNNState, params: RNNParams) -> tuple[RNNState, float]:
        return RNNState(state.h + x), float(np.sum(x))

    xs, state = rng.normal(size=(2, 6, 3)), draw_rnn_state(rng, 2, 3)
    answer = student(running_sum, xs, state, init_rnn_params(3, 3, rng))
    hs, last, _ = expect_parts(answer, *_HANDED_BACK)
    want = state.h[:, None] + np.cumsum(xs, axis=1)
    expect_same(hs, want, "the hidden states", "The cell is the argument `step`.")
    expect_same(last, RNNState(want[:, -1]), "the last state")


@exercise.check("works with any cell: an LSTM, whose state has two parts", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = rng.normal(size=(2, 4, 3)), draw_lstm_state(rng, 2, 5), init_lstm_params(3, 5, rng)
    hs, last, _ = expect_parts(student(lstm_step, *given), *_HANDED_BACK)
    want_hs, want_last = torch_lstm(*given)
    expect_same(hs, want_hs, "the hidden states", "What a cell shows is state.h.")
    expect_same(last, want_last, "the last state", "Hand on the whole state, not its h alone.")


@exercise.check("the caches of all steps, in order", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, caches), given = _run_unroll(student, rng, B=2, T=4, D=3, H=2)
    expect_same(caches, unroll(rnn_step, *given)[2], "the caches", "A list, the cache of the first step first.")


exercise.leaves_inputs(0.25)


@exercise.mistake(
    "Each of your steps starts from the first state, so nothing is remembered. What a step returns has to reach the "
    "next step."
)
def state_not_carried(step, xs, state, params):
    runs = [step(xs[:, t], state, params) for t in range(xs.shape[1])]
    return np.stack([new.h for new, _ in runs], axis=1), runs[-1][0], [cache for _, cache in runs]


@exercise.mistake("Your states come from reading the sequence backwards. Time runs from the first column to the last.")
def read_backwards(step, xs, state, params):
    return right_unroll(step, xs[:, ::-1], state, params)


@exercise.mistake(
    "Your hidden states stand one step too late: the state before each step instead of the state after it. Look at "
    "the order of calling the step and noting its result."
)
def states_before_the_steps(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return np.concatenate([state.h[:, None], hs[:, :-1]], axis=1), last, caches


@exercise.mistake(
    "Your hidden states begin with the state from before the first step. Only what a step returned counts."
)
def first_state_included(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return np.concatenate([state.h[:, None], hs], axis=1), last, caches


@exercise.mistake(
    "Your hidden states have time as their first axis. The result is (B, T, H): look at the axis of stack."
)
def time_first(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return np.swapaxes(hs, 0, 1), last, caches


@exercise.mistake("Your loop leaves out the last step. Compare the number of your hidden states with T.")
def last_step_missing(step, xs, state, params):
    hs, _, caches = right_unroll(step, xs, state, params)
    return hs[:, :-1], RNNState(hs[:, -2] if hs.shape[1] > 1 else state.h), caches[:-1]


@exercise.mistake(
    "You return the last hidden state as a bare array. The next run needs the whole state, as the step returned it: an "
    "LSTM's has a second part."
)
def bare_last_state(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return hs, last.h, caches


@exercise.mistake(
    "You return the state from before the first step as the last one. Which state does the loop end with?"
)
def first_state_returned(step, xs, state, params):
    hs, _, caches = right_unroll(step, xs, state, params)
    return hs, state, caches


@exercise.mistake(
    "You return the cache of the last step alone. Going back through time needs those of all steps, in a list."
)
def last_cache_alone(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return hs, last, caches[-1]


@exercise.mistake(
    "Your caches are in reverse order. They are listed as they were made, from the first step to the last."
)
def caches_reversed(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return hs, last, caches[::-1]


@exercise.mistake(
    "Your loop runs rnn_step whichever step it is given. The argument `step` is the cell; any cell must be able to "
    "take its place."
)
def step_ignored(step, xs, state, params):
    return right_unroll(right_step, xs, state, params)


@exercise.mistake("You make an RNNState of what the step returned. Hand on what it returned: another cell's has more.")
def every_state_made_an_rnn_state(step, xs, state, params):
    hs, caches = [], []
    for t in range(xs.shape[1]):
        new, cache = step(xs[:, t], state, params)
        state = RNNState(new.h)
        hs.append(state.h)
        caches.append(cache)
    return np.stack(hs, axis=1), state, caches


@exercise.mistake(
    "You hand on h alone. A state may have more parts, as that of an LSTM: hand on all that the step returned."
)
def h_alone_handed_on(step, xs, state, params):
    hs, caches, before = [], [], state
    for t in range(xs.shape[1]):
        new, cache = step(xs[:, t], before, params)
        before = state._replace(h=new.h)
        hs.append(new.h)
        caches.append(cache)
    return np.stack(hs, axis=1), before, caches


@exercise.mistake("You start from zeros, whatever state is handed in. The first step starts from `state`.")
def starts_from_zeros(step, xs, state, params):
    return right_unroll(step, xs, map_tree(np.zeros_like, state), params)


@exercise.mistake("Your loop leaves out the first step. Steps are counted from 0.")
def first_step_missing(step, xs, state, params):
    hs, caches = [], []
    for t in range(1, xs.shape[1]):
        state, cache = step(xs[:, t], state, params)
        hs.append(state.h)
        caches.append(cache)
    return np.stack(hs, axis=1), state, caches
