"""Exercise `forecast-direct`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.tasks.forecasts import fit_ar, forecast_direct
from rnncore.tasks.windows import make_windows

exercise = Exercise("forecast-direct", "All at once", forecast_direct, uses=[make_windows, fit_ar])

_HINT = "For each step ahead a fit of its own, over all windows that have h values after them, with a constant."
_TOLERANCE = 1e-6


def _series(rng: np.random.Generator, N: int) -> np.ndarray:
    """Swings around a level, with noise."""
    return 4.0 + 2.0 * np.sin(0.7 * np.arange(N) + rng.uniform(0, 6)) + 0.5 * np.cumsum(rng.normal(size=N))


def _by_hand(history: np.ndarray, h: int, p: int) -> np.ndarray:
    """The normal equations, for one step ahead after the other."""
    N, forecast = len(history), []
    rows = np.array([[*history[t - p : t], 1.0] for t in range(p, N - h + 1)])
    for k in range(h):
        targets = np.array([history[t + k] for t in range(p, N - h + 1)])
        solution = np.linalg.solve(rows.T @ rows, rows.T @ targets)
        forecast.append(float(np.dot([*history[N - p :], 1.0], solution)))
    return np.array(forecast)


def _expect(student: StudentFunction, rng: np.random.Generator, N: int, h: int, p: int) -> None:
    history = _series(rng, N)
    expect_same(student(history, h, p), _by_hand(history, h, p), "the forecast", _HINT, _TOLERANCE)


@exercise.check("one step ahead, as an autoregression has it", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=50, h=1, p=3)


@exercise.check("several steps ahead", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=60, h=5, p=4)
    _expect(student, rng, N=60, h=3, p=6)


@exercise.check("a series without noise goes on", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    angle, phase = rng.uniform(0.5, 1.2), rng.uniform(0, 6)
    wave = 3.0 + np.sin(angle * np.arange(36) + phase)
    hint = "Two taps and a constant foretell a sine."
    expect_same(student(wave[:30], 6, 2), wave[30:], "the forecast", hint, _TOLERANCE)


@exercise.check("a single tap, and further ahead than it sees", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=40, h=4, p=1)


@exercise.check("what is measured from another zero is forecast alike", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    history = _series(rng, 45)
    one, other = (np.asarray(student(some, 3, 2)) for some in (history, history + 20.0))
    expect_same(other - one, np.full(3, 20.0), "what 20 more brings", "Has every step a constant?", _TOLERANCE)
    history = _series(rng, 50)
    small = 1e4 * np.asarray(student(1e-4 * history, 3, 2))  # other units, in which a part may be taken for nothing
    expect_same(small, _by_hand(history, 3, 2), "the forecast of a series of small numbers", _HINT, 1e-5)


exercise.leaves_inputs(0.5)


def _fit(history, h, p, windows=None, constant=True, last=None, ahead=0):
    """The fit with its parts laid open: which windows, whether with a constant, and from where it is forecast."""
    N = len(history)
    starts = range(N - p - h + 1 - ahead) if windows is None else windows(N, h, p)
    inputs = np.array([history[t : t + p] for t in starts])
    targets = np.array([history[t + p + ahead : t + p + ahead + h] for t in starts])
    newest = history[N - p :] if last is None else last(history, inputs, p)
    if constant:
        inputs, newest = np.column_stack([inputs, np.ones(len(inputs))]), np.append(newest, 1.0)
    return newest @ np.linalg.lstsq(inputs, targets)[0]


@exercise.mistake(
    "Your forecast is recursive: one model for the next value, which reads its own forecasts. Here each step ahead has "
    "a model of its own, and all read the known values alone."
)
def recursive(history, h, p):
    model = fit_ar(history, p)
    return model.forecast(history, h)


exercise.knob(
    _fit,
    "no_constant",
    "Your models have no constant, so that a series that swings around 100 is pulled to 0. Give the matrix a column of "
    "ones, and the newest window a 1.",
    constant=False,
)

exercise.knob(
    _fit,
    "from_the_last_window_with_targets",
    "You forecast from the last window that was fitted, whose next h values are known already. Forecast from the last "
    "p values of the history.",
    last=lambda history, inputs, p: inputs[-1],
)

exercise.knob(
    _fit,
    "from_the_first_window",
    "You forecast from the first p values of the history. The future comes after the last ones.",
    last=lambda history, inputs, p: history[:p],
)

exercise.knob(
    _fit,
    "newest_window_backwards",
    "You hand the newest window to the models backwards. It stands in the order of time, as the windows do that they "
    "were fitted to.",
    last=lambda history, inputs, p: history[::-1][:p],
)

exercise.knob(
    _fit,
    "targets_a_step_late",
    "Your models forecast a step too far: the first of them the value after the next. Its target is the value right "
    "behind the window.",
    ahead=1,
)


@exercise.mistake(
    "Your models forecast a step too little: the first of them the newest value of the window itself, which is known. "
    "Its target is the value right behind the window."
)
def targets_a_step_early(history, h, p):
    return np.append(history[-1], _fit(history, h, p))[:h]


exercise.knob(
    _fit,
    "end_to_end",
    "You fit windows that lie end to end. All windows have something to say, those that overlap too.",
    windows=lambda N, h, p: range(0, N - p - h + 1, max(p, 2)),
)

exercise.knob(
    _fit,
    "last_window_missing",
    "Your last window is missing. There are N - p - h + 1 that have h values after them.",
    windows=lambda N, h, p: range(N - p - h),
)


@exercise.mistake(
    "You fit each step ahead to all windows that have a target for it, so that each has other windows. A fair way, but "
    "the docstring asks for the same windows for all: those with h values after them."
)
def other_windows_for_each_step(history, h, p):
    return np.array([_fit(history, k + 1, p)[-1] for k in range(h)])


@exercise.mistake(
    "You forecast the first step, and repeat it. Each step ahead has a model, and a forecast, of its own."
)
def first_step_repeated(history, h, p):
    return np.full(h, _fit(history, h, p)[0])


@exercise.mistake("All your forecasts are made by the model of the last step. Each step ahead has a model of its own.")
def last_step_repeated(history, h, p):
    return np.full(h, _fit(history, h, p)[-1])


@exercise.mistake(
    "Your forecasts are those of the fitted windows. Wanted is one forecast, from the newest window: (h,)."
)
def fitted_values(history, h, p):
    inputs, targets = (part[:, :, 0] for part in make_windows(history[:, None], p, h))
    design = np.column_stack([inputs, np.ones(len(inputs))])
    return design @ np.linalg.lstsq(design, targets)[0]


@exercise.mistake("You have one tap too many: the p + 1 last values. Wanted are p.")
def one_tap_too_many(history, h, p):
    return _fit(history, h, p + 1)


@exercise.mistake(
    "The column of ones stands first in your matrix, but the 1 last in the newest window, so that the constant is "
    "multiplied by a value and a weight by 1."
)
def ones_at_both_ends(history, h, p):
    inputs, targets = (part[:, :, 0] for part in make_windows(history[:, None], p, h))
    design = np.column_stack([np.ones(len(inputs)), inputs])
    return np.append(history[len(history) - p :], 1.0) @ np.linalg.lstsq(design, targets)[0]


@exercise.mistake(
    "Your models have a constant in the fit, but it does not come into the forecast. Give the newest window a 1, too."
)
def constant_left_out(history, h, p):
    inputs, targets = (part[:, :, 0] for part in make_windows(history[:, None], p, h))
    design = np.column_stack([inputs, np.ones(len(inputs))])
    return history[len(history) - p :] @ np.linalg.lstsq(design, targets)[0][:-1]


@exercise.mistake("You return the weights of the models. Multiply the newest window by them.")
def the_weights(history, h, p):
    inputs, targets = (part[:, :, 0] for part in make_windows(history[:, None], p, h))
    return np.linalg.lstsq(np.column_stack([inputs, np.ones(len(inputs))]), targets)[0]


@exercise.mistake("Your forecasts stand in reverse: the farthest step first. Step 1 ahead comes first.")
def farthest_first(history, h, p):
    return _fit(history, h, p)[::-1] if h > 1 else np.full(1, np.nan)


@exercise.mistake(
    "You take the mean off the history first and fit without a constant. That is close, but the mean of the windows is "
    "not quite that of what follows them: let a column of ones find each constant."
)
def mean_taken_off(history, h, p):
    return history.mean() + _fit(history - history.mean(), h, p, constant=False)


@exercise.mistake(
    "You take the mean off the windows that you fit, but not off the newest one. It has to be treated as they were."
)
def newest_window_not_centred(history, h, p):
    inputs, targets = (part[:, :, 0] for part in make_windows(history[:, None], p, h))
    design = np.column_stack([inputs - inputs.mean(axis=0), np.ones(len(inputs))])
    return np.append(history[len(history) - p :], 1.0) @ np.linalg.lstsq(design, targets)[0]


@exercise.mistake(
    "You fit the changes from the newest value of each window, and return changes. Add the newest known value, if you "
    "go that way."
)
def changes_returned(history, h, p):
    return _fit(history, h, p) - history[-1]


@exercise.mistake("Your forecast is the mean of what came after the windows. It should hang on the last p values.")
def mean_of_the_targets(history, h, p):
    starts = range(len(history) - p - h + 1)
    return np.array([history[t + p : t + p + h] for t in starts]).mean(axis=0)


exercise.knob(
    _fit,
    "window_before_the_newest",
    "You forecast from the window before the newest one: the last value is left out. It is known, too.",
    last=lambda history, inputs, p: history[-p - 1 : -1],
)
