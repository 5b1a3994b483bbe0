"""What makes an ordinary nbgrader course a class of this one. A class folder's nbgrader_config.py calls `configure`."""

import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import nh3
from nbconvert.filters import markdown2html
from nbgrader.converters import Autograde, GenerateAssignment, GenerateSolution
from nbgrader.preprocessors import Execute, GetGrades

from autograder.authoring.inline import InlineExercises
from autograder.grading.rebuild import Rebuild
from autograder.grading.trusted_execute import TrustedExecute
from autograder.reports.feedback import TEMPLATES, FeedbackExporter, GroupByExercise

CONFIG_FILE = """\
# The class folder is an ordinary nbgrader course: nbgrader's own commands work in it.
from pathlib import Path

from autograder.nbgrader_config import configure

c = get_config()  # noqa: F821
# The seed is the class's secret: from it the inputs of the hidden checks are drawn.
# trusted=False falls back to stock nbgrader, which runs hidden tests inside the student's process.
configure(c, Path(__file__).parent, seed="{seed}", trusted=True)
# Limits of one submission, in seconds and MiB, and for one unit others:
# c.TrustedExecute.cell_seconds = 10
# c.TrustedExecute.call_seconds = 5
# c.TrustedExecute.submission_seconds = 300
# c.TrustedExecute.memory_mib = 3072
# c.TrustedExecute.file_mib = 64
# c.TrustedExecute.disk_mib = 256
# c.TrustedExecute.output_mib = 8
# c.TrustedExecute.processes = 64
# c.TrustedExecute.threads = 1024
# c.TrustedExecute.units = {{"u05_lstm": {{"cell_seconds": 20}}}}
# The gradebook, SQLite in this folder unless it is said here:
# c.CourseDirectory.db_url = "postgresql://user:password@host/gradebook"
# c.CourseDirectory.course_id = "rnn"  # PostgreSQL insists on a name
"""


def configure(c: Any, folder: Path, seed: str, trusted: bool = True) -> None:
    """Configure nbgrader for a class.

    Args:
        c: the configuration of nbgrader_config.py.
        folder: the class folder.
        seed: the class's secret, from which the inputs of hidden checks are drawn.
        trusted: False runs the hidden tests as stock nbgrader does, where a submission can change its own score.
    """
    # nbgrader calls `alembic`, which lies beside Python and may not be on the PATH.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    c.GenerateAssignment.preprocessors = [InlineExercises, *_steps(GenerateAssignment, "preprocessors")]
    c.GenerateSolution.preprocessors = [InlineExercises, *_steps(GenerateSolution, "preprocessors")]
    c.GenerateFeedback.preprocessors = [GetGrades, GroupByExercise]
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.FeedbackExporter.template_name = "rnncourse"
    c.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {"markdown2html": clean_markdown}
    c.Execute.timeout = 600
    c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--log-level=40"]
    c.TrustedExecute.seed = seed
    c.Exchange.root = str(folder.resolve() / "exchange")
    if not trusted:
        warnings.warn("hidden tests run inside the students' processes: their scores cannot be trusted", stacklevel=2)
        return
    c.Autograde.sanitize_preprocessors = [Rebuild, *_steps(Autograde, "sanitize_preprocessors")]
    c.Autograde.autograde_preprocessors = [
        TrustedExecute if step is Execute else step for step in _steps(Autograde, "autograde_preprocessors")
    ]


def clean_markdown(source: str) -> str:
    """Render Markdown for the formgrader, and let nothing through that could act on whoever reads it."""
    return nh3.clean(markdown2html(source))


def cause(result: dict[str, Any]) -> str:
    """The line of nbgrader's log that says why something failed."""
    lines = [line.strip() for line in (result.get("log") or "").splitlines()]
    causes = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Entry|NoResultFound): ", line)]
    return causes[-1] if causes else result.get("error") or "nbgrader did not say why"


def _steps(converter: type, trait: str) -> list[type]:
    """nbgrader's own list of steps."""
    return list(getattr(converter, trait).default_args[0])
