"""Beam search."""

import math
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import device
from jaxtyping import Int

from rnncore.functional.base.arrays import Array, array_namespace, require_shape
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.decoding.decoder import Decoder, next_log_probs


class Hypothesis(NamedTuple):
    """A candidate sequence of a decoder."""

    ids: list[int]
    """Its tokens; the last is the end token, unless T was reached first."""
    log_prob: float
    """Its log-probability, in nats."""


def beam_search(
    decoder: Decoder,
    state: Any,
    start: Int[Array, "1"],
    end: int,
    T: int,
    width: int,
    alpha: float = 0.0,
) -> list[Hypothesis]:
    """Beam search for the most likely sequence.

    At each step every open hypothesis is extended by every token, and the most likely extensions
    are kept: `width` minus the number of hypotheses that have ended. The results are ranked by

        log P(y) / n^α,   n the number of tokens, the end included

    α = 0 favours short sequences, since every token lowers log P.

    Args:
        decoder: `scores, state = decoder(tokens, state)`.
        state: the state before the first step, of one sequence: arrays (1, ...).
        start: the token that the decoder reads first, (1,).
        end: the token that ends a sequence.
        T: the maximum number of tokens, at least 1.
        width: the number of hypotheses kept, at least 1; 1 is greedy decoding.
        alpha: the strength of length normalisation, from 0 to 1.

    Returns:
        Up to `width` hypotheses, best first; those that have not ended after T tokens count, too.

    Raises:
        ValueError: if T or width is below 1, shapes do not fit, or a score is NaN.

    Reference: Sutskever, Vinyals and Le (2014), section 3.2, arXiv:1409.3215; length: Wu et al.
        (2016), section 7, arXiv:1609.08144.
    """
    require_shape("start", start, (1,))
    if T < 1 or width < 1:
        raise ValueError(f"T and width must be at least 1; got {T} and {width}")
    xp = array_namespace(start)
    like = {"dtype": start.dtype, "device": device(start)}
    tokens, active, ended = start, [Hypothesis([], 0.0)], []
    for _ in range(T):
        log_probs, state = next_log_probs(decoder, tokens, state)
        before = np.array([hypothesis.log_prob for hypothesis in active])
        totals = before[:, None] + np.array(log_probs.tolist())
        best = np.argsort(-totals, axis=None, kind="stable")[: width - len(ended)]
        extended, parents = [], []
        for parent, token in zip(*np.unravel_index(best, totals.shape), strict=True):
            total = float(totals[parent, token])
            if total == -math.inf:
                break
            longer = Hypothesis([*active[parent].ids, int(token)], total)
            if token == end:
                ended.append(longer)
            else:
                extended.append(longer)
                parents.append(int(parent))
        active = extended
        if not active:
            break
        rows = xp.asarray(parents, device=device(start))
        state = map_tree(
            lambda leaf, rows=rows: leaf[rows] if hasattr(leaf, "shape") else leaf, state
        )
        tokens = xp.asarray([hypothesis.ids[-1] for hypothesis in active], **like)
    found = [*ended, *active]
    return sorted(found, key=lambda y: y.log_prob / len(y.ids) ** alpha, reverse=True)
