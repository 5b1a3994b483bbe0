"""Slips that no exercise lists: the right function of other arguments, and values beside the right ones. By hand."""

from typing import NamedTuple

import numpy as np
import pytest

from autograder.checking import Exercise, expect_same

rng = np.random.default_rng(0)


class Weights(NamedTuple):
    W_x: np.ndarray
    b: np.ndarray


def layer(xs, weights, mask, scale=1.0):
    return np.where(mask[:, :, None], np.tanh(xs @ weights.W_x + weights.b), 0.0) * scale


def blend(a, b):
    return 2.0 * a - 3.0 * b


def said(decoder, state, tokens):
    found = []
    for column in tokens.T:
        scores, state = decoder(column, state)
        found.append(scores)
    return np.stack(found, axis=1)


def count(n):
    return np.arange(3, 3 + n)


def split(a, b):
    return a + b, a - b


def logs(a):
    return np.where(a > 0.0, np.log(np.abs(a)), -np.inf)


def _layers(B, T):
    mask = np.arange(T) < np.arange(T - B + 1, T + 1)[:, None]
    return rng.normal(size=(B, T, 3)), Weights(rng.normal(size=(3, 3)), rng.normal(size=3)), mask, 2.0


GIVEN = {
    layer: [_layers(3, 5), _layers(2, 4)],
    blend: [(rng.normal(size=size), rng.normal(size=size)) for size in ((3, 5), (4, 2))],
    said: [(lambda y, s: (np.sin(y + s), s + 1.5), rng.normal(size=B), rng.normal(size=(B, 4))) for B in (2, 3)],
    count: [(4,), (7,)],
    split: [(rng.normal(size=3), rng.normal(size=3)), (2.0, 5.0)],
    logs: [(rng.normal(size=9),), (rng.normal(size=7),)],
}


def named(right, wrong):
    exercise = Exercise("some", "Some", right)

    @exercise.check("all", points=1)
    def _(student, _rng):
        got = [student(*given) for given in GIVEN[right]]
        expect_same(got, [right(*given) for given in GIVEN[right]], "the results")

    return exercise(wrong, seed=1).misconception


def along(reference, axis=1):
    """Running sums over a right result."""
    return lambda *given: np.cumsum(reference(*given), axis=axis)


@pytest.mark.parametrize(
    ("right", "wrong", "text"),
    [
        (layer, lambda x, w, m, s: layer(x, w._replace(b=0 * w.b), m, s), "`weights.b` has no effect"),
        (layer, lambda x, w, m, s: layer(x, w._replace(W_x=w.W_x.T), m, s), "if `weights.W_x` is transposed"),
        (layer, lambda x, w, m, s: layer(x, w, m | True, s), "if `mask` is true everywhere"),
        (layer, lambda x, w, m, s: layer(x, w, ~m, s), "if `mask` is false where it is true"),
        (layer, lambda x, w, m, s: layer(x, w, m[:1] | (m & False), s), "all rows have the `mask` of the first"),
        (layer, lambda x, w, m, s: layer(x, w, m), "`scale` has no effect"),
        (layer, lambda x, w, m, s: layer(x, w, m, s) / x.shape[1], "divided by the size of axis 1 of `xs`"),
        (layer, lambda x, w, m, s: layer(x, w, m, s) * len(x) ** 0.5, "times the root of the size of axis 0 of `xs`"),
        (layer, lambda x, w, m, s: x, "You return `xs` as it came in"),
        (layer, lambda x, w, m, s: layer(x, w, m, s).astype(int), "Your values are cut to whole numbers"),
        (count, lambda n: count(n).astype(float), "Your values are right, but of another dtype"),
        (layer, lambda x, w, m, s: np.maximum(layer(x, w, m, s), 0.0), "0 where they should be negative"),
        (layer, lambda x, w, m, s: np.arctanh(layer(x, w, m, s) / 4), None),
        (blend, lambda a, b: blend(b, a), "if `a` and `b` are exchanged"),
        (blend, lambda a, b: blend(a, b) / 2, "are half the right ones"),
        (blend, lambda a, b: blend(a, b) ** 2, "are the squares of the right ones"),
        (blend, lambda a, b: blend(a, b)[1:], "The first entry along axis 0 is missing"),
        (blend, lambda a, b: np.append(blend(a, b), b[:1], axis=0), "an entry too many along axis 0: your last"),
        (blend, lambda a, b: np.roll(blend(a, b), 1, axis=0), "one place too late along axis 0"),
        (blend, lambda a, b: blend(a, b).sum(axis=1), "You add up along axis 1"),
        (blend, lambda a, b: blend(a, b)[:1] + 0 * a, "All along axis 0 have what the first should have"),
        (blend, lambda a, b: blend(a, b) * (a > 0.0), "All is right that is not 0"),
        (blend, lambda a, b: blend(a, b) + 0.1 * a, None),
        (blend, lambda a, b: blend(a, b) / 2 if len(a) == 3 else blend(a, b) / 3, "times one number"),
        (said, lambda d, s, t: np.stack([d(y, s)[0] for y in t.T], axis=1), "starts from the first state"),
        (said, lambda d, s, t: said(d, s, t[:, :1] + 0 * t), "reads the same in each step"),
        (said, along(said), "running sums of the right ones, along axis 1"),
        (count, lambda n: count(n) + 1, "are each one too high"),
        (count, lambda n: count(n + 1), "if `n` is one more than it is"),
        (count, lambda n: np.append(count(n)[:-1], 0), "Only the last entry along axis 0 is wrong"),
        (split, lambda a, b: (a + b, None), "One of the things that you return is None"),
        (split, lambda a, b: None, "Your function returns nothing"),
        (logs, lambda a: np.log(np.maximum(a, 1e-9)), "Only what should be infinite is wrong"),
    ],
)
def test_a_slip_is_told_where_it_explains_every_result(right, wrong, text):
    told = named(right, wrong)
    assert (told is None) if text is None else (text in str(told))


def test_of_two_reasons_the_one_is_named_that_explains_most():
    exercise = Exercise("blend", "Blend", blend)
    exercise.mistake("You turn b.")(lambda a, b: blend(a, -b))
    for k in range(4):

        @exercise.check(f"{k}", points=1)
        def _(student, _rng, k=k):
            given = k * np.array([1.0, 2.0, 4.0]), np.array([1.0, -2.0, 3.0])
            expect_same(student(*given), blend(*given), "it")

    assert exercise(lambda a, b: blend(a, -b) + (a == 0.0), seed=1).misconception == "You turn b."
    assert exercise(lambda a, b: blend(a, -b) + (a > 0.0), seed=1).misconception is None


def test_a_part_that_is_right_has_to_be_right_in_a_mistake():
    def halves(ids):
        return ids[:-1], ids[1:]

    exercise = Exercise("halves", "Halves", halves)
    exercise.mistake("You go round.")(lambda ids: (ids, np.roll(ids, -1)))
    exercise.check("all", points=1)(lambda student, _: expect_same(student(np.arange(5)), halves(np.arange(5)), "it"))
    assert exercise(lambda ids: (ids, np.roll(ids, -1)), seed=1).misconception == "You go round."
    assert exercise(lambda ids: (ids, ids[1:]), seed=1).misconception != "You go round."


def test_a_seed_is_not_taken_for_a_size():
    asked = []

    def noise(T, seed):
        asked.append(T)
        return np.random.default_rng(seed).normal(size=T)

    exercise = Exercise("noise", "Noise", noise)
    exercise.check("all", points=1)(lambda student, _: expect_same(student(5, 123_456), noise(5, 123_456), "it"))
    assert exercise(lambda T, seed: np.full(T, 0.5), seed=1).misconception is None
    assert max(asked) < 10


@pytest.mark.parametrize("right", [lambda n: n * 2.0 + 1.0, max], ids=["of fewer arguments", "without a signature"])
def test_a_reference_that_is_called_in_another_way_has_no_slips_of_arguments(right):
    """As that of an instructor may be: the check asks the student's function for more."""
    exercise = Exercise("own", "Own", right)
    exercise.check("all", points=1)(lambda student, _: expect_same(student(1.0, 2.0, 3.0), 3.0, "it"))
    verdict = exercise(lambda a, b, c: 7.0, seed=1)
    assert (verdict.score, verdict.misconception) == (0.0, None)


def test_arguments_of_any_form_can_be_given():
    class Odd(NamedTuple):
        point: np.ndarray
        names: list[str]
        table: dict[str, int]

    class Empty(NamedTuple):
        pass

    def all_of_them(odd, empty, *rest, **more):
        return odd.point + len(rest) + len(more)

    given = Odd(np.array(2.0), ["a"], {"b": 1}), Empty(), None, object()
    exercise = Exercise("odd", "Odd", all_of_them)
    exercise.check("all", points=1)(lambda student, _: expect_same(student(*given), all_of_them(*given), "it"))
    assert exercise(lambda *given: np.array(0.5), seed=1).score == 0.0
