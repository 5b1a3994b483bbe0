"""Exercise `energy`."""

import itertools

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u13_ancestors_and_heirs.shared import draw_signs, draw_weights
from rnncore.functional.memory.hopfield import energy

exercise = Exercise("energy", "A landscape", energy)

_NAME = "the energies"


def _right(states: np.ndarray, W: np.ndarray) -> np.ndarray:
    """The oracle: each pair of units once."""
    pairs = list(itertools.combinations(range(len(W)), 2))
    return np.array([-sum(W[i, j] * s[i] * s[j] for i, j in pairs) for s in states])


@exercise.check("how energies compare", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """Whatever the factor in front: which states have more, and how many times as much."""
    given = draw_signs(rng, 6, 5), draw_weights(rng, 5)
    got, want = np.asarray(student(*given)), _right(*given)
    shown = got if got.shape != want.shape else got * np.sum(want * want) / (np.sum(got * want) or 1.0)
    expect_same(shown, want, "the energies, up to one factor", "Which pairs of units count, and for which state?")


@exercise.check("one state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N in (2, 6):
        given = draw_signs(rng, 1, N), draw_weights(rng, N)
        expect_same(student(*given), _right(*given), _NAME, "One number for each state; low where units agree.")


@exercise.check("several states", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, N in ((5, 3), (4, 7)):
        given = draw_signs(rng, B, N), draw_weights(rng, N)
        expect_same(student(*given), _right(*given), _NAME, "Each row is a state, with an energy of its own.")


exercise.leaves_inputs(0.25)


def _energy(
    states,
    W,
    scale=-0.5,
    fields=lambda states, W: states @ W,
    weighed=lambda fields, states: fields * states,
    total=lambda terms: terms.sum(axis=1),
):
    """The energy with its parts laid open."""
    return scale * total(weighed(fields(states, W), states))


exercise.knob(
    _energy,
    "no_half",
    "Your energies are twice too large: the sum over all i and j meets each pair of units twice.",
    scale=-1.0,
)

exercise.knob(
    _energy,
    "sign_forgotten",
    "Your energies have the other sign. Units that agree along a positive weight should *lower* it.",
    scale=0.5,
)

exercise.knob(
    _energy,
    "no_half_and_no_sign",
    "You return the plain sum over all i and j. The energy has a factor in front of it.",
    scale=1.0,
)

exercise.knob(
    _energy,
    "one_energy_for_all",
    "You return one energy for all states together. Each row has its own.",
    total=lambda terms: terms.sum(),
)

exercise.knob(
    _energy,
    "summed_over_states",
    "You sum over the states, and are left with a number for each unit. Sum over the units.",
    total=lambda terms: terms.sum(axis=0),
)

exercise.knob(
    _energy,
    "mean_over_units",
    "You take the mean over the units where the energy has a sum.",
    total=lambda terms: terms.mean(axis=1),
)

exercise.knob(
    _energy,
    "fields_alone",
    "You add up the inputs of the units, without the units themselves: the state stands on both sides of W.",
    weighed=lambda fields, states: fields,
)

exercise.knob(
    _energy,
    "not_summed",
    "Your result has a number for each unit of each state. An energy is one number: their sum.",
    total=lambda terms: terms,
)

exercise.knob(
    _energy,
    "magnitudes",
    "Each unit contributes the size of its input in your version. It matters whether the unit agrees with it.",
    weighed=lambda fields, states: np.abs(fields),
)

exercise.knob(
    _energy,
    "half_of_a_triangle",
    "You go over each pair of units once and halve the sum all the same. Either all pairs twice and a half, or each "
    "pair once.",
    fields=lambda states, W: states @ np.triu(W),
)


@exercise.mistake(
    "You return a square: all states with all others. What you want stands on its diagonal, and is cheaper to have "
    "without the rest."
)
def all_with_all(states, W):
    return -0.5 * states @ W @ states.T


@exercise.mistake(
    "You add up a whole row of s W sᵀ: the energies between a state and all others come in. A state has an energy with "
    "itself alone, on the diagonal."
)
def with_all_others(states, W):
    return -0.5 * (states @ W @ states.T).sum(axis=1)


exercise.knob(
    _energy,
    "inputs_squared",
    "You square the inputs. Each is multiplied by the state of its own unit.",
    weighed=lambda fields, states: fields**2,
)

exercise.knob(
    _energy,
    "first_state_on_one_side",
    "On one side of W stands the first state, for all rows. Each row stands on both sides.",
    weighed=lambda fields, states: fields * states[:1],
)
