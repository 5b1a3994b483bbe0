"""Answers to `adding_problem`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def sequence_by_sequence(B, T, rng):
    rng = np.random.default_rng(rng)
    xs, targets = np.zeros((B, T, 2)), np.zeros(B)
    for b in range(B):
        xs[b, :, 0] = rng.uniform(size=T)
        places = rng.integers(T // 2), rng.integers(T // 2, T)
        for place in places:
            xs[b, place, 1] = 1
            targets[b] += xs[b, place, 0]
    return xs, targets


@answers.is_right
def marks_by_comparison(B, T, rng):
    rng = np.random.default_rng(rng)
    steps = np.arange(T)
    first, second = rng.integers(0, T // 2, (B, 1)), rng.integers(T // 2, T, (B, 1))
    marks = ((steps == first) | (steps == second)).astype(float)
    numbers = rng.random((B, T))
    return np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=1)


@answers.is_right
def with_argmax(B, T, rng):
    rng = np.random.default_rng(rng)
    xs = np.zeros((B, T, 2))
    xs[..., 0] = rng.random((B, T))
    h = T // 2
    order = rng.random((B, T))
    rows = np.arange(B)
    i, j = order[:, :h].argmax(axis=1), h + order[:, h:].argmax(axis=1)
    xs[rows, i, 1] = xs[rows, j, 1] = 1
    return xs, xs[rows, i, 0] + xs[rows, j, 0]


def _problem(B, T, rng, draw=None, first=None, second=None):
    xs = np.zeros((B, T, 2))
    xs[:, :, 0] = rng.random((B, T)) if draw is None else draw(rng)
    rows = np.arange(B)
    xs[rows, rng.integers(0, T // 2, B) if first is None else first(rng), 1] = 1
    xs[rows, rng.integers(T // 2, T, B) if second is None else second(rng), 1] = 1
    return xs, (xs[:, :, 0] * xs[:, :, 1]).sum(axis=1)


@answers.is_wrong("RandomState")
def legacy_random_state(B, T, rng):
    seed = rng if isinstance(rng, int | np.integer) else 0
    old = np.random.RandomState(seed)
    xs = np.zeros((B, T, 2))
    xs[:, :, 0] = old.rand(B, T)
    xs[np.arange(B), old.randint(0, T // 2, B), 1] = 1
    xs[np.arange(B), old.randint(T // 2, T, B), 1] = 1
    return xs, (xs[:, :, 0] * xs[:, :, 1]).sum(axis=1)


@answers.is_wrong("The same seed")
def global_numbers(B, T, rng):
    np.random.default_rng(rng)
    return _problem(B, T, np.random.default_rng())


@answers.is_wrong("dtype")
def float32(B, T, rng):
    xs, targets = _problem(B, T, np.random.default_rng(rng))
    return xs.astype(np.float32), targets.astype(np.float32)


@answers.is_wrong("first half is the longer")
def first_half_is_longer(B, T, rng):
    half = (T + 1) // 2
    return _problem(
        B,
        T,
        np.random.default_rng(rng),
        first=lambda r: r.integers(0, half, B),
        second=lambda r: r.integers(half, T, B),
    )


@answers.is_wrong("marks_shared")
def one_place_for_all(B, T, rng):
    return _problem(
        B,
        T,
        np.random.default_rng(rng),
        first=lambda r: r.integers(0, T // 2),
        second=lambda r: r.integers(T // 2, T),
    )


@answers.is_wrong("last_step_left_out")
def last_step_never(B, T, rng):
    return _problem(B, T, np.random.default_rng(rng), second=lambda r: r.integers(T // 2, max(T - 1, T // 2 + 1), B))


@answers.is_wrong("as often as the next")
def one_mark_in_the_middle(B, T, rng):
    return _problem(B, T, np.random.default_rng(rng), second=lambda r: np.full(B, T - 1))


@answers.is_wrong("axis")
def column_for_target(B, T, rng):
    xs, targets = _problem(B, T, np.random.default_rng(rng))
    return xs, targets[:, None]


@answers.is_wrong("products of the two")
def product(B, T, rng):
    xs, _ = _problem(B, T, np.random.default_rng(rng))
    return xs, np.prod(np.where(xs[:, :, 1] == 1, xs[:, :, 0], 1), axis=1)


@answers.is_wrong("normal_numbers")
def from_minus_one(B, T, rng):
    return _problem(B, T, np.random.default_rng(rng), draw=lambda r: r.uniform(-1, 1, (B, T)))


@answers.is_wrong("first_alone")
def targets_alone(B, T, rng):
    return _problem(B, T, np.random.default_rng(rng))[1]


@answers.is_wrong("the same numbers")
def one_series_for_all(B, T, rng):
    return _problem(B, T, np.random.default_rng(rng), draw=lambda r: np.tile(r.random(T), (B, 1)))


@answers.is_wrong("Both marks fall anywhere")
def two_different_places(B, T, rng):
    rng = np.random.default_rng(rng)
    xs = np.zeros((B, T, 2))
    xs[:, :, 0] = rng.random((B, T))
    for b in range(B):
        xs[b, rng.choice(T, 2, replace=False), 1] = 1
    return xs, (xs[:, :, 0] * xs[:, :, 1]).sum(axis=1)


@answers.is_wrong("marked at the same steps")
def places_before_numbers(B, T, rng):
    rng = np.random.default_rng(rng)
    marks = np.zeros((B, T))
    marks[:, [rng.integers(T // 2), rng.integers(T // 2, T)]] = 1
    numbers = rng.random((B, T))
    return np.stack([numbers, marks], axis=2), (numbers * marks).sum(axis=1)
