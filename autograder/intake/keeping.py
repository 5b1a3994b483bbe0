"""Keeps what students handed in as it came, in received/, and says which of several files is newer."""

import filecmp
import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from autograder.grading.class_folder import ClassFolder
from autograder.intake.archives import CANNOT_BE_READ, NO_NOTEBOOK, TOO_LARGE
from autograder.intake.attribution import Submission
from autograder.whole_files import made_whole

# Characters of a file's name that are kept: a file system takes 255 bytes of UTF-8.
_LONGEST_KEPT = 60
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def keep_files(course: ClassFolder, unit: str, own: list[Submission]) -> list[Submission]:
    """Keep a student's files as they came, unless they are too large; returns them, the newest first."""
    folder = course.received_folder(unit) / own[0].student
    last = max((path.stat().st_mtime_ns for path in folder.glob("[!.]*")), default=0)
    oldest_first = sorted(own, key=lambda submission: newness(submission, unit))
    return [_keep(folder, submission, last) for submission in oldest_first][::-1]


def _keep(folder: Path, submission: Submission, last: int) -> Submission:
    """Keep a file beside the student's other files, of which one was received last; returns where it is."""
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
        return replace(submission, copy=kept, earlier=kept.stat().st_mtime_ns < last)
    with made_whole(kept) as partial:
        shutil.copyfile(file, partial)
    return replace(submission, copy=kept)


def newness(submission: Submission, unit: str) -> tuple[int, datetime, bool, str]:
    named = submission.item.parts[-1] == f"{unit}.ipynb"
    time = submission.sender.submitted or submission.item.time or _LONG_AGO
    return submission.sender.upload, time, named, submission.item.name


def differ(one: Path, other: Path) -> bool:
    return not filecmp.cmp(one, other, shallow=False)
