"""One-hot vectors and class weights."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnncore.functional.base import (
    array_namespace,
    class_weights,
    one_hot,
)
from rnncore.functional.learning import (
    mean_squared_error,
    sequence_cross_entropy,
)
from rnncore.functional.sequence import (
    embedding_forward,
    pool_states,
)


def test_class_weights_make_classes_equal(library):
    labels = library(np.array([[0, 0, 0], [1, 0, 2]]))
    weights = class_weights(labels, 3)
    assert np.allclose(weights, [0.5, 2.0, 2.0], rtol=1e-12)
    with pytest.raises(ValueError, match=r"labels must be from 0 to 3, each at least once; got \[4, 1, 1, 0\]"):
        class_weights(labels, 4)
    with pytest.raises(ValueError, match=r"labels must be from 0 to 1, each at least once; got \[4, 1\]"):
        class_weights(labels, 2)


def test_one_hot_agrees_with_torch(library, rng):
    ids = rng.integers(0, 4, size=(2, 3))
    expected = F.one_hot(torch.tensor(ids), 4)
    (ids,) = library((ids,))
    vectors = one_hot(ids, 4)
    assert np.array_equal(vectors, expected)
    assert "float64" in str(vectors.dtype)
    assert "float32" in str(one_hot(ids, 4, array_namespace(ids).float32).dtype)


def test_wrong_kinds_of_numbers_are_named(library):
    scores, ids, mask = library((np.zeros((1, 2, 3)), np.zeros((1, 2), int), np.ones((1, 2), bool)))
    real, whole = library((np.zeros((1, 2)), np.ones((1, 2), int)))
    with pytest.raises(ValueError, match=r"targets must be whole numbers; got .*float64"):
        sequence_cross_entropy(scores, real, mask)
    with pytest.raises(ValueError, match=r"mask must be true and false; got .*int64"):
        sequence_cross_entropy(scores, ids, whole)
    with pytest.raises(ValueError, match=r"mask must be true and false; got .*float64"):
        mean_squared_error(scores, scores, real)
    with pytest.raises(ValueError, match=r"mask must be true and false; got .*int64"):
        pool_states(scores, whole)
    with pytest.raises(ValueError, match=r"ids must be whole numbers; got .*float64"):
        embedding_forward(real, scores[0])
    with pytest.raises(ValueError, match=r"ids must be whole numbers; got .*bool"):
        one_hot(mask, 3)
    with pytest.raises(ValueError, match=r"labels must be whole numbers; got .*float64"):
        class_weights(real, 1)
