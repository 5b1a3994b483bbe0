"""Gradient errors: the finding holds for right gradients, and for no wrong one."""

import dataclasses

import numpy as np
import pytest

from rnncore.experiments.gradient_errors import measure_gradient_errors
from rnncore.functional.cells import RNNState, rnn_step_backward
from rnncore.functional.learning import backpropagate, gradient_check

SMALL = ((1, 2, 1, 1), (2, 3, 3, 2))


def _without_the_slope(dstate, cache):
    return rnn_step_backward(dstate, cache._replace(h=0.0 * cache.h))


def _transposed(dstate, cache):
    dx, before, dparams = rnn_step_backward(dstate, cache)
    return dx, before, dparams._replace(W_h=dparams.W_h.T)


def _in_single_precision(dstate, cache):
    dx, before, dparams = rnn_step_backward(dstate, cache)
    return dx.astype(np.float32), before, dparams


def _last_step_only(step_backward, dhs, dstate, caches):
    dxs, first, _ = backpropagate(step_backward, dhs, dstate, caches)
    _, _, dparams = step_backward(RNNState(dhs[:, -1]), caches[-1])
    return dxs, first, dparams


def test_right_gradients_agree_at_all_sizes():
    found = measure_gradient_errors(rnn_step_backward, backpropagate, gradient_check)
    assert found.holds
    assert {errors.shape for errors in (*found.step.values(), *found.sequence.values())} == {(3, 5)}
    assert set(found.step) == {"x", "h_prev", "W_x", "W_h", "b"}
    found.figure().canvas.draw()
    assert "The claim holds" in str(found)


@pytest.mark.parametrize("step_backward", [_without_the_slope, _transposed, _in_single_precision])
def test_a_wrong_step_does_not_hold(step_backward):
    assert not measure_gradient_errors(step_backward, backpropagate, gradient_check, (0,), sizes=SMALL).holds


def test_a_wrong_sum_over_steps_does_not_hold():
    found = measure_gradient_errors(rnn_step_backward, _last_step_only, gradient_check, (0,), sizes=SMALL)
    assert not found.holds
    assert all(np.all(errors < 1e-8) for errors in found.step.values())


def test_one_error_is_enough():
    found = measure_gradient_errors(rnn_step_backward, backpropagate, gradient_check, (0,), sizes=SMALL)
    assert found.holds
    for name, limit in (("step", 1e-8), ("sequence", 1e-6)):
        for wrong in (2 * limit, np.nan):
            errors = {**getattr(found, name), "b": np.array([[0.0, wrong]])}
            assert not dataclasses.replace(found, **{name: errors}).holds
