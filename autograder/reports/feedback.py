"""The feedback page: what was checked in each exercise, what was found, and what it looks like was done."""

import re
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

TEMPLATES = Path(__file__).parent / "templates"
_HEADING = re.compile(r"^#+ +(.+)$", re.M)


class FeedbackExporter(HTMLExporter):
    """Renders graded notebooks with the template `rnncourse`."""


class GroupByExercise(NbGraderPreprocessor):
    """Gathers what belongs to one exercise: its answer, its outputs, its checks, its grade and its comment."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        entry = resources["nbgrader"]
        with Gradebook(entry["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(entry["notebook"], entry["assignment"], entry["student"])
            waiting = {g.name for g in notebook.grades if g.needs_manual_grade and g.manual_score is None}
        exercises: list[dict[str, Any]] = []
        title, answer = "", None
        for cell in nb.cells:
            if cell.cell_type == "markdown" and not utils.is_solution(cell):
                headings = _HEADING.findall(cell.source)
                title = headings[-1] if headings else title
            elif utils.is_solution(cell) and not utils.is_grade(cell):
                answer = cell
            if utils.is_grade(cell):
                grade = cell.metadata.nbgrader
                exercises.append(
                    {
                        "id": grade.grade_id,
                        "title": title,
                        "score": grade.score,
                        "points": grade.points,
                        "waiting": grade.grade_id in waiting,
                        "answer": answer if answer is not None else cell,
                        "outputs": [o for c in (answer, cell) if c is not None for o in _shown(c)],
                        "verdict": cell.metadata.get("rnncourse", {}),
                        "comment": grade.get("comment") or (answer and answer.metadata.nbgrader.get("comment")) or "",
                    }
                )
                answer = None
        resources["exercises"] = exercises
        resources["refused"] = nb.metadata.get("rnncourse", {}).get("refused", "")
        return nb, resources


def _shown(cell: NotebookNode) -> list[NotebookNode]:
    """The student's own outputs; the score and its table stand elsewhere on the page."""
    return [output for output in cell.get("outputs", []) if output.output_type != "execute_result"]
