"""Forecasts without a network, and how to test any forecast on the past."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnncore.tasks.windows import make_windows

Forecaster = Callable[[np.ndarray, int], np.ndarray]
"""`forecast = forecaster(history, h)`: from (N,), the next h values, (h,)."""


NextValue = Callable[[np.ndarray], np.ndarray]
"""`next_values = model(windows)`: from (B, L), the value that follows each window, (B,)."""


class Backtest(NamedTuple):
    """Forecasts made at several times of the past, beside what came."""

    origins: np.ndarray
    """(R,), int64: how many values each forecast knew."""
    forecasts: np.ndarray
    """(R, h)."""
    actual: np.ndarray
    """(R, h)."""


class Interval(NamedTuple):
    """Between which values the future is expected, step by step."""

    lower: np.ndarray
    """(h,)."""
    upper: np.ndarray
    """(h,)."""


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


def forecast_recursive(model: NextValue, windows: np.ndarray, h: int) -> np.ndarray:
    """Forecast h values with a model of the next one, which reads its own forecasts as it goes on.

        x̂_{N+k} = model(x_{N+k-L} ... x_{N+k-1}),   with x̂_t for x_t where t ≥ N

    Args:
        model: `model(windows)` gives the value that follows each window, (B,), from (B, L).
        windows: the last L known values of B series, (B, L), the newest last.
        h: how many values to forecast, at least 1.

    Returns:
        The forecasts, (B, h).

    Raises:
        ValueError: if the windows are not (B, L).

    Reference: Ben Taieb, Bontempi, Atiya and Sorjamaa, A Review and Comparison of Strategies for
        Multi-step Ahead Time Series Forecasting (2012), doi:10.1016/j.eswa.2012.01.039.
    """
    if windows.ndim != 2:
        raise ValueError(f"windows must be (B, L); got {windows.shape}")
    L, values = windows.shape[1], windows
    for k in range(h):
        following = np.asarray(model(values[:, k : k + L]))
        values = np.concatenate([values, following[:, None]], axis=1)
    return values[:, L:]


def forecast_direct(history: np.ndarray, h: int, p: int) -> np.ndarray:
    """Forecast h values, each with a linear model of its own, all from the last p known values.

        x̂_{N+k} = c_k + Σ_i w_{ki} x_{N-p+i},   i = 0 ... p - 1,   k = 0 ... h - 1

    w and c are fitted by least squares to the windows of p values in the history that have h values
    after them. No forecast is read by another.

    Args:
        history: x_0 ... x_{N-1}, (N,), at least 2p + h values.
        h: how many values to forecast, at least 1.
        p: how many of the last values each model sees, at least 1.

    Returns:
        The forecast, (h,).

    Raises:
        ValueError: if the history is too short to fit p + 1 weights.

    Reference: Ben Taieb, Bontempi, Atiya and Sorjamaa (2012).
    """
    if history.ndim != 1 or len(history) < 2 * p + h:
        raise ValueError(f"history must be (N,) with N at least {2 * p + h}; got {history.shape}")
    inputs, targets = make_windows(history[:, None], p, h)
    design = np.column_stack([inputs[:, :, 0], np.ones(len(inputs))])
    weights = np.linalg.lstsq(design, targets[:, :, 0])[0]
    return np.append(history[len(history) - p :], 1.0) @ weights


def rolling_backtest(
    forecaster: Forecaster, series: np.ndarray, first: int, h: int, every: int = 1
) -> Backtest:
    """Forecast again and again from origins that move on, each time knowing only the past.

        forecast = forecaster(x_0 ... x_{o-1}, h),   o = first, first + every, ... up to N - h

    The forecaster is called once for each origin, in order, and gets a copy, so that it cannot
    reach what comes after.

    Args:
        forecaster: `forecaster(history, h)` gives the next h values, (h,).
        series: (N,).
        first: how many values the first forecast knows, at least 1.
        h: how many values each forecast covers.
        every: how many values the next one knows more.

    Returns:
        `Backtest(origins, forecasts, actual)`: how many values each forecast knew, whole numbers,
        (R,); the forecasts, (R, h); and what came, (R, h).

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


def prediction_interval(
    forecast: np.ndarray, errors: np.ndarray, coverage: float = 0.8
) -> Interval:
    """Limits that hold a future value in `coverage` of all cases, if errors stay as they were.

        [ x̂_k + quantile_{(1 - coverage) / 2}(e_k),  x̂_k + quantile_{(1 + coverage) / 2}(e_k) ]

    Each step k ahead has errors of its own, as they grow with k. Quantiles are those of
    `np.quantile`.

    Args:
        forecast: the forecast, (h,).
        errors: actual minus forecast for R forecasts of the past, (R, h), of values that the
            forecaster had not been fitted to.
        coverage: the share of cases that shall lie inside, between 0 and 1.

    Returns:
        `Interval(lower, upper)`, each (h,).

    Raises:
        ValueError: if shapes do not fit, or the coverage is not between 0 and 1.

    Reference: Hyndman and Athanasopoulos (2021), section 5.5.
    """
    if errors.ndim != 2 or errors.shape[1:] != forecast.shape or not 0 < coverage < 1:
        raise ValueError(
            f"errors must be (R, h), forecast (h,) and coverage between 0 and 1; got "
            f"{errors.shape}, {forecast.shape} and {coverage}"
        )
    tail = (1 - coverage) / 2
    lower, upper = np.quantile(errors, [tail, 1 - tail], axis=0)
    return Interval(forecast + lower, forecast + upper)
