"""A published claim, and the bands that measured numbers must lie in for it to hold.

A band is data. Its sentence, its verdict and its lines in a figure all come from it, so they cannot
disagree:

    bands=(
        every_seed("attention", at_least=0.9),
        every_seed("attention", minus="last state alone", at_least=0.1),
    )

says "in every seed: attention at least 0.9; attention minus last state alone at least 0.1".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import NamedTuple

import numpy as np

Bound = float | str
"""A number, or the name of a quantity to be compared with."""

_COMPARISONS = {
    "at least": np.greater_equal,
    "at most": np.less_equal,
    "above": np.greater,
    "below": np.less,
}

_OVER_SEEDS = {
    "in every seed": lambda values: values,
    "mean of the seeds": lambda values: values.mean(0),
    "geometric mean of the seeds": lambda values: np.exp(np.log(values).mean(0)),
}


class Span(NamedTuple):
    """A range of the points at which a curve was measured, both ends included."""

    points: str
    """What the points are, in the plural: `"lengths"`."""
    low: float = -np.inf
    high: float = np.inf

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.points} of {self.low:g}"
        if np.isinf(self.low):
            return f"{self.points} up to {self.high:g}"
        if np.isinf(self.high):
            return f"{self.points} from {self.low:g}"
        return f"{self.points} {self.low:g} to {self.high:g}"


class Limit(NamedTuple):
    """One comparison: `Limit("at least", 0.9)`."""

    comparison: str
    bound: Bound

    def __str__(self) -> str:
        if isinstance(self.bound, str):
            return f"{self.comparison} that of {self.bound}"
        return f"{self.comparison} {self.bound:g}"


class Verdict(NamedTuple):
    """A band, judged."""

    sentence: str
    measured: tuple[float, float] | None
    """The lowest and the highest of the judged numbers; None if there are none."""
    holds: bool

    def __str__(self) -> str:
        if self.measured is None:
            return f"{self.sentence}: not measured"
        low, high = (f"{number:.3g}" for number in self.measured)
        return f"{self.sentence}: measured {low if low == high else f'{low} to {high}'}"


@dataclass(frozen=True)
class Band:
    """Limits that all of some quantities must keep; see `band`."""

    quantities: tuple[str, ...]
    limits: tuple[Limit, ...]
    over_seeds: str
    minus: str | None = None
    over: str | None = None
    span: Span | None = None

    @property
    def condition(self) -> str:
        """What must be, without the seeds: `"LSTM and GRU at most 0.01"`."""
        *others, last = self.quantities
        words = f"{', '.join(others)} and {last}" if others else last
        if self.minus:
            words += f" minus {self.minus}"
        if self.over:
            words += f" over {self.over}"
        words += f" {' and '.join(map(str, self.limits))}"
        return f"{words} at {self.span}" if self.span else words

    @property
    def sentence(self) -> str:
        """All that must be: `"in every seed: LSTM and GRU at most 0.01"`."""
        return f"{self.over_seeds}: {self.condition}"

    def judge(self, quantities: Mapping[str, np.ndarray], points: Sequence[float] = ()) -> Verdict:
        """Compare what was measured with the limits.

        Args:
            quantities: by name, a row for each seed, (seeds, ...).
            points: where curves were measured; the last axis of a quantity if the band has a span.

        Returns:
            The verdict. A band of which nothing was measured does not hold.

        Raises:
            KeyError: if a quantity that the band names is missing.
        """

        def reduced(name: str) -> np.ndarray:
            if name not in quantities:
                raise KeyError(f"band names {name!r}; measured were {', '.join(quantities)}")
            values = np.asarray(quantities[name], dtype=float)
            if self.span:
                at = np.asarray(points)
                values = values[..., (at >= self.span.low) & (at <= self.span.high)]
            return _OVER_SEEDS[self.over_seeds](values)

        judged, kept = [], True
        for name in self.quantities:
            values = reduced(name)
            if self.minus:
                values = values - reduced(self.minus)
            if self.over:
                values = values / reduced(self.over)
            for comparison, bound in self.limits:
                level = reduced(bound) if isinstance(bound, str) else bound
                kept = kept and bool(np.all(_COMPARISONS[comparison](values, level)))
            judged.append(values.ravel())
        every = np.concatenate(judged)
        if not every.size:
            return Verdict(self.sentence, None, False)
        return Verdict(self.sentence, (float(every.min()), float(every.max())), kept)


def band(
    over_seeds: str,
    *quantities: str,
    minus: str | None = None,
    over: str | None = None,
    span: Span | None = None,
    **limits: Bound,
) -> Band:
    """Make a band; `every_seed`, `mean_of_seeds` and `geometric_mean_of_seeds` are its short forms.

    Args:
        over_seeds: how the seeds are taken together.
        quantities: the names of what is judged, as a finding's `quantities` has them.
        minus: a quantity to subtract, after the seeds are taken together.
        over: a quantity to divide by, after the seeds are taken together: so `mean_of_seeds` gives
            the ratio of two means.
        span: the points of a curve that count; all if not given.
        limits: at_least, at_most, above or below, one or more of them: a number, or the name of a
            quantity.

    Returns:
        The band.

    Raises:
        ValueError: if there is no quantity or no limit, or a limit has another name.
    """
    named = {name.replace("_", " "): bound for name, bound in limits.items()}
    if not quantities or not named or not named.keys() <= _COMPARISONS.keys():
        raise ValueError(
            f"a band needs quantities, and limits among {', '.join(_COMPARISONS)}; "
            f"got {quantities} and {limits}"
        )
    kept = tuple(Limit(comparison, bound) for comparison, bound in named.items())
    return Band(quantities, kept, over_seeds, minus, over, span)


every_seed = partial(band, "in every seed")
"""A band for each number of each seed; see `band`."""

mean_of_seeds = partial(band, "mean of the seeds")
"""A band for means over the seeds; see `band`."""

geometric_mean_of_seeds = partial(band, "geometric mean of the seeds")
"""A band for geometric means over the seeds; see `band`."""


@dataclass(frozen=True)
class Claim:
    """What was published, by whom, and what measured numbers must satisfy for it to hold here."""

    statement: str
    reference: str
    bands: tuple[Band, ...]
    published: str = ""
    """The published figure, and how its experiment differs."""

    @property
    def band(self) -> str:
        """All bands in words."""
        return sentence_of(self.bands)


def sentence_of(bands: Sequence[Band]) -> str:
    """Bands in words; those that take the seeds together in the same way share these words."""
    groups = groupby(bands, key=lambda band: band.over_seeds)
    return "; ".join(
        f"{over_seeds}: {'; '.join(band.condition for band in group)}"
        for over_seeds, group in groups
    )
