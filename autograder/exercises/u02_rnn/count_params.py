"""Exercise `count-params`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.layouts import count_params, init_readout_params

exercise = Exercise("count-params", "What is learned", count_params)


def _counted(D: int, H: int, K: int) -> int:
    """The oracle: make the weights, and count them."""
    rng = np.random.default_rng(0)
    return sum(array.size for array in (*init_rnn_params(D, H, rng), *init_readout_params(H, K, rng)))


@exercise.check("counts every weight and bias", points=1.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = [[int(size) for size in rng.integers(2, 40, size=3)] for _ in range(5)]
    # All are asked before any is judged: of a single network, two different mistakes may give the same count.
    counts = [student(*sizes) for sizes in drawn]
    for sizes, count in zip(drawn, counts, strict=True):
        expect_same(count, _counted(*sizes), "the count", "Add up the sizes of all five arrays.")


@exercise.check("sizes of one", points=0.5, after="counts every weight and bias")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    sizes = [(1, int(rng.integers(2, 9)), 1), (int(rng.integers(2, 9)), 1, 1), (1, 1, 1)]
    for size in sizes:
        expect_same(student(*size), _counted(*size), "the count", "Add up the sizes of all five arrays.")


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
