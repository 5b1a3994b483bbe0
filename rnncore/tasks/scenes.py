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
_KINDS = len(COLOURS) * len(SHAPES)


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
    first = rng.integers(_KINDS, size=B)
    kinds = np.stack([first, (first + rng.integers(1, _KINDS, size=B)) % _KINDS], axis=1)
    relations = rng.integers(len(RELATIONS), size=B)
    seen = _stencils(kinds % len(SHAPES), _centres(relations, rng))
    colours = np.array(list(COLOURS.values()))[kinds // len(SHAPES)]
    images = 0.1 + noise * rng.standard_normal((B, 3, SIZE, SIZE))
    images += np.einsum("bkc,bkhw->bchw", colours, seen)
    names, ways = [f"a {colour} {shape}" for colour in COLOURS for shape in SHAPES], list(RELATIONS)
    captions = [
        f"{names[one]} {ways[relation]} {names[other]}".split()
        for (one, other), relation in zip(kinds, relations, strict=True)
    ]
    return Scenes(images, captions)


def _centres(relations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where the two shapes stand: apart by 8 to 12 one way, by at most 2 the other, and inside.

    Args:
        relations: the number of each scene's relation, (B,).
        rng: the source of randomness.

    Returns:
        The centres of both shapes of each scene, (down, across): (B, 2, 2).
    """
    B = len(relations)
    ways = np.array(list(RELATIONS.values()))[relations]
    asides = ways[:, ::-1] * rng.integers(-2, 3, size=(B, 1))
    gaps = ways * rng.integers(8, 13, size=(B, 1)) + asides
    room = SIZE - 2 * _RADIUS - 1 - np.abs(gaps)
    low = _RADIUS + np.maximum(-gaps, 0)
    first = low + rng.integers(0, room, endpoint=True)
    return np.stack([first, first + gaps], axis=1)


def _stencils(shapes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The pixels of shapes (B, 2), given by number, around their centres: (B, 2, 20, 20)."""
    places = np.arange(SIZE) - centres[..., None]
    down, across = places[:, :, 0, :, None], places[:, :, 1, None, :]
    inside = (np.abs(down) <= _RADIUS) & (np.abs(across) <= _RADIUS)
    stencils = {
        "circle": down**2 + across**2 <= _RADIUS**2,
        "square": inside,
        "triangle": inside & (2 * np.abs(across) <= down + _RADIUS),
        "cross": inside & ((np.abs(down) <= 1) | (np.abs(across) <= 1)),
    }
    return np.choose(shapes[:, :, None, None], [stencils[shape] for shape in SHAPES])
