"""Building. Oracles: a second build, byte for byte; secrets planted where they must be found; Python's own import."""

import shutil
import subprocess
import sys
import zipfile
from copy import deepcopy
from dataclasses import replace
from textwrap import dedent

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from autograder import PROJECT
from autograder.authoring import build
from autograder.authoring.inline import function_source, split_at_body
from autograder.authoring.leaks import find_leaks
from autograder.authoring.student_edition import build_wheel, edition
from autograder.authoring.units import UnknownUnit, all_units, find_unit
from autograder.demo import UNIT
from autograder.grading.release import release_unit


@pytest.fixture(scope="module")
def made():
    return {unit.name: build.student_notebook(unit) for unit in all_units()}


@pytest.fixture
def release(released, tmp_path):
    """A copy of the finished release, to plant things in."""
    return shutil.copytree(released / "release" / UNIT, tmp_path / "release")


@pytest.mark.slow
def test_a_second_build_is_the_same_byte_for_byte(made):
    assert build.student_notebook(find_unit(UNIT)) == made[UNIT]


def test_a_student_notebook_has_stubs_no_outputs_and_stable_ids(made, unit):
    nb = nbformat.reads(made[unit.name], as_version=4)
    nbformat.validate(nb)
    assert all(not cell.outputs and cell.execution_count is None for cell in nb.cells if cell.cell_type == "code")
    ids = [cell.id for cell in nb.cells]
    assert len(set(ids)) == len(ids)
    assert not any(word in made[unit.name] for word in ("BEGIN SOLUTION", "HIDDEN TESTS", "autograder"))
    for dotted in unit.exercises():
        assert f"def {dotted.rsplit('.', 1)[1]}(" in made[unit.name]


def test_a_release_is_clean(release):
    assert find_leaks(find_unit(UNIT), release) == []


def secret(kind: str) -> str:
    """A long line of a secret of each kind."""
    if kind == "solution":
        module, name = find_unit(UNIT).exercises()[0].rsplit(".", 1)
        lines = split_at_body(function_source(module, name))[1].splitlines()
    else:
        lines = (PROJECT / "autograder" / kind / UNIT / "lstm_step.py").read_text().splitlines()
        lines = [line for line in lines if not line.startswith(("from", "import", '"""', "#"))]
    return max((line.strip() for line in lines if "=" in line), key=len)


def in_cell(release, text):
    path = release / f"{UNIT}.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(f"if True:\n        {text}"))
    nbformat.write(nb, path)


def in_text(release, text):
    path = release / f"{UNIT}.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(nbformat.v4.new_markdown_cell(f"```python\n{text}\n```"))
    nbformat.write(nb, path)


def in_module(release, text):
    (release / "helper.py").write_text(f"def f():\n    {text}  # a remark\n")


def in_wheel(release, text):
    with zipfile.ZipFile(next(release.glob("*.whl")), "a") as archive:
        archive.writestr("rnncore/helper.py", text)


def in_folder(release, text):
    (release / "data" / "deep").mkdir(parents=True)
    (release / "data" / "deep" / "notes.txt").write_text(text)


@pytest.mark.slow
@pytest.mark.parametrize("plant", [in_cell, in_text, in_module, in_wheel, in_folder])
@pytest.mark.parametrize("kind", ["solution", "exercises"])
def test_a_planted_secret_is_found(release, kind, plant):
    plant(release, secret(kind))
    assert find_leaks(find_unit(UNIT), release)


@pytest.mark.parametrize(
    "text", ["from autograder.exercises import u05_lstm", "### BEGIN HIDDEN TESTS", "### BEGIN SOLUTION"]
)
def test_a_mention_of_the_grader_is_found(release, text):
    in_cell(release, text)
    assert find_leaks(find_unit(UNIT), release)


def test_parameters_alone_give_nothing_away_but_their_defaults_do(release):
    page, unit = release / "page.md", find_unit("u13_ancestors_and_heirs")
    page.write_text("    state: RNNState,\n    params: MinGRUParams,\n    factor: Callable[[Any], Any],\n")
    assert find_leaks(unit, release) == []
    page.write_text("    candidate: Callable[[Any], Any] = lambda n: n,\n")
    assert find_leaks(unit, release)


def test_a_release_with_a_leak_is_withdrawn_and_the_one_in_use_stays(new_class, tree):
    from autograder.grading.class_folder import BadInput

    path = new_class.source(UNIT)
    nb = nbformat.read(path, as_version=4)
    nb.cells[0].source += f"\n\n    {secret('solution')}"
    nbformat.write(nb, path)
    before = tree(new_class.root)
    with pytest.raises(BadInput, match="withdrawn"):
        release_unit(new_class, UNIT)
    assert tree(new_class.root) == before


@pytest.mark.slow
def test_the_wheel_is_the_student_edition_and_imports(unit, tmp_path):
    wheel = build_wheel(unit, tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" not in name}
    assert found == edition(unit)
    code = f"import sys; sys.path.insert(0, {str(wheel)!r}); import rnncore; print(rnncore.__file__)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.stdout.startswith(str(wheel)), done.stderr


def test_a_changed_source_is_noticed(monkeypatch, tmp_path):
    """In a copy: current after the student notebook is written, not current after one more word in the source."""
    unit = find_unit(UNIT)
    monkeypatch.setattr("autograder.authoring.units.SOURCES", tmp_path / "solutions")
    monkeypatch.setattr(build, "COURSE", tmp_path / "course")
    shutil.copytree(PROJECT / "solutions" / unit.name, tmp_path / "solutions" / unit.name)
    unit.source.with_suffix(".ipynb").unlink(missing_ok=True)
    assert any("course/" in line for line in build.outdated(unit))
    list(build.build_unit(unit, execute=False))
    assert not any("course/" in line for line in build.outdated(unit))
    assert any("solutions/" in line for line in build.outdated(unit))
    text = unit.source.read_text()
    unit.source.write_text(text.replace("# %% [markdown]\n# ", "# %% [markdown]\n# More: ", 1))
    assert any("course/" in line for line in build.outdated(unit))


def test_a_changed_check_is_noticed(monkeypatch):
    unit = find_unit(UNIT)
    assert not list(build.outdated(unit))
    exercise = next(task.exercise for task in unit.tasks() if task.exercise)
    monkeypatch.setattr(exercise, "checks", [replace(exercise.checks[0], name="another"), *exercise.checks[1:]])
    assert [line.split()[0] for line in build.outdated(unit)] == [f"solutions/{UNIT}/{UNIT}.ipynb"]


def test_results_that_are_others_than_before_are_named():
    before = nbformat.read(find_unit(UNIT).source.with_suffix(".ipynb"), as_version=4)
    assert build.other_results(None, before) == build.other_results(before, before) == []
    now = deepcopy(before)
    outputs = {cell.id: cell.outputs for cell in now.cells if cell.cell_type == "code" and cell.outputs}
    times = [output for group in outputs.values() for output in group if " s, CPU)" in output.get("text", "")]
    for output in times:
        output.text = output.text.replace(" s, CPU)", "1 s, CPU)")
    assert times
    assert build.other_results(before, now) == []
    picture = next(name for name, group in outputs.items() if any("image/png" in o.get("data", {}) for o in group))
    next(o for o in outputs[picture] if "image/png" in o.get("data", {})).data["image/png"] += "A"
    printing = next(name for name, group in outputs.items() if name != picture and "text" in group[0])
    outputs[printing][0].text += "1"
    assert set(build.other_results(before, now)) == {picture, printing}


def test_every_figure_of_a_solution_is_described(unit):
    solution = nbformat.read(unit.source.with_suffix(".ipynb"), as_version=4)
    outputs = [output for cell in solution.cells for output in cell.get("outputs", [])]
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert figures
    assert all(figure.metadata.get("image/png", {}).get("alt") for figure in figures)


def test_a_figure_of_a_solution_has_its_alternative_text_on_the_page():
    code = """
        from rnncore.lab.plots import plot_curves
        plot_curves([0, 1], {"RNN": [1, 2], "GRU": [2, 1]}, xlabel="step", ylabel="loss", title='"<b>"')
    """
    solution = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(dedent(code))])
    page = BeautifulSoup(build.solution_page(NotebookClient(solution).execute()), "html.parser")
    assert [image["alt"] for image in page.select("img")] == ['"<b>"; loss against step; RNN, GRU.']


def test_an_unknown_unit_is_named():
    with pytest.raises(UnknownUnit, match=UNIT):
        build.select(["u99_nothing"])
