"""Moving and stretching a series, by what its training part tells."""

from typing import NamedTuple

import numpy as np


class Scaler(NamedTuple):
    """Moves and stretches each feature."""

    mean: np.ndarray
    """(F,)."""
    std: np.ndarray
    """(F,), never 0."""

    def scale(self, series: np.ndarray) -> np.ndarray:
        """To mean 0 and standard deviation 1 in the part that was measured; (..., F)."""
        return (series - self.mean) / self.std

    def unscale(self, series: np.ndarray) -> np.ndarray:
        """Back to the units of the series; (..., F)."""
        return series * self.std + self.mean


def train_only_scaler(series: np.ndarray, n_train: int) -> Scaler:
    """Measure mean and standard deviation on the first steps, those that are trained on.

        mean = Σ_t x_t / n_train,   std² = Σ_t (x_t - mean)² / n_train,   t < n_train

    Measured on the whole series they would tell the model about its future.

    Args:
        series: (N, F).
        n_train: how many steps belong to the training part, from 1 to N.

    Returns:
        `Scaler(mean, std)`, each (F,). A feature that never changes in the training part keeps its
        size: its std is 1.

    Raises:
        ValueError: if the series is not (N, F), or has no such part.
    """
    if series.ndim != 2:
        raise ValueError(f"series must be (N, F); got {series.shape}")
    if not 1 <= n_train <= len(series):
        raise ValueError(f"n_train must be from 1 to {len(series)}; got {n_train}")
    known = series[:n_train]
    constant = known.max(axis=0) == known.min(axis=0)  # the std of many 0.1 is 1e-17, and not 0
    return Scaler(known.mean(axis=0), np.where(constant, 1.0, known.std(axis=0)))
