"""Does a release hold what students must not see? Searched in the finished files, not in how they were made."""

import ast
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from autograder import PROJECT
from autograder.build.exercises import function_source, split_at_body
from autograder.build.student_edition import modules
from autograder.build.units import Unit, later_exercises

SHORTEST = 16


@dataclass(frozen=True)
class Leak:
    """A line of a secret, found in a released file."""

    secret: str
    line: str
    file: str

    def __str__(self) -> str:
        return f"{self.file} holds a line of {self.secret}: {self.line}"


def _normal(line: str) -> str:
    return re.sub(r"\s+", "", line.split("  #")[0])


def _code_lines(source: str) -> list[str]:
    """The lines that would tell something: no comments, docstrings, imports or short lines."""
    tree = ast.parse(source)
    quiet: set[int] = set()
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            quiet |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = [line for n, line in enumerate(source.splitlines(), 1) if n not in quiet]
    return [line.strip() for line in lines if len(_normal(line)) >= SHORTEST and line.strip()[0] not in "#@)]}"]


def secrets(unit: Unit) -> dict[str, str]:
    """The lines that no release of a unit may hold, without their spaces, and what each belongs to."""
    found: dict[str, str] = {}
    for dotted in later_exercises(unit):
        module, name = dotted.rsplit(".", 1)
        _, body = split_at_body(function_source(module, name))
        for line in _code_lines(f"def _():\n{body}"):
            found[_normal(line)] = f"the solution {name}"
    for kind in ("hidden", "mutants"):
        for path in sorted((PROJECT / "autograder" / kind).glob("u*.py")):
            for line in _code_lines(path.read_text()):
                found.setdefault(_normal(line), f"{kind} {path.stem}")
    return found


def allowed(unit: Unit) -> set[str]:
    """Lines that are public all the same: those that students get outside of the functions asked for."""
    withheld = {dotted.rsplit(".", 1)[1] for dotted in later_exercises(unit)}
    public: set[str] = set()
    for path in modules(unit).values():
        source = path.read_text()
        kept = source.splitlines()
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name in withheld:
                start, end = node.body[0].end_lineno or 0, node.end_lineno or 0
                kept[start:end] = [""] * (end - start)
        public |= {_normal(line) for line in kept}
    return public


def texts(folder: Path) -> dict[str, str]:
    """All text in a release: files, the cells of notebooks, the members of wheels and zips."""
    found: dict[str, str] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    found[f"{name}/{member}"] = archive.read(member).decode(errors="replace")
        elif path.suffix == ".ipynb":
            cells = json.loads(path.read_text())["cells"]
            found[name] = "\n".join("".join(cell["source"]) + json.dumps(cell.get("outputs", "")) for cell in cells)
        else:
            found[name] = path.read_text(errors="replace")
    return found


def find_leaks(unit: Unit, folder: Path) -> list[Leak]:
    """Search a finished release.

    Args:
        unit: the unit that is released; the answers of earlier units are no secret any more.
        folder: the release.

    Returns:
        A leak for each line of a solution, hidden check or mutant, and for each mention of the package that has them.
    """
    public = allowed(unit)
    wanted = {line: secret for line, secret in secrets(unit).items() if line not in public}
    leaks = []
    for file, text in texts(folder).items():
        for line in text.splitlines():
            if _normal(line) in wanted:
                leaks.append(Leak(wanted[_normal(line)], line.strip(), file))
            if re.search(r"\bautograder\.(hidden|mutants|checking)\b|BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)", line):
                leaks.append(Leak("the grader", line.strip(), file))
    return leaks
