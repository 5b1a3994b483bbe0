"""Windows, scaling, forecasts without a network, backtests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncore.tasks.ar2 import PHI, ar2_series
from rnncore.tasks.forecasts import (
    fit_ar,
    forecast_direct,
    forecast_recursive,
    naive,
    prediction_interval,
    rolling_backtest,
    seasonal_naive,
)
from rnncore.tasks.random_walk import random_walk
from rnncore.tasks.scaling import train_only_scaler
from rnncore.tasks.windows import make_windows


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 6), st.integers(1, 3))
def test_windows_hold_consecutive_steps(L, h, more, F):
    N = L + h + more
    series = np.arange(N)[:, None] * 10.0 + np.arange(F)
    inputs, targets = make_windows(series, L, h)
    assert inputs.shape == (more + 1, L, F)
    assert targets.shape == (more + 1, h, F)
    for m in range(more + 1):
        assert np.array_equal(inputs[m], series[m : m + L])
        assert np.array_equal(targets[m], series[m + L : m + L + h])


def test_windows_are_copies_and_need_room():
    series = np.zeros((5, 1))
    make_windows(series, 2, 1).inputs[:] = 1.0
    assert not series.any()
    with pytest.raises(ValueError, match=r"L \+ h = 4 \+ 2 steps; got 5"):
        make_windows(series, 4, 2)
    with pytest.raises(ValueError, match=r"must be \(N, F\)"):
        make_windows(np.zeros(5), 2)


def test_the_scaler_does_not_see_the_future(rng):
    series = rng.standard_normal((50, 2)) * [3.0, 0.1] + [1.0, -5.0]
    scaler = train_only_scaler(series, 30)
    known = scaler.scale(series)[:30]
    assert np.allclose(known.mean(0), 0)
    assert np.allclose(known.std(0), 1)
    assert np.allclose(scaler.unscale(scaler.scale(series)), series)

    changed = series.copy()
    changed[30:] = 1e9
    assert np.array_equal(train_only_scaler(changed, 30).mean, scaler.mean)
    assert np.array_equal(train_only_scaler(changed, 30).std, scaler.std)


@pytest.mark.parametrize("value", [0.0, 0.1, 1013.2, -1e-9])
def test_a_feature_that_never_changes_keeps_its_size(value):
    scaler = train_only_scaler(np.full((50, 1), value), 40)
    assert scaler.std == [1.0]
    assert np.allclose(scaler.scale(np.array([[value], [value + 2.0]])), [[0.0], [2.0]])
    for n in (0, 5):
        with pytest.raises(ValueError, match=f"from 1 to 4; got {n}"):
            train_only_scaler(np.zeros((4, 1)), n)
    with pytest.raises(ValueError, match=r"must be \(N, F\)"):
        train_only_scaler(np.zeros(4), 2)


def test_naive_forecasts():
    history = np.array([1.0, 2.0, 3.0, 4.0])
    assert naive(history, 3).tolist() == [4.0, 4.0, 4.0]
    assert seasonal_naive(history, 5, season=3).tolist() == [2.0, 3.0, 4.0, 2.0, 3.0]
    assert seasonal_naive(history, 1, season=4).tolist() == [1.0]
    with pytest.raises(ValueError, match="at least 5"):
        seasonal_naive(history, 1, season=5)
    with pytest.raises(ValueError, match="at least 1"):
        naive(np.zeros(0), 1)


def test_autoregression_finds_the_weights_and_reaches_the_noise_floor(rng):
    series = ar2_series(20_000, rng)
    model = fit_ar(series, 2)
    assert model.weights[::-1] == pytest.approx(PHI, abs=0.02)
    assert model.constant == pytest.approx(0.0, abs=0.05)
    test = ar2_series(5_000, rng)
    inputs, targets = make_windows(test[:, None], 2)
    errors = targets[:, 0, 0] - inputs[:, :, 0] @ model.weights - model.constant
    assert np.mean(errors**2) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("p", [0, 1, 3])
def test_a_recursive_forecast_feeds_on_itself(p, rng):
    series = rng.standard_normal(40) + 2.0
    model = fit_ar(series, p)
    values = list(series)
    for _ in range(4):
        taps = values[-p:] if p else []
        values.append(sum(w * x for w, x in zip(model.weights, taps, strict=True)) + model.constant)
    assert model.forecast(series, 4) == pytest.approx(values[40:])


def test_autoregression_needs_data():
    with pytest.raises(ValueError, match="N above 4"):
        fit_ar(np.zeros(4), 2)
    with pytest.raises(ValueError, match="at least 2 values; got 1"):
        fit_ar(np.arange(9.0), 2).forecast(np.zeros(1), 1)


def test_a_backtest_shows_only_the_past():
    series = np.arange(10.0)
    seen = []

    def forecaster(history, h):
        seen.append(history.tolist())
        history[:] = -1.0
        return np.full(h, len(history))

    origins, forecasts, actual = rolling_backtest(forecaster, series, first=4, h=3, every=2)
    assert origins.tolist() == [4, 6]
    assert seen == [[0, 1, 2, 3], [0, 1, 2, 3, 4, 5]]
    assert forecasts.tolist() == [[4] * 3, [6] * 3]
    assert actual.tolist() == [[4, 5, 6], [6, 7, 8]]
    assert series.tolist() == list(range(10))


def test_a_backtest_needs_room_and_whole_forecasts():
    for first in (0, 8):
        with pytest.raises(ValueError, match=f"at least {first}"):
            rolling_backtest(naive, np.zeros(10), first=first, h=3)
    with pytest.raises(ValueError, match=r"must be \(3,\); got \(2,\)"):
        rolling_backtest(lambda history, h: np.zeros(2), np.zeros(10), first=2, h=3)


def test_the_last_value_is_the_best_forecast_of_a_random_walk(rng):
    walk = random_walk(20_000, rng)
    for h in (1, 4):
        found = rolling_backtest(naive, walk, first=100, h=h, every=h)
        assert np.mean((found.forecasts - found.actual)[:, -1] ** 2) == pytest.approx(h, rel=0.1)
    assert np.mean(np.diff(random_walk(20_000, rng, drift=0.5))) == pytest.approx(0.5, abs=0.03)


def test_a_recursive_forecast_is_that_of_the_autoregression(rng):
    model, series = fit_ar(rng.standard_normal(60) + 2.0, 3), rng.standard_normal((4, 9))
    found = forecast_recursive(lambda windows: windows @ model.weights + model.constant, series[:, -3:], 5)
    assert found == pytest.approx(np.array([model.forecast(row, 5) for row in series]))
    with pytest.raises(ValueError, match=r"must be \(B, L\); got \(3,\)"):
        forecast_recursive(lambda windows: windows[:, -1], np.zeros(3), 2)


def test_a_direct_forecast_one_step_ahead_is_that_of_the_autoregression(rng):
    series = rng.standard_normal(60) + 2.0
    assert forecast_direct(series, 1, 4) == pytest.approx(fit_ar(series, 4).forecast(series, 1))


def test_a_direct_forecast_goes_on_with_a_sine_and_needs_data():
    wave = 3.0 + np.sin(0.6 * np.arange(50))
    assert forecast_direct(wave[:40], 10, 2) == pytest.approx(wave[40:])
    with pytest.raises(ValueError, match="at least 14"):
        forecast_direct(np.zeros(13), 4, 5)


def test_an_interval_holds_as_often_as_it_says(rng):
    errors = rng.exponential(size=(4_000, 3)) * [1.0, 2.0, 4.0]
    lower, upper = prediction_interval(np.zeros(3), errors[:2_000], 0.7)
    held = (errors[2_000:] >= lower) & (errors[2_000:] <= upper)
    assert held.mean(0) == pytest.approx([0.7] * 3, abs=0.04)
    assert lower == pytest.approx(-np.log(0.85) * np.array([1.0, 2.0, 4.0]), rel=0.2)
    for refused in ((np.zeros(2), errors), (np.zeros(3), errors, 1.0), (np.zeros(3), errors[0])):
        with pytest.raises(ValueError, match=r"errors must be \(R, h\)"):
            prediction_interval(*refused)
