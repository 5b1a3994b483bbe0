"""Checks of dtypes."""

from rnncore.functional.base.arrays import Array, array_namespace

_KINDS = {
    "integral": "whole numbers",
    "real floating": "real numbers",
    "bool": "true and false",
}


def require_kind(name: str, array: Array, kind: str) -> None:
    """Check that an array holds numbers of the right kind, of any width.

    Args:
        name: the array's name in the message.
        array: any array.
        kind: `"integral"`, `"real floating"` or `"bool"`.

    Raises:
        ValueError: with the expected and the given dtype.
    """
    if not array_namespace(array).isdtype(array.dtype, kind):
        raise ValueError(f"{name} must be {_KINDS[kind]}; got {array.dtype}")
