"""Exercise `seasonal-naive`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.tasks.forecasts import seasonal_naive

exercise = Exercise("seasonal-naive", "The last season again", seasonal_naive)

_HINT = "Each forecast is the last known value at the same place of the season, whole seasons before."


def _expect(student: StudentFunction, rng: np.random.Generator, N: int, h: int, season: int) -> None:
    history = 0.5 * np.arange(N) + rng.normal(size=N)
    want = []
    for k in range(h):
        place = N + k
        while place >= N:  # back by whole seasons, to the first one that is known
            place -= season
        want.append(history[place])
    expect_same(student(history, h, season), np.array(want), "the forecast", _HINT)


@exercise.check("less than a season ahead", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=18, h=3, season=5)
    _expect(student, rng, N=17, h=4, season=6)
    _expect(student, rng, N=53, h=20, season=24)


@exercise.check("more than a season ahead", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=14, h=11, season=4)
    _expect(student, rng, N=60, h=50, season=24)


@exercise.check("a history that ends in the middle of a season, and as many steps ahead as a season has", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=17, h=7, season=7)


@exercise.check("no season: the last value", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=9, h=4, season=1)


@exercise.check("a history of a single season", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect(student, rng, N=5, h=8, season=5)


exercise.leaves_inputs(0.25)


@exercise.mistake(
    "You repeat the last value, whatever the season. A summer is forecast from the last summer, not from last month."
)
def last_value(history, h, season):
    return np.full(h, history[-1])


@exercise.mistake("You repeat the first season that is known. The world has moved on since: take the last one.")
def first_season(history, h, season):
    return np.resize(history[:season], h)


@exercise.mistake("Your season runs backwards: the newest value comes first. Time goes on in the forecast as before.")
def season_backwards(history, h, season):
    return np.resize(history[::-1][:season], h)


@exercise.mistake(
    "Your forecast is a step late: it begins with the last known value. The first step ahead is a season after the "
    "value that lies `season` steps before the end."
)
def one_step_late(history, h, season):
    return np.roll(np.resize(history[-season:], season), 1)[np.arange(h) % season]


@exercise.mistake("Your season starts a step too early: count from the end, the last season has `season` values.")
def one_step_early(history, h, season):
    return np.resize(history[-season - 1 : -1] if len(history) > season else history[-season:], h)


@exercise.mistake(
    "You repeat the last h values. How far ahead you look and how long a season is are two different things."
)
def last_h_values(history, h, season):
    return np.resize(history[-h:], h)


@exercise.mistake(
    "You return one season, no matter how many steps are asked for. Cut it, or repeat it, until there are h values."
)
def exactly_one_season(history, h, season):
    return history[len(history) - season :].copy()


@exercise.mistake(
    "You count seasons from the start of the history, and repeat the last one that is whole. The history may end in "
    "the middle of a season: count from the end."
)
def last_whole_season_from_the_start(history, h, season):
    start = (len(history) // season - 1) * season
    return np.resize(history[start : start + season], h)


@exercise.mistake(
    "You take the mean of all seasons. That is a fair forecast, but another one: naive is to repeat the last."
)
def mean_season(history, h, season):
    N = len(history)
    return np.array([history[(N + k) % season :: season].mean() for k in range(h)])


@exercise.mistake("You repeat each value of the season instead of the season. A season follows a season.")
def each_value_repeated(history, h, season):
    return np.repeat(history[len(history) - season :], -(-h // season))[:h]


@exercise.mistake("You add the change of the last season to the season. Naive is to expect no change at all.")
def with_a_trend(history, h, season):
    last = np.resize(history[len(history) - season :], h)
    rise = history[-1] - history[-1 - season] if len(history) > season else 0.0
    return last + rise * (np.arange(h) // season + 1)


@exercise.mistake("Your forecast has only whole seasons. It must have h values, also where h ends in mid-season.")
def whole_seasons(history, h, season):
    return np.tile(history[len(history) - season :], -(-h // season))


@exercise.mistake(
    "Beyond the first season you have the season before the last. No later one is known: repeat the last season again."
)
def seasons_further_and_further_back(history, h, season):
    N = len(history)
    return np.array([history[max(N - season * (k // season + 1) + k % season, k % season)] for k in range(h)])


@exercise.mistake("You take the mean of the last season. Each step ahead has a place in the season of its own.")
def mean_of_the_last_season(history, h, season):
    return np.full(h, history[len(history) - season :].mean())


@exercise.mistake("You repeat the value of one season before, for all h steps. The season goes on with each step.")
def one_value_of_a_season_ago(history, h, season):
    return np.full(h, history[len(history) - season])


@exercise.mistake(
    "Beyond one season your index passes the end of the history, and Python goes on at its start. The last season "
    "begins again instead."
)
def on_at_the_start(history, h, season):
    return np.array([history[k - season] for k in range(h)])


@exercise.mistake("Your forecast ends with the season. Further ahead the season comes again, until there are h values.")
def ends_with_the_season(history, h, season):
    return history[len(history) - season :][:h]


@exercise.mistake("You forecast a season at least. However few are asked for, it is h values.")
def a_season_at_least(history, h, season):
    return np.resize(history[len(history) - season :], max(h, season))


@exercise.mistake("You add the mean change of the history, a drift. Naive is to expect no change from the last season.")
def with_a_drift(history, h, season):
    drift = (history[-1] - history[0]) / max(1, len(history) - 1)
    return np.resize(history[len(history) - season :], h) + drift


@exercise.mistake("You add a growing drift to the season. Naive is to expect no change from the last season.")
def with_a_growing_drift(history, h, season):
    drift = (history[-1] - history[0]) / max(1, len(history) - 1)
    return np.resize(history[len(history) - season :], h) + drift * np.arange(1, h + 1)


@exercise.mistake("After the first season you forecast 0. The season comes again, until there are h values.")
def zeros_after_a_season(history, h, season):
    return np.append(history[len(history) - season :], np.zeros(max(0, h - season)))[:h]


@exercise.mistake("After the first season you hold its last value. The season comes again.")
def last_value_after_a_season(history, h, season):
    last = history[len(history) - season :]
    return np.append(last, np.full(max(0, h - season), last[-1]))[:h]


@exercise.mistake("You repeat the season h times. h is how many values are wanted, not how many seasons.")
def a_season_for_each_value(history, h, season):
    return np.tile(history[len(history) - season :], h)


@exercise.mistake(
    "You count places in the season from the start of the history. The last season begins `season` values before its "
    "end, and the first step ahead repeats the first of these."
)
def places_counted_from_the_start(history, h, season):
    N = len(history)
    return history[N - season :][(N + np.arange(h)) % season]
