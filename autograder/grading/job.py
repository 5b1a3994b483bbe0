"""What travels to a worker and back: plain values."""

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autograder import PROJECT
from autograder.sandbox.walls import Limits


@dataclass(frozen=True)
class Job:
    """Everything that the verdicts on one submission depend on, so that any machine can reach them.

    Attributes:
        student: the student.
        notebook: the cells of the submission in the shape of the assignment, with the hidden tests, as JSON.
        student_wheel: the student edition of rnncore.
        seed: the class's secret, from which the inputs of hidden checks are drawn.
        demonstrations: code cells of the assignment whose figures are drawn only once a check has failed, when the
            feedback shows them beside those of the reference.
        experiments: code cells of the assignment without an id that go on with an experiment, and are not run either.
        imports: modules that the submission imports if it is like the assignment.
        limits: what the submission may use.
        code_version: the version of the code that is to reach the verdicts; a machine with another one refuses.
        sandbox: False runs the submission without walls.
    """

    student: str
    notebook: str
    student_wheel: bytes
    seed: str
    demonstrations: frozenset[str]
    experiments: frozenset[str]
    imports: tuple[str, ...]
    limits: Limits
    code_version: str
    sandbox: bool = True


class SandboxLostError(Exception):
    """A submission lost its sandbox, and with it perhaps points, by nothing that it did."""


@dataclass(frozen=True)
class Graded:
    """The outputs and verdicts of each cell of the notebook, in order.

    Attributes:
        outputs: the outputs of each cell.
        verdicts: the verdict of each test cell.
        seconds: how long it took.
        starved: whether time on the wall ran out before that of a processor, as it does on a machine that is too busy.
        orphaned: whether the process ended that sandboxes are forked from, as on a machine that has no memory left.
    """

    outputs: tuple[list[NotebookNode], ...]
    verdicts: tuple[dict[str, Any] | None, ...]
    seconds: float
    starved: bool = False
    orphaned: bool = False

    def require_whole(self) -> None:
        """
        Raises:
            SandboxLostError: if it is orphaned.
        """
        if self.orphaned:
            raise SandboxLostError(
                "the process that its sandbox was forked from ended while it was graded; is there memory left? Grade "
                "it again"
            )


@functools.cache
def code_version() -> str:
    """A hash of the code that this process reaches verdicts with."""
    digest = hashlib.sha256()
    for path in sorted(path for name in ("autograder", "rnncore") for path in (PROJECT / name).rglob("*.py")):
        digest.update(repr((path.relative_to(PROJECT).as_posix(), path.read_bytes())).encode())
    return digest.hexdigest()[:12]


def notebook_as_text(nb: NotebookNode) -> str:
    """The cells of a notebook as JSON, with the parts that matter to grading."""
    cells = []
    for cell in nb.cells:
        kept: dict[str, Any] = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        kind = "code" if cell.cell_type == "code" else "markdown"
        cells.append({"cell_type": kind, "source": cell.source, "metadata": kept})
    return json.dumps(cells)
