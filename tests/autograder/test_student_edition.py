"""The rnncore that students get. Oracles: Python, which imports and looks names up, and ruff."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import PROJECT
from autograder.authoring.picking import pick
from autograder.authoring.student_edition import blank, edition, write_student_edition
from autograder.authoring.units import Unit, all_units, find_unit, later_exercises


@pytest.fixture(scope="module", params=all_units(), ids=lambda unit: unit.name)
def written(request, tmp_path_factory) -> tuple[Unit, Path]:
    """A unit, and the folder of its student edition."""
    folder = tmp_path_factory.mktemp(request.param.name)
    write_student_edition(request.param, folder)
    return request.param, folder


def run(code: str, folder: Path) -> None:
    """Run code in a fresh interpreter in which only this rnncore can be found."""
    program = f"""
import sys
sys.path.insert(0, {str(folder)!r})
import rnncore
assert rnncore.__file__.startswith({str(folder)!r})
{code}"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def definitions(unit: Unit) -> dict[str, str]:
    """The names of the functions and classes that a unit's students get, with their modules."""
    trees = {path: ast.parse(text) for path, text in edition(unit).items()}
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name: path for path, tree in trees.items() for node in tree.body if isinstance(node, kinds)}


def test_every_module_imports_and_finds_what_its_functions_look_up(written):
    """Also what they take from modules, which no linter follows."""
    run(
        """
import builtins, dis, importlib, inspect, pkgutil, types

def lookups(code):
    instructions = list(dis.get_instructions(code))
    for this, following in zip(instructions, [*instructions[1:], None]):
        if this.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            attribute = following.argval if following and following.opname in ("LOAD_ATTR", "LOAD_METHOD") else None
            yield this.argval, attribute
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from lookups(constant)

names = [module.name for module in pkgutil.walk_packages(rnncore.__path__, "rnncore.")]
modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
assert len(modules) > 20
for module in modules:
    for value in map(inspect.unwrap, filter(inspect.isroutine, vars(module).values())):
        if isinstance(value, types.FunctionType) and value.__module__ == module.__name__:
            for name, attribute in lookups(value.__code__):
                assert hasattr(module, name) or hasattr(builtins, name), (module, value, name)
                found = getattr(module, name, None)
                if attribute and isinstance(found, types.ModuleType):
                    assert hasattr(found, attribute), (module, value, name, attribute)
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name), (module, name)
""",
        written[1],
    )


def test_a_linter_finds_nothing_undefined_and_nothing_unused(written):
    """Names of one capital are the sizes in shapes, which no program looks up."""
    ruff = [sys.executable, "-m", "ruff"]
    check = [*ruff, "check", "--isolated", "--select", "F", "--ignore", "F722", "--output-format", "concise"]
    done = subprocess.run([*check, written[1]], capture_output=True, text=True)
    assert "F821" in done.stdout or "All checks passed" in done.stdout
    found = [line for line in done.stdout.splitlines() if ".py:" in line and not re.search("`[A-Z]`$", line)]
    assert not found, found[:5]
    form = [*ruff, "format", "--isolated", "--check", "--line-length", "100", written[1]]
    assert subprocess.run(form, capture_output=True).returncode == 0


def test_what_the_notebooks_import_is_there(written):
    """The imports of all notebooks up to the unit, as students get them."""
    unit, folder = written
    lines = []
    for other in all_units()[: unit.number]:
        nb = nbformat.read(PROJECT / "course" / other.name / f"{other.name}.ipynb", as_version=4)
        for cell in nb.cells:
            if cell.cell_type == "code":
                nodes = ast.walk(ast.parse(cell.source))
                lines += [ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    assert len(lines) > 10
    run("\n".join(lines), folder)


def test_a_function_that_students_write_has_signature_and_docstring(written):
    unit, folder = written
    wanted = [dotted.rsplit(".", 1) for dotted in unit.exercises()]
    run(
        f"""
import importlib, inspect
for module, name in {wanted!r}:
    function = getattr(importlib.import_module(module), name)
    assert inspect.getdoc(function)
    parameters = inspect.signature(function).parameters.values()
    try:
        function(*[None for p in parameters if p.default is p.empty])
    except NotImplementedError as error:
        assert str(error) == "you write this in unit {unit.number}", error
    else:
        raise AssertionError(name)
""",
        folder,
    )


def test_nothing_is_there_that_only_later_units_ask_for(unit):
    later = {name.rsplit(".", 1)[1] for name, number in later_exercises(unit).items() if number > unit.number}
    assert not later & set(definitions(unit))


def test_no_variant_of_a_cell_comes_before_its_unit():
    found = definitions(find_unit("u05_lstm"))
    assert "lstm_step" in found
    assert not [name for name in found if "gru" in name.lower() or "peephole" in name.lower()]
    texts = edition(find_unit("u05_lstm"))
    assert not any("CELLS" in text for path, text in texts.items() if "functional" in path)


def test_a_helper_of_an_unwritten_function_stays_away():
    """It comes with the answer, and not before; what the signature names is there."""
    source = """\
from typing import NamedTuple


class Pair(NamedTuple):
    a: int


def half(pair: Pair) -> int:
    \"\"\"Half of it.\"\"\"
    return _divided(pair.a)


def _divided(a):
    return a // 2
"""
    for unwritten, names in (({"half": 3}, ["Pair", "half"]), ({}, ["Pair", "half", "_divided"])):
        package = {"pack": "", "pack.pairs": blank(source, unwritten)}
        text = pick(["from pack.pairs import half"], package.get, "pack")["pack.pairs"]
        assert [node.name for node in ast.parse(text).body if not isinstance(node, ast.ImportFrom)] == names
