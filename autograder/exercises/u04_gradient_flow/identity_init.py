"""Exercise `identity-init`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, Recognised, StudentFunction, expect_same
from rnncore.functional.weights.recurrent import identity_init

exercise = Exercise("identity-init", "A matrix that hands on", identity_init)


@exercise.check("no unit reaches another, and all hand on the same share", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    H = int(rng.integers(3, 6))
    W_h = np.asarray(student(H, 1.5))
    if W_h.shape != (H, H) or not W_h[0, 0] or not np.isfinite(W_h[0, 0]):
        raise CheckFailed("the matrix should be (H, H), its diagonal not 0")
    expect_same(W_h / W_h[0, 0], np.diag(np.ones(H)), "the matrix over its first entry", "All else is 0.")


@exercise.check("the identity times the scale", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for H in (4, 1):
        scale, state = float(rng.integers(9, 16)) / 8, rng.normal(size=(3, H))  # in half the precision it is exact too
        W_h = student(H, scale)
        expect_same(W_h, np.diag(np.full(H, scale)), "the matrix", "A unit reaches itself, and no other.")
        expect_same(state @ np.asarray(W_h), scale * state, "a state that was handed on")


@exercise.check("the identity itself where no scale is given", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    H = int(rng.integers(2, 6))
    W_h = np.asarray(student(H))
    expect_same(W_h, np.diag(np.ones(H)), "the matrix", "The signature says what the scale is then.")
    expect_same(student(3, 0.0), np.zeros((3, 3)), "the matrix", "A scale of 0 is one that is given.")
    if W_h.dtype != np.float64:
        raise Recognised(f"the matrix should be of float64; got {W_h.dtype}")


@exercise.mistake("You cut the scale to a whole number. The matrix is of float64, also where the scale is 1.")
def whole_numbers(H, scale=1.0):
    return (scale * np.eye(H)).astype(int)


@exercise.mistake("Your matrix is full of the scale, so every unit reaches every other. Only the diagonal is not zero.")
def full_matrix(H, scale=1.0):
    return np.full((H, H), scale)


@exercise.mistake("Your matrix is the identity whatever the scale. The scale multiplies it.")
def scale_ignored(H, scale=1.0):
    return np.eye(H)


@exercise.mistake("You add the scale where it multiplies: every entry is raised by it.")
def scale_added(H, scale=1.0):
    return np.eye(H) + scale


@exercise.mistake("You return the diagonal alone. A state that is multiplied by it needs the whole matrix, (H, H).")
def only_the_diagonal(H, scale=1.0):
    return scale * np.ones(H)


@exercise.mistake("Your diagonal is divided by H. The scale is what the state is multiplied by, whatever its size.")
def divided_by_size(H, scale=1.0):
    return scale * np.eye(H) / H


@exercise.mistake(
    "Your matrix passes each unit on to the next one. That is a shift; the identity leaves every unit where it is."
)
def shifted(H, scale=1.0):
    return scale * np.roll(np.eye(H), 1, axis=1)


@exercise.mistake("Where no scale is given you take another one than 1. The signature has it: scale=1.0.")
def another_default(H, scale=0.5):
    return scale * np.eye(H)


@exercise.mistake("You take the root of the scale. The scale is what a state is multiplied by, as it is.")
def root_of_the_scale(H, scale=1.0):
    return np.sqrt(scale) * np.eye(H)


@exercise.mistake("You add what the scale has above 1 to every entry. It multiplies the matrix.")
def rest_of_the_scale_added(H, scale=1.0):
    return np.eye(H) + (scale - 1.0)


@exercise.mistake("Your diagonal is divided by the root of H. The scale is what the state is multiplied by, as it is.")
def divided_by_the_root_of_size(H, scale=1.0):
    return scale * np.eye(H) / np.sqrt(H)
