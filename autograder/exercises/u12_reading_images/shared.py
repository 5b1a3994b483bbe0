"""Inputs and oracles of CTC that several exercises of Unit 12 share."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import torch

from rnncore.functional.base import log_softmax

K = 4
"""Classes, the blank among them."""


def draw_problem(
    rng: np.random.Generator, lengths: Sequence[int], counts: Sequence[int], scale: float = 1.5
) -> tuple[np.ndarray, np.ndarray, list[int], list[int]]:
    """Log-probabilities, labels of which no two neighbours are equal, steps and numbers of labels."""
    B, T, L = len(lengths), max(lengths), max(counts)
    steps = rng.integers(1, K - 1, size=(B, L))
    targets = (rng.integers(0, K - 1, size=(B, 1)) + np.cumsum(steps, axis=1)) % (K - 1) + 1
    return log_softmax(scale * rng.normal(size=(B, T, K))), targets, list(lengths), list(counts)


def torch_ctc(log_probs: np.ndarray, targets: np.ndarray, lengths: Sequence[int], counts: Sequence[int]) -> np.ndarray:
    """The oracle: torch's CTC loss of each row."""
    given = torch.tensor(log_probs).transpose(0, 1), torch.tensor(targets), torch.tensor(lengths), torch.tensor(counts)
    return torch.nn.functional.ctc_loss(*given, reduction="none").numpy()


def all_paths(log_probs: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of all labels that can be written, over all paths, one by one."""
    total: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        labels = collapse(path)
        total[labels] = total.get(labels, 0.0) + math.exp(sum(log_probs[t, k] for t, k in enumerate(path)))
    return total


def collapse(path: Sequence[int]) -> tuple[int, ...]:
    """Runs of equal classes, and of these the labels."""
    return tuple(k for k, _ in itertools.groupby(path) if k != 0)
