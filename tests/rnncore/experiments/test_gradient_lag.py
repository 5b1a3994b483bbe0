"""Gradient against lag: the slope is the log of the radius, for the right Jacobians only."""

import dataclasses

import numpy as np

from rnncore.experiments.gradient_lag import measure_gradient_lag
from rnncore.functional.cells import rnn_step_backward
from rnncore.functional.learning import jacobian_norms

OPTIONS = {"seeds": (0,), "radii": (0.8, 1.05), "lags": 80, "H": 12}


def test_the_slope_is_the_log_of_the_radius():
    found = measure_gradient_lag(jacobian_norms, rnn_step_backward, **OPTIONS)
    assert found.holds
    assert found.linear.shape == found.tanh.shape == (1, 2, 81)
    assert np.all(found.tanh[..., 1:] < found.linear[..., 1:])
    found.figure().canvas.draw()
    assert "The claim holds" in str(found)


def test_the_norms_of_a_linear_network_are_those_of_powers_of_its_weights():
    kept = []

    def watched(step_backward, last, caches):
        kept.append(caches[0].params.W_h)
        return jacobian_norms(step_backward, last, caches)

    found = measure_gradient_lag(watched, rnn_step_backward, (0,), radii=(0.9,), lags=5, H=3)
    for lag in range(6):
        expected = np.linalg.norm(np.linalg.matrix_power(kept[0], lag), 2)
        assert np.isclose(found.linear[0, 0, lag], expected, rtol=1e-9)


def test_wrong_gradients_do_not_hold():
    def through_half(dstate, cache):
        dx, before, dparams = rnn_step_backward(dstate, cache)
        return dx, before._replace(h=0.5 * before.h), dparams

    def squared(step_backward, last, caches):
        return jacobian_norms(step_backward, last, caches) ** 2

    assert not measure_gradient_lag(jacobian_norms, through_half, **OPTIONS).holds
    assert not measure_gradient_lag(squared, rnn_step_backward, **OPTIONS).holds


def test_a_tanh_network_that_fades_no_faster_does_not_hold():
    found = measure_gradient_lag(jacobian_norms, rnn_step_backward, **OPTIONS)
    powers = np.array(found.radii)[None, :, None] ** np.arange(81)
    assert dataclasses.replace(found, linear=powers, tanh=0.9 ** np.arange(81) * powers).holds
    assert not dataclasses.replace(found, linear=powers, tanh=1.01 ** np.arange(81) * powers).holds
    assert not dataclasses.replace(found, linear=0.97 ** np.arange(81) * powers).holds
