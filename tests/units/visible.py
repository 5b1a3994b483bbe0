"""The visible check of an exercise as a function, without the rest of its notebook.

A check cell uses names that cells before it define. Of these only the statements run that the check depends on, so no
experiment runs.
"""

import ast
import contextlib
import functools
import io
from collections.abc import Callable
from typing import Any

from autograder.authoring.units import Unit, all_units
from autograder.checking import Exercise
from autograder.grading.trusted import HIDDEN
from tests.units.exercises import exercises


def visible_check(exercise: Exercise) -> Callable[[Callable[..., Any]], None]:
    """A function that runs the check cell on an answer, and raises what the cell raises."""
    unit, given, check = _cells()[f"{exercise.id}-check"]
    code = compile(_needed(check, given, exercise.reference.__name__) + check, f"{exercise.id}-check", "exec")
    right = {other.reference.__name__: other.reference for other in exercises(unit)}

    def run(function: Callable[..., Any]) -> None:
        namespace = right | {exercise.reference.__name__: function, "on_torch": _without_torch}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, namespace)

    return run


def refused(check: Callable[[Callable[..., Any]], None], function: Callable[..., Any]) -> bool:
    """Whether a visible check stops at an answer."""
    try:
        check(function)
    except Exception:
        return True
    return False


def _without_torch(function: Callable[..., Any], *arguments: Any) -> Any:
    """In the place of `on_torch`: a hidden check has no tensors, so what only stops on them is another matter."""
    return function(*arguments)


@functools.cache
def _cells() -> dict[str, tuple[Unit, str, str]]:
    """Of each check cell: the unit, the code of all cells before it, and its own."""
    found = {}
    for unit in all_units():
        before: list[str] = []
        for cell in unit.notebook().cells:
            if cell.cell_type != "code":
                continue
            entry = cell.metadata.get("nbgrader", {})
            if entry.get("grade"):
                found[entry["grade_id"]] = unit, "\n".join(before), HIDDEN.sub("", cell.source)
            if not entry.get("solution"):
                before.append(_without_magic(HIDDEN.sub("", cell.source)))
    return found


def _without_magic(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if not line.startswith(("%", "!")))


def _needed(check: str, given: str, answer: str) -> str:
    """The statements that bind, or change, what the check reads, and what these read."""
    wanted = _free(ast.parse(check).body) - {answer, "on_torch"}
    kept: list[ast.stmt] = []
    for statement in reversed(ast.parse(given).body):
        if isinstance(statement, ast.ImportFrom):
            statement.names = [alias for alias in statement.names if alias.name != "on_torch"]
        bound = _bound(statement)
        if bound & wanted:
            kept.append(statement)
            if not isinstance(statement, ast.For | ast.AugAssign) and not _fills(statement):
                wanted -= bound
            wanted |= _free([statement]) - {answer, "on_torch"}
    return "\n".join(map(ast.unparse, reversed(kept))) + "\n"


def _free(body: list[ast.stmt]) -> set[str]:
    """The names that statements read and have not bound before."""
    free: set[str] = set()
    bound: set[str] = set()
    for statement in body:
        free |= _names(statement, ast.Load) - bound - _local(statement)
        bound |= set() if _fills(statement) else _bound(statement)
    return free


def _local(statement: ast.stmt) -> set[str]:
    """The names that belong to what is inside a statement: variables of loops, parameters, what a function assigns."""
    local: set[str] = set()
    for node in ast.walk(statement):
        match node:
            case ast.comprehension(target=target) | ast.For(target=target):
                local |= _names(target, ast.Store)
            case ast.arg(arg=name):
                local.add(name)
            case ast.FunctionDef():
                local |= _names(node, ast.Store)
    return local


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, or whose array it fills."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).split(".")[0] for alias in names}
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(value=ast.Name(id=name)) | ast.Name(id=name))]):
            return {name}
        case _:
            return _names(statement, ast.Store)


def _fills(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript)


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
