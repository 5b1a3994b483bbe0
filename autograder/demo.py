"""A demonstration class for one unit: right, wrong, broken and hostile submissions."""

from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils

from autograder.authoring.inline import inline_exercises, without_marks
from autograder.authoring.units import find_unit
from autograder.grading.rebuild import grade_id

UNIT = "u05_lstm"


class Homework:
    """One student's notebook, made from the released one."""

    def __init__(self, released: Path, solved: bool = False, unit: str = UNIT):
        """
        Args:
            released: the released notebook.
            solved: whether to start from the reference answers instead of the stubs.
            unit: the unit.
        """
        self.nb: NotebookNode = nbformat.read(released, as_version=4)
        self._cells = {str(grade_id(cell)): cell for cell in self.nb.cells if grade_id(cell)}
        if solved:
            for name, source in reference_answers(unit).items():
                self._cells[name].source = source

    def write(self, exercise: str, source: str) -> "Homework":
        """Replace the source of an answer cell."""
        self._cells[exercise].source = source
        return self

    def change(self, exercise: str, old: str, new: str) -> "Homework":
        """Replace a part of an answer."""
        cell = self._cells[exercise]
        if old not in cell.source:
            raise ValueError(f"expected {old!r} in the answer to {exercise}")
        cell.source = cell.source.replace(old, new)
        return self

    def append(self, exercise: str, source: str) -> "Homework":
        """Append to an answer."""
        return self.write(exercise, f"{self._cells[exercise].source}\n\n{source}")

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(self.nb, path)


def reference_answers(unit: str = UNIT) -> dict[str, str]:
    """The reference's source of each answer cell of a unit, by grade_id."""
    cells = [cell for cell in find_unit(unit).notebook().cells if grade_id(cell) and utils.is_solution(cell)]
    return {str(grade_id(cell)): without_marks(inline_exercises(cell.source)) for cell in cells}


HARD_CODED = """
def set_forget_bias(params, value):
    # What the visible check asks for, and nothing else.
    return params._replace(b=np.array([0, 1, 10, 10, 4, 5, 6, 7.0]))
"""

ENDLESS = """
def lstm_forward(xs, state, params):
    while True:
        try:
            pass
        except KeyboardInterrupt:
            pass
"""

TRANSFORMER = """
get_ipython().input_transformers_post.append(lambda lines: ["pass\\n"])
"""

EQUAL_TO_EVERYTHING = """
class Yes:
    shape, dtype, ndim = (), float, 0
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __array__(self, *args, **kwargs): return np.zeros(1)
    def __lt__(self, other): return True
    def __iter__(self): return iter([self, self])
    def __float__(self): return 0.0
    def __call__(self, *args, **kwargs): return self
    __le__ = __gt__ = __ge__ = __lt__
    __sub__ = __rsub__ = __add__ = __abs__ = lambda self, *other: self
    __hash__ = None

def lstm_step(x, state, params):
    return Yes(), Yes()
"""


def hand_in(released: Path, folder: Path) -> None:
    """Write the submissions of the whole class, one folder per student, named after the kind of work.

    Args:
        released: the released notebook of `UNIT`.
        folder: the folder to write to.
    """

    def solved() -> Homework:
        return Homework(released, solved=True)

    work: dict[str, Callable[[], Homework]] = {
        "reference": solved,
        "swapped-gates": lambda: (
            solved()
            .change("lstm-step", "i = sigmoid(a[:, :H])", "f = sigmoid(a[:, :H])")
            .change("lstm-step", "f = sigmoid(a[:, H : 2 * H])", "i = sigmoid(a[:, H : 2 * H])")
        ),
        "one-bias": lambda: solved().change("from-torch", ' + weights["bias_hh_l0"]', ""),
        "blank": lambda: Homework(released),
        "half-finished": lambda: (
            Homework(released)
            .write("lstm-step", reference_answers()["lstm-step"])
            .append("lstm-forward", "hs = lstm_forward(np.zeros((1, 2, 3)), zero_state, my_params)")
        ),
        "hard-coded": lambda: Homework(released).write("set-forget-bias", HARD_CODED),
        "endless-loop": lambda: solved().write("lstm-forward", ENDLESS),
        "input-transformer": lambda: Homework(released).write("lstm-step", TRANSFORMER),
        "equal-to-everything": lambda: Homework(released).write("lstm-step", EQUAL_TO_EVERYTHING),
        "killed-kernel": lambda: solved().append("lstm-forward", "import os\nos._exit(0)"),
        "truncated": solved,
        "renamed": solved,
    }
    for student, make in work.items():
        name = "my homework (final).ipynb" if student == "renamed" else f"{UNIT}.ipynb"
        make().save(folder / student / name)
    cut = folder / "truncated" / f"{UNIT}.ipynb"
    cut.write_text(cut.read_text()[: cut.stat().st_size // 2])
