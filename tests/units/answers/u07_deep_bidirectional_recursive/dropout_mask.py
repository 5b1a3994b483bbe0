"""Answers to `dropout_mask`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def where(noise, rate):
    return np.where(noise < rate, 0.0, 1.0 / (1.0 - rate)).astype(noise.dtype)


@answers.is_right
def filled(noise, rate):
    mask = np.zeros_like(noise)
    mask[noise >= rate] = 1 / (1 - rate)
    return mask


@answers.is_right
def by_torch(noise, rate):
    kept = (torch.from_numpy(noise) >= rate).to(torch.from_numpy(noise).dtype)
    return kept / (1 - rate)


@answers.is_wrong("noise of float32")
def dtype_lost(noise, rate):
    return (noise >= rate).astype(np.float64) / (1 - rate)


@answers.is_wrong("dtype")
def single_precision(noise, rate):
    return ((noise >= rate) / (1 - rate)).astype(np.float32)


@answers.is_wrong("drops_at_the_rate")
def drops_at_the_rate(noise, rate):
    return (noise > rate).astype(noise.dtype) / (1 - rate)


@answers.is_wrong("not_scaled")
def not_scaled(noise, rate):
    return (noise >= rate).astype(noise.dtype)


@answers.is_wrong("divided_by_the_rate")
def divided_by_the_rate(noise, rate):
    return (noise >= rate).astype(noise.dtype) / max(rate, 1e-9)


@answers.is_wrong("keeps_at_the_rate")
def keeps_what_it_should_drop(noise, rate):
    return (noise < rate).astype(noise.dtype) / (1 - rate)


@answers.is_wrong("rate_for_what_is_kept")
def rate_is_the_share_kept(noise, rate):
    return (noise < rate).astype(noise.dtype) / max(rate, 1e-9)


@answers.is_wrong("scaled_down")
def multiplied(noise, rate):
    return (noise >= rate).astype(noise.dtype) * (1 - rate)


@answers.is_wrong("noise_kept")
def noise_let_through(noise, rate):
    return np.where(noise < rate, 0, noise / (1 - rate)).astype(noise.dtype)


@answers.is_wrong("scaled_by_what_was_kept")
def scaled_by_what_is_left(noise, rate):
    kept = (noise >= rate).astype(noise.dtype)
    return kept / kept.mean()


@answers.is_wrong("in_place")
def in_place(noise, rate):
    noise[noise < rate] = 0
    noise[noise > 0] = 1 / (1 - rate)
    return noise


@answers.is_wrong("not_scaled")
def trues_and_falses(noise, rate):
    return noise >= rate


@answers.is_wrong()
def own_noise(noise, rate):
    return (np.random.default_rng(0).random(noise.shape) >= rate).astype(noise.dtype) / (1 - rate)
