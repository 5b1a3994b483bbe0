"""Plain values on a socket. Oracles: the value that went in; of hostile frames nothing but WireError comes out."""

import contextlib
import json
import math
import socket
import struct
import threading
import time
import tracemalloc
from collections import namedtuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.guest import wire
from rnncore.functional.cells import LSTMParams, LSTMState

DTYPES = sorted(wire.DTYPES)


def through(value, **kwargs):
    """A value, encoded, sent through a socket, received and decoded."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        encoder = wire.Encoder(**kwargs)
        form = encoder.encode(value)
        sender = threading.Thread(target=wire.send, args=(ours, form, encoder.buffers))
        sender.start()
        form, buffers = wire.receive(theirs, time.monotonic() + 5)
        sender.join()
    return wire.Decoder(buffers).decode(form)


def equal(a, b):
    if isinstance(a, np.ndarray):
        same_kind = isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape
        return same_kind and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, float):
        return type(b) is float and (a == b or (math.isnan(a) and math.isnan(b)))
    return type(a) is type(b) and a == b


def arrays():
    return st.sampled_from(DTYPES).flatmap(
        lambda code: hnp.arrays(np.dtype(code), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
    )


SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text()
KEYS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    SCALARS | arrays(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.tuples(inner, inner).map(lambda pair: LSTMState(*pair))
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_plain_values_come_back_as_they_went(value):
    assert equal(value, through(value))


@pytest.mark.parametrize("code", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)])
def test_arrays_of_every_dtype_and_of_awkward_layouts(code, shape):
    array = np.arange(math.prod(shape)).reshape(shape).astype(code)
    for variant in (array, array.T, array[..., ::-1] if shape else array, array.astype(array.dtype.newbyteorder(">"))):
        came = through(variant)
        assert came.dtype == np.dtype(code)
        assert came.shape == variant.shape
        np.testing.assert_array_equal(came, variant)


def test_arrays_arrive_writable():
    came = through(np.zeros(3))
    came[0] = 1.0
    assert came.tolist() == [1.0, 0.0, 0.0]


def test_tensors_arrive_as_arrays_and_named_tuples_keep_their_names():
    params = LSTMParams(*(torch.ones(2, 2, dtype=torch.float64) for _ in range(3)))
    came = through(params, tensors=torch.Tensor)
    assert isinstance(came, LSTMParams)
    assert all(isinstance(part, np.ndarray) for part in came)


def test_a_named_tuple_of_a_later_unit_has_its_fields_all_the_same(monkeypatch):
    """Inside the sandbox, where rnncore has only what students have; out of it, it stays a tuple."""
    encoder = wire.Encoder()
    form = encoder.encode(LSTMState(np.ones(1), np.zeros(1)))
    monkeypatch.delitem(wire.NAMED, "LSTMState")
    came = wire.Decoder(encoder.buffers, named=namedtuple).decode(form)
    assert (came.h.tolist(), came.c.tolist()) == ([1.0], [0.0])
    assert wire.Encoder().encode(came)["name"] == "LSTMState"
    assert type(wire.Decoder(encoder.buffers).decode(form)) is tuple


class Yes:
    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return np.zeros(1)

    __hash__ = None


class Sneaky(np.ndarray):
    """An array that would like to answer for itself on the other side."""

    def __eq__(self, other):
        return True


@pytest.mark.parametrize("value", [Yes(), object(), lambda: 0, {1, 2}, b"bytes", 1j, np.array([Yes()], dtype=object)])
def test_what_is_not_plain_arrives_as_its_type_and_nothing_else(value):
    came = through([value])[0]
    assert isinstance(came, wire.Opaque)


def test_an_array_of_objects_arrives_as_its_shape_and_dtype():
    assert through(np.zeros((8, 3), dtype=object)) == wire.Opaque("array of shape (8, 3) of dtype object")


def test_subclasses_arrive_as_plain_arrays():
    came = through(np.zeros(2).view(Sneaky))
    assert type(came) is np.ndarray


def test_what_is_nested_too_deeply_arrives_as_opaque():
    value = []
    for _ in range(2 * wire.MAX_DEPTH):
        value = [value]
    form = json.dumps(wire.Encoder().encode(value))
    assert "nested too deeply" in form


def test_text_that_utf8_cannot_hold_becomes_question_marks():
    assert through("a\ud800b") == "a?b"


ARRAY = {"t": "array", "dtype": "f8", "shape": [1], "b": 0}
HOSTILE = {
    "a list": [],
    "no tag": {},
    "an unknown tag": {"t": "pickle", "v": "x"},
    "a tag that is no text": {"t": ["array"]},
    "a sequence without items": {"t": "list"},
    "a sequence of a text": {"t": "tuple", "v": "abc"},
    "a dictionary of a number": {"t": "dict", "v": 5},
    "a dictionary of nothing": {"t": "dict"},
    "a dictionary of texts": {"t": "dict", "v": ["ab"]},
    "a pair of three": {"t": "dict", "v": [[1, 2, 3]]},
    "a list as a key": {"t": "dict", "v": [[{"t": "list", "v": []}, 1]]},
    "an array as a key": {"t": "dict", "v": [[ARRAY, 1]]},
    "objects": ARRAY | {"dtype": "O"},
    "a dtype that is a list": ARRAY | {"dtype": ["f8"]},
    "a dtype that is a record": ARRAY | {"dtype": "f8,f8"},
    "a dtype of text": ARRAY | {"dtype": "U2"},
    "no dtype": {"t": "array", "shape": [1], "b": 0},
    "a shape that lies": ARRAY | {"shape": [2]},
    "a negative shape": ARRAY | {"shape": [-1]},
    "two negative sizes": ARRAY | {"shape": [-1, -1]},
    "a huge shape": ARRAY | {"shape": [2**62]},
    "a shape whose product overflows": ARRAY | {"shape": [2**32, 2**32]},
    "a shape of floats": ARRAY | {"shape": [1.0]},
    "a shape of truth values": ARRAY | {"shape": [True]},
    "a shape that is a number": ARRAY | {"shape": 1},
    "too many axes": ARRAY | {"shape": [1] * 100},
    "a nothing of huge sizes": ARRAY | {"shape": [0] + [wire.MAX_FRAME] * 30},
    "no buffer": ARRAY | {"b": None},
    "a buffer that is not there": ARRAY | {"b": 7},
    "a negative buffer": ARRAY | {"b": -1},
    "a buffer that is true": ARRAY | {"b": False},
    "one buffer twice": {"t": "list", "v": [ARRAY, ARRAY]},
    "a callback that is no number": {"t": "callback", "v": "x"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_form_is_a_wire_error(name):
    with pytest.raises(wire.WireError):
        wire.Decoder([bytes(8)]).decode(HOSTILE[name])


@pytest.mark.parametrize("depth", [100, 5_000])
def test_a_deep_form_is_a_wire_error(depth):
    form = 0
    for _ in range(depth):
        form = {"t": "list", "v": [form]}
    with pytest.raises(wire.WireError):
        wire.Decoder([]).decode(form)


def test_a_form_of_too_many_parts_is_a_wire_error():
    with pytest.raises(wire.WireError):
        wire.Decoder([]).decode({"t": "list", "v": [0] * (wire.MAX_ITEMS + 1)})


@pytest.mark.parametrize("kind", [math.nan, math.inf, -math.inf])
def test_keys_that_equal_nothing_are_only_keys(kind):
    came = wire.Decoder([]).decode({"t": "dict", "v": [[kind, 1], [kind, 2]]})
    assert set(came.values()) <= {1, 2}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["array", "tensor", "scalar", "list", "tuple", "named", "dict", "callback", "opaque", "f8", "O"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["t", "v", "dtype", "shape", "b", "name", "form"]), inner, max_size=5)
    ),
    max_leaves=15,
)
FORMS = JSON | st.fixed_dictionaries(
    {"t": st.sampled_from(["array", "tensor", "scalar", "list", "tuple", "named", "dict", "callback", "opaque"])},
    optional={
        "v": JSON,
        "b": st.integers(-1, 2) | JSON,
        "dtype": st.sampled_from(DTYPES) | JSON,
        "shape": st.lists(st.integers(-1, 2**40), max_size=40) | JSON,
        "name": st.sampled_from(sorted(wire.NAMED)) | JSON,
    },
)


@given(FORMS)
@settings(max_examples=400, deadline=None)
def test_any_json_is_a_value_or_a_wire_error(form):
    with contextlib.suppress(wire.WireError):
        wire.Decoder([bytes(8), b""]).decode(form)


def receive(raw: bytes, limit=wire.MAX_FRAME, seconds=2.0):
    """What the trusted side makes of raw bytes after which the other side closes."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            threading.Thread(target=_send_quietly, args=(theirs.dup(), raw), daemon=True).start()
        return wire.receive(ours, time.monotonic() + seconds, limit)


def _send_quietly(sock, raw):
    with sock, contextlib.suppress(OSError):
        sock.sendall(raw)


def frame(text: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">II", len(text), len(payload)) + text + payload


RAW = {
    "nothing": b"",
    "half a header": b"\0\0",
    "a header and nothing": struct.pack(">II", 10, 10),
    "no JSON": frame(b"hello"),
    "no text": frame(b"\xff\xfe\xfa"),
    "a list": frame(b"[]"),
    "a number": frame(b"5"),
    "no sizes": frame(b'{"form": 0}'),
    "no form": frame(b'{"sizes": []}'),
    "a negative size": frame(b'{"form": 0, "sizes": [-1, 1]}'),
    "sizes of floats": frame(b'{"form": 0, "sizes": [0.0]}'),
    "sizes that are too many": frame(b'{"form": 0, "sizes": [5]}', b"1234"),
    "sizes that are too few": frame(b'{"form": 0, "sizes": [3]}', b"1234"),
    "sizes that are no list": frame(b'{"form": 0, "sizes": 5}'),
    "sizes that are nothing": frame(b'{"form": 0, "sizes": null}'),
    "a huge number": frame(b'{"form": ' + b"9" * 10_000 + b', "sizes": []}'),
    "deep brackets": frame(b"[" * 200_000),
    "deep objects": frame(b'{"a":' * 200_000),
    "four gigabytes": struct.pack(">II", 2**32 - 1, 2**32 - 1),
    "a text of 60 MB": struct.pack(">II", 60 * 2**20, 0),
}


@pytest.mark.parametrize("name", RAW)
def test_a_hostile_frame_is_a_wire_error(name):
    with pytest.raises(wire.WireError):
        receive(RAW[name])


@given(st.binary(max_size=200) | JSON.map(lambda form: frame(json.dumps(form).encode())))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_frame_or_a_wire_error(raw):
    with contextlib.suppress(wire.WireError):
        receive(raw)


def test_a_small_frame_cannot_ask_for_much_memory():
    """A text that names the same megabyte a thousand times would, if each were copied, take a gigabyte."""
    form = {"t": "list", "v": [{"t": "array", "dtype": "u1", "shape": [2**20], "b": 0}] * 1000}
    tracemalloc.start()
    with pytest.raises(wire.WireError):
        wire.Decoder([bytes(2**20)]).decode(form)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 2**20


@pytest.mark.parametrize("raw", [b"", b"\0", frame(b'{"form": 0, "sizes": []}')[:-1]])
def test_waiting_ends_at_the_deadline(raw):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        start = time.monotonic()
        with pytest.raises(wire.TimedOut):
            wire.receive(ours, start + 0.3)
        assert 0.2 < time.monotonic() - start < 5.0


def test_dripping_does_not_stretch_the_deadline():
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip():
        theirs.sendall(struct.pack(">II", 1000, 0))
        while not stop.wait(0.05):
            theirs.sendall(b"x")

    with ours, theirs:
        dripper = threading.Thread(target=drip)
        dripper.start()
        start = time.monotonic()
        with pytest.raises(wire.TimedOut):
            wire.receive(ours, start + 0.4)
        stop.set()
        dripper.join()
        assert time.monotonic() - start < 10.0  # to send all takes 50 s


def test_a_reader_that_does_not_read_is_a_timeout_and_one_that_is_gone_is_closed():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.2)
        with pytest.raises(wire.TimedOut):
            wire.send(ours, "x" * 2**20)
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(wire.Closed):
        wire.send(ours, "x")


def test_what_is_too_large_is_not_sent():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(wire.TooLarge, match=r"\d+ bytes, and 50 is the limit"):
        wire.send(ours, 0, [bytes(100)], limit=50)
