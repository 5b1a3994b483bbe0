"""Comparing gradients with central finite differences."""

from collections.abc import Callable
from typing import Any

import numpy as np

Loss = Callable[[dict[Any, np.ndarray]], float]
"""`loss(arrays)`, a number that depends on arrays, which it finds by name."""


def central_difference(
    loss: Loss, arrays: dict[Any, np.ndarray], name: Any, index: tuple[int, ...], eps: float = 1e-5
) -> float:
    """How fast a loss changes with one entry of one array, without deriving anything.

        dL/dw ≈ (L(w + eps) - L(w - eps)) / (2 eps)

    Args:
        loss: a function; `loss(arrays)` is a number.
        arrays: what the loss depends on, by name; NumPy arrays in float64. The entry may be moved
            in place if its old value is put back; afterwards all is as it was.
        name: the name of the array in which an entry is moved.
        index: which entry w of it, such as `(0, 2)`.
        eps: how far the entry is moved up, and then down.

    Returns:
        The slope, a number.

    Reference: CS231n, Gradient checks, cs231n.github.io/neural-networks-3.
    """
    array = arrays[name]
    kept = array[index]
    try:
        array[index] = kept + eps
        above = loss(arrays)
        array[index] = kept - eps
        below = loss(arrays)
    finally:
        array[index] = kept
    return (above - below) / (2.0 * eps)


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
    loss: Loss,
    arrays: dict[Any, np.ndarray],
    gradients: dict[Any, np.ndarray],
    eps: float = 1e-5,
) -> dict[Any, float]:
    """Compare analytic gradients with central differences.

    For each array, `central_difference` at every entry makes a gradient of the array's shape; its
    `relative_error` with the claimed gradient is the result.

    Args:
        loss: a function; `loss(arrays)` is a number.
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
    errors = {}
    for name, array in arrays.items():
        if array.dtype != np.float64:
            raise ValueError(
                f"{name} must be float64, or the check drowns in rounding; got {array.dtype}"
            )
        got = np.shape(gradients[name])
        if got != array.shape:
            raise ValueError(f"the gradient of {name} must be {array.shape}; got {got}")
        differences = np.zeros_like(array)
        for index in np.ndindex(*array.shape):
            differences[index] = central_difference(loss, arrays, name, index, eps)
        errors[name] = relative_error(gradients[name], differences)
    return errors
