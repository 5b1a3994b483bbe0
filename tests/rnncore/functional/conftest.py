"""What the tests of the equations share: trees of arrays, and autograd against differences."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from rnncore.functional.learning import gradient_check


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _map(function, tree):
    if isinstance(tree, tuple):
        branches = [_map(function, branch) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else tuple(branches)
    if isinstance(tree, list):
        return [_map(function, branch) for branch in tree]
    return function(tree) if isinstance(tree, np.ndarray | torch.Tensor) else tree


def _leaves(tree):
    if isinstance(tree, tuple | list):
        return [leaf for branch in tree for leaf in _leaves(branch)]
    return [tree] if isinstance(tree, np.ndarray | torch.Tensor) else []


@pytest.fixture(params=["numpy", "torch"])
def library(request: pytest.FixtureRequest) -> Callable:
    """Turns a tree of NumPy arrays, plain tuples and lists too, into one of the arrays of a library."""
    return lambda tree: _map(torch.tensor, tree) if request.param == "torch" else tree


@pytest.fixture
def draw_state() -> Callable:
    """Draws a state of a cell for B sequences: normal numbers in the place of its zeros."""

    def draw(cell, rng, B, H):
        return _map(lambda array: rng.normal(size=array.shape), cell.init_state(B, H))

    return draw


@pytest.fixture
def leaves() -> Callable:
    """The arrays of a tree, in order."""
    return _leaves


@pytest.fixture
def to_torch_leaves() -> Callable:
    """Turns a tree of NumPy arrays into torch leaves that ask for gradients."""
    return lambda tree: _map(lambda array: torch.tensor(array, requires_grad=array.dtype == np.float64), tree)


@pytest.fixture
def autograd_agrees(to_torch_leaves) -> Callable:
    """Compares autograd's gradients of a scalar with differences of the same function on NumPy."""

    def check(function, *trees, tolerance=1e-7):
        tensors = to_torch_leaves(trees)
        wanted = [leaf for leaf in _leaves(tensors) if leaf.requires_grad]
        gradients = torch.autograd.grad(function(*tensors), wanted, allow_unused=True)
        arrays = [leaf for leaf in _leaves(trees) if leaf.dtype == np.float64]
        errors = gradient_check(
            lambda _: float(function(*trees)),
            dict(enumerate(arrays)),
            {
                name: np.zeros(array.shape) if gradient is None else gradient.numpy()
                for name, (array, gradient) in enumerate(zip(arrays, gradients, strict=True))
            },
        )
        assert max(errors.values()) < tolerance

    return check
