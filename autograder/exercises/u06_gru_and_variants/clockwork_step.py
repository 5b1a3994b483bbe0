"""Exercise `clockwork-step`."""

from typing import Any

import numpy as np
import torch

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u06_gru_and_variants.shared import STEP_RESULT, tensors
from rnncore.functional.base.activations import tanh
from rnncore.functional.cells.clockwork import ClockworkCache, ClockworkState, clockwork_step
from rnncore.functional.cells.rnn import RNNParams, init_rnn_params

exercise = Exercise("clockwork-step", "One step of the Clockwork RNN", clockwork_step)


def _published_clockwork(x: np.ndarray, h: np.ndarray, t: int, params: RNNParams, periods: tuple[int, ...]):
    """The oracle: unit by unit, one connection at a time."""
    H = h.shape[1]
    module = np.arange(H) * len(periods) // H
    new = h.copy()
    for k in range(H):
        if t % periods[module[k]] == 0:
            a = x @ params.W_x[:, k] + params.b[k]
            for j in range(H):
                if periods[module[j]] >= periods[module[k]]:
                    a = a + h[:, j] * params.W_h[j, k]
            new[:, k] = np.tanh(a)
    return new


def _run_clockwork(
    student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int, t: int, periods: tuple[int, ...]
):
    x, h, params = rng.normal(size=(B, D)), rng.normal(size=(B, H)), init_rnn_params(D, H, rng)
    state, cache = expect_parts(student(x, ClockworkState(h, t), params, periods), *STEP_RESULT)
    new, counter = expect_parts(state, "h", "t")
    return new, counter, cache, _published_clockwork(x, h, t, params, periods), h


@exercise.check("who computes, and who keeps its state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t in (0, 1, 2, 3, 4, 8):
        h, _, _, want, before = _run_clockwork(student, rng, 3, 2, 6, t, (1, 2, 4))
        if np.shape(h) != want.shape:
            raise CheckFailed(f"h should have shape {want.shape}; got {np.shape(h)}")
        changed, idle = np.asarray(h) != before, want == before
        if not np.all(np.isfinite(np.asarray(h))) or not np.array_equal(changed, ~idle):
            raise CheckFailed(f"at t = {t}, a module computes if its period divides t; else its h stays as it was")


@exercise.check("what it computes, and whom it hears", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t in (0, 1, 2, 3, 4, 8):
        h, _, _, want, _ = _run_clockwork(student, rng, 3, 2, 6, t, (1, 2, 4))
        hint = "A module computes when its period divides t, and hears itself and the slower ones."
        expect_same(h, want, f"h at t = {t}", hint)


@exercise.check("any periods, also where nobody computes", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t, periods in ((6, (2, 3)), (1, (2, 3)), (9, (3, 7)), (14, (2, 5, 7))):
        h, _, _, want, _ = _run_clockwork(student, rng, 2, 3, 2 * len(periods), t, periods)
        expect_same(h, want, f"h at t = {t} with the periods {periods}", "Who does not compute keeps its state.")


@exercise.check("one clock is the vanilla RNN", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for H in (4, 1):
        x, h, params = rng.normal(size=(2, 3)), rng.normal(size=(2, H)), init_rnn_params(3, H, rng)
        state, _ = expect_parts(student(x, ClockworkState(h, 5), params, (1,)), *STEP_RESULT)
        new, _ = expect_parts(state, "h", "t")
        weights = tensors(params.W_x.T, params.W_h.T, params.b, 0.0 * params.b)
        want = torch.rnn_tanh_cell(*tensors(x, h), *weights).numpy()
        expect_same(new, want, "h", "With the period 1 everybody computes, and hears everybody.")


@exercise.check("several steps, one after the other", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, h, params = rng.normal(size=(7, 2, 3)), np.zeros((2, 4)), init_rnn_params(3, 4, rng)
    state: Any = ClockworkState(h, 0)
    for t, x in enumerate(xs):
        state, _ = expect_parts(student(x, state, params, (1, 3)), *STEP_RESULT)
        new, counter = expect_parts(state, "h", "t")
        h = _published_clockwork(x, h, t, params, (1, 3))
        expect_same(new, h, f"h after {t + 1} steps", "The counter tells which step comes next.")
        expect_same(counter, t + 1, f"the counter after {t + 1} steps", "Each step adds 1.")
        state = ClockworkState(np.asarray(new), counter)


@exercise.check("the counter", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t in (0, 5):
        _, counter, _, _, _ = _run_clockwork(student, rng, 2, 3, 6, t, (1, 2, 4))
        expect_same(counter, t + 1, "the counter", "Each step adds 1.")


@exercise.check("the cache says who computed", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for t in (2, 3, 4):
        _, _, cache, _, _ = _run_clockwork(student, rng, 2, 3, 6, t, (1, 2, 4))
        (active,) = expect_parts(cache, "active")
        want = np.array([float(t % period == 0) for period in (1, 2, 4) for _ in range(2)])
        expect_same(active, want, "cache.active", "1 for each unit that computed, 0 for the others: (H,).")


exercise.leaves_inputs(0.25)


def _clockwork(x, state, params, periods, unit_periods=None, tick=None, hears=None, idle=None, advance=1, old=None):
    """The Clockwork RNN with its parts laid open."""
    size = params.W_h.shape[0] // len(periods)
    of_unit = np.repeat(periods, size) if unit_periods is None else unit_periods(size)
    active = state.t % of_unit == 0 if tick is None else tick(state.t, of_unit)
    heard = of_unit[:, None] >= of_unit[None, :] if hears is None else hears(of_unit)
    before = state.h if old is None else old(state.h, active)
    fresh = tanh(x @ params.W_x + before @ (heard * params.W_h) + params.b)
    h = np.where(active, fresh, state.h if idle is None else idle(state.h))
    return ClockworkState(h, state.t + advance), ClockworkCache(active.astype(float))


exercise.knob(
    _clockwork,
    "everybody_computes",
    "All of your modules compute at every step. A module computes only when its period divides t.",
    tick=lambda t, of_unit: t % of_unit >= 0,
)

exercise.knob(
    _clockwork,
    "everybody_hears_everybody",
    "Your modules all listen to each other. Slow modules must not hear fast ones.",
    hears=lambda of_unit: of_unit[:, None] > 0,
)

exercise.knob(
    _clockwork,
    "slow_hear_fast",
    "Your slow modules listen to the fast ones, and not the other way round. Rows of W_h are speakers and columns are "
    "listeners, since data stand on the left.",
    hears=lambda of_unit: of_unit[:, None] <= of_unit[None, :],
)

exercise.knob(
    _clockwork,
    "modules_hear_only_themselves",
    "Your modules hear only themselves. A fast module listens to the slower ones as well.",
    hears=lambda of_unit: of_unit[:, None] == of_unit[None, :],
)

exercise.knob(
    _clockwork,
    "counts_from_one",
    "Your clock counts from 1. The first step has t = 0, at which everybody computes.",
    tick=lambda t, of_unit: (t + 1) % of_unit == 0,
)

exercise.knob(
    _clockwork,
    "idle_modules_forget",
    "Your modules forget when they do not compute: their state becomes 0. They should keep it.",
    idle=lambda h: 0 * h,
)

exercise.knob(
    _clockwork,
    "idle_modules_are_not_heard",
    "Your modules do not hear those that are idle. An idle module keeps its state, and can be heard.",
    old=lambda h, active: h * active,
)

exercise.knob(
    _clockwork,
    "clock_stands_still",
    "Your clock stands still: the new state has the t of the old one. Each step adds 1.",
    advance=0,
)


@exercise.mistake(
    "You deal the periods out to the units one by one, in turn. Units of a module stand side by side: with periods 1 "
    "and 2, the first half has 1."
)
def periods_in_turn(x, state, params, periods):
    return _clockwork(x, state, params, periods, unit_periods=lambda size: np.tile(periods, size))


exercise.knob(
    _clockwork,
    "deaf_to_itself",
    "Your modules do not hear themselves. A module hears itself and the slower ones.",
    hears=lambda of_unit: of_unit[:, None] > of_unit[None, :],
)

exercise.knob(
    _clockwork,
    "triangle_of_units",
    "Your mask is a triangle of single units. Within a module every unit hears every other: compare the periods.",
    hears=lambda of_unit: np.tril(np.ones((len(of_unit), len(of_unit)))),
)


@exercise.mistake("Your cache has a number for each module. It has one for each unit, (H,).")
def one_number_a_module(x, state, params, periods):
    new, cache = _clockwork(x, state, params, periods)
    return new, ClockworkCache(cache.active[:: len(cache.active) // len(periods)])


@exercise.mistake("You ask whether t divides the period. A module computes at the steps that its period divides.")
def periods_divided_by_the_step(x, state, params, periods):
    return _clockwork(x, state, params, periods, tick=lambda t, of_unit: of_unit % max(t, 1) == 0)


@exercise.mistake("Your counter starts again after the slowest period. It counts on: each step adds 1.")
def counter_starts_again(x, state, params, periods):
    new, cache = _clockwork(x, state, params, periods)
    return new._replace(t=new.t % max(periods)), cache


exercise.knob(
    _clockwork,
    "units_of_a_module_do_not_hear_each_other",
    "Units of one module do not hear each other in your version. A module hears all of itself, and the slower ones.",
    hears=lambda of_unit: (of_unit[:, None] > of_unit[None, :]) | np.eye(len(of_unit), dtype=bool),
)

exercise.knob(
    _clockwork,
    "idle_units_squashed",
    "Your idle units are squashed again at each step, and fade. They keep their state, exactly.",
    idle=np.tanh,
)
