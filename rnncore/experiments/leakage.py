"""A forecast that is too good to be true: windows that overlap those it is tested on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, geometric_mean_of_seeds
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.lab.plots import plot_curves
from rnncore.tasks.random_walk import random_walk
from rnncore.tasks.windows import make_windows


@dataclass(frozen=True)
class Leakage(Finding):
    """Error of a forecast over that of the naive one, by how the test windows were set aside."""

    claim: ClassVar[Claim] = Claim(
        "Where windows are shuffled before some are set aside, a forecaster that only remembers "
        "seems to predict a random walk, which nobody can.",
        reference=(
            "Kaufman, Rosset, Perlich and Stitelman, Leakage in Data Mining (2012), "
            "doi:10.1145/2382577.2382579"
        ),
        published="cases from competitions and practice; no experiment like this one",
        bands=(
            geometric_mean_of_seeds("error with shuffled windows", below=0.8),
            geometric_mean_of_seeds("error with windows in order of time", above=1.5),
        ),
    )
    """From 200 seeds (0-199), by tens: 0.38-0.58 and 3.1-6.6. Single seeds: 0.16-1.15 (below 1 in
    193 of them) and 0.58-83."""

    errors: dict[str, np.ndarray]
    """By how the windows were set aside, for each step ahead: mean squared error over that of the
    naive forecast, (seeds, h)."""

    def quantities(self) -> dict[str, np.ndarray]:
        names = ("error with shuffled windows", "error with windows in order of time")
        last_steps = (self.errors[way][:, -1] for way in _WAYS)
        return dict(zip(names, last_steps, strict=True))

    def rows(self) -> list[str]:
        return [
            "measured: squared error over that of the naive forecast, last step ahead",
            *(
                f"{way:16s} {format_numbers(errors[:, -1], 2)}"
                for way, errors in self.errors.items()
            ),
        ]

    def _draw(self) -> Figure:
        """The error on the random walk against the horizon, for both ways."""
        h = self.errors[_WAYS[0]].shape[1]
        return plot_curves(
            range(1, h + 1),
            self.errors,
            xlabel="steps ahead",
            ylabel="squared error / naive",
            title="Forecasts of a random walk",
            lines={"the best that can be": 1.0},
            logarithmic=True,
        )


_WAYS = ("shuffled windows", "in order of time")


@experiment("leakage", make_windows)
def measure_leakage(
    make_windows: Callable[..., Any],
    seeds: Sequence[int] = tuple(range(10)),
    *,
    N: int = 400,
    L: int = 16,
    h: int = 8,
) -> Leakage:
    """Set windows aside in the wrong and in the right way, and forecast by the nearest window.

    The forecaster is the purest memory there is: it looks for the window of the training part that
    is nearest to the one at hand, and says what came after it.
    In the right way the last third of the series is for testing, and no window reaches into it.

    Args:
        make_windows: `make_windows(series, L, h)`.
        seeds: each draws its own random walk and shuffle.
        N: the length of the random walk.
        L: the length of a window.
        h: horizon, in steps.

    Returns:
        A `Leakage` finding.
    """
    errors: dict[str, list[np.ndarray]] = {way: [] for way in _WAYS}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        walk = random_walk(N, rng)[:, None]
        pieces = np.concatenate(make_windows(walk, L, h), axis=1)[:, :, 0]
        train, test = np.split(rng.permutation(pieces), [2 * len(pieces) // 3])
        errors[_WAYS[0]].append(_relative_error(train, test, L))
        parts = (make_windows(part, L, h) for part in np.split(walk, [2 * N // 3]))
        train, test = (np.concatenate(part, axis=1)[:, :, 0] for part in parts)
        errors[_WAYS[1]].append(_relative_error(train, test, L))
    found = {way: np.array(rows) for way, rows in errors.items()}
    return Leakage(tuple(seeds), found)


def _relative_error(train: np.ndarray, test: np.ndarray, L: int) -> np.ndarray:
    """Mean squared error over the naive forecast's, (h,); pieces of L + h values, (M, L + h)."""
    distances = ((test[:, None, :L] - train[None, :, :L]) ** 2).sum(axis=2)
    nearest = train[distances.argmin(axis=1)]
    naive = test[:, L - 1 : L]
    return ((nearest - test)[:, L:] ** 2).mean(axis=0) / ((naive - test)[:, L:] ** 2).mean(axis=0)
