"""Exercise `mase`."""

from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.metrics import mase

exercise = Exercise("mase", "A score without a unit", mase)

_HINT = "A mean absolute error, by that of the repeated season all through the history."


def _draw(rng: np.random.Generator, N: int, M: int, rise: float = 0.7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A forecast that is too high in the mean, what came, and a history that rises, or falls, and swings."""
    history = rise * np.arange(M) + 3.0 * rng.normal(size=M)
    actual = rise * (M + np.arange(N)) + 3.0 * rng.normal(size=N)
    return actual + 2.0 * rng.normal(size=N) + 1.0, actual, history


def _by_hand(forecast: np.ndarray, actual: np.ndarray, history: np.ndarray, season: int) -> float:
    errors = [abs(a - f) for a, f in zip(actual.tolist(), forecast.tolist(), strict=True)]
    naive = [abs(history[t] - history[t - season]) for t in range(season, len(history))]
    return float((sum(errors) / len(errors)) / (sum(naive) / len(naive)))


def _expect(student: StudentFunction, given: tuple[Any, ...], season: int) -> None:
    forecast, actual, history = given
    expect_same(student(*given, season), _by_hand(forecast, actual, history, season), "the error", _HINT)


@exercise.check("a series without a season", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _draw(rng, N=6, M=20)
    expect_same(student(*given), _by_hand(*given, 1), "the error", _HINT)


@exercise.check("a season", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N, M, season, rise in ((5, 13, 6, -2.0), (7, 22, 4, 0.7), (17, 9, 3, 0.7)):
        _expect(student, _draw(rng, N, M, rise), season)


@exercise.check("twice the errors, twice the score", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    forecast, actual, history = _draw(rng, N=8, M=19)
    once, twice = (
        np.asarray(student(some, actual, history, 2)) for some in (forecast, actual + 2.0 * (forecast - actual))
    )
    if once.shape != () or once.dtype.kind != "f" or once == 0.0:
        raise CheckFailed("the score is a single number, and 0 only if there are no errors")
    expect_same(twice / once, 2.0, "the score of twice the errors by that of the errors", _HINT)


@exercise.check("in other units it is the same: pounds or pence, degrees Celsius or kelvin", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    forecast, actual, history = _draw(rng, N=5, M=16)
    for scale, level in ((100.0, 0.0), (1.0, 273.0)):
        given = [scale * part + level for part in (forecast, actual, history)]
        _expect(student, tuple(given), 3)


@exercise.check("one value, and a history of one step more than a season", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, _draw(rng, N=1, M=6), 5)


exercise.leaves_inputs(0.25)


def _scaled(forecast, actual, history, season=1, above=None, below=None):
    """The score with its parts laid open: the error of the forecast, and what it is divided by."""
    errors = actual - forecast
    top = np.abs(errors).mean() if above is None else above(errors)
    steps = history[season:] - history[:-season]
    return float(top / (np.abs(steps).mean() if below is None else below(history, actual, season)))


exercise.knob(
    _scaled,
    "season_ignored",
    "You divide by the changes from each step to the next, whatever the season. The naive forecast of a series with a "
    "season is the value of one season before.",
    below=lambda history, actual, season: np.abs(np.diff(history)).mean(),
)

exercise.knob(
    _scaled,
    "scaled_by_what_came",
    "You divide by the naive error on the values that were to be forecast. These are few, and another stretch would "
    "have another scale: take the history.",
    below=lambda history, actual, season: np.abs(actual[season:] - actual[:-season]).mean(),
)

exercise.knob(
    _scaled,
    "not_scaled",
    "Your result is the mean absolute error, in the units of the series. Divide it by that of the naive forecast.",
    below=lambda history, actual, season: 1.0,
)

exercise.knob(
    _scaled,
    "signs_kept_above",
    "In the errors of the forecast too much and too little cancel. Take the absolute value of each before the mean.",
    above=lambda errors: errors.mean(),
)

exercise.knob(
    _scaled,
    "absolute_value_of_the_mean",
    "You take the mean first and then its absolute value, so that too much and too little cancel. Each error counts by "
    "its size.",
    above=lambda errors: abs(errors.mean()),
)

exercise.knob(
    _scaled,
    "signs_kept_below",
    "In the steps of the history up and down cancel, so that you divide by the trend. Take absolute values before the "
    "mean.",
    below=lambda history, actual, season: (history[season:] - history[:-season]).mean(),
)

exercise.knob(
    _scaled,
    "absolute_value_of_the_trend",
    "In the history you take the mean first and then its absolute value, so that up and down cancel. Each step counts "
    "by its size.",
    below=lambda history, actual, season: abs((history[season:] - history[:-season]).mean()),
)


@exercise.mistake("Your errors are squared. MASE takes absolute values, above and below, so that no outlier rules.")
def squared(forecast, actual, history, season=1):
    steps = history[season:] - history[:-season]
    return float(((actual - forecast) ** 2).mean() / (steps**2).mean())


@exercise.mistake(
    "You divide root mean squares. That is the RMSSE, a relative of MASE; the mean of absolute values is asked."
)
def roots_of_mean_squares(forecast, actual, history, season=1):
    steps = history[season:] - history[:-season]
    return float(np.sqrt(((actual - forecast) ** 2).mean() / (steps**2).mean()))


@exercise.mistake("Your fraction is upside down: it grows when the forecast gets better.")
def upside_down(forecast, actual, history, season=1):
    return 1.0 / _scaled(forecast, actual, history, season)


@exercise.mistake(
    "You divide sums. The history is longer than the forecast, so it counts for more; divide mean by mean."
)
def sums(forecast, actual, history, season=1):
    return float(np.abs(actual - forecast).sum() / np.abs(history[season:] - history[:-season]).sum())


exercise.knob(
    _scaled,
    "divided_by_the_level",
    "You divide by the mean level of the history. Kelvin and Celsius would give different scores; divide by the naive "
    "forecast's error.",
    below=lambda history, actual, season: np.abs(history).mean(),
)

exercise.knob(
    _scaled,
    "divided_by_the_spread",
    "You divide by the standard deviation of the history. A trend makes that as large as you like; divide by the naive "
    "forecast's error.",
    below=lambda history, actual, season: history.std(),
)

exercise.knob(
    _scaled,
    "too_many_steps_counted",
    "You divide the naive errors by the length of the history. Its first season has nothing before it: count only the "
    "steps that have.",
    below=lambda history, actual, season: np.abs(history[season:] - history[:-season]).sum() / len(history),
)

exercise.knob(
    _scaled,
    "round_the_end",
    "Your history goes round: the first season is compared with the last. It has nothing before it, so leave it out.",
    below=lambda history, actual, season: np.abs(history - np.roll(history, season)).mean(),
)

exercise.knob(
    _scaled,
    "naive_for_the_same_steps",
    "You divide by the error of the last season repeated over the values to be forecast. MASE divides by the naive "
    "error over the whole history, which is known beforehand and does not hang on luck.",
    below=lambda history, actual, season: np.abs(actual - np.resize(history[-season:], len(actual))).mean(),
)


@exercise.mistake(
    "Your result is in percent of the values that came. Where one is near 0 that explodes; scale instead."
)
def percentage(forecast, actual, history, season=1):
    return float(np.abs((actual - forecast) / actual).mean())


@exercise.mistake("Your result is 100 times too large: a percentage. A score of 1 is that of the naive forecast.")
def in_percent(forecast, actual, history, season=1):
    return 100.0 * _scaled(forecast, actual, history, season)


@exercise.mistake("You return one error for each value. The mean over all of them is the score, a single number.")
def one_for_each_value(forecast, actual, history, season=1):
    return np.abs(actual - forecast) / np.abs(history[season:] - history[:-season]).mean()


exercise.knob(
    _scaled,
    "one_more_than_a_season",
    "Your history is compared with the value of season + 1 steps before. A season back is `season` steps.",
    below=lambda history, actual, season: np.abs(history[season + 1 :] - history[: -season - 1]).mean(),
)

exercise.knob(
    _scaled,
    "seasons_of_differences",
    "You apply np.diff `season` times over. Its second argument is how often, not how far; slices go one season back.",
    below=lambda history, actual, season: np.abs(np.diff(history, season)).mean(),
)


@exercise.mistake(
    "Your score is 1 minus MASE, a gain over the naive forecast. MASE itself is smaller for better forecasts."
)
def gain(forecast, actual, history, season=1):
    return 1.0 - _scaled(forecast, actual, history, season)


def _with_what_came(history, actual, season):
    known = np.concatenate([history, actual])
    return np.abs(known[season:] - known[:-season]).mean()


exercise.knob(
    _scaled,
    "what_came_in_the_scale",
    "Your scale knows what came: the naive error is taken over history and future together. Take the history alone.",
    below=_with_what_came,
)

exercise.knob(
    _scaled,
    "deviations_from_the_mean",
    "You divide by the mean deviation from the mean, as if the naive forecast were the mean. It is the value of one "
    "season before.",
    below=lambda history, actual, season: np.abs(history - history.mean()).mean(),
)


exercise.knob(
    _scaled,
    "root_of_the_mean_square",
    "Your error is the root of a mean square, by which few large errors weigh more. Take the mean of the absolute "
    "errors.",
    above=lambda errors: np.sqrt((errors**2).mean()),
)


exercise.knob(
    _scaled,
    "squared_above_alone",
    "The forecast's errors are squared, those of the naive one are not. MASE takes absolute values in both places.",
    above=lambda errors: (errors**2).mean(),
)

exercise.knob(
    _scaled,
    "sum_above",
    "Above you add up the errors, below you take the mean. With twice as many values the score would double.",
    above=lambda errors: np.abs(errors).sum(),
)

exercise.knob(
    _scaled,
    "median_above",
    "You take the median of the errors. In MASE every error counts: the mean.",
    above=lambda errors: np.median(np.abs(errors)),
)

exercise.knob(
    _scaled,
    "naive_forecast_of_the_test_part",
    "Below, you let the naive forecast try what came. Its error is measured on the history, all through it.",
    below=lambda history, actual, season: np.abs(actual - history[-season]).mean(),
)

exercise.knob(
    _scaled,
    "last_value_for_the_test_part",
    "Below, you hold what came against the last known value. The naive error is measured on the history.",
    below=lambda history, actual, season: np.abs(actual - history[-1]).mean(),
)


@exercise.mistake("You divide each error by what came: a percentage. MASE divides by the naive forecast's mean error.")
def relative_to_what_came(forecast, actual, history, season=1):
    return _scaled(forecast, actual, history, season, above=lambda errors: np.abs(errors / actual).mean())


exercise.knob(
    _scaled,
    "signs_kept_everywhere",
    "You take no absolute values, above or below. Errors and changes up and down then make up for each other.",
    above=lambda errors: errors.mean(),
    below=lambda history, actual, season: (history[season:] - history[:-season]).mean(),
)
