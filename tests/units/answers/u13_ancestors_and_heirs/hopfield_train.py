"""Answers to `hopfield_train`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def outer_products(patterns):
    N = patterns.shape[1]
    W = np.zeros((N, N))
    for pattern in patterns:
        W += np.outer(pattern, pattern)
    W /= N
    np.fill_diagonal(W, 0.0)
    return W


@answers.is_right
def einsum(patterns):
    W = np.einsum("pi,pj->ij", patterns, patterns) / patterns.shape[1]
    return W * (1 - np.eye(len(W)))


@answers.is_right
def in_torch(patterns):
    x = torch.from_numpy(patterns)
    return ((x.T @ x).fill_diagonal_(0.0) / x.shape[1]).numpy()


@answers.is_right
def less_the_share_of_patterns(patterns):
    """Each pattern puts 1/N on the diagonal."""
    P, N = patterns.shape
    return patterns.T @ patterns / N - P / N * np.eye(N)


@answers.is_wrong("diagonal_kept")
def mean_of_products(patterns):
    return patterns.T @ patterns / patterns.shape[1]


@answers.is_wrong("divided_by_the_patterns")
def number_of_rows(patterns):
    W = patterns.T @ patterns / len(patterns)
    np.fill_diagonal(W, 0.0)
    return W


@answers.is_wrong("patterns_with_patterns")
def wrong_side(patterns):
    W = patterns @ patterns.T / patterns.shape[1]
    return W - np.diag(np.diag(W))


@answers.is_wrong("last_pattern_alone")
def assigned_and_not_added(patterns):
    for pattern in patterns:
        W = np.outer(pattern, pattern) / len(pattern)
    np.fill_diagonal(W, 0.0)
    return W


@answers.is_wrong("one_taken_off_the_diagonal")
def one_taken_off_the_diagonal(patterns):
    """Right for one pattern per unit at most."""
    N = patterns.shape[1]
    return patterns.T @ patterns / N - np.eye(N)


@answers.is_wrong("divided_by_both")
def a_mean_over_patterns(patterns):
    W = np.mean([np.outer(p, p) for p in patterns], axis=0) / patterns.shape[1]
    np.fill_diagonal(W, 0)
    return W
