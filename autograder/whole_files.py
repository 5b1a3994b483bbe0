"""Writes files whole or not at all: a disk that is full, or the end of the process, leaves a file as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write, which takes its place at the end of the block, or goes if the block raises."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
