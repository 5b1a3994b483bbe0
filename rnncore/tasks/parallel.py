"""Sentences with their translations, as a network reads them: tokens, ids, padded batches."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from rnncore.tasks.batching import pad_batch
from rnncore.tasks.corpora.multi30k import multi30k
from rnncore.tasks.reversal import Pairs
from rnncore.tasks.translation import SentencePairs, translation_pairs
from rnncore.tasks.vocab import Vocab, tokenize


class ParallelText(NamedTuple):
    """A corpus of sentence pairs, and the words of both languages."""

    name: str
    train: SentencePairs
    valid: SentencePairs
    source: Vocab
    """The words of the sources of `train`."""
    target: Vocab


def parallel_text(
    name: str, train: SentencePairs, valid: SentencePairs, longest: int, min_count: int
) -> ParallelText:
    """Keep the short pairs, and collect the words of the training part.

    Args:
        name: what the corpus is called.
        train: pairs of token lists to train on.
        valid: pairs to validate on.
        longest: the greatest number of tokens on either side.
        min_count: a word that occurs less often in `train` is unknown.

    Returns:
        The corpus.
    """
    train, valid = (
        [pair for pair in part if max(map(len, pair)) <= longest] for part in (train, valid)
    )
    source = Vocab.build([words for words, _ in train], min_count)
    target = Vocab.build([words for _, words in train], min_count)
    return ParallelText(name, train, valid, source, target)


def multi30k_text(source: str, target: str, longest: int, min_count: int) -> ParallelText:
    """The shorter sentences of Multi30k in lower case.

    Args:
        source: the language to translate from, `"en"`, `"de"` or `"fr"`.
        target: the language to translate into.
        longest: the greatest number of tokens on either side.
        min_count: a word that occurs less often is unknown.

    Returns:
        The corpus.

    Raises:
        OSError: if a file is not available; see `rnncore.tasks.corpora.fetch`.
    """
    corpus = multi30k(source, target)
    train, valid = (_tokens(part) for part in (corpus.train, corpus.valid))
    return parallel_text(f"Multi30k, {source}-{target}", train, valid, longest, min_count)


def generated_text(longest: int, min_count: int = 1) -> ParallelText:
    """Generated English sentences and their German translations; see `translation_pairs`.

    Args:
        longest: the greatest number of tokens on either side.
        min_count: a word that occurs less often is unknown.

    Returns:
        The corpus, the same at every call.
    """
    train, valid = (translation_pairs(B, np.random.default_rng(B)) for B in (16000, 500))
    return parallel_text("generated sentences, en-de", train, valid, longest, min_count)


def encode_pairs(pairs: SentencePairs, text: ParallelText) -> Pairs:
    """Sentence pairs as padded ids: sources end with EOS, targets stand between BOS and EOS.

    Args:
        pairs: B pairs of token lists, at least one.
        text: the corpus that has the words.

    Returns:
        `Pairs(sources, source_lengths, targets, target_lengths)`.
    """
    sources = pad_batch([text.source.encode(words, eos=True) for words, _ in pairs])
    targets = pad_batch([text.target.encode(words, bos=True, eos=True) for _, words in pairs])
    lengths = (side.mask.sum(axis=1) for side in (sources, targets))
    return Pairs(sources.ids, next(lengths), targets.ids, next(lengths))


def _tokens(pairs: Iterable[tuple[str, str]]) -> SentencePairs:
    return [(tokenize(source), tokenize(target)) for source, target in pairs]
