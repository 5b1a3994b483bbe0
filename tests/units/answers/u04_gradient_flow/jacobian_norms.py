"""Answers to `jacobian_norms`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from rnncore.functional.learning.gradient_flow import spectral_norm
from tests.units.answers import Answers

answers = Answers()


def _rows(last):
    nothing = map_tree(np.zeros_like, last)
    return [nothing._replace(h=np.tile(row, (len(last.h), 1))) for row in np.eye(last.h.shape[1])]


def _norm(rows, kind=2):
    return np.linalg.norm(np.stack([row.h for row in rows], axis=1), kind, axis=(1, 2))


@answers.is_right
def unit_by_unit(step_backward, last, caches):
    B, H = last.h.shape
    jacobians = np.zeros((len(caches) + 1, B, H, H))
    for j in range(H):
        one = np.zeros((B, H))
        one[:, j] = 1.0
        jacobians[0, :, j] = one
        gradient = type(last)(one, *[np.zeros_like(part) for part in last[1:]])
        for lag, cache in enumerate(caches[::-1], start=1):
            _, gradient, _ = step_backward(gradient, cache)
            jacobians[lag, :, j] = gradient.h
    return np.linalg.svd(jacobians, compute_uv=False)[..., 0].T


@answers.is_right
def eigenvalues_of_JJt(step_backward, last, caches):
    rows, columns = _rows(last), [np.ones(len(last.h))]
    for cache in reversed(caches):
        rows = [step_backward(row, cache)[1] for row in rows]
        J = np.stack([row.h for row in rows], axis=1)
        columns.append(np.sqrt(np.linalg.eigvalsh(np.einsum("bij,bkj->bik", J, J))[:, -1].clip(0)))
    return np.stack(columns, axis=1)


@answers.is_right
def recursive(step_backward, last, caches):
    def norms(rows, caches):
        here = [spectral_norm(np.stack([row.h for row in rows], axis=1))]
        if not caches:
            return here
        return here + norms([step_backward(row, caches[-1])[1] for row in rows], caches[:-1])

    return np.array(norms(_rows(last), list(caches))).T


def _norms(step_backward, last, caches, kind=2, onward=lambda new: new, axis=1):
    rows = _rows(last)
    columns = [_norm(rows, kind)]
    for cache in reversed(caches):
        rows = [onward(step_backward(row, cache)[1]) for row in rows]
        columns.append(_norm(rows, kind))
    return np.stack(columns, axis=axis)


@answers.is_wrong("without_lag_0")
def lag_0_is_missing(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:, 1:]


@answers.is_wrong("last_lag_missing")
def last_lag_is_missing(step_backward, last, caches):
    return _norms(step_backward, last, caches[1:])


@answers.is_wrong("axes")
def lags_before_sequences(step_backward, last, caches):
    return _norms(step_backward, last, caches, axis=0)


@answers.is_wrong("h_alone_goes_on")
def h_alone_goes_on(step_backward, last, caches):
    zero = map_tree(np.zeros_like, last)
    return _norms(step_backward, last, caches, onward=lambda new: zero._replace(h=new.h))


@answers.is_wrong("values_beside_h")
def from_the_last_state(step_backward, last, caches):
    B, H = last.h.shape
    rows = [last._replace(h=np.tile(row, (B, 1))) for row in np.eye(H)]
    columns = [_norm(rows)]
    for cache in reversed(caches):
        rows = [step_backward(row, cache)[1] for row in rows]
        columns.append(_norm(rows))
    return np.stack(columns, axis=1)


@answers.is_wrong("frobenius")
def frobenius(step_backward, last, caches):
    return _norms(step_backward, last, caches, kind="fro")


@answers.is_wrong("greatest_column_sum")
def greatest_column_sum(step_backward, last, caches):
    return _norms(step_backward, last, caches, kind=1)


@answers.is_wrong("forward_in_time")
def caches_forwards(step_backward, last, caches):
    return _norms(step_backward, last, caches[::-1])


@answers.is_wrong("first_sequence_alone")
def first_sequence_alone(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:1]


@answers.is_wrong("length_of_one_gradient")
def ones_as_gradient(step_backward, last, caches):
    row = map_tree(np.zeros_like, last)._replace(h=np.ones_like(last.h))
    columns = [np.linalg.norm(row.h, axis=1)]
    for cache in reversed(caches):
        row = step_backward(row, cache)[1]
        columns.append(np.linalg.norm(row.h, axis=1))
    return np.stack(columns, axis=1)


@answers.is_wrong("by_time")
def in_order_of_time(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:, ::-1]


@answers.is_wrong("zero_at_lag_0")
def zero_at_lag_0(step_backward, last, caches):
    norms = _norms(step_backward, last, caches)
    norms[:, 0] = 0.0
    return norms
