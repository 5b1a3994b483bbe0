"""Networks, and a linear model, that forecast from windows, for the experiments on series."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from rnncore.experiments.batches import shuffled_rows
from rnncore.lab.training import seeded, to_tensor, train
from rnncore.nn import GRU, LSTM, RNN
from rnncore.nn.models import Forecaster

CELLS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
"""The layers that experiments compare."""


def fit_windows(
    cell: str,
    inputs: np.ndarray,
    targets: np.ndarray,
    seed: int,
    *,
    H: int,
    steps: int,
    B: int = 32,
    learning_rate: float = 1e-2,
    weight_decay: float = 1e-3,
    device: torch.device,
) -> Callable[[np.ndarray], np.ndarray]:
    """Train a network to forecast the values after a window, relative to its last value.

    Both the window and the forecast are taken relative to the last value known, so that a level
    that was never seen in training is no obstacle.

    Args:
        cell: the name of one of `CELLS`.
        inputs: M windows of L values, (M, L), scaled.
        targets: the h values after each, (M, h).
        seed: of weights and order.
        H: the hidden size.
        steps: training steps, each on B windows.
        B: windows in a training step.
        learning_rate: the greatest step size.
        weight_decay: see `train`.
        device: where to train.

    Returns:
        From windows (M, L) the forecasts (M, h).
    """
    rng = np.random.default_rng([seed, 0])

    def centred(inputs: np.ndarray) -> tuple[Tensor, np.ndarray]:
        last = inputs[:, -1:]
        return to_tensor((inputs - last)[:, :, None], device), last

    xs, last = centred(inputs)
    ys = to_tensor(targets - last, device)
    with seeded(seed):
        training = train(
            lambda model, batch: mse_loss(model(batch[0]), batch[1]),
            Forecaster(targets.shape[1], CELLS[cell](1, H, batch_first=True)),
            ((xs[rows], ys[rows]) for rows in shuffled_rows(len(xs), B, rng)),
            steps=steps,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            device=device,
        )

    @torch.no_grad()
    def forecast(inputs: np.ndarray) -> np.ndarray:
        xs, last = centred(inputs)
        return training.model(xs).cpu().numpy() + last

    return forecast


def fit_linear_windows(
    inputs: np.ndarray, targets: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Fit a linear model to what the networks get: windows and targets relative to the last value.

    Args:
        inputs: M windows of L values, (M, L).
        targets: the h values after each, (M, h).

    Returns:
        From windows (M, L) the forecasts (M, h).
    """

    def design(inputs: np.ndarray) -> np.ndarray:
        return np.column_stack([inputs[:, :-1] - inputs[:, -1:], np.ones(len(inputs))])

    weights = np.linalg.lstsq(design(inputs), targets - inputs[:, -1:])[0]
    return lambda inputs: design(inputs) @ weights + inputs[:, -1:]
