"""Answers as students write them: right ones in many styles, and wrong ones with the mistake that they should be told.

One module an exercise, named like its room. They were written from the exercises' texts, before a look at their lists
of mistakes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Function = Callable[..., Any]


@dataclass
class Answers:
    """The answers to one exercise.

    Attributes:
        right: functions that earn every point.
        wrong: functions that lose points, each with what it must be told: the name of a mistake or a slip, "in_place",
            or words of what a check says that recognises it; None where nothing is named, which is no fault.
        refused: functions whose values are right, by a way that the exercise does not allow.
    """

    right: list[Function] = field(default_factory=list)
    wrong: list[tuple[Function, str | None]] = field(default_factory=list)
    refused: list[Function] = field(default_factory=list)

    def is_right(self, function: Function) -> Function:
        self.right.append(function)
        return function

    def is_refused(self, function: Function) -> Function:
        self.refused.append(function)
        return function

    def is_wrong(self, told: str | None = None) -> Callable[[Function], Function]:
        def add(function: Function) -> Function:
            self.wrong.append((function, told))
            return function

        return add
