"""Pictures pasted into answers. Oracle: files made here, and the signatures that the formats document."""

import base64

import pytest
from nbformat.v4 import new_markdown_cell

from autograder.grading import pictures
from autograder.grading.pictures import as_urls, kept_pictures, lost_pictures

FILES = {
    "image/png": b"\x89PNG\r\n\x1a\nrest",
    "image/jpeg": b"\xff\xd8\xffrest",
    "image/gif": b"GIF89arest",
    "image/webp": b"RIFF\x04\x00\x00\x00WEBP",
}


def pasted(**attachments):
    return new_markdown_cell("", attachments=attachments)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("mime", FILES)
def test_pictures_are_kept(mime):
    data = encoded(FILES[mime])
    cell = pasted(x={mime: [data[:4] + "\n", data[4:]]}, y={mime: data})
    assert kept_pictures(cell) == {"x": {mime: data}, "y": {mime: data}}
    assert lost_pictures(cell) == []
    assert as_urls(kept_pictures(cell))["x"] == f"data:{mime};base64,{data}"


@pytest.mark.parametrize(
    ("bundle", "reason"),
    [
        ({"image/svg+xml": "<svg/>"}, "only PNG"),
        ({"text/html": "<script>"}, "only PNG"),
        ({}, "only PNG"),
        ("text", "only PNG"),
        (None, "only PNG"),
        ({"image/png": 5}, "only PNG"),
        ({"image/png": "!"}, "damaged"),
        ({"image/png": encoded(b"<script>alert()</script>")}, "not PNG"),
        ({"image/png": encoded(FILES["image/jpeg"])}, "not PNG"),
    ],
)
def test_what_is_no_picture_is_not_kept_and_said(bundle, reason):
    cell = new_markdown_cell("")
    cell["attachments"] = {"x": bundle}
    assert kept_pictures(cell) == {}
    (said,) = lost_pictures(cell)
    assert said.startswith("x (")
    assert reason in said


@pytest.mark.parametrize("attachments", [None, [], "x", 5])
def test_broken_attachments_are_none(attachments):
    cell = new_markdown_cell("")
    cell["attachments"] = attachments
    assert kept_pictures(cell) == {}


def test_size_and_number_are_bounded(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PICTURE", 2**20)
    large = {"image/png": encoded(FILES["image/png"] + bytes(2**20))}
    small = {"image/png": encoded(FILES["image/png"])}
    cell = pasted(large=large, **{f"n{n}": small for n in range(pictures.MAX_PICTURES + 1)})
    assert list(kept_pictures(cell)) == [f"n{n}" for n in range(pictures.MAX_PICTURES)]
    assert lost_pictures(cell) == ["large (it is larger than 1 MB)", "n10 (there are more than 10)"]
