"""Answers to `rolling_backtest`."""

import numpy as np

from rnncore.tasks.forecasts import Backtest
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def while_there_is_room(forecaster, series, first, h, every=1):
    origins, forecasts, actual = [], [], []
    origin = first
    while origin + h <= len(series):
        origins.append(origin)
        forecasts.append(list(forecaster(series[:origin].copy(), h)))
        actual.append(series[origin : origin + h].tolist())
        origin += every
    return Backtest(np.array(origins), np.array(forecasts), np.array(actual))


@answers.is_right
def by_masks(forecaster, series, first, h, every=1):
    places = np.arange(len(series))
    origins = places[(places >= first) & (places <= len(series) - h) & ((places - first) % every == 0)]
    forecasts = np.stack([forecaster(np.array(series[places < o]), h) for o in origins])
    return origins, forecasts, series[origins[:, None] + np.arange(h)]


@answers.is_right
def with_a_list_of_origins(forecaster, series, first, h, every=1):
    origins = list(range(first, len(series) - h + 1, every))
    forecasts = np.array([forecaster(series[:o].copy(), h) for o in origins])
    return Backtest(origins, forecasts, np.array([series[o : o + h] for o in origins]))


@answers.is_wrong("sees_the_future")
def hands_over_everything(forecaster, series, first, h, every=1):
    origins = np.arange(first, len(series) - h + 1, every)
    forecasts = np.array([forecaster(series.copy(), h) for _ in origins])
    return Backtest(origins, forecasts, np.array([series[o : o + h] for o in origins]))


@answers.is_wrong("sees_one_value_too_many")
def up_to_and_with_the_origin(forecaster, series, first, h, every=1):
    origins = np.arange(first, len(series) - h + 1, every)
    forecasts = np.array([forecaster(series[: o + 1].copy(), h) for o in origins])
    return Backtest(origins, forecasts, np.array([series[o : o + h] for o in origins]))


@answers.is_wrong("last_origin_missing")
def range_without_its_end(forecaster, series, first, h, every=1):
    origins = np.arange(first, len(series) - h, every)
    forecasts = np.array([forecaster(series[:o].copy(), h) for o in origins])
    return Backtest(origins, forecasts, np.array([series[o : o + h] for o in origins]))


@answers.is_wrong("forgets_the_oldest")
def sliding_window(forecaster, series, first, h, every=1):
    origins = np.arange(first, len(series) - h + 1, every)
    forecasts = np.array([forecaster(series[o - first : o].copy(), h) for o in origins])
    return Backtest(origins, forecasts, np.array([series[o : o + h] for o in origins]))


@answers.is_wrong("knows_the_start_only")
def fixed_training_part(forecaster, series, first, h, every=1):
    origins = np.arange(first, len(series) - h + 1, every)
    forecasts = np.array([forecaster(series[:first].copy(), h) for _ in origins])
    return Backtest(origins, forecasts, np.array([series[o : o + h] for o in origins]))


@answers.is_wrong("every_ignored")
def each_origin(forecaster, series, first, h, every=1):
    return while_there_is_room(forecaster, series, first, h)


@answers.is_wrong("came_before")
def known_values_for_those_that_came(forecaster, series, first, h, every=1):
    origins, forecasts, _ = while_there_is_room(forecaster, series, first, h, every)
    return Backtest(origins, forecasts, np.array([np.resize(series[max(o - h, 0) : o], h) for o in origins]))


@answers.is_wrong("dtype")
def origins_with_a_point(forecaster, series, first, h, every=1):
    origins, forecasts, actual = while_there_is_room(forecaster, series, first, h, every)
    return Backtest(origins.astype(float), forecasts, actual)


@answers.is_wrong()
def origins_from_the_end(forecaster, series, first, h, every=1):
    origins = np.arange(len(series) - h, first - 1, -every)[::-1]
    forecasts = np.array([forecaster(series[:o].copy(), h) for o in origins])
    return Backtest(origins, forecasts, np.array([series[o : o + h] for o in origins]))


def _from_origins(forecaster, series, origins, h):
    forecasts = [forecaster(series[:origin].copy(), h) for origin in origins]
    return Backtest(
        np.array(origins), np.array(forecasts), np.array([series[origin : origin + h] for origin in origins])
    )


@answers.is_wrong("origins_a_step_early")
def counts_from_zero(forecaster, series, first, h, every=1):
    return _from_origins(forecaster, series, range(first - 1, len(series) - h + 1, every), h)


@answers.is_wrong("apart_by_the_horizon")
def without_overlap(forecaster, series, first, h, every=1):
    return _from_origins(forecaster, series, range(first, len(series) - h + 1, h), h)


@answers.is_wrong("no_copy")
def views_of_the_series(forecaster, series, first, h, every=1):
    origins = np.arange(first, len(series) - h + 1, every)
    forecasts = [forecaster(series[:origin], h) for origin in origins]
    return Backtest(origins, np.array(forecasts), np.array([series[origin : origin + h] for origin in origins]))
