"""One file of a corpus on this computer."""

import hashlib
import os
from pathlib import Path

import pooch

from rnncore.tasks.corpora.registry import MD5, SHA256, SOURCES

VARIABLE = "RNNCORE_DATA"
"""The environment variable that names a folder with local copies."""


def fetch(name: str) -> Path:
    """Where a file lies, after it was found or fetched, and checked.

    If the environment variable `RNNCORE_DATA` names a folder, the file is read there and nothing is
    fetched. Otherwise it is fetched from its source the first time, with a progress bar, and kept
    in the user's cache folder. Either way it must have the known checksum.

    Args:
        name: a key of `SHA256` or `MD5`, such as `"names/Irish.txt"`: a path within the folder.

    Returns:
        The path of the file.

    Raises:
        FileNotFoundError: if the folder of local copies does not hold it.
        ConnectionError: if it cannot be fetched; the message says what to do.
        ValueError: if the file is not the one that it should be.
    """
    folder = os.environ.get(VARIABLE)
    return _local(Path(folder), name) if folder else _cached(name)


def local_copy(name: str, page: str) -> Path:
    """Where a file lies that may not be passed on, and so cannot be fetched or compared.

    Args:
        name: a path within the folder that `RNNCORE_DATA` names.
        page: where it is told how to get the file.

    Returns:
        The path of the file.

    Raises:
        FileNotFoundError: if there is no such file; the message says what to do.
    """
    folder = os.environ.get(VARIABLE)
    path = Path(folder or "FOLDER") / name
    if not folder or not path.is_file():
        raise FileNotFoundError(
            f"{name} may not be passed on, so it cannot be fetched. Get it as {page} tells, put it "
            f"at {path}, and set {VARIABLE}={folder or 'FOLDER'}."
        )
    return path


def _local(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{VARIABLE} is {folder}, which has no {name}. Put the file there, from "
            f"{_address(name)}, or unset {VARIABLE} to have it fetched."
        )
    kind, expected = _checksum(name)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, kind).hexdigest()
    if found != expected:
        raise ValueError(f"{path} must have the {kind.upper()} {expected}; got {found}")
    return path


def _cached(name: str) -> Path:
    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel("WARNING")
    try:
        path = pooch.retrieve(
            _address(name),
            known_hash=":".join(_checksum(name)),
            fname=Path(name).name,
            path=pooch.os_cache("rnncore") / Path(name).parent,
            progressbar=True,
        )
    except OSError as error:
        raise ConnectionError(
            f"Could not fetch {_address(name)} ({_reason(error)}). Try again with a network, or "
            f"save it as FOLDER/{name} and set {VARIABLE}=FOLDER."
        ) from error
    finally:
        logger.setLevel(before)
    return Path(path)


def _reason(error: OSError) -> str:
    """What went wrong, in a few words; the messages of a failed connection run to several lines."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP status {response.status_code}"
    return error.strerror or type(error).__name__


def _checksum(name: str) -> tuple[str, str]:
    return ("sha256", SHA256[name]) if name in SHA256 else ("md5", MD5[name])


def _address(name: str) -> str:
    folder, _, file = name.partition("/")
    return f"{SOURCES[folder]}/{file}" if file else SOURCES[folder]
