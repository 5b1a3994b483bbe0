"""What an attack is."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.demo import Homework
from autograder.grading.rebuild import grade_id

Trick = Callable[[Homework], object]
HARMFUL = "it would harm the machine"

STUB = "def {}(*args):\n    raise NotImplementedError()"
IN_PLACE = """
_right = lstm_step
def lstm_step(x, state, params):
    result = _right(x.copy(), state, params)
    x += 1
    return result
"""

TWINS: dict[str, Callable[[Path], Homework]] = {
    "blank": lambda released: Homework(released),
    "reference": lambda released: Homework(released, solved=True),
    "no lstm_forward": lambda released: Homework(released, solved=True).write(
        "lstm-forward", STUB.format("lstm_forward")
    ),
    "changes inputs": lambda released: Homework(released, solved=True).append("lstm-step", IN_PLACE),
    "nothing handed in": lambda released: Homework(released),
}
"""The honest work that attacks begin with, made from a released notebook."""


def as_notebook(notebook: str, folder: Path) -> None:
    """Hand in the notebook and nothing else."""
    (folder / "homework.ipynb").write_text(notebook)


@dataclass(frozen=True)
class Attack:
    """A submission that tries something.

    Attributes:
        trick: what is done to the honest notebook.
        twin: the honest work, a name in `TWINS`.
        keeps: whether nothing may be lost by it either, since it does not touch an answer.
        collected: whether the notebook is handed in through the intake, which takes metadata off, or lies where
            nbgrader reads it.
        pack: writes what is handed in to a folder, where it is not the notebook alone.
        not_stock: why stock nbgrader does not grade it.
        slow: whether it takes so long that only `make attack` grades it.
    """

    trick: Trick = lambda homework: None
    twin: str = "blank"
    keeps: bool = False
    collected: bool = True
    pack: Callable[[str, Path], None] = as_notebook
    not_stock: str = ""
    slow: bool = False

    def notebook(self, released: Path) -> str:
        """The notebook with the trick."""
        homework = TWINS[self.twin](released)
        self.trick(homework)
        return json.dumps(homework.nb)


def below(source: str, exercise: str = "lstm-step") -> Trick:
    """Code below an answer."""
    return lambda homework: homework.append(exercise, source)


def instead(source: str, exercise: str = "lstm-step") -> Trick:
    """Code in the place of an answer."""
    return lambda homework: homework.write(exercise, source)


def extra(source: str) -> Trick:
    """A cell of the student's own, near the top."""
    return lambda homework: homework.nb.cells.insert(2, nbformat.v4.new_code_cell(source))


def is_test(cell: nbformat.NotebookNode) -> bool:
    return str(grade_id(cell)).endswith("-check")
