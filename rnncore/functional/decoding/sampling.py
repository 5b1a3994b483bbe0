"""Sampling from a decoder."""

from collections.abc import Callable
from typing import Any

import numpy as np
from array_api_compat import device
from jaxtyping import Int

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
    _, ranks = _ranked(scores)
    return _rule_out(scores, ranks >= k)


def keep_nucleus(scores: Float[Array, "B V"], p: float) -> Float[Array, "B V"]:
    """Keep the nucleus: the fewest tokens whose total probability reaches p.

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
    order, ranks = _ranked(scores)
    probs = xp.take_along_axis(softmax(scores), order, axis=1)
    likelier = xp.cumulative_sum(probs, axis=1) - probs
    return _rule_out(scores, xp.take_along_axis(likelier >= p, ranks, axis=1))


def draw(scores: Float[Array, "B V"], rng: np.random.Generator) -> Int[Array, "B"]:
    """Draw one token from each row, with probability softmax(scores).

        token = argmax_v (score_v + g_v),   g_v = -log(-log u_v),   u_v uniform in (0, 1)

    Args:
        scores: logits or log-probabilities, (B, V).
        rng: the source of randomness.

    Returns:
        The tokens, (B,).

    Raises:
        ValueError: if scores are not (B, V), or not those of a distribution.

    Reference: Gumbel's trick; Maddison, Tarlow and Minka, A* Sampling (2014), section 2,
        arXiv:1411.0030.
    """
    require_shape("scores", scores, ("B", "V"))
    xp = array_namespace(scores)
    require_scores("scores", scores)
    noise = rng.gumbel(size=tuple(scores.shape))
    return xp.argmax(scores + xp.asarray(noise, dtype=scores.dtype, device=device(scores)), axis=1)


def sample(
    decoder: Decoder,
    state: Any,
    start: Int[Array, "B"],
    T: int,
    rng: np.random.Generator,
    reshape: Callable[[Array], Array] = lambda scores: scores,
) -> Int[Array, "B T"]:
    """Sample sequences: draw each token given all tokens before it.

        y_t ~ P(· | y_1 ... y_{t-1})

    Args:
        decoder: `scores, state = decoder(tokens, state)`.
        state: the state before the first step.
        start: the tokens that the decoder reads first, (B,).
        T: the number of tokens, at least 1.
        rng: the source of randomness; the same generator gives the same text.
        reshape: applied to the log-probabilities (B, V) before a token is drawn, such as
            `lambda scores: keep_top_k(with_temperature(scores, 0.8), 10)`.

    Returns:
        The tokens, (B, T).

    Raises:
        ValueError: if T is below 1, shapes do not fit, or a score is NaN.

    Reference: Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv:1308.0850.
    """
    require_shape("start", start, ("B",))
    if T < 1:
        raise ValueError(f"T must be at least 1; got {T}")
    tokens, ys = start, []
    for _ in range(T):
        log_probs, state = next_log_probs(decoder, tokens, state)
        tokens = draw(reshape(log_probs), rng)
        ys.append(tokens)
    return stack(ys, axis=1)


def _ranked(scores: Array) -> tuple[Array, Array]:
    """The tokens by descending score, and the rank of each token."""
    require_shape("scores", scores, ("B", "V"))
    require_kind("scores", scores, "real floating")
    xp = array_namespace(scores)
    order = xp.argsort(scores, axis=1, descending=True, stable=True)
    return order, xp.argsort(order, axis=1)


def _rule_out(scores: Array, where: Array) -> Array:
    xp = array_namespace(scores)
    return xp.where(where, xp.full_like(scores, -xp.inf), scores)
