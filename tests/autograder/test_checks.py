"""Checks and verdicts. Oracle: by hand."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
import torch

from autograder.checking import CheckFailed, Exercise, expect_numbers, expect_parts, expect_same
from autograder.checking.comparing import differences, same
from autograder.checking.exercise import LEAVES_INPUTS, SEED
from autograder.checking.explaining import Mistake, Replay, explain
from autograder.checking.student_function import Call, RemoteFunction
from autograder.sandbox.guest.wire import Opaque
from autograder.sandbox.session import CallResult, Ended, StudentError


def product(x, y):
    return x * y


check_product = Exercise("product", "Multiply", product)


@check_product.mistake("You add where you should multiply.")
def adds(x, y):
    return x + y


@check_product.mistake("You forget the second factor.")
def forgets(x, y):
    return x


@check_product.check("numbers", points=1)
def _(student, rng):
    x, y = rng.normal(size=2)
    expect_same(student(x, y), x * y, "the product", "Look at the operator.")


@check_product.check("arrays", points=2)
def _(student, rng):
    x, y = rng.normal(size=(2, 3))
    expect_same(student(x, y), x * y, "the product")


check_product.leaves_inputs(0.5)


def test_a_verdict_counts_what_passed():
    verdict = check_product(lambda x, y: x * y if np.ndim(x) else 0.0)
    assert [r.passed for r in verdict.results] == [False, True, True]
    assert (verdict.score, verdict.max_score, repr(verdict), float(verdict)) == (2.5, 3.5, "2.5", 2.5)
    assert "the product" in verdict.reason
    assert "Look at the operator." in verdict.reason


def test_a_check_that_waits_gives_nothing_for_nothing():
    verdict = check_product(lambda x, y: None)
    assert verdict.score == 0
    assert verdict.results[2].waits


@pytest.mark.parametrize(("function", "said"), [(adds, "You add"), (forgets, "You forget")])
def test_a_misconception_is_named(function, said):
    assert check_product(function).misconception.startswith(said)


def test_no_misconception_is_named_for_what_no_mistake_gives():
    assert check_product(lambda x, y: x * y + 1).misconception is None
    assert check_product(product).misconception is None


def test_a_mistake_is_told_from_another_by_the_checks_that_it_passes():
    def adds_one(x, y):
        return x * y + 1

    check = Exercise("product", "Multiply", product)
    check.mistake("You add one.")(adds_one)
    check.mistake("You add.")(adds)
    for name, numbers in (("alike", (3.0, 1.0)), ("apart", (2.0, 2.0))):

        @check.check(name, points=1)
        def _(student, rng, numbers=numbers):
            expect_same(student(*numbers), product(*numbers), "the product")

    assert check(adds).misconception == "You add."
    assert [result.passed for result in check(adds).results] == [False, True]
    assert check(adds_one).misconception == "You add one."


def test_a_part_too_few_is_no_sign_of_a_fault_in_another():
    def both(x, y):
        return x + y, x * y

    def wrong_product(x, y):
        return x + y, x + y

    def wrong_sum(x, y):
        return x * y, x * y

    wrong_second = [Mistake("wrong_product", wrong_product, "The second part is the sum.")]
    assert explain([Call((2.0, 4.0), {}, (6.0,))], Replay(both), wrong_second) is None
    assert explain([Call((2.0, 4.0), {}, (6.0, 6.0))], Replay(both), wrong_second) == "The second part is the sum."
    wrong_first = [Mistake("wrong_sum", wrong_sum, "You multiply twice.")]
    assert explain([Call((2.0, 4.0), {}, (8.0,))], Replay(both), wrong_first) == "You multiply twice."


def test_what_raises_is_told_and_an_unwritten_stub_is_named():
    def stub(x, y):
        raise NotImplementedError

    assert "not written yet" in check_product(stub).reason
    assert "ZeroDivisionError" in check_product(lambda x, y: 1 / 0).reason


def test_inputs_are_new_each_time_unless_a_seed_is_given():
    seen = []

    def watch(x, y):
        seen.append(np.sum(x))
        return x * y

    for seed in (1, 1, 2, None, None):
        check_product(watch, seed)
    a, b, c, d, e = np.reshape(seen, (5, -1))
    assert a.tolist() == b.tolist()
    assert len({tuple(run) for run in (a, c, d, e)}) == 4
    token = SEED.set(1)
    check_product(watch)
    SEED.reset(token)
    assert seen[-len(a) :] == a.tolist()


def test_a_local_function_gets_copies_and_what_it_changes_is_seen():
    def spoils(x, y):
        result = x * y
        x *= 0
        return result

    verdict = check_product(lambda x, y: x * y if np.ndim(x) == 0 else spoils(x, y))
    assert [r.passed for r in verdict.results] == [True, True, False]


def test_substitutes_stand_in_for_what_an_exercise_builds_on():
    namespace = {"product": lambda x, y: -1.0}
    exec("def square(x): return product(x, x)", namespace)
    check_square = Exercise("square", "Square", lambda x: x * x, uses=[product])

    @check_square.check("a number", points=1)
    def _(student, rng):
        expect_same(student(3.0), 9.0, "the square")

    assert check_square(namespace["square"]).score == 1
    assert namespace["product"](2, 2) == -1.0


def forgets_each_third_time():
    added = itertools.cycle([0.0, 0.0, 1.0])
    return lambda x, y: x * y + next(added)


def counts():
    calls = []
    return lambda x, y: (calls.append(1), x * y if len(calls) < 3 else 0.0)[1]


@pytest.mark.parametrize("make", [forgets_each_third_time, counts])
def test_what_is_no_function_gets_no_points_by_luck(make):
    verdicts = [check_product(make(), seed) for seed in range(3)]
    assert [verdict.score for verdict in verdicts] == [0.0] * 3
    assert all("called again with the same arguments" in verdict.reason for verdict in verdicts)


def test_a_function_may_remember_what_it_gave_and_return_what_is_not_plain():
    class Cache:
        """Not equal to another of its kind."""

    check_pair = Exercise("pair", "Multiply, and keep", lambda x, y: (x * y, None))

    @check_pair.check("the product", points=1)
    def _(student, rng):
        x, y = rng.normal(size=2)
        expect_same(expect_parts(student(x, y), "the product", "the cache")[0], x * y, "the product")

    kept: dict[float, object] = {}
    assert check_pair(lambda x, y: (x * y, Cache())).score == 1.0
    assert check_pair(lambda x, y: kept.setdefault(x, (x * y, {"nan": np.array([np.nan, 1.0])}))).score == 1.0


def test_what_ends_across_the_wall_is_a_failed_check():
    def call(name, args, kwargs, substitutes, torch):
        raise Ended("the call of product took longer than 5 s")

    verdict = check_product(RemoteFunction("product", call))
    assert verdict.score == 0
    assert "took longer" in verdict.reason

    def fails(name, args, kwargs, substitutes, torch):
        raise StudentError("ValueError: no")

    assert "ValueError: no" in check_product(RemoteFunction("product", fails)).reason


HOSTILE = [
    None,
    True,
    "x",
    10**400,
    -(10**400),
    float("nan"),
    (),
    (1, 2, 3),
    {},
    {float("nan"): 1},
    Opaque("<script>"),
    np.zeros(0),
    np.zeros((0, 3)),
    np.full(3, np.nan),
    np.full(3, np.inf),
    np.zeros(3, bool),
    np.zeros(3, complex) + 1j,
    np.zeros(3, np.float16),
    np.full(3, np.iinfo(np.int64).min),
    np.zeros((1,) * 32),
    [np.zeros(3)] * 1000,
]


@pytest.mark.parametrize("result", HOSTILE, ids=lambda value: repr(value)[:20])
def test_no_result_is_more_than_a_failed_check(result):
    verdict = check_product(RemoteFunction("product", lambda *args: CallResult(result, ())))
    assert verdict.score == 0
    assert all(r.message for r in verdict.results)
    assert "<script>" not in verdict.to_html()


WANTED = [None, True, "x", 3, 0.5, (), (1, 2.0), {"a": True}, np.zeros(3), np.arange(3), np.zeros(3, bool), np.zeros(0)]


@pytest.mark.parametrize("want", WANTED, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("got", HOSTILE, ids=lambda value: repr(value)[:20])
def test_comparing_never_raises(got, want):
    assert isinstance(differences(got, want, "x"), list)


class LSTMState(NamedTuple):
    h: float


class GRUParams(NamedTuple):
    W: float


class MUT1Cache(NamedTuple):
    z: float


class MinGRUState(NamedTuple):
    h: float


@pytest.mark.parametrize(
    ("got", "want", "said"),
    [
        (3, LSTMState(0.0), "x should be an LSTMState; got an int"),
        (GRUParams(0.0), 0.0, "got a GRUParams of 1"),
        (MUT1Cache(0.0), 0.0, "got an MUT1Cache of 1"),
        (MinGRUState(0.0), 0.0, "got a MinGRUState of 1"),
        (Opaque("ndarray"), (1, 2), "x should be a tuple; got an ndarray"),
        ({"a": 1}, [1], "x should be a list; got a dict"),
        (np.zeros((8, 3), object), np.zeros((8, 3)), "shape (8, 3); got an array of shape (8, 3) of dtype object"),
        (Opaque("array of shape (2,) of dtype object"), np.zeros(2), "got an array of shape (2,) of dtype object"),
    ],
)
def test_types_are_named_as_they_are_said(got, want, said):
    assert said in differences(got, want, "x")[0]


def test_arrays_are_equal_up_to_rounding_and_in_shape():
    a = np.array([1.0, 2.0])
    assert same(a * (1 + 1e-12), a)
    assert not same(a * (1 + 1e-6), a)
    assert not same(a[None], a)
    assert not same(a[:1], np.array([1.0, 1.0]))
    assert not same(a + 1e-6j, a)
    assert "dtype" in differences(a.astype(np.float32) * 1.0000001, a * 1.00000005, "x")[0]


def test_infinite_entries_stand_where_they_are_wanted_and_only_there():
    want = np.array([0.5, -np.inf, 0.25])
    assert not differences(np.array([0.5, -np.inf, 0.25 + 1e-12]), want, "scores")
    for wrong in ([0.5, 0.0, 0.25], [0.5, np.inf, 0.25], [-np.inf, -np.inf, 0.25], [0.5, np.nan, 0.25]):
        assert differences(np.array(wrong), want, "scores")
    assert differences(np.array([0.5, -np.inf, 0.3]), want, "scores")
    assert differences(np.array([np.nan]), np.array([np.nan]), "scores")
    assert same(np.array([np.nan]), np.array([np.nan]))


def test_parts_are_named():
    with pytest.raises(CheckFailed, match="return 2 things: h, the cache; got None"):
        expect_parts(None, "h", "the cache")
    with pytest.raises(CheckFailed, match=r"the state\[1\]"):
        expect_same((1.0, 3.0), (1.0, 2.0), "the state")


def test_numbers_are_taken_whatever_holds_them():
    for result in (0.5, np.float64(0.5), np.array(0.5), torch.tensor(0.5), [0.5]):
        assert np.all(expect_numbers(result, "the loss") == 0.5)
    objects = r"an array of shape \(1,\) of dtype object"
    for result, came in ((None, "None"), ("x", "a str"), (np.array([None]), objects)):
        with pytest.raises(CheckFailed, match=f"the loss should hold numbers; got {came}"):
            expect_numbers(result, "the loss")


def test_a_verdict_is_escaped_and_plain():
    check = Exercise("<b>", "Multiply", product)

    @check.check("<i>", points=1)
    def _(student, rng):
        raise CheckFailed("<script>alert(1)</script>")

    verdict = check(product)
    assert "<script>" not in verdict.to_html()
    assert "<i>" not in verdict.to_html()
    assert verdict.to_dict()["checks"][0]["message"] == "<script>alert(1)</script>"


def test_explaining_survives_a_mistake_that_raises():
    calls = []
    check = Exercise("product", "Multiply", product)

    @check.mistake("You divide by zero.")
    def divides(x, y):
        return 1 / 0

    @check.check("numbers", points=1)
    def _(student, rng):
        student(2.0, 3.0)
        calls.extend(student.calls)
        raise CheckFailed("no")

    assert check(lambda x, y: 7.0).misconception is None
    assert explain(calls, Replay(product), check.mistakes) is None


def test_a_knob_is_a_mistake_of_a_laid_open_helper():
    check = Exercise("product", "Multiply", product)
    check.check("numbers", points=1)(lambda student, rng: expect_same(student(2.0, 3.0), 6.0, "the product"))
    check.knob(lambda x, y, sign=1: sign * x * y, "wrong_sign", "You turn the sign.", sign=-1)
    assert [mistake.name for mistake in check.mistakes] == ["wrong_sign"]
    assert check(lambda x, y: -x * y).misconception == "You turn the sign."


def test_a_check_needs_a_name_of_its_own_and_an_earlier_one_to_wait_for():
    check = Exercise("product", "Multiply", product)
    check.check("numbers", points=1)(lambda student, rng: None)
    with pytest.raises(ValueError, match="'numbers' twice"):
        check.check("numbers", points=1)
    with pytest.raises(ValueError, match="after must be an earlier check"):
        check.check("more numbers", points=1, after="arrays")
    assert LEAVES_INPUTS not in [c.name for c in check.checks]


WANTED_ARRAY = np.arange(12.0).reshape(3, 4) ** 2 - 20.0
CLUES = [
    (-WANTED_ARRAY, "the other sign"),
    (WANTED_ARRAY / 3, "times a number that is the same everywhere"),
    (WANTED_ARRAY[::-1], "reversed along axis 0"),
    (WANTED_ARRAY[:, ::-1], "reversed along axis 1"),
    (WANTED_ARRAY[[1, 2, 0]], "right, in other places"),
    (WANTED_ARRAY.T, "axes are in another order"),
    (WANTED_ARRAY.reshape(4, 3), "its entries are right"),
    (np.where(np.arange(4) < 3, WANTED_ARRAY, 0.5), "the first 3 of 4 along axis 1 are right"),
    (np.where(np.arange(3)[:, None] > 0, WANTED_ARRAY, 0.5), "the last 2 of 3 along axis 0 are right"),
]


@pytest.mark.parametrize(("got", "clue"), CLUES, ids=[clue for _, clue in CLUES])
def test_what_would_make_an_array_right_is_said(got, clue):
    (said,) = differences(got, WANTED_ARRAY, "x")
    assert clue in said


def test_no_clue_is_given_where_nothing_simple_explains_it():
    (said,) = differences(WANTED_ARRAY + np.sin(WANTED_ARRAY), WANTED_ARRAY, "x")
    assert said == "x: the right shape, but not the right values"


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (np.arange(3.0), np.arange(3)),
        (np.ones(3, int), np.ones(3, bool)),
        (np.ones(3, bool), np.ones(3, int)),
        (12.0, 12),
    ],
)
def test_whole_numbers_and_truth_values_are_told_apart(got, want):
    assert "should hold" in differences(got, want, "x")[0]


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (np.int64(12), 12),
        (np.array(12), 12),
        (np.arange(3, dtype=np.int32), np.arange(3)),
        (np.bool_(True), True),
        (True, 1),
        ([1.0, 2.0], (1.0, 2.0)),
    ],
)
def test_numbers_and_containers_of_any_make_are_taken(got, want):
    assert same(got, want)
    assert expect_parts([1, 2], "a", "b") == (1, 2)
