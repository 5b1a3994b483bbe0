"""CoNLL-2003: newspaper English with the names of people, places, organisations and the rest."""

from pathlib import Path
from typing import NamedTuple

from rnncore.tasks.corpora.fetch import local_copy

TAGS = ("O", *(f"{way}-{kind}" for kind in ("PER", "LOC", "ORG", "MISC") for way in "BI"))
"""Outside; the beginning and the inside of a name of each kind."""

TaggedSentences = list[tuple[list[str], list[str]]]
"""For each sentence its words and their tags."""

_PAGE = "www.clips.uantwerpen.be/conll2003/ner"


class NamedEntities(NamedTuple):
    """Sentences and the names in them, in the usual split."""

    train: TaggedSentences
    """The file eng.train."""
    valid: TaggedSentences
    """The file eng.testa."""
    test: TaggedSentences
    """The file eng.testb."""


def conll2003() -> NamedEntities:
    """The English part of the shared task, tagged with B- at each beginning of a name (IOB2).

    The text belongs to Reuters and is handed out under an agreement, so it cannot be fetched: the
    folder that `RNNCORE_DATA` names must hold `conll2003/eng.train`, `eng.testa` and `eng.testb`,
    made as www.clips.uantwerpen.be/conll2003/ner tells. That page gives no checksums, so none are
    compared, only the form of each line. Both ways to write the tags, the task's own (IOB1) and
    IOB2, are read.

    Returns:
        `NamedEntities(train, valid, test)`, lists of (words, tags).

    Raises:
        FileNotFoundError: if there is no local copy; the message says what to do.
        ValueError: if a line does not have four columns, or a tag is unknown.

    Reference: Tjong Kim Sang and De Meulder, Introduction to the CoNLL-2003 Shared Task:
        Language-Independent Named Entity Recognition (2003), aclanthology.org/W03-0419.
    """
    return NamedEntities(
        *(
            _sentences(local_copy(f"conll2003/{file}", _PAGE))
            for file in ("eng.train", "eng.testa", "eng.testb")
        )
    )


def _sentences(path: Path) -> TaggedSentences:
    sentences: TaggedSentences = []
    words: list[str] = []
    tags: list[str] = []
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate([*lines, ""], start=1):
        columns = line.split()
        if not columns or columns[0] == "-DOCSTART-":
            if words:
                sentences.append((words, tags))
            words, tags = [], []
            continue
        if len(columns) != 4 or columns[3] not in TAGS:
            raise ValueError(
                f"{path}, line {number}, must have a word, two tags that are not read, and one of "
                f"{', '.join(TAGS)}; got {line!r}"
            )
        words.append(columns[0])
        tags.append(_with_beginning(columns[3], tags))
    return sentences


def _with_beginning(tag: str, before: list[str]) -> str:
    """B- instead of I- where no name of the kind goes on."""
    way, _, kind = tag.partition("-")
    goes_on = bool(before) and before[-1] in (f"B-{kind}", f"I-{kind}")
    return f"B-{kind}" if way == "I" and not goes_on else tag
