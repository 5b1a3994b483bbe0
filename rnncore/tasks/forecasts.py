"""Forecasts without a network, and how to test any forecast on the past."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnncore.tasks.windows import make_windows

Forecaster = Callable[[np.ndarray, int], np.ndarray]
"""`forecast = forecaster(history, h)`: from (N,), the next h values, (h,)."""


class Backtest(NamedTuple):
    """Forecasts made at several times of the past, beside what came."""

    origins: np.ndarray
    """(R,), int64: how many values each forecast knew."""
    forecasts: np.ndarray
    """(R, h)."""
    actual: np.ndarray
    """(R, h)."""


class Autoregression(NamedTuple):
    """A weighted sum of the last p values and a constant."""

    weights: np.ndarray
    """(p,); the last one is that of the newest value."""
    constant: float

    def forecast(self, history: np.ndarray, h: int) -> np.ndarray:
        """The next values, each forecast from the ones before it.

        Args:
            history: (N,), at least p values.
            h: how many values to forecast.

        Returns:
            The forecast, (h,).

        Raises:
            ValueError: if the history is shorter than p.
        """
        p = len(self.weights)
        if len(history) < p:
            raise ValueError(f"history must have at least {p} values; got {len(history)}")
        values = list(history[len(history) - p :])
        for _ in range(h):
            values.append(float(np.array(values[len(values) - p :]) @ self.weights) + self.constant)
        return np.array(values[p:])


def naive(history: np.ndarray, h: int) -> np.ndarray:
    """The last value, h times: the best forecast of a random walk.

    Args:
        history: (N,), at least one value.
        h: how many values to forecast.

    Returns:
        The forecast, (h,).

    Raises:
        ValueError: if there is no history.

    Reference: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition (2021),
        section 5.2.
    """
    return seasonal_naive(history, h, season=1)


def seasonal_naive(history: np.ndarray, h: int, season: int) -> np.ndarray:
    """The last season, over and over: x̂_{N+k} is the last known value at the same place of it.

    Args:
        history: (N,), at least one season.
        h: how many values to forecast.
        season: how many steps a season has.

    Returns:
        The forecast, (h,).

    Raises:
        ValueError: if the history is shorter than a season.

    Reference: Hyndman and Athanasopoulos (2021), section 5.2.
    """
    if season < 1 or history.ndim != 1 or len(history) < season:
        raise ValueError(f"history must be (N,) with N at least {season}; got {history.shape}")
    return np.resize(history[len(history) - season :], h)


def fit_ar(series: np.ndarray, p: int) -> Autoregression:
    """Fit a linear model on p delay taps by least squares.

        x_t ≈ c + Σ_i w_i x_{t-p+i},   i = 0 ... p - 1

    Args:
        series: (N,).
        p: how many of the last values it may see; 0 gives the mean.

    Returns:
        `Autoregression(weights, constant)`: the weights w_0 ... w_{p-1}, (p,), and c, a number.

    Raises:
        ValueError: if the series has not more than 2p values, too few to fit p + 1 weights.

    Reference: Yule, On a Method of Investigating Periodicities in Disturbed Series (1927),
        doi:10.1098/rsta.1927.0007.
    """
    if series.ndim != 1 or len(series) <= 2 * p:
        raise ValueError(f"series must be (N,) with N above {2 * p}; got {series.shape}")
    if p == 0:
        return Autoregression(np.zeros(0), float(series.mean()))
    inputs, targets = make_windows(series[:, None], p)
    design = np.column_stack([inputs[:, :, 0], np.ones(len(inputs))])
    solution = np.linalg.lstsq(design, targets[:, 0, 0])[0]
    return Autoregression(solution[:-1], float(solution[-1]))


def rolling_backtest(
    forecaster: Forecaster, series: np.ndarray, first: int, h: int, every: int = 1
) -> Backtest:
    """Forecast again and again from further back in the past, each time knowing only what was.

    The forecaster gets a copy, so that it cannot reach what comes after.

    Args:
        forecaster: `forecaster(history, h)` gives the next h values, (h,).
        series: (N,).
        first: how many values the first forecast knows, at least 1.
        h: how many values each forecast covers.
        every: how many values the next one knows more.

    Returns:
        `Backtest(origins, forecasts, actual)` of shapes (R,), (R, h) and (R, h).

    Raises:
        ValueError: if there is no room for one forecast, or a forecast is not (h,).

    Reference: Tashman, Out-of-sample Tests of Forecasting Accuracy (2000),
        doi:10.1016/S0169-2070(00)00065-0.
    """
    if series.ndim != 1 or not 1 <= first <= len(series) - h:
        raise ValueError(f"series must be (N,) with N at least {first} + {h}; got {series.shape}")
    origins = np.arange(first, len(series) - h + 1, every)
    forecasts = [np.asarray(forecaster(series[:origin].copy(), h)) for origin in origins]
    for forecast in forecasts:
        if forecast.shape != (h,):
            raise ValueError(f"a forecast must be ({h},); got {forecast.shape}")
    actual = [series[origin : origin + h] for origin in origins]
    return Backtest(origins, np.array(forecasts), np.array(actual))
