"""I grew up in Punjab ... I speak fluent Punjabi: agreement at a distance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LANGUAGES = {
    "Punjabi": ("Punjab", "Amritsar"),
    "Welsh": ("Wales", "Swansea"),
    "Catalan": ("Catalonia", "Girona"),
    "Finnish": ("Finland", "Tampere"),
    "Bengali": ("Bengal", "Dhaka"),
    "Swahili": ("Zanzibar", "Mombasa"),
    "Italian": ("Tuscany", "Siena"),
    "Japanese": ("Hokkaido", "Kyoto"),
}
"""Each language, which is a class, and the places that call for it."""

_OPENINGS = ("I grew up in", "I was born in", "I started school in", "our house was in")
_PHRASES = (
    "where it often rains",
    "with my two sisters",
    "and the food is good",
    "near a wide river",
    "we had a small garden",
    "my uncle sold green tea",
    "in winter the days are short",
    "later we moved",
    "and I studied music",
    "then I found work",
    "the trains were always late",
    "on Sundays we cooked together",
    "my best friend plays chess",
    "now I teach",
    "long ago",
    "honestly",
)
_CLOSINGS = ("and I speak fluent", "so I speak good", "which is why I speak")

_SHORTEST = max(len(closing.split()) for closing in _CLOSINGS)


def _vocabulary() -> tuple[str, ...]:
    places = [place for places in LANGUAGES.values() for place in places]
    words = " ".join((*_OPENINGS, *_PHRASES, *_CLOSINGS)).split()
    return tuple(dict.fromkeys([*places, *words]))


VOCABULARY = _vocabulary()
"""The words of all sentences; the index of a word is its id."""

_IDS = {word: i for i, word in enumerate(VOCABULARY)}


class Sentences(NamedTuple):
    """Sentences that break off before their last word, a language."""

    ids: np.ndarray
    """(B, T), int64, word ids: where in `VOCABULARY` each word stands."""
    labels: np.ndarray
    """(B,), int64: where in `LANGUAGES` the missing last word stands."""


def agreement_sentences(B: int, distance: int, rng: np.random.Generator) -> Sentences:
    """Sentences whose last word is settled by a place, `distance` words before it.

        I grew up in Punjab near a wide river now I teach and I speak fluent ___

    An opening, the place, as many words of small talk as it takes, a closing. All sentences of one
    batch have the same distance and the same length.

    Args:
        B: how many sentences.
        distance: how many steps lie between reading the place and having to name the language,
            the words after the place; at least the length of the longest closing, 5.
        rng: the source of randomness.

    Returns:
        `Sentences(ids, labels)` of shapes (B, T) and (B,).

    Raises:
        ValueError: if the distance is too short.
    """
    if distance < _SHORTEST:
        raise ValueError(f"distance must be at least {_SHORTEST}; got {distance}")
    names = list(LANGUAGES)
    labels = rng.integers(0, len(names), size=B)
    ids = [_sentence(LANGUAGES[names[label]], distance, rng) for label in labels]
    return Sentences(np.array(ids, dtype=np.int64), labels)


def sentence_text(ids: np.ndarray) -> str:
    """The words of one sentence, (T,) ids, as text."""
    return " ".join(VOCABULARY[i] for i in ids)


def _sentence(places: tuple[str, ...], distance: int, rng: np.random.Generator) -> list[int]:
    closing = _pick(_CLOSINGS, rng).split()
    words = [*_pick(_OPENINGS, rng).split(), _pick(places, rng)]
    missing = distance - len(closing)
    while missing:
        phrase = _pick([p for p in _PHRASES if len(p.split()) <= missing], rng).split()
        words += phrase
        missing -= len(phrase)
    return [_IDS[word] for word in (*words, *closing)]


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
