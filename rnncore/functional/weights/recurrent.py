"""First recurrent weights through which gradients neither vanish nor explode."""

import numpy as np

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def orthogonal_init(numbers: Float[Array, "M N"]) -> Float[Array, "M N"]:
    """A matrix that keeps lengths, made from random numbers: all its singular values are 1.

        numbers = Q R,   Qᵀ Q = 1,   R upper triangular with a positive diagonal

    Where there are more columns than rows, it is the transpose of what the transposed numbers give,
    and Q Qᵀ = 1. From standard normal numbers every orthogonal matrix is as likely as every other;
    with the signs that a QR decomposition happens to give, that is not so.

    Args:
        numbers: independent standard normal numbers, (M, N), both at least 1.

    Returns:
        The orthogonal matrix Q, (M, N).

    Raises:
        ValueError: if the numbers are no matrix, or there are none.

    Reference: Saxe, McClelland and Ganguli, Exact Solutions to the Nonlinear Dynamics of Learning
        in Deep Linear Neural Networks (2014), arXiv:1312.6120; the signs: Mezzadri, How to Generate
        Random Matrices from the Classical Compact Groups (2007), arXiv:math-ph/0609050.
    """
    require_shape("numbers", numbers, ("M", "N"))
    M, N = numbers.shape
    if min(M, N) < 1:
        raise ValueError(f"numbers must have a row and a column; got shape {(M, N)}")
    if M < N:
        return orthogonal_init(numbers.T).T
    xp = array_namespace(numbers)
    Q, R = xp.linalg.qr(numbers)
    diagonal = xp.linalg.diagonal(R)
    return Q * xp.where(diagonal < 0, -xp.ones_like(diagonal), xp.ones_like(diagonal))


def identity_init(H: int, scale: float = 1.0) -> np.ndarray:
    """A matrix that hands the hidden state on as it is, times a scale.

    Args:
        H: the size of the hidden state, at least 1.
        scale: what the state is multiplied by at each step.

    Returns:
        The matrix, (H, H), float64.

    Raises:
        ValueError: if H is below 1.

    Reference: Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified
        Linear Units (2015), arXiv:1504.00941.
    """
    if H < 1:
        raise ValueError(f"H must be at least 1; got {H}")
    return scale * np.eye(H)
