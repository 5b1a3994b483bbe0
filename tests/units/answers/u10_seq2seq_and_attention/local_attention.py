"""Answers to `local_attention`."""

import numpy as np
import torch

from rnncore.functional.attention import attend
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def place_by_place(scores, values, positions, D, mask):
    B, T, S = scores.shape
    weights = np.zeros((B, T, S))
    for b, t in np.ndindex(B, T):
        row, p = mask[b, t if mask.shape[1] == T else 0], positions[b, t]
        near = [s for s in range(S) if row[s] and abs(s - p) <= D]
        if near:
            e = np.exp(scores[b, t, near] - max(scores[b, t, near]))
            for s, share in zip(near, e / e.sum(), strict=True):
                weights[b, t, s] = share * np.exp(-((s - p) ** 2) / (2 * (D / 2) ** 2))
    return np.einsum("bts,bse->bte", weights, values), weights


@answers.is_right
def by_torch(scores, values, positions, D, mask):
    s, p = torch.arange(scores.shape[2]), torch.from_numpy(positions)[..., None]
    near = torch.from_numpy(mask) & ((s - p).abs() <= D)
    weights = torch.softmax(torch.from_numpy(scores).masked_fill(~near, -torch.inf), dim=-1).nan_to_num()
    weights = weights * torch.exp(-2 * (s - p).square() / D**2)
    return (weights @ torch.from_numpy(values)).numpy(), weights.numpy()


@answers.is_right
def with_attend(scores, values, positions, D, mask):
    away = np.arange(scores.shape[-1]) - np.expand_dims(positions, 2)
    weights = attend(scores, values, mask & (away >= -D) & (away <= D))[1]
    weights = weights * np.exp(-0.5 * np.square(away / (0.5 * D)))
    return np.matmul(weights, values), weights


def _local(
    scores,
    values,
    positions,
    D,
    mask,
    first=0,
    near=lambda away, D: np.abs(away) <= D,
    both=lambda mask, near: mask & near,
    bell=lambda away, D: np.exp(-(away**2) / (2 * (D / 2) ** 2)),
    finish=lambda weights: weights,
):
    away = np.arange(first, scores.shape[2] + first) - positions[:, :, None]
    _, weights = attend(scores, values, both(mask, near(away, D)))
    weights = finish(weights * bell(away, D))
    return weights @ values, weights


@answers.is_wrong("no_window")
def bell_without_a_window(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, near=lambda away, D: np.ones(away.shape, dtype=bool))


@answers.is_wrong("no_bell")
def window_without_a_bell(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, bell=lambda away, D: 1.0)


@answers.is_wrong("scaled_to_one_again")
def scaled_to_one_again(scores, values, positions, D, mask):
    def finish(weights):
        total = weights.sum(axis=2, keepdims=True)
        return weights / np.where(total == 0, 1.0, total)

    return _local(scores, values, positions, D, mask, finish=finish)


@answers.is_wrong("cut_after_softmax")
def window_cut_after_softmax(scores, values, positions, D, mask):
    away = np.arange(scores.shape[2]) - positions[:, :, None]
    _, weights = attend(scores, values, mask)
    weights = weights * (np.abs(away) <= D) * np.exp(-(away**2) / (2 * (D / 2) ** 2))
    return weights @ values, weights


@answers.is_wrong("bell_too_wide")
def sigma_is_D(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, bell=lambda away, D: np.exp(-(away**2) / (2 * D**2)))


@answers.is_wrong("deviation_not_squared")
def sigma_not_squared(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, bell=lambda away, D: np.exp(-(away**2) / (2 * (D / 2))))


@answers.is_wrong("bell_without_the_two")
def two_in_the_bell_forgotten(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, bell=lambda away, D: np.exp(-(away**2) / (D / 2) ** 2))


@answers.is_wrong("ends_left_out")
def edge_left_out(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, near=lambda away, D: np.abs(away) < D)


@answers.is_wrong("padding_in_the_window")
def padding_in_the_window(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, both=lambda mask, near: near)


@answers.is_wrong("steps_from_one")
def counted_from_one(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, first=1)


@answers.is_wrong("positions_rounded")
def positions_rounded(scores, values, positions, D, mask):
    return _local(scores, values, np.round(positions), D, mask)


@answers.is_wrong("half_the_window")
def half_of_the_window(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, near=lambda away, D: np.abs(away) <= D / 2)


@answers.is_wrong("window_on_one_side")
def backwards_only(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, near=lambda away, D: (away <= 0) & (away >= -D))


@answers.is_wrong("contexts_before_the_bell")
def contexts_of_the_first_weights(scores, values, positions, D, mask):
    away = np.arange(scores.shape[2]) - positions[:, :, None]
    contexts, weights = attend(scores, values, mask & (np.abs(away) <= D))
    return contexts, weights * np.exp(-(away**2) / (2 * (D / 2) ** 2))


@answers.is_wrong("scaled_to_one_again")
def bell_added_to_the_scores(scores, values, positions, D, mask):
    away = np.arange(scores.shape[2]) - positions[:, :, None]
    return attend(scores - away**2 / (2 * (D / 2) ** 2), values, mask & (np.abs(away) <= D))


@answers.is_wrong("in_place")
def mask_changed_in_place(scores, values, positions, D, mask):
    away = np.arange(scores.shape[2]) - positions[:, :, None]
    weights = _local(scores, values, positions, D, mask)
    mask[...] = mask & (np.abs(away[:, :1]) <= D)
    return weights


@answers.is_wrong("density_for_bell")
def normal_density(scores, values, positions, D, mask):
    sigma = D / 2

    def bell(away, D):
        return np.exp(-((away / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))

    return _local(scores, values, positions, D, mask, bell=bell)


@answers.is_wrong("near_or_in_the_sentence")
def near_or_in_the_sentence(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask, both=lambda mask, near: mask | near)


@answers.is_wrong("first_mask_for_all")
def one_mask_row(scores, values, positions, D, mask):
    return _local(scores, values, positions, D, mask[:, 0][:, None])
