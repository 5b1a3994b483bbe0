"""Answers to `self_attention`."""

import numpy as np
import torch

from rnncore.functional.attention import attend
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def pair_by_pair(xs, params, mask, causal=False):
    B, T, _ = xs.shape
    A = params.W_q.shape[1]
    weights, ys = np.zeros((B, T, T)), np.zeros((B, T, params.W_v.shape[1]))
    for b in range(B):
        for t in range(T):
            seen = [s for s in range(T) if mask[b, s] and (s <= t or not causal)]
            if not seen:
                continue
            q = xs[b, t] @ params.W_q
            fit = np.array([q @ (xs[b, s] @ params.W_k) for s in seen]) / A**0.5
            weights[b, t, seen] = np.exp(fit - fit.max()) / np.exp(fit - fit.max()).sum()
            ys[b, t] = sum(weights[b, t, s] * (xs[b, s] @ params.W_v) for s in seen)
    return ys, weights


@answers.is_right
def by_torch(xs, params, mask, causal=False):
    q, k, v = (torch.from_numpy(xs @ W) for W in params)
    seen = torch.from_numpy(mask)[:, None].expand(-1, xs.shape[1], -1)
    if causal:
        seen = seen.tril()
    fit = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~seen, -torch.inf)
    weights = torch.softmax(fit, dim=-1).nan_to_num()
    return (weights @ v).numpy(), weights.numpy()


@answers.is_right
def einsum_and_tril(xs, params, mask, causal=False):
    W_q, W_k, W_v = params
    fit = np.einsum("btd,da,ea,bse->bts", xs, W_q, W_k, xs) / np.sqrt(W_q.shape[-1])
    seen = np.broadcast_to(mask[:, None], fit.shape)
    return attend(fit, np.einsum("bsd,de->bse", xs, W_v), np.tril(seen) if causal else seen)


def _attention(
    xs,
    params,
    mask,
    causal,
    scale=lambda q: q.shape[-1] ** -0.5,
    seen=lambda mask: mask[:, None, :],
    triangle=lambda T: np.tril(np.ones((T, T), dtype=bool)),
    turn=lambda fit: fit,
):
    q, k, v = (xs @ W for W in params)
    fit = turn(q @ k.transpose(0, 2, 1)) * scale(q)
    allowed = np.broadcast_to(seen(mask), fit.shape)
    return attend(fit, v, allowed & triangle(xs.shape[1]) if causal else allowed)


@answers.is_wrong("not_scaled")
def not_scaled(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, scale=lambda q: 1.0)


@answers.is_wrong("scaled_by_the_inputs")
def scaled_by_the_width_of_the_inputs(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, scale=lambda q: xs.shape[-1] ** -0.5)


@answers.is_wrong("divided_by_A")
def scaled_without_the_root(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, scale=lambda q: 1.0 / q.shape[-1])


@answers.is_wrong("padding_does_not_look")
def mask_of_the_rows(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, seen=lambda mask: mask[:, :, None])


@answers.is_wrong("padding_neither_looks_nor_is_seen")
def rows_of_the_padding_are_blank(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, seen=lambda mask: mask[:, :, None] & mask[:, None, :])


@answers.is_wrong("padding_seen")
def padding_not_masked(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, seen=lambda mask: np.ones_like(mask)[:, None, :])


@answers.is_wrong("causal_ignored")
def causal_ignored(xs, params, mask, causal=False):
    return _attention(xs, params, mask, False)


@answers.is_wrong("always_causal")
def always_causal(xs, params, mask, causal=False):
    return _attention(xs, params, mask, True)


@answers.is_wrong("sees_only_what_comes_later")
def looks_ahead_only(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, triangle=lambda T: np.triu(np.ones((T, T), dtype=bool)))


@answers.is_wrong("does_not_see_itself")
def not_even_itself(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, triangle=lambda T: np.tril(np.ones((T, T), dtype=bool), -1))


@answers.is_wrong("causal_forgets_the_padding")
def causal_without_the_mask(xs, params, mask, causal=False):
    return _attention(xs, params, np.ones_like(mask) if causal else mask, causal)


@answers.is_wrong("queries_and_keys_swapped")
def keys_ask(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal, turn=lambda fit: fit.transpose(0, 2, 1))


@answers.is_wrong("inputs_for_values")
def inputs_for_values(xs, params, mask, causal=False):
    _, weights = _attention(xs, params, mask, causal)
    return weights @ xs, weights


@answers.is_wrong("keys_are_queries")
def compared_with_itself(xs, params, mask, causal=False):
    _, weights = _attention(xs, params._replace(W_k=params.W_q), mask, causal)
    return weights @ (xs @ params.W_v), weights


@answers.is_wrong("axes")
def weights_turned(xs, params, mask, causal=False):
    ys, weights = _attention(xs, params, mask, causal)
    return ys, weights.transpose(0, 2, 1)


@answers.is_wrong("first_alone")
def outputs_alone(xs, params, mask, causal=False):
    return _attention(xs, params, mask, causal)[0]


@answers.is_wrong("outputs_of_padding_wiped")
def padding_wiped_at_the_end(xs, params, mask, causal=False):
    ys, weights = _attention(xs, params, mask, causal)
    return np.where(mask[:, :, None], ys, 0.0), weights


@answers.is_wrong("later_scores_are_zero")
def triangle_of_scores(xs, params, mask, causal=False):
    return _attention(xs, params, mask, False, turn=np.tril if causal else lambda fit: fit)


@answers.is_wrong("scaled_by_the_values")
def root_of_the_last_axis(xs, params, mask, causal=False):
    q, k, v = (xs @ W for W in params)
    seen = mask[:, None, :] & (np.tri(xs.shape[1], dtype=bool) if causal else True)
    return attend(q @ k.transpose(0, 2, 1) / v.shape[-1] ** 0.5, v, seen)
