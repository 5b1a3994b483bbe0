"""The rnncore that students get: all that their notebooks need, but not the answers.

One package serves every unit so far. What its newest unit and later ones ask for is not in it. Answers to earlier units
can be read once the instructor has said so, for somebody may still work on them; until then those that a notebook calls
are sealed, and the others are not in it either.
"""

import ast
import functools
import importlib
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from autograder import PROJECT
from autograder.authoring import sealed
from autograder.authoring.derive import BuildError
from autograder.authoring.inline import EXERCISE
from autograder.authoring.picking import parse, pick
from autograder.authoring.require import REQUIRE
from autograder.authoring.units import Unit, all_units
from autograder.authoring.withhold import blank, seal_functions

DISTRIBUTION = "rnncore-student"
_PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
description = "rnncore without the answers, for the course up to unit {number}"
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
    "pooch",
    "scikit-learn",
    "scipy",
    "statsmodels",
    "torch",
    "tqdm",
)
_NEWEST = "NEWEST: int | None = "
"""In rnncore/__init__.py, the place of the number of the newest unit that a package serves."""

Place = tuple[str, str]
"""A module and the name of a function in it."""


def edition(unit: Unit, answers: Collection[str] = ()) -> dict[str, str]:
    """The package for a unit and the earlier ones: the definitions that their notebooks and start.ipynb reach.

    Whatever else there is stays away, since a variant of a cell that a later unit teaches would tell how to write
    this unit's. So do the helpers of functions that students have yet to write.

    Args:
        unit: the newest unit that the package is to serve.
        answers: the names of the earlier units whose answers may be read.

    Returns:
        The text of each module, by its path in the package's folder.
    """
    return dict(_edition(unit, frozenset(answers), _state_of_sources()))


def _state_of_sources() -> tuple[tuple[str, int, int], ...]:
    """Of each file that an edition is made from, its time and size."""
    own = [START, WIRE, Path(sealed.__file__), *(unit.source for unit in all_units())]
    found = [(path, path.stat()) for path in (*own, *sorted((PROJECT / "rnncore").rglob("*.py")))]
    return tuple((str(path), status.st_mtime_ns, status.st_size) for path, status in found)


@functools.lru_cache(maxsize=64)
def _edition(unit: Unit, answers: frozenset[str], _state: tuple[tuple[str, int, int], ...]) -> dict[str, str]:
    """Made once for each state of the sources, since a release asks for it four times."""
    units = [other for other in all_units() if other.number <= unit.number]
    unwritten = _exercises(other for other in all_units() if other.number >= unit.number)
    closed = _exercises(other for other in units[:-1] if other.name not in answers)
    notebooks = [other.source.read_text(encoding="utf-8") for other in units]

    called = _functions(_picked([EXERCISE.sub("", text) for text in notebooks], unwritten)) & closed.keys()
    texts = _picked(notebooks, unwritten | {place: closed[place] for place in closed.keys() - called})
    helpers = _functions(texts) - _functions(_picked(notebooks, unwritten | closed))
    files = {}
    for module, text in texts.items():
        files[_path(module)] = seal_functions(text, [name for home, name in called | helpers if home == module])
    if called:
        files["rnncore/sealed.py"] = Path(sealed.__file__).read_text(encoding="utf-8")
    files["rnncore/__init__.py"] = files["rnncore/__init__.py"].replace(f"{_NEWEST}None", f"{_NEWEST}{unit.number}")
    return files


def readable_modules() -> dict[str, str]:
    """What anybody may read: the definitions that the notebooks of all units reach, with every exercise emptied.

    Returns:
        The text of each module, by its dotted name.
    """
    units = all_units()
    return _picked([unit.source.read_text(encoding="utf-8") for unit in units], _exercises(units))


def _exercises(units: Iterable[Unit]) -> dict[Place, int]:
    """Where the functions are that units ask for, with the number of the unit that asks."""
    found = {}
    for unit in units:
        for dotted in unit.exercises():
            module, name = dotted.rsplit(".", 1)
            found[getattr(importlib.import_module(module), name).__module__, name] = unit.number
    return found


def _picked(notebooks: Iterable[str], unwritten: Mapping[Place, int]) -> dict[str, str]:
    """The text of each module that notebooks reach, with some functions emptied."""

    def load(module: str) -> str | None:
        path = PROJECT / _path(module)
        own = {name: number for (home, name), number in unwritten.items() if home == module}
        return blank(path.read_text(encoding="utf-8"), own) if path.is_file() else None

    roots = [REQUIRE.format(unit=0), *(path.read_text(encoding="utf-8") for path in (WIRE, START))]
    return pick([*roots, *notebooks], load, "rnncore")


def _functions(texts: Mapping[str, str]) -> set[Place]:
    nodes = [(module, statement.node) for module, text in texts.items() for statement in parse(text).statements]
    return {(module, node.name) for module, node in nodes if isinstance(node, ast.FunctionDef)}


def _path(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (PROJECT / path).is_dir() else f"{path}.py"


def write_student_edition(unit: Unit, folder: Path, answers: Collection[str] = (), release: int = 0) -> None:
    """Write the package for a unit, ready to be built.

    Args:
        unit: the newest unit that it is to serve.
        folder: where to write it.
        answers: the names of the earlier units whose answers may be read.
        release: counts the packages of a class, so that pip takes a newer one for newer.
    """
    for path, text in edition(unit, answers).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    dependencies = ", ".join(f'"{name}"' for name in DEPENDENCIES)
    number = f"{version('rnncourse')}+u{unit.number:02d}.{release}"
    text = _PYPROJECT.format(name=DISTRIBUTION, version=number, number=unit.number, dependencies=dependencies)
    (folder / "pyproject.toml").write_text(text)


def build_wheel(unit: Unit, folder: Path, answers: Collection[str] = (), release: int = 0) -> Path:
    """Build the package for a unit into a folder, and return the wheel. The arguments are those of writing it.

    Raises:
        BuildError: if it cannot be built, as when the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        write_student_edition(unit, Path(temporary), answers, release)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.resolve())]
        done = subprocess.run(command, cwd=temporary, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip() or f"hatchling ended with {done.returncode}").splitlines()[-1]
        raise BuildError(f"the rnncore for students could not be built: {reason}. Mend that, then run this again")
    return next(folder.glob(f"rnncore_student-*+u{unit.number:02d}.{release}-*.whl"))
