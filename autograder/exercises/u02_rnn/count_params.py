"""Exercise `count-params`."""

import numpy as np

from autograder.checking import ANY_OTHER, CheckFailed, Exercise, Recognised, StudentFunction, expect_same
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.layouts import count_params, init_readout_params

exercise = Exercise("count-params", "What is learned", count_params)


def _counted(D: int, H: int, K: int) -> int:
    """The oracle: make the weights, and count them."""
    rng = np.random.default_rng(0)
    return sum(array.size for array in (*init_rnn_params(D, H, rng), *init_readout_params(H, K, rng)))


def _count(student: StudentFunction, D: int, H: int, K: int) -> float:
    got = np.asarray(student(D, H, K))
    if got.shape != () or got.dtype.kind not in "iuf":
        raise CheckFailed("the count should be a number; is a return missing?")
    return float(got)


@exercise.check("what another input costs", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    D, H, K = (int(size) for size in rng.integers(5, 40, size=3))
    more = _count(student, D + 1, H, K) - _count(student, D, H, K)
    expect_same(
        more, float(_counted(D + 1, H, K) - _counted(D, H, K)), "what another input adds", "W_x has a row for it."
    )


@exercise.check("what another output costs", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    D, H, K = (int(size) for size in rng.integers(5, 40, size=3))
    more = _count(student, D, H, K + 1) - _count(student, D, H, K)
    hint = "W_y has a column for it, b_y a number."
    expect_same(more, float(_counted(D, H, K + 1) - _counted(D, H, K)), "what another output adds", hint)


@exercise.check("counts every weight and bias", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = [[int(size) for size in rng.integers(2, 40, size=3)] for _ in range(5)]
    # All are asked before any is judged: of a single network, two different mistakes may give the same count.
    counts = [_count(student, *sizes) for sizes in drawn]
    for sizes, count in zip(drawn, counts, strict=True):
        expect_same(count, float(_counted(*sizes)), "the count", "Add up the sizes of all five arrays.")


@exercise.check("sizes of one", points=0.25, after="counts every weight and bias")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in [(1, int(rng.integers(2, 9)), 1), (int(rng.integers(2, 9)), 1, 1), (1, 1, 1)]:
        hint = "Add up the sizes of all five arrays."
        expect_same(_count(student, *sizes), float(_counted(*sizes)), "the count", hint)


@exercise.check("a whole number", points=0.5, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got = student(2, 3, 4)
    kind = np.asarray(got).dtype
    if kind.kind not in "iu":
        raise Recognised(f"the count should be a whole number, an int; got {kind}")


@exercise.mistake("Your count is that of the matrices alone. The biases are learned too.")
def without_biases(D, H, K):
    return (D + H + K) * H


@exercise.mistake("Your count is that of the cell alone. The readout has weights as well.")
def without_readout(D, H, K):
    return (D + H + 1) * H


@exercise.mistake("Your count lacks the readout's bias.")
def without_readout_bias(D, H, K):
    return (D + H + K + 1) * H


@exercise.mistake("Your count lacks the cell's bias.")
def without_cell_bias(D, H, K):
    return (D + H + K) * H + K


@exercise.mistake(
    "Your count has two biases in the cell, as torch.nn.RNN has. They are only ever added to each other, so one is "
    "enough; ours has one."
)
def two_biases(D, H, K):
    return (D + H + K + 2) * H + K


@exercise.mistake(
    "Your count gives W_h one number a unit. Each unit of the old state reaches each unit of the new one: what shape "
    "does that take?"
)
def diagonal_recurrence(D, H, K):
    return (D + K + 2) * H + K


@exercise.mistake("Your count leaves out W_h, as in a network without memory.")
def without_recurrence(D, H, K):
    return (D + K + 1) * H + K


@exercise.mistake("Your cell has a bias for each input. It has one for each unit: b is (H,).")
def bias_for_each_input(D, H, K):
    return D * H + H * H + D + H * K + K


@exercise.mistake("Your readout has a weight for each input. It reads the state: W_y is (H, K).")
def readout_of_the_inputs(D, H, K):
    return D * H + H * H + H + D * K + K


@exercise.mistake("You multiply sizes that belong to two arrays. W_x has D H numbers and W_h has H H: add them.")
def cell_sizes_multiplied(D, H, K):
    return D * H * H + H + H * K + K


@exercise.mistake("You return a text. Wanted is a number.")
def count_as_a_text(D, H, K):
    return str((D + H + K + 1) * H + K)
