"""Exercise `train-only-scaler`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.scaling import Scaler, train_only_scaler

exercise = Exercise("train-only-scaler", "A scale without a look ahead", train_only_scaler)

_MEASURED = "mean", "std"
_HINT = "Each feature by itself, along the axis of time, over the training part alone."


def _series(rng: np.random.Generator, N: int, F: int) -> np.ndarray:
    """Features of different size and level, the first of them small, which rise."""
    size = 0.1 + 2.0 * np.arange(F)
    return size * (rng.normal(size=(N, F)) + 0.15 * np.arange(N)[:, None]) + 5.0


def _by_hand(series: np.ndarray, n_train: int) -> tuple[np.ndarray, np.ndarray]:
    means, stds = [], []
    for column in series[:n_train].T:
        mean = sum(column) / n_train
        variance = sum((x - mean) ** 2 for x in column) / n_train
        means.append(mean)
        stds.append(variance**0.5)
    return np.array(means), np.array(stds)


def _expect_measured(student: StudentFunction, series: np.ndarray, n_train: int) -> None:
    got = expect_parts(student(series, n_train), *_MEASURED)
    for part, want, name in zip(got, _by_hand(series, n_train), _MEASURED, strict=True):
        expect_same(part, want, name, _HINT)


@exercise.check("the mean of the training part", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    series = _series(rng, 17, 1)
    mean, _ = expect_parts(student(series, 11), *_MEASURED)
    expect_same(mean, _by_hand(series, 11)[0], "mean", _HINT)


@exercise.check("the standard deviation of the training part", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    series = _series(rng, 16, 1)
    _, std = expect_parts(student(series, 9), *_MEASURED)
    expect_same(std, _by_hand(series, 9)[1], "std", _HINT)


@exercise.check("several features", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_measured(student, _series(rng, 14, 3), 8)
    series = _series(rng, 13, 2)  # small numbers change, too
    got = expect_parts(student(1e-4 * series, 7), *_MEASURED)
    for part, want, name in zip(got, _by_hand(series, 7), _MEASURED, strict=True):
        expect_same(1e4 * np.asarray(part), want, name, _HINT)


@exercise.check("a training part that is all there is", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_measured(student, _series(rng, 9, 2), 9)


@exercise.check("a feature that does not change in the training part keeps its size", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    series = _series(rng, 12, 3)
    series[:8, 1] = 3.0
    mean, std = expect_parts(student(series, 7), *_MEASURED)
    if np.shape(std) != (3,) or not np.all(np.isfinite(np.asarray(std))) or np.any(np.asarray(std) == 0):
        raise CheckFailed("std must be (F,), and never 0: what is divided by 0 is of no use")
    if len(set(np.asarray(std).tolist())) < 3:
        raise CheckFailed("three features of different size have the same std")
    if np.shape(mean) != (3,):
        raise CheckFailed("mean must be (F,)")
    expect_same(np.asarray(mean)[1], 3.0, "mean of the feature", "It is the value that it keeps.")
    expect_same(np.asarray(std)[1], 1.0, "std of the feature", "What may one divide by, so that nothing changes?")
    _, std = expect_parts(student(np.full((12, 1), 0.1), 7), *_MEASURED)
    hint = (
        "The std of many 0.1, whose mean is rounded, is 1e-17 and not 0. Do the greatest and the smallest value differ?"
    )
    expect_same(std, np.array([1.0]), "std of seven times 0.1", hint)


exercise.leaves_inputs(0.25)


def _measured(series, n_train, part=None, std=None, still=1.0, constant=lambda known: np.ptp(known, axis=0) == 0):
    """A scaler with its parts laid open: which part is measured, how its spread is, what is constant and has which."""
    known = series[:n_train] if part is None else part(series, n_train)
    spread = known.std(axis=0) if std is None else std(known)
    return Scaler(known.mean(axis=0), np.where(constant(known), still, spread))


exercise.knob(
    _measured,
    "whole_series",
    "You measure on the whole series, so the scale knows how high and how wild the test part will be. Measure on the "
    "first n_train steps alone.",
    part=lambda series, n: series,
)

exercise.knob(
    _measured,
    "test_part",
    "You measure on what comes after the training part. n_train says where the training part ends, not where it "
    "begins.",
    part=lambda series, n: series[n:] if n < len(series) else series,
)

exercise.knob(
    _measured,
    "one_step_too_few",
    "Your training part has a step too few. A slice leaves its end out by itself.",
    part=lambda series, n: series[: n - 1],
)

exercise.knob(
    _measured,
    "one_step_too_many",
    "Your training part has a step too many, which belongs to the test part already. A slice leaves its end out by "
    "itself.",
    part=lambda series, n: series[: n + 1],
)

exercise.knob(
    _measured,
    "last_steps",
    "You measure on the last n_train steps. The training part is the older one: it comes first.",
    part=lambda series, n: series[-n:],
)

exercise.knob(
    _measured,
    "variance",
    "Your std is a variance, in squared units. Its square root has the units of the series.",
    std=lambda known: known.var(axis=0),
)

exercise.knob(
    _measured,
    "divided_by_one_less",
    "You divide by one less than there are steps, as for a sample. The docstring's scale has standard deviation 1 in "
    "the part that was measured, for which all steps count.",
    std=lambda known: known.std(axis=0, ddof=1),
)

exercise.knob(
    _measured,
    "zero_left",
    "A feature that never changes has a std of 0 in your scaler, or next to nothing. Divided by that it becomes NaN, "
    "or huge at its first change in the test part. Let it keep its size.",
    still=0.0,
)

exercise.knob(
    _measured,
    "rounded_spread",
    "You ask whether the std is 0. That of many 0.1, whose mean is rounded, is 1e-17: ask whether max and min are "
    "equal.",
    constant=lambda known: known.std(axis=0) == 0,
)

exercise.knob(
    _measured,
    "around_zero",
    "Your spread is taken around 0: the root of the mean square. Take it around the mean.",
    std=lambda known: np.sqrt((known**2).mean(axis=0)),
)


@exercise.mistake(
    "You scale by the smallest value and the range. One outlier in the training part then decides for all; asked are "
    "mean and standard deviation."
)
def smallest_and_range(series, n_train):
    known = series[:n_train]
    spread = known.max(axis=0) - known.min(axis=0)
    return Scaler(known.min(axis=0), np.where(spread == 0, 1.0, spread))


@exercise.mistake(
    "You measure all features together. Sunspots and degrees have nothing in common: each feature has a mean and a "
    "standard deviation of its own, (F,)."
)
def all_features_together(series, n_train):
    known, F = series[:n_train], series.shape[1]
    return Scaler(np.full(F, known.mean()), np.full(F, known.std()))


@exercise.mistake("You return one mean and one std for all features, as numbers. Each feature has its own: (F,).")
def one_number_for_all(series, n_train):
    return Scaler(series[:n_train].mean(), series[:n_train].std())


@exercise.mistake("You measure along the features. Axis 0 is time: mean and std are taken along it, and are (F,).")
def along_the_features(series, n_train):
    return Scaler(series[:n_train].mean(axis=1), series[:n_train].std(axis=1))


@exercise.mistake(
    "Your mean is that of the training part, but your std that of the whole series. Both must not see the test part."
)
def std_of_the_whole(series, n_train):
    std = series.std(axis=0)
    return Scaler(series[:n_train].mean(axis=0), np.where(std == 0, 1.0, std))


@exercise.mistake(
    "Your std is that of the training part, but your mean that of the whole series. Both must not see the test part."
)
def mean_of_the_whole(series, n_train):
    return Scaler(series.mean(axis=0), _measured(series, n_train).std)


@exercise.mistake(
    "You return the scaled series. What is wanted is what it is scaled by, so that later values can be scaled alike "
    "and forecasts brought back."
)
def the_scaled_series(series, n_train):
    return _measured(series, n_train).scale(series)


exercise.knob(
    _measured,
    "mean_deviation",
    "Your spread is the mean size of the deviations. The standard deviation is the root of their mean square.",
    std=lambda known: np.abs(known - known.mean(axis=0)).mean(axis=0),
)


@exercise.mistake(
    "You take the median. The docstring asks for the mean, so that the scaled training part has mean 0 exactly."
)
def median_for_the_mean(series, n_train):
    return Scaler(np.median(series[:n_train], axis=0), _measured(series, n_train).std)


exercise.knob(
    _measured,
    "small_spread_left",
    "A feature that changes little keeps its size in your scaler, and only those that change much are scaled. Only "
    "where the spread is exactly 0 something has to stand in its place.",
    std=lambda known: np.maximum(known.std(axis=0), 1.0),
)


@exercise.mistake(
    "A feature that never changes has the mean 0 in your scaler. It keeps its size, and its mean is taken off."
)
def mean_of_a_constant_left_out(series, n_train):
    scaler = _measured(series, n_train)
    return Scaler(np.where(series[:n_train].std(axis=0) == 0, 0.0, scaler.mean), scaler.std)


@exercise.mistake(
    "You divide by the greatest size, and take nothing off. Asked are the mean, and the standard deviation around it."
)
def by_the_greatest(series, n_train):
    known = series[:n_train]
    return Scaler(np.zeros(series.shape[1]), np.abs(known).max(axis=0))


@exercise.mistake("You add a small number to every std, so that none is 0. Only a 0 is to be replaced, and by 1.")
def small_number_added(series, n_train):
    known = series[:n_train]
    return Scaler(known.mean(axis=0), known.std(axis=0) + 1e-8)
