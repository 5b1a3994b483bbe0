"""Answers to `forecast_direct`."""

import numpy as np
import torch

from rnncore.tasks.forecasts import fit_ar
from tests.units.answers import Answers

answers = Answers()


def _parts(history, h, p):
    ends = range(p, len(history) - h + 1)
    X = np.array([[*history[t - p : t], 1.0] for t in ends])
    return X, np.array([history[t : t + h] for t in ends])


@answers.is_right
def one_model_after_the_other(history, h, p):
    X, Y = _parts(history, h, p)
    newest = [*history[len(history) - p :], 1.0]
    return np.array([newest @ np.linalg.lstsq(X, Y[:, k])[0] for k in range(h)])


@answers.is_right
def ones_first_and_pinv(history, h, p):
    X, Y = _parts(history, h, p)
    X = np.roll(X, 1, axis=1)
    return np.concatenate([[1.0], history[len(history) - p :]]) @ (np.linalg.pinv(X) @ Y)


@answers.is_right
def with_torch(history, h, p):
    X, Y = map(torch.from_numpy, _parts(history, h, p))
    newest = torch.tensor([*history[len(history) - p :].tolist(), 1.0], dtype=torch.float64)
    return (newest @ torch.linalg.lstsq(X, Y).solution).numpy()


@answers.is_right
def centred(history, h, p):
    X, Y = _parts(history, h, p)
    X = X[:, :p]
    weights = np.linalg.lstsq(X - X.mean(0), Y - Y.mean(0))[0]
    return Y.mean(0) + (history[len(history) - p :] - X.mean(0)) @ weights


@answers.is_wrong("recursive")
def autoregression(history, h, p):
    return fit_ar(history, p).forecast(history, h)


@answers.is_wrong("no_constant")
def through_the_origin(history, h, p):
    X, Y = _parts(history, h, p)
    return history[len(history) - p :] @ np.linalg.lstsq(X[:, :p], Y)[0]


@answers.is_wrong("from_the_last_window_with_targets")
def last_row_of_the_design(history, h, p):
    X, Y = _parts(history, h, p)
    return X[-1] @ np.linalg.lstsq(X, Y)[0]


@answers.is_wrong("other_windows_for_each_step")
def as_many_windows_as_can_be(history, h, p):
    found = []
    for k in range(1, h + 1):
        X, Y = _parts(history, k, p)
        found.append([*history[len(history) - p :], 1.0] @ np.linalg.lstsq(X, Y[:, -1])[0])
    return np.array(found)


@answers.is_wrong("newest_window_backwards")
def lags_counted_back(history, h, p):
    X, Y = _parts(history, h, p)
    return np.array([*history[::-1][:p], 1.0]) @ np.linalg.lstsq(X, Y)[0]


@answers.is_wrong("constant_left_out")
def forgets_the_constant(history, h, p):
    X, Y = _parts(history, h, p)
    return history[len(history) - p :] @ np.linalg.lstsq(X, Y)[0][:p]


@answers.is_wrong("last_window_missing")
def range_without_its_end(history, h, p):
    X, Y = _parts(history, h, p)
    return np.array([*history[len(history) - p :], 1.0]) @ np.linalg.lstsq(X[:-1], Y[:-1])[0]


@answers.is_wrong("changes_returned")
def targets_relative_to_the_last(history, h, p):
    X, Y = _parts(history, h, p)
    newest = np.array([*history[len(history) - p :], 1.0])
    return newest @ np.linalg.lstsq(X, Y - X[:, p - 1 : p])[0]


@answers.is_wrong("first_step_repeated")
def model_of_tomorrow_only(history, h, p):
    X, Y = _parts(history, h, p)
    return np.repeat(np.array([*history[len(history) - p :], 1.0]) @ np.linalg.lstsq(X, Y[:, 0])[0], h)
