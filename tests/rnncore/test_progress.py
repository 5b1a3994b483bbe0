"""Progress. Oracles: notebooks made by hand; the executed reference solutions, and the blank notebooks of students."""

import re
from html.parser import HTMLParser

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder import PROJECT
from autograder.authoring.units import all_units
from rnncore.lab.progress import progress


def check(name, *outputs, count=None):
    """The cell of a visible check, as it was left."""
    entry = {"grade": True, "solution": False, "grade_id": f"{name}-check", "points": 1, "locked": True}
    return new_code_cell(metadata={"nbgrader": entry}, outputs=list(outputs), execution_count=count)


def said(text):
    return new_output("stream", name="stdout", text=text)


def stopped():
    return new_output("error", ename="AssertionError", evalue="off", traceback=["off"])


@pytest.fixture
def save(tmp_path):
    def write(place, *cells):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells)), path)
        return path

    return write


class Tags(HTMLParser):
    """The tags of a page in order; every one that is opened must be closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)
        self.attributes.append(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_check_passed_failed_or_was_not_run(save, tmp_path):
    save(
        "u02_rnn/u02_rnn.ipynb",
        new_markdown_cell("# Unit 2. The cell\n\n# not this"),
        check("rnn-step", said("h: values agree\nAll "), said("good\n"), count=3),
        check("unroll", said("h: values agree\n"), stopped(), count=4),
        check("readout"),
        check("many-to-one", said("All good things\n"), count=5),
        check("one-to-many", count=6),
        check("gradient-check", said("All good\n"), stopped(), count=7),
    )
    (unit,) = progress(tmp_path).units
    assert unit.title == "Unit 2. The cell"
    assert unit.checks == {
        "rnn_step": "passed",
        "unroll": "failed",
        "readout": "not run",
        "many_to_one": "failed",
        "one_to_many": "failed",
        "gradient_check": "failed",
    }
    assert unit.names("failed") == ["unroll", "many_to_one", "one_to_many", "gradient_check"]
    assert unit.summary().startswith("1 of 6 passed; failed: unroll, ")
    assert unit.summary().endswith("; not run: readout")


@pytest.mark.parametrize(("folder", "state"), [("solutions", "passed"), ("course", "not run")])
def test_the_reference_solutions_have_come_all_the_way_and_blank_notebooks_none(folder, state):
    """As nbconvert and the build wrote them. An exercise has one check."""
    units = [unit for unit in all_units() if (PROJECT / folder / unit.name / f"{unit.name}.ipynb").exists()]
    found = progress(PROJECT / folder).units
    assert [unit.path.stem for unit in found] == [unit.name for unit in units]
    for unit, source in zip(found, units, strict=True):
        assert unit.checks == {name.rsplit(".", 1)[1]: state for name in source.exercises()}
        assert re.match(r"Unit \d+\. ", unit.title)


def test_only_visible_checks_count(save, tmp_path):
    question = {"grade": True, "solution": True, "grade_id": "rnn-question", "points": 3, "locked": False}
    answer = {"grade": False, "solution": True, "grade_id": "rnn-step", "locked": False}
    save(
        "u02_rnn.ipynb",
        new_code_cell(metadata={"nbgrader": answer}, outputs=[said("All good\n")]),
        new_code_cell(outputs=[said("All good\n")]),
        new_markdown_cell("All good", metadata={"nbgrader": question}),
        check("rnn-step"),
    )
    (unit,) = progress(tmp_path).units
    assert unit.checks == {"rnn_step": "not run"}
    assert unit.title == "u02_rnn"


def test_notebooks_are_found_below_in_order_and_hidden_and_other_ones_are_left_out(save, tmp_path):
    for place in ("deep/down/u03.ipynb", "u02_rnn/u02_rnn.ipynb", "u01.ipynb", ".ipynb_checkpoints/u01.ipynb"):
        save(place, check("rnn-step"))
    save("start.ipynb", new_markdown_cell("# Start"))
    (tmp_path / "notes.txt").write_text("All good")
    assert [unit.path.name for unit in progress(tmp_path).units] == ["u01.ipynb", "u02_rnn.ipynb", "u03.ipynb"]
    assert [unit.path.name for unit in progress(str(tmp_path / "deep")).units] == ["u03.ipynb"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged at line 1"),
        (b'{"cells": [\n{"cell_type": "code", ', "is damaged at line 2"),
        (b"\xff\xfe\x00", "is damaged, or is no notebook"),
        (b"[]", "is damaged, or is no notebook"),
        (b'{"cells": 3}', "is damaged, or is no notebook"),
        (b'{"cells": [3]}', "is damaged, or is no notebook"),
        (b'{"cells": [{"cell_type": "code"}]}', "is damaged, or is no notebook"),
        (b'{"cells": [{"cell_type": "markdown", "metadata": {}, "source": 7}]}', "is damaged, or is no notebook"),
        (b'{"cells": [{"cell_type": "code", "metadata": {"nbgrader": 1}}]}', "is damaged, or is no notebook"),
        (b"[" * 100_000, "is damaged, or is no notebook"),
    ],
)
def test_a_damaged_notebook_is_named_and_keeps_no_other_back(save, tmp_path, content, said):
    save("u01.ipynb", check("tokenize", count=1))
    (tmp_path / "u02.ipynb").write_bytes(content)
    whole, damaged = progress(tmp_path).units
    assert whole.damage == ""
    assert damaged.damage == said
    assert f"{tmp_path / 'u02.ipynb'}: {said}" in repr(progress(tmp_path))
    assert said in progress(tmp_path)._repr_html_()


def test_every_cut_of_a_notebook_is_survived(save, tmp_path):
    path = save("u01.ipynb", new_markdown_cell("# A title"), check("tokenize", said("All good\n"), count=1))
    text = path.read_bytes()
    for length in range(0, len(text) - 2, 7):
        path.write_bytes(text[:length])
        (unit,) = progress(tmp_path).units
        assert unit.damage.startswith("is damaged")


def test_a_unit_that_lost_its_marks_and_one_that_cannot_be_opened_are_named(save, tmp_path):
    save("u02_rnn.ipynb", new_markdown_cell("# Unit 2"))
    (tmp_path / "u03_bptt.ipynb").symlink_to(tmp_path / "nowhere")
    lost, closed = progress(tmp_path).units
    assert lost.damage == "has lost its checks"
    assert closed.damage == "cannot be opened (No such file or directory)"


def test_the_table_has_a_box_for_each_exercise_and_runs_nothing(save, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "u02 <rnn>&.ipynb"
    save(name, new_markdown_cell("# <script>alert(1)</script>"), check("a<b", said("All good\n")), check("c"))
    page = progress()._repr_html_()
    tags = Tags(page)
    assert tags.seen.count("tr") == 2
    assert [attributes["title"] for attributes in tags.attributes if "title" in attributes] == [
        "a<b: passed",
        "c: not run",
    ]
    assert [attributes["href"] for attributes in tags.attributes if "href" in attributes] == [
        "u02%20%3Crnn%3E%26.ipynb"
    ]
    assert "script" not in tags.seen
    assert not any(key.startswith("on") for attributes in tags.attributes for key in attributes)


def test_colours_of_boxes_can_be_read_in_light_and_dark(save, tmp_path):
    """A fill has white letters of a contrast above 4.5 (WCAG); where there is no fill, all is in the theme's colour."""
    save("u01.ipynb", check("a", said("All good\n")), check("b", stopped()), check("c"))
    boxes = [a["style"] for a in Tags(progress(tmp_path)._repr_html_()).attributes if "title" in a]
    fills = [re.search(r"background:#(\w{6});color:#fff", style) for style in boxes]
    for match in fills[:2]:
        r, g, b = (int(match[1][i : i + 2], 16) / 255 for i in (0, 2, 4))
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b)]
        luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        assert 1.05 / (luminance + 0.05) > 4.5
    assert fills[2] is None
    assert "#" not in boxes[2]


def test_where_all_ended_alike_no_name_is_needed(save, tmp_path):
    save("u01.ipynb", check("a"), check("b"))
    save("u02.ipynb", check("c"))
    first, second = progress(tmp_path).units
    assert first.summary() == "0 of 2 passed; not run: all"
    assert second.summary() == "0 of 1 passed; not run: c"


def test_an_empty_folder_says_so(tmp_path):
    assert repr(progress(tmp_path)) == f"There is no notebook of a unit in {tmp_path}."
    assert str(tmp_path) in progress(tmp_path)._repr_html_()
    assert progress(tmp_path / "nowhere").units == ()


def test_nothing_is_written(save, tmp_path, tree):
    save("u01.ipynb", check("a"))
    before = tree(tmp_path)
    repr(progress(tmp_path)), progress(tmp_path)._repr_html_()
    assert tree(tmp_path) == before


def test_the_text_is_a_line_a_unit_with_marks(save, tmp_path):
    save("u01.ipynb", new_markdown_cell("# Unit 1"), check("a", said("All good\n")), check("b", stopped()), check("c"))
    first, second, note = repr(progress(tmp_path)).splitlines()
    assert (first, second) == ("Unit 1", "    ✓✗· 1 of 3 passed; failed: b; not run: c")
    assert "last saved" in note
