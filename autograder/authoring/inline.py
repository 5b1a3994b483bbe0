"""From one line of a unit's source to a stub for students and a solution for reviewers.

    from rnncore.functional.cells import lstm_step  # exercise
    #: The sum has four blocks of H columns, in the order i, f, g, o.

becomes the function's own source, with nbgrader's solution marks around its body. Lines that begin with `#:` are a
scaffold: they stay in the student's stub.
"""

import ast
import importlib
import inspect
import re
import textwrap

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

EXERCISE = re.compile(r"^from (?P<module>[\w.]+) import (?P<name>\w+)  # exercise$", re.M)
_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
_WITH_SCAFFOLD = re.compile(EXERCISE.pattern + r"(?P<scaffold>(?:\n#:.*)*)", re.M)


def function_source(module: str, name: str) -> str:
    """The source of a function of rnncore."""
    return textwrap.dedent(inspect.getsource(getattr(importlib.import_module(module), name)))


def split_at_body(source: str) -> tuple[str, str]:
    """A function's source up to the end of its docstring, and from there to its end.

    Raises:
        ValueError: if it has no docstring, without which a stub would be no start.
    """
    function = ast.parse(source).body[0]
    if not isinstance(function, ast.FunctionDef) or ast.get_docstring(function) is None:
        raise ValueError(f"an exercise must be a function with a docstring; got {source.splitlines()[0]!r}")
    lines = source.splitlines(keepends=True)
    end = function.body[0].end_lineno or 0
    return "".join(lines[:end]), "".join(lines[end:])


def solution_cell(module: str, name: str, scaffold: str = "") -> str:
    """The code of a solution cell: signature, docstring, scaffold, and the body between nbgrader's marks."""
    head, body = split_at_body(function_source(module, name))
    hints = [line.removeprefix("#:").strip() for line in scaffold.strip().splitlines()]
    kept = "".join(f"    # {hint}\n" for hint in hints)
    return f"{head}{kept}    ### BEGIN SOLUTION\n{body.rstrip()}\n    ### END SOLUTION"


def inline_exercises(source: str) -> str:
    """Replace the exercise lines of a cell by the functions themselves."""
    return _WITH_SCAFFOLD.sub(lambda m: solution_cell(m["module"], m["name"], m["scaffold"]), source)


def without_marks(source: str) -> str:
    """A cell as reviewers read it, without nbgrader's marks around the solution."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in _MARKS)


class InlineExercises(NbGraderPreprocessor):
    """The first step in making a student notebook or a reference solution."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if cell.cell_type == "code":
            cell.source = inline_exercises(cell.source)
        return cell, resources
