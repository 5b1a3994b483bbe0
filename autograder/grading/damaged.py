"""Reads files of a class that may be damaged, as when they were half saved, and says what mends them."""

import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, ValidationError

from autograder.grading.class_folder import BadInput

DAMAGED = (ValueError, KeyError, TypeError, AttributeError, ValidationError)
"""What nbformat raises for a file that is no notebook."""


def read_source(path: Path) -> NotebookNode:
    """The class's copy of a unit, `source/UNIT/UNIT.ipynb`.

    Raises:
        BadInput: if it is damaged.
    """
    try:
        return nbformat.read(path, as_version=4)
    except DAMAGED as error:
        raise BadInput(
            f"expected a notebook in {path}; it is damaged, as when it was half saved. Put a copy of it back, or take "
            f"the course's with `rnncourse release {path.stem} --update`, which keeps this file in kept/"
        ) from error


def read_graded(path: Path) -> NotebookNode:
    """A graded notebook, `autograded/STUDENT/UNIT/UNIT.ipynb`, which was validated when it was written.

    Raises:
        BadInput: if it is damaged.
    """
    try:
        return nbformat.v4.reads(path.read_text(encoding="utf-8"))
    except DAMAGED as error:
        raise BadInput(
            f"expected a graded notebook in {path}; it is damaged, as when it was half saved. "
            f"`rnncourse grade {path.stem}` makes it anew, and keeps points given by hand"
        ) from error


def read_record(path: Path, of: type, remedy: str) -> dict[str, Any]:
    """What the class keeps in a JSON file, by name; empty if there is no such file.

    Args:
        path: the file.
        of: the type of what it has under each name.
        remedy: what to do if it is damaged.

    Raises:
        BadInput: if it is damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if not isinstance(found, dict) or not all(isinstance(value, of) for value in found.values()):
            raise ValueError("it has other things in it")
        return found
    except (OSError, ValueError) as error:
        raise BadInput(f"expected what the class keeps in {path}; it cannot be read ({error}). {remedy}") from error
