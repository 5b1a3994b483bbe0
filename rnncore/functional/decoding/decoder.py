"""Autoregressive decoders: networks that generate a sequence token by token."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Int

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.base.dtypes import require_kind
from rnncore.functional.base.log_space import log_softmax

Decoder = Callable[[Array, Any], tuple[Array, Any]]
"""`scores, state = decoder(tokens, state)`: reads the last tokens, (B,), and scores the next ones,
(B, V). The state is a tree of arrays whose first axis is B."""


def next_log_probs(
    decoder: Decoder, tokens: Int[Array, "B"], state: Any
) -> tuple[Float[Array, "B V"], Any]:
    """Run a decoder for one step, and normalise its scores to log-probabilities.

    Args:
        decoder: `scores, state = decoder(tokens, state)`.
        tokens: the last tokens, (B,).
        state: the decoder's state.

    Returns:
        The log-probabilities of the next tokens (B, V), and the new state.

    Raises:
        ValueError: if the tokens are no whole numbers, or the scores are not (B, V) or no
            distribution (see `require_scores`).
    """
    require_shape("tokens", tokens, ("B",))
    require_kind("tokens", tokens, "integral")
    scores, state = decoder(tokens, state)
    require_shape("the decoder's scores", scores, (tokens.shape[0], "V"))
    require_scores("the decoder's scores", scores)
    return log_softmax(scores), state


def require_scores(name: str, scores: Float[Array, "B V"]) -> None:
    """Check that scores define a distribution in each row: none NaN or ∞, and not all -∞.

    Args:
        name: the name of the scores in the message.
        scores: logits or log-probabilities, (B, V).

    Raises:
        ValueError: with what was found instead.
    """
    xp = array_namespace(scores)
    if bool(xp.any(xp.isnan(scores))):
        raise ValueError(f"{name} must be numbers; got NaN")
    best = xp.max(scores, axis=1)
    if not bool(xp.all(xp.isfinite(best))):
        raise ValueError(f"{name} must have a finite maximum in each row; got {best}")


def sentence_logprob(
    decoder: Decoder, state: Any, start: Int[Array, "B"], ids: Int[Array, "B T"]
) -> Float[Array, "B"]:
    """The log-probability that a decoder gives to sequences.

        log P(y_1 ... y_T) = Σ_t log P(y_t | y_1 ... y_{t-1})

    Args:
        decoder: `scores, state = decoder(tokens, state)`.
        state: the state before the first step.
        start: the tokens that the decoder reads first, (B,).
        ids: the sequences, (B, T), without `start`.

    Returns:
        The log-probabilities, in nats, (B,).

    Raises:
        ValueError: if shapes do not fit, ids are no whole numbers, or a score is NaN.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 10.2.3.
    """
    require_shape("start", start, ("B",))
    require_shape("ids", ids, (start.shape[0], "T"))
    require_kind("ids", ids, "integral")
    xp = array_namespace(ids)
    tokens, total = start, 0.0
    for t in range(ids.shape[1]):
        log_probs, state = next_log_probs(decoder, tokens, state)
        tokens = ids[:, t]
        right = xp.astype(tokens, xp.int64)[:, None]
        total = total + xp.take_along_axis(log_probs, right, axis=1)[:, 0]
    return total
