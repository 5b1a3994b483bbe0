"""Answers to `identity_init`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def diagonal(H, scale=1.0):
    return np.diag([scale] * H)


@answers.is_right
def by_comparison(H, scale=1.0):
    return np.where(np.arange(H)[:, None] == np.arange(H), scale, 0.0)


@answers.is_right
def by_torch(H, scale=1.0):
    return (torch.eye(H, dtype=torch.float64) * scale).numpy()


@answers.is_right
def one_after_the_other(H, scale=1.0):
    W = np.zeros((H, H))
    for i in range(H):
        W[i, i] = scale
    return W


@answers.is_wrong("whole_numbers")
def whole_numbers(H, scale=1.0):
    return (scale * np.eye(H)).astype(int)


@answers.is_wrong("backwards")
def anti_diagonal(H, scale=1.0):
    return scale * np.eye(H)[::-1]


@answers.is_wrong("another_default")
def scale_of_the_default(H, scale=0.5):
    return scale * np.eye(H)


@answers.is_wrong("full_matrix")
def full(H, scale=1.0):
    return scale * np.ones((H, H))


@answers.is_wrong("root_of_the_scale")
def root_of_the_scale(H, scale=1.0):
    return np.sqrt(scale) * np.eye(H)


@answers.is_wrong("scale_ignored")
def scale_left_out(H, scale=1.0):
    return np.eye(H)


@answers.is_wrong("only_the_diagonal")
def vector(H, scale=1.0):
    return np.full(H, scale)


@answers.is_wrong()
def noisy(H, scale=1.0):
    return scale * np.eye(H) + 0.01 * np.random.default_rng(0).normal(size=(H, H))


@answers.is_wrong("rest_of_the_scale_added")
def plus_the_scale(H, scale=1.0):
    return np.eye(H) + (scale - 1.0)


@answers.is_wrong("divided_by_the_root_of_size")
def over_the_root_of_H(H, scale=1.0):
    return np.identity(H) * scale / H**0.5


@answers.is_wrong("should be of float64")
def in_single_precision(H, scale=1.0):
    return (scale * np.eye(H)).astype(np.float32)


@answers.is_wrong(None)
def no_scale_of_zero(H, scale=1.0):
    return (scale or 1.0) * np.eye(H)
