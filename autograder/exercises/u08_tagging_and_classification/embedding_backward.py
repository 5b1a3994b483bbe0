"""Exercise `embedding-backward`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.base import one_hot
from rnncore.functional.sequence import embedding_backward

exercise = Exercise("embedding-backward", "Send gradients to the table", embedding_backward)

_GRADIENT = "the gradient of the table"


def _run_gradient(student: StudentFunction, rng: np.random.Generator, ids: np.ndarray, V: int) -> None:
    """The oracle: torch's gradient of the looked-up vectors."""
    D = 3
    W, dxs = rng.normal(size=(V, D)), rng.normal(size=(*ids.shape, D))
    table = torch.tensor(W, requires_grad=True)
    vectors = torch.nn.functional.embedding(torch.from_numpy(ids), table)
    (want,) = torch.autograd.grad(vectors, table, torch.from_numpy(dxs))
    hint = "A row gets what comes back from all places where its word stands; see (8.2)."
    expect_same(student(dxs, ids, W), want.numpy(), _GRADIENT, hint)


@exercise.check("the rows of words that occur, and no others", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    ids, W = rng.permutation(8)[:6].reshape(2, 3), rng.normal(size=(8, 3))
    moved = np.any(np.asarray(student(rng.normal(size=(2, 3, 3)), ids, W)) != 0, axis=-1)
    expect_same(moved, np.isin(np.arange(8), ids), "which rows have a gradient", "Those that were looked up.")


@exercise.check("words that occur once", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_gradient(student, rng, rng.permutation(8)[:6].reshape(2, 3), 8)


@exercise.check("words that occur again, in a sentence and in others", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    ids = np.array([[0, 1, 2, 0], [1, 3, 3, 1], [0, 2, 1, 4]])
    _run_gradient(student, rng, rng.permutation(6)[ids], 6)


@exercise.check("words in an array of another shape", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_gradient(student, rng, np.array([2, 0, 2]), 4)
    _run_gradient(student, rng, rng.integers(0, 4, size=(2, 2, 3)), 4)
    ids = rng.permutation(4)[np.array([1, 0, 1, 2])]
    W, dxs = (rng.integers(-8, 9, size=(4, 3)).astype(np.float32) for _ in range(2))
    want = np.array([dxs[ids == v].sum(axis=0) for v in range(4)])
    expect_same(student(dxs, ids, W), want, _GRADIENT)


exercise.leaves_inputs(0.25)


def _sum(dxs, ids, W):
    return one_hot(ids.reshape(-1), len(W), dxs.dtype).T @ dxs.reshape(-1, dxs.shape[-1])


def _counts(ids, W):
    return np.bincount(ids.reshape(-1), minlength=len(W))[:, None]


@exercise.mistake(
    "Where a word occurs again, you keep only what comes back from its last place: NumPy's `dW[ids] = ...` and "
    "`dW[ids] += ...` write every row once. All places add up."
)
def last_place_only(dxs, ids, W):
    dW = np.zeros_like(W)
    dW[ids] = dxs
    return dW


@exercise.mistake("Where a word occurs again, you keep only what comes back from its first place. All places add up.")
def first_place_only(dxs, ids, W):
    dW = np.zeros_like(W)
    dW[ids.reshape(-1)[::-1]] = dxs.reshape(-1, W.shape[1])[::-1]
    return dW


@exercise.mistake("You take the mean over the places where a word stands. Changes of the loss add up: take the sum.")
def mean_over_places(dxs, ids, W):
    return _sum(dxs, ids, W) / np.maximum(_counts(ids, W), 1)


@exercise.mistake("You divide by the number of sentences. If the loss is a mean over them, it has done that already.")
def divided_by_sentences(dxs, ids, W):
    return _sum(dxs, ids, W) / len(ids)


@exercise.mistake("You divide by how many words there are. The loss has done that already where it is a mean.")
def divided_by_all_words(dxs, ids, W):
    return _sum(dxs, ids, W) / ids.size


@exercise.mistake(
    "Word 0 gets no gradient. Whether padding counts is for the mask of the loss to say, not for the table."
)
def nothing_for_padding(dxs, ids, W):
    return _sum(dxs, ids, W) * (np.arange(len(W)) > 0)[:, None]


@exercise.mistake("You use the first sentence alone. Words of all sentences count.")
def first_sentence_only(dxs, ids, W):
    return _sum(dxs[:1], ids[:1], W)


@exercise.mistake("Your gradient is transposed. A gradient has the shape of what it is a gradient of, (V, D).")
def transposed(dxs, ids, W):
    return _sum(dxs, ids, W).T


@exercise.mistake(
    "You multiply by the table. In x = W[id] nothing stands beside W, so nothing multiplies its gradient."
)
def times_the_table(dxs, ids, W):
    return _sum(dxs, ids, W) * W


@exercise.mistake(
    "You return W with the gradient added or taken off. Asked is the gradient itself; the optimiser changes the table."
)
def changed_table(dxs, ids, W):
    return W + _sum(dxs, ids, W)


@exercise.mistake("You return W less its gradient. Asked is the gradient itself; the optimiser changes the table.")
def descended(dxs, ids, W):
    return W - _sum(dxs, ids, W)


@exercise.mistake(
    "You return rows only for the words that occur. Every word of the table has a row, most of them zero."
)
def rows_that_occur(dxs, ids, W):
    return _sum(dxs, ids, W)[np.unique(ids)]


@exercise.mistake(
    "Your gradient ends at the highest id that occurs. The table has rows behind it, and a gradient has its shape."
)
def rows_up_to_the_highest(dxs, ids, W):
    return _sum(dxs, ids, W)[: ids.max() + 1]


@exercise.mistake(
    "Your function wants exactly two axes of ids. Their shape may be any; `reshape` makes one axis of all."
)
def two_axes_only(dxs, ids, W):
    B, T = ids.shape
    return _sum(dxs, ids.reshape(B, T), W)


@exercise.mistake("Your gradients meet other words than those they belong to: ids and dxs are in different orders.")
def orders_differ(dxs, ids, W):
    return _sum(dxs.reshape(-1, W.shape[1]), ids.T.reshape(-1), W)


@exercise.mistake("Your gradient has minus signs that nobody asked for. Descent comes later, in the optimiser.")
def negative(dxs, ids, W):
    return -_sum(dxs, ids, W)


@exercise.mistake("You add up the D numbers of a gradient too. Each column of the table has a sum of its own: axis=0.")
def columns_added_up(dxs, ids, W):
    return _sum(dxs, ids, W).sum(axis=1, keepdims=True) + np.zeros_like(W)
