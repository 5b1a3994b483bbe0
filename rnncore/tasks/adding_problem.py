"""The adding problem: remember two numbers out of many."""

import numpy as np


def adding_problem(B: int, T: int, rng: np.random.Generator | int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of numbers of which two are marked; the target is the sum of the two.

    One mark is among the first T // 2 steps, the other among the rest; each step there is as likely
    as the next. Numbers and marks are drawn anew for each sequence. Always to answer 1 gives a mean
    squared error of 1/6, the variance of the sum of two uniform numbers.

    Args:
        B: how many sequences.
        T: their length, at least 2.
        rng: the source of randomness, or a seed for one, which then gives the same each time.

    Returns:
        `xs` (B, T, 2), float64: a number uniform in [0, 1) and a mark, 0 or 1; and the targets,
        (B,).

    Raises:
        ValueError: if T is below 2.

    Reference: Hochreiter and Schmidhuber, Long Short-Term Memory (1997), experiment 4,
        doi:10.1162/neco.1997.9.8.1735; in this form: Le, Jaitly and Hinton (2015),
        arXiv:1504.00941.
    """
    if T < 2:
        raise ValueError(f"T must be at least 2; got {T}")
    rng = np.random.default_rng(rng)
    xs = np.zeros((B, T, 2))
    xs[:, :, 0] = rng.random((B, T))
    rows = np.arange(B)
    xs[rows, rng.integers(0, T // 2, size=B), 1] = 1.0
    xs[rows, rng.integers(T // 2, T, size=B), 1] = 1.0
    return xs, np.sum(xs[:, :, 0] * xs[:, :, 1], axis=1)
