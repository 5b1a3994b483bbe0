"""Experiments of unit 11: bands, small runs, and what breaks them."""

import dataclasses

import numpy as np
import pytest

from rnncore.experiments.forecasting import Forecasting, measure_forecasting
from rnncore.experiments.leakage import measure_leakage
from rnncore.experiments.random_walks import measure_random_walks
from rnncore.functional.metrics import mase
from rnncore.tasks.forecasts import fit_ar, rolling_backtest, seasonal_naive
from rnncore.tasks.scaling import train_only_scaler
from rnncore.tasks.windows import make_windows


def test_leakage_holds_in_ten_seeds():
    found = measure_leakage(make_windows)
    assert found.holds
    found.figure().canvas.draw()
    assert "shuffled windows" in str(found)
    shuffled = found.errors["shuffled windows"]
    assert not dataclasses.replace(found, errors={**found.errors, "in order of time": shuffled}).holds


def test_windows_that_do_not_overlap_do_not_leak():
    def apart(series, L, h):
        every = make_windows(series, L, h)
        return tuple(part[:: L + h] for part in every)

    assert not measure_leakage(apart).holds


def test_a_model_that_peeks_beats_the_random_walk_and_breaks_the_band():
    found = measure_random_walks(fit_ar, make_windows, (0,), N=100, steps=2, H=4)
    assert set(found.curves) == {"AR(16)", "RNN", "LSTM", "GRU"}
    found.figure().canvas.draw()
    good = {name: np.full((3, 8), 1.05) for name in found.curves}
    assert dataclasses.replace(found, curves=good).holds
    assert not dataclasses.replace(found, curves={**good, "GRU": np.full((3, 8), 0.8)}).holds
    assert not dataclasses.replace(found, curves={**good, "GRU": np.full((3, 8), np.nan)}).holds


def _forecasting(sunspots, co2):
    names = ("seasonal naive", "AR", "linear, windows", "RNN", "LSTM", "GRU")
    parts = [
        {name: np.full((1, h), error) for name, error in zip(names, errors, strict=True)}
        for h, errors in ((11, sunspots), (24, co2))
    ]
    return Forecasting((0,), *parts)


@pytest.mark.parametrize(
    ("sunspots", "co2", "holds"),
    [
        ((1.2, 1.0, 1.1, 1.2, 1.3, 1.4), (1.9, 0.7, 0.5, 0.7, 0.6, 0.6), True),
        ((1.2, 1.0, 1.1, 0.9, 1.3, 1.4), (1.9, 0.7, 0.5, 0.7, 0.6, 0.6), False),
        ((0.9, 1.0, 1.1, 1.2, 1.3, 1.4), (1.9, 0.7, 0.5, 0.7, 0.6, 0.6), False),
        ((1.2, 1.0, 1.1, 1.2, 1.3, 1.4), (1.9, 0.7, 0.5, 2.0, 0.6, 0.6), False),
        ((1.2, 1.0, 1.1, 1.2, 1.3, 1.4), (1.9, 0.7, 0.65, 0.7, 0.7, 0.6), False),
        ((np.nan,) * 6, (np.nan,) * 6, False),
    ],
)
def test_the_band_of_forecasting(sunspots, co2, holds):
    found = _forecasting(sunspots, co2)
    assert found.holds is holds
    assert "MASE" in str(found)
    found.figure().canvas.draw()
    found.co2_figure().canvas.draw()


def test_forecasts_of_hardly_trained_networks():
    tools = (train_only_scaler, make_windows, seasonal_naive, rolling_backtest, mase)
    found = measure_forecasting(*tools, (0,), H=2, steps=(2, 2))
    assert found.sunspots["AR(9)"].mean() == pytest.approx(1.022, abs=0.01)
    assert found.co2["seasonal naive"].shape == (1, 24)
    assert found.co2["linear, windows"].mean() == pytest.approx(0.562, abs=0.01)
    assert not found.holds
