"""Texts of the language models: names of symbols, Python's library, trips, chords."""

import ast
import sys
import unicodedata

import numpy as np
import pytest

from rnncore.tasks import python_library as library_module
from rnncore.tasks.chords import read_chords, spell_chords
from rnncore.tasks.python_library import python_library
from rnncore.tasks.symbol_names import symbol_names
from rnncore.tasks.trips import LANGUAGES, trips


def test_symbols_are_named_as_unicode_names_them():
    names = symbol_names()
    assert len(set(names)) == len(names) > 1700
    assert {"crab", "snowman", "smiling face with sunglasses"} <= set(names)
    assert all(name == unicodedata.name(unicodedata.lookup(name)).lower() for name in names)
    assert max(map(len, symbol_names(12))) == 12


def test_the_library_is_split_by_modules():
    text = python_library()
    sizes = np.array([len(part) for part in text])
    assert sizes.sum() > 1_000_000
    assert np.all(sizes[1:] / sizes.sum() < 0.08)
    for part in text:
        assert part.isascii()
        ast.parse(part.replace("from __future__ import", "# from __future__ import"))
    assert text == python_library()


def test_a_python_without_sources_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(library_module.sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(FileNotFoundError, match="must hold the source of Python's library; got none"):
        python_library()
    (tmp_path / "ast.py").write_text("# " + "é" * 40)
    assert python_library().train == "# " + "??" * 40
    assert "ast" in sys.stdlib_module_names


def test_the_place_settles_the_language():
    openings, languages = trips(300, np.random.default_rng(0))
    assert set(languages) == set(LANGUAGES)
    distances = set()
    for words, language in zip(openings, languages, strict=True):
        text = " ".join(words)
        spoken = [name for name, places in LANGUAGES.items() if any(place in text for place in places)]
        assert spoken == [language]
        named = set(LANGUAGES) & set(text.replace("tamil nadu", "").split())
        assert named == set()
        distances.add(len(words) - words.index("."))
    assert (min(distances), max(distances)) == (7, 16)


def test_chords_are_spelled_and_read():
    roll = np.zeros((3, 88))
    roll[0, [3, 40]] = roll[2, 7] = 1.0
    assert spell_chords(roll) == ["3-40", "rest", "7"]
    assert read_chords(["3-40", "rest", "7", "<unk>"]) == [[3, 40], [], [7], []]
