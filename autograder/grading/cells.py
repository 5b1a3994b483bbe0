"""What a cell is for, as its metadata says.

nbgrader has these functions, too. The processes that read and run submissions do without it, since it takes a second to
import.
"""

from nbformat import NotebookNode


def is_grade(cell: NotebookNode) -> bool:
    """Whether a cell has points."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def is_solution(cell: NotebookNode) -> bool:
    """Whether a student writes in a cell."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_experiment(cell: NotebookNode) -> bool:
    """Whether a cell trains networks, or goes on with what such a cell found; grading does not run it."""
    return "experiment" in cell.metadata.get("tags", [])
