"""Sampling from a decoder."""

from collections.abc import Callable
from typing import Any

from array_api_compat import device
from jaxtyping import Bool, Int

from rnncore.functional.base.activations import softmax
from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape, stack
from rnncore.functional.base.dtypes import require_kind
from rnncore.functional.decoding.decoder import Decoder, next_log_probs, require_scores


def with_temperature(scores: Float[Array, "B V"], temperature: float) -> Float[Array, "B V"]:
    """Sharpen or flatten a distribution: scores / temperature.

    Args:
        scores: logits or log-probabilities, (B, V).
        temperature: below 1 sharpens the distribution, above 1 flattens it.

    Returns:
        The new scores, (B, V).

    Raises:
        ValueError: if the temperature is not above 0.

    Reference: Ackley, Hinton and Sejnowski, A Learning Algorithm for Boltzmann Machines (1985),
        doi:10.1207/s15516709cog0901_7.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0; got {temperature}")
    return scores / temperature


def rank_tokens(scores: Float[Array, "B V"]) -> tuple[Int[Array, "B V"], Int[Array, "B V"]]:
    """Sort the tokens of each row from the likeliest down.

    Args:
        scores: logits or log-probabilities, (B, V).

    Returns:
        `order`, the tokens, the likeliest first; and `ranks`, the place of each token in it, 0 for
        the likeliest. Both (B, V). Of equal ones the first comes first.

    Raises:
        ValueError: if scores are no real numbers (B, V).
    """
    require_shape("scores", scores, ("B", "V"))
    require_kind("scores", scores, "real floating")
    xp = array_namespace(scores)
    order = xp.argsort(scores, axis=1, descending=True, stable=True)
    return order, xp.argsort(order, axis=1)


def rule_out(scores: Float[Array, "B V"], where: Bool[Array, "B V"]) -> Float[Array, "B V"]:
    """Make tokens impossible.

    Args:
        scores: logits or log-probabilities, (B, V).
        where: true for tokens that must not be drawn, (B, V).

    Returns:
        The scores, -∞ where a token is ruled out, (B, V).
    """
    xp = array_namespace(scores)
    return xp.where(where, xp.full_like(scores, -xp.inf), scores)


def keep_top_k(scores: Float[Array, "B V"], k: int) -> Float[Array, "B V"]:
    """Keep the k most likely tokens; of equal ones, the first.

    Args:
        scores: logits or log-probabilities, (B, V).
        k: the number of tokens kept, at least 1.

    Returns:
        The scores, -∞ where a token is ruled out, (B, V).

    Raises:
        ValueError: if k is below 1, or scores are no real numbers (B, V).

    Reference: Fan, Lewis and Dauphin, Hierarchical Neural Story Generation (2018),
        arXiv:1805.04833.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1; got {k}")
    _, ranks = rank_tokens(scores)
    return rule_out(scores, ranks >= k)


def keep_nucleus(scores: Float[Array, "B V"], p: float) -> Float[Array, "B V"]:
    """Keep the nucleus: the fewest tokens whose total probability reaches p; all tokens if p is 1.

    Args:
        scores: logits or log-probabilities, (B, V).
        p: the probability of the nucleus, above 0, at most 1.

    Returns:
        The scores, -∞ where a token is ruled out, (B, V).

    Raises:
        ValueError: if p is not above 0 and at most 1, or scores are no real numbers (B, V).

    Reference: Holtzman et al., The Curious Case of Neural Text Degeneration (2020),
        arXiv:1904.09751.
    """
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1; got {p}")
    xp = array_namespace(scores)
    order, ranks = rank_tokens(scores)
    probs = xp.take_along_axis(softmax(scores), order, axis=1)
    likelier = xp.cumulative_sum(probs, axis=1) - probs
    beyond = (likelier >= p) & (p < 1)  # rounded, the sum may reach 1 before the last
    return rule_out(scores, xp.take_along_axis(beyond, ranks, axis=1))


def draw(scores: Float[Array, "B V"], noise: Float[Array, "B"]) -> Int[Array, "B"]:
    """Draw one token from each row, with probability p = softmax(scores).

        token = the first v with p_1 + ... + p_v > u,   u uniform in [0, 1)

    The probabilities are laid end to end on a line of length 1, and u is a dart thrown at it.

    Args:
        scores: logits or log-probabilities, (B, V).
        noise: u, one number for each row, (B,).

    Returns:
        The tokens, (B,).

    Raises:
        ValueError: if shapes do not fit, or scores are not those of a distribution.

    Reference: inverse transform sampling; Devroye, Non-Uniform Random Variate Generation (1986),
        section III.2.1.
    """
    require_shape("scores", scores, ("B", "V"))
    require_shape("noise", noise, (scores.shape[0],))
    require_scores("scores", scores)
    xp = array_namespace(scores)
    if xp.finfo(scores.dtype).bits < 32:  # sums of so few digits stop growing halfway
        scores = xp.astype(scores, xp.float32)
    ends = xp.cumulative_sum(softmax(scores), axis=1)
    dart = xp.asarray(noise, dtype=scores.dtype, device=device(scores))[:, None] * ends[:, -1:]
    # Rounding can put the dart on the end of the line, where no token is left.
    last = xp.sum(xp.astype(ends < ends[:, -1:], xp.int64), axis=1)
    return xp.minimum(xp.sum(xp.astype(ends <= dart, xp.int64), axis=1), last)


def sample(
    decoder: Decoder,
    state: Any,
    start: Int[Array, "B"],
    noise: Float[Array, "B T"],
    reshape: Callable[[Array], Array] = lambda scores: scores,
) -> Int[Array, "B T"]:
    """Sample sequences: draw each token given all tokens before it.

        y_t ~ P(· | y_1 ... y_{t-1})

    Args:
        decoder: `scores, state = decoder(tokens, state)`.
        state: the state before the first step.
        start: the tokens that the decoder reads first, (B,).
        noise: uniform in [0, 1), (B, T); column t draws the tokens of step t, and the same noise
            gives the same text.
        reshape: applied to the log-probabilities (B, V) before a token is drawn, such as
            `lambda scores: keep_top_k(with_temperature(scores, 0.8), 10)`.

    Returns:
        The tokens, (B, T).

    Raises:
        ValueError: if T is below 1, shapes do not fit, or a score is NaN.

    Reference: Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv:1308.0850.
    """
    require_shape("start", start, ("B",))
    require_shape("noise", noise, (start.shape[0], "T"))
    if noise.shape[1] < 1:
        raise ValueError(f"noise must have at least 1 column; got {noise.shape[1]}")
    tokens, ys = start, []
    for t in range(noise.shape[1]):
        log_probs, state = next_log_probs(decoder, tokens, state)
        tokens = draw(reshape(log_probs), noise[:, t])
        ys.append(tokens)
    return stack(ys, axis=1)
