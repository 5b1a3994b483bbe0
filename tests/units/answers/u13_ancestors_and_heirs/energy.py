"""Answers to `energy`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def einsum(states, W):
    return -0.5 * np.einsum("bi,ij,bj->b", states, W, states)


@answers.is_right
def state_by_state(states, W):
    return np.array([-(s @ W @ s) / 2 for s in states])


@answers.is_right
def each_pair_once(states, W):
    upper = np.triu(W, 1)
    return -np.sum((states @ upper) * states, axis=1)


@answers.is_right
def diagonal_of_all_with_all(states, W):
    return -0.5 * np.diag(states @ W @ states.T)


@answers.is_right
def in_torch(states, W):
    s = torch.from_numpy(states)
    return torch.bmm(-0.5 * (s @ torch.from_numpy(W))[:, None], s[:, :, None])[:, 0, 0].numpy()


@answers.is_wrong("no_half")
def without_the_half(states, W):
    return -np.einsum("bi,ij,bj->b", states, W, states)


@answers.is_wrong("sign_forgotten")
def harmony(states, W):
    return np.array([s @ W @ s / 2 for s in states])


@answers.is_wrong("all_with_all")
def square(states, W):
    return -(states @ W @ states.T) / 2


@answers.is_wrong("one_energy_for_all")
def everything_summed(states, W):
    return -0.5 * np.sum(states * (states @ W))


@answers.is_wrong("axis")
def a_column(states, W):
    return -0.5 * np.sum(states * (states @ W), axis=1, keepdims=True)


@answers.is_wrong()
def square_root(states, W):
    return -np.sqrt(np.abs(np.einsum("bi,ij,bj->b", states, W, states)))


@answers.is_wrong("half_of_a_triangle")
def half_twice(states, W):
    pairs = [(i, j) for i in range(len(W)) for j in range(i)]
    return np.array([-0.5 * sum(W[i, j] * s[i] * s[j] for i, j in pairs) for s in states])


@answers.is_wrong("with_all_others")
def rows_of_all_with_all(states, W):
    return -0.5 * np.sum(states @ W @ states.T, axis=1)
