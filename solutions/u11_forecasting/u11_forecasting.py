# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 11. Forecasting: does the network earn its keep?
#
# There is a count of the spots on the sun for every year since 1700. Every month since 1958 somebody has measured, on a
# volcano in Hawaii, how much carbon dioxide is in the air. What comes next?
#
# This unit is a lab. You take a real series all the way: cut it, scale it, forecast it, and find out how good the
# forecast is *before* the future comes. It is easy to get wrong, and the mistakes share a nasty habit: they make the
# result look better. So the order of work is that of a careful forecaster. First the opponents, which cost nothing; then
# the score; then the test; and the network last.
#
# **At the end of this unit you can**
#
# - turn a table of measurements into what a recurrent network reads, with nothing of the future in it;
# - forecast many steps ahead in two ways, and say where they differ;
# - test any forecaster on the past, again and again, and score it without a unit;
# - say how sure a forecast is, and measure whether it was right to be so sure;
# - recognise a result that is too good to be true, and a series that nobody can forecast;
# - do all of this with a series of your own.
#
# **You need** Unit 1 (`make_windows` and `fit_ar`), and the GRU and the LSTM as layers (Units 5 and 6). From Unit 10
# nothing is needed, but remember what happened to a decoder that read its own words.
#
# **Time** two and a half hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As in Unit 2: write the function, run the check; if it ends with `All good`, go on. A check stops
# with `NotImplementedError` if an exercise that it calls is open; grading takes right versions of the earlier ones.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made. This unit is their
# seventh lab; where they go wrong, a *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units. A
# series has $N$ steps of $F$ features, a window $L$ steps, as in Unit 1; and as there, $h$ is how many steps are forecast
# (the **horizon**), not a hidden state. What wears a hat is a forecast: $\hat x$.

# %% given="forecasting-setup"
from collections.abc import Callable
from functools import partial

import numpy as np

from rnncore.functional.base import Array, Float, array_namespace, require_shape
from rnncore.lab.checks import expect_close, expect_equal, expect_shape, expect_unchanged
from rnncore.lab.live import live
from rnncore.lab.plots import plot_curves
from rnncore.lab.plots.forecast import plot_forecast
from rnncore.tasks.forecasts import Backtest, Forecaster, Interval, NextValue, fit_ar
from rnncore.tasks.scaling import Scaler
from rnncore.tasks.series import co2, sunspots
from rnncore.tasks.windows import make_windows

# %% [markdown]
# ## 1. From a table to windows
#
# **Which of these two would you rather have to forecast?**

# %%
from IPython.display import display

years, spots = sunspots()
months, carbon = co2()
spots_axes = {"xlabel": "year", "ylabel": "sunspots"}
carbon_axes = {"xlabel": "year", "ylabel": "CO₂ / ppm"}
display(
    plot_forecast(years, spots, 220, **spots_axes, title="Sunspots, year by year"),
    plot_forecast(months, carbon, 400, **carbon_axes, title="Carbon dioxide, month by month"),
)

# %% [markdown]
# **What to see.** The spots come and go in about eleven years, but no two waves are alike, neither in height nor in
# length. Carbon dioxide breathes with the year, as the forests of the north grow and shed their leaves, and it rises, a
# little faster each decade. The first looks wild and the second tame; keep your guess until section 5.
#
# The black part is for training, the grey one for the test: **split in time**, the test after the training. A forecast
# is used on the future, so it has to be tested on what was the future.
#
# As a table, a series has a row for each step and a column for each feature: two axes, $(N, F)$. A recurrent network
# reads many short sequences, three axes, $(M, L, F)$. "Collecting 2D data and convert the them as 3D data" is lab 7 of
# N1, and your `make_windows` of Unit 1 does it.

# %%
table = spots[:, None]
inputs, targets = make_windows(table[:220], 22, 11)
print(f"2-D {table.shape} -> 3-D {inputs.shape}, and what follows {targets.shape}")
print("the first window:", *inputs[0, :6, 0].astype(int), "...")
print("and what follows it:", *targets[0, :6, 0].astype(int), "...")

# %% [markdown]
# Networks learn best from numbers around 0, of size about 1. So each feature is moved and stretched:
#
# $$
# x'_t = \frac{x_t - \mu}{\sigma}, \qquad \mu = \frac{1}{N'} \sum_{t < N'} x_t, \qquad
# \sigma^2 = \frac{1}{N'} \sum_{t < N'} (x_t - \mu)^2 \tag{11.1}
# $$
#
# Mark $N'$: mean and standard deviation are those of the *training part*, its first $N'$ steps. If they were measured on
# the whole series, the scale itself would know that the next century has more spots.
#
# ### {{ exercise train-only-scaler }}
#
# Write (11.1). `Scaler(mean, std)` keeps the two; its methods `scale` and `unscale` go there and back. What is to be done
# with a feature that never changed in the training part, the docstring says.

# %% exercise="train-only-scaler"
from rnncore.tasks.scaling import train_only_scaler  # exercise
#: a[:n] is the first n steps, a.mean(axis=0) a mean for each feature.
#: np.where(condition, a, b) takes from a where the condition holds, else from b.

# %% check="train-only-scaler"
small = np.array([[1.0, 5.0], [1.5, 5.0], [3.0, 7.0]])
with expect_unchanged("train_only_scaler", series=small):
    scaler = train_only_scaler(small, 2)
expect_shape("mean", scaler.mean, (2,))
expect_close("the mean of two steps", scaler.mean, [1.25, 5.0], "The first n_train steps.")
hint = "The root of the mean square, over all steps; and what to do with a 0?"
expect_close("std", scaler.std, [0.25, 1.0], hint)
expect_close("scaled", scaler.scale(small), [[-1, 0], [1, 0], [7, 2]], "By (11.1).")
hint = "The mean of many 0.1 is rounded, and np.std then 1e-17, not 0. Are max and min equal?"
expect_close("std of 0.1", train_only_scaler(np.full((7, 1), 0.1), 7).std, [1.0], hint)
scaler = train_only_scaler(table, 220)
known = scaler.scale(table)[:220]
expect_close("sunspots to 1919, scaled: mean", known.mean(), 0.0)
expect_close("and std", known.std(), 1.0)
expect_close("there and back", scaler.unscale(scaler.scale(table)), table)
future = table.copy()
future[220:] = 1e6
expect_close("another future, the same mean", train_only_scaler(future, 220).mean, scaler.mean)
whole = train_only_scaler(table, len(table))
expect_close("all for training", whole.mean[0], sum(spots) / len(spots), "To its very end.")
print("All good")

# %% [markdown]
# **What does the network meet in the test part that it never met before?**

# %%
for name, series, n_train in (("sunspots", spots, 220), ("CO₂", carbon, 400)):
    scaler = train_only_scaler(series[:, None], n_train)
    scaled = scaler.scale(series[:, None])
    low, high = scaled[n_train:].min(), scaled[n_train:].max()
    seen = scaled[:n_train].max()
    print(f"{name:8s} training part up to {seen:.1f}, test part from {low:.1f} to {high:.1f}")

# %% [markdown]
# **What to see.** Most of the test part of CO₂ lies higher than anything in the training part: such windows have never
# been seen. Scaling does not mend that. What does is to look at *changes*: take each window, and what follows it,
# relative to the last value of the window. The networks of section 7 do so. (The test part of the sunspots has a peak of
# 190 spots, in 1957, where the highest before had 154.)
#
# ## 2. The opponents
#
# A forecast without a comparison says nothing. So before anything clever is tried, the two laziest forecasts of all get a
# name. The **naive** forecast says: as now, so for ever. The **seasonal naive** forecast says: as one season ago. With
# the season $m$,
#
# $$
# \hat x_{N + k} = x_{N + k - m j}, \qquad j = \lfloor k / m \rfloor + 1, \qquad k = 0 \dots h - 1 \tag{11.2}
# $$
#
# The values are numbered from 0, so $x_{N-1}$ is the last known one, and $j$ is how many seasons one has to go back to
# reach a known value. The naive forecast is the case $m = 1$.
#
# **By hand.** Known are 1, 2, 3, 4, and the season is 3. What are the next five?
#
# <details><summary>Answer</summary>
# The last season is 2, 3, 4. So 2, 3, 4, 2, 3.
# </details>
#
# ### {{ exercise seasonal-naive }}
#
# Write (11.2) for one series.

# %% exercise="seasonal-naive"
from rnncore.tasks.forecasts import seasonal_naive  # exercise
#: The last season is a slice of history. np.resize(a, h) repeats an array until it has h entries.

# %% check="seasonal-naive"
known = np.array([1.0, 2.0, 3.0, 4.0])
with expect_unchanged("seasonal_naive", history=known):
    forecast = seasonal_naive(known, 5, 3)
expect_close("by hand", forecast, [2, 3, 4, 2, 3], "The last season, over and over.")
expect_close("two steps", seasonal_naive(known, 2, 3), [2, 3], "h values, not a season of them.")
expect_close("no season: naive", seasonal_naive(known, 3, 1), [4, 4, 4], "The last value.")
expect_close("one season is all", seasonal_naive(known, 6, 4), [1, 2, 3, 4, 1, 2])
trend = 0.1 * np.arange(10)
right = [0.6, 0.7, 0.8, 0.9]
expect_close("ten values, season 4", seasonal_naive(trend, 4, 4), right, "From the end.")
print("All good")

# %% [markdown]
# ## 3. A score without a unit
#
# How wrong is a forecast? The mean absolute error says it in spots, or in parts per million, and then nobody can tell
# whether 17 spots are much. A percentage does not help: the sun has years without a spot, and a percentage of 0 is
# infinite; a percentage of degrees Celsius is another than one of kelvin. Hyndman and Koehler (2006) take the naive
# forecast for the unit. The **mean absolute scaled error** is
#
# $$
# \text{MASE} = \frac{\frac{1}{h} \sum_{k} \left| x_{N+k} - \hat x_{N+k} \right|}
# {\frac{1}{N - m} \sum_{t=m}^{N-1} \left| x_t - x_{t-m} \right|} \tag{11.3}
# $$
#
# Above is the error of the forecast; below that of repeating the value of a season before, all through the *history*.
# At 1 a forecast is as good as that; at 0.5 it is twice as good.
#
# **By hand.** The history is 2, 4, 3, there is no season ($m = 1$), the forecasts were 3 and 3, and 4 and 6 came.
#
# <details><summary>Answer</summary>
# Above (1 + 3)/2 = 2, below (2 + 1)/2 = 1.5. MASE = 4/3.
# </details>
#
# ### {{ exercise mase }}
#
# Write (11.3). The forecast and what came, `actual`, may have any number of values.

# %% exercise="mase"
from rnncore.functional.metrics import mase  # exercise
#: array_namespace(forecast) is the library, NumPy here; of it you need abs and mean.
#: Two slices of the history, one season apart, are as long as each other.

# %% check="mase"
history, forecast, actual = np.array([2.0, 4.0, 3.0]), np.array([3.0, 3.0]), np.array([4.0, 6.0])
with expect_unchanged("mase", forecast=forecast, actual=actual, history=history):
    error = mase(forecast, actual, history)
expect_close("by hand", error, 4 / 3, "Absolute values first, then the mean.")
expect_close("season 2", mase(forecast, actual, history, 2), 2.0, "The change is 1, 3 - 2.")
expect_close("in other units", mase(9 * forecast, 9 * actual, 9 * history), 4 / 3)
expect_close("too high and too low", mase(np.array([5.0, 5.0]), actual, history), 2 / 3, "Sizes.")
falling = np.array([9.0, 5.0, 6.0])
expect_close("a history that falls", mase(forecast, actual, falling), 0.8, "Below, too: sizes.")
three = np.array([4.0, 6.0, 11.0])
expect_close("three values", mase(np.full(3, 3.0), three, history), 8 / 3, "The mean of all.")
expect_close("one value", mase(np.array([1.0]), np.array([4.0]), history), 2.0)
print("All good")

# %% [markdown]
# ## 4. Two ways to look further
#
# A model of the *next* value, such as the autoregression of Unit 1, can look as far as you like: its forecast is taken
# for known, and the window moves on. This is the **recursive** forecast. With a model $f$ of windows of $L$ values,
#
# $$
# \hat x_{N+k} = f(x_{N+k-L} \dots x_{N+k-1}), \qquad \text{with } \hat x_t \text{ for } x_t \text{ where } t \ge N
# \tag{11.4}
# $$
#
# You know this loop: it is how a language model writes. And it has the same weakness, exposure bias: from the second
# step on the model reads what it never saw in training, its own mistakes.
#
# ### {{ exercise forecast-recursive }}
#
# Write (11.4) for $B$ series side by side. The model takes windows $(B, L)$ and gives the value that follows each, $(B,)$.

# %% exercise="forecast-recursive"
from rnncore.tasks.forecasts import forecast_recursive  # exercise
#: In each step: ask the model, put its answer behind the window, let the oldest value go.
#: a[:, None] gives an array (B,) a second axis; np.concatenate([a, b], axis=1) joins.


# %% check="forecast-recursive"
def rise(windows):
    """The last change goes on, a little weaker."""
    return windows[:, -1] + 0.5 * (windows[:, -1] - windows[:, -2])


windows = np.array([[9.0, 0.0, 8.0], [9.0, 4.0, 0.0]])
with expect_unchanged("forecast_recursive", windows=windows):
    forecasts = forecast_recursive(rise, windows, 4)
expect_shape("the forecasts", forecasts, (2, 4))
expect_close("one step", forecast_recursive(rise, windows, 1), [[12], [-2]], "model(windows)")
by_hand = [[12, 14, 15, 15.5], [-2, -3, -3.5, -3.75]]
expect_close("by hand: 8, 4, 2, 1, 0.5", forecasts, by_hand, "What was forecast is read next.")
oldest = forecast_recursive(lambda w: w[:, 0] + 0 * w[:, 1], windows, 5)
hint = "The oldest value leaves; L values are read, no more."
expect_close("a model that copies the oldest", oldest[0], [9, 0, 8, 9, 0], hint)
linear = fit_ar(spots[:220], 9)
found = forecast_recursive(lambda w: w @ linear.weights + linear.constant, spots[None, 211:220], 11)
expect_close("Unit 1's autoregression does so", found[0], linear.forecast(spots[:220], 11))
print("All good")

# %% [markdown]
# Or each step ahead gets a model of its own, trained for nothing else: the **direct** forecast. Model $k$ sees the last
# $p$ known values and never a forecast,
#
# $$
# \hat x_{N+k} = c_k + \sum_{i=0}^{p-1} w_{ki}\, x_{N-p+i}, \qquad k = 0 \dots h - 1 \tag{11.5}
# $$
#
# with $w_k$ and $c_k$ fitted by least squares to the past: to all windows of $p$ values that have $h$ values after them.
# `make_windows(history[:, None], p, h)` has both. Nothing accumulates here; but there are $h$ times as many numbers to
# learn from the same data.
#
# ### {{ exercise forecast-direct }}
#
# Write (11.5), fit and forecast in one function. `np.linalg.lstsq(A, Y)[0]` solves for all columns of $Y$ at once: with
# $A$ of shape $(M, p + 1)$, your windows and a column of ones, and $Y$ of shape $(M, h)$ the result is $(p + 1, h)$.

# %% exercise="forecast-direct"
from rnncore.tasks.forecasts import forecast_direct  # exercise
#: Windows and targets have an axis of features, of size 1: part[:, :, 0] leaves it out.
#: np.column_stack([A, np.ones(M)]) adds the column of ones. The newest window gets a 1, too.

# %% check="forecast-direct"
wave = 3.0 + np.sin(0.6 * np.arange(50))
with expect_unchanged("forecast_direct", history=wave):
    forecast = forecast_direct(wave[:40], 10, 2)
expect_shape("the forecast", forecast, (10,))
hint = "Fit on windows, forecast from the newest one."
expect_close("a sine goes on", forecast, wave[40:], hint, tolerance=1e-6)
higher = forecast_direct(wave[:40] + 100, 3, 2)
expect_close("moved up by 100", higher, wave[40:43] + 100, "c_k", tolerance=1e-6)
linear = fit_ar(spots[:220], 9)
one = forecast_direct(spots[:220], 1, 9)
wanted = linear.forecast(spots[:220], 1)
expect_close("one step, as in Unit 1", one, wanted, "Which windows?", tolerance=1e-6)
alternating = np.array([0.0, 1, 0, 3, 0, 5, 0, 7, 0, 9, 0, 11])
A = np.array([[0, 1], [1, 1], [0, 1], [3, 1], [0, 1], [5, 1], [0, 1], [7, 1], [0, 1]])
Y = np.stack([alternating[1:10], alternating[2:11], alternating[3:12]], axis=1)
expected = np.array([11, 1]) @ np.linalg.pinv(A) @ Y
hint = "The same 9 windows for all three steps: those with 3 values after them."
forecast = forecast_direct(alternating, 3, 1)
expect_close("twelve values, p = 1, h = 3", forecast, expected, hint, tolerance=1e-6)
print("All good")

# %% [markdown]
# **Where do the two part?** Both are fitted to the years before 1964, and forecast 22 years from there.

# %%
origin = int(np.searchsorted(years, 1964))
past = spots[:origin]
two_ways = {
    "recursive, AR(9)": fit_ar(past, 9).forecast(past, 22),
    "direct, 9 taps": forecast_direct(past, 22, 9),
}
shown = slice(origin - 60, origin + 22)
plot_forecast(
    years[shown], spots[shown], 60, two_ways, title="Twenty-two years from 1964", **spots_axes
)

# %% [markdown]
# **What to see.** Both have the rhythm of the sun. The recursive forecast is a wave that becomes flatter each time it
# comes round: a linear recursion forgets where it started, and ends at the mean. In the direct one each year has a model
# of its own that knows nothing of its neighbours. At the first peak the direct forecast is nearer to what came, at the
# second the recursive one. Which of them is better? A single stretch should convince nobody.
#
# ## 5. Testing on the past
#
# **How much can a single test tell?** We let four forecasters start from five different years, and score the next
# eleven.


# %%
def recursive(history, h, p):
    """An autoregression fitted to all that is known."""
    return fit_ar(history, p).forecast(history, h)


def opponents(season, p):
    """Forecasters by name, each `forecaster(history, h)`."""
    return {
        "naive": partial(seasonal_naive, season=1),
        "seasonal naive": partial(seasonal_naive, season=season),
        "recursive": partial(recursive, p=p),
        "direct": partial(forecast_direct, p=p),
    }


print("from year", *(f"{name:>16}" for name in opponents(11, 9)))
for origin in (220, 230, 240, 250, 270):
    came = spots[origin : origin + 11]
    forecasts = [forecaster(spots[:origin], 11) for forecaster in opponents(11, 9).values()]
    errors = [mase(forecast, came, spots[:220], 11) for forecast in forecasts]
    print(f"{years[origin]:9d}", *(f"{error:16.2f}" for error in errors))

# %% [markdown]
# **What to see.** Whoever tests from 1920 writes a paper: the recursive forecast has a MASE of about 0.2. Whoever tests
# from 1950 reports that repeating the last cycle beats both. One origin is luck, so we take them all. A **backtest on a
# rolling origin** forecasts from $o = n$, then from $n + 1$, and so on, and at each origin nothing is known but the past:
#
# $$
# \hat x^{(o)} = f(x_0 \dots x_{o-1}), \qquad o = n,\, n + s,\, n + 2s \dots \le N - h \tag{11.6}
# $$
#
# ```text
#   known        forecast
#   ------------>* * *               origin n
#   --------------->* * *            origin n + s
#   ------------------>* * *         origin n + 2s, and so on
# ```
#
# ### {{ exercise rolling-backtest }}
#
# Write (11.6). A forecaster is a function of the known values and $h$. In the docstring $n$ is `first` and $s$ is `every`.

# %% exercise="rolling-backtest"
from rnncore.tasks.forecasts import rolling_backtest  # exercise
#: np.arange(a, b, step) stops before b. What is known at an origin is a slice, what came then another.
#: Hand the forecaster a copy of its slice: series[:origin].copy().

# %% check="rolling-backtest"
seen = []


def counting(history, h):
    """Forecasts how many values it was shown, takes down which, and then spoils its copy."""
    seen.append(history.tolist())
    history[:] = -1.0
    return np.full(h, float(len(history)))


ten = np.arange(10.0)
with expect_unchanged("rolling_backtest", series=ten):
    origins, forecasts, actual = rolling_backtest(counting, ten, 4, 3, 2)
expect_equal("every second origin", np.asarray(origins).tolist(), [4, 6], "3 values must follow.")
expect_equal("what it was shown", seen, [[0, 1, 2, 3], [0, 1, 2, 3, 4, 5]], "The past, all of it.")
expect_close("its forecasts", forecasts, [[4, 4, 4], [6, 6, 6]], "A row for each origin.")
expect_close("what came", actual, [[4, 5, 6], [6, 7, 8]], "From the origin on.")
origins, *_ = rolling_backtest(counting, ten, 4, 3)
expect_equal("every origin", np.asarray(origins).tolist(), [4, 5, 6, 7], "3 values must follow.")
expect_equal("whole numbers", np.asarray(origins).dtype.kind, "i", "Origins are integers.")
origins, *_ = rolling_backtest(counting, ten, 7, 3)
expect_equal("room for one", np.asarray(origins).tolist(), [7])
print("All good")

# %% [markdown]
# **How good are the opponents, and how far ahead?**


# %%
def errors_ahead(forecaster, series, n_train, h, season):
    """MASE over all origins of the test part, for each number of steps ahead."""
    _, forecasts, actual = rolling_backtest(forecaster, series, n_train, h)
    history = series[:n_train]
    return [mase(forecasts[:, k], actual[:, k], history, season) for k in range(h)]


def compare(forecasters, series, n_train, h, season, **axes):
    """Print the mean error of each forecaster, and draw all against the horizon."""
    curves = {n: errors_ahead(f, series, n_train, h, season) for n, f in forecasters.items()}
    for name, errors in curves.items():
        print(f"{name:16s} MASE {np.mean(errors):.3f}")
    return plot_curves(range(1, h + 1), curves, ylabel="MASE", **axes)


display(
    compare(opponents(11, 9), spots, 220, 11, 11, xlabel="years ahead", title="Sunspots"),
    compare(opponents(12, 13), carbon, 400, 24, 12, xlabel="months ahead", title="Carbon dioxide"),
)

# %% [markdown]
# **What to see.** The wild series is the hard one: two years ahead the linear models are at 0.8, from the third on at 1
# or above, no better than the repeated cycle was in the training part. In the tame one they make a quarter of the error
# that the seasonal forecast made in the training part a month ahead, and three quarters of it two years ahead. There
# the seasonal naive forecast climbs a stair each year, as it does not know that the level rises. And the naive forecast
# is at its best after a whole season, and at one step: always hold a model against *both*.
#
# Direct is ahead of recursive by a hair on CO₂ (0.625 against 0.636) and on the sunspots (1.001 against 1.007). With other
# taps the order turns (try 24 for CO₂), so we would not build on it.
#
# ## 6. How sure?
#
# A forecast without a width is half a forecast. The simplest honest width comes from the backtest itself: so wrong was
# the forecaster in the past, $k$ steps ahead, so wrong it will be. With $e_k$ the errors $x - \hat x$ at $k$ steps ahead
# over all past origins, and $Q_q$ their quantile (the number below which a share $q$ of them lies), a **prediction
# interval** of coverage $c$ is
#
# $$
# \left[\; \hat x_{N+k} + Q_{(1-c)/2}(e_k), \;\; \hat x_{N+k} + Q_{(1+c)/2}(e_k) \;\right] \tag{11.7}
# $$
#
# No bell curve is assumed. If the forecasts used to be too low, the interval reaches further up than down.
#
# ### {{ exercise prediction-interval }}
#
# Write (11.7). `np.quantile(a, q, axis=0)` takes a quantile of each column.

# %% exercise="prediction-interval"
from rnncore.tasks.forecasts import prediction_interval  # exercise
#: What is left out, 1 - coverage, is shared between below and above.

# %% check="prediction-interval"
errors = np.array([[-2.0, -20], [-1, -10], [1, 0], [2, 10], [7, 70]])
forecast = np.array([100.0, 200.0])
with expect_unchanged("prediction_interval", forecast=forecast, errors=errors):
    lower, upper = prediction_interval(forecast, errors, 0.5)
expect_shape("lower", lower, (2,))
hint = "A quarter is left out below, and a quarter above: of each column."
expect_close("half of the cases: lower", lower, [99, 190], hint)
expect_close("half of the cases: upper", upper, [102, 210], hint)
lower, upper = prediction_interval(forecast, errors)
expect_close(
    "0.8 if nothing is said: lower", lower, [98.4, 184], "np.quantile goes between entries."
)
expect_close("0.8: upper", upper, [105, 246], "The errors are not symmetric, nor need it be.")
lower, _ = prediction_interval(np.zeros(2), errors, 0.5)
expect_close("around 0", lower, [-1, -10], "The forecast is added.")
print("All good")

# %% [markdown]
# An interval makes a promise that can be checked: of all values to come, 80 in 100 lie inside. **Is it kept?** An
# autoregression is fitted to the first part, its errors are collected over a second part that it has not seen, and the
# intervals are tried on the test part.


# %%
def promise(series, fitted, n_train, h, p, coverage=0.8):
    """A model, its errors on the part after `fitted`, and which test values its intervals hold."""
    model = fit_ar(series[:fitted], p)
    _, forecasts, actual = rolling_backtest(model.forecast, series[:n_train], fitted, h)
    errors = actual - forecasts
    _, forecasts, actual = rolling_backtest(model.forecast, series, n_train, h)
    intervals = [prediction_interval(forecast, errors, coverage) for forecast in forecasts]
    lower, upper = map(np.array, zip(*intervals, strict=True))
    return model, errors, (lower <= actual) & (actual <= upper)


spots_model, spots_errors, held = promise(spots, 120, 220, 11, 9)
_, _, held_carbon = promise(carbon, 300, 400, 24, 13)
for name, inside in {"sunspots": held, "CO₂": held_carbon}.items():
    first, last = inside[:, 0].mean(), inside[:, -1].mean()
    print(f"{name:8s} of 80 in 100 promised: {100 * inside.mean():.0f} inside;", end=" ")
    print(f"one step ahead {100 * first:.0f}, the farthest {100 * last:.0f}")

# %% [markdown]
# **What to see.** The promise is not kept. On the sunspots, 73 of 100 values lie inside: the errors come from a
# century whose highest year had 139 spots, and the next had one with 190. On CO₂ it is one in two! The rise became steeper, the
# autoregression of 1983 did not know, and its errors of the next eight years say little of those of the nineties. (11.7)
# has one assumption, that errors stay as they were, and this is what it looks like when it fails. It fails often; so
# measure it, and report it beside the interval.
#
# **Play.** Move the origin, the coverage, or both, and watch when the sun breaks its promise.


# %%
def fan(year, coverage):
    """Eleven years from a year on, with the interval."""
    origin = int(year - years[0])
    forecast = spots_model.forecast(spots[:origin], 11)
    shown = slice(origin - 60, origin + 11)
    return plot_forecast(
        years[shown],
        spots[shown],
        60,
        {"AR(9)": forecast},
        interval=prediction_interval(forecast, spots_errors, coverage),
        interval_name=f"{coverage:.0%} interval",
        title=f"Eleven years from {year}",
        **spots_axes,
    )


live(fan, year=(1920, 1998, 1, 1954), coverage=(0.5, 0.95, 0.05, 0.8))

# %% [markdown]
# **What to see.** From 1954 the forecast has the time of the peak right to a year, and its height wrong: 1957 lies far
# outside the interval. And the lower limit goes below 0, where there are no spots. A quantile of errors does not know
# what is possible; taking the larger of the limit and 0 would be fair.
#
# ## 7. Does the network earn its keep?
#
# Now, at last, networks. Makridakis, Spiliotis and Assimakopoulos (2018) forecast 1,045 monthly series with old
# statistical methods and with networks, and the old methods won, on average; the field did not like to hear it.
# **What do RNN, LSTM and GRU make of our two series?** Each has 24 units, reads two seasons, and forecasts all steps at
# once from its last state (direct, but with one network for all steps). Windows are taken relative to their last value.
# Your scaler, windows, backtest and score do the work. Two linear models compete: the autoregression, recursive; and
# one that gets exactly what the networks get, the same windows, relative to the last value, all steps at once. Three
# seeds, a quarter of a minute.

# %% experiment="forecasting-experiment-networks"
from rnncore.experiments.forecasting import measure_forecasting

found = measure_forecasting(train_only_scaler, make_windows, seasonal_naive, rolling_backtest, mase)
print(found)
display(found.figure(), found.co2_figure())

# %% [markdown]
# **What to see.** On the sunspots no network beats the autoregression at 1.02, in no seed. The GRU is level with
# the repeated cycle at 1.22, RNN and LSTM are worse. One year ahead all are fine; from the third on the networks show
# that they have learned 188 windows rather than the sun.
#
# On CO₂ it looks like a triumph: LSTM and GRU are ahead of the autoregression, 0.63 and 0.62 against 0.68 (fitted once,
# to the training part, as the networks are; in section 5 it was fitted anew at each origin, and had 0.64). And here one
# could stop, and many do. But two things changed at once: the network, *and* what it was given. The linear model of the
# same windows has 0.56, ahead of every network in every seed. What beat the autoregression was to look at changes, and
# all steps at once; the network only came along. So the answer to the question of this unit is, for these two series:
# **no**. They are single, short, and smooth, and that is where linear models are at home. With thousands of related
# series to learn from, networks do win competitions (Smyl 2020, on the series of the M4 competition); two hundred
# sunspots are not thousands of series.
#
# Mark, too, that the number of training steps was chosen with an eye on these very test parts, in favour of the networks.
# It did not help them. In a competition it would be cheating: section 8.
#
# **Does a network forecast better recursively or directly?** You have both tools. One GRU learns the next value, another
# all of them; nothing else differs.

# %% experiment="forecasting-experiment-two-ways"
import torch

from rnncore.experiments.window_networks import fit_windows


def two_grus(series, n_train, season, L, h, steps, seed):
    """MASE of the recursive and of the direct GRU, mean over all steps ahead."""
    scaler = train_only_scaler(series[:, None], n_train)
    scaled = scaler.scale(series[:, None])
    options = {"H": 24, "steps": steps, "device": torch.device("cpu")}
    one, many = (
        fit_windows(
            "GRU", *(a[:, :, 0] for a in make_windows(scaled[:n_train], L, k)), seed, **options
        )
        for k in (1, h)
    )
    windows, actual = (a[:, :, 0] for a in make_windows(scaled[n_train - L :], L, h))
    ways = forecast_recursive(lambda w: one(w)[:, 0], windows, h), many(windows)
    return [mase(way.ravel(), actual.ravel(), scaled[:n_train, 0], season) for way in ways]


for name, setting in {
    "sunspots": (spots, 220, 11, 22, 11, 200),
    "CO₂": (carbon, 400, 12, 24, 24, 300),
}.items():
    pairs = np.array([two_grus(*setting, seed) for seed in range(3)])
    print(f"{name:8s} recursive", *pairs[:, 0].round(2), " direct", *pairs[:, 1].round(2))

# %% [markdown]
# **What to see.** On the sunspots recursive is better in all three seeds, on CO₂ direct is. Two series make no rule.
# Ben Taieb and others (2012) compared such strategies on 111 series. There one kind did win: models that give all steps
# at once, as this GRU does. To choose the better one by these numbers would again be to choose by the test part.
#
# ## 8. Too good to be true
#
# Now do it wrong, once, and on purpose. A series is cut into windows, the windows are shuffled, a third is put aside for
# testing: what every introduction to machine learning does with its examples. But windows overlap. The neighbour of a
# test window, one step earlier, is in the training part, with nearly all of the answer.
#
# **How good does a forecaster look that understands nothing?** It only remembers: it finds the training window that is
# most like the present one and says what came then. The series is a random walk, each value the one before plus a
# random number, and *nobody* can forecast it better than by its last value. Ten seeds, a second.

# %% experiment="forecasting-experiment-leakage"
from rnncore.experiments.leakage import measure_leakage

leakage = measure_leakage(make_windows)
print(leakage)
leakage.figure()

# %% [markdown]
# **What to see.** With shuffled windows the squared error is, eight steps ahead, between 0.17 and 0.72 of the naive one: it
# beats what cannot be beaten. (One step ahead it does not: there the last value is hard to beat even by cheating.) In
# order of time the same forecaster is, in the same place, 1.7 to 65 times as bad as naive. Nothing but the split differs. This is
# **leakage**: something of the answer got into the training. It has many doors: shuffled windows, a scale from the whole
# series, a gap filled with the mean of its neighbours on *both* sides, a feature that is known only afterwards, the
# number of training steps chosen on the test part. All of them make the result better, and none raises an error. Two
# guards help: split in time, and be suspicious of success.
#
# ## 9. What nobody can forecast
#
# ### Correction: stocks
#
# "Sequence models are used to forecast stocks", says N0. They are used for it; the question is what comes out. Since
# Bachelier (1900) and Fama (1965) it is known that prices are close to a random walk: if it could be known that a price
# will rise tomorrow, it would be bought today, and would have risen. For a random walk $x_t = x_{t-1} + \varepsilon_t$
# the best forecast is the last value, and its squared error grows with the horizon,
#
# $$
# \hat x_{N+k} = x_{N-1}, \qquad \mathbb{E}\left[ (x_{N+k} - \hat x_{N+k})^2 \right] = (k + 1)\, \sigma^2 \tag{11.8}
# $$
#
# **What do the models make of it?** An autoregression of 16 taps, RNN, LSTM and GRU learn from the first half of a
# random walk and forecast along the second; three walks.

# %% experiment="forecasting-experiment-walks"
from rnncore.experiments.random_walks import measure_random_walks

walks = measure_random_walks(fit_ar, make_windows)
print(walks)
walks.figure()

# %% [markdown]
# **What to see.** All curves lie above 1, the best that can be, on average over the walks. Nothing was there to be
# learned, and what they learned was noise: the autoregression pays ten percent for its seventeen numbers, the networks,
# which see changes and were stopped early, a few. On a single walk a model may win by luck; with a hundred models on one
# price somebody always does.
#
# **Then why do pictures of forecast prices look so good?** Here is the naive forecast, one step ahead, laid over a walk.

# %% experiment="forecasting-experiment-looks-good"
from rnncore.tasks.random_walk import random_walk

walk = 100 + random_walk(260, np.random.default_rng(4))
_, forecasts, actual = rolling_backtest(partial(seasonal_naive, season=1), walk, 10, 1)
forecast, price = forecasts[:, 0], actual[:, 0]
same_way = np.sign(np.diff(price)) == np.sign(np.diff(forecast))
print(f"correlation of forecast and price {np.corrcoef(price, forecast)[0, 1]:.2f}")
print(f"days on which both curves go the same way: {same_way.mean():.0%}")
plot_curves(
    range(10, 260),
    {"price": price - 100, "forecast": forecast - 100},
    xlabel="day",
    ylabel="price - 100",
    title="A forecast that looks wonderful and knows nothing",
)

# %% [markdown]
# **What to see.** The two curves can hardly be told apart, and their correlation is 0.99. Shift one by a day and they
# are the same: the forecast *is* yesterday's price. Of the direction it knows nothing, half of the days are right. Many a
# picture of an LSTM that "predicts" a stock is this picture. Ask for its MASE with a season of 1.
#
# ## 10. A series of your own
#
# Take a series that you care for: your steps, the level of your river, the visits to your page. Export it as CSV, a line
# of names and then a line for each step, oldest first, with a time and a value. `read_series` reads it, and repairs
# nothing: what a forecast rests on is for you to decide. **What does it say to bad input?**

# %% experiment="forecasting-experiment-bad-input"
import tempfile
from pathlib import Path

from rnncore.tasks.csv_series import read_series

bad = {
    "a gap": "month,river\n2024-01,1.2\n2024-02,\n2024-03,1.4\n",
    "text": "month,river\n2024-01,1.2\n2024-02,high\n2024-03,1.4\n",
    "a column too many": "month,river,rain\n2024-01,1.2,30\n2024-02,1.3,35\n",
    "a month left out": "month,river\n2024-01,1.2\n2024-02,1.3\n2024-03,1.4\n2024-06,1.1\n",
}
for what, text in bad.items():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "river.csv"
        file.write_text(text)
        try:
            read_series(file)
        except ValueError as error:
            print(f"{what}: {str(error).replace(str(file), file.name)}\n")

# %% [markdown]
# Put your file beside this notebook as `my_series.csv`, set its season and how far you want to look, and run the cell.
# (Without a file it says so, and takes carbon dioxide.)

# %% experiment="forecasting-experiment-own"
season, ahead = 12, 12
if Path("my_series.csv").exists():
    name, _, mine = read_series("my_series.csv")
else:
    print("There is no my_series.csv beside this notebook; here is carbon dioxide instead.")
    name, mine = "CO₂ / ppm", carbon
n_train, taps = 2 * len(mine) // 3, season + 1
if n_train < 2 * taps + 2 * ahead:
    raise ValueError(f"{len(mine)} values are too few for season {season}, {ahead} steps ahead")
forecasters = opponents(season, taps)
figure = compare(forecasters, mine, n_train, ahead, season, xlabel="steps ahead", title=name)
display(figure)
print("\nthe next values, by the direct forecast:", *forecasters["direct"](mine, 3).round(2), "...")

# %% [markdown]
# **What to see** is up to your series. If nothing is below the better of the two naive forecasts, that is a result, too:
# say so, and save yourself the network.
#
# ## {{ exercise forecasting-question }}
#
# A start-up shows you an LSTM that forecasts the price of a share one day ahead. The windows were scaled with the mean and
# standard deviation of the whole series, shuffled, and a fifth kept for testing; there the error is 30 % below that of
# the last value, and the two curves coincide beautifully. (a) Name two faults of this test, and say for each which
# way it shifts the result. (b) What would you have them do instead? Name split, opponents, score, and what to report
# about uncertainty. (c) What do you expect to come out, and why? Use two numbers from your experiments. Six to ten
# sentences.

# %% [markdown] question="forecasting-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# **A good answer.** (a) Shuffled windows overlap: the neighbour of a test window, with nearly all of its answer, was in
# the training part, so the error is too small. In the experiment on leakage a forecaster that only remembers had between
# 0.17 and 0.72 of the naive error so, eight steps ahead, and 1.7 to 65 times of it when the windows were split in time. The scale was measured
# on the whole series, so that the inputs know the level and the spread of the future; this, too, makes the result better,
# if anything. That the curves lie on each other says nothing, since yesterday's price does as well. (b) Split in time,
# scale with the training part, choose everything on a stretch before the test part, and forecast from a rolling origin.
# Opponents are the last value, and an autoregression or another linear model of the same windows; the score is MASE, with
# more than one seed; and a prediction interval from errors on a part that was not trained on, with the share of values that
# it really held. (c) I expect no gain: a price is nearly a random walk, for which the last value is the best
# forecast. On random walks all models had errors above the naive one, the networks 1.01 to 1.05 of it and the
# autoregression 1.1. And even on CO₂, where there is something to learn, the networks' 0.62 to 0.68 were beaten by a linear
# model of the same windows with 0.56.
#
# **Rubric.** One point each: (1) two faults, each with its direction (overlapping windows; scale of the whole series;
# pictures or correlation as evidence; only one split); (2) split in time or rolling origin, naive opponent, MASE or an
# error relative to naive, interval with its measured coverage (half a point if one or two are missing); (3) expectation
# with a reason (random walk: the last value is best) and two measured numbers used rightly.
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - A series $(N, F)$ becomes windows $(M, L, F)$. Everything that is measured for it, the scale above all, is measured on
#   the training part, which comes *before* the test part.
# - Naive and seasonal naive cost nothing, and MASE takes them for its unit. One origin is luck; the rolling origin is a
#   test.
# - Recursive forecasts read their own mistakes, direct ones learn more numbers. Neither wins always.
# - A prediction interval promises a coverage. It can be measured, and on our series it was not kept: 73 and about 50
#   of 100 where 80 were promised.
# - On two single series the networks did not earn their keep: a linear model that was given the same windows did better.
#   A good result wants an opponent that got everything but the network.
# - If it looks too good, look for the leak. And some series cannot be forecast by anybody.
#
# **Next**: Unit 12 leaves series of numbers for pictures: a convolutional network looks, a recurrent one reads, and a loss
# that does not need to be told where each letter stands trains them both.
#
# ## References
#
# - G. U. Yule, *On a Method of Investigating Periodicities in Disturbed Series, with Special Reference to Wolfer's Sunspot
#   Numbers*, Philosophical Transactions A 226 (1927), [doi:10.1098/rsta.1927.0007](https://doi.org/10.1098/rsta.1927.0007).
# - E. F. Fama, *Random Walks in Stock Market Prices*, Financial Analysts Journal 21 (1965),
#   [doi:10.2469/faj.v21.n5.55](https://doi.org/10.2469/faj.v21.n5.55).
# - L. J. Tashman, *Out-of-sample tests of forecasting accuracy*, International Journal of Forecasting 16 (2000),
#   [doi:10.1016/S0169-2070(00)00065-0](https://doi.org/10.1016/S0169-2070%2800%2900065-0).
# - R. J. Hyndman and A. B. Koehler, *Another look at measures of forecast accuracy*, International Journal of Forecasting
#   22 (2006), [doi:10.1016/j.ijforecast.2006.03.001](https://doi.org/10.1016/j.ijforecast.2006.03.001).
# - S. Ben Taieb and others, *A review and comparison of strategies for multi-step ahead time series forecasting*, Expert
#   Systems with Applications 39 (2012), [doi:10.1016/j.eswa.2012.01.039](https://doi.org/10.1016/j.eswa.2012.01.039).
# - S. Kaufman and others, *Leakage in Data Mining*, ACM TKDD 6 (2012),
#   [doi:10.1145/2382577.2382579](https://doi.org/10.1145/2382577.2382579).
# - S. Makridakis, E. Spiliotis and V. Assimakopoulos, *Statistical and Machine Learning forecasting methods: Concerns and
#   ways forward*, PLOS ONE 13 (2018), [doi:10.1371/journal.pone.0194889](https://doi.org/10.1371/journal.pone.0194889).
# - S. Smyl, *A hybrid method of exponential smoothing and recurrent neural networks for time series forecasting*,
#   International Journal of Forecasting 36 (2020),
#   [doi:10.1016/j.ijforecast.2019.03.017](https://doi.org/10.1016/j.ijforecast.2019.03.017).
# - R. J. Hyndman and G. Athanasopoulos, *Forecasting: Principles and Practice*, 3rd edition (2021),
#   [otexts.com/fpp3](https://otexts.com/fpp3/).
# - Lecture notes N0 (stocks) and N1 (lab 7: from 2-D to 3-D).
