"""Exercise `signed-recurrence`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u13_ancestors_and_heirs.shared import draw_cell, laid_open, step_by_step, wrong_biases
from rnncore.functional.base import linear_recurrence, sigmoid, tanh
from rnncore.functional.cells import MinGRUParams, RNNState
from rnncore.functional.cells.min_gru import signed_recurrence

exercise = Exercise("signed-recurrence", "Factors with a sign", signed_recurrence, uses=[linear_recurrence])

_PARTS = "the hidden states", "the state after the last step"


def _turn(z):
    return 1.0 - 2.0 * z


def _run(student: StudentFunction, rng: np.random.Generator, *sizes: int, empty: bool = False):
    xs, state, params = draw_cell(rng, *sizes)
    given = xs, RNNState(0.0 * state.h) if empty else state, params
    return expect_parts(student(*given), *_PARTS), step_by_step(*given, _turn)


@exercise.check("what is added, in the first step from an empty state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _), (want, _) = _run(student, rng, 3, 1, 2, 4, empty=True)
    expect_same(hs, want, _PARTS[0], "z n, as in minGRU; the axis of time is there for one step, too.")


@exercise.check("the hidden states, from an empty state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 33, 3, 4), (1, 3, 1, 1)):
        (hs, _), (want, _) = _run(student, rng, *sizes, empty=True)
        expect_same(hs, want, _PARTS[0], "Only the factor of the old state differs from minGRU's.")


@exercise.check("gates that stand open or shut", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, state = np.zeros((2, 5, 1)), RNNState(rng.normal(size=(2, 2)))
    params = MinGRUParams(np.zeros((1, 4)), np.array([50.0, -50.0, *rng.normal(size=2)]))
    hs, _ = expect_parts(student(xs, state, params), *_PARTS)
    hint = "With z at 0 the state stays; with z at 1 it changes its sign before n is added."
    expect_same(hs, step_by_step(xs, state, params, _turn)[0], _PARTS[0], hint)


@exercise.check("the hidden states, from any state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _), (want, _) = _run(student, rng, 3, 7, 2, 3)
    expect_same(hs, want, _PARTS[0], "The first step starts from the state handed in.")


@exercise.check("the state after the last step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, last), (_, want) = _run(student, rng, 2, 4, 2, 3)
    expect_same(last, want, _PARTS[1], "An RNNState, as a cell returns it.")


exercise.leaves_inputs(0.25)


def _signed(xs, state, params, factor=_turn, **parts):
    return laid_open(xs, state, params, factor, **parts)


exercise.knob(
    _signed,
    "still_min_gru",
    "Your factors lie between 0 and 1: that is minGRU. Widen them, so that they reach down to -1.",
    factor=lambda z: 1.0 - z,
)

exercise.knob(
    _signed,
    "factor_upside_down",
    "Your factors run the wrong way: with the gate shut the state should stay, with the gate open it changes its sign.",
    factor=lambda z: 2.0 * z - 1.0,
)

exercise.knob(
    _signed,
    "candidate_taken_twice",
    "You widened the term that is added as well. Only the factor of the old state changes.",
    added=lambda z, n: 2.0 * z * n,
)

exercise.knob(
    _signed,
    "always_negative",
    "Your factors lie between -1 and 0. They should reach from -1 to 1: a state must also be able to stay.",
    factor=lambda z: -z,
)

exercise.knob(
    _signed,
    "sign_of_min_gru_turned",
    "You changed the sign of minGRU's factors, which then lie between -1 and 0. Widen them instead, from -1 to 1.",
    factor=lambda z: z - 1.0,
)

exercise.knob(
    _signed,
    "magnitude_taken",
    "You take the size of the factors, which loses the sign that all this is about.",
    factor=lambda z: np.abs(1.0 - 2.0 * z),
)

exercise.knob(
    _signed,
    "term_weighed_by_what_is_left",
    "You add (1 - |factor|) n. What is added here is z n, as in minGRU.",
    added=lambda z, n: (1.0 - np.abs(1.0 - 2.0 * z)) * n,
)

exercise.knob(
    _signed,
    "candidate_not_gated",
    "You add the whole candidate. As in minGRU it is gated by z.",
    added=lambda z, n: n,
)

exercise.knob(
    _signed,
    "candidate_squashed",
    "You put the candidate through tanh. It stays as it is.",
    candidate=tanh,
)

exercise.knob(
    _signed,
    "gate_by_tanh",
    "Your gate is made with tanh. z lies between 0 and 1 as before; the factor is what reaches down to -1.",
    gate=tanh,
)


@exercise.mistake(
    "You use tanh of the gate's sum for the factor. 1 - 2 σ(a) is tanh too, but of another argument, and of another "
    "sign."
)
def factor_by_tanh(xs, state, params):
    H = state.h.shape[1]
    a = xs @ params.W_x + params.b
    hs = linear_recurrence(tanh(a[..., :H]), sigmoid(a[..., :H]) * a[..., H:], state.h)
    return hs, RNNState(hs[:, -1])


exercise.knob(
    _signed,
    "blocks_swapped",
    "You take the candidate's columns for the gate and the gate's for the candidate. The order is z, n.",
    blocks=lambda a, H: (a[..., H:], a[..., :H]),
)

exercise.knob(
    _signed,
    "no_bias",
    "Your gate and candidate are made without a bias.",
    summed=lambda xs, params: xs @ params.W_x,
)

exercise.knob(
    _signed,
    "starts_empty",
    "You start from an empty state. The first state is an argument.",
    first=np.zeros_like,
)


@exercise.mistake("The state that you return is the one that you were given. Return the state after the last step.")
def returns_first_state(xs, state, params):
    return _signed(xs, state, params)[0], state


exercise.knob(
    _signed,
    "signs_for_factors",
    "Your factors are 1 or -1 and nothing between. The gate is a number, and so is the factor.",
    factor=lambda z: np.sign(1.0 - 2.0 * z),
)


exercise.knob(
    _signed,
    "candidate_by_sigmoid",
    "You put the candidate through sigmoid, as if it were a second gate. It stays as it is.",
    candidate=sigmoid,
)


wrong_biases(exercise, _signed)

exercise.knob(
    _signed,
    "factor_of_half_the_gate",
    "Your factors lie between 1/2 and 1. With the gate open the state should change its sign: see (13.9).",
    factor=lambda z: 1.0 - z / 2.0,
)

exercise.knob(
    _signed,
    "factor_above_one",
    "Your factors lie between 1 and 3, so that the state explodes. With z at 1 the factor should be -1.",
    factor=lambda z: 1.0 + 2.0 * z,
)

exercise.knob(
    _signed,
    "gate_taken_twice_before_squashing",
    "You double the sum that feeds the gate, not the gate. 1 - 2 z is made of z as it is.",
    factor=lambda z: 1.0 - 2.0 * z**2 / (z**2 + (1.0 - z) ** 2),
)

exercise.knob(
    _signed,
    "gate_turned_over",
    "Your new part is weighed by 1 - z. z takes the new, as in minGRU.",
    added=lambda z, n: (1.0 - z) * n,
)


@exercise.mistake("The state that you return is that of the last sequence. Wanted is the last step of every sequence.")
def state_of_the_last_sequence(xs, state, params):
    hs, _ = _signed(xs, state, params)
    return hs, RNNState(hs[-1])


@exercise.mistake("The state that you return is that after the first step. Return the state after the last.")
def returns_state_after_the_first_step(xs, state, params):
    hs, _ = _signed(xs, state, params)
    return hs, RNNState(hs[:, 0])
