"""Sums and softmax of logarithms, against torch."""

import numpy as np
import torch

from rnncore.functional.base import (
    log_softmax,
    log_sum_exp,
)
from rnncore.functional.learning import (
    relative_error,
)


def test_logarithms_agree_with_torch(library, autograd_agrees):
    a = np.array([[-1e4, 0.0, 1e4], [1.0, -np.inf, 2.0], [-700.0, -701.0, -702.0]])
    assert relative_error(log_sum_exp(library(a)), torch.logsumexp(torch.tensor(a), dim=-1)) < 1e-12
    finite = a[[0, 2]]
    expected = torch.log_softmax(torch.tensor(finite), dim=-1)
    assert relative_error(log_softmax(library(finite)), expected) < 1e-12
    autograd_agrees(lambda a: (log_softmax(a) * a).sum(), np.array([[0.3, -1.0, 2.0], [0.0, 0.5, 0.1]]))


def test_a_sum_of_nothing_is_nothing_and_has_no_gradient():
    a = torch.full((2, 3), -torch.inf, dtype=torch.float64, requires_grad=True)
    total = log_sum_exp(a)
    assert total.tolist() == [-torch.inf] * 2
    total.sum().backward()
    assert torch.equal(a.grad, torch.zeros(2, 3, dtype=torch.float64))
    assert np.isnan(log_sum_exp(np.array([np.nan, 0.0])))
