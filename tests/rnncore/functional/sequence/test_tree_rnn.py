"""The recursive network, node by node and whole forests at once."""

import numpy as np
import pytest
import torch

from rnncore.functional.cells import RNNParams, RNNState, rnn_step
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import TreeParams, compose, forest_rnn, tree_rnn, unroll

TREES = [0, 2, (0, 1), (1, 0), ((0, 1), 2), (2, (1, (0, (1, 2)))), (((0, 1), (2, 0)), ((1, 1), 0))]


def _weights(rng, H):
    return rng.normal(size=(3, H)), TreeParams(rng.normal(size=(2 * H, H)), rng.normal(size=H))


def _by_hand(tree, vectors, params):
    """With a matrix for each child."""
    if isinstance(tree, int):
        return vectors[tree]
    H = len(params.b)
    left, right = (_by_hand(child, vectors, params) for child in tree)
    return torch.tanh(params.W[:H].T @ left + params.W[H:].T @ right + params.b)


@pytest.mark.parametrize("H", [1, 3])
def test_trees_and_forests_are_their_nodes(library, rng, to_torch_leaves, leaves, H):
    weights = _weights(rng, H)
    given = to_torch_leaves(weights)
    expected = torch.stack([_by_hand(tree, *given) for tree in TREES])
    one_by_one = [tree_rnn(tree, *library(weights)) for tree in TREES]
    for ours, theirs in zip(one_by_one, expected, strict=True):
        assert relative_error(ours, theirs.detach()) < 1e-9
    assert relative_error(forest_rnn(TREES, *library(weights)), expected.detach()) < 1e-9

    dh = torch.tensor(rng.normal(size=expected.shape))
    wanted = torch.autograd.grad(expected, leaves(given), dh)
    for out in (forest_rnn(TREES, *given), torch.stack([tree_rnn(tree, *given) for tree in TREES])):
        for a, b in zip(torch.autograd.grad(out, leaves(given), dh), wanted, strict=True):
            assert relative_error(a, b) < 1e-9


def test_autograd_agrees_with_differences(rng, autograd_agrees):
    autograd_agrees(lambda vectors, params: (forest_rnn(TREES, vectors, params) ** 2).sum(), *_weights(rng, 2))
    autograd_agrees(lambda vectors, params: (tree_rnn(TREES[-1], vectors, params) ** 2).sum(), *_weights(rng, 2))


def test_a_tree_that_leans_left_is_a_vanilla_rnn(rng):
    """((h_0, x_1), x_2) ...: the left child is the state, the right child the input."""
    vectors, params = _weights(rng, 3)
    rnn = RNNParams(W_x=params.W[3:], W_h=params.W[:3], b=params.b)
    _, last, _ = unroll(rnn_step, vectors[None, [1, 2, 1]], RNNState(vectors[None, 0]), rnn)
    assert relative_error(tree_rnn((((0, 1), 2), 1), vectors, params), last.h[0]) < 1e-12


def test_wrong_trees_are_named(rng):
    vectors, params = _weights(rng, 2)
    for run in (tree_rnn, lambda tree, *weights: forest_rnn([tree], *weights)):
        with pytest.raises(ValueError, match="a leaf must be from 0 to 2; got 3"):
            run((0, 3), vectors, params)
        with pytest.raises(ValueError, match="a leaf must be from 0 to 2; got -1"):
            run(-1, vectors, params)
        with pytest.raises(ValueError, match="a node must have 2 children; got 3"):
            run((0, 1, 2), vectors, params)
    with pytest.raises(ValueError, match=r"right must be \(1, 2\); got \(2, 2\)"):
        compose(np.zeros((1, 2)), np.zeros((2, 2)), params)
