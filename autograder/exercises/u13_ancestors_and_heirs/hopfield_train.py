"""Exercise `hopfield-train`."""

import itertools

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u13_ancestors_and_heirs.shared import draw_signs
from rnncore.functional.memory.hopfield import hopfield_train

exercise = Exercise("hopfield-train", "Store patterns", hopfield_train)

_NAME = "the weights"


def _right(patterns: np.ndarray) -> np.ndarray:
    """The oracle: pair by pair, zeros on the diagonal."""
    N = patterns.shape[1]
    W = np.zeros((N, N))
    for i, j in itertools.permutations(range(N), 2):
        W[i, j] = sum(pattern[i] * pattern[j] for pattern in patterns) / N
    return W


def _between_units(student: StudentFunction, rng: np.random.Generator, P: int, N: int, hint: str) -> None:
    """Compare the weights, except those of a unit to itself."""
    patterns = draw_signs(rng, P, N)
    got, want = student(patterns), _right(patterns)
    if isinstance(got, np.ndarray) and got.shape == want.shape:
        got = np.where(np.eye(N, dtype=bool), 0.0, got)
    expect_same(got, want, f"{_NAME} between different units", hint)


@exercise.check("one pattern", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N in (4, 7):
        _between_units(student, rng, 1, N, "Two units that agree attract each other, two that differ do not; by N.")


@exercise.check("several patterns", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for P, N in ((5, 8), (9, 6)):
        _between_units(student, rng, P, N, "The sum runs over the patterns; it is divided by the number of units.")


@exercise.check("no unit has a weight to itself", points=0.5, after="one pattern")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    patterns = draw_signs(rng, 3, 6)
    expect_same(np.diagonal(np.asarray(student(patterns))), np.zeros(6), "the diagonal")


exercise.leaves_inputs(0.25)


def _store(
    patterns,
    product=lambda patterns: patterns.T @ patterns,
    scale=lambda P, N: 1.0 / N,
    diagonal=lambda W: W - np.diag(np.diag(W)),
):
    """Hebb's rule with its parts laid open."""
    P, N = patterns.shape
    return diagonal(product(patterns) * scale(P, N))


exercise.knob(
    _store,
    "diagonal_kept",
    "Your units have weights to themselves. Each would vote for what it is already, and stay.",
    diagonal=lambda W: W,
)

exercise.knob(
    _store,
    "not_scaled",
    "Your weights are a sum that was not divided by anything.",
    scale=lambda P, N: 1.0,
)

exercise.knob(
    _store,
    "divided_by_the_patterns",
    "You divide by the number of patterns. The rule divides by the number of units.",
    scale=lambda P, N: 1.0 / P,
)

exercise.knob(
    _store,
    "divided_by_both",
    "You divide by the number of patterns as well as by that of the units: a mean where the rule has a sum.",
    scale=lambda P, N: 1.0 / (P * N),
)

exercise.knob(
    _store,
    "divided_by_the_others",
    "You divide by N - 1, the number of other units. The rule divides by N.",
    scale=lambda P, N: 1.0 / (N - 1),
)

exercise.knob(
    _store,
    "patterns_with_patterns",
    "Your product compares patterns with patterns, which makes it (P, P). Compare units with units: which side is to "
    "be transposed?",
    product=lambda patterns: patterns @ patterns.T,
)

exercise.knob(
    _store,
    "last_pattern_alone",
    "Your weights hold the last pattern alone. Each pattern adds to what the others left.",
    product=lambda patterns: np.outer(patterns[-1], patterns[-1]),
)

exercise.knob(
    _store,
    "first_pattern_alone",
    "Your weights hold the first pattern alone. All of them are to be stored.",
    product=lambda patterns: np.outer(patterns[0], patterns[0]),
)

exercise.knob(
    _store,
    "sum_of_the_patterns_stored",
    "You add up the patterns and store their sum. It is each pattern's own products that are added up.",
    product=lambda patterns: np.outer(patterns.sum(axis=0), patterns.sum(axis=0)),
)

exercise.knob(
    _store,
    "mean_taken_off",
    "You take off each unit's mean over the patterns, as a covariance does. Hebb's rule has the products alone.",
    product=lambda patterns: (patterns - patterns.mean(axis=0)).T @ (patterns - patterns.mean(axis=0)),
)

exercise.knob(
    _store,
    "one_triangle",
    "Your weights stand on one side of the diagonal only. What unit i does to unit j, j does to i.",
    product=lambda patterns: np.triu(patterns.T @ patterns),
)

exercise.knob(
    _store,
    "only_signs_of_weights",
    "You keep the signs of the sums alone. How strong a weight is tells how many patterns speak for it.",
    product=lambda patterns: np.sign(patterns.T @ patterns),
)

exercise.knob(
    _store,
    "ones_on_the_diagonal",
    "Your diagonal holds ones. A unit has no weight to itself.",
    diagonal=lambda W: W - np.diag(np.diag(W)) + np.eye(len(W)),
)

exercise.knob(
    _store,
    "one_taken_off_the_diagonal",
    "You take 1 off the diagonal. It holds P / N, so that is right only with as many patterns as units; set it to 0.",
    diagonal=lambda W: W - np.eye(len(W)),
)


exercise.knob(
    _store,
    "overall_mean_taken_off",
    "You take the mean of all entries off first. Hebb's rule has the products of the patterns as they are.",
    product=lambda patterns: (patterns - patterns.mean()).T @ (patterns - patterns.mean()),
)

exercise.knob(
    _store,
    "sizes_of_weights",
    "You take the size of each weight. Units that differ repel each other: their weight is below 0.",
    diagonal=lambda W: np.abs(W - np.diag(np.diag(W))),
)

exercise.knob(
    _store,
    "sign_turned",
    "Your weights have the other sign: units that agree in a pattern should support each other.",
    scale=lambda P, N: -1.0 / N,
)


exercise.knob(
    _store,
    "halved",
    "Your weights are half as large as they should be. The half belongs to the energy.",
    scale=lambda P, N: 0.5 / N,
)

exercise.knob(
    _store,
    "divided_by_the_root",
    "You divide by the root of the number of units. The rule divides by N.",
    scale=lambda P, N: N**-0.5,
)

exercise.knob(
    _store,
    "mean_pattern_stored",
    "You store the mean of the patterns. It is each pattern's own products that are added up.",
    product=lambda patterns: np.outer(patterns.mean(axis=0), patterns.mean(axis=0)),
)

exercise.knob(
    _store,
    "ones_for_minus_ones_left_out",
    "You made zeros of the -1. Two units that are both -1 agree, too.",
    product=lambda patterns: ((patterns + 1) / 2).T @ ((patterns + 1) / 2),
)

exercise.knob(
    _store,
    "one_over_N_on_the_diagonal",
    "Your diagonal holds 1 / N. A unit has no weight to itself.",
    diagonal=lambda W: W - np.diag(np.diag(W)) + np.eye(len(W)) / len(W),
)
