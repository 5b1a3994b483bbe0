"""Truncation: its error fades as the gradient does, and the triangle shows where gradients go."""

import dataclasses

import numpy as np
import pytest
import torch

from rnncore.experiments.truncation import (
    draw_triangles,
    gradient_triangle,
    measure_truncation,
    run_with_radius,
)
from rnncore.functional.cells import RNNState, rnn_step, rnn_step_backward
from rnncore.functional.learning import backpropagate, truncated_bptt


def _measured(truncated=truncated_bptt, seeds=(0, 1, 2)):
    return measure_truncation(rnn_step_backward, backpropagate, truncated, seeds)


def test_the_error_falls_with_each_step_further():
    found = _measured()
    assert found.holds
    assert found.factors.shape == (2, 3)
    assert all(np.all(np.diff(errors.mean(0)) < 0.0) for errors in found.curves.values())
    found.figure().canvas.draw()
    assert "The claim holds" in str(found)


def test_the_table_has_a_row_for_each_distance_and_fits_a_page():
    found = _measured(seeds=(0,))
    for errors, k2 in zip(np.array(list(found.curves.values())).T, found.points, strict=True):
        (row,) = [row.split() for row in found.rows() if row.split()[0] == f"{k2:g}"]
        assert row[1::3] == [f"{error:.5f}" for error in errors[0]]
    assert max(map(len, str(found).splitlines())) <= 100


def test_a_backward_pass_that_is_cut_too_soon_does_not_hold():
    def too_soon(step_backward, dhs, dstate, caches, k1, k2):
        return truncated_bptt(step_backward, dhs, dstate, caches, k1, 1)

    assert not _measured(too_soon, (0,)).holds


def test_the_band_can_fail_both_ways():
    found = _measured(seeds=(0,))
    points = np.array(found.points)
    for factors, holds in (((0.5, 0.8), True), ((0.5, 1.0), False), ((0.8, 0.8), False), ((0.7, 0.65), False)):
        curves = dict(zip(found.curves, (factor ** points[None] for factor in factors), strict=True))
        assert dataclasses.replace(found, curves=curves).holds is holds


def test_the_triangle_is_autograds():
    T = 4
    caches, dhs = run_with_radius(0.9, 2, T, 3, 5, np.random.default_rng(0))
    norms = gradient_triangle(rnn_step_backward, dhs, caches)
    params = type(caches[0].params)(*map(torch.tensor, caches[0].params))
    states = [RNNState(torch.tensor(caches[0].h_prev))]
    for cache in caches:
        h = rnn_step(torch.tensor(cache.x), states[-1], params)[0].h
        states.append(RNNState(h.requires_grad_()))
    for t in range(T):
        loss = (states[t + 1].h * torch.tensor(dhs[:, t])).sum()
        for k in range(T):
            if k > t:
                assert np.isnan(norms[t, k])
            else:
                (gradient,) = torch.autograd.grad(loss, states[k + 1].h, retain_graph=True)
                assert norms[t, k] == pytest.approx(gradient.norm(dim=1).mean().item(), rel=1e-9)


def test_triangles_are_drawn_even_where_a_gradient_is_zero():
    caches, dhs = run_with_radius(0.6, 2, 6, 3, 5, np.random.default_rng(0))
    norms = gradient_triangle(rnn_step_backward, dhs, caches)
    draw_triangles({"one": norms, "other": np.where(norms < 0.1, 0.0, norms)}).canvas.draw()


def test_the_radius_is_the_one_that_was_asked_for():
    caches, _ = run_with_radius(0.7, 1, 2, 3, 6, np.random.default_rng(0))
    assert np.abs(np.linalg.eigvals(caches[0].params.W_h)).max() == pytest.approx(0.7, rel=1e-12)
