"""Exercise `fit-ar`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.forecasts import Autoregression, fit_ar
from rnncore.tasks.windows import make_windows

exercise = Exercise("fit-ar", "Delay taps", fit_ar, uses=[make_windows])


_FITTED = "weights", "constant"


def _oscillation(rng: np.random.Generator, constant: float) -> tuple[np.ndarray, np.ndarray]:
    """A series without noise, and the weights of its two taps."""
    weights = np.array([-1.0, 2 * np.cos(rng.uniform(0.5, 1.0))])
    series = [*rng.normal(size=2)]
    while len(series) < 40:
        series.append(float(np.dot(weights, series[-2:]) + constant))
    return np.array(series), weights


def _expect_fit(student: StudentFunction, rng: np.random.Generator, N: int, p: int, level: float = 2.0) -> None:
    around_zero = 0.3 * np.cumsum(rng.normal(size=N))
    rows = np.array([[*around_zero[t - p : t], 1.0] for t in range(p, N)])
    # The normal equations: at the minimum, what is left over is orthogonal to every tap.
    want = np.linalg.solve(rows.T @ rows, rows.T @ around_zero[p:])
    want[p] += level * (1.0 - sum(want[:p]))
    got, constant = expect_parts(student(level + around_zero, p), *_FITTED)
    hint = "All windows count, and the column of ones among the taps."
    expect_same(got, want[:p], "weights", hint, tolerance=1e-6)
    expect_same(constant, want[p], "constant", hint, tolerance=1e-6)


@exercise.check("the weights of a rule that adds nothing", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    series, weights = _oscillation(rng, 0.0)
    got, _ = expect_parts(student(series, 2), *_FITTED)
    expect_same(got, weights, "weights", "They stand in the order of time, the newest last.", tolerance=1e-6)


@exercise.check("the rule of a series without noise", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    series, weights = _oscillation(rng, 3.0)
    got, constant = expect_parts(student(series, 2), *_FITTED)
    expect_same(got, weights, "weights", "They stand in the order of time, the newest last.", tolerance=1e-6)
    expect_same(constant, 3.0, "constant", "What is added to the taps.", tolerance=1e-6)


@exercise.check("least squares where there is noise, one tap", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_fit(student, rng, 80, 1)


@exercise.check("least squares where there is noise, three taps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_fit(student, rng, 60, 3)
    _expect_fit(student, rng, 60, 3, level=100.0)


@exercise.check("no taps: the mean", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    series = 5.0 + rng.normal(size=20)
    got, constant = expect_parts(student(series, 0), *_FITTED)
    expect_same(np.asarray(got), np.zeros(0), "weights", "There are none.")
    expect_same(constant, sum(series) / 20, "constant", "What is the best guess of one who sees nothing?")


exercise.leaves_inputs(0.25)


def _taps(series, p, step=1, ahead=1):
    """The design matrix and the targets."""
    places = range(0, len(series) - p, step)
    return np.array([series[t : t + p] for t in places]).reshape(len(places), p), np.array(
        [series[t + p + ahead - 1] for t in places]
    )


def _solve(design, targets):
    return np.linalg.lstsq(design, targets)[0]


def _with_constant(series, p, **how):
    inputs, targets = _taps(series, p, **how)
    return _solve(np.column_stack([inputs, np.ones(len(inputs))]), targets)


@exercise.mistake(
    "Your fit has no constant: a line through the origin. Give the matrix a column of ones, whose weight is the "
    "constant."
)
def no_constant(series, p):
    return Autoregression(_solve(*_taps(series, p)), 0.0)


@exercise.mistake(
    "Your fit has no constant: a line through the origin. Give the matrix a column of ones, whose weight is the "
    "constant, for any number of taps."
)
def no_constant_beside_taps(series, p):
    return Autoregression(_solve(*_taps(series, p)), 0.0 if p else float(series.mean()))


@exercise.mistake("Your weights stand newest first. weights[i] belongs to x_{t-p+i}, so the newest comes last.")
def newest_weight_first(series, p):
    solution = _with_constant(series, p)
    return Autoregression(solution[:-1][::-1], float(solution[-1]))


@exercise.mistake(
    "You take the wrong end of the solution for the constant. Its place is that of the column of ones in your matrix."
)
def constant_from_the_wrong_end(series, p):
    solution = _with_constant(series, p)
    return Autoregression(solution[1:], float(solution[0]))


@exercise.mistake(
    "Your column of ones stands first, so the first number of the solution is the constant; you take it for a weight, "
    "and the last weight for the constant."
)
def ones_first_constant_last(series, p):
    inputs, targets = _taps(series, p)
    solution = _solve(np.column_stack([np.ones(len(inputs)), inputs]), targets)
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake(
    "Your constant is the mean of the series. The taps have a share in the mean already: the constant is what is left, "
    "and least squares finds it."
)
def mean_for_the_constant(series, p):
    return Autoregression(_with_constant(series, p)[:-1], float(series.mean()))


@exercise.mistake("You have one tap too many: the p + 1 last values. Wanted are p weights.")
def one_tap_too_many(series, p):
    solution = _with_constant(series, p + 1)
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake(
    "You forecast the newest value of the window itself, which the model can read off. The target is the value after "
    "it."
)
def forecasts_what_it_sees(series, p):
    solution = _with_constant(series, p, ahead=0)
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake("You fit windows that lie end to end. All windows have something to say, those that overlap too.")
def some_windows_only(series, p):
    solution = _with_constant(series, p, step=max(p, 2))
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake(
    "You took the mean off the series first, and fitted the taps without a constant. That is close, but the mean of "
    "the targets is not quite the mean of the taps: let the column of ones find the constant."
)
def mean_taken_off(series, p):
    weights = _solve(*_taps(series - series.mean(), p))
    return Autoregression(weights, float(series.mean() * (1 - weights.sum())))


@exercise.mistake("Without taps your constant is 0. The best guess for everybody who sees nothing is the mean.")
def nothing_without_taps(series, p):
    if p == 0:
        return Autoregression(np.zeros(0), 0.0)
    solution = _with_constant(series, p)
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake("The last value of the series is the target of no window. make_windows gives all that fit.")
def last_value_unused(series, p):
    solution = _with_constant(series[:-1], p)
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake(
    "You solve for as many equations as there are unknowns, and the other windows have no say. Where there is noise, "
    "use least squares over all windows."
)
def no_more_equations_than_unknowns(series, p):
    inputs, targets = _taps(series, p)
    design = np.column_stack([inputs, np.ones(len(inputs))])[: p + 1]
    solution = np.linalg.solve(design, targets[: p + 1])
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake("You return the whole solution as one array. Wanted are two things, the weights and the constant.")
def solution_in_one_piece(series, p):
    return _with_constant(series, p)


@exercise.mistake(
    "You take the mean off, fit without a constant, and then give the mean for it. What the taps have of the mean is "
    "to be taken off it."
)
def mean_taken_for_what_is_left(series, p):
    inputs, targets = _taps(series - series.mean(), p)
    return Autoregression(_solve(inputs, targets), float(series.mean()))


@exercise.mistake(
    "You fit the weights without a constant, and find one afterwards. With the constant in the fit, by a column of "
    "ones, the weights come out differently, and the errors smaller."
)
def constant_afterwards(series, p):
    inputs, targets = _taps(series, p)
    weights = _solve(inputs, targets)
    return Autoregression(weights, float(np.mean(targets - inputs @ weights)))


@exercise.mistake("Without taps your constant is the last value of the series. One who sees nothing guesses the mean.")
def last_value_without_taps(series, p):
    solution = _with_constant(series, p) if p else series
    return Autoregression(solution[:p], float(solution[-1]))


@exercise.mistake(
    "You bring the series to mean 0 and deviation 1 first, and return the constant of that series. Asked for is the "
    "constant of the series as it came."
)
def constant_of_the_standardised(series, p):
    solution = _with_constant((series - series.mean()) / series.std(), p)
    return Autoregression(solution[:-1], float(solution[-1]))


@exercise.mistake("You leave the constant among the weights, p + 1 of them. There is a weight for each of the p taps.")
def constant_among_the_weights(series, p):
    solution = _with_constant(series, p)
    return Autoregression(solution, float(solution[-1]))
