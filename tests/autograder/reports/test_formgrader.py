"""The formgrader's page on a submission. Oracle: what the class's source says."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.reports.formgrader import FOR_GRADERS, render_page, render_plain_page

WRITTEN = {"nbgrader": {"grade": True, "solution": True, "grade_id": "question", "points": 2}}


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """A graded notebook with a written answer, in a class whose source has a good one."""
    paths = {"A good answer.": "source/u/u.ipynb", "My answer.": "autograded/ada/u/u.ipynb"}
    for text, place in paths.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True)
        nbformat.write(new_notebook(cells=[new_markdown_cell(text, metadata=WRITTEN)]), path)
    return tmp_path / "autograded/ada/u/u.ipynb"


@pytest.mark.parametrize("render", [render_page, lambda *given: render_plain_page(*given, "It is long.")])
def test_a_damaged_source_costs_the_mark_scheme_alone(graded, render):
    whole = render({}, graded, {})
    assert FOR_GRADERS.split("**")[1] in whole
    assert whole.index("A good answer.") < whole.index("My answer.")
    (graded.parents[3] / "source/u/u.ipynb").write_text("{")
    page = render({}, graded, {})
    assert "My answer." in page
    assert "A good answer." not in page
    assert "How to mark the written answers is not shown" in page
    assert "it is damaged" in page
