"""The rnncore that students get: everything but the answers."""

import ast
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from autograder import PROJECT
from autograder.authoring.picking import pick
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
    if not withheld:
        return source
    lines = source.splitlines(keepends=True)
    functions = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name in withheld]
    for function in reversed(functions):
        docstring, end = function.body[0].end_lineno, function.end_lineno
        message = f"you write this in unit {withheld[function.name]}"
        lines[docstring:end] = [f'    raise NotImplementedError("{message}")\n']
    return "".join(lines)


def edition(unit: Unit) -> dict[str, str]:
    """The rnncore of a unit: the definitions that its notebook, the earlier ones and start.ipynb reach.

    Whatever else there is stays away, since a variant of a cell that a later unit teaches would tell how to write
    this unit's. So do the helpers of functions that students have yet to write.

    Returns:
        The text of each module, by its path in the project.
    """
    empty: dict[str, dict[str, int]] = {}
    for dotted, number in later_exercises(unit).items():
        module, name = dotted.rsplit(".", 1)
        empty.setdefault(_defining_module(module, name), {})[name] = number

    def load(module: str) -> str | None:
        path = _file(module)
        return blank(path.read_text(encoding="utf-8"), empty.get(module, {})) if path.is_file() else None

    sources = [WIRE, START, *(other.source for other in all_units() if other.number <= unit.number)]
    picked = pick([source.read_text(encoding="utf-8") for source in sources], load, "rnncore")
    return {str(_file(module).relative_to(PROJECT)): text for module, text in picked.items()}


def _file(module: str) -> Path:
    path = PROJECT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def write_student_edition(unit: Unit, folder: Path) -> None:
    """Write rnncore as a package that can be installed, without what this and later units ask for."""
    for path, text in edition(unit).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
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
