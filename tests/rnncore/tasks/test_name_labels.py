"""Names in sentences. Oracle: the sentence with its names cut out of it as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncore.tasks.name_labels import name_labels


@pytest.mark.parametrize(
    ("text", "names", "labels"),
    [
        ("", ["a"], []),
        ("a b", [], [0, 0]),
        ("gh hardy met hardy", ["gh hardy"], [1, 1, 0, 0]),
        ("san diego is in san juan", ["san diego"], [1, 1, 0, 0, 0, 0]),
        ("diego san", ["san diego"], [0, 0]),
        ("to new york", ["new york city"], [0, 0, 0]),
        ("a b c", ["a b", "b c"], [1, 1, 1]),
        ("a a a", ["a a"], [1, 1, 1]),
    ],
)
def test_name_labels(text, names, labels):
    tokens, split = text.split(), [name.split() for name in names]
    assert name_labels(tokens, split) == labels
    assert name_labels(tuple(tokens), [tuple(name) for name in split]) == labels


@given(st.text("abc", max_size=12), st.lists(st.text("abc", min_size=1, max_size=3), max_size=3))
def test_letters_are_labelled_where_a_pattern_of_letters_lies_over_them(text, names):
    labels = name_labels(list(text), [list(name) for name in names])
    starts = [(m.start(), len(name)) for name in names for m in re.finditer(f"(?={name})", text)]
    assert labels == [int(any(s <= t < s + n for s, n in starts)) for t in range(len(text))]
