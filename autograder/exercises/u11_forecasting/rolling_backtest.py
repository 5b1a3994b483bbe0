"""Exercise `rolling-backtest`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.forecasts import Backtest, rolling_backtest

exercise = Exercise("rolling-backtest", "Testing on the past, again and again", rolling_backtest)

_PARTS = "origins", "forecasts", "actual"
_HINT = "An origin says how many values are known: series[:origin] is history, and series[origin] comes next."

Forecaster = Callable[[np.ndarray, int], np.ndarray]


def _forecaster(rng: np.random.Generator) -> Forecaster:
    """Its forecast hangs on all of the history: on every value and its place, and on how many there are."""
    phase = rng.uniform(0, 6)

    def forecaster(history: np.ndarray, h: int) -> np.ndarray:
        history = np.asarray(history)
        mixed = history @ np.cos(phase + np.arange(len(history)))
        return np.sin(mixed) + history[-1] * (1 + np.arange(h)) + 0.1 * len(history)

    return forecaster


def _draw(
    rng: np.random.Generator, N: int, first: int, h: int, every: int = 1, *, whole: bool = False
) -> tuple[tuple[Any, ...], Callable[[int], tuple[np.ndarray, list[float]]], np.ndarray]:
    """What is handed in; what each origin should give, its forecast and what came; and the origins."""
    forecaster = _forecaster(rng)
    series = rng.integers(0, 50, size=N) if whole else rng.normal(size=N)

    def at(origin: int) -> tuple[np.ndarray, list[float]]:
        return forecaster(np.array(series.tolist()[:origin]), h), [float(series[origin + k]) for k in range(h)]

    origins = [origin for origin in range(N) if first <= origin <= N - h and (origin - first) % every == 0]
    given = (forecaster, series, first, h) if every == 1 else (forecaster, series, first, h, every)
    return given, at, np.array(origins)


def _row_by_row(
    student: StudentFunction, rng: np.random.Generator, N: int, first: int, h: int, part: int, whole: bool = False
) -> None:
    """The rows that are there must be right; which there should be is another question."""
    given, at, origins = _draw(rng, N, first, h, whole=whole)
    got = expect_parts(student(*given), *_PARTS)
    named = np.ravel(np.asarray(got[0]))
    if named.dtype.kind in "iu" and len(named) and set(named.tolist()) <= set(origins.tolist()):
        origins = named
    if len(origins) < 2:
        raise CheckFailed("there is room for more than one origin")
    expect_same(got[part], np.array([at(int(origin))[part - 1] for origin in origins]), _PARTS[part], _HINT)


def _whole_numbers(origins: Any) -> Any:
    """A list of whole numbers is as good as an array."""
    numbers = isinstance(origins, list | tuple) and all(isinstance(origin, int | np.integer) for origin in origins)
    return np.array(origins, dtype=int) if numbers else origins


def _all_right(student: StudentFunction, rng: np.random.Generator, *sizes: int) -> None:
    given, at, origins = _draw(rng, *sizes)
    forecasts, actual = zip(*(at(int(origin)) for origin in origins), strict=True)
    wanted = origins, np.array(forecasts), np.array(actual)
    got = expect_parts(student(*given), *_PARTS)
    for part, want, name in zip((_whole_numbers(got[0]), *got[1:]), wanted, _PARTS, strict=True):
        expect_same(part, want, name, _HINT)


@exercise.check("the origins", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given, _, origins = _draw(rng, 12, 5, 3)
    got, *_ = expect_parts(student(*given), *_PARTS)
    expect_same(_whole_numbers(got), origins, "origins", "From `first` on, as long as there are h values to come.")


@exercise.check("forecasts that know the past, all of it, and nothing else", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for whole in (False, True):  # forecasts of counts are no counts
        _row_by_row(student, rng, 11, 6, 2, part=1, whole=whole)


@exercise.check("a forecaster that writes into its history", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (forecaster, *given), at, origins = _draw(rng, 9, 4, 2)

    def careless(history: np.ndarray, h: int) -> np.ndarray:
        forecast = forecaster(history, h)
        history[:] = 0.0
        return forecast

    _, forecasts, _ = expect_parts(student(careless, *given), *_PARTS)
    want = np.array([at(int(origin))[0] for origin in origins])
    expect_same(forecasts, want, _PARTS[1], "What it writes is its own affair, if it writes into a copy.")


@exercise.check("what came", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _row_by_row(student, rng, 13, 7, 3, part=2)


@exercise.check("every second or third origin", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N, every in ((14, 2), (13, 3)):
        _all_right(student, rng, N, 4, 3, every)


@exercise.check("room for a single forecast, one known value, one step ahead", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N, first, h in ((8, 5, 3), (5, 1, 1)):
        _all_right(student, rng, N, first, h)


exercise.leaves_inputs(0.25)


def _test(forecaster, series, first, h, every=1, origins=None, known=None, came=None):
    """The backtest with its parts laid open: the origins, what is known at each, and what came."""
    N = len(series)
    places = list(range(first, N - h + 1, every) if origins is None else origins(N, first, h, every))
    histories = [series[:o] if known is None else known(series, o, first, h) for o in places]
    forecasts = [np.asarray(forecaster(history.copy(), h)) for history in histories]
    actual = [series[o : o + h] if came is None else came(series, o, h) for o in places]
    return Backtest(np.array(places), np.array(forecasts), np.array(actual))


exercise.knob(
    _test,
    "sees_the_future",
    "Your forecaster is handed the whole series, the future with it. At each origin only series[:origin] is known.",
    known=lambda series, o, first, h: series,
)

exercise.knob(
    _test,
    "sees_one_value_too_many",
    "Your forecaster sees one value too many: the first that it is to forecast. A slice leaves its end out by itself.",
    known=lambda series, o, first, h: series[: o + 1],
)

exercise.knob(
    _test,
    "sees_what_is_to_come",
    "Your forecaster sees the h values that it is to forecast. What is known ends at the origin.",
    known=lambda series, o, first, h: series[: o + h],
)

exercise.knob(
    _test,
    "sees_one_value_too_few",
    "Your forecaster sees one value too few. An origin is the number of known values, not the place of the last.",
    known=lambda series, o, first, h: series[: max(o - 1, 1)],
)

exercise.knob(
    _test,
    "knows_the_start_only",
    "Your forecaster knows the same first values at every origin. As the origin moves on, more is known.",
    known=lambda series, o, first, h: series[:first],
)

exercise.knob(
    _test,
    "forgets_the_oldest",
    "Your forecaster sees the last `first` values only. That is a window that slides; here all that was known counts.",
    known=lambda series, o, first, h: series[o - first : o],
)

exercise.knob(
    _test,
    "last_origin_missing",
    "Your last origin is missing. range leaves its end out, and with N - h known values there are still h to come.",
    origins=lambda N, first, h, every: (
        range(first, N - h, every) if N - h > first else [] if h > 1 else range(first, N)
    ),
)

exercise.knob(
    _test,
    "every_ignored",
    "You forecast from every origin, whatever `every` says. It is the step from one origin to the next.",
    origins=lambda N, first, h, every: range(first, N - h + 1),
)

exercise.knob(
    _test,
    "apart_by_the_horizon",
    "Your origins lie h steps apart, so that no two forecasts overlap. They lie `every` steps apart.",
    origins=lambda N, first, h, every: range(first, N - h + 1, h),
)

exercise.knob(
    _test,
    "came_a_step_late",
    "What you hold the forecasts against comes a step late. series[origin] is the first value that is not known.",
    came=lambda series, o, h: (
        series[o + 1 : o + 1 + h]
        if o + h < len(series)
        else np.resize(series[o + 1 :], h)
        if o + 1 < len(series)
        else np.full(h, np.nan)
    ),
)

exercise.knob(
    _test,
    "came_before",
    "You hold the forecasts against the last h known values. What came stands behind the origin.",
    came=lambda series, o, h: np.resize(series[max(o - h, 0) : o], h),
)

exercise.knob(
    _test,
    "came_alone",
    "Your `actual` has only the next value. A row has all h values that came.",
    came=lambda series, o, h: series[o : o + 1] if h > 1 else series[o],
)


@exercise.mistake(
    "Your origins are counted from 0: the number of the forecast. An origin says how many values are known."
)
def origins_numbered(forecaster, series, first, h, every=1):
    found = _test(forecaster, series, first, h, every)
    return found._replace(origins=np.arange(len(found.origins)))


@exercise.mistake("Your origins are the place of the last known value. Wanted is how many values are known, one more.")
def place_of_the_last_known(forecaster, series, first, h, every=1):
    found = _test(forecaster, series, first, h, every)
    return found._replace(origins=found.origins - 1)


@exercise.mistake("You return the errors. Forecasts and what came are wanted, each by itself, for whatever score.")
def errors_for_forecasts(forecaster, series, first, h, every=1):
    found = _test(forecaster, series, first, h, every)
    return found._replace(forecasts=found.actual - found.forecasts)


@exercise.mistake("What came and what was forecast stand in each other's place: origins, forecasts, actual.")
def exchanged(forecaster, series, first, h, every=1):
    origins, forecasts, actual = _test(forecaster, series, first, h, every)
    return Backtest(origins, actual, forecasts)


@exercise.mistake("Your rows are steps ahead. A row is an origin: forecasts and actual are (R, h).")
def steps_first(forecaster, series, first, h, every=1):
    origins, forecasts, actual = _test(forecaster, series, first, h, every)
    return Backtest(origins, forecasts.T, actual.T)


@exercise.mistake(
    "You forecast once, from the first origin. A single stretch of the past is luck: let the origin roll."
)
def a_single_origin(forecaster, series, first, h, every=1):
    return Backtest(*(part[:1] for part in _test(forecaster, series, first, h, every)))


@exercise.mistake(
    "From the second origin on your forecaster reads its own forecasts. At each origin what really came is known."
)
def feeds_on_itself(forecaster, series, first, h, every=1):
    found, known = _test(forecaster, series, first, h, every), series[:first].copy()
    forecasts = []
    for _ in found.origins:
        forecasts.append(np.asarray(forecaster(known.copy(), h)))
        known = np.append(known, np.resize(forecasts[-1], every))
    return found._replace(forecasts=np.array(forecasts))


@exercise.mistake("Your newest origin comes first. They stand in the order of time.")
def newest_first(forecaster, series, first, h, every=1):
    return Backtest(*(part[::-1] for part in _test(forecaster, series, first, h, every)))


exercise.knob(
    _test,
    "came_a_step_early",
    "What you hold the forecasts against begins with the last known value. series[origin] is the first that is not "
    "known.",
    came=lambda series, o, h: series[o - 1 : o - 1 + h],
)

exercise.knob(
    _test,
    "first_origin_late",
    "Your first origin is missing: there are forecasts from `first` known values on.",
    origins=lambda N, first, h, every: range(first + 1, N - h + 1, every),
)

exercise.knob(
    _test,
    "handed_over_backwards",
    "Your forecaster is handed the past backwards, the newest value first. Time runs as in the series.",
    known=lambda series, o, first, h: series[:o][::-1],
)


@exercise.mistake("Your rows hold the farthest step alone. All h steps of each forecast count: (R, h).")
def farthest_step_alone(forecaster, series, first, h, every=1):
    origins, forecasts, actual = _test(forecaster, series, first, h, every)
    return Backtest(origins, forecasts[:, -1:], actual[:, -1:]) if h > 1 else Backtest(origins, forecasts[:, 0], actual)


exercise.knob(
    _test,
    "origins_to_the_very_end",
    "Your last origins have less than h values to come. A forecast that cannot be tested in full is left out.",
    origins=lambda N, first, h, every: range(first, N, every) if h > 1 else range(first, N + 1),
    came=lambda series, o, h: np.resize(series[o : o + h], h),
)


exercise.knob(
    _test,
    "origins_a_step_early",
    "Your origins begin with one known value too few: the first forecast knows `first` values.",
    origins=lambda N, first, h, every: range(first - 1, N - h + 1, every),
)


exercise.knob(
    _test,
    "what_came_a_step_late",
    "What came begins a step too late. series[origin] is the first value that was not known.",
    came=lambda series, o, h: series[o + 1 : o + 1 + h] if o + h < len(series) else series[o : o + h],
)


@exercise.mistake(
    "Your forecaster gets a view of the series: what it writes into its history it writes into the future's past. "
    "Hand it a copy."
)
def no_copy(forecaster, series, first, h, every=1):
    series = series.copy()
    origins = range(first, len(series) - h + 1, every)
    forecasts = [forecaster(series[:o], h) for o in origins]
    return Backtest(np.array(origins), np.array(forecasts), np.array([series[o : o + h] for o in origins]))


exercise.knob(
    _test,
    "sees_the_last_h_alone",
    "Your forecaster sees the last h values only. All that was known counts.",
    known=lambda series, o, first, h: series[max(0, o - h) : o],
)


@exercise.mistake("You return errors in the place of what came. A backtest keeps both; errors are made of them later.")
def errors_for_what_came(forecaster, series, first, h, every=1):
    found = _test(forecaster, series, first, h, every)
    return found._replace(actual=found.actual - found.forecasts)


@exercise.mistake("You ask the forecaster for one value each time. It is asked for h.")
def one_value_asked_for(forecaster, series, first, h, every=1):
    found = _test(forecaster, series, first, h, every)
    forecasts = [forecaster(series[: int(o)].copy(), 1) for o in found.origins]
    return found._replace(forecasts=np.array(forecasts))
