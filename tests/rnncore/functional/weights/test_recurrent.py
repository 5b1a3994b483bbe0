"""Orthogonal and identity weights."""

import numpy as np
import pytest

from rnncore.functional.weights import identity_init, orthogonal_init


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (2, 6), (6, 2)])
def test_orthogonal_weights_keep_lengths(library, rng, shape):
    q = np.asarray(orthogonal_init(library(rng.normal(size=shape))))
    assert q.shape == shape
    small = q @ q.T if shape[0] <= shape[1] else q.T @ q
    assert np.allclose(small, np.eye(min(shape)), atol=1e-12)


def test_orthogonal_weights_are_what_gram_and_schmidt_make_of_the_columns(library, rng):
    numbers = rng.normal(size=(6, 4))
    columns = []
    for column in numbers.T:
        for earlier in columns:
            column = column - (column @ earlier) * earlier
        columns.append(column / np.linalg.norm(column))
    assert np.allclose(orthogonal_init(library(numbers)), np.array(columns).T, atol=1e-10)
    assert np.allclose(orthogonal_init(library(numbers.T)), columns, atol=1e-10)


def test_orthogonal_weights_are_drawn_without_a_preference():
    """Each entry has mean 0 and variance 1/3; a bare QR decomposition would prefer one sign."""
    rng = np.random.default_rng(0)
    draws = np.array([orthogonal_init(rng.normal(size=(3, 3))) for _ in range(3000)])
    assert np.all(np.abs(draws.mean(axis=0)) < 4 * np.sqrt(1 / 3 / 3000))
    assert np.allclose((draws**2).mean(axis=0), 1 / 3, atol=0.03)


def test_numbers_that_depend_on_each_other_still_give_an_orthogonal_matrix():
    q = orthogonal_init(np.zeros((3, 3)))
    assert np.allclose(q @ q.T, np.eye(3), atol=1e-12)


def test_identity_weights_hand_the_state_on():
    assert np.array_equal(identity_init(3), np.eye(3))
    assert np.array_equal(identity_init(2, 0.1), [[0.1, 0.0], [0.0, 0.1]])
    with pytest.raises(ValueError, match="H must be at least 1; got 0"):
        identity_init(0)
    with pytest.raises(ValueError, match=r"numbers must have a row and a column; got shape \(0, 2\)"):
        orthogonal_init(np.zeros((0, 2)))
