"""Files are written whole or not at all."""

import pytest

from autograder.whole_files import made_whole


def test_a_file_takes_its_place_when_it_is_whole(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("before")
    with made_whole(path) as partial:
        partial.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("before")
    with pytest.raises(UnicodeEncodeError), made_whole(path) as partial:
        partial.write_text("after\ud800", encoding="utf-8")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
