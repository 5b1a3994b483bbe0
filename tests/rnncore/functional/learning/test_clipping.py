"""Clipping, against torch's."""

import numpy as np
import pytest
import torch

from rnncore.functional.base import leaves
from rnncore.functional.cells import (
    init_lstm_params,
)
from rnncore.functional.learning import (
    clip_by_norm,
    clip_by_value,
    relative_error,
)


@pytest.mark.parametrize("limit", [1e-3, 1.0, 1e3])
def test_clipping_agrees_with_torch(library, rng, limit):
    gradients = init_lstm_params(3, 4, rng)
    by_value, by_norm = (
        [torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients] for _ in range(2)
    )
    for parameters in (by_value, by_norm):
        for parameter, g in zip(parameters, gradients, strict=True):
            parameter.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_value_(by_value, limit)
    expected_norm = torch.nn.utils.clip_grad_norm_(by_norm, limit)

    clipped = clip_by_value(library(gradients), limit)
    assert type(clipped) is type(gradients)
    for a, b in zip(clipped, by_value, strict=True):
        assert relative_error(a, b.grad) < 1e-12
    clipped, norm = clip_by_norm(library(gradients), limit)
    assert type(clipped) is type(gradients)
    assert relative_error(norm, expected_norm) < 1e-12
    # torch divides by the norm + 1e-6.
    for a, b in zip(clipped, by_norm, strict=True):
        assert relative_error(a, b.grad) < 2e-6
    new_norm = np.sqrt(sum(float((g * g).sum()) for g in clipped))
    assert new_norm == pytest.approx(min(limit, float(norm)), rel=1e-12)


def test_clipping_by_norm_keeps_the_direction_and_value_may_not(rng):
    gradients = {"a": np.array([3.0, 4.0]), "b": [np.array([[12.0]])]}
    clipped, norm = clip_by_norm(gradients, 6.5)
    assert float(norm) == 13.0
    assert [g.tolist() for g in leaves(clipped)] == [[1.5, 2.0], [[6.0]]]
    assert [g.tolist() for g in leaves(clip_by_value(gradients, 3.5))] == [[3.0, 3.5], [[3.5]]]
    zero, norm = clip_by_norm((np.zeros(2),), 1.0)
    assert float(norm) == 0.0
    assert zero[0].tolist() == [0.0, 0.0]


def test_clipping_does_not_hide_nan():
    gradients = (np.array([np.nan, 5.0]),)
    assert np.isnan(clip_by_value(gradients, 1.0)[0][0])
    clipped, norm = clip_by_norm(gradients, 1.0)
    assert np.isnan(norm)
    assert np.isnan(clipped[0][0])


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan])
def test_wrong_limits_are_named(limit):
    for clip in (clip_by_value, clip_by_norm):
        with pytest.raises(ValueError, match=f"limit must be above 0; got {limit}"):
            clip((np.ones(1),), limit)
