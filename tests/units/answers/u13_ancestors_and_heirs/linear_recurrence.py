"""Answers to `linear_recurrence`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def step_by_step(a, b, h_0):
    hs = np.empty_like(b)
    h = h_0
    for t in range(a.shape[1]):
        h = hs[:, t] = a[:, t] * h + b[:, t]
    return hs


@answers.is_right
def doubling(a, b, h_0):
    """Hillis and Steele: at each round every step looks back twice as far."""
    a, b = a.copy(), b.copy()
    b[:, 0] += a[:, 0] * h_0
    d = 1
    while d < a.shape[1]:
        b[:, d:] = b[:, d:] + a[:, d:] * b[:, :-d]
        a[:, d:] = a[:, d:] * a[:, :-d]
        d *= 2
    return b


@answers.is_right
def in_halves(a, b, h_0):
    """The second half starts from the end of the first."""
    T = a.shape[1]
    if T == 1:
        return a * h_0[:, None] + b
    first = in_halves(a[:, : T // 2], b[:, : T // 2], h_0)
    return np.concatenate([first, in_halves(a[:, T // 2 :], b[:, T // 2 :], first[:, -1])], axis=1)


@answers.is_right
def in_torch(a, b, h_0):
    h, hs = torch.from_numpy(h_0.copy()), []
    for a_t, b_t in zip(torch.from_numpy(a.copy()).unbind(1), torch.from_numpy(b.copy()).unbind(1), strict=True):
        h = torch.addcmul(b_t, a_t, h)
        hs.append(h)
    return torch.stack(hs, dim=1).numpy()


@answers.is_wrong("divided_by_the_running_product")
def cumulative(a, b, h_0):
    with np.errstate(all="ignore"):
        A = np.cumprod(a, axis=1)
        return A * h_0[:, None] + A * np.cumsum(b / A, axis=1)


@answers.is_wrong("first_state_ignored")
def from_nothing(a, b, h_0):
    return step_by_step(a, b, 0 * h_0)


@answers.is_wrong("first_state_included")
def h_0_in_front(a, b, h_0):
    return np.concatenate([h_0[:, None], step_by_step(a, b, h_0)], axis=1)


@answers.is_wrong("odd_step_repeats")
def odd_step_copied(a, b, h_0):
    """The step without a partner repeats the one before it."""
    hs = step_by_step(a, b, h_0)
    if hs.shape[1] % 2 and hs.shape[1] > 1:
        hs[:, -1] = hs[:, -2]
    return hs


@answers.is_wrong("in_place")
def first_term_changed(a, b, h_0):
    b[:, 0] += a[:, 0] * h_0
    for t in range(1, a.shape[1]):
        b[:, t] += a[:, t] * b[:, t - 1]
    return b


@answers.is_wrong("Only the first entry along axis 1")
def doubling_with_factors_changed_first(a, b, h_0):
    a, b = a.copy(), b.copy()
    b[:, 0] += a[:, 0] * h_0
    d = 1
    while d < a.shape[1]:
        a[:, d:] = a[:, d:] * a[:, :-d]
        b[:, d:] = b[:, d:] + a[:, d:] * b[:, :-d]
        d *= 2
    return b


def _solve(a, b, h_0, folded, first):
    """Folds neighbours, solves half as many steps, and fills in the gaps one by one."""
    B, T, H = a.shape
    if T == 1:
        return a * h_0[:, None] + b
    pairs = range(1, T, 2)
    factors = np.stack([a[:, t] * a[:, t - 1] for t in pairs], axis=1)
    terms = np.stack([folded(a[:, t - 1], b[:, t - 1], a[:, t], b[:, t]) for t in pairs], axis=1)
    hs = np.zeros((B, T, H))
    hs[:, 1::2] = _solve(factors, terms, h_0, folded, first)
    for t in range(0, T, 2):
        hs[:, t] = a[:, t] * (hs[:, t - 1] if t else first(h_0)) + b[:, t]
    return hs


@answers.is_right
def gaps_one_by_one(a, b, h_0):
    return _solve(a, b, h_0, lambda a_0, b_0, a_1, b_1: a_1 * b_0 + b_1, lambda h_0: h_0)


@answers.is_wrong("pair_folded_backwards")
def earlier_factor_on_later_term(a, b, h_0):
    return _solve(a, b, h_0, lambda a_0, b_0, a_1, b_1: a_0 * b_1 + b_0, lambda h_0: h_0)


@answers.is_wrong("gap_without_the_first_state")
def nothing_before_the_first_gap(a, b, h_0):
    return _solve(a, b, h_0, lambda a_0, b_0, a_1, b_1: a_1 * b_0 + b_1, np.zeros_like)


@answers.is_wrong("terms_without_factors")
def products_and_sums(a, b, h_0):
    return np.cumprod(a, axis=1) * h_0[:, None] + np.cumsum(b, axis=1)
