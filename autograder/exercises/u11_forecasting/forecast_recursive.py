"""Exercise `forecast-recursive`."""

from collections.abc import Callable

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.tasks.forecasts import forecast_recursive

exercise = Exercise("forecast-recursive", "Step by step", forecast_recursive)

_HINT = "Each forecast is the newest value of the next window, and the oldest value leaves it."

Model = Callable[[np.ndarray], np.ndarray]


def _model(rng: np.random.Generator, L: int) -> Model:
    """Takes windows of any length, and tells each from every other."""
    weights = rng.normal(size=L)

    def model(windows: np.ndarray) -> np.ndarray:
        windows = np.asarray(windows)
        last = windows[:, -L:]
        return np.tanh(last @ weights[-last.shape[1] :]) + 0.3 * windows.mean(axis=1) + 0.1 * windows.shape[1]

    return model


def _value_by_value(model: Model, windows: np.ndarray, h: int) -> np.ndarray:
    rows = []
    for window in windows:
        known = window.tolist()
        for _ in range(h):
            known.append(float(model(np.array([known[len(known) - len(window) :]]))[0]))
        rows.append(known[len(window) :])
    return np.array(rows)


def _expect(
    student: StudentFunction, rng: np.random.Generator, B: int, L: int, h: int, flat: bool = False, whole: bool = False
) -> None:
    model = _model(rng, L)
    windows = rng.integers(0, 9, size=(B, L)) if whole else rng.normal(size=(B, L))
    got, want = student(model, windows, h), _value_by_value(model, windows, h)
    if flat:  # of one step or one series the values count, not their axes
        got, want = np.ravel(np.asarray(got)), np.ravel(want)
    expect_same(got, want, "the forecasts", _HINT)


@exercise.check("a single step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, B=3, L=4, h=1, flat=True)
    _expect(student, rng, B=4, L=3, h=1, flat=True, whole=True)  # forecasts of counts are no counts


@exercise.check("several steps of one series", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, B=1, L=5, h=4, flat=True)


@exercise.check("several series side by side", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, B=3, L=4, h=3)


@exercise.check("further ahead than the window is long, and a window of one value", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, L, h in ((2, 3, 7), (2, 1, 4), (1, 2, 5)):
        _expect(student, rng, B=B, L=L, h=h)


exercise.leaves_inputs(0.5)


def _recurse(model, windows, h, slide=None, read=lambda window: window, more=0):
    """The loop with its parts laid open: what the next window is, what the model reads, how many steps."""
    first, window, found = windows, windows, []
    for _ in range(h + more):
        following = np.asarray(model(read(window)))[:, None]
        found.append(following)
        together = np.concatenate([window, following], axis=1)
        window = together[:, 1:] if slide is None else slide(first, window, following, found)
    return np.concatenate(found, axis=1)


def _joined(*parts):
    return np.concatenate(parts, axis=1)


exercise.knob(
    _recurse,
    "window_stays",
    "Your model reads the same window at every step, so that all h forecasts are alike. What it forecast belongs into "
    "the next window.",
    slide=lambda first, window, following, found: window,
)

exercise.knob(
    _recurse,
    "window_grows",
    "Your window grows with each forecast. The model reads L values: as one comes in, the oldest leaves.",
    slide=lambda first, window, following, found: _joined(window, following),
)

exercise.knob(
    _recurse,
    "forecast_at_the_wrong_end",
    "Your forecast enters the window at its old end. The newest value stands last.",
    slide=lambda first, window, following, found: _joined(following, window[:, :-1]),
)

exercise.knob(
    _recurse,
    "newest_value_overwritten",
    "Your forecast takes the place of the newest value, and the oldest stays. Everything has to move by one step.",
    slide=lambda first, window, following, found: _joined(window[:, :-1], following),
)

exercise.knob(
    _recurse,
    "oldest_value_overwritten",
    "Your forecast takes the place of the oldest value, at its end of the window. The others have to move, and the "
    "forecast stands last.",
    slide=lambda first, window, following, found: _joined(following, window[:, 1:]),
)

exercise.knob(
    _recurse,
    "only_the_last_forecast_is_kept",
    "Each of your windows is the first one, moved by one step, with the last forecast. The forecasts between are lost: "
    "go on from the window before.",
    slide=lambda first, window, following, found: _joined(first[:, 1:], following),
)

exercise.knob(
    _recurse,
    "known_values_forgotten",
    "From the second step on your model reads forecasts only. As long as there are fewer than L of them, the newest "
    "known values fill up the window.",
    slide=lambda first, window, following, found: _joined(*found[-first.shape[1] :]),
)

exercise.knob(
    _recurse,
    "read_backwards",
    "Your model reads its windows backwards. The newest value stands last, as in the docstring.",
    read=lambda window: window[:, ::-1],
)


@exercise.mistake(
    "You move the window before the first forecast, with the last known value twice in it. The first window is the one "
    "that is handed in."
)
def moved_before_the_first_forecast(model, windows, h):
    return _recurse(model, _joined(windows[:, 1:], windows[:, -1:]), h)


exercise.knob(
    _recurse,
    "last_value_repeated",
    "Your window is filled with its own last value instead of the forecast.",
    slide=lambda first, window, following, found: _joined(window[:, 1:], window[:, -1:]),
)

exercise.knob(
    _recurse,
    "oldest_value_comes_back",
    "Your window goes round: the oldest value comes back as the newest, and the forecast is nowhere. np.roll by itself "
    "brings nothing in.",
    slide=lambda first, window, following, found: np.roll(window, -1, axis=1),
)

exercise.knob(_recurse, "one_step_too_many", "You forecast one step too many. There are h of them.", more=1)


@exercise.mistake("You return what was known together with the forecasts. Only the h forecasts are wanted: (B, h).")
def with_what_was_known(model, windows, h):
    return _joined(windows, _recurse(model, windows, h))


@exercise.mistake(
    "You return the last window. It has L values, known ones perhaps among them; wanted are the h forecasts."
)
def the_last_window(model, windows, h):
    return _joined(windows, _recurse(model, windows, h))[:, -windows.shape[1] :]


@exercise.mistake("You return the last forecast alone. All h of them are wanted: (B, h).")
def last_step_alone(model, windows, h):
    return _recurse(model, windows, h)[:, -1]


@exercise.mistake(
    "Your forecasts begin with the last known value. The first of them is what the model says of the window as it came."
)
def begins_with_the_last_known(model, windows, h):
    return _joined(windows[:, -1:], _recurse(model, windows, h))[:, :h]


@exercise.mistake("Your first forecast is missing: yours begin with the second. Keep what the first window gives, too.")
def first_one_missing(model, windows, h):
    return _recurse(model, windows, h + 1)[:, 1:]


@exercise.mistake("Your forecasts have time on the first axis. They are (B, h): a row for each series.")
def time_first(model, windows, h):
    return _recurse(model, windows, h).T


@exercise.mistake(
    "You forecast the first series only. There are B of them, side by side, and none knows of the others."
)
def first_series_only(model, windows, h):
    return _recurse(model, windows[:1], h)


@exercise.mistake(
    "You add each forecast to the value before it. The model gives the next value itself, not the change to it."
)
def taken_for_a_change(model, windows, h):
    window, found = windows, []
    for _ in range(h):
        found.append(window[:, -1:] + np.asarray(model(window))[:, None])
        window = _joined(window[:, 1:], found[-1])
    return _joined(*found)


exercise.knob(
    _recurse,
    "first_forecast_again_and_again",
    "At every step your first forecast enters the window once more. It is the newest forecast that enters.",
    slide=lambda first, window, following, found: _joined(window[:, 1:], found[0]),
)

exercise.knob(
    _recurse,
    "mean_of_the_batch",
    "The mean of all forecasts enters every window. Each series goes on with a forecast of its own.",
    slide=lambda first, window, following, found: _joined(window[:, 1:], np.full_like(following, following.mean())),
)


exercise.knob(_recurse, "one_step_too_few", "You forecast one step too few. There are h of them.", more=-1)


@exercise.mistake("You return the end of the last window. It has only L values, and further ahead there are more: h.")
def end_of_the_window(model, windows, h):
    return _joined(windows, _recurse(model, windows, h))[:, -min(h, windows.shape[1]) :]


@exercise.mistake("You return the last forecast h times. Keep each one as it is made.")
def last_forecast_repeated(model, windows, h):
    return np.repeat(_recurse(model, windows, h)[:, -1:], h, axis=1)


@exercise.mistake("Your windows hold whole numbers, so what is cut off a forecast is missing in the next. Keep floats.")
def rounded_down_in_the_window(model, windows, h):
    return _recurse(model, windows, h, slide=lambda _, window, new, __: _joined(window[:, 1:], np.trunc(new)))


@exercise.mistake("You add up your forecasts, as if they were changes. The model gives values.")
def forecasts_added_up(model, windows, h):
    return np.cumsum(_recurse(model, windows, h), axis=1)


@exercise.mistake("Your forecasts of all series stand in one line. They are (B, h): a row for each series.")
def forecasts_in_one_line(model, windows, h):
    return np.ravel(_recurse(model, windows, h).T)


@exercise.mistake("You return the last forecast alone. Keep each one as it is made: there are h.")
def last_forecast_alone(model, windows, h):
    return _recurse(model, windows, h)[:, -1:]
