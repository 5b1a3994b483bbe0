"""Structure-aware mutation: anything in a JSON value may become something else, go, come twice or sink deeper."""

import copy
import os
from typing import Any

from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("RNNCOURSE_FUZZ", "40"))
"""How many mutants of each kind; `make attack` tries 1,000."""

AWKWARD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**70,
    1e400,
    float("nan"),
    "",
    "\ud800",
    "\0",
    "../../x",
    "<script>alert(1)</script>",
    "x" * 100_000,
    "(" * 5_000,
    "def lstm_step(x):\n" * 50,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"grade_id": ["x"]},
    {"nbgrader": {"grade_id": {}}},
]
WORDS = [
    "cells",
    "metadata",
    "nbgrader",
    "grade_id",
    "source",
    "cell_type",
    "outputs",
    "nbformat",
    "id",
    "tags",
    "code",
    "markdown",
    "raw",
    "points",
    "solution",
    "grade",
    "t",
    "v",
    "dtype",
    "shape",
    "b",
    "name",
    "form",
    "sizes",
    "array",
    "tensor",
    "scalar",
    "list",
    "tuple",
    "named",
    "dict",
    "callback",
    "opaque",
    "error",
    "message",
    "outputs",
    "ok",
    "result",
    "mutated",
    "output_type",
    "data",
    "text",
    "traceback",
    "text/html",
    "text/plain",
    "image/png",
    "f8",
    "O",
    "lstm-step",
    "lstm-step-check",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a JSON value, as the keys that lead there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _nested(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


@st.composite
def mutated(draw: st.DrawFn, original: Any, most: int = 6) -> Any:
    """A JSON value with a few changes."""
    value = copy.deepcopy(original)
    room = 500  # levels in all, or copying and walking end in a RecursionError of this function
    for _ in range(draw(st.integers(1, most))):
        there = places(value)
        place = there[draw(st.integers(0, len(there) - 1))]
        new = draw(st.sampled_from(AWKWARD) | st.sampled_from(WORDS) | st.integers() | st.text(max_size=20))
        if not place:
            if draw(st.integers(0, 20)) == 0:
                return new
            continue
        parent, key = _at(value, place[:-1]), place[-1]
        match draw(st.sampled_from(["replace", "remove", "repeat", "rename", "nest", "move"])):
            case "replace":
                parent[key] = copy.deepcopy(new)
            case "remove":
                del parent[key]
            case "repeat" if isinstance(parent, list):
                parent[key:key] = [copy.deepcopy(parent[key]) for _ in range(draw(st.integers(1, 20)))]
            case "rename" if isinstance(parent, dict):
                parent[draw(st.sampled_from(WORDS))] = parent.pop(key)
            case "nest":
                depth = min(room, draw(st.sampled_from([1, 2, 40, 400])))
                parent[key], room = _nested(parent[key], depth), room - depth
            case "move":
                other = there[draw(st.integers(0, len(there) - 1))]
                try:
                    parent[key] = copy.deepcopy(_at(value, other))
                except (KeyError, IndexError, TypeError):
                    continue  # it lay below what was changed before
    return value
