"""Reads one submitted file: a notebook whose cells carry their marks, or the reason why it cannot be read."""

import json
from copy import deepcopy
from pathlib import Path
from typing import cast

import nbformat
from nbformat import NotebookNode

from autograder.intake import archives
from autograder.intake.repair import repair

MAX_CELLS = 5_000


def read_submission(path: Path, release: NotebookNode) -> NotebookNode:
    """Read a submission, and repair what can be repaired with certainty.

    Args:
        path: the submitted file.
        release: the released notebook, which replaces one that cannot be read.

    Returns:
        The student's cells with their sources and marks, and the repairs in the metadata; or a blank notebook whose
        metadata says why the submission could not be read.
    """
    try:
        most = archives.MAX_NOTEBOOK
        if path.stat().st_size > most:
            raise ValueError(f"it is larger than {most >> 20} MB; clear its outputs and hand it in again")
        notebook = cast(NotebookNode, nbformat.from_dict(_plain(json.loads(path.read_text(encoding="utf-8-sig")))))
        if notebook.get("nbformat", 4) < 4:
            notebook = nbformat.convert(notebook, 4)
        cells, repairs = repair(notebook.cells, release)
        notes = {"rnncourse": {"repairs": repairs}} if repairs else {}
        return nbformat.v4.new_notebook(cells=cells, metadata=notes)
    except UnicodeDecodeError:
        return refused("the file is not text; hand in the notebook that JupyterLab saved", release)
    except json.JSONDecodeError as error:
        cut = error.pos >= path.stat().st_size - 2 or "Unterminated" in error.msg
        what = "cut off" if cut else "damaged"
        return refused(f"the file is {what} at line {error.lineno}; hand in the whole notebook", release)
    except RecursionError:
        return refused("the file is nested too deeply to be a notebook", release)
    except Exception as error:  # what nbformat stumbles upon in old formats has no common kind
        return refused(f"the file is not a notebook of this unit: {str(error)[:200]}", release)


def refused(reason: str, release: NotebookNode) -> NotebookNode:
    """A blank notebook that takes the place of a submission and says why."""
    blank = deepcopy(release)
    blank.metadata["rnncourse"] = {"refused": " ".join(reason.split())}
    return blank


def _plain(parsed: object) -> dict[str, object]:
    cells = parsed.get("cells", parsed.get("worksheets")) if isinstance(parsed, dict) else None
    if not isinstance(parsed, dict) or not isinstance(cells, list):
        raise ValueError("it has no list of cells")
    if len(cells) > MAX_CELLS:
        raise ValueError(f"it has more than {MAX_CELLS} cells")
    return parsed
