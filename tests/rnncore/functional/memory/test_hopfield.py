"""The Hopfield network against its definition, pair by pair and unit by unit."""

import itertools

import numpy as np
import pytest

from rnncore.functional.learning import relative_error
from rnncore.functional.memory import energy, hopfield_train, recall


def _signs(rng, *shape):
    return np.where(rng.random(shape) < 0.5, 1.0, -1.0)


def _sweeps(rng, N, times):
    return np.concatenate([rng.permutation(N) for _ in range(times)])


@pytest.mark.parametrize(("P", "N"), [(1, 1), (1, 4), (3, 1), (5, 7)])
def test_weights_and_energy_pair_by_pair(library, rng, P, N):
    patterns, states = _signs(rng, P, N), _signs(rng, 3, N)
    expected = np.zeros((N, N))
    for i, j in itertools.permutations(range(N), 2):
        expected[i, j] = sum(patterns[p, i] * patterns[p, j] for p in range(P)) / N
    W = hopfield_train(library(patterns))
    assert relative_error(W, expected) < 1e-12
    energies = [-sum(expected[i, j] * s[i] * s[j] for i, j in itertools.combinations(range(N), 2)) for s in states]
    assert relative_error(energy(library(states), W), energies) < 1e-12


def test_recall_ends_where_no_single_flip_lowers_the_energy(library, rng):
    W = library(hopfield_train(_signs(rng, 4, 12)))
    start = library(_signs(rng, 6, 12))
    end = np.asarray(recall(start, W, _sweeps(np.random.default_rng(0), 12, 100)))
    lowest = energy(end, np.asarray(W))
    assert np.all(lowest <= energy(np.asarray(start), np.asarray(W)) + 1e-12)
    for i in range(12):
        flipped = end.copy()
        flipped[:, i] *= -1
        assert np.all(energy(flipped, np.asarray(W)) >= lowest - 1e-12)


def test_every_sweep_lowers_the_energy_or_stays(rng):
    W = hopfield_train(_signs(rng, 10, 30))
    states = _signs(rng, 20, 30)
    order = np.random.default_rng(1)
    for _ in range(8):
        settled = recall(states, W, order.permutation(30))
        assert np.all(energy(settled, W) <= energy(states, W) + 1e-12)
        states = settled


def test_a_few_patterns_are_recalled_from_damaged_ones(library):
    """5 patterns in 100 units, far below 13.8; a tenth of the units is turned."""
    rng = np.random.default_rng(3)
    patterns = _signs(rng, 5, 100)
    damaged = patterns.copy()
    for row in damaged:
        row[rng.choice(100, size=10, replace=False)] *= -1
    kept = damaged.copy()
    W = hopfield_train(library(patterns))
    found = recall(library(damaged), W, _sweeps(np.random.default_rng(0), 100, 20))
    assert np.array_equal(found, patterns)
    assert np.array_equal(damaged, kept)
    assert np.array_equal(recall(library(-patterns), W, _sweeps(rng, 100, 20)), -patterns)


def test_an_update_sees_those_before_it():
    """Two units that disagree: whichever is asked first follows the other."""
    W, states = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[1.0, -1.0]])
    assert np.array_equal(recall(states, W, np.array([0, 1])), [[-1.0, -1.0]])
    assert np.array_equal(recall(states, W, np.array([1, 0])), [[1.0, 1.0]])
    assert np.array_equal(recall(states, W, np.array([], dtype=int)), states)


def test_without_inputs_units_stay(rng):
    states = _signs(rng, 2, 5)
    assert np.array_equal(recall(states, np.zeros((5, 5)), np.arange(5)), states)


def test_energy_autograd_agrees_with_differences(rng, autograd_agrees):
    autograd_agrees(lambda states, W: energy(states, W).sum(), rng.normal(size=(2, 3)), rng.normal(size=(3, 3)))


def test_wrong_patterns_are_named():
    W = np.zeros((3, 3))
    with pytest.raises(ValueError, match="patterns must be 1 and -1 only"):
        hopfield_train(np.array([[1.0, 0.0]]))
    with pytest.raises(ValueError, match="states must be 1 and -1 only"):
        recall(np.full((1, 3), np.nan), W, np.arange(3))
    with pytest.raises(ValueError, match=r"states must be \(B, 3\); got \(1, 2\)"):
        energy(np.ones((1, 2)), W)
    with pytest.raises(ValueError, match="order must name units 0 to 2; got"):
        recall(np.ones((1, 3)), W, np.array([0, 3]))
