"""IMDB: long reviews of films, for or against."""

import re
import tarfile
from typing import NamedTuple

import numpy as np

from rnncore.tasks.corpora.fetch import fetch

_MEMBER = re.compile(r"aclImdb/(train|test)/(neg|pos)/(\d+)_\d+\.txt")


class Reviews(NamedTuple):
    """Reviews and what they say."""

    texts: list[str]
    """As they were written; `<br />` ends a line."""
    labels: np.ndarray
    """(N,), int64: 1 for, 0 against."""


def imdb() -> tuple[Reviews, Reviews]:
    """25,000 reviews to train on and 25,000 to test on, half of each for and half against.

    They come in the order of their numbers, first those against. No film is in both parts. Reviews
    without a label, of which the archive has 50,000, are left out.

    Returns:
        The reviews to train on and those to test on.

    Raises:
        OSError: if the file cannot be had; see `fetch`.
        ValueError: if it is another file, or holds no reviews.

    Reference: Maas et al., Learning Word Vectors for Sentiment Analysis (2011),
        ai.stanford.edu/~amaas/data/sentiment.
    """
    name = "imdb/aclImdb_v1.tar.gz"
    found: dict[str, list[tuple[str, int, str]]] = {"train": [], "test": []}
    with tarfile.open(fetch(name), "r|gz") as archive:
        for member in archive:
            match, file = _MEMBER.fullmatch(member.name), archive.extractfile(member)
            if match and file:
                part, opinion, number = match.groups()
                found[part].append((opinion, int(number), file.read().decode("utf-8")))
    for part, reviews in found.items():
        if not reviews:
            raise ValueError(f"{name} must hold reviews in aclImdb/{part}/neg and pos; got none")
    train, test = (_reviews(sorted(reviews)) for reviews in found.values())
    return train, test


def _reviews(rows: list[tuple[str, int, str]]) -> Reviews:
    labels = np.array([opinion == "pos" for opinion, _, _ in rows], dtype=np.int64)
    return Reviews([text for _, _, text in rows], labels)
