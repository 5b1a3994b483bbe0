"""Answers to `clockwork_step`."""

import numpy as np

from rnncore.functional.cells import ClockworkCache, ClockworkState
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def module_by_module(x, state, params, periods):
    H = state.h.shape[1]
    size = H // len(periods)
    h, active = state.h.copy(), np.zeros(H)
    for k, period in enumerate(periods):
        units = slice(k * size, (k + 1) * size)
        if state.t % period == 0:
            heard = state.h[:, k * size :] @ params.W_h[k * size :, units]
            h[:, units] = np.tanh(x @ params.W_x[:, units] + heard + params.b[units])
            active[units] = 1.0
    return ClockworkState(h, state.t + 1), ClockworkCache(active)


@answers.is_right
def unit_by_unit(x, state, params, periods):
    B, H = state.h.shape
    period = [periods[u * len(periods) // H] for u in range(H)]
    h = np.zeros((B, H))
    for b in range(B):
        for u in range(H):
            if state.t % period[u]:
                h[b, u] = state.h[b, u]
                continue
            a = params.b[u] + x[b] @ params.W_x[:, u]
            a += sum(state.h[b, v] * params.W_h[v, u] for v in range(H) if period[v] >= period[u])
            h[b, u] = np.tanh(a)
    return (h, state.t + 1), (np.array([float(state.t % p == 0) for p in period]),)


@answers.is_right
def block_mask(x, state, params, periods):
    size = state.h.shape[1] // len(periods)
    M = np.kron(np.tril(np.ones((len(periods),) * 2)), np.ones((size, size)))
    active = np.kron([state.t % p == 0 for p in periods], np.ones(size))
    new = np.tanh(x @ params.W_x + np.einsum("bk,kh,kh->bh", state.h, M, params.W_h) + params.b)
    return ClockworkState(active * new + (1 - active) * state.h, state.t + 1), ClockworkCache(active)


def _step(x, state, params, periods, hears=None, t=None, of_unit=None, idle=None, after=1):
    H = state.h.shape[1]
    of_unit = np.repeat(periods, H // len(periods)) if of_unit is None else of_unit
    M = of_unit[:, None] >= of_unit[None, :] if hears is None else hears(of_unit)
    active = ((state.t if t is None else t) % of_unit == 0).astype(float)
    new = np.tanh(x @ params.W_x + state.h @ (M * params.W_h) + params.b)
    h = np.where(active > 0, new, state.h if idle is None else idle(new))
    return ClockworkState(h, state.t + after), ClockworkCache(active)


@answers.is_wrong("slow_hear_fast")
def mask_turned_around(x, state, params, periods):
    return _step(x, state, params, periods, hears=lambda p: p[:, None] <= p)


@answers.is_wrong("everybody_hears_everybody")
def no_mask(x, state, params, periods):
    return _step(x, state, params, periods, hears=lambda p: np.ones((len(p), len(p))))


@answers.is_wrong("deaf_to_itself")
def itself_left_out(x, state, params, periods):
    return _step(x, state, params, periods, hears=lambda p: p[:, None] > p)


@answers.is_wrong("triangle_of_units")
def triangle_of_units(x, state, params, periods):
    return _step(x, state, params, periods, hears=lambda p: np.tril(np.ones((len(p), len(p)))))


@answers.is_wrong("counts_from_one")
def counted_from_one(x, state, params, periods):
    return _step(x, state, params, periods, t=state.t + 1)


@answers.is_wrong("idle_modules_forget")
def idle_units_at_zero(x, state, params, periods):
    return _step(x, state, params, periods, idle=np.zeros_like)


@answers.is_wrong("periods_in_turn")
def units_interleaved(x, state, params, periods):
    H = state.h.shape[1]
    return _step(x, state, params, periods, of_unit=np.tile(periods, H // len(periods)))


@answers.is_wrong("clock_stands_still")
def counter_stands_still(x, state, params, periods):
    return _step(x, state, params, periods, after=0)


@answers.is_right
def active_as_bools(x, state, params, periods):
    new, cache = _step(x, state, params, periods)
    return new, ClockworkCache(cache.active.astype(bool))


@answers.is_wrong("one_number_a_module")
def active_for_each_module(x, state, params, periods):
    new, cache = _step(x, state, params, periods)
    return new, ClockworkCache(cache.active[:: len(cache.active) // len(periods)])


@answers.is_wrong()
def everyone_computes(x, state, params, periods):
    new, cache = _step(x, state, params, periods, idle=lambda new: new)
    return new, cache


@answers.is_wrong()
def bias_for_idle_units_too(x, state, params, periods):
    H = state.h.shape[1]
    of_unit = np.repeat(periods, H // len(periods))
    active = (state.t % of_unit == 0).astype(float)
    M = of_unit[:, None] >= of_unit
    a = active * (x @ params.W_x + state.h @ (M * params.W_h)) + params.b
    return ClockworkState(np.where(active > 0, np.tanh(a), np.tanh(a) * state.h), state.t + 1), ClockworkCache(active)


@answers.is_wrong("in_place")
def h_in_place(x, state, params, periods):
    new, cache = _step(x, state, params, periods)
    state.h[:] = new.h
    return ClockworkState(state.h, state.t + 1), cache


@answers.is_wrong("dtype")
def counts_in_floats(x, state, params, periods):
    new, cache = _step(x, state, params, periods)
    return new._replace(t=state.t + 1.0), cache
