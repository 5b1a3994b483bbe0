"""The loaders: fetching, caching, refusing; and the real files, where a variable names them."""

import functools
import hashlib
import http.server
import threading

import numpy as np
import pytest

from rnncore.tasks.corpora import registry
from rnncore.tasks.corpora.fetch import fetch
from rnncore.tasks.corpora.multi30k import multi30k
from rnncore.tasks.corpora.piano_rolls import piano_rolls
from rnncore.tasks.corpora.shakespeare import tiny_shakespeare
from rnncore.tasks.corpora.surnames import LANGUAGES, surnames


@pytest.fixture
def one_file(monkeypatch, tmp_path):
    """A corpus of one file, `toy/notes.txt`, that is served from this computer; a fresh cache."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            requests.append(self.path)

    requests = []
    source = tmp_path / "source"
    source.mkdir()
    (source / "notes.txt").write_bytes(b"do re mi\n")
    handler = functools.partial(Quiet, directory=str(source))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("RNNCORE_DATA", raising=False)
    monkeypatch.setitem(registry.SOURCES, "toy", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setitem(registry.SHA256, "toy/notes.txt", hashlib.sha256(b"do re mi\n").hexdigest())
    yield requests
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_fetched_once_and_kept(one_file, tmp_path, capfd):
    first, second = fetch("toy/notes.txt"), fetch("toy/notes.txt")
    assert first == second
    assert first.read_bytes() == b"do re mi\n"
    assert (tmp_path / "cache") in first.parents
    assert one_file == ["/notes.txt"]
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_another_one_is_refused(one_file, monkeypatch):
    monkeypatch.setitem(registry.SHA256, "toy/notes.txt", "0" * 64)
    with pytest.raises(ValueError, match="hash"):
        fetch("toy/notes.txt")


def test_offline_the_error_says_what_to_do(one_file, monkeypatch):
    monkeypatch.setitem(registry.SOURCES, "toy", "http://127.0.0.1:9")
    with pytest.raises(ConnectionError, match=r"(?s)127.0.0.1:9/notes.txt.*FOLDER/toy/notes.txt.*RNNCORE_DATA=FOLDER"):
        fetch("toy/notes.txt")


def test_local_copies_are_read_and_checked(one_file, monkeypatch, tmp_path):
    monkeypatch.setenv("RNNCORE_DATA", str(tmp_path / "mine"))
    with pytest.raises(FileNotFoundError, match=r"has no toy/notes.txt.*http://127"):
        fetch("toy/notes.txt")
    local = tmp_path / "mine" / "toy" / "notes.txt"
    local.parent.mkdir(parents=True)
    local.write_bytes(b"do re mi\n")
    assert fetch("toy/notes.txt") == local
    local.write_bytes(b"do re\n")
    with pytest.raises(ValueError, match="must have the SHA-256"):
        fetch("toy/notes.txt")
    assert one_file == []


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="got 'it'"):
        multi30k("it", "en")
    with pytest.raises(ValueError, match="got 'muse'"):
        piano_rolls("muse")


def test_every_file_has_a_source():
    assert {name.partition("/")[0] for name in registry.SHA256} == set(registry.SOURCES)
    assert all(url.startswith("https://raw.githubusercontent.com/") for url in registry.SOURCES.values())


def test_tiny_shakespeare(real_data):
    text = tiny_shakespeare()
    whole = "".join(text)
    assert len(whole) == 1_115_394
    assert len(set(whole)) == 65
    assert text.train.startswith("First Citizen:\nBefore we proceed any further")
    assert [len(part) for part in text] == [1_003_854, 55_770, 55_770]


def test_multi30k(real_data):
    pairs = multi30k("de", "en")
    assert [len(part) for part in pairs] == [29_000, 1_014, 1_000]
    assert pairs.train[0] == (
        "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche.",
        "Two young, White males are outside near many bushes.",
    )
    assert multi30k("en", "fr").valid[0][0] == pairs.valid[0][1]


def test_surnames(real_data):
    train, test = surnames(np.random.default_rng(0))
    again, _ = surnames(np.random.default_rng(0))
    assert again.names == train.names
    assert len(LANGUAGES) == 18
    assert not set(train.names) & set(test.names)
    assert 0.19 < len(test.names) / (len(train.names) + len(test.names)) < 0.21
    for part in (train, test):
        assert len(part.names) == len(part.labels)
        assert set(part.labels) == set(range(18))
        assert len(set(zip(part.names, part.labels, strict=True))) == len(part.names)
    share = np.mean(train.labels == LANGUAGES.index("Russian"))
    assert 0.45 < share < 0.55
    both = dict(zip(train.names + test.names, np.append(train.labels, test.labels), strict=True))
    assert LANGUAGES[both["Zhdanov"]] == "Russian"


@pytest.mark.parametrize(("collection", "sizes"), [("jsb", [229, 76, 77]), ("nottingham", [694, 173, 170])])
def test_piano_rolls(real_data, collection, sizes):
    rolls = piano_rolls(collection)
    assert [len(part) for part in rolls] == sizes
    for piece in (*rolls.train, *rolls.valid, *rolls.test):
        assert piece.ndim == 2
        assert piece.shape[1] == 88
        assert set(np.unique(piece)) <= {0.0, 1.0}
        assert piece.any()
