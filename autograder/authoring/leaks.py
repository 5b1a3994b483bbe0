"""Does a release hold what students must not see? Searched in the finished files, not in how they were made."""

import ast
import functools
import html
import json
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from autograder import PROJECT
from autograder.authoring.inline import function_source, split_at_body
from autograder.authoring.student_edition import edition
from autograder.authoring.units import Unit, withheld_exercises

SHORTEST = 12
_GRADER = re.compile(r"\bautograder\.(exercises|checking)\b|BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Secret:
    """A text that students must not see. A line of it that is `telling` characters long gives it away alone."""

    name: str
    lines: tuple[str, ...]
    telling: int


@dataclass(frozen=True)
class Leak:
    """A line of a secret, found in a released file."""

    secret: str
    line: str
    file: str

    def __str__(self) -> str:
        return f"{self.file} holds a line of {self.secret}: {self.line}"


def find_leaks(unit: Unit, folder: Path, answers: Collection[str] = ()) -> list[Leak]:
    """Search a finished release.

    A secret is given away by one telling line of it, by two short ones in a row, or by the only one that it has.

    Args:
        unit: the newest unit that the release serves.
        folder: the release.
        answers: the names of the earlier units whose answers are no secret any more.

    Returns:
        The leaks of solutions, hidden checks and mistakes, and each mention of the package that has them.
    """
    public = _public(unit, answers)
    telling: dict[str, str] = {}
    pairs: dict[tuple[str, str], str] = {}
    for secret in secrets(unit, answers):
        own = [line for line in secret.lines if line not in public]
        for line in own:
            if len(line) >= secret.telling or len(own) == 1:
                telling.setdefault(line, secret.name)
        pairs |= {pair: secret.name for pair in pairwise(secret.lines) if not public.issuperset(pair)}
    leaks = []
    for file, text in texts(folder).items():
        lines = [line for line in map(_normal, text.splitlines()) if len(line) >= SHORTEST]
        leaks += [Leak(telling[line], line, file) for line in lines if line in telling]
        leaks += [Leak(pairs[pair], " ".join(pair), file) for pair in pairwise(lines) if pair in pairs]
        leaks += [Leak("the grader", line.strip(), file) for line in text.splitlines() if _GRADER.search(line)]
    return leaks


def secrets(unit: Unit, answers: Collection[str] = ()) -> list[Secret]:
    """The bodies of the functions that units ask for, but for these answers, and all hidden checks and mistakes."""
    found = []
    for dotted in withheld_exercises(unit, answers):
        module, name = dotted.rsplit(".", 1)
        _, body = split_at_body(function_source(module, name))
        found.append(Secret(f"the solution {name}", _code_lines(f"def _():\n{body}"), telling=24))
    for path in sorted((PROJECT / "autograder" / "exercises").glob("u*/*.py")):
        found.append(Secret(f"the exercise {path.parent.name}/{path.stem}", _code_lines(path.read_text()), telling=40))
    return found


def _normal(line: str) -> str:
    return re.sub(r"\s+", "", line.split("  #")[0])


@functools.cache
def _code_lines(source: str) -> tuple[str, ...]:
    """The lines of code, without spaces, docstrings, imports, parameters and what is too short to tell anything."""
    quiet: set[int] = set()
    written = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        # A parameter without a default says what the documented signatures say, too.
        if isinstance(node, ast.arg) and _normal(written[node.lineno - 1]) == _normal(f"{ast.unparse(node)},"):
            quiet.add(node.lineno)
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            quiet |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = [_normal(line) for number, line in enumerate(written, 1) if number not in quiet]
    return tuple(line for line in lines if len(line) >= SHORTEST and not line.startswith("#"))


def _public(unit: Unit, answers: Collection[str]) -> set[str]:
    """Lines that are no secret: those that students get outside of the functions asked for."""
    withheld = {dotted.rsplit(".", 1)[1] for dotted in withheld_exercises(unit, answers)}
    public: set[str] = set()
    for source in edition(unit, answers).values():
        kept = source.splitlines()
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name in withheld:
                start, end = node.body[0].end_lineno or 0, node.end_lineno or 0
                kept[start:end] = [""] * (end - start)
        public |= {_normal(line) for line in kept}
    return public


def texts(folder: Path) -> dict[str, str]:
    """All text in a folder: files, the cells of notebooks with their outputs, the members of wheels and zips, and what
    web pages show."""
    found: dict[str, str] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    found[f"{name}/{member}"] = archive.read(member).decode(errors="replace")
        elif path.suffix == ".ipynb":
            cells = json.loads(path.read_text())["cells"]
            parts = [part for cell in cells for part in ("".join(cell["source"]), json.dumps(cell.get("outputs")))]
            found[name] = "\n".join(parts)
        elif path.suffix == ".html":
            found[name] = html.unescape(_TAG.sub("", path.read_text(errors="replace")))
        else:
            found[name] = path.read_text(errors="replace")
    return found
