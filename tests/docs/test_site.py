"""The pages of the site, and the README. Oracles: the executed units, the leak scan, the commands' own help, the
registry, and the files that pages name."""

import ast
import re
import sys
from types import ModuleType

import nbformat
import pytest
from typer.testing import CliRunner

from autograder import PROJECT
from autograder.authoring.build import solution_page
from autograder.authoring.inline import function_source
from autograder.authoring.leaks import find_leaks
from autograder.authoring.reading_copy import reading_copy
from autograder.authoring.student_edition import readable_modules
from autograder.authoring.units import all_units, find_unit
from autograder.cli import app
from rnncore.experiments.recorded import SHAKESPEARE
from rnncore.experiments.registry import all_experiments

sys.path.insert(0, str(PROJECT / "docs" / "site"))
from claims import experiments_page
from commands import command_reference
from docstrings import as_restructured_text
from notebooks import write_unit

sys.path.pop(0)

UNIT = find_unit("u05_lstm")
NEWEST = all_units()[-1]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]+)?\)")
WRITTEN = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]


# The units to read


def test_units_are_read_with_their_figures_and_without_solutions(tmp_path):
    for unit in all_units():
        write_unit(unit, tmp_path)
        page = (tmp_path / f"{unit.name}.md").read_text()
        assert page.count("raise NotImplementedError()") >= len(unit.exercises())
        figures = re.findall(r'<img src="([^"]+)" alt="[^"]+">', page)
        assert figures
        assert all((tmp_path / figure).read_bytes().startswith(b"\x89PNG") for figure in figures)
    assert find_leaks(NEWEST, tmp_path) == []


def test_a_solution_on_a_web_page_is_found(tmp_path):
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(function_source("rnncore.functional.cells", "lstm_step"))]
    )
    (tmp_path / "page.html").write_text(solution_page(nb))
    assert "the solution lstm_step" in {leak.secret for leak in find_leaks(NEWEST, tmp_path)}


def test_a_reading_copy_shows_what_the_reference_printed_and_no_verdict():
    run = {cell.id: cell for cell in nbformat.read(UNIT.source.with_suffix(".ipynb"), as_version=4).cells}
    cells = {cell.id: cell for cell in reading_copy(UNIT).cells}
    assert cells["lstm-experiment-forget-bias"].outputs == run["lstm-experiment-forget-bias"].outputs
    assert "raise NotImplementedError()" in cells["lstm-step"].source
    shown, ran = cells["lstm-step-check"].outputs, run["lstm-step-check"].outputs
    assert [output.output_type for output in ran] == ["stream", "execute_result"]
    assert shown == ran[:1]


# The commands


def test_every_command_and_option_is_in_the_reference():
    page = command_reference()
    sections = dict(re.findall(r"^\((\w+)\)=\n(.*?)(?=^\(\w+\)=|\Z)", page, re.M | re.S))
    listed = re.findall(r"^│ ([a-z]+) ", CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output, re.M)
    assert list(sections) == listed
    assert len(listed) > 10
    for command in listed:
        said = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        for option in set(re.findall(r"(?<![\w-])--[a-z][\w-]+", said)) - {"--help"}:
            assert option in sections[command], (command, option)


# The experiments


def test_the_page_of_experiments_has_every_claim_and_what_was_measured():
    page = experiments_page()
    assert re.findall(r"^\((\w+)\)=$", page, re.M) == list(all_experiments())
    assert all(f"  {row}\n" in page for row in SHAKESPEARE.rows())
    assert str(SHAKESPEARE).splitlines()[-1] in page
    rows = re.findall(r"^\| \[\w+\].*$", page, re.M)
    fail = [row for row in rows if "does not hold" in row]
    measured, claims, holds, fails = map(
        int, re.search(r"(\d+) of (\d+) claims.*?(\d+) hold, (\d+) do", page, re.S).groups()
    )
    assert (claims, fails, holds) == (len(rows), len(fail), sum("| holds |" in row for row in rows))
    assert measured == holds + fails
    assert fails < measured


# The reference


def test_sources_to_read_have_every_exercise_empty():
    modules = readable_modules()
    functions = {node.name: node for text in modules.values() for node in ast.parse(text).body if hasattr(node, "name")}
    for unit in all_units():
        for dotted in unit.exercises():
            _, *body = functions[dotted.rsplit(".", 1)[1]].body
            assert [ast.unparse(line) for line in body] == [
                f"raise NotImplementedError('you write this in unit {unit.number}')"
            ]


def test_a_docstring_keeps_its_equations_and_is_escaped():
    lines = [
        "A step of `lstm_step`, with *args and x_.",
        "",
        "    h = o tanh(c)",
        "    c = f c",
        "",
        "More.",
        "",
        "Args:",
    ]
    lines += ["    x: an input_.", "", "Reference: Greff, arXiv:1503.04069", "    and others."]
    assert as_restructured_text(lines) == [
        r"A step of `lstm_step`, with \*args and x\_.",
        "",
        "::",
        "",
        "    h = o tanh(c)",
        "    c = f c",
        "",
        "More.",
        "",
        "Args:",
        r"    x: an input\_.",
        "",
        "**Reference.** Greff, `arXiv:1503.04069 <https://arxiv.org/abs/1503.04069>`__ and others.",
    ]


def test_code_in_a_docstring_is_told_from_an_equation():
    code = as_restructured_text(["How to.", "", '    band("in every seed", at_least=0.9)'])
    assert code[2] == ".. code-block:: python"


# What is written by hand


def test_the_readme_is_short_and_its_headline_is_the_measured_one():
    readme = (PROJECT / "README.md").read_text()
    assert len(readme.splitlines()) <= 100
    measured = re.search(
        r"\*\*(0 of \d+ pay here; \d+ of \d+ pay with stock nbgrader)", (PROJECT / "docs" / "attacks.md").read_text()
    )
    assert measured[1] in " ".join(readme.split())


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_a_written_page_names_files_targets_and_commands_that_there_are(path):
    text = path.read_text()
    made = {"units/index.md", "glossary.md", "experiments.md", "command-line.md", "api/index.rst"}
    for link in LINK.findall(text):
        assert link in made or (path.parent / link).exists(), link
    targets = re.findall(r"^([a-z][\w-]*):", (PROJECT / "Makefile").read_text(), re.M)
    code = "\n".join(re.findall(r"^```sh\n.*?^```|`(?:make|rnncourse)\s[^`]+`", text, re.M | re.S))
    for target in re.findall(r"(?:^|`)make\s+([a-z][\w-]+)", code, re.M):
        assert target in targets, target
    commands = [command.name or command.callback.__name__ for command in app.registered_commands]
    for command in re.findall(r"(?:^|`)rnncourse ([a-z]+)", code, re.M):
        assert command in commands, command


def test_a_colon_in_the_docstring_of_an_attribute_makes_no_type():
    docstring = pytest.importorskip("sphinx.ext.napoleon.docstring", reason="Sphinx comes with `make docs`")
    text = ["Whether x is [u, c]: the input and the cell below.", "", "More: of it."]
    for what in ("attribute", "data", "property"):
        lines = docstring.GoogleDocstring(as_restructured_text(text, what), what=what, name="x").lines()
        assert [line for line in lines if line] == ["..", text[0], text[2]]


def test_the_example_for_authors_is_an_exercise(monkeypatch):
    blocks = re.findall(r"^```python\n(.*?)^```", (PROJECT / "docs" / "authors.md").read_text(), re.M | re.S)
    function, room = (
        next(block for block in blocks if sign in block) for sign in ("def shift_left", "exercise = Exercise")
    )
    module = ModuleType("rnncore.functional.sequence.shift")
    exec(function, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made: dict = {}
    exec(room, made)
    exercise = made["exercise"]
    assert exercise(module.shift_left, 3).score == exercise.points == 2
    assert len(exercise.mistakes) >= 5
    for mistake in exercise.mistakes:
        verdict = exercise(mistake.function, 3)
        assert verdict.score < 2
        assert verdict.misconception == mistake.misconception
