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
