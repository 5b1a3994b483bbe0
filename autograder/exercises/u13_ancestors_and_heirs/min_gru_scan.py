"""Exercise `min-gru-scan`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u13_ancestors_and_heirs.shared import draw_cell, laid_open, step_by_step, wrong_biases
from rnncore.functional.base import linear_recurrence, sigmoid, tanh
from rnncore.functional.cells import RNNState
from rnncore.functional.cells.min_gru import min_gru_scan

exercise = Exercise("min-gru-scan", "A GRU in parallel", min_gru_scan, uses=[linear_recurrence])

_PARTS = "the hidden states", "the state after the last step"


def _keep(z):
    return 1.0 - z


def _run(student: StudentFunction, rng: np.random.Generator, *sizes: int, empty: bool = False):
    xs, state, params = draw_cell(rng, *sizes)
    given = xs, RNNState(0.0 * state.h) if empty else state, params
    return expect_parts(student(*given), *_PARTS), step_by_step(*given, _keep)


@exercise.check("a single step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _), (want, _) = _run(student, rng, 2, 1, 3, 2, empty=True)
    expect_same(hs, want, _PARTS[0], "Gate and candidate as in (13.8); the axis of time is there for one step, too.")


@exercise.check("the hidden states of all steps, from an empty state", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 33, 3, 4), (3, 8, 1, 1)):
        (hs, _), (want, _) = _run(student, rng, *sizes, empty=True)
        expect_same(hs, want, _PARTS[0], "Which factor, and which term, does (13.8) have in the place of a and b?")


@exercise.check("the hidden states of all steps, from any state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _), (want, _) = _run(student, rng, 2, 6, 2, 3)
    expect_same(hs, want, _PARTS[0], "The first step starts from the state handed in.")


@exercise.check("the state after the last step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (4, 1):
        (_, last), (_, want) = _run(student, rng, 2, T, 2, 3)
        expect_same(last, want, _PARTS[1], "An RNNState, as a cell returns it.")


exercise.leaves_inputs(0.25)


def _scan(xs, state, params, factor=_keep, **parts):
    return laid_open(xs, state, params, factor, **parts)


exercise.knob(
    _scan,
    "gate_keeps_the_old",
    "Your gate is turned over: in this cell z takes the new, and 1 - z keeps the old. In torch's GRU it is the other "
    "way round.",
    factor=lambda z: z,
    added=lambda z, n: (1.0 - z) * n,
)

exercise.knob(
    _scan,
    "blocks_swapped",
    "You take the candidate's columns for the gate and the gate's for the candidate. The order is z, n.",
    blocks=lambda a, H: (a[..., H:], a[..., :H]),
)

exercise.knob(
    _scan,
    "candidate_squashed",
    "You put the candidate through tanh. In minGRU it stays as it is.",
    candidate=tanh,
)

exercise.knob(
    _scan,
    "no_bias",
    "Your gate and candidate are made without a bias.",
    summed=lambda xs, params: xs @ params.W_x,
)

exercise.knob(
    _scan,
    "candidate_not_gated",
    "You add the whole candidate. Only as much is taken of it as is given up of the old.",
    added=lambda z, n: n,
)

exercise.knob(
    _scan,
    "old_state_kept_whole",
    "You keep the whole old state and add to it. What is taken of the new is given up of the old.",
    factor=np.ones_like,
)

exercise.knob(
    _scan,
    "factor_is_z",
    "Old and new are both multiplied by z. They share: z for the one, 1 - z for the other.",
    factor=lambda z: z,
)

exercise.knob(
    _scan,
    "gate_by_tanh",
    "Your gate is made with tanh, which goes from -1 to 1. A gate lies between 0 and 1.",
    gate=tanh,
)

exercise.knob(
    _scan,
    "gate_not_squashed",
    "Your gate is not squashed. A gate lies between 0 and 1.",
    gate=lambda a: a,
)

exercise.knob(
    _scan,
    "starts_empty",
    "You start from an empty state. The first state is an argument.",
    first=np.zeros_like,
)


@exercise.mistake("The state that you return is the one that you were given. Return the state after the last step.")
def returns_first_state(xs, state, params):
    return _scan(xs, state, params)[0], state


@exercise.mistake("The state that you return is that after the first step. Return the state after the last.")
def returns_state_after_the_first_step(xs, state, params):
    hs, _ = _scan(xs, state, params)
    return hs, RNNState(hs[:, 0])


exercise.knob(
    _scan,
    "blocks_interleaved",
    "You take every second column for the gate. Gate and candidate stand side by side: H columns, and then H columns.",
    blocks=lambda a, H: (a[..., 0::2], a[..., 1::2]),
)

exercise.knob(
    _scan,
    "candidate_gated_by_a_sigmoid",
    "You squash the whole sum, candidate included. Only the gate goes through the sigmoid.",
    candidate=sigmoid,
)


wrong_biases(exercise, _scan)

exercise.knob(
    _scan,
    "gate_turned_in_the_candidate_alone",
    "Your candidate is weighed by 1 - z, as the old state is. z takes the new.",
    added=lambda z, n: (1.0 - z) * n,
)


@exercise.mistake("The state that you return is that of the last sequence. Wanted is the last step of every sequence.")
def state_of_the_last_sequence(xs, state, params):
    hs, _ = _scan(xs, state, params)
    return hs, RNNState(hs[-1])


exercise.knob(
    _scan,
    "signed_factor",
    "Your factor is 1 - 2 z. That is the next exercise; in minGRU the old state gets 1 - z.",
    factor=lambda z: 1.0 - 2.0 * z,
)
