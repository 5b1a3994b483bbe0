"""He said, "Teddy bears are on sale" - he said, "Teddy Roosevelt was a great President"."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose

AMBIGUOUS = ("Teddy", "Penny", "Rose", "Amber", "Jasmine", "Ginger", "Basil", "Olive")
"""Words that begin a person's name or a thing on sale; only the next word tells which."""

THINGS = ("bears", "rolls", "bushes", "rings", "tea", "biscuits", "leaves", "trees")
SURNAMES = ("Roosevelt", "Lane", "Miller", "Reed", "Hughes", "Carter", "Brooks", "Stone")
OPENINGS = (
    "he said",
    "she said yesterday",
    "I read that",
    "we heard on the radio that",
    "everyone knows that",
    "they wrote",
)
_ENDS = (
    "can be seen in the market",
    "will be there on Monday",
    "brought joy to the town",
    "came up again today",
    "made the front page",
)


def _vocabulary() -> tuple[str, ...]:
    text = " ".join((*OPENINGS, *AMBIGUOUS, *THINGS, *SURNAMES, *_ENDS)).split()
    return ("<pad>", *dict.fromkeys(text))


VOCABULARY = _vocabulary()
"""The words of all sentences; the index of a word is its id, 0 is padding."""


class TaggedSentences(NamedTuple):
    """Sentences and the words in them that belong to a name."""

    ids: np.ndarray
    """(B, T), int64: where in `VOCABULARY` each word stands, 0 in the padding."""
    tags: np.ndarray
    """(B, T), int64: 1 at the words of a person's name, else 0."""
    lengths: np.ndarray
    """(B,), int64."""
    ambiguous: np.ndarray
    """(B,), int64: at which step the ambiguous word stands."""


def teddy_sentences(B: int, rng: np.random.Generator) -> TaggedSentences:
    """Sentences in which one word may begin a name, and only the word after it tells.

        he said Teddy bears can be seen in the market          0 0 0 0 0 0 0 0 0 0
        he said Teddy Roosevelt can be seen in the market      0 0 1 1 0 0 0 0 0 0

    Names and things are equally likely, so a tagger that reads only forwards is at chance on the
    ambiguous word.

    Args:
        B: how many sentences.
        rng: the source of randomness.

    Returns:
        `TaggedSentences(ids, tags, lengths, ambiguous)`.

    Reference: the example: Ng, Sequence Models (2018), lecture on bidirectional RNNs; the idea:
        Schuster and Paliwal (1997), doi:10.1109/78.650093.
    """
    index = {word: i for i, word in enumerate(VOCABULARY)}
    is_name = rng.integers(0, 2, size=B)
    sentences, places = [], []
    for name in is_name:
        opening = choose(OPENINGS, rng).split()
        after = choose(SURNAMES if name else THINGS, rng)
        sentences.append([*opening, choose(AMBIGUOUS, rng), after, *choose(_ENDS, rng).split()])
        places.append(len(opening))
    lengths, places = np.array([len(words) for words in sentences]), np.array(places)
    ids = np.zeros((B, lengths.max(initial=0)), dtype=np.int64)
    for row, words in zip(ids, sentences, strict=True):
        row[: len(words)] = [index[word] for word in words]
    steps = np.arange(ids.shape[1])
    inside = (steps >= places[:, None]) & (steps <= places[:, None] + 1)
    return TaggedSentences(ids, inside * is_name[:, None], lengths, places)
