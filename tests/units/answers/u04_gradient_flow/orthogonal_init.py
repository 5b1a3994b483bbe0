"""Answers to `orthogonal_init`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def gram_schmidt(numbers):
    if numbers.shape[0] < numbers.shape[1]:
        return gram_schmidt(numbers.T).T
    Q = np.zeros(numbers.shape)
    for n in range(numbers.shape[1]):
        column = numbers[:, n]
        for _ in range(2):
            column = column - Q[:, :n] @ (Q[:, :n].T @ column)
        Q[:, n] = column / np.sqrt(np.sum(column**2))
    return Q


@answers.is_right
def copysign(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q, R = np.linalg.qr(numbers.T if wide else numbers)
    Q = Q @ np.diag(np.copysign(1.0, np.diag(R)))
    return Q.T if wide else Q


@answers.is_right
def by_torch(numbers):
    a = torch.tensor(numbers)
    Q, R = torch.linalg.qr(a if a.shape[0] >= a.shape[1] else a.T)
    Q = Q * torch.where(torch.diagonal(R) < 0, -1.0, 1.0)
    return (Q if a.shape[0] >= a.shape[1] else Q.T).numpy()


@answers.is_right
def by_cholesky(numbers):
    tall = numbers if numbers.shape[0] >= numbers.shape[1] else numbers.T
    for _ in range(2):
        L = np.linalg.cholesky(tall.T @ tall)
        tall = np.linalg.solve(L, tall.T).T
    return tall if numbers.shape[0] >= numbers.shape[1] else tall.T


@answers.is_wrong("nearest_orthogonal")
def by_singular_values(numbers):
    U, _, V = np.linalg.svd(numbers, full_matrices=False)
    return U @ V


@answers.is_wrong("signs_as_they_come")
def signs_forgotten(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q = np.linalg.qr(numbers.T if wide else numbers)[0]
    return Q.T if wide else Q


@answers.is_wrong("the_other_signs")
def signs_turned(numbers):
    return -copysign(numbers)


@answers.is_wrong("wide_not_transposed")
def wide_forgotten(numbers):
    Q, R = np.linalg.qr(numbers)
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


@answers.is_wrong("completed")
def complete(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q, R = np.linalg.qr(numbers.T if wide else numbers, mode="complete")
    signs = np.ones(len(Q))
    signs[: R.shape[1]] = np.where(np.diag(R) < 0, -1.0, 1.0)
    return (Q * signs).T if wide else Q * signs


@answers.is_wrong("wide_not_transposed_back")
def wide_not_transposed_back(numbers):
    return copysign(numbers.T) if numbers.shape[0] < numbers.shape[1] else copysign(numbers)


@answers.is_wrong("triangle")
def the_other_factor(numbers):
    return np.linalg.qr(numbers)[1]


@answers.is_wrong("times_the_diagonal")
def multiplied_by_the_diagonal(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q, R = np.linalg.qr(numbers.T if wide else numbers)
    Q = Q * np.diag(R)
    return Q.T if wide else Q


@answers.is_wrong()
def own_numbers(numbers):
    return copysign(np.random.default_rng(0).normal(size=numbers.shape))


@answers.is_wrong("signs_on_rows_of_square_ones")
def signs_on_the_rows(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q, R = np.linalg.qr(numbers.T if wide else numbers)
    signs = np.where(np.diag(R) < 0, -1.0, 1.0)
    Q = signs[:, None] * Q if len(Q) == len(signs) else Q * signs
    return Q.T if wide else Q


@answers.is_wrong("Only the first entry along axis 1 is wrong")
def never_mirrors(numbers):
    tall = numbers.shape[0] >= numbers.shape[1]
    Q, R = np.linalg.qr(numbers if tall else numbers.T)
    Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
    if Q.shape[0] == Q.shape[1] and np.linalg.det(Q) < 0:
        Q[:, 0] *= -1.0
    return Q if tall else Q.T
