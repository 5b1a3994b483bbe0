"""What every measured experiment returns."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Band, Claim, Verdict, sentence_of


@dataclass(frozen=True)
class Finding:
    """Numbers measured over several seeds, beside the published claim that they are held against.

    The verdict is computed from the numbers. `print(finding)` says all of it in a few lines.
    """

    claim: ClassVar[Claim]

    seeds: tuple[int, ...]
    seconds: float = field(default=0.0, kw_only=True)
    """The whole experiment, on the clock."""
    device: str = field(default="CPU", kw_only=True)
    """Where the networks were trained."""

    def quantities(self) -> dict[str, np.ndarray]:
        """The measured numbers that the bands name, a row for each seed, (seeds, ...)."""
        raise NotImplementedError

    def rows(self) -> list[str]:
        """The measured numbers, a line each."""
        raise NotImplementedError

    def _draw(self) -> Figure:
        """The measured numbers, drawn, with the limits of the bands."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The measured numbers, drawn, with the limits of the bands and the device."""
        return self._named(self._draw())

    def _named(self, figure: Figure) -> Figure:
        """The same figure, which now names the device."""
        figure.supxlabel(f"measured on: {self.device}", x=0.99, ha="right", size=7, color="#666666")
        return figure

    @property
    def bands(self) -> tuple[Band, ...]:
        """The claim's bands that can be judged: all, unless something was left out on purpose."""
        return self.claim.bands

    def verdicts(self) -> list[Verdict]:
        """Each band, judged."""
        quantities = self.quantities()
        points: Sequence[float] = getattr(self, "points", ())
        return [band.judge(quantities, points) for band in self.bands]

    @property
    def holds(self) -> bool:
        """Whether the numbers lie within every band."""
        return all(verdict.holds for verdict in self.verdicts())

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain values, for JSON; what is not finite is None."""
        return {
            "statement": self.claim.statement,
            "reference": self.claim.reference,
            "published": self.claim.published,
            "bands": [
                {
                    "sentence": verdict.sentence,
                    "measured": verdict.measured and [_plain(x) for x in verdict.measured],
                    "holds": verdict.holds,
                }
                for verdict in self.verdicts()
            ],
            "holds": self.holds,
            "rows": self.rows(),
            "quantities": {name: _plain(array) for name, array in self.quantities().items()},
            "seeds": list(self.seeds),
            "seconds": self.seconds,
            "device": self.device,
        }

    def __str__(self) -> str:
        seeds = "1 seed" if len(self.seeds) == 1 else f"{len(self.seeds)} seeds"
        failed = [str(verdict) for verdict in self.verdicts() if not verdict.holds]
        verdict = "does not hold here" if failed else "holds"
        return "\n".join(
            [
                _wrapped("Claim:     ", self.claim.statement),
                _wrapped("Reference: ", self.claim.reference),
                *([_wrapped("Published: ", self.claim.published)] if self.claim.published else []),
                _wrapped("Band:      ", sentence_of(self.bands)),
                *(f"  {row}" for row in self.rows()),
                *(_wrapped("Not so:    ", failure) for failure in failed),
                f"The claim {verdict} ({seeds}, {self.seconds:.0f} s, {self.device}).",
            ]
        )


def format_numbers(numbers: Iterable[float], digits: int) -> str:
    """Numbers in a row, with a fixed number of digits after the point.

    Args:
        numbers: what to write.
        digits: how many after the point.

    Returns:
        The numbers, a space between them.
    """
    return " ".join(f"{number:.{digits}f}" for number in numbers)


def _plain(values: Any) -> Any:
    """Nested lists of numbers, None for what is not finite."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, list):
        return [_plain(value) for value in values]
    return values if np.isfinite(values) else None


def _wrapped(heading: str, text: str) -> str:
    """Text in lines that a notebook shows whole."""
    indent = " " * len(heading)
    return textwrap.fill(text, 96, initial_indent=heading, subsequent_indent=indent)
