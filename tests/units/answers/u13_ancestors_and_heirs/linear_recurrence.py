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


@answers.is_wrong()
def doubling_with_factors_changed_first(a, b, h_0):
    a, b = a.copy(), b.copy()
    b[:, 0] += a[:, 0] * h_0
    d = 1
    while d < a.shape[1]:
        a[:, d:] = a[:, d:] * a[:, :-d]
        b[:, d:] = b[:, d:] + a[:, d:] * b[:, :-d]
        d *= 2
    return b
