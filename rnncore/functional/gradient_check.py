"""Comparing gradients with central finite differences."""

from collections.abc import Callable
from typing import Any

import numpy as np


def numerical_gradient(
    loss: Callable[[], float], array: np.ndarray, eps: float = 1e-5
) -> np.ndarray:
    """The gradient of a loss with respect to an array, one entry at a time.

        dL/dw ≈ (L(w + eps) - L(w - eps)) / (2 eps)

    Args:
        loss: computes the loss from the current content of `array`.
        array: float64; every entry is moved and put back.
        eps: how far an entry is moved.

    Returns:
        An array of the same shape.
    """
    gradient = np.zeros_like(array)
    for index in np.ndindex(*array.shape):
        kept = array[index]
        array[index] = kept + eps
        above = loss()
        array[index] = kept - eps
        below = loss()
        array[index] = kept
        gradient[index] = (above - below) / (2.0 * eps)
    return gradient


def relative_error(a: Any, b: Any) -> float:
    """The greatest difference of two arrays, relative to their greatest entry.

        max|a - b| / max(|a|, |b|)

    Zero where both are zero everywhere; NaN in either gives NaN.

    Args:
        a: an array of any library, or numbers.
        b: what it is compared with, of the same shape.

    Returns:
        The error, 0 for arrays without entries.

    Raises:
        ValueError: if the shapes differ.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"arrays to compare must have one shape; got {a.shape} and {b.shape}")
    if a.size == 0:
        return 0.0
    scale = max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
    return float(np.max(np.abs(a - b))) / scale if scale else 0.0


def gradient_check(
    loss: Callable[[], float],
    arrays: dict[str, np.ndarray],
    gradients: dict[str, np.ndarray],
    eps: float = 1e-5,
) -> dict[str, float]:
    """Compare gradients that somebody derived with gradients that nobody had to derive.

    Args:
        loss: computes the loss from the current content of the arrays.
        arrays: what the loss depends on, by name; NumPy arrays in float64.
        gradients: what is claimed of dL/d(array), by the same names.
        eps: how far an entry is moved.

    Returns:
        The relative error by name. In float64 a right gradient comes out below 1e-6, mostly below
        1e-8.

    Raises:
        ValueError: if the names differ, an array is not float64, or a gradient does not have its
            array's shape.

    Reference: CS231n, Gradient checks, cs231n.github.io/neural-networks-3.
    """
    if arrays.keys() != gradients.keys():
        raise ValueError(f"gradients are needed for {sorted(arrays)}; got {sorted(gradients)}")
    for name, array in arrays.items():
        if array.dtype != np.float64:
            raise ValueError(
                f"{name} must be float64, or the check drowns in rounding; got {array.dtype}"
            )
        got = np.shape(gradients[name])
        if got != array.shape:
            raise ValueError(f"the gradient of {name} must be {array.shape}; got {got}")
    return {
        name: relative_error(gradients[name], numerical_gradient(loss, array, eps))
        for name, array in arrays.items()
    }
