"""The feedback page. Oracles: canaries in the student's work, found only as escaped text; the files of the grader's
secrets, not found at all. `tests/browser` opens pages in a real browser."""

import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from autograder import PROJECT, demo
from autograder.demo import UNIT, Homework
from autograder.grading import intake
from autograder.grading.class_folder import ClassFolder

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")

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
    work = {"hostile": hostile, "reference": Homework(notebook, solved=True)}
    for student, homework in work.items():
        homework.save(root / "in" / student / "hw.ipynb")
    (root / "in" / "cut").mkdir()
    (root / "in" / "cut" / "hw.ipynb").write_text('{"cells": [')
    received = intake.collect(course, UNIT, [root / "in"])
    for submission in received:
        course.grade(UNIT, submission.student)
    return {s.student: course.feedback(UNIT, s.student).read_text() for s in received}


@pytest.mark.parametrize("student", ["hostile", "reference", "cut"])
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
def test_no_line_of_hidden_checks_or_mutants_is_on_a_page(pages, student):
    text = html.unescape(pages[student])
    assert not re.search(r"HIDDEN TESTS|autograder|expect_same|rng\.|CheckFailed|Traceback", text)
    for kind in ("hidden", "mutants"):
        answers = "\n".join(demo.reference_answers().values())
        for line in (PROJECT / "autograder" / kind / f"{UNIT}.py").read_text().splitlines():
            code = line.strip()
            if len(code) > 40 and "=" in code and '"' not in code and code not in answers:
                assert code not in text


def test_a_page_names_every_check_and_its_points(pages):
    for name in ("the new state of several sequences and units", "leaves its inputs as they were"):
        assert name in pages["reference"]
    assert "20 of 20" not in pages["reference"]
    assert "to be read" in pages["reference"]


def test_a_submission_that_could_not_be_read_says_why(pages):
    assert "cut off" in pages["cut"]
    assert "This was not graded" in pages["cut"]
