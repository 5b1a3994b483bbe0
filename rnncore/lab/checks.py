"""Visible checks: they say what is right in one line, or what is off and where to look."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import numpy as np
import torch

from rnncore.functional.learning import gradient_check
from rnncore.lab.notebook import prepare_notebook

prepare_notebook()


def expect_shape(name: str, array: Any, shape: tuple[int, ...]) -> None:
    """Check that a result is an array of the right shape.

    Args:
        name: what the result is called, such as `"rnn_step: h"`.
        array: the result.
        shape: the shape it must have.

    Raises:
        AssertionError: if it is no array, or has another shape.
    """
    if not hasattr(array, "shape"):
        raise AssertionError(f"{name} must be an array; got {_kind(array)}")
    got = tuple(array.shape)
    if got == shape:
        print(f"{name}: shape {shape}, as it should be")
        return
    message = f"{name} must have shape {shape}; got {got}."
    if len(got) != len(shape):
        message += f" It has {len(got)} axes instead of {len(shape)}."
    elif sorted(got) == sorted(shape):
        message += (
            " The sizes are right, but on the wrong axes: a transpose, or another axis meant in "
            "stack or in a loop?"
        )
    else:
        axes = [axis for axis, (a, b) in enumerate(zip(got, shape, strict=True)) if a != b]
        message += f" Look at axis {', '.join(map(str, axes))}."
    raise AssertionError(message)


def expect_kind(name: str, value: Any, kind: type) -> None:
    """Check that a result has the right type.

    Args:
        name: what the result is called, such as `"the new state"`.
        value: the result.
        kind: the type it must have, such as `RNNState`.

    Raises:
        AssertionError: if it has another.
    """
    if not isinstance(value, kind):
        got = type(value).__name__
        raise AssertionError(f"{name} must be of type {kind.__name__}; got {got}")
    print(f"{name}: of type {kind.__name__}")


def expect_close(
    name: str, got: Any, expected: Any, hint: str = "", tolerance: float = 1e-8
) -> None:
    """Check that a result has the right values.

    Args:
        name: what the result is called.
        got: a number or an array, of NumPy or torch.
        expected: what it must be.
        hint: where to look if it is not.
        tolerance: the greatest difference that still counts as equal, relative to the greatest
            expected value, or to 0.001 where that is less.

    Raises:
        AssertionError: with the place of the greatest difference, and the hint.
    """
    if not hasattr(got, "shape") and not isinstance(got, int | float):
        raise AssertionError(f"{name} must be a number or an array; got {_kind(got)}")
    if getattr(got, "dtype", None) == np.dtype(object):
        raise AssertionError(f"{name} must hold numbers; got an array of dtype object")
    a, b = _as_numpy(got), _as_numpy(expected)
    if a.shape != b.shape:
        raise AssertionError(f"{name} must have shape {b.shape}; got {a.shape}. {hint}".rstrip())
    if not np.all(np.isfinite(a)):
        raise AssertionError(f"{name} holds values that are not finite. {hint}".rstrip())
    difference = np.abs(a - b)
    scale = max(1e-3, float(np.max(np.abs(b), initial=0.0)))
    wrong = int(np.sum(difference > tolerance * scale))
    dtype = str(getattr(got, "dtype", ""))
    if wrong and dtype.endswith(("float32", "float16")) and np.max(difference) <= 1e-5 * scale:
        raise AssertionError(f"{name} is {dtype}; keep the dtype of the inputs, float64")
    if wrong:
        where = tuple(int(i) for i in np.unravel_index(np.argmax(difference), a.shape))
        place = f" {wrong} of {a.size} entries differ, most at index {where}:" if a.size > 1 else ""
        digits = 6 if difference[where] > 1e-4 * scale else 12
        values = f"expected {b[where]:.{digits}g}, got {a[where]:.{digits}g}"
        message = f"{name} is off.{place} {values}. {hint}"
        raise AssertionError(message.rstrip())
    print(f"{name}: values agree")


def expect_equal(name: str, got: Any, expected: Any, hint: str = "") -> None:
    """Check that a result is exactly what it must be: a text, a whole number, a list of them.

    Args:
        name: what the result is called.
        got: the result.
        expected: what it must be.
        hint: where to look if it is not.

    Raises:
        AssertionError: with the first place where a list differs, and the hint.
    """
    if isinstance(expected, list) and not isinstance(got, list):
        raise AssertionError(f"{name} must be a list; got {_kind(got)}. {hint}".rstrip())
    if got == expected:
        print(f"{name}: as expected")
        return
    if not isinstance(expected, list):
        raise AssertionError(f"{name} must be {expected!r}; got {got!r}. {hint}".rstrip())
    pairs = zip_longest(map(repr, got), map(repr, expected), fillvalue="nothing")
    index, (a, b) = next((n, pair) for n, pair in enumerate(pairs) if pair[0] != pair[1])
    message = f"{name}: at index {index} expected {b}, got {a}"
    if len(got) != len(expected):
        message += f" (expected {len(expected)} in all, got {len(got)})"
    raise AssertionError(f"{message}. {hint}".rstrip())


@contextmanager
def expect_unchanged(name: str, **values: Any) -> Iterator[None]:
    """Check that the code in the block leaves its inputs as they were.

        with expect_unchanged("rnn_step", x=x, state=state):
            rnn_step(x, state, params)

    Args:
        name: what the code is called.
        values: arrays, numbers, or tuples and lists of them, by the names the message uses.

    Raises:
        AssertionError: if one of them was changed in place.
    """
    before = {key: _copies(value) for key, value in values.items()}
    yield
    for key, value in values.items():
        old, new = before[key], _copies(value)
        if len(old) != len(new) or not all(map(_equal, old, new)):
            raise AssertionError(
                f"{name} changed its argument {key} in place. Make a new array instead: "
                f"write a = a + b, not a += b or a[...] = b."
            )
    print(f"{name}: leaves its arguments as they were")


def expect_error(name: str, kind: type[Exception], function: Callable[[], Any]) -> None:
    """Check that bad input is refused.

    Args:
        name: what is tried, such as `"unroll without a step"`.
        kind: the exception that must be raised.
        function: does what must be refused.

    Raises:
        AssertionError: if nothing is raised, or something else.
    """
    try:
        function()
    except kind as error:
        print(f"{name}: refused, {kind.__name__}: {error}")
        return
    except Exception as error:
        message = f"{name} must raise {kind.__name__}; it raised {type(error).__name__}: {error}"
        raise AssertionError(message) from error
    raise AssertionError(f"{name} must raise {kind.__name__}; it raised nothing")


def on_torch(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a function on torch tensors that ask for gradients, as training does.

    Args:
        function: what is tried.
        arguments: its arguments. NumPy arrays become tensors, alone or as parts of tuples;
            whole numbers and masks ask for no gradient, everything else is handed on as it is.

    Returns:
        What the function returns.

    Raises:
        AssertionError: if it stops. torch's own message, which advises to leave torch, is only
            the cause.
    """
    name = getattr(function, "func", function).__name__  # a partial has none of its own
    tensors = [*map(_as_tensors, arguments)]
    try:
        return function(*tensors)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise AssertionError(
            f"{name} works on NumPy arrays, but stops on the torch tensors that "
            f"training uses ({type(error).__name__}). Use `@`, `tanh`, `stack`, `concat` and "
            f"methods such as `a.sum(axis=0)` rather than functions of `np`, and collect in a "
            f"list, not in an array made beforehand."
        ) from error


def expect_gradients(
    name: str,
    loss: Callable[[], float],
    arrays: dict[str, np.ndarray],
    gradients: dict[str, np.ndarray],
    tolerance: float = 1e-6,
) -> None:
    """Check derived gradients against finite differences, and print a line for each.

    Args:
        name: what computed the gradients.
        loss: computes the loss from the current content of the arrays.
        arrays: what the loss depends on, by name; NumPy arrays in float64.
        gradients: what is claimed of dL/d(array), by the same names.
        tolerance: the greatest relative error of a right gradient.

    Raises:
        AssertionError: naming the gradients that are off.
    """
    errors = gradient_check(lambda _: loss(), arrays, gradients)
    width = max(map(len, errors))
    print(f"{name}: relative error of each gradient, at most {tolerance:.0e} allowed")
    wrong = [key for key, error in errors.items() if not error <= tolerance]
    for key, error in errors.items():
        print(f"  {key:<{width}}  {error:.1e}  {'off' if key in wrong else 'agrees'}")
    if wrong:
        right = [key for key in errors if key not in wrong]
        message = f"{name}: wrong gradient for {', '.join(wrong)}."
        if right:
            message += f" Right: {', '.join(right)}; look at the terms the wrong ones do not share."
        else:
            message += (
                " All are off: look at what they share, the first lines of the backward step."
            )
        raise AssertionError(message)


def _kind(value: Any) -> str:
    if value is None:
        return "None; is a return missing?"
    return f"{type(value).__name__}"


def _as_tensors(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.tensor(value, requires_grad=value.dtype.kind == "f")
    if isinstance(value, tuple):
        parts = map(_as_tensors, value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def _as_numpy(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value, dtype=float)


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def _copies(value: Any) -> list[np.ndarray]:
    if isinstance(value, tuple | list):
        return [array for part in value for array in _copies(part)]
    return [_as_numpy(value).copy()]
