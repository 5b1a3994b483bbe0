"""What truncated backpropagation through time leaves out, and where a gradient goes back to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.curves import Curves
from rnncore.experiments.finding import format_numbers
from rnncore.experiments.registry import experiment
from rnncore.functional.base import leaves
from rnncore.functional.cells import (
    RNNParams,
    RNNState,
    init_rnn_params,
    init_rnn_state,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import backpropagate, truncated_bptt
from rnncore.functional.sequence import unroll
from rnncore.lab.plots.style import UNSIGNED, new_figure


@dataclass(frozen=True)
class Truncation(Curves):
    """The error of the truncated gradient, relative to the whole one, against how far it goes."""

    claim: ClassVar[Claim] = Claim(
        "Where gradients vanish, the error of truncated backpropagation falls geometrically with "
        "the number of steps k2 it goes back, and the faster the smaller the spectral radius.",
        reference=(
            "Aicher, Foti and Fox, Adaptively Truncating Backpropagation Through Time to Control "
            "Gradient Bias (2019), arXiv:1905.07473; Williams and Peng (1990), "
            "doi:10.1162/neco.1990.2.4.490"
        ),
        published="a bound on the bias that falls geometrically; no comparable figure",
        bands=(
            every_seed("factor of a further step over the spectral radius", at_most=1.1),
            every_seed("growth of the factor from a radius to the next", above=0.0),
        ),
    )
    """From 30 seeds (11-40): factors 0.53-0.60 at radius 0.6, 0.79-0.94 at 0.9. W_h is not normal,
    so for a while errors may fall more slowly than the radius says: at most the radius itself held
    for seeds 0-10, at most 1.02 times it failed on 11-30; this band was set on those and checked on
    31-40."""

    xlabel: ClassVar[str] = "k2 / steps back"
    ylabel: ClassVar[str] = "relative error of the gradient"
    logarithmic: ClassVar[bool] = True

    radii: tuple[float, ...]
    """Of W_h, a curve each, from the smallest."""

    @property
    def factors(self) -> np.ndarray:
        """Average factor of one further step on the error, (radii, seeds)."""
        errors = np.array(list(self.curves.values()))
        distance = self.points[-1] - self.points[0]
        return (errors[:, :, -1] / errors[:, :, 0]) ** (1.0 / distance)

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            **self.curves,
            "factor of a further step over the spectral radius": self.factors.T / self.radii,
            "growth of the factor from a radius to the next": np.diff(self.factors.T, axis=1),
        }

    def rows(self) -> list[str]:
        names = "  ".join(f"{name:>21s}" for name in self.curves)
        table = [f"measured: {self.ylabel}, mean ± spread of seeds"]
        table.append(f"{self.xlabel:15s} {names}")
        for column, k2 in enumerate(self.points):
            at = (errors[:, column] for errors in self.curves.values())
            cells = (f"{e.mean():.5f} ± {e.std(ddof=min(1, len(e) - 1)):.5f}" for e in at)
            table.append(f"{k2:<15g} " + "  ".join(f"{cell:>21s}" for cell in cells))
        return table + [
            f"radius {radius:g}: error times {format_numbers(factors, 3)} with each step further"
            for radius, factors in zip(self.radii, self.factors, strict=True)
        ]


@experiment("truncation", rnn_step_backward, backpropagate, truncated_bptt)
def measure_truncation(
    rnn_step_backward: Callable[..., Any],
    backpropagate: Callable[..., Any],
    truncated_bptt: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    radii: Sequence[float] = (0.6, 0.9),
    k2s: Sequence[int] = (1, 2, 4, 8, 12, 16, 20),
    B: int = 4,
    T: int = 60,
    D: int = 4,
    H: int = 32,
) -> Truncation:
    """Compare truncated gradients, k2 steps back, with whole ones.

    The network is fresh, its W_h scaled to a spectral radius, and reads small noise; the loss is a
    random linear function of all hidden states. Every loss reaches exactly k2 steps back, k1 = 1.

    Args:
        rnn_step_backward: the RNN's backward step.
        backpropagate: sends gradients back through the whole sequence.
        truncated_bptt: sends them back k2 steps.
        seeds: each draws its own weights, inputs and loss.
        radii: the spectral radii of W_h, from the smallest.
        k2s: numbers of steps that the truncated gradient goes back.
        B: number of sequences.
        T: their length.
        D: the size of an input.
        H: the size of the hidden state.

    Returns:
        A `Truncation` finding.
    """
    curves = {f"spectral radius {radius:g}": np.zeros((len(seeds), len(k2s))) for radius in radii}
    for row, seed in enumerate(seeds):
        for radius, errors in zip(radii, curves.values(), strict=True):
            rng = np.random.default_rng(seed)
            caches, dhs = run_with_radius(radius, B, T, D, H, rng)
            nothing = init_rnn_state(B, H)
            whole = _flat(backpropagate(rnn_step_backward, dhs, nothing, caches)[2])
            for column, k2 in enumerate(k2s):
                cut = _flat(truncated_bptt(rnn_step_backward, dhs, nothing, caches, 1, k2))
                errors[row, column] = np.linalg.norm(cut - whole) / np.linalg.norm(whole)
    return Truncation(tuple(seeds), tuple(k2s), curves, tuple(radii))


def run_with_radius(
    radius: float, B: int, T: int, D: int, H: int, rng: np.random.Generator
) -> tuple[list[Any], np.ndarray]:
    """A vanilla RNN whose W_h has a given spectral radius, run over small noise.

    Args:
        radius: the greatest modulus of an eigenvalue of W_h.
        B: number of sequences.
        T: their length.
        D: the size of an input.
        H: the size of the hidden state.
        rng: the source of weights, inputs and gradients.

    Returns:
        The T caches of `unroll`, and the gradients dL_t/dh_t of random linear losses, (B, T, H).
    """
    params = with_radius(init_rnn_params(D, H, rng), radius)
    xs = 0.1 * rng.normal(size=(B, T, D))
    _, _, caches = unroll(rnn_step, xs, RNNState(np.zeros((B, H))), params)
    return caches, rng.normal(size=(B, T, H))


def with_radius(params: RNNParams, radius: float) -> RNNParams:
    """The same params, W_h scaled to a spectral radius, without a bias."""
    now = np.abs(np.linalg.eigvals(params.W_h)).max()
    return params._replace(W_h=params.W_h * (radius / now), b=0.0 * params.b)


def _flat(tree: Any) -> np.ndarray:
    return np.concatenate([leaf.ravel() for leaf in leaves(tree)])


def gradient_triangle(
    step_backward: Callable[..., Any], dhs: np.ndarray, caches: Sequence[Any]
) -> np.ndarray:
    """How strongly the loss of each step depends on each state before it.

        N_tk = mean over B of |dL_t / dh_k|,   k ≤ t

    Args:
        step_backward: the backward step of an RNN.
        dhs: dL_t/dh_t, the gradient of each step's own loss, (B, T, H).
        caches: the T caches of `unroll`.

    Returns:
        The norms, (T, T): row t, column k; NaN above the diagonal, where nothing flows.
    """
    T = len(caches)
    norms = np.full((T, T), np.nan)
    for t in range(T):
        dstate = RNNState(dhs[:, t])
        for k in reversed(range(t + 1)):
            norms[t, k] = np.linalg.norm(dstate.h, axis=1).mean()
            _, dstate, _ = step_backward(dstate, caches[k])
    return norms


def draw_triangles(triangles: dict[str, np.ndarray]) -> Figure:
    """Draw triangles of gradient norms side by side, in one logarithmic scale of colours.

    Args:
        triangles: norms (T, T) by name, such as `gradient_triangle` gives.

    Returns:
        The figure.
    """
    every = np.concatenate([norms[np.isfinite(norms)] for norms in triangles.values()])
    top = every.max()
    scale = LogNorm(max(every[every > 0.0].min(), 1e-6 * top), top)
    size = (1.2 + 3.3 * len(triangles), 3.9)
    with new_figure(1, len(triangles), size=size, squeeze=False, sharey=True) as (figure, panels):
        image = None
        for axes, (name, norms) in zip(panels[0], triangles.items(), strict=True):
            T = len(norms)
            image = axes.imshow(
                norms, cmap=UNSIGNED, norm=scale, extent=(0.5, T + 0.5, T + 0.5, 0.5)
            )
            ticks = range(1, T + 1, max(1, T // 5))
            axes.set(xlabel="state of step k", title=name, xticks=ticks, yticks=ticks)
        panels[0, 0].set_ylabel("loss of step t")
        figure.colorbar(image, ax=panels, label="norm of $dL_t/dh_k$", extend="min", pad=0.02)
    return figure
