"""Multi30k: what is to be seen in pictures, in English, German and French."""

import gzip
from typing import NamedTuple

from rnncore.tasks.corpora.fetch import fetch

LANGUAGES = ("en", "de", "fr")
_FILES = {"train": "train", "valid": "val", "test": "test_2016_flickr"}

SentencePairs = list[tuple[str, str]]


class Translations(NamedTuple):
    """Sentences and their translations."""

    train: SentencePairs
    """29,000."""
    valid: SentencePairs
    """1,014."""
    test: SentencePairs
    """1,000, the test set of 2016."""


def multi30k(source: str = "de", target: str = "en") -> Translations:
    """Pairs of sentences, as they were written: with capitals and marks, not cut into tokens.

    Args:
        source: the language to translate from, `"en"`, `"de"` or `"fr"`.
        target: the language to translate into.

    Returns:
        `Translations(train, valid, test)`, lists of (source, target).

    Raises:
        ValueError: if a language is none of the three, or a file is not what it should be.
        OSError: if a file cannot be had; see `fetch`.

    Reference: Elliott, Frank, Sima'an and Specia, Multi30K: Multilingual English-German Image
        Descriptions (2016), arXiv:1605.00459.
    """
    for language in (source, target):
        if language not in LANGUAGES:
            raise ValueError(f"languages must be of {LANGUAGES}; got {language!r}")
    return Translations(
        *(
            list(zip(_lines(part, source), _lines(part, target), strict=True))
            for part in ("train", "valid", "test")
        )
    )


def _lines(part: str, language: str) -> list[str]:
    path = fetch(f"multi30k/{_FILES[part]}.{language}.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line.strip() for line in file]
