"""Reads one submitted file: a notebook whose cells carry their marks, or the reason why it cannot be read."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import cast

import nbformat
from nbformat import NotebookNode

from autograder.grading.rebuild import MAX_TEXT, text_size
from autograder.intake import archives
from autograder.intake.repair import NotThisUnit, repair
from autograder.limited import Allowance, LimitExceeded

MAX_CELLS = 2_500


class NotANotebook(ValueError):
    """A file that is no notebook of Jupyter; the message says why."""


def read_within(allowance: Allowance, path: Path, release: NotebookNode) -> NotebookNode:
    """Read a submission as `read_submission` does, in a process of its own.

    Args:
        allowance: that of the student; a submission that exceeds it counts as one that cannot be read.
        path: the submitted file.
        release: the released notebook.
    """
    try:
        return allowance.call(read_submission, path.absolute(), release)
    except LimitExceeded as error:
        return refused(f"the file is no ordinary notebook: to read it {error}", release)


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
            raise NotANotebook(f"it is larger than {most >> 20} MB; clear its outputs and hand it in again")
        notebook = cast(NotebookNode, nbformat.from_dict(_plain(json.loads(path.read_text(encoding="utf-8-sig")))))
        if notebook.nbformat < 4:
            notebook = nbformat.convert(notebook, 4)
        if text_size(notebook) > MAX_TEXT:
            raise NotANotebook(f"its cells hold more than {MAX_TEXT >> 20} MB of text")
        cells, repairs = repair(notebook.cells, release)
        notes = {"rnncourse": {"repairs": repairs}} if repairs else {}
        return nbformat.v4.new_notebook(cells=cells, metadata=notes)
    except UnicodeDecodeError:
        return refused("the file is not text; hand in the notebook that JupyterLab saved", release)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc) - 2 or "Unterminated" in error.msg
        what = "cut off" if cut else "damaged"
        return refused(f"the file is {what} at line {error.lineno}; hand in the whole notebook", release)
    except RecursionError:
        return refused("the file is nested too deeply to be a notebook", release)
    except (NotANotebook, NotThisUnit) as error:
        return refused(f"the file is not a notebook of this unit: {error}", release)
    except MemoryError:
        raise  # where reading has a limit of memory, that is the reason
    except Exception:  # what nbformat stumbles upon in old and forged formats has no common kind
        return refused("the file is damaged; hand in the notebook as JupyterLab saved it", release)


def refused(reason: str, release: NotebookNode) -> NotebookNode:
    """A blank notebook that takes the place of a submission and says why."""
    blank = deepcopy(release)
    blank.metadata["rnncourse"] = {"refused": " ".join(reason.split())}
    return blank


def _plain(parsed: object) -> dict[str, object]:
    """What JSON gave, with the number of its format as a number and without cells that are nothing."""
    if not isinstance(parsed, dict) or not isinstance(cells := parsed.get("cells", parsed.get("worksheets")), list):
        raise NotANotebook("it has no list of cells")
    if len(cells) > MAX_CELLS:
        raise NotANotebook(f"it has more than {MAX_CELLS} cells")
    for number, cell in enumerate(cells, 1):
        if cell is not None and not isinstance(cell, dict):
            raise NotANotebook(f"its cell {number} is damaged; hand in the notebook as JupyterLab saved it")
    version = parsed.get("nbformat", 4)
    if isinstance(version, str) and re.fullmatch("[1-9]", version):
        version = int(version)
    if not isinstance(version, int):
        raise NotANotebook(f"the number of its format should be 4; it is {json.dumps(version)[:20]}")
    kept = [cell for cell in cells if cell is not None]
    return parsed | {"cells" if "cells" in parsed else "worksheets": kept, "nbformat": version}
