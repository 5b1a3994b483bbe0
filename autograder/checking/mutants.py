"""Wrong implementations, each with the misconception that leads to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """A wrong implementation of an exercise."""

    function: Callable[..., Any]
    misconception: str

    @property
    def name(self) -> str:
        return self.function.__name__


class Mutants(list[Mutant]):
    """The mutants of one exercise: at least five, most typical first."""

    def add(self, misconception: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add a wrong implementation.

        Args:
            misconception: what a student reads whose output equals the mutant's: what it looks like was done, and
                where to look; never the right line.
        """

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.append(Mutant(function, misconception))
            return function

        return add
