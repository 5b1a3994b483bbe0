"""Exercise `identity-init`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.weights.recurrent import identity_init

exercise = Exercise("identity-init", "A matrix that hands on", identity_init)


@exercise.check("the identity times the scale", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for H in (1, 4):
        scale, state = float(rng.uniform(1.1, 2.0)), rng.normal(size=(3, H))
        W_h = student(H, scale)
        expect_same(W_h, np.diag(np.full(H, scale)), "the matrix", "A unit reaches itself, and no other.")
        expect_same(state @ W_h, scale * state, "a state that was handed on")


@exercise.check("the identity itself where no scale is given", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    H = int(rng.integers(2, 6))
    expect_same(student(H), np.diag(np.ones(H)), "the matrix", "The signature says what the scale is then.")


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
