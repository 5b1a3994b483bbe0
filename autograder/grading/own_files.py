"""Writes files for instructors: whole or not at all, and over nothing that somebody else wrote."""

import hashlib
import json
import os
from pathlib import Path

from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.damaged import read_record
from autograder.whole_files import made_whole


def write_own(course: ClassFolder, path: Path, content: str | bytes) -> None:
    """Write a file, if there is none or only what this class wrote there before, or in the class's folder `reports`.

    Args:
        course: the class, which remembers what it wrote.
        path: the file.
        content: its new content. In a text, half a surrogate pair, which UTF-8 cannot write, becomes a question mark.

    Raises:
        BadInput: if the file has something else in it, or cannot be written.
    """
    data = content if isinstance(content, bytes) else content.encode(errors="replace")
    record = course.root / ".written.json"
    try:
        with in_turn(course.root):
            written = read_record(record, str, "Take it away; files written before then count as yours")
            place = os.path.relpath(path.resolve(), course.root)
            ours = course.root / "reports" in path.resolve().parents
            if not ours and path.exists() and _digest(path.read_bytes()) not in (written.get(place), _digest(data)):
                raise BadInput(
                    f"expected a new file, or one as this class last wrote it; {path} has something else in it. "
                    "Choose another name with --to, or move that file"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            for file, new in (path, data), (record, json.dumps(written | {place: _digest(data)}, indent=1).encode()):
                with made_whole(file) as partial:
                    partial.write_bytes(new)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror or error})") from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
