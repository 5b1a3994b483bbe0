"""Exercise `pool-states`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.sequence import Pooled, pool_states

exercise = Exercise("pool-states", "One vector for a sentence", pool_states)

_PARTS = "the mean", "the greatest", "the last"


def _pooled(hs: np.ndarray, mask: np.ndarray) -> Pooled:
    """The oracle: row by row, what counts taken out first."""
    rows = [[h for h, counts in zip(*row, strict=True) if counts] for row in zip(hs, mask, strict=True)]
    means = [sum(row) / len(row) for row in rows]
    greatest = [[max(unit) for unit in zip(*row, strict=True)] for row in rows]
    return Pooled(*(np.array(part) for part in (means, greatest, [row[-1] for row in rows])))


def _draw(rng: np.random.Generator, lengths: list[int], T: int, H: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Hidden states, in some units all below 0, with larger numbers in the padding; and the mask."""
    mask = np.arange(T) < np.array(lengths)[:, None]
    hs = np.tanh(rng.normal(size=(len(lengths), T, H)))
    hs[:, :, 0] = -np.abs(hs[:, :, 0]) - 0.1
    return np.where(mask[:, :, None], hs, 3.0 + rng.random(hs.shape)), mask


def _run_part(
    student: StudentFunction, rng: np.random.Generator, part: int, hint: str, scales: tuple[float, ...] = (1.0,)
) -> None:
    for lengths, T, scale in (([5], 5, 1.0), ([4, 1, 6], 6, 1.0), *(([2, 3], 5, scale) for scale in scales)):
        hs, mask = _draw(rng, lengths, T)
        hs = scale * hs
        expect_same(expect_parts(student(hs, mask), *_PARTS)[part], _pooled(hs, mask)[part], _PARTS[part], hint)


@exercise.check("the mean over the steps that count", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_part(student, rng, 0, "Divide the sum over the steps that count by how many these are, in each row.")


@exercise.check("the greatest, unit by unit", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_part(student, rng, 1, "Only steps that count compete, also where all of them are below 0.", (1.0, 100.0))


@exercise.check("the last step that counts", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_part(student, rng, 2, "Each row ends at a step of its own.")


@exercise.check("whatever stands at the other steps", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    hs, mask = _draw(rng, [2, 4, 3], 4)
    want = _pooled(hs, mask)
    for filling in (1e9, np.inf, np.nan):
        got = expect_parts(student(np.where(mask[:, :, None], hs, filling), mask), *_PARTS)
        expect_same(got, want, "the pooled states", "Padding may hold anything, even nan; what is 0 times nan?")
    low = -1e12 * (1.0 + rng.random(hs.shape))
    hint = "What is lower than every number, and so never wins?"
    expect_same(expect_parts(student(low, mask), *_PARTS)[1], _pooled(low, mask)[1], _PARTS[1], hint)


@exercise.check("steps that count, wherever they stand", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    hs, _ = _draw(rng, [5, 5, 5], 5)
    mask = np.array([[False, True, False, True, False], [False] * 4 + [True], [True, False, True, True, True]])
    want = _pooled(hs, mask)
    expect_same(expect_parts(student(hs, mask), *_PARTS), want, "the pooled states", "The mask may have gaps.")


exercise.leaves_inputs(0.25)


def _pool(hs, mask, mean=None, greatest=None, last=None):
    """All three with their parts laid open."""
    valid = mask[:, :, None]
    right = (
        np.where(valid, hs, 0.0).sum(axis=1) / mask.sum(axis=1)[:, None],
        np.where(valid, hs, -np.inf).max(axis=1),
        hs[np.arange(len(hs)), mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)],
    )
    given = (mean, greatest, last)
    return Pooled(*(own(hs, mask) if own else part for own, part in zip(given, right, strict=True)))


def _mean_by_product(hs, mask):
    with np.errstate(invalid="ignore"):
        return (hs * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]


def _before_a_gap(mask):
    ends = mask[:, :-1] & ~mask[:, 1:]
    return np.where(ends.any(axis=1), ends.argmax(axis=1), mask.shape[1] - 1)


exercise.knob(
    _pool,
    "mean_with_padding",
    "Your mean is over all steps, padding too. How long the other sentences of the batch are then changes what this "
    "one means.",
    mean=lambda hs, mask: hs.mean(axis=1),
)
exercise.knob(
    _pool,
    "mean_divided_by_T",
    "Your mean leaves the padding out of the sum, but divides by all T steps. Divide each row by its own number of "
    "steps.",
    mean=lambda hs, mask: np.where(mask[:, :, None], hs, 0.0).sum(axis=1) / hs.shape[1],
)
exercise.knob(
    _pool,
    "mean_by_one_count",
    "You divide every row by the same number of steps. Each sentence has a length of its own.",
    mean=lambda hs, mask: np.where(mask[:, :, None], hs, 0.0).sum(axis=1) / mask.sum(),
)
exercise.knob(
    _pool,
    "mean_by_the_longest",
    "You divide every row by the length of the longest sentence. Each row has a number of its own by which to divide.",
    mean=lambda hs, mask: np.where(mask[:, :, None], hs, 0.0).sum(axis=1) / mask.sum(axis=1).max(),
)
exercise.knob(
    _pool,
    "summed",
    "Your first part is the sum over the steps that count. It should be their mean, or long sentences shout.",
    mean=lambda hs, mask: np.where(mask[:, :, None], hs, 0.0).sum(axis=1),
)
exercise.knob(
    _pool,
    "multiplied_by_the_mask",
    "You multiply by the mask to leave padding out. That is right until padding holds inf or nan: 0 times nan is nan. "
    "Put zeros there instead.",
    mean=_mean_by_product,
)
exercise.knob(
    _pool,
    "greatest_with_padding",
    "Padding wins your maximum. Where the mask is false, a step must not compete.",
    greatest=lambda hs, mask: hs.max(axis=1),
)
exercise.knob(
    _pool,
    "greatest_with_zeros",
    "You put zeros into the padding before you take the maximum. Where a unit is below 0 at every step, zero wins. "
    "What could never win?",
    greatest=lambda hs, mask: np.where(mask[:, :, None], hs, 0.0).max(axis=1),
)
exercise.knob(
    _pool,
    "greatest_by_subtraction",
    "You take something large away from the padding before the maximum. Whatever you take away, the padding may hold "
    "more, or inf or nan. Put something there instead.",
    greatest=lambda hs, mask: (hs - 1e6 * ~mask[:, :, None]).max(axis=1),
)
exercise.knob(
    _pool,
    "greatest_with_a_low_number",
    "You put a low number into the padding before you take the maximum. A unit may be lower still at every step; "
    "-np.inf is lower than all numbers.",
    greatest=lambda hs, mask: np.where(mask[:, :, None], hs, -1e9).max(axis=1),
)
exercise.knob(
    _pool,
    "greatest_in_size",
    "Your second part is the largest size. A state of -0.9 is smaller than one of 0.1, not greater.",
    greatest=lambda hs, mask: np.abs(np.where(mask[:, :, None], hs, 0.0)).max(axis=1),
)
exercise.knob(
    _pool,
    "greatest_of_all_units",
    "You take the greatest of all units at a step. Each unit has a greatest of its own, over the steps.",
    greatest=lambda hs, mask: np.where(mask[:, :, None], hs, -np.inf).max(axis=2),
)
exercise.knob(
    _pool,
    "one_greatest",
    "You take the greatest of a whole sentence and give it to all units. Each unit has a greatest of its own.",
    greatest=lambda hs, mask: np.full_like(hs[:, 0], np.where(mask[:, :, None], hs, -np.inf).max(axis=(1, 2))[:, None]),
)
exercise.knob(
    _pool,
    "last_of_the_row",
    "Your last state is that at the end of the row, in the padding of shorter sentences.",
    last=lambda hs, mask: hs[:, -1],
)
exercise.knob(
    _pool,
    "one_step_too_far",
    "Your last state is one step too far. The last of n steps has the number n - 1.",
    last=lambda hs, mask: hs[np.arange(len(hs)), np.minimum(mask.sum(axis=1), hs.shape[1] - 1)],
)
exercise.knob(
    _pool,
    "last_by_count",
    "You find the last step by counting the steps that count. That is right while they stand at the beginning of the "
    "row; the mask may have gaps.",
    last=lambda hs, mask: hs[np.arange(len(hs)), mask.sum(axis=1) - 1],
)
exercise.knob(
    _pool,
    "stops_at_a_gap",
    "Your last state is the one before the mask first turns false. Behind a gap there may be more that counts.",
    last=lambda hs, mask: hs[np.arange(len(hs)), _before_a_gap(mask)],
)
exercise.knob(
    _pool,
    "first_step",
    "Your third part is the state at the first step that counts. `argmax` finds the first; the last is asked for.",
    last=lambda hs, mask: hs[np.arange(len(hs)), mask.argmax(axis=1)],
)


exercise.knob(
    _pool,
    "one_mean_for_the_batch",
    "Your mean is over the steps of all sentences together: hs[mask] puts them in one row. Each sentence has its own.",
    mean=lambda hs, mask: np.zeros_like(hs[:, 0]) + hs[mask].mean(axis=0),
)
exercise.knob(
    _pool,
    "one_greatest_for_the_batch",
    "Your maximum is over the steps of all sentences together: hs[mask] puts them in one row. Each sentence has its "
    "own.",
    greatest=lambda hs, mask: np.zeros_like(hs[:, 0]) + hs[mask].max(axis=0),
)


@exercise.mistake("Your mean and your maximum have changed places. The order is mean, max, last.")
def greatest_before_mean(hs, mask):
    mean, greatest, last = _pool(hs, mask)
    return Pooled(greatest, mean, last)


@exercise.mistake("You pool the padding and leave out what counts: the mask is true at the steps that count.")
def mask_turned_round(hs, mask):
    with np.errstate(all="ignore"):
        return _pool(hs, ~mask)
