"""How well derived gradients agree with finite differences, for a step and for a sequence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding
from rnncore.experiments.registry import experiment
from rnncore.functional.cells import (
    RNNParams,
    RNNState,
    init_rnn_params,
    init_rnn_state,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import backpropagate, gradient_check
from rnncore.functional.sequence import unroll
from rnncore.lab.plots.style import COLOURS, MARKERS, new_figure

SIZES = ((1, 1, 1, 1), (1, 4, 3, 2), (3, 2, 1, 4), (2, 5, 3, 4), (4, 10, 5, 6))
"""B, T, D, H of the sequences, and B, D, H of the steps."""


@dataclass(frozen=True)
class GradientErrors(Finding):
    """The relative error of each gradient, over sizes and seeds."""

    claim: ClassVar[Claim] = Claim(
        "In double precision, right gradients agree with central differences to eight digits for a "
        "step and to six for a sequence.",
        reference=(
            "CS231n, Gradient checks, cs231n.github.io/neural-networks-3, and its exercises on RNNs"
        ),
        bands=(
            every_seed("error of each gradient of a step", at_most=1e-8),
            every_seed("error of each gradient of a sequence", at_most=1e-6),
        ),
    )
    """From 20 seeds (0-19) at five sizes: at most 2e-9 for a step, 8e-9 for a sequence. The error
    is `relative_error`'s, against the greatest entry; CS231n divides entry by entry."""

    sizes: tuple[tuple[int, int, int, int], ...]
    """B, T, D, H."""
    step: dict[str, np.ndarray]
    """For each gradient of a step its relative errors, (seeds, sizes)."""
    sequence: dict[str, np.ndarray]
    """The same for a sequence."""

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            f"error of each gradient of a {name}": np.stack([*kind.values()], axis=1)
            for name, kind in (("step", self.step), ("sequence", self.sequence))
        }

    def rows(self) -> list[str]:
        return [
            f"{heading}: greatest relative error "
            + "  ".join(f"{name} {errors.max():.0e}" for name, errors in kind.items())
            for heading, kind in (("step", self.step), ("sequence", self.sequence))
        ]

    def _draw(self) -> Figure:
        """A row for each gradient, a dot for each size and seed, the threshold as a line."""
        limits = [float(band.limits[0].bound) for band in self.bands]
        kinds = zip(("step", "sequence"), (self.step, self.sequence), limits, strict=True)
        with new_figure(1, 2, size=(7.5, 2.8), sharex=True) as (figure, panels):
            for k, (axes, (heading, kind, limit)) in enumerate(zip(panels, kinds, strict=True)):
                for row, errors in enumerate(kind.values()):
                    visible = np.maximum(errors.ravel(), 1e-17)
                    places = np.full(visible.size, row)
                    axes.scatter(visible, places, s=18, alpha=0.5, c=COLOURS[k], marker=MARKERS[k])
                axes.axvline(limit, color="#666666", linestyle="--")
                axes.set_xscale("log")
                axes.set_yticks(range(len(kind)), list(kind))
                axes.set_ylim(len(kind) - 0.3, -0.7)
                axes.set(xlabel="relative error", title=f"{heading}: at most {limit:.0e}")
        return figure


@experiment("gradient_errors", rnn_step_backward, backpropagate, gradient_check)
def measure_gradient_errors(
    rnn_step_backward: Callable[..., Any],
    backpropagate: Callable[..., Any],
    gradient_check: Callable[..., dict[str, float]],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    sizes: Sequence[tuple[int, int, int, int]] = SIZES,
) -> GradientErrors:
    """Compare all gradients of a vanilla RNN with finite differences.

    The loss is a random linear function of the hidden states, of the last one for a step and of
    all of them for a sequence.

    Args:
        rnn_step_backward: the RNN's backward step.
        backpropagate: sends gradients back through a sequence, given the backward step.
        gradient_check: gives the relative errors by name.
        seeds: each draws its own weights, inputs, states and loss.
        sizes: B, T, D, H of each sequence; a step takes the same B, D, H.

    Returns:
        A `GradientErrors` finding.
    """

    def errors(B: int, T: int | None, D: int, H: int, rng: np.random.Generator) -> dict[str, float]:
        params, h_0 = init_rnn_params(D, H, rng), rng.normal(size=(B, H))
        shape = (B, D) if T is None else (B, T, D)
        xs, dhs = rng.normal(size=shape), rng.normal(size=(*shape[:-1], H))

        arrays = {"x": xs, "h_prev": h_0, **params._asdict()}

        def forward(x: np.ndarray, h_prev: np.ndarray, **weights: np.ndarray) -> tuple[Any, Any]:
            if T is None:
                state, cache = rnn_step(x, RNNState(h_prev), RNNParams(**weights))
                return state.h, cache
            hs, _, caches = unroll(rnn_step, x, RNNState(h_prev), RNNParams(**weights))
            return hs, caches

        def loss(arrays: dict[str, np.ndarray]) -> float:
            return float(np.sum(dhs * forward(**arrays)[0]))

        cache = forward(**arrays)[1]
        if T is None:
            gradients = rnn_step_backward(RNNState(dhs), cache)
        else:
            gradients = backpropagate(rnn_step_backward, dhs, init_rnn_state(B, H), cache)
        dxs, dstate, dparams = gradients
        derived = {"x": dxs, "h_prev": dstate.h, **dparams._asdict()}
        return gradient_check(loss, arrays, derived)

    found = []
    for whole in (False, True):
        rows = [
            [
                errors(B, T if whole else None, D, H, np.random.default_rng(seed))
                for B, T, D, H in sizes
            ]
            for seed in seeds
        ]
        found.append(
            {name: np.array([[size[name] for size in row] for row in rows]) for name in rows[0][0]}
        )
    return GradientErrors(tuple(seeds), tuple(sizes), *found)
