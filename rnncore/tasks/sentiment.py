"""Reviews in one sentence or two, in which a "not" far before a word turns its sense round."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose

POSITIVE = (
    "good",
    "charming",
    "clever",
    "funny",
    "moving",
    "brilliant",
    "lovely",
    "gripping",
    "fresh",
    "warm",
    "witty",
    "graceful",
    "honest",
    "tender",
    "bold",
)
NEGATIVE = (
    "bad",
    "boring",
    "clumsy",
    "dull",
    "tiring",
    "awful",
    "dreary",
    "empty",
    "stale",
    "cold",
    "shallow",
    "noisy",
    "false",
    "bitter",
    "slow",
)
NEGATIONS = ("not", "never", "hardly", "in no way")
_PLAIN = ("always", "truly", "in every way", "clearly")

_SUBJECTS = (
    "the film",
    "this novel",
    "her new album",
    "the second act",
    "his last play",
    "the show",
    "that concert",
    "the whole story",
)
_VERBS = ("was", "is", "became", "remained")
_ASIDES = (
    ", if you ask me ,",
    ", to my mind ,",
    ", as far as I could see ,",
    ", at least on Friday evening ,",
    ", from beginning to end ,",
    ", for me and my friends ,",
    ", in spite of its famous cast ,",
    ", like all that she makes ,",
)
_DEGREES = ("", "really", "very", "altogether", "all that", "so", "particularly")
_FACT_SUBJECTS = (
    "we",
    "my neighbours",
    "the people behind us",
    "my sister and I",
    "the two critics",
    "some of the guests",
)
_FACTS = (
    "sat near the front",
    "come by train",
    "stayed for the discussion",
    "read the programme",
    "paid for the tickets",
    "brought the children",
    "gone home by taxi",
    "seen the first part",
)


class Reviews(NamedTuple):
    """Reviews and their verdicts."""

    sentences: list[list[str]]
    """B lists of words and commas."""
    labels: np.ndarray
    """(B,), int64: 1 for praise, 0 for blame."""


def sentiment_reviews(B: int, rng: np.random.Generator) -> Reviews:
    """Reviews of which the sense is a word of praise or blame, turned round by a negation or not.

        the film was not , to my mind , very boring , and we had always come by train     1

    The verdict has an adjective and, more than three tokens before it, a negation or a word that
    changes nothing. A remark beside it, before or after, has one of those words too, and means
    nothing. Adjectives and negations are drawn apart from each other, so every single word, and
    every four words in a row, are as frequent in praise as in blame.

    Args:
        B: how many reviews.
        rng: the source of randomness.

    Returns:
        `Reviews(sentences, labels)`.

    Reference: why negation needs order: Socher et al., Recursive Deep Models for Semantic
        Compositionality over a Sentiment Treebank (2013), aclanthology.org/D13-1170.
    """
    labels = np.zeros(B, dtype=np.int64)
    sentences = []
    for k in range(B):
        praises, negated = bool(rng.integers(2)), bool(rng.integers(2))
        labels[k] = praises != negated
        adjective = choose(POSITIVE if praises else NEGATIVE, rng)
        turn = choose(NEGATIONS if negated else _PLAIN, rng)
        verdict = (
            f"{choose(_SUBJECTS, rng)} {choose(_VERBS, rng)} {turn} {choose(_ASIDES, rng)} "
            f"{choose(_DEGREES, rng)} {adjective}"
        )
        beside = choose(NEGATIONS if rng.integers(2) else _PLAIN, rng)
        remark = f"{choose(_FACT_SUBJECTS, rng)} had {beside} {choose(_FACTS, rng)}"
        parts = [verdict, remark] if rng.integers(2) else [remark, verdict]
        sentences.append(" , and ".join(parts).split())
    return Reviews(sentences, labels)
