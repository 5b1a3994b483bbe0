"""The parallel scan against the loop."""

import numpy as np
import pytest

from rnncore.functional.base import linear_recurrence
from rnncore.functional.learning import relative_error


def _loop(a, b, h):
    hs = []
    for t in range(a.shape[1]):
        h = a[:, t] * h + b[:, t]
        hs.append(h)
    return np.stack(hs, axis=1)


@pytest.mark.parametrize("T", [*range(1, 18), 63, 64, 65, 1000])
def test_the_scan_is_the_loop(library, rng, T):
    a, b = rng.uniform(-1.0, 1.0, size=(2, 3, T, 2))
    h_0 = rng.normal(size=(3, 2))
    hs = linear_recurrence(library(a), library(b), library(h_0))
    assert relative_error(hs, _loop(a, b, h_0)) < 1e-12


@pytest.mark.parametrize("T", [1, 2, 5, 8])
def test_autograd_agrees_with_differences(rng, autograd_agrees, T):
    weights = rng.normal(size=(2, T, 2))
    a, b = rng.normal(size=(2, 2, T, 2))

    def loss(a, b, h_0):
        hs = linear_recurrence(a, b, h_0)
        return (hs * weights).sum() if isinstance(hs, np.ndarray) else (hs * hs.new_tensor(weights)).sum()

    autograd_agrees(loss, a, b, rng.normal(size=(2, 2)))


def test_all_ones_count_and_sum():
    ones = np.ones((1, 10, 1))
    assert np.array_equal(linear_recurrence(ones, ones, np.zeros((1, 1)))[0, :, 0], np.arange(1, 11))


def test_nan_is_passed_on_and_not_back():
    a, b = np.full((1, 8, 1), 0.5), np.ones((1, 8, 1))
    b[0, 3] = np.nan
    hs = linear_recurrence(a, b, np.zeros((1, 1)))[0, :, 0]
    assert np.array_equal(np.isnan(hs), np.arange(8) >= 3)


def test_wrong_shapes_are_named():
    a, h_0 = np.ones((2, 4, 3)), np.ones((2, 3))
    with pytest.raises(ValueError, match=r"b must be \(2, 4, 3\); got \(2, 5, 3\)"):
        linear_recurrence(a, np.ones((2, 5, 3)), h_0)
    with pytest.raises(ValueError, match=r"h_0 must be \(2, 3\); got \(3, 2\)"):
        linear_recurrence(a, a, h_0.T)
    with pytest.raises(ValueError, match=r"a must have at least one step; got shape \(2, 0, 3\)"):
        linear_recurrence(a[:, :0], a[:, :0], h_0)
