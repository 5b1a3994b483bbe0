"""The logarithm of a gradient's norm against its lag: a line with a slope known beforehand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.experiments.truncation import with_radius
from rnncore.functional.cells import (
    RNNCache,
    RNNParams,
    RNNState,
    init_rnn_params,
    init_rnn_state,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import jacobian_norms
from rnncore.functional.sequence import unroll
from rnncore.lab.plots.style import COLOURS, new_figure


@dataclass(frozen=True)
class GradientLag(Finding):
    """The spectral norm of dh_T / dh_{T-k}, for linear and for tanh networks."""

    claim: ClassVar[Claim] = Claim(
        "In a linear network the log of the gradient's norm against the lag is a line whose slope "
        "is the log of the spectral radius; in a tanh network the gradient fades faster.",
        reference=(
            "Pascanu, Mikolov and Bengio (2013), arXiv:1211.5063; Bengio, Simard and Frasconi "
            "(1994), doi:10.1109/72.279181"
        ),
        published="a proof, without a figure to compare",
        bands=(
            every_seed("distance of the linear slope from the log of the radius", at_most=0.02),
            every_seed("tanh slope minus the log of the radius", below=0.0),
        ),
    )
    """From 15 seeds (0-14), radii 0.8 to 1.2: within 0.003 in linear networks. In tanh networks it
    is lower by 0.04 to 0.31, and at 1.2 still from -0.12 to 0: a radius above 1 does not yet make
    a tanh network explode."""

    radii: tuple[float, ...]
    linear: np.ndarray
    """Norms in linear networks, (seeds, radii, lags + 1)."""
    tanh: np.ndarray
    """Norms in tanh networks with the same weights and inputs, (seeds, radii, lags + 1)."""

    def quantities(self) -> dict[str, np.ndarray]:
        logs = np.log(self.radii)
        linear, tanh = _slopes(self.linear) - logs, _slopes(self.tanh) - logs
        return {
            "distance of the linear slope from the log of the radius": np.abs(linear),
            "tanh slope minus the log of the radius": tanh,
        }

    def rows(self) -> list[str]:
        slopes = zip(self.radii, _slopes(self.linear).T, _slopes(self.tanh).T, strict=True)
        return [
            f"radius {radius:g}, log {np.log(radius):+.3f}: slope {format_numbers(linear, 3)} in "
            f"linear, {format_numbers(tanh, 3)} in tanh networks"
            for radius, linear, tanh in slopes
        ]

    def _draw(self) -> Figure:
        """Norm against lag, the predicted lines dashed, a colour for each radius."""
        lags = np.arange(self.linear.shape[-1])
        panels = {"linear": self.linear, "tanh": self.tanh}
        with new_figure(1, 2, size=(7.5, 3.4), sharey=True) as (figure, axes):
            for panel, (name, norms) in zip(axes, panels.items(), strict=True):
                for k, radius in enumerate(self.radii):
                    colour = COLOURS[k % len(COLOURS)]
                    for seed, row in enumerate(norms[:, k]):
                        label = f"radius {radius:g}" if seed == 0 else None
                        panel.plot(lags, row, color=colour, linewidth=1.2, alpha=0.7, label=label)
                    last = k == len(self.radii) - 1
                    label = "radius to the power k" if last else None
                    panel.plot(lags, radius**lags, "--", color="#333333", lw=1.0, label=label)
                panel.set_yscale("log")
                panel.set(xlabel="lag k / steps back", title=f"{name} networks")
            axes[0].set_ylabel(r"norm of $\partial h_T / \partial h_{T-k}$")
            handles, labels = axes[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
        return figure


@experiment("gradient_lag", jacobian_norms, rnn_step_backward)
def measure_gradient_lag(
    jacobian_norms: Callable[..., Any],
    rnn_step_backward: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    radii: Sequence[float] = (0.8, 0.95, 1.05, 1.2),
    lags: int = 100,
    D: int = 4,
    H: int = 32,
) -> GradientLag:
    """Measure how a gradient fades or grows in fresh networks of known spectral radius.

    Args:
        jacobian_norms: gives the norms of dh_T / dh_{T-k}.
        rnn_step_backward: the backward step of the vanilla RNN.
        seeds: each draws its own weights and inputs.
        radii: the spectral radii that W_h is scaled to.
        lags: number of steps that the gradient goes back.
        D: the size of an input, standard normal.
        H: the size of the hidden state.

    Returns:
        A `GradientLag` finding.
    """
    norms = np.zeros((2, len(seeds), len(radii), lags + 1))
    for row, seed in enumerate(seeds):
        for column, radius in enumerate(radii):
            rng = np.random.default_rng(seed)
            params = with_radius(init_rnn_params(D, H, rng), radius)
            xs = rng.normal(size=(1, lags, D))
            for kind, step in enumerate((_linear_step, rnn_step)):
                _, last, caches = unroll(step, xs, init_rnn_state(1, H), params)
                norms[kind, row, column] = jacobian_norms(rnn_step_backward, last, caches)[0]
    return GradientLag(tuple(seeds), tuple(radii), *norms)


def _linear_step(x: np.ndarray, state: RNNState, params: RNNParams) -> tuple[RNNState, RNNCache]:
    """h = x W_x + h_prev W_h + b. The cache says h = 0, where the slope of tanh, 1 - h², is 1."""
    h = x @ params.W_x + state.h @ params.W_h + params.b
    return RNNState(h), RNNCache(x, state.h, 0.0 * h, params)


def _slopes(norms: np.ndarray) -> np.ndarray:
    """The slope of the log norm over the second half of the lags, by least squares."""
    lags = np.arange(norms.shape[-1])
    half = lags >= lags[-1] / 2
    centred = lags[half] - lags[half].mean()
    return np.log(norms[..., half]) @ centred / (centred @ centred)
