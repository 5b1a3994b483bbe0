"""Answers to `pool_states`."""

import numpy as np
import torch
from array_api_compat import array_namespace

from rnncore.functional.sequence import Pooled
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def row_by_row(hs, mask):
    xp = array_namespace(hs)
    rows = [h[m] for h, m in zip(hs, mask, strict=True)]
    mean = xp.stack([xp.mean(row, axis=0) for row in rows])
    greatest = xp.stack([xp.max(row, axis=0) for row in rows])
    return Pooled(mean, greatest, xp.stack([row[-1] for row in rows]))


@answers.is_right
def step_by_step(hs, mask):
    xp = array_namespace(hs)
    last = hs[:, 0] * 0
    greatest, total, count = xp.full_like(last, -xp.inf), xp.zeros_like(last), 0
    for t in range(hs.shape[1]):
        counts = mask[:, t, None]
        total = xp.where(counts, total + hs[:, t], total)
        greatest = xp.where(counts, xp.maximum(greatest, hs[:, t]), greatest)
        last = xp.where(counts, hs[:, t], last)
        count = count + xp.astype(counts, hs.dtype)
    return Pooled(total / count, greatest, last)


@answers.is_right
def reversed_argmax(hs, mask):
    if isinstance(hs, torch.Tensor):
        clean = torch.nan_to_num(hs).masked_fill(~mask[..., None], 0.0)
        top = hs.masked_fill(~mask[..., None], float("-inf")).amax(1)
        place = hs.shape[1] - 1 - mask.flip(1).to(torch.int).argmax(1)
        return Pooled(clean.sum(1) / mask.sum(1)[:, None], top, hs[torch.arange(len(hs)), place])
    place = hs.shape[1] - 1 - np.argmax(mask[:, ::-1], axis=1)
    hidden = np.repeat(~mask[..., None], hs.shape[2], axis=2)
    masked = np.ma.masked_array(hs, hidden)
    return Pooled(masked.mean(1).data, masked.max(1).data, hs[np.arange(len(hs)), place])


def _pooled(hs, mask):
    return row_by_row(hs, mask)


@answers.is_wrong("if `mask` is true everywhere")
def no_mask(hs, mask):
    xp = array_namespace(hs)
    return Pooled(xp.mean(hs, axis=1), xp.max(hs, axis=1), hs[:, -1])


@answers.is_wrong("mean_divided_by_T")
def mean_over_all_steps(hs, mask):
    xp = array_namespace(hs)
    clean = xp.where(mask[:, :, None], hs, xp.zeros_like(hs))
    return _pooled(hs, mask)._replace(mean=xp.sum(clean, axis=1) / hs.shape[1])


@answers.is_wrong("greatest_with_zeros")
def zeros_in_the_maximum(hs, mask):
    xp = array_namespace(hs)
    clean = xp.where(mask[:, :, None], hs, xp.zeros_like(hs))
    return _pooled(hs, mask)._replace(max=xp.max(clean, axis=1))


@answers.is_wrong("last_by_count")
def as_many_as_are_true(hs, mask):
    xp = array_namespace(hs)
    place = xp.sum(xp.astype(mask, xp.int64), axis=1) - 1
    return _pooled(hs, mask)._replace(last=hs[xp.arange(len(hs)), place])


@answers.is_wrong("multiplied_by_the_mask")
def multiplied_by_the_mask(hs, mask):
    xp = array_namespace(hs)
    m = xp.astype(mask, hs.dtype)[:, :, None]
    return _pooled(hs, mask)._replace(mean=xp.sum(hs * m, axis=1) / xp.sum(m, axis=1))


@answers.is_wrong("greatest_by_subtraction")
def large_numbers_taken_away(hs, mask):
    xp = array_namespace(hs)
    m = xp.astype(mask, hs.dtype)[:, :, None]
    return _pooled(hs, mask)._replace(max=xp.max(hs - 1e6 * (1 - m), axis=1))


@answers.is_wrong("in_place")
def filled_in_place(hs, mask):
    pooled = _pooled(hs, mask)
    hs[~mask] = 0
    return pooled


@answers.is_wrong("last_of_the_row")
def the_step_of_all(hs, mask):
    return _pooled(hs, mask)._replace(last=hs[:, -1])


@answers.is_wrong("first_step")
def the_first_true(hs, mask):
    xp = array_namespace(hs)
    place = xp.argmax(xp.astype(mask, xp.int64), axis=1)
    return _pooled(hs, mask)._replace(last=hs[xp.arange(len(hs)), place])


@answers.is_wrong("stops_at_a_gap")
def last_before_the_first_gap(hs, mask):
    xp = array_namespace(hs)
    T = hs.shape[1]
    gap = [next((t for t in range(1, T) if bool(m[t - 1]) and not bool(m[t])), T) for m in mask]
    return _pooled(hs, mask)._replace(last=xp.stack([h[k - 1] for h, k in zip(hs, gap, strict=True)]))


@answers.is_wrong("one_greatest")
def one_maximum_for_all_units(hs, mask):
    xp = array_namespace(hs)
    greatest = _pooled(hs, mask).max
    return _pooled(hs, mask)._replace(max=xp.max(greatest, axis=1, keepdims=True) + 0 * greatest)


@answers.is_wrong("greatest_in_size")
def greatest_in_size(hs, mask):
    xp = array_namespace(hs)
    return _pooled(hs, mask)._replace(
        max=xp.stack([xp.max(xp.abs(h[m]), axis=0) for h, m in zip(hs, mask, strict=True)])
    )


@answers.is_wrong("summed")
def sum_for_mean(hs, mask):
    xp = array_namespace(hs)
    return _pooled(hs, mask)._replace(mean=xp.stack([xp.sum(h[m], axis=0) for h, m in zip(hs, mask, strict=True)]))


@answers.is_wrong("greatest_before_mean")
def other_order(hs, mask):
    mean, greatest, last = _pooled(hs, mask)
    return Pooled(greatest, mean, last)


@answers.is_wrong("mean_by_the_longest")
def one_count_for_the_batch(hs, mask):
    xp = array_namespace(hs)
    clean = xp.where(mask[:, :, None], hs, xp.zeros_like(hs))
    longest = max(int(xp.sum(xp.astype(m, xp.int64))) for m in mask)
    return _pooled(hs, mask)._replace(mean=xp.sum(clean, axis=1) / longest)


@answers.is_wrong("dtype")
def whole_numbers_of_the_batch(hs, mask):
    return Pooled(*(np.asarray(part, dtype=np.float32) for part in _pooled(hs, mask)))
