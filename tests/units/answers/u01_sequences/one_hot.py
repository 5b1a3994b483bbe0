"""Answers to `one_hot`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def rows_of_the_identity(ids, V, dtype=None):
    return np.eye(V, dtype=float if dtype is None else dtype)[ids]


@answers.is_right
def entry_by_entry(ids, V, dtype=None):
    vectors = np.zeros((*ids.shape, V), dtype or float)
    for index in np.ndindex(*ids.shape):
        vectors[(*index, ids[index])] = 1
    return vectors


@answers.is_right
def by_torch(ids, V, dtype=None):
    return torch.nn.functional.one_hot(torch.from_numpy(ids), V).double().numpy()


@answers.is_wrong("float64")
def true_and_false(ids, V, dtype=None):
    return ids[..., None] == np.arange(V)


@answers.is_wrong("float64")
def whole_numbers(ids, V, dtype=None):
    return (ids[..., None] == np.arange(V)).astype(int)


@answers.is_wrong("counted_from_one")
def counted_from_one(ids, V, dtype=None):
    return (ids[..., None] == np.arange(1, V + 1)).astype(float)


@answers.is_wrong("one_axis_only")
def two_axes_only(ids, V, dtype=None):
    vectors = np.zeros((len(ids), V))
    vectors[np.arange(len(ids)), ids] = 1.0
    return vectors


@answers.is_wrong("classes_first")
def new_axis_in_front(ids, V, dtype=None):
    return (ids[None] == np.arange(V).reshape(V, *[1] * ids.ndim)).astype(float)


@answers.is_wrong("as_long_as_needed")
def size_from_the_ids(ids, V, dtype=None):
    return np.eye(ids.max() + 1)[ids]


@answers.is_wrong("id_instead_of_one")
def the_id_in_its_place(ids, V, dtype=None):
    return (ids[..., None] == np.arange(V)) * ids[..., None].astype(float)


@answers.is_wrong("all_ids_in_every_vector")
def places_of_all_ids(ids, V, dtype=None):
    vectors = np.zeros((*ids.shape, V))
    vectors[..., ids] = 1
    return vectors


@answers.is_wrong(None)
def without_the_last_class(ids, V, dtype=None):
    vectors = np.zeros((*ids.shape, V))
    for k in range(V - 1):
        vectors[..., k] = ids == k
    return vectors


@answers.is_wrong()
def at_least_one_axis(ids, V, dtype=None):
    return (np.atleast_1d(ids)[..., None] == np.arange(V)).astype(float)


@answers.is_wrong()
def columns_taken_apart(ids, V, dtype=None):
    ids = ids if ids.shape[-1:] == (1,) else ids[..., None]
    return (ids == np.arange(V)).astype(float)
