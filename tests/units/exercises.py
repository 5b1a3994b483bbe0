"""The check sets of a unit, and mutants as a student would hand them in."""

import ast
import functools
import importlib
import inspect
from pathlib import Path

from autograder.authoring.exercises import function_source
from autograder.authoring.student_edition import modules
from autograder.authoring.units import Unit, later_exercises
from autograder.checking.checks import CheckSet
from autograder.checking.mutants import Mutant


def check_sets(unit: Unit) -> list[CheckSet]:
    module = importlib.import_module(f"autograder.hidden.{unit.name}")
    return [value for value in vars(module).values() if isinstance(value, CheckSet)]


def mutant_as_an_answer(check_set: CheckSet, mutant: Mutant, edition: Unit) -> str:
    """The code of an answer cell that gives a mutant under the exercise's name, and nothing else a name.

    Mutants use right functions; where the student edition of a unit has stubs in their place, these are put right.
    """
    module = ast.parse(Path(inspect.getfile(mutant.function)).read_text(encoding="utf-8"))
    plain = ast.unparse(ast.Module([_plain(s) for s in module.body if not _of_the_grader(s)], []))
    return "\n".join(
        [
            f"_mutants = {{'__name__': 'mutants of {check_set.exercise}'}}",
            f"exec({_right_functions(edition) + plain!r}, _mutants)",
            f"{check_set.reference.__name__} = _mutants[{mutant.name!r}]",
        ]
    )


def _of_the_grader(statement: ast.stmt) -> bool:
    """Whether it is an import from the grader, or makes a list of mutants."""
    match statement:
        case ast.ImportFrom(module=str(module)):
            return module.split(".")[0] == "autograder"
        case ast.Assign(value=ast.Call(func=ast.Name(id="Mutants"))):
            return True
    return False


def _plain(statement: ast.stmt) -> ast.stmt:
    """A statement; a function without what adds it to the mutants."""
    if isinstance(statement, ast.FunctionDef):
        statement.decorator_list = []
    return statement


@functools.cache
def _right_functions(edition: Unit) -> str:
    """Code that puts right functions in the place of the stubs that the student edition of a unit has."""
    there = modules(edition)
    lines = ["import importlib"]
    for dotted in later_exercises(edition):
        module, name = dotted.rsplit(".", 1)
        home = getattr(importlib.import_module(module), name).__module__
        if home in there:
            text = function_source(module, name)
            lines.append(f"_m = importlib.import_module({home!r}); exec({text!r}, vars(_m))")
            if module in there:
                lines.append(f"vars(importlib.import_module({module!r}))[{name!r}] = vars(_m)[{name!r}]")
    return "\n".join([*lines, ""])
