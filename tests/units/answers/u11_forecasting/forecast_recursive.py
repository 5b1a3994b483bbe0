"""Answers to `forecast_recursive`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def rolls(model, windows, h):
    window, forecasts = windows.copy(), np.zeros((len(windows), h))
    for k in range(h):
        forecasts[:, k] = model(window)
        window = np.roll(window, -1, axis=1)
        window[:, -1] = forecasts[:, k]
    return forecasts


@answers.is_right
def calls_itself(model, windows, h):
    if h == 0:
        return np.zeros((len(windows), 0))
    following = np.asarray(model(windows)).reshape(-1, 1)
    rest = calls_itself(model, np.hstack([windows, following])[:, 1:], h - 1)
    return np.hstack([following, rest])


@answers.is_right
def row_by_row(model, windows, h):
    rows = []
    for window in windows.tolist():
        known = list(window)
        for _ in range(h):
            known.append(float(model(np.array([known[-len(window) :]]))[0]))
        rows.append(known[len(window) :])
    return np.array(rows)


@answers.is_wrong("window_stays")
def asks_again(model, windows, h):
    return np.stack([np.asarray(model(windows)) for _ in range(h)], axis=1)


@answers.is_wrong("window_grows")
def never_forgets(model, windows, h):
    values = windows
    for _ in range(h):
        values = np.column_stack([values, np.asarray(model(values))])
    return values[:, windows.shape[1] :]


@answers.is_wrong("newest_value_overwritten")
def replaces_the_last(model, windows, h):
    window, forecasts = windows.copy(), []
    for _ in range(h):
        forecasts.append(np.asarray(model(window)))
        window = window.copy()
        window[:, -1] = forecasts[-1]
    return np.stack(forecasts, axis=1)


@answers.is_wrong("oldest_value_overwritten")
def replaces_the_first(model, windows, h):
    window, forecasts = windows.copy(), []
    for _ in range(h):
        forecasts.append(np.asarray(model(window)))
        window = window.copy()
        window[:, 0] = forecasts[-1]
    return np.stack(forecasts, axis=1)


@answers.is_wrong("last_step_alone")
def final_value(model, windows, h):
    return rolls(model, windows, h)[:, -1]


@answers.is_wrong("time_first")
def stacked_along_the_front(model, windows, h):
    return np.stack(list(rolls(model, windows, h).T))


@answers.is_wrong("with_what_was_known")
def whole_series(model, windows, h):
    return np.concatenate([windows, rolls(model, windows, h)], axis=1)


@answers.is_wrong("Only the first entry along axis 1")
def moves_two_steps(model, windows, h):
    window, forecasts = windows.copy(), []
    for _ in range(h):
        following = np.asarray(model(window))
        forecasts.append(following)
        window = np.column_stack([window, following, following])[:, 2:]
    return np.stack(forecasts, axis=1)


@answers.is_wrong("in_place")
def shifts_what_it_was_given(model, windows, h):
    forecasts = []
    for _ in range(h):
        forecasts.append(np.array(model(windows)))
        windows[:, :-1] = windows[:, 1:].copy()
        windows[:, -1] = forecasts[-1]
    return np.stack(forecasts, axis=1)
