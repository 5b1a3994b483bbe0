"""Finding insults that are meant, among many remarks that only look like them.

The insults are invented and mild on purpose: what is to be learned here is who says what of whom,
and that needs no real abuse. People and dialect of `forum_posts` are invented too.
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


PEOPLE = (
    ("Zibbo", "Quell", "Fipsy", "Dorrow", "Wimbel", "Pandil"),
    ("Nuddle", "Brenk", "Kivvy", "Larpo", "Hobbin", "Yestle"),
)
"""Invented names of two groups of people."""
PARTICLES = ("dap", "nim")
"""Words of an invented dialect, which mean no more than "well" does."""


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


class ForumPosts(NamedTuple):
    """Posts of a forum, to whom and in which dialect they are written, and who judged them."""

    sentences: list[list[str]]
    """B lists of words and commas."""
    labels: np.ndarray
    """(B,), int64: 1 where the post is an insult."""
    marks: np.ndarray
    """(B,), int64: what annotators took it for."""
    group: np.ndarray
    """(B,), int64: to whose group it is written, 0 or 1 in `PEOPLE`."""
    dialect: np.ndarray
    """(B,), bool: whether it is written in the dialect."""


def forum_posts(
    B: int,
    rng: np.random.Generator,
    share: float = 0.05,
    *,
    attacked: float = 0.5,
    mistaken: float = 0.0,
) -> ForumPosts:
    """The posts of `abusive_posts`, each written to somebody, every second one in a dialect.

        Kivvy , dap well everybody here may know that you , ... nim

    What is an insult depends neither on the name nor on the dialect. But people of group 1 may be
    insulted more often, and annotators who do not know the dialect may mistake harmless posts for
    insults.

    Args:
        B: how many posts.
        rng: the source of randomness.
        share: the share of insults.
        attacked: the share of insults that are written to people of group 1; of the harmless posts
            it is a half.
        mistaken: the share of the harmless posts in dialect that annotators mark as insults.

    Returns:
        `ForumPosts(sentences, labels, marks, group, dialect)`.

    Raises:
        ValueError: if a share is not from 0 to 1.

    Reference: names: Dixon et al., Measuring and Mitigating Unintended Bias in Text Classification
        (2018), doi:10.1145/3278721.3278729; dialect: Sap et al., The Risk of Racial Bias in Hate
        Speech Detection (2019), aclanthology.org/P19-1163.
    """
    for name, value in {"attacked": attacked, "mistaken": mistaken}.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be from 0 to 1; got {value}")
    posts, labels = abusive_posts(B, rng, share)
    group = (rng.random(B) < np.where(labels == 1, attacked, 0.5)).astype(np.int64)
    dialect = rng.random(B) < 0.5
    wrongly = (labels == 0) & dialect & (rng.random(B) < mistaken)
    sentences = []
    for post, people, in_dialect in zip(posts, group, dialect, strict=True):
        first, last = PARTICLES if in_dialect else ("", "")
        words = [choose(PEOPLE[people], rng), ",", first, *post, last]
        sentences.append([word for word in words if word])
    return ForumPosts(sentences, labels, np.where(wrongly, 1, labels), group, dialect)


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
