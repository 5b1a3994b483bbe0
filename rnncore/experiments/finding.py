"""What every measured experiment hands back."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Finding:
    """Numbers measured over several seeds, beside the published result that they are held against.

    `holds` is computed from the numbers. `print(finding)` says all of it in a few lines.
    """

    claim: ClassVar[str]
    """What was published."""
    reference: ClassVar[str]
    band: ClassVar[str]
    """What the numbers must satisfy for the claim to hold."""

    seeds: tuple[int, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every seed lies within the band."""
        raise NotImplementedError

    def rows(self) -> list[str]:
        """The measured numbers, a line each."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The measured numbers, drawn."""
        raise NotImplementedError

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "does not hold here"
        seeds = "1 seed" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds"
        return "\n".join(
            [
                _wrapped("Claim:     ", self.claim),
                _wrapped("Reference: ", self.reference),
                _wrapped("Band:      ", self.band),
                *(f"  {row}" for row in self.rows()),
                f"The claim {verdict} ({seeds}, {self.seconds:.0f} s).",
            ]
        )


def listed(numbers: Iterable[float], digits: int) -> str:
    """The numbers in a row, with so many digits after the point."""
    return " ".join(f"{number:.{digits}f}" for number in numbers)


def _wrapped(heading: str, text: str) -> str:
    """Text in lines that a notebook shows whole."""
    indent = " " * len(heading)
    return textwrap.fill(text, 96, initial_indent=heading, subsequent_indent=indent)
