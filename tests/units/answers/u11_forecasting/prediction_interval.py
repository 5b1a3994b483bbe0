"""Answers to `prediction_interval`."""

import numpy as np
import torch

from rnncore.tasks.forecasts import Interval
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def column_by_column(forecast, errors, coverage=0.8):
    lower, upper = [], []
    for k in range(len(forecast)):
        lower.append(forecast[k] + np.quantile(errors[:, k], (1 - coverage) / 2))
        upper.append(forecast[k] + np.quantile(errors[:, k], (1 + coverage) / 2))
    return Interval(np.array(lower), np.array(upper))


@answers.is_right
def of_what_might_have_come(forecast, errors, coverage=0.8):
    possible = forecast + errors
    return tuple(np.percentile(possible, [50 - 50 * coverage, 50 + 50 * coverage], axis=0))


@answers.is_right
def with_torch(forecast, errors, coverage=0.8):
    tails = torch.tensor([(1 - coverage) / 2, 1 - (1 - coverage) / 2], dtype=torch.float64)
    ends = torch.quantile(torch.from_numpy(errors.copy()), tails, dim=0)
    return list((torch.from_numpy(forecast.copy()) + ends).numpy())


@answers.is_right
def sorted_by_hand(forecast, errors, coverage=0.8):
    ordered, ends = np.sort(errors, axis=0), []
    for q in ((1 - coverage) / 2, (1 + coverage) / 2):
        below = min(int(q * (len(errors) - 1)), len(errors) - 2)
        part = q * (len(errors) - 1) - below
        ends.append(forecast + (1 - part) * ordered[below] + part * ordered[below + 1])
    return Interval(*ends)


@answers.is_wrong("all_steps_together")
def one_width(forecast, errors, coverage=0.8):
    tail = (1 - coverage) / 2
    return Interval(forecast + np.quantile(errors, tail), forecast + np.quantile(errors, 1 - tail))


@answers.is_wrong("of_absolute_errors")
def plus_minus(forecast, errors, coverage=0.8):
    width = np.quantile(np.abs(errors), coverage, axis=0)
    return Interval(forecast - width, forecast + width)


@answers.is_wrong("all_left_out_on_each_side")
def twice_too_much(forecast, errors, coverage=0.8):
    low, high = sorted((1 - coverage, coverage))
    return Interval(*(forecast + np.quantile(errors, q, axis=0) for q in (low, high)))


@answers.is_wrong("mirrored")
def errors_the_other_way(forecast, errors, coverage=0.8):
    tail = (1 - coverage) / 2
    ends = (forecast - np.quantile(errors, q, axis=0) for q in (1 - tail, tail))
    return Interval(*ends)


@answers.is_wrong("without_the_forecast")
def quantiles_alone(forecast, errors, coverage=0.8):
    return Interval(*np.quantile(errors, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0))


@answers.is_wrong("exchanged")
def upper_first(forecast, errors, coverage=0.8):
    lower, upper = column_by_column(forecast, errors, coverage)
    return Interval(upper, lower)


@answers.is_wrong("coverage_ignored")
def always_eighty(forecast, errors, coverage=0.8):
    return Interval(*(forecast + np.quantile(errors, q, axis=0) for q in (0.1, 0.9)))


@answers.is_wrong("normal_errors")
def bell_curve(forecast, errors, coverage=0.8):
    z = {0.8: 1.2815515655446004, 0.5: 0.6744897501960817, 0.9: 1.6448536269514722, 0.6: 0.8416212335729143}
    mean, width = errors.mean(0), z[round(coverage, 2)] * errors.std(0)
    return Interval(forecast + mean - width, forecast + mean + width)


@answers.is_wrong()
def nearest_entry(forecast, errors, coverage=0.8):
    tails = [(1 - coverage) / 2, (1 + coverage) / 2]
    return Interval(*(forecast + np.quantile(errors, tails, axis=0, method="nearest")))


@answers.is_wrong("lower_quantile_taken_off")
def minus_below_plus_above(forecast, errors, coverage=0.8):
    below, above = np.quantile(errors, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0)
    return Interval(forecast - below, forecast + above)
