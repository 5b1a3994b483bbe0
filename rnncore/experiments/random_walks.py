"""Networks against a random walk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rnncore.experiments.claim import Claim, mean_of_seeds
from rnncore.experiments.curves import Curves, measure_seeds
from rnncore.experiments.registry import experiment
from rnncore.experiments.window_networks import CELLS, fit_windows
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.tasks.forecasts import fit_ar
from rnncore.tasks.random_walk import random_walk
from rnncore.tasks.windows import make_windows


@dataclass(frozen=True)
class RandomWalks(Curves):
    """Squared error over that of the naive forecast, against the horizon."""

    claim: ClassVar[Claim] = Claim(
        "A random walk, such as the logarithm of a stock's price nearly is, cannot be forecast "
        "better than by its last value.",
        reference="Fama, Random Walks in Stock Market Prices (1965), doi:10.2469/faj.v21.n5.55",
        published="an argument and tests on prices; no networks",
        bands=(
            mean_of_seeds(*(f"mean error of {model}" for model in ("AR", *CELLS)), at_least=1.0),
        ),
    )
    """From 6 seeds (0-5): AR(16) 1.02-1.46, RNN 1.00-1.06, LSTM 0.99-1.08, GRU 0.99-1.08; the means
    of the first three seeds are at least 1.02. By chance a single walk lets a model seem to win."""
    xlabel: ClassVar[str] = "steps ahead"
    ylabel: ClassVar[str] = "squared error / naive"
    levels: ClassVar[dict[str, float]] = {"naive": 1.0}

    def quantities(self) -> dict[str, np.ndarray]:
        means = {name.partition("(")[0]: curve.mean(1) for name, curve in self.curves.items()}
        return {f"mean error of {model}": mean for model, mean in means.items()}


@experiment("random_walks", fit_ar, make_windows)
def measure_random_walks(
    fit_ar: Callable[..., Any],
    make_windows: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    N: int = 400,
    L: int = 16,
    h: int = 8,
    H: int = 16,
    steps: int = 200,
    device: str = "auto",
) -> RandomWalks:
    """Fit an autoregression and networks to one half of a random walk, forecast along the other.

    Args:
        fit_ar: `fit_ar(series, p)` gives an `Autoregression`.
        make_windows: `make_windows(series, L, h)`.
        seeds: walks and each draws its own weights.
        N: the length of each half.
        L: the length of a window, and the taps of the autoregression.
        h: horizon, in steps.
        H: the hidden size.
        steps: number of training steps.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `RandomWalks` finding.
    """
    place = pick_device(device, recurrent_work(32, 1, H, gates=4))

    def run(seed: int) -> dict[str, np.ndarray]:
        train, test = np.split(random_walk(2 * N, np.random.default_rng(seed)), 2)
        (inputs, targets), (xs, ys) = (
            [part[:, :, 0] for part in make_windows(half[:, None], L, h)] for half in (train, test)
        )
        model = fit_ar(train, L)
        forecasts = {f"AR({L})": np.array([model.forecast(x, h) for x in xs])}
        for cell in CELLS:
            forecasts[cell] = fit_windows(
                cell, inputs, targets, seed, H=H, steps=steps, device=place
            )(xs)
        naive = ((ys - xs[:, -1:]) ** 2).mean(axis=0)
        return {
            name: ((ys - forecast) ** 2).mean(axis=0) / naive
            for name, forecast in forecasts.items()
        }

    curves = measure_seeds(run, seeds)
    return RandomWalks(tuple(seeds), tuple(range(1, h + 1)), curves, device=device_name(place))
