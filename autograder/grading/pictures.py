"""Pictures that students paste into their answers, which notebooks hold as attachments of cells."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

MAX_PICTURE = 5 * 2**20
MAX_PICTURES = 10
_LONGEST_NAME = 200
_SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.S),
}

Pictures = dict[str, dict[str, str]]
"""Attachments as notebooks have them: for each name the data in base64, by MIME type."""


def kept_pictures(cell: NotebookNode) -> Pictures:
    """The attachments of a submitted cell that are pictures of a usual kind and size."""
    return _sorted_out(cell)[0]


def lost_pictures(cell: NotebookNode) -> list[str]:
    """For each attachment of a submitted cell that is not kept, its name and the reason."""
    return _sorted_out(cell)[1]


def as_urls(pictures: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Pictures as data URLs, by name."""
    return {name: f"data:{mime};base64,{data}" for name, bundle in pictures.items() for mime, data in bundle.items()}


def _sorted_out(cell: NotebookNode) -> tuple[Pictures, list[str]]:
    found: Any = cell.get("attachments", {})
    kept: Pictures = {}
    lost: list[str] = []
    for name, bundle in found.items() if isinstance(found, dict) else ():
        picture, trouble = _picture(bundle)
        if picture and (len(kept) == MAX_PICTURES or len(name) > _LONGEST_NAME):
            trouble = f"there are more than {MAX_PICTURES}" if len(kept) == MAX_PICTURES else "its name is too long"
        if trouble:
            lost.append(f"{name[:_LONGEST_NAME]} ({trouble})")
        else:
            kept[name] = picture
    return kept, lost


def _picture(bundle: Any) -> tuple[dict[str, str], str]:
    """A checked picture, or the trouble with it."""
    for mime, signature in _SIGNATURES.items():
        data = bundle.get(mime) if isinstance(bundle, dict) else None
        text = "".join(data) if isinstance(data, list) and all(isinstance(line, str) for line in data) else data
        if isinstance(text, str):
            if len(text) > MAX_PICTURE * 4 // 3:
                return {}, f"it is larger than {MAX_PICTURE >> 20} MB"
            try:
                content = base64.b64decode("".join(text.split()), validate=True)
            except ValueError:
                return {}, "it is damaged"
            if not signature.match(content):
                return {}, f"it is not {mime.removeprefix('image/').upper()}, as it claims"
            return {mime: base64.b64encode(content).decode()}, ""
    return {}, "only PNG, JPEG, GIF and WebP are kept"
