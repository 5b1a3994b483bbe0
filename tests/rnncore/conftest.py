"""Sizes and array libraries that the tests of the equations share."""

import os
from collections.abc import Callable

import numpy as np
import pytest
import torch

SIZES = [(1, 1, 1, 1), (1, 3, 2, 1), (3, 1, 1, 3), (2, 5, 3, 4), (5, 7, 4, 3)]


@pytest.fixture(params=SIZES, ids=lambda sizes: "B{} T{} D{} H{}".format(*sizes))
def sizes(request: pytest.FixtureRequest) -> tuple[int, int, int, int]:
    """B, T, D, H: all ones, single ones, and odd ones."""
    return request.param


@pytest.fixture(params=["numpy", "torch"])
def library(request: pytest.FixtureRequest) -> Callable:
    """Turns a tree of NumPy arrays into one of the arrays of a library."""

    def convert(tree):
        if isinstance(tree, tuple):
            return type(tree)(*map(convert, tree))
        return torch.tensor(tree) if request.param == "torch" else tree

    return convert


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the loaders read real corpora, where a variable of the environment names them."""
    folder = os.environ.get("RNNCORE_TEST_DATA") or os.environ.get("RNNCORE_DATA")
    if not folder:
        pytest.skip("neither RNNCORE_TEST_DATA nor RNNCORE_DATA names a folder with the corpora")
    monkeypatch.setenv("RNNCORE_DATA", folder)
