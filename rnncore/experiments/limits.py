"""The limits of bands, drawn into figures."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.markers import CARETDOWNBASE, CARETLEFTBASE, CARETRIGHTBASE, CARETUPBASE

from rnncore.experiments.claim import Band, Span

_LABEL = "band"


def limits_in_rows(
    axes: Any, bands: Iterable[Band], rows: Mapping[str, float], height: float = 0.8
) -> None:
    """Draw limits across rows: a dotted line for each, with an arrow to the allowed side.

    Args:
        axes: values run along x.
        bands: of a claim; limits that are no numbers, and quantities without a row, are left out.
        rows: where along y each quantity has its row.
        height: of a row.
    """
    for name, bound, low, _ in _numbers(bands):
        if name in rows:
            y = rows[name] + height * np.array([-0.5, 0.0, 0.5])
            _draw(axes, np.full(3, bound), y, CARETRIGHTBASE if low else CARETLEFTBASE)


def limits_along(
    axes: Any, bands: Iterable[Band], points: Sequence[float], curves: Collection[str]
) -> None:
    """Draw limits along curves: a dotted line over the points that count, with such an arrow.

    Args:
        axes: values run along y.
        bands: of a claim; of these the limits that are numbers, of curves or over a span of points.
        points: where the curves were measured.
        curves: the quantities that are drawn.
    """
    for name, bound, low, span in _numbers(bands):
        if span or name in curves:
            low_end, high_end = (span.low, span.high) if span else (-np.inf, np.inf)
            left, right = max(low_end, min(points)), min(high_end, max(points))
            x = np.array([left, (left + right) / 2, right])
            _draw(axes, x, np.full(3, bound), CARETUPBASE if low else CARETDOWNBASE)


def limit_levels(bands: Iterable[Band]) -> dict[str, float]:
    """Each limit that is a number by its condition, to draw as a level."""
    return {
        band.condition: float(limit.bound)
        for band in bands
        for limit in band.limits
        if not isinstance(limit.bound, str)
    }


def _numbers(bands: Iterable[Band]) -> Iterator[tuple[str, float, bool, Span | None]]:
    """Quantity, limit, whether it is a lower one, and span of each limit that is a number."""
    for band in bands:
        for name in () if band.minus or band.over else band.quantities:
            for comparison, bound in band.limits:
                if not isinstance(bound, str):
                    low = comparison in ("at least", "above")
                    yield name, bound, low, band.span


def _draw(axes: Any, x: np.ndarray, y: np.ndarray, marker: int) -> None:
    label = None if _LABEL in axes.get_legend_handles_labels()[1] else _LABEL
    axes.plot(x, y, ":", color="#333333", lw=1.4, marker=marker, ms=5, markevery=[1], label=label)
