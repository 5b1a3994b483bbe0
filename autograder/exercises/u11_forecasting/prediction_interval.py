"""Exercise `prediction-interval`."""

from statistics import NormalDist
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.forecasts import Interval, prediction_interval

exercise = Exercise("prediction-interval", "How sure?", prediction_interval)

_PARTS = "lower", "upper"
_HINT = "A quantile of the errors of each step ahead, added to its forecast; the same share is left out on both sides."


def _draw(rng: np.random.Generator, R: int, h: int) -> tuple[np.ndarray, np.ndarray]:
    """A forecast, and errors that grow with the horizon, are skewed, and not 0 in the mean."""
    errors = (rng.exponential(1.0, size=(R, h)) - 0.7) * (1.0 + np.arange(h))
    return 5.0 + rng.normal(size=h), errors


def _quantile(numbers: list[float], q: float) -> float:
    """Between the two sorted numbers around the place q (R - 1), on a straight line."""
    ordered, place = sorted(numbers), q * (len(numbers) - 1)
    below = max(0, min(int(place), len(numbers) - 2))
    return ordered[below] + (place - below) * (ordered[min(below + 1, len(numbers) - 1)] - ordered[below])


def _by_hand(forecast: np.ndarray, errors: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    columns = [column.tolist() for column in errors.T]
    tails = (1 - coverage) / 2, (1 + coverage) / 2
    lower, upper = ([f + _quantile(c, q) for f, c in zip(forecast, columns, strict=True)] for q in tails)
    return np.array(lower), np.array(upper)


def _expect(student: StudentFunction, given: tuple[Any, ...], coverage: float | None = None) -> None:
    result = student(*given) if coverage is None else student(*given, coverage)
    forecast, errors = given
    got, want = expect_parts(result, *_PARTS), _by_hand(forecast, errors, coverage or 0.8)
    for part, right, name in zip(got, want, _PARTS, strict=True):
        expect_same(part, right, name, _HINT)


@exercise.check("the lower limit, one step ahead", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _draw(rng, R=21, h=1)
    lower, _ = expect_parts(student(*given), *_PARTS)
    expect_same(lower, _by_hand(*given, 0.8)[0], "lower", _HINT)


@exercise.check("the upper limit, one step ahead", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _draw(rng, R=18, h=1)
    _, upper = expect_parts(student(*given), *_PARTS)
    expect_same(upper, _by_hand(*given, 0.8)[1], "upper", _HINT)


@exercise.check("each step ahead has errors of its own", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, _draw(rng, R=24, h=4))
    for shift in (9.0, -20.0):  # forecasts that were always too low, or too high
        forecast, errors = _draw(rng, R=22, h=2)
        _expect(student, (forecast + 50.0, errors + shift))
    for R, h in ((4, 4), (1, 3)):
        _expect(student, _draw(rng, R, h))


@exercise.check("another coverage", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for coverage in (0.5, 0.9):
        _expect(student, _draw(rng, R=17, h=3), coverage)


@exercise.check("so many of the past cases lie inside", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    forecast, errors = _draw(rng, R=101, h=2)
    lower, upper = map(np.asarray, expect_parts(student(forecast, errors, 0.6), *_PARTS))
    if np.shape(lower) != (2,) or np.shape(upper) != (2,) or not np.all(lower < upper):
        raise CheckFailed("lower and upper must be (h,), lower below upper")
    inside = (forecast + errors >= lower) & (forecast + errors <= upper)
    hint = "Had the past come again, the share `coverage` of it would lie inside."
    expect_same(inside.sum(axis=0), np.full(2, 61), "how many of 101 past cases lie inside", hint)


@exercise.check("a higher forecast has a higher interval, as wide as before", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    forecast, errors = _draw(rng, R=15, h=2)
    once, lifted = (expect_parts(student(some, errors), *_PARTS) for some in (forecast, forecast + 3.0))
    for low, high, name in zip(once, lifted, _PARTS, strict=True):
        rise = np.asarray(high) - np.asarray(low)
        expect_same(rise, np.full(2, 3.0), f"what 3 more brings to {name}", "The forecast is added.")


exercise.leaves_inputs(0.25)


def _interval(forecast, errors, coverage=0.8, tails=None, quantiles=None, around=None):
    """The interval with its parts laid open: which quantiles, of what, around what."""
    low, high = ((1 - coverage) / 2, (1 + coverage) / 2) if tails is None else tails(coverage)
    ends = np.quantile(errors, [low, high], axis=0) if quantiles is None else quantiles(errors, low, high)
    return Interval(*(forecast + end if around is None else around(forecast, end, errors) for end in ends))


exercise.knob(
    _interval,
    "all_steps_together",
    "You take the quantiles of all errors together, so that the interval is as wide for tomorrow as for the end. Each "
    "step ahead has a column of errors of its own.",
    quantiles=lambda errors, low, high: np.quantile(errors, [low, high]),
)

exercise.knob(
    _interval,
    "of_absolute_errors",
    "Your interval is as wide upwards as downwards: a quantile of the errors' sizes. The signs tell on which side the "
    "forecasts used to be wrong; take two quantiles of the errors.",
    quantiles=lambda errors, low, high: np.multiply.outer([-1.0, 1.0], np.quantile(np.abs(errors), high - low, axis=0)),
)

exercise.knob(
    _interval,
    "normal_errors",
    "You take the errors for normal, with a mean and a standard deviation. Those here are not: use their own "
    "quantiles.",
    quantiles=lambda errors, low, high: [
        errors.mean(axis=0) + NormalDist().inv_cdf(q) * errors.std(axis=0) for q in (low, high)
    ],
)

exercise.knob(
    _interval,
    "normal_around_zero",
    "You take the errors for normal around 0, with a standard deviation. Those here are neither: use their own "
    "quantiles.",
    quantiles=lambda errors, low, high: [NormalDist().inv_cdf(q) * errors.std(axis=0) for q in (low, high)],
)

exercise.knob(
    _interval,
    "all_left_out_on_each_side",
    "You leave out 1 - coverage on each side, twice as much as is allowed. Share it between the two.",
    tails=lambda coverage: sorted((1 - coverage, coverage)),
)

exercise.knob(
    _interval,
    "from_the_smallest_error",
    "You leave out nothing below, and everything above. What is left out is shared between the two sides.",
    tails=lambda coverage: (0.0, coverage),
)

exercise.knob(
    _interval,
    "half_the_coverage_left_out",
    "You leave out half of the coverage on each side. What is left out is what is not covered, 1 - coverage.",
    tails=lambda coverage: sorted((coverage / 2, 1 - coverage / 2)),
)

exercise.knob(
    _interval,
    "coverage_ignored",
    "Your interval is the same for every coverage. 0.8 is only what holds if nothing else is asked for.",
    tails=lambda coverage: (0.1, 0.9),
)

exercise.knob(
    _interval,
    "from_worst_to_worst",
    "Your interval goes from the smallest error to the largest: it would have held every case so far, not the share "
    "that is asked for.",
    tails=lambda coverage: (0.0, 1.0),
)

exercise.knob(
    _interval,
    "errors_taken_off",
    "You take the errors off the forecast. They are actual minus forecast, so what may come is forecast plus error; "
    "and the lower quantile belongs to the lower limit.",
    around=lambda forecast, end, errors: forecast - end,
)


@exercise.mistake(
    "You take the errors off the forecast and set the limits right by exchanging them. They are actual minus forecast, "
    "so what may come is forecast plus error: where forecasts used to be too low, the interval reaches up."
)
def mirrored(forecast, errors, coverage=0.8):
    return Interval(*_interval(forecast, -errors, coverage))


exercise.knob(
    _interval,
    "without_the_forecast",
    "You return quantiles of the errors. They lie around 0; the interval lies around the forecast.",
    around=lambda forecast, end, errors: end,
)

exercise.knob(
    _interval,
    "bias_taken_off",
    "You take the mean error off first. If forecasts used to be too low, that is a reason for the interval to reach "
    "up.",
    around=lambda forecast, end, errors: forecast + end - errors.mean(axis=0),
)

exercise.knob(
    _interval,
    "of_each_forecast",
    "You take quantiles along the steps ahead, of each past forecast. They are taken along axis 0, over the past "
    "forecasts.",
    quantiles=lambda errors, low, high: np.quantile(errors, [low, high], axis=1),
)

exercise.knob(
    _interval,
    "rounded_down",
    "Your lower limit is one of the past errors, plus the forecast: its place is rounded down. Where a place among the "
    "sorted errors is not whole, np.quantile goes between two of them.",
    quantiles=lambda errors, low, high: [np.sort(errors, axis=0)[int(q * (len(errors) - 1))] for q in (low, high)],
)

exercise.knob(
    _interval,
    "place_out_of_all",
    "Your limits are errors that occurred, plus the forecast. The places of R sorted errors go from 0 to R - 1, and "
    "where a quantile falls between two of them, np.quantile goes between them, too.",
    quantiles=lambda errors, low, high: [
        np.sort(errors, axis=0)[min(int(q * len(errors)), len(errors) - 1)] for q in (low, high)
    ],
)

exercise.knob(
    _interval,
    "percent_for_shares",
    "Your quantiles are asked for in the wrong unit: np.percentile takes percent, np.quantile shares.",
    quantiles=lambda errors, low, high: np.percentile(errors, [low, high], axis=0),
)


exercise.knob(
    _interval,
    "half_the_width_on_each_side",
    "Your interval is as wide as it should be, but centred on the forecast. If the forecasts used to be too low, it "
    "reaches further up than down: add the two quantiles as they are.",
    quantiles=lambda errors, low, high: np.multiply.outer(
        [-0.5, 0.5], np.quantile(errors, high, axis=0) - np.quantile(errors, low, axis=0)
    ),
)

exercise.knob(
    _interval,
    "bias_added_twice",
    "You add the mean, or median, of the errors, and then their quantiles. The quantiles know already on which side "
    "the forecasts were wrong.",
    around=lambda forecast, end, errors: forecast + end + np.median(errors, axis=0),
)

exercise.knob(
    _interval,
    "relative_errors",
    "You take the errors for shares of the forecast. They are in the units of the series: add them.",
    around=lambda forecast, end, errors: forecast * (1.0 + end),
)


exercise.knob(
    _interval,
    "as_wide_for_every_coverage",
    "Your limits are 1.28 standard deviations away, whatever the coverage. Take quantiles of the errors.",
    quantiles=lambda errors, low, high: [sign * 1.2816 * errors.std(axis=0) for sign in (-1, 1)],
)

exercise.knob(
    _interval,
    "one_standard_deviation",
    "Your limits are one standard deviation away. Take quantiles of the errors, those that the coverage asks for.",
    quantiles=lambda errors, low, high: [sign * errors.std(axis=0) for sign in (-1, 1)],
)


exercise.knob(
    _interval,
    "errors_of_one_step_ahead",
    "Every step ahead has the errors of the first in your version. Each has a column of its own.",
    quantiles=lambda errors, low, high: np.quantile(errors[:, :1], [low, high], axis=0),
)

exercise.knob(
    _interval,
    "next_error_above",
    "You take the next error above where a quantile falls between two. np.quantile goes between them by itself.",
    quantiles=lambda errors, low, high: np.quantile(errors, [low, high], axis=0, method="higher"),
)


@exercise.mistake(
    "You take the lower quantile off the forecast. It has a sign of its own, below 0 where forecasts used to be too "
    "high; both quantiles are added."
)
def lower_quantile_taken_off(forecast, errors, coverage=0.8):
    lower, upper = _interval(forecast, errors, coverage)
    return Interval(2.0 * forecast - lower, upper)


exercise.knob(
    _interval,
    "normal_for_every_coverage",
    "Your limits are 1.28 standard deviations from the mean error, whatever the coverage. Take the quantiles.",
    quantiles=lambda errors, low, high: [errors.mean(axis=0) + z * errors.std(axis=0) for z in (-1.2816, 1.2816)],
)
