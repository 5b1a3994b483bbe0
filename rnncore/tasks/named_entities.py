"""Names of people, places and firms that only their company tells apart."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")
"""Outside; the beginning and the inside of a person, a place, a firm."""

KINDS = ("PER", "LOC", "ORG")

_STARTS = (
    "bel",
    "cor",
    "dan",
    "el",
    "far",
    "gal",
    "har",
    "jor",
    "kel",
    "lan",
    "mar",
    "nor",
    "or",
    "pel",
    "ros",
    "sal",
    "tal",
    "var",
    "wil",
    "zan",
)
_MIDDLES = ("a", "e", "i", "o", "u", "an", "en", "in", "on", "ar", "er", "or", "al", "el", "il")
_ENDS = (
    "ba",
    "da",
    "den",
    "dor",
    "fen",
    "la",
    "lin",
    "mo",
    "na",
    "ner",
    "ra",
    "ric",
    "sa",
    "son",
    "ta",
    "ton",
    "vin",
    "wick",
)

_BEFORE = {
    "PER": ("the teacher", "our neighbour", "the young doctor", "my old uncle", "a certain Ms"),
    "LOC": ("the road to", "all trains from", "the town hall of", "the harbour of", "snow over"),
    "ORG": ("shares of", "the board of", "a lorry of", "the workers of", "the new owner of"),
}
"""What may stand before a name and tells its kind."""

_AFTER = {
    "PER": ("who was born in May", "who speaks four languages", "whose mother sings"),
    "LOC": ("which lies by a lake", "where it seldom rains", "a town of old bridges"),
    "ORG": ("which makes bicycles", "which was founded in 1950", "a maker of fine glass"),
}
"""What may stand after a name, behind a comma and a pause, and tells its kind."""

_PAUSES = ("", "as we know ,", "by the way ,", "I am told ,", "so they say ,")
_NEUTRAL = ("about", "we talked of", "everybody likes", "he wrote of", "then there is")
_JOINTS = (", and", "; later", ", but", "; on Monday", "; besides ,")
_CLOSINGS = ("as before", "in the news", "once again", "to our surprise")


class TaggedNames(NamedTuple):
    """Sentences with a tag for each word."""

    sentences: list[list[str]]
    """B lists of words and marks."""
    tags: list[list[int]]
    """The same build: where in `TAGS` each word's tag stands."""


def named_entities(B: int, rng: np.random.Generator) -> TaggedNames:
    """Sentences with two or three names, each of one word or two.

        snow over Kelanton , and about Marila Dorin , as we know , who speaks four languages

    The words of names are made of syllables, thousands of them, and all kinds of names share them:
    whoever learns names by heart knows nothing of new ones, and no more of old ones. The words
    before a name tell its kind, or those after it, which is where reading backwards helps.

    Args:
        B: how many sentences.
        rng: the source of randomness.

    Returns:
        `TaggedNames(sentences, tags)`.

    Reference: Tjong Kim Sang and De Meulder, Introduction to the CoNLL-2003 Shared Task (2003),
        aclanthology.org/W03-0419.
    """
    sentences, tags = [], []
    for _ in range(B):
        words, marks = [], []
        for k in range(int(rng.integers(2, 4))):
            if k:
                _add(choose(_JOINTS, rng), "O", words, marks)
            _add_name(choose(KINDS, rng), words, marks, rng)
        _add(choose(_CLOSINGS, rng), "O", words, marks)
        sentences.append(words)
        tags.append([TAGS.index(mark) for mark in marks])
    return TaggedNames(sentences, tags)


def _add(text: str, mark: str, words: list[str], marks: list[str]) -> None:
    words += text.split()
    marks += [mark] * len(text.split())


def _add_name(kind: str, words: list[str], marks: list[str], rng: np.random.Generator) -> None:
    told_before = bool(rng.integers(2))
    _add(choose(_BEFORE[kind] if told_before else _NEUTRAL, rng), "O", words, marks)
    _add(_word(rng), f"B-{kind}", words, marks)
    if rng.integers(2):
        _add(_word(rng), f"I-{kind}", words, marks)
    if not told_before:
        _add(f", {choose(_PAUSES, rng)} {choose(_AFTER[kind], rng)}", "O", words, marks)


def _word(rng: np.random.Generator) -> str:
    return (choose(_STARTS, rng) + choose(_MIDDLES, rng) + choose(_ENDS, rng)).capitalize()
