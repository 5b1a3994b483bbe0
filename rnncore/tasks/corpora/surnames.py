"""Surnames from 18 languages."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.corpora.fetch import fetch
from rnncore.tasks.corpora.registry import SHA256

LANGUAGES = tuple(
    name.removeprefix("names/").removesuffix(".txt") for name in SHA256 if name.startswith("names/")
)
"""The classes; the index of a language is its label."""


class Surnames(NamedTuple):
    """Names and where they come from."""

    names: list[str]
    labels: np.ndarray
    """(N,), int64: where in `LANGUAGES` the language stands."""


def surnames(rng: np.random.Generator, test_share: float = 0.2) -> tuple[Surnames, Surnames]:
    """All names, shuffled and split.

    A name that a language has twice is taken once. Some names belong to several languages; no
    spelling stands in both parts. Almost half of the names are Russian.

    Args:
        rng: the source of randomness; the same generator gives the same split.
        test_share: the share of spellings that are kept for the test, between 0 and 1.

    Returns:
        The names to train on and those to test on.

    Raises:
        OSError, ValueError: if a file cannot be had, or is another one; see `fetch`.

    Reference: Robertson, Practical PyTorch, Classifying Names with a Character-Level RNN (2017),
        github.com/spro/practical-pytorch.
    """
    spoken: dict[str, list[int]] = {}
    for label, language in enumerate(LANGUAGES):
        lines = fetch(f"names/{language}.txt").read_text(encoding="utf-8").split("\n")
        for name in dict.fromkeys(line.strip() for line in lines if line.strip()):
            spoken.setdefault(name, []).append(label)
    ordered = list(spoken)
    spellings = [ordered[k] for k in rng.permutation(len(ordered))]
    n_test = round(test_share * len(spellings))
    train, test = (
        [(name, label) for name in part for label in spoken[name]]
        for part in (spellings[n_test:], spellings[:n_test])
    )
    return _surnames(train), _surnames(test)


def _surnames(pairs: list[tuple[str, int]]) -> Surnames:
    labels = np.array([label for _, label in pairs], dtype=np.int64)
    return Surnames([name for name, _ in pairs], labels)
