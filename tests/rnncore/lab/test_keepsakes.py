"""Files that a notebook saves."""

from rnncore.lab.keepsakes import save_beside


def test_no_file_is_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "verse-2.txt").mkdir()
    saved = [save_beside("verse.txt", text).name for text in (b"one", b"two", b"two", b"one", b"three")]
    assert saved == ["verse.txt", "verse-3.txt", "verse-3.txt", "verse.txt", "verse-4.txt"]
    assert (tmp_path / "verse.txt").read_bytes() == b"one"
    assert (tmp_path / "verse-3.txt").read_bytes() == b"two"
    assert (tmp_path / "verse-4.txt").read_bytes() == b"three"
