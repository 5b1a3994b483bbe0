"""What turns an ordinary nbgrader course into a class of this one.

A class folder's nbgrader_config.py calls `configure`. This module alone knows all parts of the grader.
"""

import warnings
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, GetGrades, OverwriteCells, SaveAutoGrades

from autograder.authoring.converters import configure_authoring, default_steps
from autograder.grading.class_folder import BadInput
from autograder.grading.rebuild_step import Rebuild
from autograder.grading.save_grades import SaveGrades
from autograder.grading.trusted_execute import TrustedExecute
from autograder.grading.weights import KeepPoints
from autograder.reports.feedback import TEMPLATES, FeedbackExporter, GroupByExercise
from autograder.reports.formgrader import use_in_formgrader
from autograder.reports.markdown import markdown2html
from autograder.reports.nbgrader_export import CurrentGrades


def configure(c: Any, folder: Path, seed: str = "", trusted: bool = True, shared: bool = False) -> None:
    """Configure nbgrader for a class.

    Args:
        c: the configuration object of nbgrader_config.py.
        folder: the class folder.
        seed: the class's secret, from which the inputs of hidden checks are drawn; if not given, it is in seed.txt.
        trusted: False runs hidden tests as stock nbgrader does, where a submission can change its own score.
        shared: whether the group of the class folder can write what nbgrader makes in it.
    """
    configure_authoring(c)
    c.GenerateFeedback.preprocessors = [GetGrades, GroupByExercise]
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.FeedbackExporter.template_name = "rnncourse"
    c.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {"markdown2html": markdown2html}
    use_in_formgrader()
    c.ExportApp.plugin_class = CurrentGrades
    c.TrustedExecute.seed = seed or _read_seed(folder / "seed.txt")
    c.CourseDirectory.groupshared = shared
    c.Exchange.root = str(folder.resolve() / "exchange")
    steps = default_steps(Autograde, "autograde_preprocessors")
    c.Autograde.autograde_preprocessors = [SaveGrades if step is SaveAutoGrades else step for step in steps]
    if not trusted:
        warnings.warn("hidden tests run inside the students' processes: their scores cannot be trusted", stacklevel=2)
        return
    steps = default_steps(Autograde, "sanitize_preprocessors")
    c.Autograde.sanitize_preprocessors = [Rebuild, *(KeepPoints if s is OverwriteCells else s for s in steps)]
    steps = c.Autograde.autograde_preprocessors
    c.Autograde.autograde_preprocessors = [TrustedExecute if step is Execute else step for step in steps]


def _read_seed(path: Path) -> str:
    try:
        seed = path.read_text().strip()
    except OSError as error:
        raise BadInput(f"expected the class's seed in {path}; it cannot be read ({error.strerror})") from error
    if not seed:
        raise BadInput(f"expected the class's seed in {path}; the file is empty. Put a backup of it back")
    return seed
