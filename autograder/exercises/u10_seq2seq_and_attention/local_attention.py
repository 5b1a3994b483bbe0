"""Exercise `local-attention`."""

import math

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.attention.local import local_attention
from rnncore.functional.attention.scores import attend
from rnncore.functional.attention.scores import attend as right_attend

exercise = Exercise("local-attention", "A window on the source", local_attention, uses=[attend])

_PARTS = "the contexts", "the weights"


def _right(scores, values, positions, D, mask):
    """The oracle: place by place."""
    B, T, S = scores.shape
    seen, weights = np.broadcast_to(mask, scores.shape), np.zeros(scores.shape)
    for b, t in np.ndindex(B, T):
        near = [s for s in range(S) if seen[b, t, s] and abs(s - positions[b, t]) <= D]
        total = sum(math.exp(scores[b, t, s]) for s in near)
        for s in near:
            bell = math.exp(-((s - positions[b, t]) ** 2) / (2 * (D / 2) ** 2))
            weights[b, t, s] = math.exp(scores[b, t, s]) / total * bell
    return np.einsum("bts,bse->bte", weights, values), weights


def _draw(rng: np.random.Generator, B: int, T: int, S: int, E: int, D: float, whole: bool = False):
    positions = rng.uniform(0, S - 1, size=(B, T))
    mask = np.ones((B, 1, S), dtype=bool)
    return rng.normal(size=(B, T, S)), rng.normal(size=(B, S, E)), np.round(positions) if whole else positions, D, mask


def _run_local(student: StudentFunction, given):
    return expect_parts(student(*given), *_PARTS), _right(*given)


@exercise.check("a window without end is global attention", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, values, positions, _, _ = _draw(rng, 2, 3, 5, 4, 1e9)
    mask = np.arange(5) < np.array([5, 3])[:, None]
    got, want = _run_local(student, (scores, values, positions, 1e9, mask[:, None, :]))
    expect_same(got, want, "the result", "With D very large all of the sentence lies in the window.")


@exercise.check("the weights in a window", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 3, 9, 2, 2.5), (1, 2, 6, 3, 1.5)):
        (_, weights), (_, want) = _run_local(student, _draw(rng, *sizes))
        expect_same(weights, want, _PARTS[1], "Softmax inside the window, then the bell curve around the position.")


@exercise.check("positions on a step, and the steps at the window's ends", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    hint = "Steps are counted from 0, and those exactly D away belong to the window."
    (_, weights), (_, want) = _run_local(student, _draw(rng, 2, 4, 8, 2, 2.0, whole=True))
    expect_same(weights, want, _PARTS[1], hint)
    scores, values, _, _, mask = _draw(rng, 2, 2, 6, 2, 2.0)
    for D, beyond in ((2.0, [[-0.7, 6.3], [5.6, -0.4]]), (0.4, [[2.5, 1.2], [-0.5, 3.5]])):
        (_, weights), (_, want) = _run_local(student, (scores, values, np.array(beyond), D, mask))
        expect_same(weights, want, _PARTS[1], hint)


@exercise.check("the contexts", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 3, 7, 4, 2.2), (2, 1, 5, 1, 3.0)):
        (contexts, _), (want, _) = _run_local(student, _draw(rng, *sizes))
        expect_same(contexts, want, _PARTS[0], "The sum of the values with the weights that you return.")


@exercise.check("padding within the window", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, values, _, D, _ = _draw(rng, 3, 2, 6, 2, 2.0)
    mask = np.arange(6) < np.array([3, 6, 5])[:, None]
    positions = rng.uniform(1.2, 2.8, size=(3, 2))
    got, want = _run_local(student, (scores, values, positions, D, mask[:, None, :]))
    expect_same(got, want, "the result", "The softmax runs over the places that lie in the window and in the sentence.")
    each = rng.random((3, 2, 6)) < 0.6
    np.put_along_axis(each, np.round(positions).astype(int)[:, :, None], True, axis=2)
    got, want = _run_local(student, (scores, values, positions, D, each))
    expect_same(got, want, "the result", "The mask may be (B, T, S), with a row for each query.")


exercise.leaves_inputs(0.25)


def _local(
    scores,
    values,
    positions,
    D,
    mask,
    first=0.0,
    window=lambda away, D: np.abs(away) <= D,
    bell=lambda away, D: np.exp(-2.0 * (away / D) ** 2),
    cut_first=True,
    again=False,
    seen=lambda mask: mask,
):
    """Local attention with its parts laid open."""
    away = np.arange(scores.shape[2]) + first - positions[:, :, None]
    near = window(away, D)
    _, plain = right_attend(
        scores, values, np.broadcast_to(seen(mask) & near if cut_first else seen(mask), scores.shape)
    )
    weights = plain * bell(away, D) * near
    if again:
        weights = weights / np.maximum(weights.sum(axis=2, keepdims=True), 1e-300)
    return weights @ values, weights


exercise.knob(
    _local,
    "no_bell",
    "All of your window counts alike. The bell curve makes its middle count more than its ends.",
    bell=lambda away, D: 1.0,
)

exercise.knob(
    _local,
    "no_window",
    "Your attention has the bell curve but no window: places further than D away still have a share in the softmax, "
    "and a small weight.",
    window=lambda away, D: np.ones(away.shape, dtype=bool),
)

exercise.knob(
    _local,
    "cut_after_softmax",
    "You take the softmax over the whole source and cut the window out afterwards. What lies outside has then had its "
    "share already.",
    cut_first=False,
)

exercise.knob(
    _local,
    "bell_too_wide",
    "Your bell curve is twice as wide as it should be: its standard deviation is half of D.",
    bell=lambda away, D: np.exp(-0.5 * (away / D) ** 2),
)

exercise.knob(
    _local,
    "bell_without_the_two",
    "Your bell curve lacks the 2 below the fraction: exp(-x² / 2σ²), not exp(-x² / σ²).",
    bell=lambda away, D: np.exp(-4.0 * (away / D) ** 2),
)

exercise.knob(
    _local,
    "bell_not_squared",
    "The distance in your bell curve is not squared.",
    bell=lambda away, D: np.exp(-2.0 * np.abs(away) / D**2),
)

exercise.knob(
    _local,
    "scaled_to_one_again",
    "You scale the weights to add up to 1 again. Then a window that is at the wrong place has the same total as one at "
    "the right place, and nothing tells the position to move.",
    again=True,
)

exercise.knob(
    _local,
    "first_mask_for_all",
    "All your queries see what the first one may see. A mask (B, T, S) has a row for each: use it as it comes.",
    seen=lambda mask: mask[:, :1],
)

exercise.knob(
    _local, "steps_from_one", "Your source steps are counted from 1. Here, as in Python, the first is 0.", first=1.0
)

exercise.knob(
    _local,
    "ends_left_out",
    "Steps exactly D away are missing in your window: the ends belong to it.",
    window=lambda away, D: np.abs(away) < D,
)

exercise.knob(
    _local,
    "half_the_window",
    "Your window is D wide in all. It reaches D steps to *each* side.",
    window=lambda away, D: np.abs(away) <= D / 2,
)

exercise.knob(
    _local,
    "padding_in_the_window",
    "Your window reaches into the padding. A place must be near *and* in the sentence.",
    seen=np.ones_like,
)


@exercise.mistake(
    "Your bell curve is right, but your window stands around the nearest whole step. It stands around the position "
    "itself, which need not be whole."
)
def window_around_a_whole_step(scores, values, positions, D, mask):
    steps = np.arange(scores.shape[2])
    near = np.abs(steps - np.round(positions)[:, :, None]) <= D
    _, plain = right_attend(scores, values, np.broadcast_to(mask & near, scores.shape))
    weights = plain * np.exp(-2.0 * ((steps - positions[:, :, None]) / D) ** 2)
    return weights @ values, weights


exercise.knob(
    _local,
    "deviation_not_squared",
    "The standard deviation in your bell curve is not squared: below the fraction stands 2 σ², with σ = D / 2.",
    bell=lambda away, D: np.exp(-(away**2) / D),
)


@exercise.mistake("You round the positions. A position may lie between two steps, and the bell curve stands there.")
def positions_rounded(scores, values, positions, D, mask):
    return _local(scores, values, np.round(positions), D, mask)


exercise.knob(
    _local,
    "window_on_one_side",
    "Your window reaches to the left only. It reaches D steps to each side.",
    window=lambda away, D: (away <= 0) & (away >= -D),
)


@exercise.mistake(
    "Your weights are right, but the contexts are made with the weights before the bell curve. Make them with those "
    "that you return."
)
def contexts_before_the_bell(scores, values, positions, D, mask):
    contexts, _ = _local(scores, values, positions, D, mask, bell=lambda away, D: 1.0)
    return contexts, _local(scores, values, positions, D, mask)[1]


exercise.knob(
    _local,
    "density_for_bell",
    "Your bell curve is a density, divided by σ √(2π). Here it is 1 at its middle.",
    bell=lambda away, D: np.exp(-2.0 * (away / D) ** 2) / (D / 2 * math.sqrt(2 * math.pi)),
)


exercise.knob(
    _local,
    "bell_upside_down",
    "Your bell curve grows towards the ends of the window. The exponent has a minus.",
    bell=lambda away, D: np.exp(2.0 * (away / D) ** 2),
)


@exercise.mistake(
    "You round the positions down. A position may lie between two steps, and the bell curve stands there."
)
def positions_rounded_down(scores, values, positions, D, mask):
    return _local(scores, values, np.floor(positions), D, mask)


def _before_the_window(scores, values, positions, D, mask):
    """A window without a lower end."""
    away = np.arange(scores.shape[2]) - positions[:, :, None]
    _, plain = right_attend(scores, values, np.broadcast_to(mask & (away <= D), scores.shape))
    weights = plain * np.exp(-2.0 * (away / D) ** 2)
    return weights @ values, weights


exercise.knob(
    _before_the_window,
    "window_without_a_lower_end",
    "Your window has an upper end and no lower one: everything before it is seen. Take the size of s - p.",
)


exercise.knob(
    _local,
    "exponential_for_bell",
    "Your weights fall with the distance, not with its square: a tent of exponentials, and no bell.",
    bell=lambda away, D: np.exp(-2.0 * np.abs(away) / D),
)

exercise.knob(
    _local,
    "steps_one_too_low",
    "Your source steps are counted from -1. The first is 0.",
    first=-1.0,
)

exercise.knob(
    _local,
    "variance_of_D_squared",
    "Your bell curve has σ² = D² / 2. σ is D / 2, and below the fraction stands 2 σ².",
    bell=lambda away, D: np.exp(-((away / D) ** 2)),
)

exercise.knob(
    _local,
    "twice_the_window",
    "Your window reaches 2 D to each side. It reaches D.",
    window=lambda away, D: np.abs(away) <= 2 * D,
)


@exercise.mistake("Your weights are the bell curve alone. The softmax of the scores stands before it.")
def bell_without_softmax(scores, values, positions, D, mask):
    return _local(0.0 * scores, values, positions, D, mask)


@exercise.mistake("All your queries have the window of the first. Each has a position of its own.")
def first_position_for_all(scores, values, positions, D, mask):
    return _local(scores, values, np.repeat(positions[:, :1], positions.shape[1], axis=1), D, mask)


@exercise.mistake("Your window *or* the mask lets a place be seen. A place must be near and in the sentence: &, not |.")
def near_or_in_the_sentence(scores, values, positions, D, mask):
    away = np.arange(scores.shape[2]) - positions[:, :, None]
    _, plain = right_attend(scores, values, np.broadcast_to(mask | (np.abs(away) <= D), scores.shape))
    weights = plain * np.exp(-2.0 * (away / D) ** 2)
    return weights @ values, weights
