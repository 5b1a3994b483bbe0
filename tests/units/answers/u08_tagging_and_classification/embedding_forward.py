"""Answers to `embedding_forward`."""

import numpy as np
import torch
from array_api_compat import array_namespace

from rnncore.functional.base import one_hot
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def flattened_and_taken(ids, W):
    xp = array_namespace(W)
    return xp.reshape(xp.take(W, xp.reshape(ids, (-1,)), axis=0), (*ids.shape, W.shape[1]))


@answers.is_right
def as_a_product(ids, W):
    xp = array_namespace(W)
    return xp.astype(ids[..., None] == xp.arange(W.shape[0]), W.dtype) @ W


@answers.is_right
def word_by_word(ids, W):
    xp = array_namespace(W)
    rows = [W[int(word), :] for word in xp.reshape(ids, (-1,))]
    return xp.reshape(xp.stack(rows), (*ids.shape, W.shape[1]))


@answers.is_wrong("columns")
def columns(ids, W):
    return W[:, ids % W.shape[1]].T


@answers.is_wrong("one_row_off")
def counted_from_one(ids, W):
    return W[ids - 1]


@answers.is_wrong("first_sentence_only")
def a_view_of_the_first_sentence(ids, W):
    return W[ids[0]]


@answers.is_wrong("one_hot_vectors")
def one_hot_alone(ids, W):
    return one_hot(ids, W.shape[0])


@answers.is_wrong("glued_together")
def without_the_axis_of_steps(ids, W):
    return W[ids].reshape(ids.shape[0], -1)


@answers.is_wrong("flattened")
def one_long_row(ids, W):
    return W[ids.reshape(-1)]


@answers.is_wrong("of_one_length")
def of_unit_length(ids, W):
    xs = W[ids]
    return xs / (xs**2).sum(-1)[..., None] ** 0.5


@answers.is_wrong("dtype")
def numpy_alone(ids, W):
    return np.array(W)[np.array(ids)].astype(np.float32)


@answers.is_wrong("zeros_for_padding")
def padding_is_zero(ids, W):
    xs = W[ids]
    return xs * (ids != 0)[..., None]


@answers.is_wrong()
def a_layer_of_its_own(ids, W):
    torch.manual_seed(0)
    return torch.nn.Embedding(*W.shape)(torch.as_tensor(ids)).detach().numpy()


@answers.is_wrong("time_first")
def axes_swapped(ids, W):
    xs = W[ids]
    return xs.swapaxes(0, 1) if xs.ndim == 3 else xs


@answers.is_wrong("scaled_by_the_root")
def as_in_a_transformer(ids, W):
    return W[ids] * W.shape[1] ** 0.5
