"""The n-gram: a language model that counts, and knows only the last n - 1 tokens."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnncore.functional.base import Array, Float

Context = tuple[int, ...]

NOTHING = -1
"""In the state of an n-gram as decoder: there is no token here, as the text has just begun."""

_REMEMBERED = 20_000
"""Distributions that an n-gram keeps to use again."""


def absolute_discounting(
    counts: Float[Array, "V"], lower: Float[Array, "V"], discount: float = 0.75
) -> Float[Array, "V"]:
    """Probabilities from counts, with something left for what was never seen.

        p(w) = (max(N(w) - d, 0) + d N₊ p'(w)) / Σ_v N(v)

    N(w) is how often token w was counted, N₊ how many different tokens were counted at all. What d
    takes off their counts is given to all tokens in the proportions of p'. If nothing was counted,
    p = p'.

    Args:
        counts: N, how often each token of the vocabulary came after a context, (V,), whole numbers
            or real ones, each 0 or at least 1.
        lower: p', the probabilities after a shorter context, (V,).
        discount: d, from 0 to 1.

    Returns:
        The probabilities p, (V,), which sum to 1 if those of `lower` do.

    Reference: Ney, Essen and Kneser, On Structuring Probabilistic Dependences in Stochastic
        Language Modelling (1994), doi:10.1006/csla.1994.1001.
    """
    total = counts.sum()
    if total == 0:
        return lower
    kept = np.maximum(counts - discount, 0.0)
    return (kept + discount * np.sum(counts > 0) * lower) / total


@dataclass(frozen=True, eq=False)
class NGram:
    """What was counted, and the probabilities made of it."""

    counts: tuple[Mapping[Context, Mapping[int, int]], ...]
    """For k = 0 ... n - 1: after each context of k tokens, how often each token came."""
    discount: float
    V: int
    smooth: Callable[..., np.ndarray] = absolute_discounting
    _known: dict[Context, np.ndarray] = field(default_factory=dict, init=False, repr=False)

    def distribution(self, context: Sequence[int]) -> np.ndarray:
        """P(· | context), (V,), of which no more than the last n - 1 tokens matter."""
        k = min(len(context), len(self.counts) - 1)
        return self._after(tuple(context[len(context) - k :]))

    def _after(self, context: Context) -> np.ndarray:
        if context in self._known:
            return self._known[context]
        p = self._after(context[1:]) if context else np.full(self.V, 1.0 / self.V)
        following = self.counts[len(context)].get(context)
        if following is not None:
            row = np.zeros(self.V)
            row[list(following)] = list(following.values())
            p = self.smooth(row, p, self.discount)
        if len(self._known) == _REMEMBERED:
            self._known.clear()
        self._known[context] = p
        return p

    def log_probs(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """log P(id_t | the ids before it) in nats, at every place of a text, (N,)."""
        n, known = len(self.counts), tuple(map(int, ids))
        return np.log(
            [self.distribution(known[max(0, t - n + 1) : t])[i] for t, i in enumerate(known)]
        )

    def decoder(self, tokens: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The n-gram as a decoder: its state is the last n tokens. `begin` gives the first state.

        Args:
            tokens: the last tokens, (B,).
            state: the n tokens before them, (B, n), -1 where there is none.

        Returns:
            The log-probabilities of the next tokens (B, V), and the new state.
        """
        state = np.concatenate([state[:, 1:], tokens[:, None]], axis=1)
        return np.log([self.distribution(row[row != NOTHING].tolist()) for row in state]), state

    def begin(self, B: int) -> np.ndarray:
        """The state of `decoder` before the first token, (B, n)."""
        return np.full((B, len(self.counts)), NOTHING)


def fit_ngram(
    ids: Sequence[int] | np.ndarray,
    n: int,
    V: int,
    discount: float = 0.75,
    smooth: Callable[..., np.ndarray] = absolute_discounting,
) -> NGram:
    """Count, and leave something for what was never seen: interpolated Kneser-Ney smoothing.

        P_k(w | c) = (max(N(c w) - d, 0) + d N(c •) P_{k-1}(w | c')) / Σ_v N(c v)

    c is a context of k tokens, c' the same without its first, N(c •) how many different tokens came
    after c. What is taken off every count, d, goes to the shorter context; the shortest of all is
    P_{-1}(w) = 1 / V. Only for the longest contexts is N a count of places in the text. For the
    shorter ones it is the number of different tokens that came before: a token that has been seen
    in many contexts is likelier in a new one than a token that is frequent in few.

    Args:
        ids: the text, N whole numbers from 0 to V - 1.
        n: how many tokens an n-gram has, at least 1; the last is predicted from the others.
        V: the size of the vocabulary.
        discount: d, from 0 to 1.
        smooth: turns the counts after a context into probabilities, as `absolute_discounting`.

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
    return NGram(tuple(reversed(tables)), discount, V, smooth)


def _by_context(grams: Mapping[Context, int]) -> dict[Context, dict[int, int]]:
    table: defaultdict[Context, dict[int, int]] = defaultdict(dict)
    for gram, count in grams.items():
        table[gram[:-1]][gram[-1]] = count
    return dict(table)
