"""Rendered scenes of two shapes, with captions."""

from typing import NamedTuple

import numpy as np

COLOURS = {
    "red": (0.9, 0.1, 0.1),
    "green": (0.1, 0.7, 0.2),
    "blue": (0.1, 0.3, 0.9),
    "yellow": (0.9, 0.8, 0.1),
}
SHAPES = ("circle", "square", "triangle", "cross")
RELATIONS = {"left of": (0, 1), "right of": (0, -1), "above": (1, 0), "below": (-1, 0)}
"""How the first shape lies to the second, and the way from it to the second, (down, across)."""

SIZE = 20
_RADIUS = 3


class Scenes(NamedTuple):
    """Pictures and what is to be said about them."""

    images: np.ndarray
    """(B, 3, 20, 20), float64: red, green, blue, 0 to 1 and some noise."""
    captions: list[list[str]]
    """For each picture, its words: a red circle left of a blue square."""


def rendered_scenes(B: int, rng: np.random.Generator, noise: float = 0.05) -> Scenes:
    """Pictures of two shapes on a dark ground, and one sentence about each.

    There are 4 colours and 4 shapes for each of two shapes, which differ in colour or shape, and 4
    relations: 16 x 15 x 4 = 960 captions. Each scene could be told from either shape, `a` left of
    `b` or `b` right of `a`; both are equally likely to be the caption.

    Args:
        B: how many scenes.
        rng: the source of randomness.
        noise: the standard deviation of the noise in every pixel.

    Returns:
        `Scenes(images, captions)`.

    Reference: captions by a recurrent net: Vinyals et al., Show and Tell (2015), arXiv:1411.4555.
    """
    images = np.full((B, 3, SIZE, SIZE), 0.1) + noise * rng.standard_normal((B, 3, SIZE, SIZE))
    kinds = [(colour, shape) for colour in COLOURS for shape in SHAPES]
    relations = list(RELATIONS)
    captions = []
    for image in images:
        picked = [kinds[k] for k in rng.choice(len(kinds), size=2, replace=False)]
        relation = relations[rng.integers(len(relations))]
        for (colour, shape), centre in zip(picked, _centres(relation, rng), strict=True):
            seen = _stencil(shape, centre)
            image[:, seen] += np.array(COLOURS[colour])[:, None]
        first, second = (f"a {colour} {shape}" for colour, shape in picked)
        captions.append(f"{first} {relation} {second}".split())
    return Scenes(images, captions)


def _centres(relation: str, rng: np.random.Generator) -> np.ndarray:
    """Where the two shapes stand: apart by 8 to 12 one way, by at most 2 the other, and inside."""
    way = np.array(RELATIONS[relation])
    aside = way[::-1] * rng.integers(-2, 3)
    gap = way * rng.integers(8, 13) + aside
    room = np.array([SIZE - 2 * _RADIUS - 1, SIZE - 2 * _RADIUS - 1]) - np.abs(gap)
    low = _RADIUS + np.maximum(-gap, 0)
    first = low + rng.integers(0, room, endpoint=True)
    return np.array([first, first + gap])


def _stencil(shape: str, centre: np.ndarray) -> np.ndarray:
    down, across = np.meshgrid(*(np.arange(SIZE) - c for c in centre), indexing="ij")
    inside = (np.abs(down) <= _RADIUS) & (np.abs(across) <= _RADIUS)
    return {
        "circle": down**2 + across**2 <= _RADIUS**2,
        "square": inside,
        "triangle": inside & (2 * np.abs(across) <= down + _RADIUS),
        "cross": inside & ((np.abs(down) <= 1) | (np.abs(across) <= 1)),
    }[shape]
