"""An ablation that was planned before it was run: claim, band and stopping rule come first.

    plan = Plan("...", baseline={"H": 16}, changed={"H": 64}, seeds=3, minutes=2, at_least=0.1)
    register(plan, "plan.json")
    report = carry_out(plan, "plan.json", measure)

A registered plan is not changed any more, and `carry_out` runs no other. Whoever wants another
question registers another plan beside the first.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Band, every_seed
from rnncore.experiments.finding import format_numbers
from rnncore.lab.plots.style import COLOURS, new_figure

DIFFERENCE = "changed minus baseline"


@dataclass(frozen=True)
class Plan:
    """What is claimed, and what decides about it.

    Raises:
        ValueError: if there is no claim, nothing that differs, no limit, or no time or seed.
    """

    claim: str
    """One sentence that could turn out to be wrong."""
    baseline: Mapping[str, Any]
    """The options of the run that the change is held against."""
    changed: Mapping[str, Any]
    """The same with a change."""
    seeds: int
    """How many are run; these and no more."""
    minutes: float
    """After how long no further seed is begun."""
    at_least: float | None = None
    """The claim holds if changed minus baseline is no less than this in every seed."""
    at_most: float | None = None
    """The claim holds if changed minus baseline is no more than this in every seed."""
    first_seed: int = 100
    """The seeds are this one and those after it. Use none that you have looked at."""

    def __post_init__(self) -> None:
        if not self.claim.strip():
            raise ValueError("claim must be a sentence; got an empty one")
        if self.baseline == self.changed:
            raise ValueError(f"baseline and changed must differ; both are {dict(self.baseline)}")
        if self.at_least is None and self.at_most is None:
            raise ValueError("a plan needs a limit, at_least or at_most; got neither")
        if self.seeds < 1 or self.minutes <= 0:
            raise ValueError(
                "a plan needs at least one seed, and time; "
                f"got {self.seeds} seeds and {self.minutes:g} minutes"
            )

    @property
    def band(self) -> Band:
        """What the difference must be for the claim to hold."""
        limits: dict[str, Any] = {"at_least": self.at_least, "at_most": self.at_most}
        return every_seed(DIFFERENCE, **{k: v for k, v in limits.items() if v is not None})

    def __str__(self) -> str:
        last = self.first_seed + self.seeds - 1
        return "\n".join(
            [
                f"Claim:     {self.claim}",
                f"Baseline:  {_options(self.baseline)}",
                f"Changed:   {_options(self.changed)}",
                f"Band:      {self.band.sentence}",
                f"Stops:     after seeds {self.first_seed} to {last}, or starts no new seed "
                f"after {self.minutes:g} minutes",
            ]
        )


def register(plan: Plan, path: str | Path) -> None:
    """Write a plan down, once and for all, with the time.

    Args:
        plan: what is to be run.
        path: the file; of JSON.

    Raises:
        ValueError: if another plan was registered there.
    """
    path = Path(path)
    if path.exists():
        _require_registered(plan, path)
        print(f"{path} holds this plan already.")
        return
    record = {"registered": datetime.now(UTC).isoformat(timespec="seconds"), "plan": asdict(plan)}
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Registered in {path}. From now on it is not changed.")


@dataclass(frozen=True)
class Report:
    """What came of a plan."""

    plan: Plan
    baseline: np.ndarray
    """(seeds run,)."""
    changed: np.ndarray
    """(seeds run,)."""
    seconds: float

    @property
    def verdict(self) -> str:
        """Whether the claim holds; undecided if fewer seeds were run than planned."""
        n = len(self.changed)
        if n < self.plan.seeds:
            return f"undecided: time was up after {n} of {self.plan.seeds} seeds"
        judged = self.plan.band.judge({DIFFERENCE: self.changed - self.baseline})
        return "the claim holds" if judged.holds else "the claim does not hold"

    def __str__(self) -> str:
        rows = {
            "baseline": self.baseline,
            "changed": self.changed,
            DIFFERENCE: self.changed - self.baseline,
        }
        width = max(map(len, rows))
        return "\n".join(
            [
                str(self.plan),
                "Measured, seed by seed:",
                *(f"  {name:{width}s}  {format_numbers(row, 3)}" for name, row in rows.items()),
                f"Verdict:   {self.verdict} ({self.seconds:.0f} s).",
            ]
        )

    def figure(self) -> Figure:
        """Both runs of each seed, joined by a line, with the options that differ."""
        runs = {"baseline": self.plan.baseline, "changed": self.plan.changed}
        labels = [
            f"{name}\n{_options(_differing(options, other))}"
            for (name, options), other in zip(runs.items(), reversed(runs.values()), strict=True)
        ]
        with new_figure(size=(6.0, 3.2)) as (figure, axes):
            pairs = np.stack([self.baseline, self.changed])
            axes.plot([0, 1], pairs, color="#999999", linewidth=1.0)
            for x, row in enumerate(pairs):
                axes.scatter(np.full(len(row), x), row, color=COLOURS[x], zorder=3)
            axes.set_xticks([0, 1], labels)
            axes.set(xlim=(-0.5, 1.5), ylabel="what was measured", title=self.verdict)
        return figure


def carry_out(
    plan: Plan,
    path: str | Path,
    measure: Callable[..., float],
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Run a registered plan, by its own stopping rule.

    Args:
        plan: what was registered.
        path: where.
        measure: `measure(seed, **options)` gives one number.
        clock: seconds that have gone by.

    Returns:
        The report.

    Raises:
        ValueError: if nothing was registered there, or another plan.
    """
    _require_registered(plan, Path(path))
    pairs: list[Sequence[float]] = []
    start = clock()
    for seed in range(plan.first_seed, plan.first_seed + plan.seeds):
        if clock() - start > 60 * plan.minutes:
            break
        pairs.append([measure(seed, **plan.baseline), measure(seed, **plan.changed)])
    baseline, changed = np.array(pairs, dtype=float).reshape(-1, 2).T
    return Report(plan, baseline, changed, clock() - start)


def _require_registered(plan: Plan, path: Path) -> None:
    if not path.exists():
        raise ValueError(f"register the plan before you run it; there is no {path}")
    registered = json.loads(path.read_text(encoding="utf-8"))["plan"]
    now = json.loads(json.dumps(asdict(plan)))
    changed = [name for name in now if now[name] != registered.get(name)]
    if changed:
        raise ValueError(
            f"{path} holds another plan; {', '.join(changed)} differ. What is registered stays: "
            "carry it out, and register a new plan in another file"
        )


def _differing(options: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {k: value for k, value in options.items() if k not in other or other[k] != value}


def _options(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in options.items())
