"""Exercise `class-weights`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_numbers, expect_same
from rnncore.functional.base import class_weights

exercise = Exercise("class-weights", "What each class weighs", class_weights)

_NAME = "the weights"


def _run_weights(student: StudentFunction, rng: np.random.Generator, counts: list[int], *shape: int) -> None:
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts)).reshape(shape or (-1,))
    want = np.array([sum(counts) / (len(counts) * count) for count in counts])
    expect_same(student(labels, len(counts)), want, _NAME, "See (8.9): how often does each class occur?")


@exercise.check("all classes weigh the same together", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    counts = np.array([2, 9, 4])
    weights = expect_numbers(student(rng.permutation(np.repeat(np.arange(3), counts)), 3), _NAME)
    if np.shape(weights) == (3,):
        weights = weights * counts / np.sum(weights * counts)
    hint = "A class that occurs half as often weighs twice as much."
    expect_same(weights, np.full(3, 1 / 3), "the share of each class in the weight of all labels", hint)


@exercise.check("two classes, one of them rare", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_weights(student, rng, [int(rng.integers(12, 20)), int(rng.integers(1, 5))])


@exercise.check("more classes, labels in an array of another shape", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_weights(student, rng, [5, 1, 6, 3, 9], 4, 6)
    _run_weights(student, rng, [2, 8, 2], 2, 2, 3)


exercise.leaves_inputs(0.25)


def _weights(labels, K, of=lambda counts, n: n / (len(counts) * counts)):
    """The weights, made of how often each class occurs."""
    counts = np.bincount(labels.reshape(-1), minlength=K).astype(float)
    return of(counts, counts.sum())


exercise.knob(
    _weights,
    "frequencies",
    "Your weights are how often the classes occur. A rare class is to weigh more, not less.",
    of=lambda counts, n: counts / n,
)
exercise.knob(
    _weights,
    "inverse_counts",
    "You take one over the count, and nothing more. Then the mean weight of a label is not 1: where are n and K?",
    of=lambda counts, n: 1.0 / counts,
)
exercise.knob(
    _weights,
    "without_K",
    "You leave out K. Then the weights of all labels together are K times too large.",
    of=lambda counts, n: n / counts,
)
exercise.knob(
    _weights,
    "sum_of_one",
    "Your weights add up to 1. It is the mean over the *labels* that is 1, and rare labels are few.",
    of=lambda counts, n: (1.0 / counts) / np.sum(1.0 / counts),
)
exercise.knob(
    _weights,
    "sum_of_K",
    "Your weights have the mean 1 over the classes. It is the mean over the *labels* that is 1, and rare labels are "
    "few.",
    of=lambda counts, n: len(counts) * (1.0 / counts) / np.sum(1.0 / counts),
)
exercise.knob(
    _weights,
    "turned_round",
    "Your fraction stands on its head: the rare class weighs least.",
    of=lambda counts, n: len(counts) * counts / n,
)
exercise.knob(
    _weights,
    "share_of_the_others",
    "Your weights are the shares of the other classes. The rare class then hardly weighs more than 1.",
    of=lambda counts, n: 1.0 - counts / n,
)
exercise.knob(
    _weights,
    "relative_to_the_largest",
    "You divide by the count of the most frequent class. The weights of all classes together, label by label, are to "
    "be as large as without weights.",
    of=lambda counts, n: counts.max() / counts,
)
exercise.knob(
    _weights,
    "root",
    "You take a root. That is used at times, to be less strict, but then the classes do not weigh the same together.",
    of=lambda counts, n: np.sqrt(n / (len(counts) * counts)),
)
exercise.knob(
    _weights,
    "whole_division",
    "Your weights are whole numbers: // leaves out what / keeps, and so does an array of whole numbers that you fill.",
    of=lambda counts, n: (n // (len(counts) * counts)).astype(int),
)
exercise.knob(
    _weights,
    "smoothed",
    "You add something to the counts. That helps where a class may be missing, but here each occurs, and then the "
    "classes do not weigh the same together.",
    of=lambda counts, n: (n + len(counts)) / (len(counts) * (counts + 1)),
)
exercise.knob(
    _weights,
    "plain_counts",
    "You return how often each class occurs. What should a label weigh that occurs so often?",
    of=lambda counts, n: counts,
)


@exercise.mistake(
    "You return a weight for each label. One for each class is asked for, (K,); `tag_loss` picks from it."
)
def one_for_each_label(labels, K):
    return _weights(labels, K, of=lambda counts, n: n / (K * counts))[labels]


@exercise.mistake("Your n is the number of rows. It is the number of labels, in all rows together.")
def rows_for_labels(labels, K):
    return _weights(labels, K, of=lambda counts, n: len(labels) / (K * counts))


exercise.knob(
    _weights,
    "logarithm",
    "You take a logarithm. That is used at times, to be less strict, but then the classes do not weigh the same "
    "together.",
    of=lambda counts, n: np.log(n / counts),
)


exercise.knob(
    _weights,
    "others_to_each",
    "You take how many others there are to one of a class, as torch's pos_weight does. Here n stands above, and K "
    "below: see (8.9).",
    of=lambda counts, n: (n - counts) / counts,
)
