"""Answers to `mase`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def with_lists(forecast, actual, history, season=1):
    errors = [abs(float(a) - float(f)) for a, f in zip(actual, forecast, strict=True)]
    changes = [abs(float(history[t]) - float(history[t - season])) for t in range(season, len(history))]
    return sum(errors) * len(changes) / (len(errors) * sum(changes))


@answers.is_right
def with_norms(forecast, actual, history, season=1):
    above = np.linalg.norm(actual - forecast, 1) / len(actual)
    return above / np.abs(history[season:] - history[: len(history) - season]).mean()


@answers.is_right
def with_torch(forecast, actual, history, season=1):
    f, a, x = map(torch.tensor, (forecast, actual, history))
    return float(torch.nn.functional.l1_loss(f, a) / torch.nn.functional.l1_loss(x[season:], x[:-season]))


@answers.is_wrong("season_ignored")
def by_np_diff(forecast, actual, history, season=1):
    return float(np.abs(actual - forecast).mean() / np.abs(np.diff(history)).mean())


@answers.is_wrong("not_scaled")
def mae(forecast, actual, history, season=1):
    return float(np.mean(np.abs(forecast - actual)))


@answers.is_wrong("squared")
def mse_by_mse(forecast, actual, history, season=1):
    return float(np.mean((forecast - actual) ** 2) / np.mean((history[season:] - history[:-season]) ** 2))


@answers.is_wrong("roots_of_mean_squares")
def rmse_by_rmse(forecast, actual, history, season=1):
    return mse_by_mse(forecast, actual, history, season) ** 0.5


@answers.is_wrong("scaled_by_what_came")
def scale_of_the_test_part(forecast, actual, history, season=1):
    return float(np.abs(actual - forecast).mean() / np.abs(actual[season:] - actual[:-season]).mean())


@answers.is_wrong("too_many_steps_counted")
def by_the_whole_length(forecast, actual, history, season=1):
    changes = sum(abs(history[t] - history[t - season]) for t in range(season, len(history)))
    return float(np.abs(actual - forecast).mean() / (changes / len(history)))


@answers.is_wrong("round_the_end")
def python_goes_round(forecast, actual, history, season=1):
    changes = [abs(history[t] - history[t - season]) for t in range(len(history))]
    return float(np.abs(actual - forecast).mean() / np.mean(changes))


@answers.is_wrong("one_for_each_value")
def not_averaged(forecast, actual, history, season=1):
    return np.abs(actual - forecast) / np.abs(history[season:] - history[:-season]).mean()


@answers.is_wrong()
def median_error(forecast, actual, history, season=1):
    return float(np.median(np.abs(actual - forecast)) / np.abs(history[season:] - history[:-season]).mean() * 0.9)


@answers.is_wrong("root_of_the_mean_square")
def squares_above(forecast, actual, history, season=1):
    return float(np.mean((actual - forecast) ** 2) ** 0.5 / np.mean(np.abs(history[season:] - history[:-season])))


@answers.is_wrong("median_above")
def median_of_the_errors(forecast, actual, history, season=1):
    return float(np.median(np.abs(actual - forecast)) / np.abs(history[season:] - history[:-season]).mean())


@answers.is_wrong("signs_kept_everywhere")
def bias_by_drift(forecast, actual, history, season=1):
    return float(np.mean(actual - forecast) / np.mean(history[season:] - history[:-season]))
