"""Answers to `embedding_backward`."""

import numpy as np
import torch

from rnncore.functional.base import one_hot
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def in_a_loop(dxs, ids, W):
    dW = np.zeros(W.shape, W.dtype)
    for place in np.ndindex(ids.shape):
        dW[ids[place]] += dxs[place]
    return dW


@answers.is_right
def by_the_formula_of_the_docstring(dxs, ids, W):
    V, D = W.shape
    return one_hot(ids.reshape(-1), V).T @ dxs.reshape(-1, D)


@answers.is_right
def word_by_word(dxs, ids, W):
    return np.stack([dxs[ids == v].sum(axis=0) for v in range(len(W))])


@answers.is_right
def counted_with_weights(dxs, ids, W):
    columns = dxs.reshape(-1, W.shape[1]).T
    counts = [np.bincount(ids.ravel(), column, len(W)) for column in columns]
    return np.stack(counts, axis=1).astype(W.dtype)


@answers.is_right
def by_torch(dxs, ids, W):
    dW = torch.zeros(W.shape, dtype=torch.from_numpy(W).dtype)
    flat = torch.from_numpy(dxs.reshape(-1, W.shape[1]))
    return dW.index_add_(0, torch.from_numpy(ids.reshape(-1)), flat)


def _added(dxs, ids, W):
    dW = np.zeros_like(W)
    np.add.at(dW, ids, dxs)
    return dW


@answers.is_wrong("last_place_only")
def once_for_each_row(dxs, ids, W):
    dW = np.zeros_like(W)
    dW[ids] += dxs
    return dW


@answers.is_wrong("last_place_only")
def the_last_place_wins(dxs, ids, W):
    dW = np.zeros_like(W)
    for word, dx in zip(ids.reshape(-1), dxs.reshape(-1, W.shape[1]), strict=True):
        dW[word] = dx
    return dW


@answers.is_wrong("mean_over_places")
def mean_of_the_places(dxs, ids, W):
    return _added(dxs, ids, W) / np.maximum(np.bincount(ids.ravel(), minlength=len(W)), 1)[:, None]


@answers.is_wrong("changed_table")
def added_to_the_table(dxs, ids, W):
    dW = W.copy()
    np.add.at(dW, ids, dxs)
    return dW


@answers.is_wrong("in_place")
def into_the_table(dxs, ids, W):
    W[:] = 0
    np.add.at(W, ids, dxs)
    return W


@answers.is_wrong("rows_up_to_the_highest")
def rows_of_the_batch_alone(dxs, ids, W):
    dW = np.zeros((ids.max() + 1, W.shape[1]), W.dtype)
    np.add.at(dW, ids, dxs)
    return dW


@answers.is_wrong("transposed")
def transposed(dxs, ids, W):
    return _added(dxs, ids, W).T


@answers.is_wrong("divided_by_sentences")
def divided_by_the_batch(dxs, ids, W):
    return _added(dxs, ids, W) / ids.shape[0]


@answers.is_wrong("two_axes_only")
def two_axes_of_ids_only(dxs, ids, W):
    dW = np.zeros_like(W)
    B, T = ids.shape
    for b in range(B):
        for t in range(T):
            dW[ids[b, t]] += dxs[b, t]
    return dW


@answers.is_wrong("nothing_for_padding")
def padding_gets_nothing(dxs, ids, W):
    dW = _added(dxs, ids, W)
    dW[0] = 0
    return dW


@answers.is_wrong("You add up along axis 1")
def all_in_one_number(dxs, ids, W):
    onehot = np.eye(len(W))[ids].reshape(-1, len(W))
    return (onehot.T @ dxs.reshape(-1, W.shape[1])).sum(axis=1, keepdims=True)


@answers.is_wrong("negative")
def the_step_down(dxs, ids, W):
    return -_added(dxs, ids, W)


@answers.is_wrong("orders_differ")
def places_without_their_order(dxs, ids, W):
    dW = np.zeros_like(W)
    np.add.at(dW, ids.T.reshape(-1), dxs.reshape(-1, W.shape[1]))
    return dW
