"""From text to whole numbers and back."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

PAD, UNK, BOS, EOS = range(4)
"""The ids of padding, of unknown words, of the beginning and of the end of a sentence."""

SPECIAL = ("<pad>", "<unk>", "<bos>", "<eos>")
"""How they are written; the index is the id."""

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]|_")


def tokenize(text: str) -> list[str]:
    """Cut a text into words and punctuation marks, in lower case.

    A hyphen or an apostrophe within a word belongs to it; every other mark is a token.

        tokenize("Don't stop, Anna-Lena.")   # don't  stop  ,  anna-lena  .

    Args:
        text: any text.

    Returns:
        The tokens, in order.
    """
    return _TOKEN.findall(text.lower())


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
        """Collect the tokens of a corpus, the most frequent first, equals in alphabetical order.

        Only the training part of a corpus belongs here: what the test part adds is unknown.

        Args:
            sentences: lists of tokens.
            min_count: a token that occurs less often is unknown.
            max_size: how many tokens there may be, the four special ones included.

        Returns:
            A `Vocab`.

        Raises:
            ValueError: if there is no room for the special tokens.
        """
        if max_size is not None and max_size < len(SPECIAL):
            raise ValueError(f"max_size must be at least {len(SPECIAL)}; got {max_size}")
        counts = Counter(token for sentence in sentences for token in sentence)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        known = [token for token, n in ranked if n >= min_count and token not in SPECIAL]
        return cls((*SPECIAL, *known)[:max_size])

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, tokens: Iterable[str], *, bos: bool = False, eos: bool = False) -> list[int]:
        """The ids of tokens; 1, `<unk>`, for those that are not in the vocabulary.

        Args:
            tokens: the tokens of one sentence.
            bos: whether to put the beginning mark before them.
            eos: whether to put the end mark behind them.

        Returns:
            The ids.
        """
        ids = [self._ids.get(token, UNK) for token in tokens]
        return [BOS] * bos + ids + [EOS] * eos

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The tokens of ids, up to the first end mark, without beginning mark and padding.

        Args:
            ids: whole numbers from 0 to the size of the vocabulary less one.

        Returns:
            The tokens.

        Raises:
            ValueError: if an id is outside the vocabulary.
        """
        tokens = []
        for i in ids:
            if not 0 <= i < len(self):
                raise ValueError(f"ids must be from 0 to {len(self) - 1}; got {i}")
            if i == EOS:
                break
            if i not in (PAD, BOS):
                tokens.append(self.tokens[i])
        return tokens

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: i for i, token in enumerate(self.tokens)}
