"""The rnncore that students get: everything but the answers."""

import ast
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from autograder import PROJECT
from autograder.authoring.units import Unit, all_units, later_exercises

_PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "rnncore-student"
version = "{version}+u{number:02d}"
description = "rnncore without the answers, for unit {number} of the course"
requires-python = ">=3.11"
dependencies = [{dependencies}]

[tool.hatch.build.targets.wheel]
packages = ["rnncore"]
"""
START = PROJECT / "solutions" / "start.py"
WIRE = PROJECT / "autograder" / "sandbox" / "guest" / "wire.py"
DEPENDENCIES = (
    "array-api-compat",
    "ipywidgets",
    "jaxtyping",
    "matplotlib",
    "numpy",
    "scikit-learn",
    "statsmodels",
    "torch",
    "tqdm",
)


def blank(source: str, withheld: dict[str, int]) -> str:
    """Take the bodies out of functions.

    Args:
        source: the text of a module.
        withheld: the names of its functions to empty, with the number of the unit that asks for them.

    Returns:
        The text, in which those functions keep their signature and docstring, and raise `NotImplementedError`.
    """
    lines = source.splitlines(keepends=True)
    functions = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name in withheld]
    for function in reversed(functions):
        docstring, end = function.body[0].end_lineno, function.end_lineno
        message = f"you write this in unit {withheld[function.name]}"
        lines[docstring:end] = [f'    raise NotImplementedError("{message}")\n']
    return "".join(lines)


def modules(unit: Unit) -> dict[str, Path]:
    """The modules of rnncore that a student of a unit gets: what its notebook, the earlier ones and start.ipynb import.

    Whatever else there is stays away, since a variant of a cell that a later unit teaches would tell how to write
    this unit's.

    Returns:
        The file of each module, by its dotted name.
    """
    found: dict[str, Path] = {}
    waiting = [WIRE, START, *(other.source for other in all_units() if other.number <= unit.number)]
    while waiting:
        for name in _imported(waiting.pop().read_text()):
            path = _file(name)
            if path is not None and name not in found:
                found[name] = path
                waiting.append(path)
    return dict(sorted(found.items()))


def _imported(source: str) -> set[str]:
    """The modules of rnncore that a text imports, with the packages that they are in."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    parts = [name.split(".") for name in names if name.split(".")[0] == "rnncore"]
    return {".".join(p[:n]) for p in parts for n in range(1, len(p) + 1)}


def _file(module: str) -> Path | None:
    path = PROJECT.joinpath(*module.split("."))
    candidates = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in candidates if file.is_file()), None)


def write_student_edition(unit: Unit, folder: Path) -> None:
    """Write rnncore as a package that can be installed, without what this and later units ask for."""
    withheld: dict[str, dict[str, int]] = {}
    for dotted, number in later_exercises(unit).items():
        module, name = dotted.rsplit(".", 1)
        withheld.setdefault(_defining_module(module, name), {})[name] = number
    for module, path in modules(unit).items():
        target = folder / path.relative_to(PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(blank(path.read_text(), withheld.get(module, {})))
    dependencies = ", ".join(f'"{name}"' for name in DEPENDENCIES)
    text = _PYPROJECT.format(version=version("rnncourse"), number=unit.number, dependencies=dependencies)
    (folder / "pyproject.toml").write_text(text)


def _defining_module(module: str, name: str) -> str:
    function = getattr(__import__(module, fromlist=[name]), name)
    return function.__module__


def build_wheel(unit: Unit, folder: Path) -> Path:
    """Build the student edition of a unit into a folder, and return the wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        write_student_edition(unit, Path(temporary))
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.resolve())]
        done = subprocess.run(command, cwd=temporary, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"hatchling could not build the student edition: {done.stderr[-2000:]}")
    return next(folder.glob(f"rnncore_student-*u{unit.number:02d}-*.whl"))
