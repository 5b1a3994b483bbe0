"""What a linear model sees through its delay taps, and what it cannot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding
from rnncore.experiments.registry import experiment
from rnncore.lab.plots import plot_curves
from rnncore.tasks.ar2 import ar2_series
from rnncore.tasks.echo import echo_series
from rnncore.tasks.forecasts import fit_ar
from rnncore.tasks.windows import make_windows


@dataclass(frozen=True)
class DelayTaps(Finding):
    """The error of forecasting one step ahead, for a growing number of taps."""

    claim: ClassVar[Claim] = Claim(
        "A model with p taps reaches the noise floor as soon as p reaches the lag of what there is "
        "to remember, and knows nothing before.",
        reference="Yule (1927); Box and Jenkins, Time Series Analysis",
        bands=(
            every_seed("error over noise floor once the lag is reached", at_most=1.1),
            every_seed("error over variance before the lag is reached", at_least=0.95),
        ),
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

    def quantities(self) -> dict[str, np.ndarray]:
        taps = np.array(self.taps)
        reached = taps >= np.array(self.lags)[:, None]
        above_floor = np.concatenate([self.ar2[:, taps >= 2], self.echo[:, reached]], axis=1)
        of_variance = self.echo / self.variances[:, :, None]
        return {
            "error over noise floor once the lag is reached": above_floor,
            "error over variance before the lag is reached": of_variance[:, ~reached],
        }

    def rows(self) -> list[str]:
        curves = {"AR(2)": self.ar2} | {
            f"echo after {lag}": self.echo[:, k] for k, lag in enumerate(self.lags)
        }
        every = " ".join(f"{p:5d}" for p in self.taps)
        return [f"{'taps':14s} {every}"] + [
            f"{name:14s} " + " ".join(f"{error:5.2f}" for error in errors.mean(0))
            for name, errors in curves.items()
        ]

    def _draw(self) -> Figure:
        """The error against the number of taps, a curve for each lag."""
        variance = float(self.variances.mean())
        return plot_curves(
            self.taps,
            {f"echo after {lag}": self.echo[:, k] for k, lag in enumerate(self.lags)},
            xlabel="taps p",
            ylabel="mean squared error",
            lines={"noise floor, 1": 1.0, f"variance, {variance:.1f}": variance},
        )


@experiment("delay_taps", fit_ar, make_windows)
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
        seeds: each draws its own series.
        taps: numbers of taps of the models.
        lags: of the echoes, in steps.
        N: the length of a series, to train on and as much again to test on.

    Returns:
        A `DelayTaps` finding.
    """
    ar2, echo = np.zeros((len(seeds), len(taps))), np.zeros((len(seeds), len(lags), len(taps)))
    variances = np.zeros((len(seeds), len(lags)))
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        ar2[row] = _errors(fit_ar, make_windows, ar2_series(2 * N, rng), taps)
        for k, lag in enumerate(lags):
            series = echo_series(2 * N, lag, rng)
            echo[row, k] = _errors(fit_ar, make_windows, series, taps)
            variances[row, k] = series[N:].var()
    return DelayTaps(tuple(seeds), tuple(taps), tuple(lags), ar2, echo, variances)


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
