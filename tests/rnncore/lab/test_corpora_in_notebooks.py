"""A notebook goes on without a corpus, and says in one line what is missing."""

import numpy as np
import pytest

from rnncore.lab.corpora import load_if_there
from rnncore.tasks.corpora import registry
from rnncore.tasks.corpora.piano_rolls import piano_rolls
from rnncore.tasks.corpora.shakespeare import tiny_shakespeare
from rnncore.tasks.corpora.surnames import surnames

LOADERS = [tiny_shakespeare, piano_rolls, lambda: surnames(np.random.default_rng(0))]


def test_what_is_there_is_loaded(capsys):
    assert load_if_there(lambda: "text", "nothing") == "text"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("load", LOADERS)
def test_what_is_not_among_local_copies_is_named_with_what_to_do(load, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RNNCORE_DATA", str(tmp_path))
    assert load_if_there(load, "the texts; above is the recorded figure") is None
    said = capsys.readouterr().out
    assert said.startswith("Left out: the texts; above is the recorded figure. ")
    assert "Put the file there, from https://" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("load", LOADERS)
def test_offline_one_line_says_what_to_do(load, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("RNNCORE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for folder in registry.SOURCES:
        monkeypatch.setitem(registry.SOURCES, folder, "http://127.0.0.1:9")
    assert load_if_there(load, "the texts; above is the recorded figure") is None
    said = capsys.readouterr().out
    assert said.startswith("Left out: the texts; above is the recorded figure. Could not fetch http://127.0.0.1:9")
    assert said.endswith("and set RNNCORE_DATA=FOLDER.\n")
    assert said.count("\n") == 1
    assert len(said) < 300
