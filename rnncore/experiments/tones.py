"""Digits spoken in pairs of tones, written down by CTC, at more and more noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Claim, Span, every_seed
from rnncore.experiments.curves import Curves, measure_seeds
from rnncore.experiments.registry import experiment
from rnncore.functional.decoding import ctc_collapse, ctc_loss
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.training import to_device, train
from rnncore.nn import LSTM
from rnncore.nn.models import Transcriber
from rnncore.tasks.tones import N_CLASSES, N_FEATURES, tone_strings


@dataclass(frozen=True)
class Tones(Curves):
    """Share of new strings transcribed without a mistake, by the noise."""

    claim: ClassVar[Claim] = Claim(
        "CTC teaches a bidirectional LSTM to write down what it hears from the strings alone, "
        "though nobody says when each digit is spoken.",
        reference=(
            "Graves, Fernández, Gomez and Schmidhuber, Connectionist Temporal Classification "
            "(2006), doi:10.1145/1143844.1143891"
        ),
        published="none for tones; the reference writes down the phonemes of speech",
        bands=(every_seed("BiLSTM + CTC", span=Span("noises", high=0.3), at_least=0.9),),
    )
    """From 3 seeds (0-2), the band set after seed 0: at least 0.99 up to noise 0.3, 0.95 at 0.5."""

    xlabel: ClassVar[str] = "noise, standard deviation"
    ylabel: ClassVar[str] = "strings without a mistake"

    trained: tuple[Transcriber, ...] = ()
    """The networks, one for each seed; they take what `scaled` gives."""


def scaled(spectra: np.ndarray) -> np.ndarray:
    """Spectra of about zero mean and unit variance.

    Args:
        spectra: as `spectrum` and `tone_strings` give them, (..., 24).

    Returns:
        The same, shifted and scaled.
    """
    return (spectra - 2.0) / 2.5


@experiment("tones", ctc_loss, ctc_collapse)
def measure_tones(
    ctc_loss: Callable[..., Any],
    ctc_collapse: Callable[..., list[int]],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    steps: int = 300,
    noises: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5),
    H: int = 64,
    B: int = 16,
    N: int = 200,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> Tones:
    """Train with all noises, and write down new strings at each.

    Args:
        ctc_loss: `ctc_loss(log_probs, targets, lengths, target_lengths)`, by which it is trained.
        ctc_collapse: makes labels of a path.
        seeds: each draws its own weights and strings.
        steps: training steps, each on B strings with the same noise.
        noises: the standard deviations to measure at; the training draws from their range. A tone's
            height is 0.5 to 1.
        H: the hidden size of each direction.
        B: strings in a training step.
        N: strings in the test at each noise.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Tones` finding.
    """

    place = pick_device(device, recurrent_work(B, N_FEATURES, H, gates=4))
    trained: list[Transcriber] = []

    def loss(model: Transcriber, batch: tuple[Tensor, ...]) -> Tensor:
        xs, lengths, labels, counts = batch
        log_probs, steps = model(xs, lengths)
        return ctc_loss(log_probs, labels, steps, counts).mean()

    def run(seed: int) -> dict[str, list[float]]:
        layer = LSTM(N_FEATURES, H, batch_first=True, bidirectional=True)
        rng = np.random.default_rng([seed, 0])
        training = train(
            loss,
            Transcriber(N_CLASSES, layer),
            endless(lambda: _scaled_tones(B, rng, rng.uniform(min(noises), max(noises)))),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        trained.append(training.model)
        rng = np.random.default_rng([seed, 1])
        tests = (to_device(_scaled_tones(N, rng, noise), place) for noise in noises)
        return {"BiLSTM + CTC": [_exact(training.model, test, ctc_collapse) for test in tests]}

    curves = measure_seeds(run, seeds)
    found = Tones(tuple(seeds), tuple(noises), curves, device=device_name(place))
    return replace(found, trained=tuple(trained))


def _scaled_tones(B: int, rng: np.random.Generator, noise: float) -> tuple[np.ndarray, ...]:
    """Scaled spectra, their lengths, labels, numbers of labels."""
    features, *others = tone_strings(B, rng, noise=noise)
    return scaled(features), *others


@torch.no_grad()
def _exact(
    model: Transcriber, batch: tuple[Tensor, ...], ctc_collapse: Callable[..., list[int]]
) -> float:
    """How many strings are right along the best path."""
    xs, lengths, labels, counts = batch
    log_probs, steps = model(xs, lengths)
    paths, truth = log_probs.argmax(dim=2).cpu().numpy(), labels.tolist()
    right = [
        ctc_collapse(path[: int(T)]) == true[: int(n)]
        for path, T, true, n in zip(paths, steps, truth, counts, strict=True)
    ]
    return float(np.mean(right))
