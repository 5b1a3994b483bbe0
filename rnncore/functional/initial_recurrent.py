"""First recurrent weights through which gradients neither vanish nor explode."""

import numpy as np


def orthogonal_init(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """A random matrix that keeps lengths: all its singular values are 1.

        Q Qᵀ = 1   or   Qᵀ Q = 1, whichever is smaller

    Every such matrix is as likely as every other: Q comes from the QR decomposition of normal
    numbers, with the signs chosen such that R has a positive diagonal.

    Args:
        rows: how many rows, at least 1.
        columns: how many columns, at least 1.
        rng: the source of randomness.

    Returns:
        The matrix, (rows, columns), float64.

    Raises:
        ValueError: if there are no rows or no columns.

    Reference: Saxe, McClelland and Ganguli, Exact Solutions to the Nonlinear Dynamics of Learning
        in Deep Linear Neural Networks (2014), arXiv:1312.6120; the signs: Mezzadri, How to Generate
        Random Matrices from the Classical Compact Groups (2007), arXiv:math-ph/0609050.
    """
    if min(rows, columns) < 1:
        raise ValueError(f"rows and columns must be at least 1; got {rows} and {columns}")
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return q if rows >= columns else q.T


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
