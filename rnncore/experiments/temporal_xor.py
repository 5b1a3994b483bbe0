"""Elman's temporal XOR: a network finds where a stream of bits can be predicted."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure

from rnncore.experiments.finding import Finding
from rnncore.functional.cells import RNNState, init_rnn_params
from rnncore.functional.sequence import init_readout_params
from rnncore.lab.plots import plot_bars
from rnncore.lab.training import to_tensor, train, use_threads
from rnncore.tasks.temporal_xor import temporal_xor

_CHANCE = 0.25


@dataclass(frozen=True)
class TemporalXOR(Finding):
    """The error of predicting each bit of the stream from those before it."""

    claim: ClassVar[str] = "The error dips at every third bit, and nowhere else."
    reference: ClassVar[str] = "Elman, Finding Structure in Time (1990), figure 3"
    band: ClassVar[str] = (
        "mean squared error at most 0.05 at every third bit, at least 0.2 at every other"
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

    @property
    def holds(self) -> bool:
        return bool(np.all(self.third <= 0.05) and np.all(self.others >= 0.2))

    def rows(self) -> list[str]:
        return [
            f"seed {seed}: every third bit at most {third.max():.4f}, others at least {low:.3f}"
            for seed, third, low in zip(self.seeds, self.third, self.others.min(1), strict=True)
        ]

    def figure(self, bits: int = 12) -> Figure:
        """The error at the first bits of the stream; every third has its own colour."""
        shown = self.errors[:, : bits - 1]
        return plot_bars(
            shown,
            xlabel="bit of the stream that is predicted",
            ylabel="mean squared error",
            labels=[str(n + 2) for n in range(shown.shape[1])],
            lines={"chance": _CHANCE},
            highlight=range(1, shown.shape[1], 3),
        )


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
) -> TemporalXOR:
    """Train a small network, made of the functions that are handed in, to predict the next bit.

    Each seed draws weights and streams anew. The error is measured on 500 new streams, twice as
    long as those of the training.

    Args:
        step: `rnn_step`.
        unroll: `unroll`.
        readout: `readout`.
        seeds: one network each.
        H: the hidden size; Elman's network had two units, and saw 1,800,000 bits.
        T: the length of a stream in training.
        B: how many streams a training step sees.
        steps: how many training steps.
        progress: whether to show a bar.

    Returns:
        A `TemporalXOR` finding.
    """

    def logits(params: Any, bits: torch.Tensor) -> torch.Tensor:
        state = RNNState(torch.zeros(len(bits), H))
        hs, _, _ = unroll(step, bits[:, :-1, None], state, params[0])
        return readout(hs, params[1])[..., 0]

    def loss(params: Any, bits: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(
            logits(params, bits), bits[:, 1:]
        )

    def batches(rng: np.random.Generator) -> Iterator[np.ndarray]:
        while True:
            yield _streams(B, T, rng)

    start = time.perf_counter()
    errors = []
    for seed in seeds:
        fresh = np.random.default_rng([seed, 1])
        params = (init_rnn_params(1, H, fresh), init_readout_params(H, 1, fresh))
        run = train(
            loss,
            params,
            batches,
            steps=steps,
            seed=seed,
            device="cpu",
            progress=progress,
            description=f"seed {seed}",
        )
        bits = to_tensor(_streams(500, 2 * T, fresh))
        with torch.no_grad(), use_threads(1):
            guesses = torch.sigmoid(logits(run.params, bits))
        errors.append(torch.mean((guesses - bits[:, 1:]) ** 2, dim=0).numpy())
    return TemporalXOR(tuple(seeds), time.perf_counter() - start, np.array(errors))


def _streams(B: int, T: int, rng: np.random.Generator) -> np.ndarray:
    return np.array([temporal_xor(T, rng) for _ in range(B)])
