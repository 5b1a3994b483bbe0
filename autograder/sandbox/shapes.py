"""Holds the arguments of a given function against the shapes in its signature.

Without it NumPy would broadcast what does not fit, and a small question could have an answer of gigabytes.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import numpy as np

_KINDS = {"Float": "fiu", "Int": "iu", "Bool": "b"}
_hints = functools.lru_cache(maxsize=256)(get_type_hints)
_signature = functools.lru_cache(maxsize=256)(inspect.signature)


def require_shapes(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Check that arguments have the axes that jaxtyping's annotations name, each name with one size.

    Args:
        function: what is asked; one without such annotations takes anything.
        args: its positional arguments.
        kwargs: its keyword arguments.

    Raises:
        ValueError: which names the argument, its axes and what came.
        TypeError: if the function does not take such arguments.
    """
    # A partial function and an object that can be called have their annotations elsewhere.
    is_routine = inspect.isroutine(function)
    hints = _hints(function if is_routine else getattr(function, "func", function.__call__))
    signature = _signature(function) if is_routine else inspect.signature(function)
    sizes: dict[str, Any] = {}
    arrays = []
    for name, value in signature.bind(*args, **kwargs).arguments.items():
        if _is_shape(hints.get(name)):
            arrays.append((name, hints[name], value))
        elif hints.get(name, Any) is Any:
            _require_own(name, value)
        else:
            arrays += _inside(name, value)
    _require(arrays, sizes)


def _require_own(name: str, value: Any) -> None:
    """Check a value whose type the signature leaves open by itself, since its axes may be others of the same names."""
    if hasattr(value, "_fields"):
        _require(list(_inside(name, value)), {})
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            _require_own(f"{name}[{number}]", part)


def _inside(name: str, value: Any) -> Iterator[tuple[str, Any, Any]]:
    """The arrays in a named tuple, with their names and annotations."""
    for field in getattr(value, "_fields", ()):
        part, hint = getattr(value, field), _hints(type(value)).get(field)
        if _is_shape(hint):
            yield f"{name}.{field}", hint, part
        else:
            yield from _inside(f"{name}.{field}", part)


def _is_shape(hint: Any) -> bool:
    return isinstance(getattr(hint, "dim_str", None), str)


def _require(arrays: list[tuple[str, Any, Any]], sizes: dict[str, Any]) -> None:
    # What is computed from other sizes comes last.
    for name, hint, array in sorted(arrays, key=lambda item: not item[1].dim_str.replace(" ", "").isidentifier()):
        axes = hint.dim_str.split()
        shape = array.shape if isinstance(array, np.ndarray) else None
        kinds = next((kinds for kind, kinds in _KINDS.items() if hint.__name__.startswith(kind)), "biufc")
        if shape is None or array.dtype.kind not in kinds or not _fits(axes, shape, sizes):
            known = ", ".join(f"{axis} = {size}" for axis, size in sizes.items() if axis in " ".join(axes))
            came = f"an array of shape {shape} and {array.dtype}" if shape is not None else type(array).__name__
            raise ValueError(
                f"{name} must be an array ({', '.join(axes)}){f' with {known}' if known else ''} here; got {came}"
            )


def _fits(axes: list[str], shape: tuple[int, ...], sizes: dict[str, Any]) -> bool:
    """Whether a shape has these axes; notes the sizes of those that are new."""
    if axes and axes[0].startswith("*"):
        leading = len(shape) - len(axes) + 1
        if leading < 0 or sizes.setdefault(axes[0], shape[:leading]) != shape[:leading]:
            return False
        axes, shape = axes[1:], shape[leading:]
    return len(axes) == len(shape) and all(_is_size(axis, size, sizes) for axis, size in zip(axes, shape, strict=True))


def _is_size(axis: str, size: int, sizes: dict[str, Any]) -> bool:
    """Whether an axis may have a size, where it is called `H`, `4H`, `H+D` or `3`."""
    if axis.startswith("#") or (whole := re.fullmatch(r"(\d*)(\w*)", axis)) is None:
        terms = axis.split("+")
        if not all(term in sizes or term.isdigit() for term in terms):
            return True
        return size == sum(int(sizes.get(term, term)) for term in terms)
    times, name = int(whole[1] or 1), whole[2]
    if not name:
        return size == times
    return size % times == 0 and sizes.setdefault(name, size // times) == size // times
