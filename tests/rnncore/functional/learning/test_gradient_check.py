"""The gradient check passes what is right and finds what is planted."""

import numpy as np
import pytest

from rnncore.functional.cells import LSTMState, init_lstm_params, lstm_step, lstm_step_backward
from rnncore.functional.learning import central_difference, gradient_check, relative_error


def test_the_central_difference_of_a_quadratic_is_exact(rng):
    w, A = rng.normal(size=3), rng.normal(size=(3, 3))
    arrays = {"w": w.copy(), "A": A}
    slopes = [central_difference(lambda a: float(a["w"] @ a["A"] @ a["w"]), arrays, "w", (k,), 0.5) for k in range(3)]
    assert relative_error(slopes, (A + A.T) @ w) < 1e-12
    assert np.array_equal(arrays["w"], w)


def test_the_central_difference_of_a_cube_is_off_by_the_square_of_eps(rng):
    W = rng.normal(size=(2, 3))
    for eps in (0.1, 0.2):
        slope = central_difference(lambda a: float(np.sum(a["W"] ** 3)), {"W": W}, "W", (1, 2), eps)
        assert slope - 3.0 * W[1, 2] ** 2 == pytest.approx(eps**2, rel=1e-9)


def test_the_loss_may_make_its_value_of_what_it_is_handed_or_of_the_arrays_themselves(rng):
    w = rng.normal(size=4)
    for loss in (lambda arrays: float(np.sum(arrays["w"] ** 2)), lambda _: float(np.sum(w**2))):
        assert gradient_check(loss, {"w": w}, {"w": 2.0 * w})["w"] < 1e-8


def test_every_planted_error_is_found_and_named(rng):
    params = init_lstm_params(2, 3, rng)
    x = rng.normal(size=(2, 2))
    h, c, dh = rng.normal(size=(3, 2, 3))

    def loss(_):
        return float(np.sum(dh * lstm_step(x, LSTMState(h, c), params)[0].h))

    _, cache = lstm_step(x, LSTMState(h, c), params)
    dx, dstate, dparams = lstm_step_backward(LSTMState(dh, np.zeros_like(dh)), cache)
    arrays = {"x": x, "h": h, "c": c, **params._asdict()}
    gradients = {"x": dx, "h": dstate.h, "c": dstate.c, **dparams._asdict()}
    assert max(gradient_check(loss, arrays, gradients).values()) < 1e-7
    for name, gradient in gradients.items():
        planted = gradient.copy()
        planted.flat[0] += 0.01 * np.abs(gradient).max()
        errors = gradient_check(loss, arrays, gradients | {name: planted})
        assert {key for key, error in errors.items() if error > 1e-6} == {name}


def test_relative_error():
    assert relative_error([1.0, 2.0], [1.0, 2.2]) == pytest.approx(0.2 / 2.2)
    assert relative_error([0.0], [0.0]) == 0.0
    assert relative_error(np.zeros((0, 2)), np.zeros((0, 2))) == 0.0
    assert np.isnan(relative_error([np.nan], [1.0]))
    with pytest.raises(ValueError, match="must have one shape"):
        relative_error([1.0], [1.0, 1.0])


def test_what_cannot_be_checked_is_refused():
    w = np.ones(2)

    def loss(_):
        return float(np.sum(w))

    with pytest.raises(ValueError, match=r"gradients are needed for \['w'\]; got \['v'\]"):
        gradient_check(loss, {"w": w}, {"v": w})
    with pytest.raises(ValueError, match="w must be float64"):
        gradient_check(loss, {"w": w.astype(np.float32)}, {"w": w})
    with pytest.raises(ValueError, match=r"the gradient of w must be \(2,\); got \(3,\)"):
        gradient_check(loss, {"w": w}, {"w": np.ones(3)})
