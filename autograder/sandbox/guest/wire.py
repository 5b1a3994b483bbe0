"""Plain values on a socket: the only thing that crosses the wall of the sandbox.

A frame is eight bytes of sizes, a JSON text and the raw bytes of its arrays. Numbers, strings, tuples, lists,
dictionaries, arrays and the named tuples of rnncore have a form; anything else arrives as an `Opaque` that says only
what type it was. Nothing is ever unpickled, and a reader states how much it is willing to read.
"""

import importlib
import json
import math
import pkgutil
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncore import functional
from rnncore.tasks import windows

MAX_FRAME = 8 * 2**20
MAX_DEPTH = 32
MAX_ITEMS = 200_000
DTYPES = {
    code: (np.dtype(code).newbyteorder("<"), np.dtype(code))
    for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
}
"""What arrays may be made of, on the wire, where numbers begin with their smallest part, and in this process."""

_FUNCTIONAL = [module.name for module in pkgutil.walk_packages(functional.__path__, f"{functional.__name__}.")]
NAMED = {
    name: kind
    for module in (*map(importlib.import_module, _FUNCTIONAL), windows)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, tuple)
}
"""The named tuples of rnncore, which keep their names on the wire; inside, those that students have."""

_CODES = {dtype: code for code, pair in DTYPES.items() for dtype in (*pair, pair[0].newbyteorder(">"))}
_HEADER = struct.Struct(">II")


class WireError(Exception):
    """The other side is gone, too slow, too loud, or does not keep to the protocol."""


class TimedOut(WireError):
    """Nothing arrived in time."""


class TooLarge(WireError):
    """A message is larger than what is read."""


class Closed(WireError):
    """The other side has closed the connection, as it does when its process ends."""


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is not plain."""

    type: str


@dataclass(frozen=True)
class Callback:
    """Stands for a function that lives on the other side."""

    id: int


class Encoder:
    """Turns values into JSON and a list of buffers."""

    def __init__(
        self,
        callback: Callable[[Callable[..., Any]], int | None] | None = None,
        tensors: type | None = None,
    ):
        """
        Args:
            callback: gives a function that is met among the values its number; without it, or without a number,
                functions are opaque.
            tensors: the class of torch's tensors, where torch is at hand.
        """
        self.buffers: list[bytes] = []
        self._callback = callback
        self._tensors = tensors

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The JSON form of a value; the bytes of arrays are put into `buffers`."""
        if depth > MAX_DEPTH:
            return {"t": "opaque", "v": "value nested too deeply"}
        kind = type(value)
        if value is None or kind in (bool, int, str, float):
            return value
        if isinstance(value, np.generic):
            return self._array(np.asarray(value), "scalar")
        if isinstance(value, np.ndarray):
            return self._array(value, "array")
        if self._tensors is not None and kind is self._tensors:
            return self._array(value.detach().cpu().numpy(), "tensor")
        if kind is list or kind is tuple:
            items = [self.encode(item, depth + 1) for item in value]
            return {"t": kind.__name__, "v": items}
        fields = getattr(kind, "_fields", None)
        if isinstance(value, tuple) and isinstance(fields, tuple):
            items = [self.encode(item, depth + 1) for item in value]
            return {"t": "named", "name": kind.__name__, "fields": list(map(str, fields)), "v": items}
        if isinstance(value, dict) and kind is dict:
            pairs = [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items()]
            return {"t": "dict", "v": pairs}
        number = self._callback(value) if self._callback is not None and callable(value) else None
        if number is not None:
            return {"t": "callback", "v": number}
        return {"t": "opaque", "v": kind.__name__[:80]}

    def _array(self, array: np.ndarray, tag: str) -> Any:
        code = _CODES.get(array.dtype)
        if code is None:
            return {"t": "opaque", "v": f"array of shape {array.shape} of dtype {array.dtype.name[:40]}"}
        self.buffers.append(np.asarray(array).astype(DTYPES[code][0], copy=False).tobytes())
        return {"t": tag, "dtype": code, "shape": list(array.shape), "b": len(self.buffers) - 1}


class Decoder:
    """Turns JSON and buffers from the other side into values, and believes nothing of them."""

    def __init__(
        self,
        buffers: list[bytes],
        callback: Callable[[int], Any] = Callback,
        tensor: Callable[[np.ndarray], Any] = np.asarray,
        named: Callable[[str, tuple[str, ...]], Any] | None = None,
    ):
        """
        Args:
            buffers: the raw bytes of the frame's arrays.
            callback: makes a function out of the number of one that lives on the other side.
            tensor: makes a tensor out of an array; the trusted side keeps the array.
            named: makes the class of a named tuple of which this side's rnncore knows nothing, from its name and
                fields; the trusted side keeps a tuple.
        """
        self._buffers = buffers
        self._callback = callback
        self._tensor = tensor
        self._named = named
        self._items = 0
        self._buffers_used = 0

    def decode(self, form: Any, depth: int = 0) -> Any:
        """The value of a JSON form.

        Raises:
            WireError: if it is none.
        """
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise WireError("a value is too deep or has too many parts")
        if isinstance(form, str):
            return form.encode(errors="replace").decode()
        if form is None or isinstance(form, bool | int | float):
            return form
        if not isinstance(form, dict):
            raise WireError("a value has no known form")
        match form.get("t"):
            case "array" | "scalar":
                return self._array(form)
            case "tensor":
                return self._tensor(self._array(form))
            case "list":
                return self._list(form, depth)
            case "tuple":
                return tuple(self._list(form, depth))
            case "named":
                items = self._list(form, depth)
                name = str(form.get("name"))
                kind = NAMED.get(name)
                if kind is None and self._named is not None:
                    kind = self._named(name, tuple(form["fields"]))
                fits = kind is not None and len(kind._fields) == len(items)  # pyright: ignore
                return kind(*items) if fits else tuple(items)  # pyright: ignore
            case "dict":
                return self._dict(form, depth)
            case "callback" if isinstance(form.get("v"), int):
                return self._callback(form["v"])
            case "opaque":
                return Opaque("".join(c for c in str(form.get("v"))[:80] if c.isprintable()))
        raise WireError("a value has no known form")

    def _list(self, form: dict[str, Any], depth: int) -> list[Any]:
        items = form.get("v")
        if not isinstance(items, list):
            raise WireError("a sequence has no items")
        return [self.decode(item, depth + 1) for item in items]

    def _dict(self, form: dict[str, Any], depth: int) -> dict[Any, Any]:
        pairs = form.get("v")
        if not isinstance(pairs, list):
            raise WireError("a dictionary has no items")
        result = {}
        for pair in self._list({"v": [{"t": "tuple", "v": pair} for pair in pairs]}, depth):
            if len(pair) != 2 or not isinstance(pair[0], bool | int | str | float | None):
                raise WireError("a dictionary has a key that is not plain")
            result[pair[0]] = pair[1]
        return result

    def _array(self, form: dict[str, Any]) -> np.ndarray:
        code, shape, index = form.get("dtype"), form.get("shape"), form.get("b")
        if not isinstance(code, str) or code not in DTYPES or not isinstance(shape, list) or len(shape) > MAX_DEPTH:
            raise WireError("an array has no known form")
        # Sizes of zero do not excuse the others: NumPy refuses shapes whose other sizes are too large together.
        if not all(type(size) is int and size >= 0 for size in shape) or math.prod(filter(None, shape)) > MAX_FRAME:
            raise WireError("an array lies about its shape")
        # In order and each once, so that a small message cannot ask for many copies of a large buffer.
        if type(index) is not int or index != self._buffers_used or index >= len(self._buffers):
            raise WireError("an array has no content")
        self._buffers_used += 1
        little, own = DTYPES[code]
        if math.prod(shape) * little.itemsize != len(self._buffers[index]):
            raise WireError("an array lies about its shape")
        return np.frombuffer(self._buffers[index], little).reshape(shape).astype(own)


def send(sock: socket.socket, form: Any, buffers: list[bytes] | None = None, limit: int = MAX_FRAME) -> None:
    """Send one frame.

    Raises:
        TooLarge: if it is larger than `limit` bytes; nothing is sent then.
        TimedOut: if nobody reads it.
        Closed: if nobody is there to read it.
    """
    buffers = buffers or []
    text = json.dumps({"form": form, "sizes": [len(b) for b in buffers]}).encode()
    payload = b"".join(buffers)
    if len(text) + len(payload) > limit:
        raise TooLarge(f"{len(text) + len(payload)} bytes, and {limit} is the limit")
    try:
        sock.sendall(_HEADER.pack(len(text), len(payload)) + text + payload)
    except TimeoutError as error:
        raise TimedOut("nobody reads the connection") from error
    except OSError as error:
        raise Closed("the connection is closed") from error


def receive(sock: socket.socket, deadline: float | None = None, limit: int = MAX_FRAME) -> tuple[Any, list[bytes]]:
    """Receive one frame.

    Args:
        sock: a connected stream socket.
        deadline: a time of `time.monotonic()` after which to give up.
        limit: how many bytes to read at most.

    Returns:
        The JSON form and the buffers.

    Raises:
        TimedOut: if the deadline passes.
        Closed: if the other side is gone.
        TooLarge: if the frame is larger than `limit` bytes.
        WireError: if it is none.
    """
    text_size, payload_size = _HEADER.unpack(_read(sock, _HEADER.size, deadline))
    if text_size + payload_size > limit:
        raise TooLarge(f"{text_size + payload_size} bytes, and {limit} is the limit")
    text, payload = _read(sock, text_size, deadline), _read(sock, payload_size, deadline)
    try:
        frame = json.loads(text)
        form, sizes = frame["form"], frame["sizes"]
        if any(type(size) is not int or size < 0 for size in sizes) or sum(sizes) != payload_size:
            raise WireError("a message lies about its size")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WireError("a message is not in the protocol's form") from error
    buffers, start = [], 0
    for size in sizes:
        buffers.append(payload[start : start + size])
        start += size
    return form, buffers


def _read(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    chunks = bytearray()
    while len(chunks) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut("no answer in time")
            sock.settimeout(left)
        try:
            chunk = sock.recv(min(size - len(chunks), 2**20))
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except OSError as error:
            raise Closed("the connection is closed") from error
        if not chunk:
            raise Closed("the connection is closed")
        chunks += chunk
    return bytes(chunks)
