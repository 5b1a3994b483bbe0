"""What a check found, and the verdict on an exercise."""

import html
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CheckResult:
    """How one check went."""

    name: str
    points: float
    passed: bool
    message: str = ""
    waits: bool = False
    """Whether it was not tried, since an earlier check has to pass first."""


@dataclass(frozen=True)
class Verdict:
    """How an exercise went: what each check gave, and which misconception explains what was wrong.

    Its repr is the score alone, which is how nbgrader takes partial credit from a cell's last expression.
    """

    exercise: str
    results: tuple[CheckResult, ...]
    misconception: str | None = None
    scaled_from: float | None = None
    """What the checks were made for, where a class gives other points for the exercise."""

    @property
    def score(self) -> float:
        return float(sum(result.points for result in self.results if result.passed))

    @property
    def max_score(self) -> float:
        return float(sum(result.points for result in self.results))

    @property
    def reason(self) -> str:
        """Why points were lost, in one line; empty if none were."""
        failed = [result for result in self.results if not result.passed]
        if not failed:
            return ""
        if self.misconception:
            return self.misconception
        everywhere = len({result.message for result in failed if not result.waits}) == 1
        return failed[0].message if everywhere else f"{failed[0].name}: {failed[0].message}"

    def __float__(self) -> float:
        return self.score

    def __repr__(self) -> str:
        return f"{self.score:g}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a notebook's metadata."""
        return {
            "exercise": self.exercise,
            "score": self.score,
            "max_score": self.max_score,
            "misconception": self.misconception,
            "reason": self.reason,
            "scaled_from": self.scaled_from,
            "checks": [vars(result) for result in self.results],
        }

    def to_html(self) -> str:
        """A table of the checks, of the few elements that nbconvert's sanitiser lets through."""
        rows = "".join(
            f"<tr><td>{'✓ passed' if r.passed else '✗ not yet'}</td><td>{html.escape(r.name)}"
            + (f"<div>{html.escape(r.message)}</div>" if r.message else "")
            + f"</td><td>{r.points if r.passed else 0:g} of {r.points:g}</td></tr>"
            for r in self.results
        )
        advice = f"<div><b>{html.escape(self.misconception)}</b></div>" if self.misconception else ""
        total = f"<b>{self.score:g} of {self.max_score:g}</b>"
        return f"<table><tr><td></td><td><b>{self.exercise}</b></td><td>{total}</td></tr>{rows}</table>{advice}"

    _repr_html_ = to_html

    def to_text(self) -> str:
        """The same for a terminal."""
        lines = [f"{self.exercise}: {self.score:g} of {self.max_score:g} points"]
        for r in self.results:
            mark = "passed" if r.passed else "not yet"
            lines.append(f"  {mark:8}{r.points:g}  {r.name}" + (f": {r.message}" if r.message else ""))
        return "\n".join(lines + ([f"  {self.misconception}"] if self.misconception else []))
