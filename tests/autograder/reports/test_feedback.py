"""The feedback page. Oracles: canaries in the student's work, found only as escaped text; the files of the grader's
secrets, not found at all. `tests/browser` opens pages in a real browser."""

import html
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions import formgrader

from autograder import PROJECT, demo
from autograder.cli import app
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import open_gradebook
from autograder.grading.release import release_unit
from autograder.grading.submission import grade_with_nbgrader
from autograder.reports.feedback import expected_figures, write_feedback
from tests.conftest import collect

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")

FORMGRADER = str(Path(formgrader.__file__).parent / "templates")
SCRIPT = "<script>canary()</script><img src=x onerror=canary()><a href='javascript:canary()'>x</a>"
ANSWER = f'''
from IPython.display import HTML, Javascript, Markdown, SVG, display
html = """{SCRIPT}"""
display(HTML(html), Javascript("canary()"), Markdown(html))
display({{"image/svg+xml": html, "text/html": html, "image/png": '"><script>canary()</script>'}}, raw=True)
print(html)
def lstm_step(x, state, params):
    raise ValueError(html)
def lstm_forward(xs, state, params):
    return html, {{html: html}}, None
1 / 0
'''


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def pages(released: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("feedback")
    course = ClassFolder(Path(shutil.copytree(released, root / "class")))
    notebook = course.release_notebook(UNIT)
    hostile = Homework(notebook).write("lstm-step", ANSWER)
    question = next(name for name in hostile._cells if "question" in name)
    hostile.write(question, SCRIPT)
    hostile.nb.cells.insert(3, nbformat.v4.new_markdown_cell(f"# {SCRIPT}"))
    swapped = Homework(notebook, solved=True)
    swapped.change("lstm-step", "i = sigmoid(a[:, :H])", "f = sigmoid(a[:, :H])")
    swapped.change("lstm-step", "f = sigmoid(a[:, H : 2 * H])", "i = sigmoid(a[:, H : 2 * H])")
    work = {"hostile": hostile, "reference": Homework(notebook, solved=True), "swapped": swapped}
    for student, homework in work.items():
        homework.save(root / "in" / student / "hw.ipynb")
    (root / "in" / "cut").mkdir()
    (root / "in" / "cut" / "hw.ipynb").write_text('{"cells": [')
    received = collect(course, UNIT, [root / "in"])
    path = course.submission(UNIT, "hostile")
    mended = nbformat.read(path, as_version=4)
    mended.metadata["rnncourse"] = {"repairs": [f"a cell was pasted over {SCRIPT}"]}
    nbformat.write(mended, path)
    for submission in received:
        grade_with_nbgrader(course, UNIT, submission.student)
    for student in ("swapped", "reference"):
        draw(course, student)
    pages = {s.student: write_feedback(course, UNIT, s.student).read_text() for s in received}
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade(question, UNIT, UNIT, "reference")
        grade.manual_score, grade.needs_manual_grade = 2.0, False  # as the formgrader does
        gradebook.find_comment(question, UNIT, UNIT, "reference").manual_comment = f"Well put.\n{SCRIPT}"
        gradebook.db.commit()
    return pages | {"read": write_feedback(course, UNIT, "reference").read_text()}


DRAWN = "iVBORw0KGgo="


def draw(course: ClassFolder, student: str) -> None:
    """Give the demonstrations in a graded notebook a figure that is not the expected one."""
    path = course.autograded_notebook(UNIT, student)
    graded = nbformat.read(path, as_version=4)
    for cell in graded.cells:
        if "labels = [f" in cell.source:
            cell.outputs = [nbformat.v4.new_output("display_data", data={"image/png": DRAWN})]
    path.unlink()
    nbformat.write(graded, path)


@pytest.mark.slow
@pytest.mark.parametrize("student", ["hostile", "read", "swapped", "cut"])
def test_a_page_may_run_and_load_nothing(pages, student):
    tags = Tags(pages[student]).tags
    policies = [a.get("content") for t, a in tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert "script" not in policies[0]
    assert not {tag for tag, _ in tags} & {
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "base",
        "svg",
        "input",
    }
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    links = [a.get(name) for _, a in tags for name in ("href", "src", "action", "srcset") if a.get(name)]
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)


def test_what_a_student_wrote_is_there_as_text(pages):
    assert html.escape("<script>canary()</script>") in pages["hostile"]
    assert "<script>canary" not in pages["hostile"]
    assert "ZeroDivisionError" in pages["hostile"]


@pytest.mark.parametrize("student", ["hostile", "reference", "cut"])
def test_no_line_of_hidden_checks_or_mistakes_is_on_a_page(pages, student):
    text = html.unescape(pages[student])
    assert not re.search(r"HIDDEN TESTS|autograder|expect_same|rng\.|CheckFailed|Traceback", text)
    answers = "\n".join(demo.reference_answers().values())
    for path in (PROJECT / "autograder" / "exercises" / UNIT).glob("*.py"):
        for line in path.read_text().splitlines():
            code = line.strip()
            if len(code) > 40 and "=" in code and '"' not in code and code not in answers:
                assert code not in text


def test_a_page_names_every_check_and_its_points(pages):
    for name in ("the new state of several sequences and units", "leaves its inputs as they were"):
        assert name in pages["reference"]
    assert "20 of 20" not in pages["reference"]
    assert "to be read" in pages["reference"]


def test_the_comment_on_a_written_question(pages):
    assert "Well put." not in pages["reference"]
    assert f"Well put.\n{SCRIPT}" in html.unescape(pages["read"])
    assert "to be read" not in pages["read"]
    assert "19 of 20 points" in pages["read"]


def test_repairs_are_listed(pages):
    assert "Mended when your notebook came in" in pages["hostile"]
    assert f"a cell was pasted over {SCRIPT}" in html.unescape(pages["hostile"])
    assert "Mended" not in pages["reference"]


def test_figures_stand_beside_the_expected_ones_where_points_were_lost(pages):
    drawn = re.findall(r'<img alt="(What[^"]*)" src="data:image/png;base64,([^"]+)"', pages["swapped"])
    assert len(drawn) == 2
    (yours, mine), (expected, right) = drawn
    assert yours.startswith("What your functions drew: Which gate moves when")
    assert expected.startswith("What was expected: Which gate moves when")
    assert mine == DRAWN
    solution = nbformat.read(PROJECT / "solutions" / UNIT / f"{UNIT}.ipynb", as_version=4)
    assert right in json.dumps(solution).replace("\\n", "")
    assert "What was expected" not in pages["reference"]


def test_expected_figures_are_those_of_cells_that_were_handed_out(tmp_path):
    def cell(source: str, picture: str, **metadata):
        output = nbformat.v4.new_output("display_data", data={"image/png": picture})
        return nbformat.v4.new_code_cell(source, outputs=[output], metadata=metadata)

    answer = {"nbgrader": {"grade_id": "f", "solution": True, "grade": False}}
    question = nbformat.v4.new_markdown_cell("**How does\nit fade?** See.")
    solved = [cell("f = 1", "AA", **answer), cell("plot(f)", "BB\n"), cell("plot(secret)", "CC")]
    nbformat.write(nbformat.v4.new_notebook(cells=solved), tmp_path / "solution.ipynb")
    handed_out = [cell("f = 1", "", **answer), question, cell("plot(f)", "ZZ"), cell("plot(other)", "")]
    found = expected_figures(nbformat.v4.new_notebook(cells=handed_out), tmp_path / "solution.ipynb")
    assert found == {"plot(f)": ("How does it fade?", ["BB"])}
    assert expected_figures(nbformat.v4.new_notebook(cells=handed_out), tmp_path / "none.ipynb") == {}


def test_a_submission_that_could_not_be_read_says_why(pages):
    assert "cut off" in pages["cut"]
    assert "This was not graded" in pages["cut"]


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
HOSTILE = """
![x](attachment:a.png) ![y](attachment:b.png) [z](data:text/html,<script>canary()</script>)
<img src=data:image/svg+xml,x>
"""


def test_pictures_in_answers_are_shown_to_the_instructor_and_to_the_student(released, tmp_path):
    """From the file that was handed in to the formgrader's page, made by nbgrader's own template, and the feedback."""
    course = ClassFolder(Path(shutil.copytree(released, tmp_path / "class")))
    homework = Homework(course.release_notebook(UNIT)).write("lstm-question", HOSTILE)
    cell = homework._cells["lstm-question"]
    cell.attachments = {"a.png": {"image/png": PNG}, "b.png": {"image/png": "PHNjcmlwdD4="}}
    homework.save(tmp_path / "ada.ipynb")
    (received,) = collect(course, UNIT, [tmp_path / "ada.ipynb"])
    assert received.repairs == ("A picture of lstm-question was not kept: b.png (it is not PNG, as it claims).",)
    grade_with_nbgrader(course, UNIT, "ada")
    graded = course.autograded_notebook(UNIT, "ada")
    kept = next(cell for cell in nbformat.read(graded, as_version=4).cells if cell.id == "lstm-question")
    assert kept.attachments == {"a.png": {"image/png": PNG}}
    exporter = HTMLExporter(config=course.config, template_name="formgrade", extra_template_basedirs=[FORMGRADER])
    html_page, _ = exporter.from_filename(str(graded), resources={"base_url": "", "index": 0, "total": 1})
    for page in (html_page, write_feedback(course, UNIT, "ada").read_text()):
        assert f'src="data:image/png;base64,{PNG}"' in page
        tags = Tags(page).tags
        urls = [value or "" for _, attributes in tags for name, value in attributes.items() if name in ("src", "href")]
        assert not any("text/html" in url or "svg" in url for url in urls)


CANARY = "canary" + "-7c1f4e"
EXPECTED = 815484.5
HIDDEN = f"""
### BEGIN HIDDEN TESTS
from autograder.checking import Exercise, expect_same

secret_name = "{CANARY}-variable"


def right(n):
    return n * {EXPECTED} + 1


check = Exercise("lstm-step", "One step", right)


@check.check("a value", points=4)
def _(student, rng):
    secret_inside = "{CANARY}-inside"
    expect_same(student(1.0, None, None), right(1.0), "the value")


check(lstm_step)
### END HIDDEN TESTS
"""
PLAIN = f"""
### BEGIN HIDDEN TESTS
found = lstm_forward(None, None, None)
assert found == "{CANARY}-plain", "{CANARY}-message"
### END HIDDEN TESTS
"""
SECOND = f"""
print("a second test cell")
### BEGIN HIDDEN TESTS
assert False, "{CANARY}-second"
### END HIDDEN TESTS
"""
REFERENCE = f"""
def lstm_step(x, state, params):
    \"\"\"One step.\"\"\"
    ### BEGIN SOLUTION
    return "{CANARY}-reference"
    ### END SOLUTION
"""
SNOOP = """
import gc, inspect, os, pathlib, sys

def look():
    frame = inspect.currentframe()
    while frame:
        print(frame.f_code.co_filename, dict(frame.f_globals), dict(frame.f_locals))
        frame = frame.f_back
    print([thing for thing in gc.get_objects() if isinstance(thing, (str, dict, list, tuple))][-3000:])
    print(os.environ)
    for folder in (".", "/", os.path.expanduser("~"), "/tmp"):
        for path in pathlib.Path(folder).glob("*"):
            try:
                print(path, path.read_text(errors="replace")[:20000])
            except OSError as error:
                print(error)

def lstm_step(x, state, params):
    look()
    raise ValueError(repr(inspect.stack())[:100000])

def lstm_forward(xs, state, params):
    look()
    return repr(inspect.stack())

look()
"""


@pytest.mark.slow
def test_planted_secrets_reach_no_page_and_no_log(released, tmp_path, caplog, capfd):
    course = ClassFolder(Path(shutil.copytree(released, tmp_path / "class")))
    source = nbformat.read(course.source(UNIT), as_version=4)
    cells = {cell.id: cell for cell in source.cells}
    cells["lstm-step"].source = REFERENCE
    cells["lstm-step-check"].source = "print('tried')\n" + HIDDEN
    cells["lstm-forward-check"].source = PLAIN
    cells["lstm-question"].source = f"### BEGIN SOLUTION\n{CANARY}-rubric\n### END SOLUTION"
    second = nbformat.v4.new_code_cell(SECOND, id="second-check")
    second.metadata["nbgrader"] = {**cells["lstm-step-check"].metadata["nbgrader"], "grade_id": "second-check"}
    source.cells.insert(source.cells.index(cells["lstm-step-check"]) + 1, second)
    nbformat.write(source, course.source(UNIT))
    release_unit(course, UNIT)
    notebook = course.release_notebook(UNIT)
    wrong = "def lstm_step(x, state, params):\n    return 2.0\n"
    Homework(notebook).save(course.submission(UNIT, "blank"))
    Homework(notebook).write("lstm-step", wrong).save(course.submission(UNIT, "wrong"))
    Homework(notebook).write("lstm-step", SNOOP).save(course.submission(UNIT, "snoop"))
    where = ["--class", str(course.root)]
    for command in (["grade", UNIT], ["feedback", UNIT], ["export", UNIT, "--to", str(tmp_path / "grades.csv")]):
        app([*command, *where], standalone_mode=False)
    said = capfd.readouterr()
    shown = {"output": said.out + said.err, "log": caplog.text, "grades": (tmp_path / "grades.csv").read_text()}
    for student in course.students(UNIT):
        page = html.unescape(course.feedback_page(UNIT, student).read_text())
        outputs = nbformat.read(course.autograded_notebook(UNIT, student), as_version=4).cells
        shown[f"page of {student}"] = page
        shown[f"outputs of {student}"] = json.dumps([cell.get("outputs", []) for cell in outputs])
    assert "is not right" in shown["page of wrong"]
    assert "a second test cell" in shown["page of wrong"]
    assert "f_code" in shown["page of snoop"] or "look" in shown["page of snoop"]
    for place, text in shown.items():
        assert CANARY not in text, place
        assert "815484" not in text, place
        assert "815485" not in text, place
