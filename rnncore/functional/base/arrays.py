"""Arrays of any library, and shapes in signatures."""

from typing import Any

import array_api_compat.numpy
import numpy as np
from array_api_compat import device
from jaxtyping import Float

Array = Any
"""An array of any library that follows the array API: `numpy.ndarray`, `torch.Tensor`."""

__all__ = [
    "Array",
    "Float",
    "array_namespace",
    "concat",
    "require_shape",
    "stack",
    "zeros",
    "zeros_like",
]

_NUMPY_ALONE = {np.ndarray}


def array_namespace(*arrays: Array) -> Any:
    """The library of some arrays: a module with the functions of the array API, such as `exp`.

    It is what `array_api_compat.array_namespace` says, which takes longer: a cell asks this
    several times a step.

    Raises:
        TypeError: if they are no arrays, or of different libraries.
    """
    if set(map(type, arrays)) == _NUMPY_ALONE:
        return array_api_compat.numpy
    return array_api_compat.array_namespace(*arrays)


def require_shape(name: str, array: Array, expected: tuple[int | str, ...]) -> None:
    """Check the shape of an argument.

    Args:
        name: the array's name in the message.
        array: any array.
        expected: the shape; a string, such as `"B"`, stands for any size.

    Raises:
        ValueError: with the expected and the given shape.
    """
    got = tuple(array.shape)
    fits = len(got) == len(expected) and all(
        isinstance(want, str) or size == want for size, want in zip(got, expected, strict=True)
    )
    if not fits:
        wanted = ", ".join(str(size) for size in expected) + ("," if len(expected) == 1 else "")
        raise ValueError(f"{name} must be ({wanted}); got {got}")


def zeros(shape: tuple[int, ...], like: Array) -> Array:
    """Zeros of a given shape, in the library, dtype and device of `like`."""
    return array_namespace(like).zeros(shape, dtype=like.dtype, device=device(like))


def zeros_like(array: Array) -> Array:
    """Zeros of the shape, library, dtype and device of `array`."""
    return zeros(tuple(array.shape), array)


def stack(arrays: list[Array], axis: int = 0) -> Array:
    """Join arrays along a new axis: T arrays (B, H) become (B, T, H) with `axis=1`."""
    return array_namespace(*arrays).stack(arrays, axis=axis)


def concat(arrays: list[Array], axis: int = 0) -> Array:
    """Join arrays along an existing axis."""
    return array_namespace(*arrays).concat(arrays, axis=axis)
