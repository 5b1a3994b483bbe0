"""Takes in what students hand in: notebooks, folders and zip archives, matched to students, damaged or not."""

import json
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import nbformat
from nbformat import NotebookNode

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.rebuild import fresh_cell, grade_id

MAX_NOTEBOOK = 30 * 2**20
MAX_ARCHIVE = 512 * 2**20
MAX_MEMBERS = 5_000


@dataclass(frozen=True)
class Received:
    """One submission that was taken in; `refused` says why nothing in it can be graded, if so."""

    student: str
    file: str
    refused: str = ""


def collect(course: ClassFolder, unit: str, files: Iterable[Path]) -> list[Received]:
    """Put submissions where nbgrader looks for them.

    A notebook belongs to the student whom its name says (`ada.ipynb`, `ada_u05_lstm.ipynb`); one that lies in a
    folder, in a given folder or in an archive, belongs to the student whom the innermost folder's name says, whatever
    its own name is. Of several from one student the newest counts. A notebook that cannot be read is kept, and takes
    its place in the gradebook with the reason.

    Args:
        course: the class.
        unit: the unit that was handed in.
        files: notebooks, folders and zip archives.

    Returns:
        What was taken in.

    Raises:
        BadInput: if a file is none of these, or holds no notebook; then nothing at all is taken in.
    """
    course.require_released(unit)
    blank = nbformat.read(course.release_notebook(unit), as_version=4)
    with tempfile.TemporaryDirectory() as temporary:
        found: dict[str, Path] = {}
        for number, path in enumerate(files):
            notebooks = list(_notebooks(path, unit, Path(temporary) / str(number)))
            if not notebooks:
                raise BadInput(f"expected submissions of {unit}; found no notebook in {path}")
            for student, notebook in notebooks:
                found[student] = max(found.get(student, notebook), notebook, key=_modified)
        received = [(student, path, read_submission(path, blank)) for student, path in sorted(found.items())]
        return [_store(course, unit, student, path, notebook) for student, path, notebook in received]


def _modified(path: Path) -> float:
    return path.stat().st_mtime


def _store(course: ClassFolder, unit: str, student: str, path: Path, notebook: NotebookNode) -> Received:
    kept = course.root / "received" / unit / student / path.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, kept)
    target = course.submission(unit, student)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    # Half a surrogate pair, which JSON can write and UTF-8 cannot, becomes a question mark.
    partial.write_bytes(nbformat.writes(notebook).encode(errors="replace"))
    partial.replace(target)
    return Received(student, path.name, notebook.metadata.get("rnncourse", {}).get("refused", ""))


def read_submission(path: Path, blank: NotebookNode) -> NotebookNode:
    """Read a submission as far as it can be read.

    Args:
        path: the file that was handed in.
        blank: the released notebook, which takes the place of one that cannot be read.

    Returns:
        The student's notebook, or a blank one whose metadata says why it stands there.
    """
    try:
        if path.stat().st_size > MAX_NOTEBOOK:
            raise ValueError(f"it is larger than {MAX_NOTEBOOK >> 20} MB; clear its outputs and hand it in again")
        notebook = cast(NotebookNode, nbformat.from_dict(_plain(json.loads(path.read_text(encoding="utf-8")))))
        if notebook.get("nbformat", 4) < 4:
            notebook = nbformat.convert(notebook, 4)
        notebook = nbformat.v4.new_notebook(cells=[_cell(cell) for cell in notebook.cells])
        if not any(grade_id(cell) for cell in notebook.cells):
            raise ValueError("it has no cell of this unit's notebook")
        return notebook
    except UnicodeDecodeError:
        reason = "the file is not text; hand in the notebook that JupyterLab saved"
    except json.JSONDecodeError as error:
        cut = error.pos >= path.stat().st_size - 2 or "Unterminated" in error.msg
        reason = f"the file is {'cut off' if cut else 'damaged'} at line {error.lineno}; hand in the whole notebook"
    except RecursionError:
        reason = "the file is nested too deeply to be a notebook"
    except Exception as error:  # what nbformat stumbles upon in old formats has no common kind
        reason = f"the file is not a notebook of this unit: {str(error)[:200]}"
    refused = deepcopy(blank)
    refused.metadata["rnncourse"] = {"refused": reason}
    return refused


def _plain(parsed: object) -> dict[str, object]:
    if not isinstance(parsed, dict) or not isinstance(parsed.get("cells", parsed.get("worksheets")), list):
        raise ValueError("it has no list of cells")
    return parsed


def _cell(cell: NotebookNode) -> NotebookNode:
    fresh = fresh_cell(cell)
    name = grade_id(cell)
    if name:
        fresh.metadata["nbgrader"] = {"grade_id": name}
    return fresh


def _notebooks(path: Path, unit: str, temporary: Path) -> Iterator[tuple[str, Path]]:
    if path.is_dir():
        for notebook in sorted(path.rglob("*.ipynb")):
            if ".ipynb_checkpoints" not in notebook.parts and notebook.is_file() and not notebook.is_symlink():
                inside = notebook.parent != path or notebook.stem == unit
                yield _student(notebook.resolve().parent.name if inside else notebook.stem, unit), notebook
    elif path.suffix == ".zip":
        _unpack(path, temporary)
        yield from _notebooks(temporary, unit, temporary)
    elif path.suffix == ".ipynb" and path.is_file():
        yield _student(path.stem, unit), path
    elif path.exists():
        raise BadInput(f"expected notebooks (.ipynb), folders or .zip archives; got {path}")
    else:
        raise BadInput(f"expected a file or folder; there is none at {path}")


def _student(name: str, unit: str) -> str:
    """The student whom a file or folder is named after."""
    student = re.sub(r"[^\w.@-]+", "-", re.sub(rf"[-_ .]*{unit}[-_ .]*", "", name)).strip(".@-")
    if not student:
        raise BadInput(f"expected a name with the student in it, such as ada_{unit}.ipynb; got {name}")
    return student


def _unpack(path: Path, target: Path) -> None:
    """Unpack the notebooks of an archive, and nothing else of it."""
    target.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith(".ipynb") and not m.is_dir()]
            if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_ARCHIVE:
                raise BadInput(f"expected an archive of submissions; {path} unpacks to more than a class hands in")
            for member in members:
                archive.extract(member, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise BadInput(f"expected a zip archive; {path} is none ({error}). Download it again") from error
