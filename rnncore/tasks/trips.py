"""I enjoyed my trip to Andhra Pradesh. I also learned to speak some sentences from Telugu."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose

LANGUAGES = {
    "telugu": ("andhra pradesh", "vijayawada"),
    "tamil": ("tamil nadu", "chennai"),
    "kannada": ("karnataka", "mysuru"),
    "malayalam": ("kerala", "kochi"),
    "marathi": ("maharashtra", "pune"),
    "gujarati": ("gujarat", "surat"),
    "bengali": ("west bengal", "kolkata"),
    "odia": ("odisha", "cuttack"),
}
"""Eight languages of India, and a state and a city where each is at home."""

_OPENINGS = (
    "i enjoyed my trip to",
    "we spent two weeks in",
    "my sister works in",
    "last winter i stayed in",
    "a friend invited me to",
)
_BETWEEN = ("", "", "the food was good .", "it rained nearly every day .", "the trains were full .")
_SECOND = (
    "i also learned to speak some sentences from",
    "by now i can read a little",
    "on the way i was taught a song in",
    "now i take evening classes in",
)


class Trips(NamedTuple):
    """Pairs of sentences."""

    openings: list[list[str]]
    """B lists of words, up to the language."""
    languages: list[str]
    """The B languages."""


def trips(B: int, rng: np.random.Generator) -> Trips:
    """Pairs of sentences: a place in the first settles the language at the end of the second.

        i enjoyed my trip to andhra pradesh . i also learned to speak some sentences from telugu .

    Between the place and the language stand 7 to 16 words, full stops among them.

    Args:
        B: how many pairs.
        rng: the source of randomness.

    Returns:
        `Trips(openings, languages)`; the language and the full stop behind it are left out of the
        openings, which name a language only as a part of Tamil Nadu.
    """
    drawn = Trips([], [])
    for _ in range(B):
        language = choose(list(LANGUAGES), rng)
        place = choose(LANGUAGES[language], rng)
        first, between, second = (choose(part, rng) for part in (_OPENINGS, _BETWEEN, _SECOND))
        drawn.openings.append(f"{first} {place} . {between} {second}".split())
        drawn.languages.append(language)
    return drawn
