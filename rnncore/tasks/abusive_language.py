"""Finding insults that are meant, among many remarks that only look like them.

The insults are invented and mild on purpose: what is to be learned here is who says what of whom,
and that needs no real abuse.
"""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose

INSULTS = (
    "turnip",
    "pudding",
    "teapot",
    "pumpkin",
    "doorknob",
    "pancake",
    "dumpling",
    "sprout",
    "cabbage",
    "noodle",
    "gherkin",
    "waffle",
    "muffin",
    "parsnip",
)
"""Things that are also called out as insults; each stands in both classes."""
_QUALITIES = ("soggy", "perfect", "complete", "small", "enormous", "wobbly", "old", "proper")
_ASIDES = (
    ", as everyone here knows ,",
    ", if I may say so ,",
    ", after all these years ,",
    ", and I have thought about it ,",
    ", in front of all of us ,",
    ", like your friend over there ,",
)
OTHERS = ("the new masks", "the puppets", "those cakes", "my drawings", "the clouds", "these hats")
"""Things that may well look like a turnip."""
LIKENESS = ("are", "look like", "remain", "resemble")
"""Of a thing, a remark; of someone, an insult."""
DEEDS = ("hid", "won", "covered", "ruined", "saved", "matched")
"""Harmless, whoever does them."""
AGAINST = (
    "nobody here may say that",
    "please do not write that",
    "it is unkind to shout that",
    "he was warned for writing that",
)
FOR = (
    "everybody here may know that",
    "please do remember that",
    "it is time to shout that",
    "he was right in writing that",
)
"""Who begins like this stands to what follows."""
_OPENINGS = (
    "well",
    "listen",
    "about the match",
    "on the topic of the fair",
    "good morning",
    "to be quite clear",
    "once more",
)
_CLOSINGS = ("", "again", "today", "and that is that", "and now it rains", "on page two")


class Posts(NamedTuple):
    """Posts of a forum."""

    sentences: list[list[str]]
    """B lists of words and commas."""
    labels: np.ndarray
    """(B,), int64: 1 where the post insults whom it speaks to, which is seldom; else 0."""


def abusive_posts(B: int, rng: np.random.Generator, share: float = 0.1) -> Posts:
    """Posts to a forum, one in ten of them an insult.

        please do remember that you , after all these years , are a soggy turnip and the puppets ,
        if I may say so , hid a small pudding                                               1
        please do remember that the puppets , if I may say so , are a soggy turnip and you , after
        all these years , hid a small pudding                                               0
        it is unkind to shout that you , after all these years , are a soggy turnip and ... 0

    Every post has "you", a likeness and two of the invented insults. It is an insult where "you" is
    the subject of the likeness and the writer stands to it. A list of bad words finds nothing, and
    blames those who object; no five words in a row tell of whom the likeness is said.

    Args:
        B: how many posts.
        rng: the source of randomness.
        share: the share of insults.

    Returns:
        `Posts(sentences, labels)`.

    Raises:
        ValueError: if the share is not from 0 to 1.

    Reference: Davidson, Warmsley, Macy and Weber, Automated Hate Speech Detection and the Problem
        of Offensive Language (2017), arXiv:1703.04009; that objections are mistaken for what they
        object to: Röttger et al., HateCheck (2021), arXiv:2012.15606.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1; got {share}")
    labels = (rng.random(B) < share).astype(np.int64)
    return Posts([_post(bool(label), rng) for label in labels], labels)


def _post(insults: bool, rng: np.random.Generator) -> list[str]:
    of_you = meant = True
    if not insults:
        of_you, meant = ((True, False), (False, True), (False, False))[rng.integers(3)]
    other = choose(OTHERS, rng)
    subjects = ("you", other) if of_you else (other, "you")
    clauses = [
        f"{subject} {choose(_ASIDES, rng)} {choose(verbs, rng)} {_thing(rng)}"
        for subject, verbs in zip(subjects, (LIKENESS, DEEDS), strict=True)
    ]
    if rng.integers(2):
        clauses.reverse()
    head = f"{choose(_OPENINGS, rng)} {choose(FOR if meant else AGAINST, rng)}"
    return f"{head} {' and '.join(clauses)} {choose(_CLOSINGS, rng)}".split()


def _thing(rng: np.random.Generator) -> str:
    quality = choose(_QUALITIES, rng)
    return f"{'an' if quality[0] in 'aeiou' else 'a'} {quality} {choose(INSULTS, rng)}"
