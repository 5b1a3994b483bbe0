"""Answers to `make_windows`."""

import numpy as np

from rnncore.tasks.windows import Windows
from tests.units.answers import Answers

answers = Answers()


def _cut(series, L, h, M=None, skip=0, stride=1):
    M = len(series) - L - h + 1 if M is None else M
    starts = range(0, M, stride)
    inputs = np.stack([series[m : m + L] for m in starts])
    return Windows(inputs, np.stack([series[m + L + skip : m + L + skip + h] for m in starts]))


@answers.is_right
def slices(series, L, h=1):
    return _cut(series, L, h)


@answers.is_right
def fancy_indices(series, L, h=1):
    steps = np.arange(len(series) - L - h + 1)[:, None] + np.arange(L + h)
    return series[steps[:, :L]], series[steps[:, L:]]


@answers.is_right
def filled_arrays(series, L, h=1):
    N, F = series.shape
    inputs, targets = np.empty((N - L - h + 1, L, F)), np.empty((N - L - h + 1, h, F))
    for m in range(N - L - h + 1):
        inputs[m], targets[m] = series[m : m + L], series[m + L : m + L + h]
    return Windows(inputs, targets)


@answers.is_wrong("last_one_missing")
def last_window_missing(series, L, h=1):
    return _cut(series, L, h, M=len(series) - L - h)


@answers.is_wrong("a_step_is_skipped")
def a_step_is_skipped(series, L, h=1):
    return _cut(series, L, h, M=len(series) - L - h, skip=1)


@answers.is_wrong("targets_already_seen")
def targets_overlap(series, L, h=1):
    return _cut(series, L, h, skip=-1)


@answers.is_wrong("first_target_only")
def next_step_only(series, L, h=1):
    return _cut(series, L, 1, M=len(series) - L - h + 1)


@answers.is_wrong("last_target_only")
def the_step_h_ahead(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs, targets[:, -1:])


@answers.is_wrong("apart_by_their_length")
def windows_apart(series, L, h=1):
    return _cut(series, L, h, stride=L)


@answers.is_wrong("axes")
def features_before_steps(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs.swapaxes(1, 2), targets.swapaxes(1, 2))


@answers.is_wrong("more_windows_than_targets")
def h_is_forgotten_in_the_number(series, L, h=1):
    M = len(series) - L
    inputs = np.stack([series[m : m + L] for m in range(M)])
    return Windows(inputs, np.stack([series[m + L : m + L + h] for m in range(M - h + 1)]))


@answers.is_wrong("targets_without_their_axis")
def targets_without_axis(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs, targets[:, 0] if h == 1 else targets)


@answers.is_wrong("windows_h_steps_on")
def moved_on_by_the_horizon(series, L, h=1):
    M = len(series) - L - h + 1
    return Windows(_cut(series, L, h).inputs, np.stack([series[m + h : m + h + L] for m in range(M)]))


@answers.is_wrong()
def no_further_than_the_window(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs, targets[:, :L])
