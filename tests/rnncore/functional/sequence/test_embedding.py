"""The embedding, against torch's."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnncore.functional.learning import (
    gradient_check,
    relative_error,
)
from rnncore.functional.sequence import (
    embedding_backward,
    embedding_forward,
)


@pytest.mark.parametrize(("B", "T", "V", "D"), [(1, 1, 1, 1), (3, 1, 2, 3), (2, 7, 4, 2)])
def test_embedding_agrees_with_torch(library, rng, B, T, V, D):
    ids, W, dxs = rng.integers(0, V, size=(B, T)), rng.normal(size=(V, D)), rng.normal(size=(B, T, D))
    W_torch = torch.tensor(W, requires_grad=True)
    vectors = F.embedding(torch.tensor(ids), W_torch)
    vectors.backward(torch.tensor(dxs))
    assert np.array_equal(embedding_forward(*library((ids, W))), vectors.detach())
    assert relative_error(embedding_backward(*library((dxs, ids, W))), W_torch.grad) < 1e-9
    given = {"W": W}, {"W": embedding_backward(dxs, ids, W)}
    errors = gradient_check(lambda _: float(np.sum(dxs * embedding_forward(ids, W))), *given)
    assert errors["W"] < 1e-7


@pytest.mark.parametrize("wrong", [-1, 4])
def test_unknown_words_are_named(wrong):
    with pytest.raises(ValueError, match=r"ids must be from 0 to 3; got (-1 to 0|0 to 4)"):
        embedding_forward(np.array([[0, wrong]]), np.zeros((4, 2)))
