"""Exercise `one-hot`."""

import numpy as np

from autograder.checking import ANY_OTHER, Exercise, Recognised, StudentFunction, expect_same
from rnncore.functional.base.classes import one_hot

exercise = Exercise("one-hot", "From ids to vectors", one_hot)


def _one_hot(student: StudentFunction, rng: np.random.Generator, *shape: int, V: int, last: bool = False) -> None:
    ids = rng.integers(0, V - 1, size=shape)
    if ids.size > 1:
        ids.flat[0], ids.flat[1] = 0, 2
    if last:
        ids.flat[-1] = V - 1
    want = np.zeros((*shape, V))
    for place in np.ndindex(*shape):
        want[(*place, ids[place])] = 1.0
    expect_same(student(ids, V), want, "the result", "1 in the place of the id, 0 elsewhere; V is the last axis.")


@exercise.check("the tokens of one sentence, (T,)", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _one_hot(student, rng, 5, V=7)


@exercise.check("a batch of sentences, (B, T)", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _one_hot(student, rng, 3, 5, V=8)
    _one_hot(student, rng, 1, 4, V=6)
    _one_hot(student, rng, 2, 3, V=4, last=True)


@exercise.check("ids of another shape", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _one_hot(student, rng, 2, 3, 4, V=5)
    _one_hot(student, rng, 3, 1, V=4)
    _one_hot(student, rng, V=6)


@exercise.check("numbers with a point, float64", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    dtype = np.asarray(student(rng.integers(0, 5, size=4), 6)).dtype
    if dtype != np.float64:
        raise Recognised(f"where no dtype is given, the result is of float64; got {dtype}")


exercise.leaves_inputs(0.25)


def _rows(ids, V):
    return (np.asarray(ids)[..., None] == np.arange(V)).astype(float)


@exercise.mistake("Your 1 stands one place too far to the left: you count ids from 1. They are counted from 0.")
def counted_from_one(ids, V, dtype=None):
    return _rows(np.asarray(ids) - 1, V)


@exercise.mistake(
    "You added up the vectors of a sentence. That is a bag of words: how often each occurs. One vector for each token "
    "is wanted."
)
def bag_of_words(ids, V, dtype=None):
    return _rows(ids, V).sum(axis=-2)


@exercise.mistake(
    "Your vectors are as long as the greatest id needs. They are as long as the vocabulary, V, whatever occurs."
)
def as_long_as_needed(ids, V, dtype=None):
    return _rows(ids, int(np.max(ids)) + 1)


@exercise.mistake("Your result has V in front. The new axis is the last one.")
def classes_first(ids, V, dtype=None):
    return np.moveaxis(_rows(ids, V), -1, 0)


@exercise.mistake("Your vectors of all sentences are in one long list. The axes of ids stay, and V comes behind them.")
def flattened(ids, V, dtype=None):
    return _rows(ids, V).reshape(-1, V)


@exercise.mistake(
    "All places up to the id are 1 with you. Only its own is: otherwise a later word would contain the earlier."
)
def thermometer(ids, V, dtype=None):
    return (np.arange(V) <= np.asarray(ids)[..., None]).astype(float)


@exercise.mistake("You put the id itself in its place. Put 1: a word is not worth more because its id is higher.")
def id_instead_of_one(ids, V, dtype=None):
    return _rows(ids, V) * np.asarray(ids)[..., None]


@exercise.mistake("Your ones and zeros are swapped.")
def one_cold(ids, V, dtype=None):
    return 1.0 - _rows(ids, V)


@exercise.mistake(
    "Your function knows ids of one axis, (T,). With `ids[..., None]` it takes any shape, such as (B, T)."
)
def one_axis_only(ids, V):
    vectors = np.zeros((len(ids), V))
    vectors[np.arange(len(ids)), ids] = 1.0
    return vectors


@exercise.mistake(
    "You set the places of all ids in every vector: result[..., ids] = 1 picks them for all rows at once. Each vector "
    "has a single 1, for its own id."
)
def all_ids_in_every_vector(ids, V, dtype=None):
    vectors = np.zeros((*np.shape(ids), V))
    vectors[..., ids] = 1.0
    return vectors


@exercise.mistake("Your vectors have a place too many. V places, for the ids 0 to V - 1: np.arange(V).")
def one_place_too_many(ids, V, dtype=None):
    return _rows(ids, V + 1)
