"""What an instructor decided about grades after the fact, for a check, an exercise or a student.

The rules are in the file rules.json of the class folder, which a person can read:

    {"waived": [{"unit": "u05_lstm", "exercise": "lstm-step", "check": "the new state", "reason": "unclear text"}],
     "weighed": [{"unit": "u05_lstm", "exercise": "lstm-step", "points": 2.0, "reason": "too long"}],
     "extensions": [{"unit": "u05_lstm", "student": "ada", "until": "2026-12-01T23:59:59+01:00", "reason": "ill"}],
     "excused": [{"unit": "u05_lstm", "student": "bob", "reason": "joined in week six"}],
     "attempts": "best"}

Grades follow from them whenever they are read, so a rule can be taken back. Without the file there are none.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.grading.class_folder import BadInput, in_turn
from autograder.grading.times import read_time, show_time
from autograder.whole_files import made_whole

RULES = "rules.json"
NO_PENALTY = "no-penalty"
"""Stands for a date after which lateness costs points, where it never does."""
BEST, LAST = "best", "last"
"""Which of several hand-ins counts."""


@dataclass(frozen=True)
class Waiver:
    """A check that proved unfair: its points go to everybody who wrote something in the exercise."""

    unit: str
    exercise: str
    check: str
    reason: str


@dataclass(frozen=True)
class Extension:
    """Until when one student's submission of a unit is in time; however late it is if `until` is None."""

    unit: str
    student: str
    until: datetime | None
    reason: str

    def covers(self, time: datetime | None) -> bool:
        """Whether a submission of that time is in time; one of unknown time is only if any is."""
        return self.until is None or (time is not None and time <= self.until)

    def seconds_late(self, time: datetime) -> float:
        """By how much a submission of that time is late."""
        return 0.0 if self.until is None else max(0.0, (time - self.until).total_seconds())

    def __str__(self) -> str:
        return f"{self.student}={show_time(self.until) if self.until else NO_PENALTY}"


@dataclass(frozen=True)
class Weight:
    """An exercise that counts for other points than in the release; 0 drops it."""

    unit: str
    exercise: str
    points: float
    reason: str


@dataclass(frozen=True)
class Excuse:
    """A student for whom a unit does not count."""

    unit: str
    student: str
    reason: str


@dataclass(frozen=True)
class Rules:
    """The rules of a class; `attempts` says which of several hand-ins counts."""

    waivers: tuple[Waiver, ...] = ()
    extensions: tuple[Extension, ...] = ()
    weights: tuple[Weight, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    attempts: str = LAST

    def waivers_of(self, unit: str) -> list[Waiver]:
        return [waiver for waiver in self.waivers if waiver.unit == unit]

    def extensions_of(self, unit: str) -> dict[str, Extension]:
        """The extensions of a unit, by student."""
        return {extension.student: extension for extension in self.extensions if extension.unit == unit}

    def weights_of(self, unit: str) -> dict[str, Weight]:
        """The weights of a unit, by exercise."""
        return {weight.exercise: weight for weight in self.weights if weight.unit == unit}

    def excuses_of(self, unit: str) -> dict[str, Excuse]:
        """The excuses from a unit, by student."""
        return {excuse.student: excuse for excuse in self.excuses if excuse.unit == unit}

    def lines_of(self, unit: str) -> list[str]:
        """What holds in a unit, in words."""
        return [
            *(f"{waiver.exercise} “{waiver.check}” is waived" for waiver in self.waivers_of(unit)),
            *(f"{weight.exercise} counts {weight.points:g}" for weight in self.weights_of(unit).values()),
            *(f"extended: {extension}" for extension in self.extensions_of(unit).values()),
            *(f"{excuse.student} is excused" for excuse in self.excuses_of(unit).values()),
            *(["of several hand-ins the best one counts"] if self.attempts == BEST else []),
        ]

    def with_waiver(self, waiver: Waiver) -> "Rules":
        return replace(self, waivers=(*self.without_waiver(waiver).waivers, waiver))

    def without_waiver(self, waiver: Waiver) -> "Rules":
        """The rules without any waiver of that check, whatever its reason."""
        return replace(self, waivers=tuple(w for w in self.waivers if replace(w, reason=waiver.reason) != waiver))

    def with_extensions(self, extensions: Sequence[Extension]) -> "Rules":
        kept = self
        for extension in extensions:
            kept = kept.without_extension(extension.unit, extension.student)
        return replace(kept, extensions=(*kept.extensions, *extensions))

    def without_extension(self, unit: str, student: str) -> "Rules":
        return replace(self, extensions=tuple(e for e in self.extensions if (e.unit, e.student) != (unit, student)))

    def with_weight(self, weight: Weight) -> "Rules":
        kept = self.without_weight(weight.unit, weight.exercise)
        return replace(kept, weights=(*kept.weights, weight))

    def without_weight(self, unit: str, exercise: str) -> "Rules":
        return replace(self, weights=tuple(w for w in self.weights if (w.unit, w.exercise) != (unit, exercise)))

    def with_excuses(self, excuses: Sequence[Excuse]) -> "Rules":
        kept = self.without_excuses([(excuse.unit, excuse.student) for excuse in excuses])
        return replace(kept, excuses=(*kept.excuses, *excuses))

    def without_excuses(self, whose: Sequence[tuple[str, str]]) -> "Rules":
        return replace(self, excuses=tuple(e for e in self.excuses if (e.unit, e.student) not in whose))


def read_rules(root: Path) -> Rules:
    """The rules of the class in a folder.

    Raises:
        BadInput: if its rules.json cannot be read or is not one.
    """
    path = root / RULES
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        waivers = tuple(Waiver(**_texts(entry)) for entry in found.get("waived", []))
        extensions = tuple(_extension(_texts(entry)) for entry in found.get("extensions", []))
        weights = tuple(map(_weight, found.get("weighed", [])))
        excuses = tuple(Excuse(**_texts(entry)) for entry in found.get("excused", []))
        attempts = found.get("attempts", LAST)
        if attempts not in (BEST, LAST):
            raise ValueError(f"expected {BEST} or {LAST}, got {attempts!r}")
    except FileNotFoundError:
        return Rules()
    except OSError as error:
        raise BadInput(f"expected the rules of the class in {path}; it cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise BadInput(
            f"expected the rules of the class in {path}, as `rnncourse waive`, `weigh`, `extend` and `excuse` write "
            f"them; got something else ({error}). Mend it, or take it away and say them again: `rnncourse history` has "
            "them all"
        ) from error
    return Rules(waivers, extensions, weights, excuses, attempts)


def change_rules(root: Path, change: Callable[[Rules], Rules]) -> None:
    """Change the rules of the class in a folder. Of several who do so at once, each changes what the last one left.

    Raises:
        BadInput: if the rules cannot be read or written; then they are as they were.
    """
    path = root / RULES
    with in_turn(root):
        rules = change(read_rules(root))
        extensions = [asdict(e) | {"until": e.until.isoformat() if e.until else NO_PENALTY} for e in rules.extensions]
        content = {
            "waived": [asdict(waiver) for waiver in rules.waivers],
            "weighed": [asdict(weight) for weight in rules.weights],
            "extensions": extensions,
            "excused": [asdict(excuse) for excuse in rules.excuses],
            "attempts": rules.attempts,
        }
        try:
            with made_whole(path) as partial:
                partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{path} cannot be written ({error.strerror}). The rules are as they were") from error


@contextmanager
def changed_rules(root: Path, change: Callable[[Rules], Rules]) -> Iterator[None]:
    """Change the rules of the class in a folder, and put the old ones back if the block fails or is interrupted.

    Raises:
        BadInput: if the rules cannot be read or written; then they are as they were.
    """
    with in_turn(root):
        before = read_rules(root)
        change_rules(root, change)
        try:
            yield
        except BaseException:
            change_rules(root, lambda _: before)
            raise


def parse_extension(unit: str, text: str, reason: str) -> Extension:
    """An extension as it is written on the command line: `ada=2026-12-01`, with a time if wanted, or no-penalty.

    A day without a time ends at its midnight, and times are local.

    Raises:
        BadInput: if it is none.
    """
    student, _, until = text.rpartition("=")
    try:
        if not student:
            raise ValueError
        return Extension(unit, student, _until(until), reason)
    except ValueError as error:
        raise BadInput(
            f"expected a student and a date, such as ada=2026-12-01, 'ada=2026-12-01 18:00' or ada={NO_PENALTY}; "
            f"got {text!r}"
        ) from error


def _until(text: str) -> datetime | None:
    return None if text == NO_PENALTY else read_time(text)


def _extension(entry: dict[str, str]) -> Extension:
    return Extension(**(entry | {"until": _until(entry["until"])}))  # type: ignore[arg-type]


def _weight(entry: Any) -> Weight:
    points = entry["points"]
    if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < math.inf:
        raise ValueError(f"expected points, got {points!r}")
    return Weight(**_texts({k: v for k, v in entry.items() if k != "points"}), points=float(points))


def _texts(entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise ValueError(f"expected texts, got {entry!r}")
    return entry
