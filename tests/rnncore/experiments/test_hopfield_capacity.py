"""Hopfield capacity: the band, and Hebb's rule against one that stores too little."""

import dataclasses

import numpy as np
import pytest

from rnncore.experiments.hopfield_capacity import HopfieldCapacity, measure_hopfield_capacity
from rnncore.functional.memory import hopfield_train, recall

LOADS = (0.06, 0.12, 0.14, 0.17, 0.18)
SMALL = [0.0, 0.005, 0.01, 0.02, 0.04]
LARGE = [0.0, 0.005, 0.03, 0.11, 0.24]


def _found(small=SMALL, large=LARGE):
    curves = {"N = 100": np.array([small, small]), "N = 1000": np.array([LARGE, large])}
    return HopfieldCapacity((0, 1), LOADS, curves)


def test_band():
    found = _found()
    assert found.holds
    assert found.cliff == pytest.approx([0.1475, 0.1475])
    assert found.rise.mean(0) == pytest.approx([0.035, 0.235])
    assert not _found(large=[0.0, 0.05, 0.06, 0.11, 0.24]).holds  # lost too early
    assert not _found(large=[0.0, 0.005, 0.03, 0.11, 0.14]).holds  # not lost
    assert not _found(large=[0.0, 0.005, 0.01, 0.03, 0.24]).holds  # lost too late
    assert not _found(large=[0.0, 0.0, 0.0, 0.0, 0.0]).holds
    assert not _found(small=LARGE).holds  # no steeper in the larger network
    assert "0.05 passed in the largest network at 0.148 0.148" in str(found)
    found.figure().canvas.draw()


def test_small_networks_fill_up():
    found = measure_hopfield_capacity(hopfield_train, recall, (0,), sizes=(50, 200), loads=(0.05, 0.12, 0.18, 0.3))
    assert found.curves["N = 200"][0, 0] < 0.01
    assert found.curves["N = 200"][0, 3] > 0.15


def test_half_the_patterns_are_not_enough():
    def forgetful(patterns):
        return hopfield_train(patterns[::2])

    found = measure_hopfield_capacity(forgetful, recall, (0,), sizes=(50, 200), loads=(0.12, 0.18))
    assert not found.holds
    assert found.curves["N = 200"].min() > 0.1


def test_missing_loads_are_named():
    with pytest.raises(ValueError, match=r"loads must hold 0.12 and 0.18"):
        measure_hopfield_capacity(hopfield_train, recall, loads=(0.1, 0.2))
    curves = {"N = 10": np.zeros((1, 5))}
    assert np.isnan(dataclasses.replace(_found(), curves=curves).cliff).all()
