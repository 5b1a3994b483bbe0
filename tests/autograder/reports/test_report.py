"""The instructor's report. Oracles: counts made by hand from small notebooks; a class with canaries in its names, its
code and its outputs, found only as escaped text. `tests/browser` opens the page in a real browser."""

import html
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.checking.exercise import NOT_WRITTEN
from autograder.checking.verdict import CheckResult, Verdict
from autograder.cli import app
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import Grade, Result
from autograder.grading.submission import grade_with_nbgrader
from autograder.reports import report
from autograder.reports.feedback import TEMPLATES
from autograder.reports.report import Bar, Submission
from autograder.reports.similarity import Answer, analysed

SCRIPT = "<script>canary()</script><img src=x onerror=canary()>"


def graded(student: str, *verdicts: Verdict, outputs: tuple = (), **notes) -> Submission:
    cells = []
    for verdict in verdicts:
        cell = new_code_cell(outputs=list(outputs))
        cell.metadata = nbformat.from_dict(
            {"nbgrader": {"grade_id": f"{verdict.exercise}-check", "grade": True}, "rnncourse": verdict.to_dict()}
        )
        cells.append(cell)
    nb = new_notebook(cells=cells, metadata={"rnncourse": notes})
    grades = [Grade(student, "u", v.exercise, v.score, v.max_score, v.reason) for v in verdicts]
    return Submission(Result(student, grades=tuple(grades)), nb)


def verdict(*passed: bool, message: str = "off", misconception: str | None = None, waits: bool = False) -> Verdict:
    results = [CheckResult(f"check {n}", 1.0, p, "" if p else message, waits) for n, p in enumerate(passed)]
    return Verdict("f", tuple(results), misconception)


@pytest.mark.parametrize(
    ("scores", "maximum", "bars"),
    [
        ([0, 1.9, 2, 16, 17], 17, {0: 2, 2: 1, 16: 2}),
        ([20, 20, 19.9], 20, {18: 3}),
        ([0.5, 1], 1, {0: 2}),
        ([0], 0.5, {0: 1}),
    ],
)
def test_score_bars(scores, maximum, bars):
    found = report.score_bars(scores, maximum)
    assert {bar.low: bar.count for bar in found if bar.count} == bars
    assert len(found) <= report.BARS
    assert [bar.high for bar in found[:-1]] == [bar.low for bar in found[1:]]
    assert all(isinstance(bar, Bar) for bar in found)


def test_check_counts():
    counts = report.check_counts(
        [
            graded("a", verdict(True, False)),
            graded("b", verdict(True, True)),
            graded("c", verdict(False, False, message=NOT_WRITTEN)),
            graded("d", verdict(True, False, waits=True)),
            graded("e", verdict(False, False), refused="it is cut off"),
        ]
    )
    first, second = counts["f"]
    assert (first.name, first.passed, first.missed, first.unreached, first.total) == ("check 0", 3, 0, 1, 4)
    assert (second.passed, second.missed, second.unreached) == (1, 1, 2)


def test_misconceptions_are_ranked_with_their_students():
    submissions = [
        graded("a", verdict(False, misconception="swapped")),
        graded("b", verdict(False, misconception="no bias")),
        graded("c", verdict(False, misconception="no bias")),
        graded("d", verdict(False, message="wrong shape")),
        graded("e", verdict(False, message=NOT_WRITTEN)),
    ]
    found = report.misconceptions(submissions)
    assert [(cause.text, cause.students) for cause in found] == [("no bias", ["b", "c"]), ("swapped", ["a"])]
    assert [(cause.text, cause.students) for cause in report.reasons(submissions)] == [("wrong shape", ["d"])]


def test_failures():
    stopped = new_output("stream", text="This cell did not run to its end: the cell ended the process.\n")
    said = new_output("stream", text="I think that my loop took longer than it should")
    late = graded("a", verdict(False, message="the call of f took longer than 5 s"))
    assert late.failures() == {"Ran out of time"}
    assert graded("b", verdict(False), outputs=(stopped,)).failures() == {"Ended its process"}
    assert graded("c", verdict(False), outputs=(said,)).failures() == set()


def test_an_answer_has_the_cells_added_behind_it_and_no_others():
    def cell(source: str, grade_id: str = "", solution: bool = False):
        made = new_code_cell(source)
        if grade_id:
            made.metadata["nbgrader"] = {"grade_id": grade_id, "solution": solution, "grade": not solution}
        return made

    cells = [
        cell("x = 0"),
        cell("def f(): ...", "f", solution=True),
        cell("def helper(): ..."),
        cell("plot(f)"),
        cell("%magic"),
        cell("assert f", "f-check"),
        cell("y = 1"),
    ]
    submission = Submission(Result("a"), new_notebook(cells=cells))
    cells = submission.answers({"plot(f)"})
    assert cells == {"f": ["def f(): ...", "def helper(): ...", "%magic"]}
    assert analysed(cells)["f"] == Answer("def f(): ...\n\ndef helper(): ...")


def test_an_answer_that_takes_too_long_is_left_out_and_the_others_are_compared():
    heavy = "\n".join("if x:\n" + "\n".join(f" a{n}=1" for n in range(99)) for _ in range(26))
    added = [f"z = {n}\n{heavy}" for n in range(40)]
    short = "def f(x):\n    return [x * 2, -x]"
    assert report.comparable_answers({"f": [short, *added], "g": ["stub"]}, {"g": "stub"}) == {"f": Answer(short)}
    many = report.comparable_answers({"f": [short, *added]} | {f"g{n}": [heavy] for n in range(20)}, {})
    assert many["f"].readable
    assert not any(many[f"g{n}"].readable for n in range(20))


def test_lines_of_code_are_numbered_as_python_counts_them():
    source = 'def f(x):\n    """One\n    two."""\n\n    y = "\x0c\u2028"\n    return [y * 2, x + 3, -x]'
    answer = Answer(source)
    lines = report.code_lines(answer, set(answer.fingerprints), given={"def f(x):"})
    assert [(line.number, line.shared) for line in lines] == [(1, False), (5, True), (6, True)]


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", range(3), ids=["light", "dark", "print"])
def test_text_stands_out_from_its_ground(scheme):
    """WCAG 2.2, level AA: 4.5 to 1 for text."""
    style = (TEMPLATES / "rnncourse" / "style.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.S)
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", blocks[scheme]))
    colours = {name: c if len(c) == 7 else "#" + "".join(2 * d for d in c[1:]) for name, c in colours.items()}
    pairs = [(text, ground) for text in ("ink", "soft", "good", "bad") for ground in ("page", "card")]
    for text, ground in [*pairs, ("ink", "note"), ("ink", "same")]:
        low, high = sorted(luminance(colours[name]) for name in (text, ground))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


class Elements(HTMLParser):
    """Every element of a page, with its attributes and the text before the next one."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def names(self) -> list[str]:
        return [tag for tag, _ in self.found]


@pytest.fixture(scope="module")
def page(released: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a class of two copies, one who hands in scripts, one file that is cut, and one not graded."""
    if shutil.which("bwrap") is None:
        pytest.skip("needs bwrap (bubblewrap), which is missing")
    root = tmp_path_factory.mktemp("report")
    course = ClassFolder(Path(shutil.copytree(released, root / "class")))
    notebook = course.release_notebook(UNIT)
    written = Path(__file__).with_name("answers") / "dora.py"
    head, *functions = re.split(r"\n\n\n(?=def )", written.read_text())
    imports = "\n".join(line for line in head.splitlines() if line.startswith(("import", "from")))
    homework = Homework(notebook)
    for function in functions:
        name = re.match(r"def (\w+)", function)
        assert name is not None
        homework.write(name[1].replace("_", "-"), f"{imports}\n\n\n{function}")
    homework.save(course.submission(UNIT, "dora"))
    homework.append("lstm-step", f"# {SCRIPT}").save(course.submission(UNIT, "<b onclick=canary()>"))
    hostile = f"def lstm_step(x, state, params):\n    raise ValueError({SCRIPT!r})"
    Homework(notebook).write("lstm-step", hostile).save(course.submission(UNIT, "mallory"))
    cut = nbformat.read(notebook, as_version=4)
    cut.metadata["rnncourse"] = {"refused": f"it is cut off {SCRIPT}"}
    course.submission(UNIT, "cut").parent.mkdir(parents=True)
    nbformat.write(cut, course.submission(UNIT, "cut"))
    for student in course.students(UNIT):
        grade_with_nbgrader(course, UNIT, student)
    Homework(notebook).save(course.submission(UNIT, "late"))
    path = root / "elsewhere" / "report.html"
    app(["report", UNIT, "--class", str(course.root), "--to", str(path)], standalone_mode=False)
    return path.read_text()


@pytest.mark.slow
def test_the_page_may_run_and_load_nothing(page):
    elements = Elements(page)
    policies = [a["content"] for _, a in elements.found if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert not set(elements.names()) & {
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "base",
        "img",
        "b onclick",
    }
    assert not any(name.startswith("on") for _, attributes in elements.found for name in attributes)
    links = [a[name] for _, a in elements.found for name in ("href", "src", "xlink:href") if a.get(name)]
    assert links
    assert all(str(link).startswith("#") for link in links)


def test_what_students_wrote_is_there_as_text(page):
    assert SCRIPT not in page
    assert html.escape("<b onclick=canary()>") in page
    assert page.count(html.escape("<script>canary()")) >= 2


def test_the_state_of_each_submission(page):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "5 submissions, 4 of them graded; 1 of these could not be read" in text
    assert re.search(r"The median is [\d.]+ of [\d.]+ points, of those that could be read\.", text)
    for student, state in {"cut": "could not be read", "late": "not graded yet", "dora": "graded"}.items():
        assert re.search(rf"\b{student} [\d.–]+ [\d.–]+ {state}", text), student


def test_the_copy_is_shown_side_by_side(page):
    names = html.escape("<b onclick=canary()> and dora")
    assert f"{names}, side by side" in page
    assert page.count("<mark>") > 20
    assert not re.search(r"<summary[^>]*>[^<]*(mallory|cut|late)", page)


def test_the_page_can_be_read_aloud(page):
    elements = Elements(page)
    headings = [int(tag[1]) for tag in elements.names() if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))
    assert page.count("<table") == page.count("<caption")
    assert all("scope" in attributes for tag, attributes in elements.found if tag == "th")
    assert all("aria-hidden" in a or a.get("role") == "img" for tag, a in elements.found if tag == "svg")
    ids = [a["id"] for _, a in elements.found if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"] for tag, a in elements.found if tag == "a"} <= {f"#{i}" for i in ids}


def test_without_grades_it_says_what_to_do(new_class):
    with pytest.raises(BadInput, match=f"rnncourse grade {UNIT}"):
        app(["report", UNIT, "--class", str(new_class.root)], standalone_mode=False)
    assert not (new_class.root / "reports").exists()
