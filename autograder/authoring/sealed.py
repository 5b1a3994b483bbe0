"""Functions that can be called but not read at a glance: answers of units that somebody still works on.

Their text is compressed. That keeps honest readers from seeing an answer by accident; it is no secret, since whoever
wants to can unpack it. Students get this file as `rnncore.sealed`.
"""

import base64
import zlib
from collections.abc import Callable
from typing import Any


def seal(source: str) -> str:
    """The sealed form of the text of a function."""
    return base64.b85encode(zlib.compress(source.encode(), 9)).decode()


def sealed(form: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a signature with the function whose text is sealed in `form`."""

    def open_seal(signature: Callable[..., Any]) -> Callable[..., Any]:
        source = zlib.decompress(base64.b85decode(form))
        made: dict[str, Callable[..., Any]] = {}
        exec(compile(source, "<sealed>", "exec", dont_inherit=True), signature.__globals__, made)
        function = made[signature.__name__]
        function.__doc__ = signature.__doc__
        return function

    return open_seal
