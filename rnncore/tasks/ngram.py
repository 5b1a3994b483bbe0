"""The n-gram: a language model that counts, and knows only the last n - 1 tokens."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

Context = tuple[int, ...]


class NGram(NamedTuple):
    """What was counted."""

    counts: tuple[Mapping[Context, Mapping[int, int]], ...]
    """For k = 0 ... n - 1: after each context of k tokens, how often each token came."""
    discount: float
    V: int

    def probability(self, context: Sequence[int], token: int) -> float:
        """P(token | context), of which no more than the last n - 1 tokens matter."""
        p = 1.0 / self.V
        for k, counts in enumerate(self.counts):
            following = (
                counts.get(tuple(context[len(context) - k :])) if k <= len(context) else None
            )
            if following is None:
                break
            taken = max(following.get(token, 0) - self.discount, 0.0)
            p = (taken + self.discount * len(following) * p) / sum(following.values())
        return p

    def log_probs(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """log P(id_t | the ids before it) in nats, at every place of a text, (N,)."""
        n, known = len(self.counts), tuple(map(int, ids))
        return np.log(
            [self.probability(known[max(0, t - n + 1) : t], token) for t, token in enumerate(known)]
        )


def fit_ngram(ids: Sequence[int] | np.ndarray, n: int, V: int, discount: float = 0.75) -> NGram:
    """Count, and leave something for what was never seen: interpolated Kneser-Ney smoothing.

        P_k(w | c) = (max(N(c w) - d, 0) + d N(c •) P_{k-1}(w | c')) / Σ_v N(c v)

    c is a context of k tokens, c' the same without its first, N(c •) how many different tokens came
    after c. What is taken off every count, d, goes to the shorter context; the shortest of all is
    P_{-1}(w) = 1 / V. Only for the longest contexts is N a count of places in the text. For the
    shorter ones it is the number of different tokens that came before: a token that has been seen
    in many contexts is likelier in a new one than a token that is frequent in few.

    Args:
        ids: the text, N whole numbers from 0 to V - 1.
        n: how many tokens an n-gram has, at least 1; the last is foretold from the n - 1 before it.
        V: the size of the vocabulary.
        discount: d, from 0 to 1.

    Returns:
        An `NGram`.

    Raises:
        ValueError: if n is not from 1 to N, the discount is not from 0 to 1, or an id is not from 0
            to V - 1.

    Reference: Kneser and Ney, Improved Backing-Off for M-Gram Language Modeling (1995),
        doi:10.1109/ICASSP.1995.479394; the interpolated form: Chen and Goodman, An Empirical Study
        of Smoothing Techniques for Language Modeling (1999), doi:10.1006/csla.1999.0128.
    """
    text = tuple(map(int, ids))
    if not 1 <= n <= len(text):
        raise ValueError(f"n must be from 1 to the {len(text)} ids of the text; got {n}")
    if not 0.0 <= discount <= 1.0:
        raise ValueError(f"discount must be from 0 to 1; got {discount}")
    if min(text) < 0 or max(text) >= V:
        raise ValueError(f"ids must be from 0 to {V - 1}; got {min(text)} to {max(text)}")
    grams = Counter(text[t : t + n] for t in range(len(text) - n + 1))
    tables = []
    for _ in range(n):
        tables.append(_by_context(grams))
        grams = Counter(gram[1:] for gram in grams)
    return NGram(tuple(reversed(tables)), discount, V)


def _by_context(grams: Mapping[Context, int]) -> dict[Context, dict[int, int]]:
    table: defaultdict[Context, dict[int, int]] = defaultdict(dict)
    for gram, count in grams.items():
        table[gram[:-1]][gram[-1]] = count
    return dict(table)
