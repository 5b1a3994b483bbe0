"""Finds the notebooks in files, folders and archives, and in students' own archives inside these.

Unpacked files go to a temporary folder, under names of our own.
"""

import contextlib
import os
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.intake.lms.names import NoSender, NotASubmission, is_from_lms, senders
from autograder.limited import Allowance, LimitExceeded

MAX_NOTEBOOK = 30 * 2**20
"""A unit with all its figures has 0.6 MB; the rest is room for pictures, which students may paste into answers."""
MAX_ARCHIVE = 2 * 2**30
MAX_MEMBERS = 20_000
# Limits of one student's own archive.
MAX_STUDENT_ARCHIVE = 100 * 2**20
MAX_STUDENT_MEMBERS = 1_000
# Some browsers and systems add the second ending.
NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json")
NO_NOTEBOOK = "is no notebook (.ipynb)"
CANNOT_BE_READ = "may not be read by you"
IS_A_LINK = "is a link, which is not followed; give what it leads to"
TOO_LARGE = "is larger than"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, LookupError)


class BadArchive(Exception):
    """A file that cannot be read; the message says why."""


@dataclass(frozen=True)
class HandedIn:
    """A file that was handed in.

    Attributes:
        parts: its path below the given file or folder, outermost name first.
        file: a readable copy.
        time: when the file was last changed, as far as its archive or folder tells.
        stated: whether that time comes from an archive, where copying does not change it.
        trouble: why it cannot be read, if so.
    """

    parts: tuple[str, ...]
    file: Path
    time: datetime | None = None
    stated: bool = False
    trouble: str = ""

    @property
    def name(self) -> str:
        """Its path as one text."""
        return "/".join(self.parts)


def handed_in(given: Path, temporary: Path) -> list[HandedIn]:
    """List the files in a file, folder or zip archive. Students' own archives are opened, but no archive inside them.

    A file that is neither a notebook nor an archive is listed with that trouble, and not unpacked.

    Args:
        given: the file, folder or archive.
        temporary: a folder for copies.

    Raises:
        BadArchive: if it is none of these, is missing, is an archive of which nothing can be read, or is a folder with
            an archive that looks like a download of the class.
    """
    if given.is_dir():
        found = list(_folder(given))
    elif given.suffix.lower() == ".zip" and given.is_file():
        found = _archive(given, temporary)
    elif is_notebook(given.name) and given.is_file():
        found = [_on_disk((given.name,), given)]
    elif given.exists():
        raise BadArchive(f"expected notebooks (.ipynb), folders or .zip archives; got {given}")
    else:
        raise BadArchive(f"expected a file or folder; there is none at {given}")
    allowances = defaultdict[str, Allowance](Allowance)
    opened = [inner for item in found for inner in _opened(item, temporary, allowances[item.parts[0]])]
    if given.is_dir():
        _require_own_archives(given, opened)
    return opened


def _require_own_archives(folder: Path, items: Iterable[HandedIn]) -> None:
    """
    Raises:
        BadArchive: if an archive directly in a folder, where it would be one student's, looks like that of a class.
    """
    inside = defaultdict[str, list[tuple[str, ...]]](list)
    for item in items:
        if len(item.parts) > 1 and item.parts[0].lower().endswith(".zip") and not is_from_lms(item.parts[0]):
            inside[item.parts[0]].append(item.parts[1:])
    for name, notebooks in inside.items():
        if _of_several(notebooks):
            raise BadArchive(
                f"expected archives of one student each in {folder}; {name} looks like a download of the class. Give "
                "`collect` the archive itself; or, if it is one student's, put it into a folder with the student's name"
            )


def _of_several(notebooks: Collection[tuple[str, ...]]) -> bool:
    """Whether notebooks, by their paths, look like those of several students."""
    outermost = {parts[0] for parts in notebooks}
    named = {key for name in outermost if is_from_lms(name) and (key := _sender_key(name))}
    return len(named) > 1 or (len(outermost) > 1 and all(len(parts) > 1 for parts in notebooks))


def _sender_key(outermost: str) -> tuple[str, str, str] | None:
    try:
        return senders(outermost, unit="")[0].key
    except (NoSender, NotASubmission):
        return None


def _folder(folder: Path) -> Iterator[HandedIn]:
    """The files in a folder, and what of it cannot be looked at."""
    closed: list[OSError] = []
    walk = os.walk(folder, onerror=closed.append)
    for path in sorted(Path(place, name) for place, folders, files in walk for name in (*folders, *files)):
        parts = path.relative_to(folder).parts
        if _quiet(parts):
            continue
        if path.is_symlink():
            if path.is_dir() or _wanted(parts):
                yield HandedIn(parts, path, trouble=IS_A_LINK)
        elif path.is_file():
            yield _on_disk(parts, path)
    for error in closed:
        yield HandedIn(Path(error.filename).relative_to(folder).parts or (folder.name,), folder, trouble=CANNOT_BE_READ)


def _on_disk(parts: tuple[str, ...], path: Path) -> HandedIn:
    status = path.stat()
    trouble = "" if os.access(path, os.R_OK) else CANNOT_BE_READ
    if status.st_size > _limit(parts[-1]):
        trouble = _too_large(parts[-1])
    time = datetime.fromtimestamp(status.st_mtime, UTC)
    return HandedIn(parts, path, time, trouble=trouble if _wanted(parts) else NO_NOTEBOOK)


def _quiet(parts: tuple[str, ...]) -> bool:
    """Whether a file was left there by an editor or operating system."""
    return any(part in (".ipynb_checkpoints", "__MACOSX") for part in parts) or parts[-1].startswith("._")


def _wanted(parts: tuple[str, ...]) -> bool:
    return is_notebook(parts[-1]) or parts[-1].lower().endswith(".zip")


def is_notebook(name: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return name.lower().endswith(NOTEBOOK_ENDINGS)


def _archive(path: Path, temporary: Path) -> list[HandedIn]:
    """The members of a class's archive. One that cannot be read does not stop the others."""
    try:
        found = _members(path, temporary, MAX_MEMBERS, MAX_ARCHIVE, "a class")
    except BadArchive as error:
        raise BadArchive(f"expected an archive of submissions; {path} {error}") from error
    except _UNREADABLE as error:
        raise BadArchive(f"expected a zip archive; {path} is none ({error}). Download it again") from error
    damaged = [item.trouble for item in found if item.trouble.startswith(_DAMAGED)]
    if damaged and len(damaged) == len(found):
        raise BadArchive(f"expected a zip archive; what is in {path} {damaged[0]}. Download it again")
    return found


def _opened(item: HandedIn, temporary: Path, allowance: Allowance) -> list[HandedIn]:
    """The file itself, or the notebooks in a student's own archive, whose names and times are not believed."""
    if item.trouble or not item.parts[-1].lower().endswith(".zip"):
        return [item]
    try:
        limits = MAX_STUDENT_MEMBERS, MAX_STUDENT_ARCHIVE
        inside = allowance.call(_members, item.file.absolute(), temporary, *limits, "a student")
        notebooks = [inner for inner in inside if is_notebook(inner.parts[-1])]
        if not notebooks:
            raise BadArchive("holds no notebook")
    except (BadArchive, LimitExceeded) as error:
        return [replace(item, trouble=f"the archive {error}")]
    except Exception:  # what zipfile stumbles upon in a forged archive has no common kind
        return [replace(item, trouble="the archive cannot be read; hand in the notebook itself")]
    return [replace(inner, parts=item.parts + inner.parts, time=item.time, stated=item.stated) for inner in notebooks]


_DAMAGED = "is damaged in the archive"


def _members(path: Path, temporary: Path, most: int, largest: int, who: str) -> list[HandedIn]:
    with zipfile.ZipFile(path) as archive:
        files = [member for member in archive.infolist() if member.filename and not member.is_dir()]
        members = [(parts, member) for member in files if not _quiet(parts := _parts(member))]
        sizes = [m.file_size for parts, m in members if _wanted(parts) and m.file_size <= _limit(m.filename)]
        if len(sizes) > most or sum(sizes) > largest:
            raise BadArchive(f"unpacks to more than {who} hands in")
        return [_unpacked(archive, member, parts, temporary) for parts, member in members]


def _limit(name: str) -> int:
    return MAX_NOTEBOOK if is_notebook(name) else MAX_STUDENT_ARCHIVE


def _too_large(name: str) -> str:
    advice = "clear its outputs and hand it in again" if is_notebook(name) else "hand in the notebook itself"
    return f"{TOO_LARGE} {_limit(name) >> 20} MB; {advice}"


def _parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """A member's path, without parts that would lead out of the archive."""
    name = member.filename
    if not member.flag_bits & 0x800:
        # Canvas and macOS write UTF-8 and do not say so.
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode()
    name = unicodedata.normalize("NFC", name.replace("\\", "/").replace("\0", ""))
    return tuple(part for part in name.split("/") if part not in ("", ".", "..")) or ("",)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, parts: tuple[str, ...], temporary: Path) -> HandedIn:
    if not _wanted(parts):
        return HandedIn(parts, temporary, trouble=NO_NOTEBOOK)
    handle, name = tempfile.mkstemp(PurePosixPath(parts[-1]).suffix, dir=temporary)
    os.close(handle)
    target = Path(name)
    item = HandedIn(parts, target, _member_time(member), stated=True)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind and not stat.S_ISREG(kind):
        return replace(item, trouble="is a link or a device, no notebook")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Other methods can be made to take any amount of memory to unpack.
        return replace(item, trouble="is packed in a way that is not read here; use an ordinary zip archive")
    if member.file_size > _limit(parts[-1]):
        return replace(item, trouble=_too_large(parts[-1]))
    try:
        with archive.open(member) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file)
    except _UNREADABLE as error:
        return replace(item, trouble=f"{_DAMAGED} ({error})")
    return item


def _member_time(member: zipfile.ZipInfo) -> datetime | None:
    """When a member was changed: in UTC where the archive has it, else in local time."""
    extra = member.extra
    while len(extra) >= 4:
        tag, size = struct.unpack("<HH", extra[:4])
        if tag == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", extra[5:9])[0], UTC)
        extra = extra[4 + size :]
    if member.date_time <= (1980, 1, 1, 0, 0, 0):
        return None
    try:
        return datetime(*member.date_time).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
