"""nbgrader's converters, set up to make notebooks from the sources of units."""

import os
import re
import sys
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateAssignment, GenerateSolution

from autograder.authoring.inline import InlineExercises
from autograder.authoring.require import RequirePackage


def configure_authoring(c: Any) -> None:
    """Let nbgrader expand exercises when it generates an assignment or a solution, and run solutions quietly.

    Args:
        c: an nbgrader configuration.
    """
    # nbgrader calls `alembic`, which is installed beside Python and may not be on the PATH.
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", "")])
    c.GenerateAssignment.preprocessors = [
        InlineExercises,
        RequirePackage,
        *default_steps(GenerateAssignment, "preprocessors"),
    ]
    c.GenerateSolution.preprocessors = [InlineExercises, *default_steps(GenerateSolution, "preprocessors")]
    c.Execute.timeout = 600
    c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--log-level=40"]


def default_steps(converter: type, trait: str) -> list[type]:
    """The preprocessors that nbgrader itself gives a converter."""
    return list(getattr(converter, trait).default_args[0])


def cause(result: dict[str, Any]) -> str:
    """The line of nbgrader's log, or of its traceback, that says why something failed."""
    for text in (result.get("log") or "", error := result.get("error") or ""):
        lines = [line.strip() for line in text.splitlines()]
        causes = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Entry|NoResultFound): ", line)]
        if causes:
            return causes[-1]
    return error or "nbgrader did not say why"
