"""The echo: say again what was heard some steps ago."""

import numpy as np


def echo(B: int, T: int, lag: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """White noise, and the same noise some steps later.

        y_t = x_{t - lag},   0 for t ≤ lag

    A model that sees only the last p values, x_{t-p+1} ... x_t, is at chance for lag ≥ p, a mean
    squared error of 1, and can be perfect below.

    Args:
        B: how many sequences.
        T: their length.
        lag: after how many steps the echo comes, from 0 to T.
        rng: the source of randomness.

    Returns:
        `xs` and `ys`, both (B, T), float64; standard normal.

    Raises:
        ValueError: if the lag is not from 0 to T.

    Reference: the lag task in this form: Jaeger, Short Term Memory in Echo State Networks (2001),
        GMD Report 152.
    """
    if not 0 <= lag <= T:
        raise ValueError(f"lag must be from 0 to T = {T}; got {lag}")
    xs = rng.standard_normal((B, T))
    return xs, np.concatenate([np.zeros((B, lag)), xs[:, : T - lag]], axis=1)


def echo_series(N: int, lag: int, rng: np.random.Generator, strength: float = 0.9) -> np.ndarray:
    """A series in which each value is an echo of one that was, and something new.

        x_t = strength x_{t - lag} + ε_t,   ε_t standard normal

    From the last p values, p < lag, nothing about the next can be known: the best guess is 0, its
    mean squared error the variance, 1 / (1 - strength²). From p ≥ lag on it is 1.

    Args:
        N: how many steps.
        lag: after how many steps the echo comes, at least 1.
        rng: the source of randomness.
        strength: how much of a value comes back, between -1 and 1.

    Returns:
        The series, (N,), float64, taken after it has forgotten its start.

    Raises:
        ValueError: if the lag is below 1, or the echo would grow.

    Reference: Box and Jenkins, Time Series Analysis, chapter 9, on seasonal models.
    """
    if lag < 1:
        raise ValueError(f"lag must be at least 1; got {lag}")
    if not -1 < strength < 1:
        raise ValueError(f"strength must be between -1 and 1; got {strength}")
    warm_up = 100 * lag
    series = rng.standard_normal(N + warm_up)
    for t in range(lag, len(series)):
        series[t] += strength * series[t - lag]
    return series[warm_up:]
