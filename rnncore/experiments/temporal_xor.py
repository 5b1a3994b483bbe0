"""Elman's temporal XOR: a network finds where a stream of bits can be predicted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding
from rnncore.experiments.limits import limit_levels
from rnncore.experiments.registry import experiment
from rnncore.functional.cells import RNNState, init_rnn_params, rnn_step
from rnncore.functional.sequence import init_readout_params, readout, unroll
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots import plot_bars
from rnncore.lab.training import to_tensor, train, use_threads
from rnncore.tasks.temporal_xor import temporal_xor

_CHANCE = 0.25


@dataclass(frozen=True)
class TemporalXOR(Finding):
    """The error of predicting each bit of the stream from those before it."""

    claim: ClassVar[Claim] = Claim(
        "The error dips at every third bit, and nowhere else.",
        reference="Elman, Finding Structure in Time (1990), figure 3",
        bands=(
            every_seed("error at every third bit", at_most=0.05),
            every_seed("error at every other bit", at_least=0.2),
        ),
    )
    """From 12 seeds (0-11): at most 0.0004 at every third bit, at least 0.245 at every other."""

    errors: np.ndarray
    """Mean squared error at bits 2 ... T, a row for each seed, (seeds, T - 1); chance is 0.25."""

    @property
    def third(self) -> np.ndarray:
        """The errors at every third bit, the ones that are determined."""
        return self.errors[:, 1::3]

    @property
    def others(self) -> np.ndarray:
        """The errors at the other bits, which are random."""
        return np.delete(self.errors, np.s_[1::3], axis=1)

    def quantities(self) -> dict[str, np.ndarray]:
        return {"error at every third bit": self.third, "error at every other bit": self.others}

    def rows(self) -> list[str]:
        return [
            f"seed {seed}: every third bit at most {third.max():.4f}, others at least {low:.3f}"
            for seed, third, low in zip(self.seeds, self.third, self.others.min(1), strict=True)
        ]

    def _draw(self) -> Figure:
        """The error at the first bits of the stream; every third has its own colour."""
        shown = self.errors[:, :11]
        return plot_bars(
            shown,
            xlabel="bit of the stream that is predicted",
            ylabel="mean squared error",
            labels=[str(n + 2) for n in range(shown.shape[1])],
            lines={"chance": _CHANCE, **limit_levels(self.bands)},
            highlight=range(1, shown.shape[1], 3),
        )


@experiment("temporal_xor", rnn_step, unroll, readout)
def measure_temporal_xor(
    step: Callable[..., Any],
    unroll: Callable[..., Any],
    readout: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    H: int = 8,
    T: int = 24,
    B: int = 32,
    steps: int = 1000,
    progress: bool = True,
    device: str = "auto",
) -> TemporalXOR:
    """Train a small network, made of the given functions, to predict the next bit.

    Each seed draws weights and streams anew. The error is measured on 500 new streams, twice as
    long as those of the training.

    Args:
        step: `rnn_step`.
        unroll: `unroll`.
        readout: `readout`.
        seeds: one network each.
        H: the hidden size; Elman's network had two units, and saw 1,800,000 bits.
        T: the length of a stream in training.
        B: streams in a training step.
        steps: number of training steps.
        progress: whether to show a bar.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `TemporalXOR` finding.
    """

    place = pick_device(device, recurrent_work(B, 1, H))

    def logits(params: Any, bits: torch.Tensor) -> torch.Tensor:
        state = RNNState(bits.new_zeros(len(bits), H))
        hs, _, _ = unroll(step, bits[:, :-1, None], state, params[0])
        return readout(hs, params[1])[..., 0]

    def loss(params: Any, bits: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(
            logits(params, bits), bits[:, 1:]
        )

    errors = []
    for seed in seeds:
        fresh = np.random.default_rng([seed, 1])
        rng = np.random.default_rng(seed)
        training = train(
            loss,
            (init_rnn_params(1, H, fresh), init_readout_params(H, 1, fresh)),
            endless(lambda rng=rng: _streams(B, T, rng)),
            steps=steps,
            learning_rate=1e-2,
            schedule="constant",
            device=place,
            progress=progress,
            description=f"seed {seed}",
        )
        bits = to_tensor(_streams(500, 2 * T, fresh), place)
        with torch.no_grad(), use_threads(1):
            predicted = torch.sigmoid(logits(training.model, bits))
        errors.append(torch.mean((predicted - bits[:, 1:]) ** 2, dim=0).cpu().numpy())
    return TemporalXOR(tuple(seeds), np.array(errors), device=device_name(place))


def _streams(B: int, T: int, rng: np.random.Generator) -> np.ndarray:
    return np.array([temporal_xor(T, rng) for _ in range(B)])
