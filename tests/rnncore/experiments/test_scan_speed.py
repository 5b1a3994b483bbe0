"""The scan's speed: the band, and solutions that are slow or wrong."""

import numpy as np
import pytest
import torch

from rnncore.experiments.scan_speed import ScanSpeed, measure_scan_speed
from rnncore.functional.base import linear_recurrence

LENGTHS = (16, 64, 256, 1024)


def _found(small, error=1e-15):
    curves = {"16 numbers in a state": np.array([small]), "4096 numbers in a state": np.full((1, 4), 0.4)}
    return ScanSpeed((0,), LENGTHS, curves, np.full((1, 2), error))


def test_band():
    found = _found([0.7, 1.5, 3.6, 10.0])
    assert found.holds
    assert not _found([0.7, 1.5, 3.6, 10.0], error=1e-9).holds
    assert not _found([0.7, 1.5, 3.6, 10.0], error=np.nan).holds
    assert not _found([0.7, 1.0, 1.9, 10.0]).holds
    assert not _found([0.7, 1.5, 3.6, 3.0]).holds
    assert "greatest relative error: 1e-15" in str(found)
    found.figure().canvas.draw()


def test_the_scan_gives_the_numbers_of_the_loop():
    found = measure_scan_speed(linear_recurrence, (0,), lengths=(64, 256, 1024), sizes=(2, 5), repeats=1)
    assert found.errors.shape == (1, 2)
    assert found.errors.max() < 1e-12


def test_a_loop_is_no_faster_than_the_loop():
    def loop(a, b, h):
        hs = []
        for t in range(a.shape[1]):
            h = a[:, t] * h + b[:, t]
            hs.append(h)
        return torch.stack(hs, dim=1)

    assert not measure_scan_speed(loop, (0,), sizes=(4,), repeats=1).holds


def test_a_wrong_scan_does_not_hold():
    def without_first(a, b, h_0):
        return linear_recurrence(a, b, 0.0 * h_0)

    found = measure_scan_speed(without_first, (0,), sizes=(4,), repeats=1)
    assert found.errors.max() > 1e-3
    assert not found.holds


def test_missing_lengths_are_named():
    with pytest.raises(ValueError, match="lengths must hold 64, 256 and 1024"):
        measure_scan_speed(linear_recurrence, lengths=(16, 64))
