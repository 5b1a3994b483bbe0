"""Greedy decoding."""

from typing import Any

from jaxtyping import Int

from rnncore.functional.base.arrays import Array, array_namespace, require_shape, stack
from rnncore.functional.decoding.decoder import Decoder, next_log_probs


def greedy_decode(
    decoder: Decoder, state: Any, start: Int[Array, "B"], end: int, T: int
) -> Int[Array, "B T"]:
    """Generate the most likely token at each step, up to `end` or T tokens.

        y_t = argmax_v P(v | y_1 ... y_{t-1})

    Decoding stops once all sequences have ended.

    Args:
        decoder: `scores, state = decoder(tokens, state)`.
        state: the state before the first step.
        start: the tokens that the decoder reads first, (B,).
        end: the token that ends a sequence when it is generated.
        T: the maximum number of tokens, at least 1.

    Returns:
        The tokens, (B, n), n ≤ T, the length of the longest sequence; a sequence that has ended is
        padded with `end`.

    Raises:
        ValueError: if T is below 1, shapes do not fit, or a score is NaN.

    Reference: Sutskever, Vinyals and Le (2014), section 3.2 (a beam of size 1), arXiv:1409.3215.
    """
    require_shape("start", start, ("B",))
    if T < 1:
        raise ValueError(f"T must be at least 1; got {T}")
    xp = array_namespace(start)
    tokens, done, ys = start, xp.zeros_like(start, dtype=xp.bool), []
    while len(ys) < T and not bool(xp.all(done)):
        log_probs, state = next_log_probs(decoder, tokens, state)
        best = xp.argmax(log_probs, axis=1)
        tokens = xp.where(done, xp.full_like(best, end), best)
        done = done | (tokens == end)
        ys.append(tokens)
    return stack(ys, axis=1)
