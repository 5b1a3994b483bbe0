"""The check sets of a unit, and mutants as a student would hand them in."""

import functools
import importlib
import inspect
import re
from pathlib import Path

from autograder.build.exercises import function_source
from autograder.build.student_edition import modules
from autograder.build.units import Unit, later_exercises
from autograder.checking.checks import CheckSet
from autograder.checking.mutants import Mutant


def check_sets(unit: Unit) -> list[CheckSet]:
    module = importlib.import_module(f"autograder.hidden.{unit.name}")
    return [value for value in vars(module).values() if isinstance(value, CheckSet)]


def mutant_as_an_answer(check_set: CheckSet, mutant: Mutant, edition: Unit) -> str:
    """The code of an answer cell that gives a mutant under the exercise's name, and nothing else a name.

    Mutants use right functions; where the student edition of a unit has stubs in their place, these are put right.
    """
    module = Path(inspect.getfile(mutant.function)).read_text(encoding="utf-8")
    plain = re.sub(r"^(@\w+\.add\((?:[^()]|\([^()]*\))*\)\n)", "", module, flags=re.M)
    plain = re.sub(r"^from autograder.*\n|^\w+ = Mutants\(\)\n", "", plain, flags=re.M)
    return "\n".join(
        [
            f"_mutants = {{'__name__': 'mutants of {check_set.exercise}'}}",
            f"exec({_right_functions(edition) + plain!r}, _mutants)",
            f"{check_set.reference.__name__} = _mutants[{mutant.name!r}]",
        ]
    )


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
