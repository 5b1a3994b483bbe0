"""The rnncore that students get. Oracles: Python, which imports and looks names up, and ruff."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest

import rnncore
from autograder import PROJECT
from autograder.authoring.derive import BuildError
from autograder.authoring.inline import function_source, split_at_body
from autograder.authoring.picking import pick
from autograder.authoring.student_edition import build_wheel, edition, write_student_edition
from autograder.authoring.units import Unit, all_units, find_unit, withheld_exercises
from autograder.authoring.withhold import blank, seal_functions
from rnncore.functional.cells import init_rnn_params, init_rnn_state, rnn_step
from rnncore.functional.sequence.unroll import unroll
from tests.autograder.interpreters import interpreters

ALL = [unit.name for unit in all_units()]


@pytest.fixture(scope="module", params=all_units(), ids=lambda unit: unit.name)
def written(request, tmp_path_factory) -> tuple[Unit, Path]:
    """A unit, and the folder of its student edition."""
    folder = tmp_path_factory.mktemp(request.param.name)
    write_student_edition(request.param, folder)
    return request.param, folder


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[str, Path], None]]:
    """Runs code in a fresh interpreter in which only the rnncore of a folder can be found."""
    with interpreters() as run:
        yield lambda code, folder: run(
            f"""
import sys
sys.path.insert(0, {str(folder)!r})
import rnncore
assert rnncore.__file__.startswith({str(folder)!r})
{code}"""
        )


def definitions(unit: Unit) -> dict[str, str]:
    """The names of the functions and classes that a unit's students get, with their modules."""
    trees = {path: ast.parse(text) for path, text in edition(unit).items()}
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name: path for path, tree in trees.items() for node in tree.body if isinstance(node, kinds)}


@pytest.mark.slow
def test_every_module_imports_and_finds_what_its_functions_look_up(run, written):
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


def test_a_linter_finds_nothing_undefined_and_nothing_unused(unit, tmp_path):
    """Where no function is sealed. Names of one capital are the sizes in shapes, which no program looks up."""
    write_student_edition(unit, tmp_path, ALL)
    ruff = [sys.executable, "-m", "ruff"]
    check = [*ruff, "check", "--isolated", "--select", "F", "--ignore", "F722", "--output-format", "concise"]
    done = subprocess.run([*check, tmp_path], capture_output=True, text=True)
    assert "F821" in done.stdout or "All checks passed" in done.stdout
    found = [line for line in done.stdout.splitlines() if ".py:" in line and not re.search("`[A-Z]`$", line)]
    assert not found, found[:5]
    form = [*ruff, "format", "--isolated", "--check", "--line-length", "100", tmp_path]
    assert subprocess.run(form, capture_output=True).returncode == 0


def test_nothing_that_a_notebook_reaches_waits_for_what_it_asks_for(run, written):
    """An experiment is handed the functions that the unit asks for; those of the package are empty.

    Reached is, by its name alone, what the notebook or something reached calls.
    """
    unit, folder = written
    texts = [ast.parse(cell.source) for cell in unit.notebook().cells if cell.cell_type == "code"]
    nodes = [node for text in texts for node in ast.walk(text)]
    called = {node.id for node in nodes if isinstance(node, ast.Name)}
    called |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    run(
        f"""
import dis, importlib, inspect, pkgutil, types

def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)

def is_reached(name):
    return all(part in called or part in ("__init__", "forward") for part in name.split("."))

def is_empty(value):
    constants = value.__code__.co_consts if isinstance(value, types.FunctionType) else ()
    return "you write this in unit {unit.number}" in constants

functions = []
for module in pkgutil.walk_packages(rnncore.__path__, "rnncore."):
    if not module.name.endswith("__main__"):
        values = list(vars(importlib.import_module(module.name)).values())
        methods = [(f"{{value.__name__}}.{{name}}", part) for value in values if isinstance(value, type)
                   for name, part in vars(value).items()]
        for name, value in [*((getattr(value, "__name__", ""), value) for value in values), *methods]:
            value = inspect.unwrap(getattr(value, "fget", None) or getattr(value, "__func__", value))
            if isinstance(value, types.FunctionType) and value.__module__ == module.name and not is_empty(value):
                functions.append((name, value))
assert len(functions) > 50
called, before = {called!r}, 0
while len(called) > before:
    before = len(called)
    for name, function in functions:
        if is_reached(name):
            called.update(word for code in codes(function.__code__) for word in code.co_names)
waiting = {{
    (name, step.argval)
    for name, function in functions if is_reached(name)
    for code in codes(function.__code__) for step in dis.get_instructions(code)
    if step.opname == "LOAD_GLOBAL" and is_empty(function.__globals__.get(step.argval))
}}
assert waiting <= {{("LocalAttention.forward", "local_attention")}}, waiting  # which no notebook asks for
""",
        folder,
    )


@pytest.mark.slow
def test_what_the_notebooks_import_is_there(run, written):
    """The imports of all notebooks up to the unit."""
    unit, folder = written
    lines = []
    for other in all_units()[: unit.number]:
        for cell in other.notebook().cells:
            if cell.cell_type == "code":
                nodes = ast.walk(ast.parse(cell.source))
                imports = [ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
                lines += [line for line in imports if "autograder" not in line]
    assert len(lines) > 10
    run("\n".join(lines), folder)


def test_a_function_that_students_write_has_signature_and_docstring(run, written):
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
    later = {name.rsplit(".", 1)[1] for name, number in withheld_exercises(unit).items() if number > unit.number}
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


# Answers of earlier units, on which somebody may still work


def earlier(unit: Unit) -> list[tuple[str, str]]:
    return [(*dotted.rsplit(".", 1),) for other in all_units()[: unit.number - 1] for dotted in other.exercises()]


def test_an_earlier_answer_runs_and_shows_no_source_or_is_not_there(run, written):
    """And one of them is there in every edition but the first, with signature and docstring."""
    unit, folder = written
    run(
        f"""
import importlib, inspect
sealed = []
for module, name in {earlier(unit)!r}:
    function = getattr(importlib.import_module(module), name)
    assert inspect.getdoc(function) and inspect.signature(function).parameters
    try:
        text = inspect.getsource(function)
    except OSError:
        sealed.append(name)
    else:
        assert "raise NotImplementedError" in text, text
assert bool(sealed) == ({unit.number} > 1)
""",
        folder,
    )


def test_a_sealed_function_is_the_function(run, tmp_path):
    """The same numbers, errors and named tuples as the reference's, which this process computes."""
    write_student_edition(find_unit("u05_lstm"), tmp_path)
    params, state = init_rnn_params(2, 3, np.random.default_rng(0)), init_rnn_state(4, 3)
    wanted = unroll(rnn_step, np.ones((4, 5, 2)), state, params)[0]
    run(
        f"""
import inspect, pickle
import numpy as np
from rnncore.functional.cells import RNNState, init_rnn_params, init_rnn_state, rnn_step
from rnncore.functional.sequence.unroll import unroll
from tests.autograder.interpreters import interpreters
params, state = init_rnn_params(2, 3, np.random.default_rng(0)), init_rnn_state(4, 3)
hs, final, _ = unroll(rnn_step, np.ones((4, 5, 2)), state, params)
assert hs.tolist() == {wanted.tolist()!r}
assert type(final) is RNNState
assert pickle.loads(pickle.dumps(rnn_step)) is rnn_step
try:
    rnn_step(np.ones((4, 7)), state, params)
except ValueError as error:
    assert "got (4, 7)" in str(error)
else:
    raise AssertionError
""",
        tmp_path,
    )


def test_no_answer_is_in_the_package_before_its_deadline(unit):
    """The leak scan searches releases line by line; here each answer as a whole is looked for in all text there is."""
    texts = "\n".join(edition(unit).values())
    opened = "\n".join(edition(unit, ALL).values())
    for module, name in earlier(unit):
        body = split_at_body(function_source(module, name))[1]
        assert body in opened, name
        assert body not in texts, name


def test_the_answers_of_some_units_can_be_laid_open():
    unit, (module, name) = find_unit("u05_lstm"), ("rnncore/functional/learning/bptt.py", "backpropagate")
    body = split_at_body(function_source("rnncore.functional.learning.bptt", name))[1]
    assert body in edition(unit, ["u03_bptt"])[module]
    assert body not in edition(unit, ["u02_rnn", "u04_gradient_flow"])[module]
    own = find_unit("u03_bptt")
    assert body not in edition(own, ["u03_bptt"])[module]


SEALABLE = """\
import functools

STEP = 2


@functools.cache
def outer(n: int = STEP) -> int:
    \"\"\"Twice as much, and a bit.\"\"\"
    return _inner(n) + STEP


def _inner(n):
    # A comment.
    return 0 if n == 0 else 2 + _inner(n - 1)


def other():
    return outer(3)
"""


def test_functions_with_helpers_decorators_and_recursion_can_be_sealed(run, tmp_path):
    (tmp_path / "rnncore").mkdir()
    (tmp_path / "rnncore" / "__init__.py").write_text("")
    sealed = seal_functions(SEALABLE, ["outer", "_inner"])
    assert "_inner(n)" not in sealed.replace("def _inner(n)", "")
    assert "return outer(3)" in sealed
    (tmp_path / "rnncore" / "some.py").write_text(sealed)
    shutil.copy(PROJECT / "autograder" / "authoring" / "sealed.py", tmp_path / "rnncore")
    run(
        """
from rnncore import some
assert (some.outer(), some.outer(3), some.other()) == (6, 8, 8)
assert some.outer.__doc__ == "Twice as much, and a bit."
assert some.outer.cache_info().hits == 1
""",
        tmp_path,
    )


def test_a_helper_of_a_sealed_function_is_sealed_too(monkeypatch, tmp_path):
    """In a copy of rnncore in which an exercise of unit 3 has a helper."""
    shutil.copytree(PROJECT / "rnncore", tmp_path / "rnncore")
    path = tmp_path / "rnncore" / "functional" / "learning" / "bptt.py"
    text = path.read_text()
    path.write_text(text.replace("    return ", "    _helper_of_bptt()\n    return ") + HELPER)
    monkeypatch.setattr("autograder.authoring.student_edition.PROJECT", tmp_path)
    found = edition(find_unit("u05_lstm"))["rnncore/functional/learning/bptt.py"]
    assert "def _helper_of_bptt" in found
    assert "a line of the helper" not in found
    assert "a line of the helper" in edition(find_unit("u05_lstm"), ALL)["rnncore/functional/learning/bptt.py"]
    assert "_helper_of_bptt" not in edition(find_unit("u03_bptt"))["rnncore/functional/learning/bptt.py"]


HELPER = """

def _helper_of_bptt():
    return "a line of the helper"
"""


# A newer notebook, an older package


def test_a_notebook_says_which_package_it_needs(run, tmp_path):
    write_student_edition(find_unit("u02_rnn"), tmp_path)
    course = PROJECT / "course"
    for unit in all_units():
        nb = nbformat.read(course / unit.name / f"{unit.name}.ipynb", as_version=4)
        first = next(cell for cell in nb.cells if cell.cell_type == "code").source
        require = "\n".join(first.splitlines()[:3])
        error = f"needs the rnncore of unit {unit.number} or later; the one installed here is of unit 2"
        run(
            f"""
try:
    exec({require!r})
except ImportError as error:
    assert {error!r} in str(error) and {unit.number} > 2, error
else:
    assert {unit.number} <= 2
""",
            tmp_path,
        )


def test_a_package_that_cannot_be_built_is_told_in_one_line(tmp_path, monkeypatch):
    full = tmp_path / "full"
    full.write_text("#!/bin/sh\necho 'Traceback ...\nOSError: No space left on device' >&2\nexit 1\n")
    full.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(full))
    with pytest.raises(BuildError, match=r"^[^\n]* could not be built: OSError: No space left on device\. [^\n]*$"):
        build_wheel(find_unit("u02_rnn"), tmp_path)


def test_the_complete_package_serves_all_units():
    rnncore.require(unit=99)
