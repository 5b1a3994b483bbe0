"""The visible checks: one short line where all is well, and a message that helps where not."""

from functools import partial

import numpy as np
import pytest
import torch

from rnncore.functional.cells import RNNState
from rnncore.lab.checks import (
    expect_close,
    expect_equal,
    expect_error,
    expect_gradients,
    expect_kind,
    expect_shape,
    expect_unchanged,
    on_torch,
)


def test_what_is_right_gets_one_line_and_nothing_on_stderr(capsys):
    expect_shape("h", torch.zeros(2, 3), (2, 3))
    expect_close("h", torch.ones(2), np.ones(2))
    expect_close("count", 4, 4)
    expect_kind("state", RNNState(np.ones(2)), RNNState)
    with expect_unchanged("step", x=np.ones(2), state=RNNState(np.ones(2))):
        pass
    expect_error("no step", ValueError, lambda: int("x"))
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 6
    assert captured.err == ""


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 2)), "the wrong axes: a transpose, or another axis meant in stack"),
        (np.zeros((2, 4)), "Look at axis 1"),
        (np.zeros(2), "1 axes instead of 2"),
        (None, "is a return missing"),
        ([[0.0]], "must be an array; got list"),
    ],
)
def test_wrong_shapes(array, message):
    with pytest.raises(AssertionError, match=message):
        expect_shape("h", array, (2, 3))


def test_wrong_types():
    with pytest.raises(AssertionError, match="state must be of type RNNState; got ndarray"):
        expect_kind("state", np.ones(2), RNNState)
    with pytest.raises(AssertionError, match="got NoneType"):
        expect_kind("state", None, RNNState)


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (np.array([1.0, 2.5]), r"1 of 2 entries differ, most at index \(1,\).* Is b added\?"),
        (np.array([1.0, np.nan]), "not finite"),
        (np.array([1.0]), r"must have shape \(2,\); got \(1,\)"),
        (np.array([1.0, 2.0], dtype=object), "must hold numbers; got an array of dtype object"),
        ("text", "must be a number or an array; got str"),
        (None, "is a return missing"),
    ],
)
def test_wrong_values(got, message):
    with pytest.raises(AssertionError, match=message):
        expect_close("h", got, np.array([1.0, 2.0]), hint="Is b added?")


def test_tolerance_is_relative_to_the_greatest_value():
    expect_close("h", 1e6 + 5e-3, 1e6)
    expect_close("h", 1e-9, 1e-9 + 9e-12)
    for got, right in ((1e6 + 0.5, 1e6), (0.01 + 5e-10, 0.01)):
        with pytest.raises(AssertionError):
            expect_close("h", got, right)


@pytest.mark.parametrize("to_narrow", [lambda a: a.astype(np.float32), lambda a: torch.tensor(a).float()])
def test_rounding_to_a_narrower_dtype_is_called_by_its_name(to_narrow):
    right = np.array([0.1, 1 / 3])
    with pytest.raises(AssertionError, match=r"h is .*float32; keep the dtype of the inputs, float64"):
        expect_close("h", to_narrow(right), right)
    with pytest.raises(AssertionError, match="h is off"):
        expect_close("h", to_narrow(2 * right), right)
    expect_close("h", to_narrow(right), right, tolerance=1e-6)


def test_values_that_differ_late_are_shown_with_more_digits():
    with pytest.raises(AssertionError, match=r"expected 2, got 1\.99999985"):
        expect_close("h", 1.99999985, 2.0)


def test_changes_in_place_are_seen():
    state = RNNState(np.ones(2))
    with (
        pytest.raises(AssertionError, match="step changed its argument state in place"),
        expect_unchanged("step", x=np.ones(2), state=state),
    ):
        state.h[0] = 5.0


def test_what_is_not_a_number_stays_as_it_was(capsys):
    with expect_unchanged("step", x=np.array([1.0, np.nan])):
        pass
    assert "leaves its arguments" in capsys.readouterr().out


def test_an_error_inside_the_block_is_passed_on():
    with pytest.raises(ZeroDivisionError), expect_unchanged("step", x=np.ones(2)):
        _ = 1 / 0


def test_arrays_become_tensors_and_all_else_stays():
    def step(x, state, scale):
        return RNNState(scale * (state.h + x))

    h = on_torch(step, np.ones(2), RNNState(np.ones(2)), 3).h
    assert isinstance(h, torch.Tensor)
    assert h.requires_grad
    assert h.tolist() == [6.0, 6.0]


def test_tuples_stay_tuples():
    (a, b), sizes = on_torch(lambda *given: given, (np.ones(2), [1]), (1, 2, 4))
    assert a.requires_grad
    assert (b, sizes) == ([1], (1, 2, 4))


def test_words_and_masks_arrive_as_tensors_without_gradients():
    ids, mask = on_torch(lambda *given: given, np.array([2, 5]), np.array([True, False]))
    assert ids.tolist() == [2, 5]
    assert mask.dtype == torch.bool
    assert not ids.requires_grad
    assert not mask.requires_grad


def _filled(state):
    hs = np.zeros((1, 2))
    hs[0] = state.h
    return hs


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "numpy_alone",
    [
        lambda state: np.tanh(state.h),
        lambda state: np.stack([state.h, state.h]),
        lambda state: np.concatenate([state.h, state.h]),
        lambda state: np.dot(state.h, np.eye(2)),
        lambda state: state.h.astype(float),
        _filled,
    ],
)
def test_what_works_on_numpy_alone_is_told_so(numpy_alone):
    state = RNNState(np.ones(2))
    numpy_alone(state)
    with pytest.raises(AssertionError, match=r"stops on the torch tensors.* collect in a list"):
        on_torch(numpy_alone, state)


def test_the_function_inside_a_partial_is_named():
    with pytest.raises(AssertionError, match="_filled works on NumPy arrays"):
        on_torch(partial(_filled, state=RNNState(torch.ones(2, requires_grad=True))))


def test_missing_and_wrong_errors():
    with pytest.raises(AssertionError, match="must raise ValueError; it raised nothing"):
        expect_error("no step", ValueError, lambda: None)
    with pytest.raises(AssertionError, match="it raised KeyError"):
        expect_error("no step", ValueError, lambda: {}["x"])


def test_gradients_get_a_table_and_the_wrong_one_a_name(capsys):
    w, v = np.array([1.0, 2.0]), np.array([3.0])

    def loss():
        return float(np.sum(w**2) + np.sum(v**3))

    right = {"w": 2 * w, "v": 3 * v**2}
    expect_gradients("loss", loss, {"w": w, "v": v}, right)
    assert capsys.readouterr().out.count("agrees") == 2
    with pytest.raises(AssertionError, match=r"wrong gradient for v\. Right: w"):
        expect_gradients("loss", loss, {"w": w, "v": v}, right | {"v": v})
    assert capsys.readouterr().out.count("off") == 1
    with pytest.raises(AssertionError, match="All are off"):
        expect_gradients("loss", loss, {"w": w, "v": v}, {"w": w, "v": v * np.nan})


def test_texts_and_lists_must_be_equal(capsys):
    expect_equal("tokens", ["a", "b"], ["a", "b"])
    expect_equal("count", 3, 3)
    assert capsys.readouterr().out == "tokens: as expected\ncount: as expected\n"


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        (["a", "c"], ["a", "b"], r"^tokens: at index 1 expected 'b', got 'c'. Look\.$"),
        (["a"], ["a", "b"], r"at index 1 expected 'b', got nothing \(expected 2 in all, got 1\)"),
        (["a", "b", "c"], ["a", "b"], r"at index 2 expected nothing, got 'c'"),
        (("a",), ["a"], "must be a list; got tuple"),
        (None, ["a"], "is a return missing"),
        (4, 3, "must be 3; got 4"),
    ],
)
def test_the_first_difference_of_a_list_is_shown(got, expected, message):
    with pytest.raises(AssertionError, match=message):
        expect_equal("tokens", got, expected, "Look.")


def test_a_list_that_grew_was_changed():
    sequences = [[1, 2], [3]]
    with (
        pytest.raises(AssertionError, match="pad changed its argument sequences"),
        expect_unchanged("pad", sequences=sequences),
    ):
        sequences[1].append(0)
