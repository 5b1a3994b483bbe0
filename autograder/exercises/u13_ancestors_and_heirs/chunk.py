"""Exercise `chunk`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.memory.history_compression import Surprises, chunk

exercise = Exercise("chunk", "Keep the surprises", chunk)

_PARTS = "the tokens", "the times", "the lengths"


def _draw(rng: np.random.Generator, B: int, T: int) -> tuple[np.ndarray, np.ndarray]:
    """Tokens from 1 on; the first of each row is a surprise, as `surprises` has it."""
    mask = rng.random((B, T)) < 0.45
    mask[:, 0], mask[:, -1] = True, False
    return rng.integers(1, 9, size=(B, T)), mask


def _right(ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """The oracle: a list for each row."""
    rows = [[t for t in range(len(row)) if row[t]] for row in mask]
    S = max(map(len, rows))
    tokens = [[int(ids[b, t]) for t in row] + [0] * (S - len(row)) for b, row in enumerate(rows)]
    return np.array(tokens), np.array([row + [0] * (S - len(row)) for row in rows]), list(map(len, rows))


def _chunk_of(student: StudentFunction, ids: np.ndarray, mask: np.ndarray, part: int, hint: str) -> None:
    parts = expect_parts(student(ids, mask), *_PARTS)
    want = _right(ids, mask)[part]
    got = np.asarray(parts[part]).tolist() if part == 2 else parts[part]
    expect_same(got, want, _PARTS[part], hint)


@exercise.check("one sequence", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (3, 11):
        _chunk_of(student, *_draw(rng, 1, T), 0, "Those where the mask is true, in their order, and nothing else.")


@exercise.check("the tokens of several sequences", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in ((3, 8), (5, 12), (3, 40)):
        hint = "As wide as the longest row has surprises; shorter rows are filled up with zeros behind them."
        ids, mask = _draw(rng, B, T)
        ids[0, 0] = 0
        _chunk_of(student, ids, mask, 0, hint)


@exercise.check("their times", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in ((1, 7), (4, 10), (3, 40)):
        _chunk_of(student, *_draw(rng, B, T), 1, "At which step each stood, counted from 0, with zeros in the padding.")


@exercise.check("their number in each sequence", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in ((2, 7), (5, 9)):
        ids, mask = _draw(rng, B, T)
        ids[:, 0] = 0  # a token as well
        _chunk_of(student, ids, mask, 2, "A list with the number of surprises of each row.")


exercise.leaves_inputs(0.25)


def _chunk(
    ids,
    surprised,
    kept=lambda mask: mask,
    token=lambda tokens: tokens,
    time=lambda times: times,
    count=lambda n, T: n,
    fill=lambda row: 0,
    fill_time=0,
    width=lambda lengths, T: max(lengths),
    order=lambda row: row,
    before=False,
):
    """The chunks with their parts laid open."""
    B, T = ids.shape
    rows = [order(np.flatnonzero(row)) for row in kept(surprised)]
    lengths = [len(row) for row in rows]
    S = max(width(lengths, T), 1)
    tokens, times = np.zeros((2, B, S), dtype=ids.dtype)
    for b, row in enumerate(rows):
        place = slice(S - min(len(row), S), S) if before else slice(0, min(len(row), S))
        tokens[b], times[b] = fill(ids[b, row]), fill_time
        tokens[b, place], times[b, place] = token(ids[b, row])[:S], time(row)[:S]
    return Surprises(tokens, times, [count(n, T) for n in lengths])


exercise.knob(
    _chunk,
    "predicted_ones_kept",
    "You keep what was predicted, and drop the surprises.",
    kept=lambda mask: ~mask,
)

exercise.knob(
    _chunk,
    "times_from_one",
    "Your times count from 1. In this course steps count from 0.",
    time=lambda times: times + 1,
)

exercise.knob(
    _chunk,
    "times_are_gaps",
    "Your times are the gaps between surprises. What is wanted is the step at which each stood.",
    time=lambda times: np.diff(times, prepend=0),
)

exercise.knob(
    _chunk,
    "as_wide_as_before",
    "Your result is as wide as the sequences were. It is to be shorter: as wide as the longest row has surprises.",
    width=lambda lengths, T: T,
)

exercise.knob(
    _chunk,
    "cut_to_the_shortest",
    "You cut all rows to the shortest. Surprises are lost; fill up the short rows instead.",
    width=lambda lengths, T: min(lengths),
)


@exercise.mistake("Your lengths are all the same, the width of the array. Each row has its own number of surprises.")
def lengths_of_the_array(ids, surprised):
    found = _chunk(ids, surprised)
    return found._replace(lengths=[found.tokens.shape[1]] * len(ids))


exercise.knob(
    _chunk,
    "lengths_of_what_was_left_out",
    "Your lengths count what was left out.",
    count=lambda n, T: T - n,
)

exercise.knob(
    _chunk,
    "lengths_one_short",
    "Your lengths are one too small in each row. The first token counts as a surprise too.",
    count=lambda n, T: n - 1,
)

exercise.knob(
    _chunk,
    "padded_with_minus_one",
    "Your short rows are filled up with -1. Here padding is 0, and the lengths say where it begins.",
    fill=lambda row: -1,
    fill_time=-1,
)

exercise.knob(
    _chunk,
    "padded_with_the_last",
    "Your short rows are filled up with their last token. Here padding is 0.",
    fill=lambda row: row[-1],
)

exercise.knob(
    _chunk,
    "padded_in_front",
    "Your padding stands in front. Sequences begin at the first column, padding comes after them.",
    before=True,
)

exercise.knob(
    _chunk,
    "last_first",
    "Your surprises stand from the last to the first.",
    order=lambda row: row[::-1],
)

exercise.knob(
    _chunk,
    "tokens_sorted",
    "Your tokens are sorted by their numbers. They keep the order in which they came.",
    token=np.sort,
)

exercise.knob(
    _chunk,
    "first_dropped",
    "Your chunks lack the first surprise of each row.",
    order=lambda row: row[1:],
)


@exercise.mistake(
    "Your tokens and times stand where they stood, with zeros in between. They are to be moved together, so that the "
    "sequences become shorter."
)
def blanked_and_not_moved(ids, surprised):
    times = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
    return Surprises(ids * surprised, times * surprised, [int(n) for n in surprised.sum(axis=1)])


@exercise.mistake(
    "In longer rows your surprises have lost their order: among equals argsort keeps none, unless it is asked for a "
    "stable one."
)
def sorted_without_order(ids, surprised):
    order = np.argsort(~surprised, axis=1)
    lengths = [int(n) for n in surprised.sum(axis=1)]
    valid = np.arange(max(lengths)) < np.array(lengths)[:, None]
    times = order[:, : max(lengths)]
    return Surprises(np.where(valid, np.take_along_axis(ids, times, axis=1), 0), np.where(valid, times, 0), lengths)


@exercise.mistake("All your rows are chunked by the mask of the first. Each row has surprises of its own.")
def first_mask_for_all(ids, surprised):
    return _chunk(ids, np.repeat(surprised[:1], len(ids), axis=0))


@exercise.mistake(
    "Surprises whose token is 0 are missing from your chunks. Only the mask says what is kept; 0 is a token as well."
)
def zero_is_no_token(ids, surprised):
    found = _chunk(ids, surprised)
    tokens = np.zeros_like(found.tokens)
    for row, kept in zip(tokens, found.tokens, strict=True):
        row[: np.count_nonzero(kept)] = kept[kept != 0]
    return found._replace(tokens=tokens)


@exercise.mistake("Your lengths are those of the sequences before. Wanted is how many surprises each row has.")
def lengths_of_the_sequences(ids, surprised):
    return _chunk(ids, surprised)._replace(lengths=[ids.shape[1]] * len(ids))


exercise.knob(
    _chunk,
    "times_padded_with_minus_one",
    "Your times are filled up with -1. Here padding is 0, of times too; the lengths say where it begins.",
    fill_time=-1,
)


@exercise.mistake("Your tokens begin as a piece of ids, and what was there shows in the padding. Begin with zeros.")
def old_tokens_in_the_padding(ids, surprised):
    found = _chunk(ids, surprised)
    tokens = ids[:, : found.tokens.shape[1]].copy()
    for row, new, n in zip(tokens, found.tokens, found.lengths, strict=True):
        row[:n] = new[:n]
    return found._replace(tokens=tokens)


exercise.knob(
    _chunk,
    "times_last_first",
    "Your times run from the last to the first, and do not belong to their tokens any more.",
    time=lambda times: times[::-1],
)

exercise.knob(
    _chunk,
    "as_wide_as_all_surprises",
    "Your result is as wide as there are surprises in all rows together. The longest row says how wide it is.",
    width=lambda lengths, T: sum(lengths),
)

exercise.knob(
    _chunk,
    "a_column_too_many",
    "Your result has a column that is padding in every row. It is as wide as the longest row.",
    width=lambda lengths, T: max(lengths) + 1,
)

exercise.knob(
    _chunk,
    "places_for_times",
    "Your times are the places of the surprises in the short sequence: 0, 1, 2 ... Wanted is where they stood before.",
    time=lambda times: np.arange(len(times)),
)


@exercise.mistake("Your times are filled up with the length of the sequences. Here padding is 0, of times too.")
def times_padded_with_the_length(ids, surprised):
    found = _chunk(ids, surprised)
    valid = np.arange(found.times.shape[1]) < np.array(found.lengths)[:, None]
    return found._replace(times=np.where(valid, found.times, ids.shape[1]))


@exercise.mistake("You return how many surprises there are in all. Wanted is a list, with the number of each row.")
def one_length_for_all(ids, surprised):
    found = _chunk(ids, surprised)
    return found._replace(lengths=sum(found.lengths))


@exercise.mistake("Your tokens are the entries of the mask. It says which tokens are kept.")
def mask_for_tokens(ids, surprised):
    return _chunk(np.where(surprised, 1, 0), surprised)
