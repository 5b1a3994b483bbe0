"""What expensive text costs the process that collects, grades, reports and shows. Oracles: its processor clock and its
memory, beside the honest work; the repaired notebook, beside the honest one. `make attack` grades the same work."""

import re
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.server_extensions.formgrader import formgrader

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import Result
from autograder.grading.rebuild import grade_id, read_and_rebuild
from autograder.grading.safe_html import TooMuchHtml, clean_html
from autograder.grading.submission import UnitGrader
from autograder.limited import Allowance, LimitExceeded
from autograder.reports.formgrader import LimitedExporter, use_in_formgrader
from autograder.reports.report import Submission, comparable_answers
from tests.attacks.grading import student
from tests.attacks.text import TEXT
from tests.conftest import collect

pytestmark = pytest.mark.slow

SECONDS = 2.0
MIB = 200
RESOURCES = {"base_url": "", "index": 0, "total": 1}


def cost(action: Callable[..., Any], *args: Any) -> Any:
    """The result of an action that may cost this process two seconds and 200 MiB and no more."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    result = action(*args)
    assert time.process_time() - start < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MIB
    return result


@pytest.fixture(scope="module")
def course(released: Path, tmp_path_factory: pytest.TempPathFactory) -> ClassFolder:
    """A class with the honest twin, in which nobody is graded."""
    root = tmp_path_factory.mktemp("costs") / "class"
    course = ClassFolder(Path(shutil.copytree(released, root)))
    Homework(course.release_notebook(UNIT), solved=True).save(root.parent / "twin.ipynb")
    collect(course, UNIT, [root.parent / "twin.ipynb"])
    return course


@pytest.fixture(scope="module")
def twin(course: ClassFolder) -> nbformat.NotebookNode:
    return read_and_rebuild(course.submission(UNIT, "twin"), course.release_notebook(UNIT))


def exporter(course: ClassFolder) -> LimitedExporter:
    use_in_formgrader()
    made: type[LimitedExporter] = formgrader.HTMLExporter  # pyright: ignore
    assert made is LimitedExporter
    config = course.config.copy()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(Path(formgrader.__file__).parent / "templates")]
    return made(config=config)


def answers(nb: nbformat.NotebookNode) -> dict[str, str]:
    return {str(grade_id(cell)): cell.source for cell in nb.cells if grade_id(cell)}


@pytest.mark.parametrize("name", [name for name, attack in TEXT.items() if attack.collected])
def test_expensive_text_costs_little_and_the_work_beside_it_counts(course, twin, name, tmp_path):
    attack = TEXT[name]
    # Nothing that cannot be read takes the place of what can.
    shutil.rmtree(course.submission(UNIT, "eve").parent, ignore_errors=True)
    own = tmp_path / "in" / "eve"
    own.mkdir(parents=True)
    attack.pack(attack.notebook(course.release_notebook(UNIT)), own)
    (received,) = cost(collect, course, UNIT, [tmp_path / "in"])
    assert received.student == "eve"
    assert not (attack.keeps and received.refused), received.refused
    submission = course.submission(UNIT, "eve")
    rebuilt = cost(Allowance().call, read_and_rebuild, submission, course.release_notebook(UNIT))
    if attack.keeps:
        assert answers(rebuilt) == answers(twin)
        handed_out = {cell.source for cell in twin.cells}
        written = Submission(Result("eve"), rebuilt).answers(handed_out)
        if any(len(cells) > 1 for cells in written.values()):
            found = cost(comparable_answers, written, {})
            assert found.keys() == Submission(Result("twin"), twin).answers(handed_out).keys()
            assert all(answer.readable for answer in found.values())
    added = [cell for cell in rebuilt.cells if cell.source not in {cell.source for cell in twin.cells}]
    if any(cell.cell_type == "markdown" or len(cell.source) > 100_000 for cell in added):
        path = tmp_path / "graded.ipynb"
        nbformat.write(rebuilt, path)
        page, _ = cost(exporter(course).from_filename, str(path), dict(RESOURCES))
        assert "lstm-question" in page
        assert not re.search("<img[^>]*attacker", page)


def test_one_student_costs_the_others_nothing(course, tmp_path):
    """Also where several kinds of it come at once."""
    for name in ("2 MB of lists", "20 MB of lists", "3 GB", "an archive of 500,000 files"):
        own = tmp_path / "in" / student(name)
        own.mkdir(parents=True)
        TEXT[name].pack(TEXT[name].notebook(course.release_notebook(UNIT)), own)
    shutil.copy(course.root.parent / "twin.ipynb", tmp_path / "in" / "twin.ipynb")
    received = {one.student: one.refused for one in collect(course, UNIT, [tmp_path / "in"])}
    assert len(received) == 5
    assert not received["twin"]
    assert "larger than 30 MB; clear its outputs" in received["3-gb"]
    assert "to read it takes more than" in received["20-mb-of-lists"]
    assert not any((course.received_folder(UNIT) / "3-gb").glob("*"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>x</b>", True),
        ("<table><tr><td>1</table>" * 100, True),
        ("<ul>" + "<li>a" * 5_000 + "</ul>", True),
        ("<div>" * 50_000, False),
        ("<b></p>" * 50_000, False),
        ("<a><i><p></a>" * 20_000, False),
        ("x" * 2**21, False),
    ],
)
def test_html_is_cleaned_or_refused_in_time(text, shown):
    try:
        assert cost(Allowance().call, clean_html, text)
        assert shown
    except TooMuchHtml:
        assert not shown


def test_many_outputs_share_one_allowance():
    allowance = Allowance()
    assert allowance.call(clean_html, "<table>x</table>" * 20_000)
    with pytest.raises(LimitExceeded):
        cost(lambda: [allowance.call(clean_html, "<table>x</table>" * 20_000) for _ in range(1_000)])


def test_a_page_that_takes_too_much_is_shown_as_it_was_typed(course, tmp_path):
    nb = nbformat.read(course.release_notebook(UNIT), as_version=4)
    nb.cells.insert(0, nbformat.v4.new_markdown_cell("<b>first</b> " + "\\begin{a}" * 10_000))
    colours = nbformat.v4.new_output("stream", text="\x1b[31m" * 500_000)
    nb.cells.insert(0, nbformat.v4.new_code_cell("'<script>'", outputs=[colours]))
    nbformat.write(nb, tmp_path / "graded.ipynb")
    page, _ = cost(exporter(course).from_filename, str(tmp_path / "graded.ipynb"), dict(RESOURCES))
    assert "The full page takes more than 2 s" in page
    assert "&lt;b&gt;first&lt;/b&gt;" in page
    assert "&lt;script&gt;" in page
    assert "lstm-question" in page


def test_past_the_intake_the_reason_is_said(course, tmp_path):
    path = course.submission(UNIT, "mallory")
    path.parent.mkdir(parents=True)
    TEXT["20 MB of lists"].pack(TEXT["20 MB of lists"].notebook(course.release_notebook(UNIT)), path.parent)
    (path.parent / "homework.ipynb").rename(path)
    grader = UnitGrader(course, UNIT)
    with pytest.raises(BadInput, match=r"expected a notebook in .*mallory.*to read it takes more than"):
        cost(grader.prepare, "mallory")
    assert grader.prepare("twin").job.student == "twin"
