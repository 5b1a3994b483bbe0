"""The penalty and its gradient; trees of arrays."""

import numpy as np
import pytest
import torch

from rnncore.functional.base import leaves, map_tree
from rnncore.functional.cells import init_lstm_params, init_rnn_params
from rnncore.functional.learning import (
    gradient_check,
    l1_l2_gradient,
    l1_l2_penalty,
    relative_error,
)


def test_penalty_by_hand(library):
    params = library((np.array([[1.0, -2.0]]), np.array([100.0]), [np.array([[3.0]])]))
    assert float(l1_l2_penalty(params, 10.0, 0.0)) == 60.0
    assert float(l1_l2_penalty(params, 0.0, 2.0)) == 28.0


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.7), (0.3, 0.7)])
def test_gradient_agrees_with_differences_and_autograd(rng, to_torch_leaves, l1, l2):
    params = init_lstm_params(2, 3, rng)
    gradient = l1_l2_gradient(params, l1, l2)
    assert type(gradient) is type(params)
    arrays = params._asdict()
    errors = gradient_check(lambda _: float(l1_l2_penalty(params, l1, l2)), arrays, gradient._asdict())
    assert max(errors.values()) < 1e-7
    tensors = to_torch_leaves(params)
    by_autograd = torch.autograd.grad(l1_l2_penalty(tensors, l1, l2), tensors[:2])
    for a, b in zip(gradient[:2], by_autograd, strict=True):
        assert relative_error(a, b) < 1e-12


def test_wrong_prices_are_named(rng):
    with pytest.raises(ValueError, match=r"l1 and l2 must be at least 0; got -1.0 and 0.0"):
        l1_l2_penalty(init_rnn_params(2, 3, rng), -1.0, 0.0)
    with pytest.raises(ValueError, match="at least one matrix"):
        l1_l2_penalty((np.ones(3),), 1.0, 0.0)


def test_trees_keep_their_build(rng):
    tree = {"a": init_rnn_params(1, 2, rng), "b": [np.ones(2), (np.zeros(1),)]}
    doubled = map_tree(lambda a, b: a + b, tree, tree)
    assert type(doubled["a"]) is type(tree["a"])
    assert isinstance(doubled["b"], list)
    assert isinstance(doubled["b"][1], tuple)
    for a, b in zip(leaves(doubled), leaves(tree), strict=True):
        assert np.array_equal(a, 2 * b)
    with pytest.raises(ValueError, match="same structure"):
        map_tree(lambda a, b: a, [1, 2], [1])
