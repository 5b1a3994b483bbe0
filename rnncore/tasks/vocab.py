"""From text to whole numbers and back."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

PAD, UNK, BOS, EOS = range(4)
"""The ids of padding, of unknown words, of the beginning and of the end of a sentence."""

SPECIAL = ("<pad>", "<unk>", "<bos>", "<eos>")
"""How they are written; the index is the id."""


def tokenize(text: str) -> list[str]:
    """Cut a text into words and marks, in lower case.

    A word is a run of letters and digits. A hyphen - or an apostrophe, ' or ’, that stands between
    two letters or digits belongs to the word. Every other character that is no white space is a
    mark, a token of its own.

        tokenize("Don't stop, Anna-Lena.")   # ["don't", "stop", ",", "anna-lena", "."]

    Args:
        text: any text.

    Returns:
        The tokens, a list in the order of the text.
    """
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]|_", text.lower())


def build_vocab(
    sentences: Iterable[Sequence[str]], min_count: int = 1, max_size: int | None = None
) -> list[str]:
    """Collect the tokens of a corpus: the special ones, then the most frequent first.

    Tokens that occur equally often stand in the order of sorted(). Special ones that occur in the
    corpus are not counted: each stands in the result once, at the beginning.

    Args:
        sentences: lists of tokens.
        min_count: a token that occurs less often than this is left out.
        max_size: how many tokens there may be at most, the special ones included; None for all.

    Returns:
        The tokens, a list that begins with those of `SPECIAL`; the index of a token is its id.

    Raises:
        ValueError: if there is no room for the special tokens.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 12.4.3, on how large
        a vocabulary may be.
    """
    if max_size is not None and max_size < len(SPECIAL):
        raise ValueError(f"max_size must be at least {len(SPECIAL)}; got {max_size}")
    counts = Counter(token for sentence in sentences for token in sentence)
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    known = [token for token in ranked if counts[token] >= min_count and token not in SPECIAL]
    return [*SPECIAL, *known][:max_size]


def encode(
    tokens: Iterable[str], id_of: Mapping[str, int], bos: bool = False, eos: bool = False
) -> list[int]:
    """The ids of tokens; UNK, which is 1, for those that are not in the vocabulary.

    Args:
        tokens: the tokens of one sentence.
        id_of: the id of each token of the vocabulary.
        bos: whether to put BOS, the mark of the beginning, before them.
        eos: whether to put EOS, the mark of the end, behind them.

    Returns:
        The ids, a list.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 12.4.
    """
    ids = [id_of.get(token, UNK) for token in tokens]
    return [BOS] * bos + ids + [EOS] * eos


def decode(ids: Iterable[int], vocab: Sequence[str]) -> list[str]:
    """The tokens of ids, up to the first end mark, without beginning mark and padding.

    Args:
        ids: whole numbers from 0 to the size of the vocabulary less one.
        vocab: the tokens; the index of a token is its id.

    Returns:
        The tokens.

    Raises:
        ValueError: if an id is outside the vocabulary.

    Reference: as `encode`.
    """
    tokens = []
    for i in ids:
        if not 0 <= i < len(vocab):
            raise ValueError(f"ids must be from 0 to {len(vocab) - 1}; got {i}")
        if i == EOS:
            break
        if i not in (PAD, BOS):
            tokens.append(vocab[i])
    return tokens


@dataclass(frozen=True)
class Vocab:
    """The tokens that a model knows; the index of a token is its id.

    The first four are `<pad>`, `<unk>`, `<bos>` and `<eos>`.
    """

    tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.tokens[: len(SPECIAL)] != SPECIAL:
            raise ValueError(f"tokens must begin with {SPECIAL}; got {self.tokens[:4]}")
        if len(set(self.tokens)) < len(self.tokens):
            twice = [token for token, n in Counter(self.tokens).items() if n > 1]
            raise ValueError(f"tokens must differ; more than once: {twice}")

    @classmethod
    def build(
        cls, sentences: Iterable[Sequence[str]], min_count: int = 1, max_size: int | None = None
    ) -> "Vocab":
        """A vocabulary of the tokens of a corpus, as `build_vocab` collects them.

        Only the training part of a corpus belongs here: what the test part adds is unknown.
        """
        return cls(tuple(build_vocab(sentences, min_count, max_size)))

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, tokens: Iterable[str], *, bos: bool = False, eos: bool = False) -> list[int]:
        """The ids of tokens, as `encode` gives them."""
        return encode(tokens, self._ids, bos, eos)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The tokens of ids, as `decode` gives them."""
        return decode(ids, self.tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: i for i, token in enumerate(self.tokens)}
