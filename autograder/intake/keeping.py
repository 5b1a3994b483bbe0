"""Keeps what students handed in as it came, in received/, and says which of several files is newer."""

import filecmp
import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from autograder.grading.class_folder import ClassFolder
from autograder.grading.damaged import read_record
from autograder.intake.archives import CANNOT_BE_READ, NO_NOTEBOOK, TOO_LARGE
from autograder.intake.attribution import Submission
from autograder.whole_files import made_whole

# Characters of a file's name that are kept: a file system takes 255 bytes of UTF-8.
_LONGEST_KEPT = 60
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER = ".order"
"""Names a student's files in the order in which they came: a class may be copied without the times of its files."""


def keep_files(course: ClassFolder, unit: str, own: list[Submission]) -> list[Submission]:
    """Keep a student's files as they came, unless they are too large; returns them, the newest first."""
    folder = course.received_folder(unit) / own[0].student
    before = _order(folder)
    oldest_first = sorted(own, key=lambda submission: newness(submission, unit))
    kept = [_keep(folder, submission, before) for submission in oldest_first]
    _write_order(folder, [*before, *(one.copy.name for one in kept if one.copy)])
    return kept[::-1]


def comes_last(copy: Path) -> None:
    """Note of a kept file that it is the one in place, and so counts as received after its author's others."""
    others = [name for name in _order(copy.parent) if name != copy.name]
    _write_order(copy.parent, [*others, copy.name])


def _order(folder: Path) -> list[str]:
    """The names of the files in a folder, the last one last: as is noted, then by their times."""
    files = {path.name: path.stat().st_mtime_ns for path in folder.glob("[!.]*")}
    record = read_record(folder / _ORDER, list, "Take it away, and the times of the files beside it count")
    noted = record.get("names", [])
    return [name for name in noted if name in files] + sorted(
        files.keys() - noted, key=lambda name: (files[name], name)
    )


def _write_order(folder: Path, names: Iterable[str]) -> None:
    if folder.exists():
        with made_whole(folder / _ORDER) as partial:
            partial.write_text(json.dumps({"names": list(dict.fromkeys(names))}), encoding="utf-8")


def _keep(folder: Path, submission: Submission, before: Sequence[str]) -> Submission:
    """Keep a file beside those of the student's that came before; returns where it is."""
    trouble = submission.item.trouble
    if trouble in (NO_NOTEBOOK, CANNOT_BE_READ) or trouble.startswith(TOO_LARGE):
        return submission
    folder.mkdir(parents=True, exist_ok=True)
    file = submission.item.file
    name = submission.item.parts[-1][-_LONGEST_KEPT:].lstrip(".") or "file"
    kept = folder / name
    if kept.exists() and differ(kept, file):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        kept = folder / f"{kept.stem}-{digest[:8]}{kept.suffix}"
    if kept.exists() and not differ(kept, file):
        return replace(submission, copy=kept, earlier=kept.name in before[:-1])
    with made_whole(kept) as partial:
        shutil.copyfile(file, partial)
    return replace(submission, copy=kept)


def newness(submission: Submission, unit: str) -> tuple[int, datetime, bool, str]:
    named = submission.item.parts[-1] == f"{unit}.ipynb"
    time = submission.sender.submitted or submission.item.time or _LONG_AGO
    return submission.sender.upload, time, named, submission.item.name


def differ(one: Path, other: Path) -> bool:
    return not filecmp.cmp(one, other, shallow=False)
