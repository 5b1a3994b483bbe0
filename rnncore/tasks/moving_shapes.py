"""Short films of one shape that moves, grows or blinks."""

import numpy as np

ACTIVITIES = ("left", "right", "up", "down", "grows", "shrinks", "blinks", "rests")
"""What a shape may do; the index is the class."""

_STEPS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}


def moving_shapes(
    B: int, T: int, rng: np.random.Generator, size: int = 16, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Films of a square or a disc in which a single picture does not tell the activity.

    A shape that leaves the picture on one side comes back on the other. What moves does so by one
    pixel a step; what grows or shrinks does so by one radius every second step; what blinks is gone
    in every second picture.

    Args:
        B: how many films.
        T: how many pictures a film has, from 2 to 8.
        rng: the source of randomness.
        size: height and width of a picture, at least 13.
        noise: the standard deviation of the noise in every pixel.

    Returns:
        The films (B, T, 1, size, size), float64, about 0 (dark) to 1 (bright), and the activities
        (B,), int64.

    Raises:
        ValueError: if T or size is out of its range.

    Reference: synthetic films for recurrent nets: Srivastava, Mansimov and Salakhutdinov (2015),
        arXiv:1502.04681; activities from features of pictures: Donahue et al. (2015),
        arXiv:1411.4389.
    """
    if not 2 <= T <= 8:
        raise ValueError(f"T must be from 2 to 8; got {T}")
    if size < 13:
        raise ValueError(f"size must be at least 13; got {size}")
    labels = rng.integers(0, len(ACTIVITIES), size=B)
    films = noise * rng.standard_normal((B, T, 1, size, size))
    for film, label in zip(films, labels, strict=True):
        film[:, 0] += _film(ACTIVITIES[label], T, size, rng)
    return films, labels


def _film(activity: str, T: int, size: int, rng: np.random.Generator) -> np.ndarray:
    centre, round_ = rng.integers(0, size, size=2), bool(rng.integers(2))
    step = np.array(_STEPS.get(activity, (0, 0)))
    radii = 2 + np.arange(T) // 2 if activity in ("grows", "shrinks") else np.full(T, 2)
    if activity not in ("grows", "shrinks"):
        radii = radii + rng.integers(0, 4)
    if activity == "shrinks":
        radii = radii[::-1]
    film = np.array([_shape(centre + t * step, radii[t], size, round_) for t in range(T)])
    if activity == "blinks":
        film[int(rng.integers(2)) :: 2] = 0.0
    return film


def _shape(centre: np.ndarray, radius: int, size: int, round_: bool) -> np.ndarray:
    ways = np.abs(np.arange(size)[None, :] - centre[:, None] % size)
    down, across = np.minimum(ways, size - ways)
    if round_:
        return (down[:, None] ** 2 + across[None, :] ** 2 <= radius**2).astype(float)
    return ((down[:, None] <= radius) & (across[None, :] <= radius)).astype(float)
