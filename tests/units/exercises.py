"""The exercises of a unit, and mistakes as a student would hand them in."""

import ast
import importlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.authoring.units import Unit, all_units
from autograder.checking import Exercise
from autograder.checking.explaining import Mistake
from tests.units.answers import Answers

THOROUGH = bool(os.environ.get("RNNCOURSE_THOROUGH"))
"""Whether to take the time for 60 seeds and for a class that holds every mistake: `make thorough`."""
SEEDS = range(60 if THOROUGH else 3)

ROOM = """\
from functools import partial


class _Room:
    found = {}

    def mistake(self, misconception):
        return lambda function: self.found.setdefault(function.__name__, function)

    def knob(self, laid_open, name, misconception, **turned):
        self.found[name] = partial(laid_open, **turned)


exercise = _Room()
"""
"""Stands for an exercise's record where the grader is not: it keeps the mistakes."""


@cache
def exercises(unit: Unit) -> list[Exercise]:
    return [task.exercise for task in unit.tasks() if task.exercise]


EXERCISES = {exercise: unit for unit in all_units() for exercise in exercises(unit)}


def named(exercise: Exercise, what: str = "") -> str:
    """What tests call an exercise, or something of it: `-k u05` picks those of a unit, `-k lstm-step` those of it."""
    return f"{EXERCISES[exercise].name}-{exercise.id}" + (f": {what}" if what else "")


def all_answers() -> dict[Exercise, Answers]:
    """What students might write, of every exercise."""
    return {
        exercise: importlib.import_module(f"tests.units.answers.{unit.name}.{exercise.id.replace('-', '_')}").answers
        for exercise, unit in EXERCISES.items()
    }


def shaped_like(value: Any, fill: Callable[[np.ndarray], np.ndarray]) -> Any:
    """A value of the same form, its arrays filled anew; its numbers, findings and texts are what one entry becomes."""
    if isinstance(value, np.ndarray):
        return fill(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(shaped_like(part, fill) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(shaped_like(part, fill) for part in value)
    if isinstance(value, dict):
        return {key: shaped_like(part, fill) for key, part in value.items()}
    if isinstance(value, bool | int):
        return type(value)(np.nan_to_num(fill(np.ones(1))[0]))
    if isinstance(value, str):
        return f"{fill(np.ones(1))[0]:g}"
    return fill(np.ones(1))[0] if isinstance(value, float) else value


def mistake_as_an_answer(unit: Unit, exercise: Exercise, mistake: Mistake) -> str:
    """The code of an answer cell that gives a mistake under the exercise's name, and nothing else a name.

    Mistakes use right functions, so it runs with all of rnncore, and with no student edition of it.
    """
    room = f"autograder.exercises.{unit.name}.{exercise.id.replace('-', '_')}"
    code = ROOM + _without_grader(room)
    return "\n".join(
        [
            f"_room = {{'__name__': 'mistakes of {exercise.id}'}}",
            f"exec({code!r}, _room)",
            f"{exercise.reference.__name__} = _room['exercise'].found[{mistake.name!r}]",
        ]
    )


def _without_grader(module: str) -> str:
    """The code of a room without its checks and its record; what it shares with others stands in it."""
    tree = ast.parse(Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8"))
    parts: list[str] = []
    for statement in tree.body:
        match statement:
            case ast.ImportFrom(module=str(name)) if name.startswith("autograder.exercises."):
                parts.append(_without_grader(name))
            case ast.ImportFrom(module=str(name)) if name.split(".")[0] == "autograder":
                pass
            case ast.Assign(targets=[ast.Name(id="exercise")]):
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="leaves_inputs"))):
                pass
            case ast.FunctionDef(name="_"):
                pass
            case _:
                parts.append(ast.unparse(_without_annotations(statement)))
    return "\n".join([*parts, ""])


def _without_annotations(statement: ast.stmt) -> ast.stmt:
    """A statement whose functions name no type, since some are the grader's."""
    for node in ast.walk(statement):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return statement
