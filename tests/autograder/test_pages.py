"""The pages beside the units. Oracles: the units' own sources, a student's folder, and the student edition itself."""

import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from typer.testing import CliRunner

from autograder import PROJECT
from autograder.authoring import build
from autograder.authoring.derive import BuildError
from autograder.authoring.leaks import find_leaks
from autograder.authoring.pages import PAGES, page_notebook, units_table
from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import all_units
from autograder.cli import app
from autograder.demo import UNIT
from tests.conftest import collect

LINK = re.compile(r"\]\(([^)#]+\.ipynb)\)")
ROW = re.compile(r"^\| (?P<entry>[^|]+) \|(?P<rest>.+)\| (?P<units>[\d, ]+) \|$", re.M)


def text(name):
    return "\n".join(cell.source for cell in nbformat.reads(page_notebook(name), as_version=4).cells)


# Built


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_valid_notebook_the_same_at_every_build(name):
    nb = nbformat.reads(page_notebook(name), as_version=4)
    nbformat.validate(nb)
    assert page_notebook(name) == page_notebook(name)
    assert len({cell.id for cell in nb.cells}) == len(nb.cells)
    assert not any(cell.get("outputs") or cell.metadata.get("nbgrader") for cell in nb.cells)


def test_the_table_says_of_each_unit_what_the_unit_says():
    rows = [line.split(" | ") for line in units_table().splitlines()[2:]]
    assert len(rows) == len(all_units())
    for unit, (number, title, work, time, points) in zip(all_units(), rows, strict=True):
        first = unit.notebook().cells[0].source
        assert f"# Unit {number.strip('| ')}. {title.split('](')[0].strip('[')}\n" in first
        assert f"**Time** {time}. **Points** {points.strip(' |')}" in first
        assert re.findall(r"`(\w+)`", work) == [name.rsplit(".", 1)[1] for name in unit.exercises()]


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    assert LINK.findall(text(name))
    for link in LINK.findall(text(name)):
        stem = Path(link).stem
        assert link in [f"{page}.ipynb" for page in PAGES] or (PROJECT / "solutions" / stem / f"{stem}.py").is_file()


def test_a_page_tells_no_secret(tmp_path):
    for name in PAGES:
        (tmp_path / f"{name}.ipynb").write_text(page_notebook(name))
    assert find_leaks(all_units()[0], tmp_path) == []


def test_an_outdated_page_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "COURSE", tmp_path)
    assert len(list(build.outdated_pages())) == len(PAGES)
    assert [*build.build_pages()] == [f"course/{name}.ipynb" for name in PAGES]
    assert list(build.outdated_pages()) == []
    page = tmp_path / "start.ipynb"
    page.write_text(page.read_text().replace("two to three hours", "two hours", 1))
    assert ["start" in line for line in build.outdated_pages()] == [True]
    done = CliRunner().invoke(app, ["build", "--check", all_units()[0].name])
    assert done.exit_code == 1
    assert "course/start.ipynb is not current" in done.output


def test_a_unit_that_does_not_say_its_time_is_named(monkeypatch, tmp_path):
    unit = all_units()[0]
    monkeypatch.setattr("autograder.authoring.units.SOURCES", tmp_path)
    shutil.copytree(PROJECT / "solutions" / unit.name, tmp_path / unit.name)
    unit.source.write_text(unit.source.read_text().replace("**Time**", "Time"))
    with pytest.raises(BuildError, match=rf"{unit.name}\.py must have a line like .*Time"):
        page_notebook("start")


# In the hands of students and instructors


def test_the_start_page_runs_with_the_first_student_edition(tmp_path):
    """In a folder as a student has it: the page, one unit as it is handed out, one that is damaged."""
    unit = all_units()[0]
    wheel = build_wheel(unit, tmp_path / "wheel")
    (tmp_path / unit.name).mkdir()
    shutil.copy(PROJECT / "course" / unit.name / f"{unit.name}.ipynb", tmp_path / unit.name)
    (tmp_path / "u02_rnn.ipynb").write_text("{")
    cells = nbformat.reads(page_notebook("start"), as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    program = f"import sys\nsys.path.insert(0, {str(wheel)!r})\n{code.replace('progress()', 'print(progress())')}"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"0 of {len(unit.exercises())} passed; not run: all" in done.stdout
    assert "u02_rnn.ipynb: is damaged at line 1" in done.stdout


def test_a_release_has_the_pages_beside_the_unit(new_class):
    names = {path.name for path in (new_class.root / "release").iterdir()}
    assert names == {UNIT, *(f"{name}.ipynb" for name in PAGES)}
    for name in PAGES:
        assert (new_class.root / "release" / f"{name}.ipynb").read_text() == page_notebook(name)


def test_nbgrader_takes_no_page_for_an_assignment(new_class):
    config = new_class.config
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    assert {assignment["name"] for assignment in api.get_assignments()} == {UNIT}
    assert [notebook["name"] for notebook in api.get_notebooks(UNIT)] == [UNIT]


def test_the_pages_in_a_students_archive_are_passed_over(new_class, tmp_path):
    """Ada looked at her progress last, so that the start page is the newest file of hers."""
    archive = tmp_path / "class" / "ada.zip"
    archive.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(archive, "w") as file:
        for day, path in enumerate([new_class.release_notebook(UNIT), *new_class.root.glob("release/*.ipynb")], 1):
            file.writestr(zipfile.ZipInfo(path.name, (2026, 1, day, 0, 0, 0)), path.read_text())
    (received,) = collect(new_class, UNIT, [archive])
    assert (received.student, received.refused) == ("ada", "")
    assert received.file.endswith(f"{UNIT}.ipynb")


def test_pages_in_a_folder_of_submissions_are_nobodys(new_class, tmp_path):
    folder = tmp_path / "downloads"
    folder.mkdir()
    shutil.copy(new_class.release_notebook(UNIT), folder / "ada.ipynb")
    for name in PAGES:
        shutil.copy(new_class.root / "release" / f"{name}.ipynb", folder)
    assert [one.student for one in collect(new_class, UNIT, [folder])] == ["ada"]
    assert new_class.students(UNIT) == ["ada"]


# The glossary


def entries():
    return [match.groupdict() for match in ROW.finditer(text("glossary"))]


def student_text(unit):
    """What a student reads in a unit, but for the bodies of the exercises."""
    cells = unit.notebook().cells
    visible = [re.sub(r"### BEGIN.*?### END[ \w]*", "", cell.source, flags=re.S) for cell in cells]
    prose = "\n".join(source for cell, source in zip(cells, visible, strict=True) if cell.cell_type == "markdown")
    code = "\n".join(source for cell, source in zip(cells, visible, strict=True) if cell.cell_type == "code")
    return prose, code


def is_used(entry, unit):
    """Whether a symbol stands in a formula or in code of a unit, or a term in its text."""
    prose, code = student_text(unit)
    symbol = entry.strip("$`")
    if entry.startswith("`"):
        spans = [*re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", prose, flags=re.S)), code]
        return any(re.search(rf"(?<!\w){re.escape(symbol)}(?!\w)", span) for span in spans)
    if entry.startswith("$"):
        formulas = re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", prose, flags=re.S)
        pattern = rf"(?<![A-Za-z\\]){re.escape(symbol)}(?![A-Za-z_^])"
        return any(re.search(pattern, " ".join(pair)) for pair in formulas)
    word = rf"\b{re.escape(entry)}(?:s|ped|ping|ed|ing)?\b"
    return re.search(word, " ".join(prose.split()), flags=re.I) is not None


def test_the_glossary_has_entries_of_both_kinds_and_lost_no_line():
    rows = [line for line in text("glossary").splitlines() if line.startswith("|") and "---" not in line]
    headers = [line for line in rows if line.endswith("| unit |")]
    assert len(entries()) == len(rows) - len(headers) > 100
    assert {"$W_h$", "gate"} <= {entry["entry"] for entry in entries()}


@pytest.mark.slow
def test_a_unit_uses_what_the_glossary_says_it_introduces():
    units = {unit.number: unit for unit in all_units()}
    wrong = []
    for entry in entries():
        for number in map(int, entry["units"].split(",")):
            if number not in units or not is_used(entry["entry"], units[number]):
                wrong.append((entry["entry"], number))
    assert wrong == []


def test_nothing_is_explained_twice():
    counts = Counter(
        entry["entry"].strip("$`").lower() if len(entry["entry"]) > 5 else entry["entry"] for entry in entries()
    )
    assert [name for name, count in counts.items() if count > 1] == []


def test_terms_stand_in_the_order_of_the_alphabet():
    terms = [entry["entry"] for entry in entries() if entry["entry"][0] not in "$`"]
    assert terms == sorted(terms, key=str.casefold)


def test_what_is_not_used_is_noticed():
    first = all_units()[0]
    assert is_used("window", first)
    assert is_used("target", first)
    assert not is_used("peephole", first)
    assert not is_used("wind", first)
    assert is_used("$B$", first)
    assert not is_used("$W_h$", first)
    assert not is_used("`h_prev`", first)
