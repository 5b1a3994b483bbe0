"""Exercise `embedding-forward`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_numbers, expect_same
from rnncore.functional.base import one_hot
from rnncore.functional.sequence import embedding_forward

exercise = Exercise("embedding-forward", "Look words up", embedding_forward)


def _run_lookup(student: StudentFunction, rng: np.random.Generator, words: np.ndarray, *shape: int) -> None:
    V, D = 4, 6
    ids, W = rng.permutation(np.resize(words, shape).ravel()).reshape(shape), rng.normal(size=(V, D))
    want = np.array([W[i] for i in ids.ravel()]).reshape(*shape, D)
    expect_same(student(ids, W), want, "the vectors", "Row v of the table is the vector of word v; see (8.1).")


@exercise.check("a word has the same vector wherever it stands, and no other word has it", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    ids = rng.permutation(np.array([3, 1, 3, 2, 1]))
    vectors = expect_numbers(student(ids, rng.normal(size=(4, 6))), "the vectors")
    if vectors.shape != (5, 6):
        raise CheckFailed(f"the vectors should have shape (5, 6); got {vectors.shape}")
    alike = np.all(np.isclose(vectors[:, None], vectors), axis=-1)
    expect_same(alike, ids[:, None] == ids, "which words have the same vector", "Look each word up in the table.")


@exercise.check("the words of a sentence, of several, and arrays of another shape", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_lookup(student, rng, np.arange(1, 4), 5)
    _run_lookup(student, rng, np.arange(4), 2, 5)
    _run_lookup(student, rng, np.arange(4), 2, 2, 3)
    _run_lookup(student, rng, np.arange(1, 4), 1, 5)
    _run_lookup(student, rng, rng.integers(1, 4, size=1))


exercise.leaves_inputs(0.25)


@exercise.mistake("You look one row too high: the vector of word 0 is the first row of the table.")
def one_row_off(ids, W):
    return W[ids - 1]


@exercise.mistake("You look up columns. A word's vector is a row of the table.")
def columns(ids, W):
    return W.T[ids]


@exercise.mistake(
    "You give word 0 a vector of zeros. It has a row of its own like every other; masks deal with padding."
)
def zeros_for_padding(ids, W):
    return np.where(ids[..., None] == 0, 0.0, W[ids])


@exercise.mistake("You put the words in one long row. The result has the shape of the ids, and one more axis.")
def flattened(ids, W):
    return W[ids.reshape(-1)]


@exercise.mistake("The new axis of your result comes first. It belongs behind those of the ids.")
def vector_axis_first(ids, W):
    return np.moveaxis(W[ids], -1, 0)


@exercise.mistake("Your sentences and steps have changed places. The result keeps the order of the ids' axes.")
def time_first(ids, W):
    return W[ids.T]


@exercise.mistake("You look up the first sentence alone. The others are to get their vectors too.")
def first_sentence_only(ids, W):
    return W[ids[0]]


@exercise.mistake(
    "You put the vectors of a sentence behind one another, so nothing tells where a word ends. The result has the axes "
    "of the ids, and one more."
)
def glued_together(ids, W):
    return W[ids].reshape(len(ids), -1)


@exercise.mistake("You bring the vectors to one length. What stands in the table is asked for, as it is.")
def of_one_length(ids, W):
    return W[ids] / np.linalg.norm(W[ids], axis=-1, keepdims=True)


@exercise.mistake("You return one-hot vectors. Their product with the table is asked for, or rather what it picks.")
def one_hot_vectors(ids, W):
    return one_hot(ids, len(W))


@exercise.mistake("You add the vectors of a sentence up. Here every word keeps its own.")
def summed_over_words(ids, W):
    return W[ids].sum(axis=-2)


@exercise.mistake("You multiply the table by the ids. An id is the name of a row, not a number to calculate with.")
def ids_as_numbers(ids, W):
    return ids[..., None] * W[0]


@exercise.mistake("You scale the vectors by the root of D, as transformers do. What stands in the table is asked for.")
def scaled_by_the_root(ids, W):
    return W[ids] * np.sqrt(W.shape[1])


@exercise.mistake("You take columns of the table, W[:, ids]. A word's vector is a row: the ids come first.")
def columns_of_the_table(ids, W):
    return W[:, ids]


@exercise.mistake("You take the mean over the words of a sentence. Here every word keeps its own vector.")
def averaged_over_words(ids, W):
    return W[ids].mean(axis=-2)
