"""The loaders: fetching, caching, refusing; and the real files, where a variable names them."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading

import numpy as np
import pytest

from rnncore.tasks.corpora import registry
from rnncore.tasks.corpora.conll2003 import conll2003
from rnncore.tasks.corpora.fetch import fetch
from rnncore.tasks.corpora.imdb import imdb
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
    first = fetch("toy/notes.txt")
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "100%" in printed.err, "a progress bar"
    assert fetch("toy/notes.txt") == first
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
    expected = r"127.0.0.1:9/notes.txt \(ConnectionError\).*FOLDER/toy/notes.txt.*RNNCORE_DATA=FOLDER\.$"
    with pytest.raises(ConnectionError, match=expected):
        fetch("toy/notes.txt")


def test_a_server_without_the_file_is_told_from_no_network(one_file, monkeypatch):
    monkeypatch.setitem(registry.SOURCES, "toy", f"{registry.SOURCES['toy']}/elsewhere")
    with pytest.raises(ConnectionError, match=r"elsewhere/notes.txt \(HTTP status 404\)"):
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
    with pytest.raises(ValueError, match="must have the SHA256"):
        fetch("toy/notes.txt")
    assert one_file == []


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="got 'it'"):
        multi30k("it", "en")
    with pytest.raises(ValueError, match="got 'muse'"):
        piano_rolls("muse")


def test_every_file_has_a_source():
    names = [*registry.SHA256, *registry.MD5]
    assert len(set(names)) == len(names)
    assert {name.partition("/")[0] for name in names} == set(registry.SOURCES)
    assert all(url.startswith("https://") for url in registry.SOURCES.values())


def _archive(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            data = text.encode("utf-8")
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.fixture
def imdb_archive(monkeypatch, tmp_path):
    """Writes an archive of a few members as the local copy, and makes its checksum the known one."""

    def write(members):
        path = tmp_path / "imdb" / "aclImdb_v1.tar.gz"
        path.parent.mkdir(exist_ok=True)
        monkeypatch.setitem(registry.MD5, "imdb/aclImdb_v1.tar.gz", _archive(path, members))
        monkeypatch.setenv("RNNCORE_DATA", str(tmp_path))
        return path

    return write


def test_imdb_reads_its_archive(imdb_archive):
    imdb_archive(
        {
            "aclImdb/README": "Large Movie Review Dataset",
            "aclImdb/test/pos/10_9.txt": "Ten.",
            "aclImdb/test/pos/2_7.txt": "Two,<br />after café.",
            "aclImdb/test/neg/0_1.txt": "Bad.",
            "aclImdb/train/neg/3_4.txt": "Dull.",
            "aclImdb/train/pos/1_10.txt": "Great.",
            "aclImdb/train/unsup/0_0.txt": "Nobody knows.",
            "aclImdb/train/urls_pos.txt": "http://www.imdb.com/title/tt0453418/usercomments",
            "aclImdb/train/labeledBow.feat": "9 0:9 1:1",
        }
    )
    train, test = imdb()
    assert train.texts == ["Dull.", "Great."]
    assert test.texts == ["Bad.", "Two,<br />after café.", "Ten."]
    assert train.labels.tolist() == [0, 1]
    assert test.labels.tolist() == [0, 1, 1]
    assert test.labels.dtype == np.int64


def test_imdb_refuses_other_archives(imdb_archive, monkeypatch):
    path = imdb_archive({"aclImdb/test/pos/0_9.txt": "Good."})
    with pytest.raises(ValueError, match="must hold reviews in aclImdb/train/neg and pos; got none"):
        imdb()
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match="must have the MD5"):
        imdb()
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"aclImdb_v1.tar.gz.*ai.stanford.edu/~amaas"):
        imdb()


CONLL = """-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O
German JJ I-NP I-MISC
call NN I-NP O

Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER
BRUSSELS NNP I-NP I-LOC
Paris NNP I-NP B-LOC
"""
"""The form of the shared task: B- only where one name follows another of its kind."""


def test_conll_reads_both_ways_to_write_tags(monkeypatch, tmp_path):
    folder = tmp_path / "conll2003"
    folder.mkdir()
    monkeypatch.setenv("RNNCORE_DATA", str(tmp_path))
    (folder / "eng.train").write_text(CONLL)
    with pytest.raises(FileNotFoundError, match=rf"put it at {folder}/eng.testa"):
        conll2003()
    (folder / "eng.testa").write_text(
        "-DOCSTART- -X- -X- O\n\nBad JJ B-NP O\nBad NNP B-NP B-LOC\nHomburg NNP I-NP I-LOC\n"
    )
    (folder / "eng.testb").write_text("\n\nOne CD I-NP O\r\n\r\n")
    train, valid, test = conll2003()
    assert train == [
        (["EU", "rejects", "German", "call"], ["B-ORG", "O", "B-MISC", "O"]),
        (["Peter", "Blackburn", "BRUSSELS", "Paris"], ["B-PER", "I-PER", "B-LOC", "B-LOC"]),
    ]
    assert valid == [(["Bad", "Bad", "Homburg"], ["O", "B-LOC", "I-LOC"])]
    assert test == [(["One"], ["O"])]


@pytest.mark.parametrize("line", ["EU NNP I-ORG", "EU NNP I-NP I-GPE", "EU NNP I-NP I-ORG 7"])
def test_conll_names_the_line_that_is_wrong(monkeypatch, tmp_path, line):
    folder = tmp_path / "conll2003"
    folder.mkdir()
    (folder / "eng.train").write_text(f"{CONLL}{line}\n")
    monkeypatch.setenv("RNNCORE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=rf"line 12, must have .*; got '{line}'"):
        conll2003()


def test_conll_without_a_copy_says_where_to_get_it(monkeypatch):
    monkeypatch.delenv("RNNCORE_DATA", raising=False)
    with pytest.raises(
        FileNotFoundError, match=r"clips.uantwerpen.be.*FOLDER/conll2003/eng.train.*RNNCORE_DATA=FOLDER"
    ):
        conll2003()


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
