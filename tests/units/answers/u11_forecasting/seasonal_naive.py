"""Answers to `seasonal_naive`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_index(history, h, season):
    return history[len(history) - season + np.arange(h) % season]


@answers.is_right
def grows(history, h, season):
    values = list(history)
    for _ in range(h):
        values.append(values[-season])
    return np.array(values[len(history) :])


@answers.is_right
def with_torch(history, h, season):
    last = torch.from_numpy(history.copy())[-season:]
    return last.repeat(h // season + 1)[:h].numpy()


@answers.is_wrong("last_value")
def naive(history, h, season):
    return np.repeat(history[-1], h)


@answers.is_wrong("first_season")
def from_the_beginning(history, h, season):
    return np.array([history[k % season] for k in range(h)])


@answers.is_wrong("seasons_further_and_further_back")
def back_by_whole_seasons(history, h, season):
    found = []
    for k in range(h):
        place = len(history) + k % season - (k // season + 1) * season
        found.append(history[max(place, k % season)])
    return np.array(found)


@answers.is_wrong("last_whole_season_from_the_start")
def by_place_in_the_calendar(history, h, season):
    whole = history[: len(history) // season * season].reshape(-1, season)
    return np.resize(whole[-1], h)


@answers.is_wrong("exactly_one_season")
def one_season_long(history, h, season):
    return history[-season:]


@answers.is_wrong("last_h_values")
def as_far_back_as_ahead(history, h, season):
    return np.resize(history[max(len(history) - h, 0) :], h)


@answers.is_wrong("with_a_trend")
def and_the_trend(history, h, season):
    N = len(history)
    rise = history[-1] - history[-1 - season] if season < N else 0.0
    return np.array([history[N - season + k % season] + rise * (1 + k // season) for k in range(h)])


@answers.is_wrong("season_backwards")
def mirrored(history, h, season):
    return np.array([history[-1 - k % season] for k in range(h)])


@answers.is_wrong("one place too early along axis 0")
def starts_one_late(history, h, season):
    return by_index(history, h + 1, season)[1:]


@answers.is_wrong("ends_with_the_season")
def one_slice(history, h, season):
    return history[-season:][:h]
