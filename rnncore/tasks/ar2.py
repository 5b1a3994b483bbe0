"""A series that remembers its last two values."""

import numpy as np

PHI = (1.5, -0.8)
"""Swings that die out, about 11 steps from crest to crest."""

_WARM_UP = 200


def ar2_series(
    N: int, rng: np.random.Generator, phi: tuple[float, float] = PHI, noise: float = 1.0
) -> np.ndarray:
    """An autoregressive series of order 2.

        x_t = φ_1 x_{t-1} + φ_2 x_{t-2} + noise ε_t,   ε_t standard normal

    Nothing can forecast its next value with a mean squared error below noise².

    Args:
        N: how many steps.
        rng: the source of randomness.
        phi: φ_1 and φ_2; the series must not grow without end.
        noise: the standard deviation of what is new at each step.

    Returns:
        The series, (N,), float64, taken after it has forgotten its start.

    Raises:
        ValueError: if the series would grow: not |φ_2| < 1 and |φ_1| < 1 - φ_2.

    Reference: Yule (1927), doi:10.1098/rsta.1927.0007; Box and Jenkins, Time Series Analysis,
        section 3.2.4, has the condition.
    """
    first, second = phi
    if not (abs(second) < 1 and abs(first) < 1 - second):
        raise ValueError(f"phi must be |φ_2| < 1 and |φ_1| < 1 - φ_2; got {phi}")
    series = noise * rng.standard_normal(N + _WARM_UP)
    for t in range(2, len(series)):
        series[t] += first * series[t - 1] + second * series[t - 2]
    return series[_WARM_UP:]
