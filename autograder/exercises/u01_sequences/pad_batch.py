"""Exercise `pad-batch`."""

from collections.abc import Sequence

import numpy as np

from autograder.checking import ANY_OTHER, Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.batching import Padded, pad_batch
from rnncore.tasks.vocab import PAD

exercise = Exercise("pad-batch", "Many sentences in one array", pad_batch)

_PARTS = "ids", "mask"


def _batch(rng: np.random.Generator, lengths: Sequence[int], low: int = 1) -> list[list[int]]:
    return [[int(i) for i in rng.integers(low, 50, size=length)] for length in lengths]


def _filled(sequences: list[list[int]], pad: int = PAD) -> tuple[np.ndarray, np.ndarray]:
    """The batch, place by place."""
    T = max(len(sequence) for sequence in sequences)
    ids, mask = np.full((len(sequences), T), pad), np.zeros((len(sequences), T), dtype=bool)
    for b, sequence in enumerate(sequences):
        for t, i in enumerate(sequence):
            ids[b, t], mask[b, t] = i, True
    return ids, mask


def _expect_ids(student: StudentFunction, sequences: list[list[int]], **options: int) -> None:
    ids, _ = expect_parts(student(sequences, **options), *_PARTS)
    want, _ = _filled(sequences, **options)
    expect_same(ids, want.astype(float), "ids", "A row for each sequence, filled up at the end.")


def _expect_mask(student: StudentFunction, sequences: list[list[int]]) -> None:
    _, mask = expect_parts(student(sequences), *_PARTS)
    expect_same(mask, _filled(sequences)[1].astype(float), "mask", "True where a sequence has an id.")


@exercise.check("the ids, filled up to the longest", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_ids(student, _batch(rng, (3, 6, 1, 4)))


@exercise.check("the mask, also where a sequence holds the id of padding", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    sequences = _batch(rng, (5, 2, 3))
    sequences[0][2] = sequences[2][-1] = PAD
    _expect_mask(student, sequences)


@exercise.check("another filling", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for pad in (-1, 7):
        _expect_ids(student, _batch(rng, (2, 4, 3), low=8), pad=pad)


@exercise.check("a sequence without ids, and a single sequence", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths in ((2, 0, 3), (4,)):
        sequences = _batch(rng, lengths)
        _expect_ids(student, sequences)
        _expect_mask(student, sequences)


@exercise.check("ids are whole numbers, the mask is true or false", points=0.5, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    sequences = _batch(rng, (3, 0, 5))
    expect_same(expect_parts(student(sequences), *_PARTS), _filled(sequences), "ids and mask", "Look at their dtypes.")


exercise.leaves_inputs(0.25)


def _padded(sequences, pad, T=None, fill=None):
    """A batch with its parts laid open; `fill(sequence, n)` gives what stands behind, or before, a sequence."""
    T = max(map(len, sequences)) if T is None else T
    fill = fill or (lambda sequence, n: [*sequence, *[pad] * n])
    ids = [fill(list(sequence)[:T], T - len(list(sequence)[:T])) for sequence in sequences]
    mask = [[t < len(sequence) for t in range(T)] for sequence in sequences]
    return Padded(np.array(ids, dtype=np.int64).reshape(-1, T), np.array(mask, dtype=bool).reshape(-1, T))


@exercise.mistake(
    "You fill up at the beginning. Here the sequences start together, and what is filled up stands behind."
)
def padded_at_the_front(sequences, pad=PAD):
    T = max(map(len, sequences))
    ids, mask = _padded(sequences, pad, fill=lambda sequence, n: [*[pad] * n, *sequence])
    return Padded(ids, mask[:, ::-1].reshape(-1, T))


@exercise.mistake("You cut the sequences to the length of the shortest. Nothing may be lost: fill up to the longest.")
def cut_to_the_shortest(sequences, pad=PAD):
    return _padded(sequences, pad, T=min(map(len, sequences)))


@exercise.mistake("You fill up to one more than the longest. The longest sequence needs no padding.")
def one_too_long(sequences, pad=PAD):
    return _padded(sequences, pad, T=max(map(len, sequences)) + 1)


@exercise.mistake("You fill up with the last id again. A model would read the word many times; fill up with pad.")
def last_id_again(sequences, pad=PAD):
    return _padded(sequences, pad, fill=lambda sequence, n: [*sequence, *(sequence[-1:] or [pad]) * n])


@exercise.mistake("Your rows are sorted by length. Row b of the batch is sequence b, or the labels will not fit.")
def sorted_by_length(sequences, pad=PAD):
    return _padded(sorted(sequences, key=len, reverse=True), pad)


@exercise.mistake("You return the mask before the ids. The order is ids, mask.")
def mask_first(sequences, pad=PAD):
    ids, mask = _padded(sequences, pad)
    return mask, ids


@exercise.mistake("Your mask is turned round: true is where the sequence has an id, false where it is filled up.")
def mask_of_the_padding(sequences, pad=PAD):
    ids, mask = _padded(sequences, pad)
    return Padded(ids, ~mask)


@exercise.mistake(
    "Your mask asks whether an id differs from pad. A sequence may hold that id itself: ask how long it is instead."
)
def mask_by_value(sequences, pad=PAD):
    ids, _ = _padded(sequences, pad)
    return Padded(ids, ids != pad)


@exercise.mistake("For the mask you return the lengths. It is an array like ids, (B, T), of true and false.")
def lengths_for_the_mask(sequences, pad=PAD):
    ids, mask = _padded(sequences, pad)
    return ids, mask.sum(axis=1)


@exercise.mistake("You fill up with 0 whatever pad is.")
def pads_with_zero(sequences, pad=PAD):
    return _padded(sequences, 0)


@exercise.mistake("Your mask asks whether an id is 0. A sequence may hold a 0 itself: ask how long it is instead.")
def mask_where_not_zero(sequences, pad=PAD):
    ids, _ = _padded(sequences, pad)
    return Padded(ids, ids != 0)
