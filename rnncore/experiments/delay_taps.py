"""What a linear model sees through its delay taps, and what it cannot."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.finding import Finding
from rnncore.lab.plots import plot_curves
from rnncore.tasks.ar2 import ar2_series
from rnncore.tasks.echo import echo_series


@dataclass(frozen=True)
class DelayTaps(Finding):
    """The error of forecasting one step ahead, for a growing number of taps."""

    claim: ClassVar[str] = (
        "A model with p taps reaches the noise floor as soon as p reaches the lag of what there is "
        "to remember, and knows nothing before."
    )
    reference: ClassVar[str] = "Yule (1927); Box and Jenkins, Time Series Analysis"
    band: ClassVar[str] = (
        "mean squared error at most 1.1 times the noise floor from p = lag on (p = 2 for AR(2)), "
        "and at least 0.95 of the series' own variance before"
    )
    """From 12 seeds (0-11): at most 1.035 times the floor, at least 0.980 of the variance."""

    taps: tuple[int, ...]
    lags: tuple[int, ...]
    ar2: np.ndarray
    """Mean squared error on the AR(2) series, (seeds, taps)."""
    echo: np.ndarray
    """The same on the series with an echo, (seeds, lags, taps)."""
    variances: np.ndarray
    """What it would cost to know nothing, (seeds, lags): the variance of the same test series."""

    @property
    def holds(self) -> bool:
        taps, lags = np.array(self.taps), np.array(self.lags)
        reached = taps >= lags[:, None]
        of_variance = self.echo / self.variances[:, :, None]
        return bool(
            np.all(self.ar2[:, taps >= 2] <= 1.1)
            and np.all(self.echo[:, reached] <= 1.1)
            and np.all(of_variance[:, ~reached] >= 0.95)
        )

    def rows(self) -> list[str]:
        curves = {"AR(2)": self.ar2} | {
            f"echo after {lag}": self.echo[:, k] for k, lag in enumerate(self.lags)
        }
        every = " ".join(f"{p:5d}" for p in self.taps)
        return [f"{'taps':14s} {every}"] + [
            f"{name:14s} " + " ".join(f"{error:5.2f}" for error in errors.mean(0))
            for name, errors in curves.items()
        ]

    def figure(self) -> Figure:
        """The error against the number of taps, a curve for each lag."""
        variance = float(self.variances.mean())
        return plot_curves(
            self.taps,
            {f"echo after {lag}": self.echo[:, k] for k, lag in enumerate(self.lags)},
            xlabel="taps p",
            ylabel="mean squared error",
            lines={"noise floor, 1": 1.0, f"variance, {variance:.1f}": variance},
        )


def measure_delay_taps(
    fit_ar: Callable[..., Any],
    make_windows: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    taps: Sequence[int] = tuple(range(1, 13)),
    lags: Sequence[int] = (3, 6, 10),
    N: int = 4000,
) -> DelayTaps:
    """Fit models with more and more taps to series whose noise floor is known.

    Args:
        fit_ar: `fit_ar(series, p)` gives an `Autoregression`.
        make_windows: cuts a series into windows and what follows them.
        seeds: series are drawn anew for each.
        taps: how many taps the models have.
        lags: after how many steps the echoes come.
        N: the length of a series, to train on and as much again to test on.

    Returns:
        A `DelayTaps` finding.
    """
    start = time.perf_counter()
    ar2, echo = np.zeros((len(seeds), len(taps))), np.zeros((len(seeds), len(lags), len(taps)))
    variances = np.zeros((len(seeds), len(lags)))
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        ar2[row] = _errors(fit_ar, make_windows, ar2_series(2 * N, rng), taps)
        for k, lag in enumerate(lags):
            series = echo_series(2 * N, lag, rng)
            echo[row, k] = _errors(fit_ar, make_windows, series, taps)
            variances[row, k] = series[N:].var()
    seconds = time.perf_counter() - start
    return DelayTaps(tuple(seeds), seconds, tuple(taps), tuple(lags), ar2, echo, variances)


def _errors(
    fit_ar: Callable[..., Any],
    make_windows: Callable[..., Any],
    series: np.ndarray,
    taps: Sequence[int],
) -> list[float]:
    """The mean squared error of each model on the second half of a series."""
    train, test = np.split(series, 2)
    errors = []
    for p in taps:
        model = fit_ar(train, p)
        inputs, targets = make_windows(test[:, None], p)
        forecasts = inputs[:, :, 0] @ model.weights + model.constant
        errors.append(float(np.mean((targets[:, 0, 0] - forecasts) ** 2)))
    return errors
