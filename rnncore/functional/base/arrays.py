"""Arrays of any library, and shapes in signatures."""

from typing import Any

from array_api_compat import array_namespace, device
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


def require_shape(name: str, array: Array, expected: tuple[int | str, ...]) -> None:
    """Check a shape at the door, so that a mistake is named where it was made.

    Args:
        name: what the array is called in the message.
        array: any array.
        expected: the shape; a string stands for a size that may be anything, such as `"B"`.

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
    """Join arrays along an axis that they have."""
    return array_namespace(*arrays).concat(arrays, axis=axis)
