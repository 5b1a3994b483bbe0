"""Answers to `fit_ar`."""

import numpy as np
import torch

from rnncore.tasks.forecasts import Autoregression
from rnncore.tasks.windows import make_windows
from tests.units.answers import Answers

answers = Answers()


def _design(series, p):
    return np.array([[*series[t - p : t], 1.0] for t in range(p, len(series))]), series[p:]


@answers.is_right
def normal_equations(series, p):
    X, y = _design(series, p)
    solution = np.linalg.solve(X.T @ X, X.T @ y)
    return Autoregression(solution[:p], solution[p])


@answers.is_right
def centred(series, p):
    X, y = _design(series, p)
    X = X[:, :p]
    weights = np.linalg.pinv(X - X.mean(axis=0)) @ (y - y.mean()) if p else np.zeros(0)
    return weights, float(y.mean() - X.mean(axis=0) @ weights)


@answers.is_right
def by_torch(series, p):
    inputs, targets = make_windows(series[:, None], p)
    design = torch.from_numpy(np.concatenate([np.ones((len(inputs), 1)), inputs[:, :, 0]], axis=1))
    solution = torch.linalg.lstsq(design, torch.from_numpy(targets[:, :, 0])).solution[:, 0].numpy()
    return Autoregression(solution[1:], solution[0].item())


@answers.is_wrong("no_constant")
def no_constant(series, p):
    X, y = _design(series, p)
    return Autoregression(np.linalg.lstsq(X[:, :p], y)[0], 0.0)


@answers.is_wrong("newest_weight_first")
def newest_first(series, p):
    X, y = _design(series, p)
    solution = np.linalg.lstsq(X, y)[0]
    return Autoregression(solution[:p][::-1], float(solution[p]))


@answers.is_wrong("constant_from_the_wrong_end")
def constant_among_the_taps(series, p):
    X, y = _design(series, p)
    solution = np.linalg.lstsq(X, y)[0]
    return Autoregression(solution[1:], float(solution[0]))


@answers.is_wrong("mean_taken_for_what_is_left")
def mean_removed_and_forgotten(series, p):
    mean = series.mean()
    X, y = _design(series - mean, p)
    return Autoregression(np.linalg.lstsq(X[:, :p], y)[0], float(mean))


@answers.is_wrong("forecasts_what_it_sees")
def predicts_itself(series, p):
    X = np.array([[*series[t - p + 1 : t + 1], 1.0] for t in range(p, len(series))])
    solution = np.linalg.lstsq(X, series[p:])[0]
    return Autoregression(solution[:p], float(solution[p]))


@answers.is_wrong("last_value_unused")
def last_value_unused(series, p):
    X, y = _design(series[:-1], p)
    solution = np.linalg.lstsq(X, y)[0]
    return Autoregression(solution[:p], float(solution[p]))


@answers.is_wrong("no_more_equations_than_unknowns")
def exact_from_the_first_rows(series, p):
    X, y = _design(series, p)
    solution = np.linalg.solve(X[: p + 1], y[: p + 1])
    return Autoregression(solution[:p], float(solution[p]))


@answers.is_wrong("solution_in_one_piece")
def all_in_one_array(series, p):
    X, y = _design(series, p)
    return np.linalg.lstsq(X, y)[0]


@answers.is_wrong("nothing_without_taps")
def zero_without_taps(series, p):
    if p == 0:
        return Autoregression(np.zeros(0), 0.0)
    return normal_equations(series, p)


@answers.is_wrong("constant_among_the_weights")
def one_weight_too_many(series, p):
    columns = [series[i : len(series) - p + i] for i in range(p)]
    w = np.linalg.lstsq(np.column_stack([*columns, np.ones(len(series) - p)]), series[p:])[0]
    return Autoregression(w, float(w[-1]))


@answers.is_wrong()
def small_directions_left_out(series, p):
    """What a level far from 0 leaves small, compared with itself, is no noise."""
    X, y = _design(series, p)
    w = np.linalg.lstsq(X, y, rcond=1e-3)[0]
    return Autoregression(w[:p], float(w[p]))
