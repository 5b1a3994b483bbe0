"""History compression: pass on only the tokens that were not predicted."""

from typing import Any, NamedTuple

from jaxtyping import Bool, Int

from rnncore.functional.base.arrays import Array, array_namespace, require_shape, stack
from rnncore.functional.decoding.decoder import Decoder, next_log_probs
from rnncore.functional.sequence.padding import length_mask


class Surprises(NamedTuple):
    """The unpredicted tokens and their times: shorter sequences for a second network."""

    tokens: Int[Array, "B S"]
    times: Int[Array, "B S"]
    lengths: list[int]
    """The number of tokens in each row; the rest is padding, zeros."""


def surprises(decoder: Decoder, state: Any, ids: Int[Array, "B T"]) -> Bool[Array, "B T"]:
    """Mark the tokens that a next-token predictor gets wrong.

        surprise_t = (argmax_v P(v | y_1 ... y_{t-1}) ≠ y_t),   surprise_1 = true

    Args:
        decoder: the lower network, the automatiser: `scores, state = decoder(tokens, state)`.
        state: its state before the first step.
        ids: the sequences, (B, T), T at least 1.

    Returns:
        The mask, (B, T). The first token has no prediction, so it is always a surprise.

    Raises:
        ValueError: if there is no step, shapes do not fit, or a score is NaN.

    Reference: Schmidhuber, Learning Complex, Extended Sequences Using the Principle of History
        Compression (1992), doi:10.1162/neco.1992.4.2.234.
    """
    require_shape("ids", ids, ("B", "T"))
    if ids.shape[1] == 0:
        raise ValueError(f"ids must have at least one step; got shape {tuple(ids.shape)}")
    xp = array_namespace(ids)
    wrong = [xp.ones_like(ids[:, 0], dtype=xp.bool)]
    for t in range(ids.shape[1] - 1):
        log_probs, state = next_log_probs(decoder, ids[:, t], state)
        wrong.append(xp.argmax(log_probs, axis=1) != ids[:, t + 1])
    return stack(wrong, axis=1)


def chunk(ids: Int[Array, "B T"], surprised: Bool[Array, "B T"]) -> Surprises:
    """Keep only the surprising tokens, with their times.

    Args:
        ids: the sequences, (B, T).
        surprised: the mask of `surprises`, (B, T).

    Returns:
        `Surprises(tokens, times, lengths)`: tokens and times (B, S), padded with zeros, where S is
        the most surprises in one row; times count from 0; lengths is a list of B whole numbers.

    Raises:
        ValueError: if shapes do not fit.

    Reference: Schmidhuber (1992), doi:10.1162/neco.1992.4.2.234.
    """
    require_shape("ids", ids, ("B", "T"))
    require_shape("surprised", surprised, tuple(ids.shape))
    xp = array_namespace(ids)
    whole = xp.astype(surprised, xp.int64)
    lengths = [int(n) for n in xp.sum(whole, axis=1)]
    S = max(lengths)
    times = xp.argsort(1 - whole, axis=1, stable=True)[:, :S]
    valid = length_mask(lengths, times)
    tokens = xp.take_along_axis(ids, times, axis=1)
    return Surprises(
        xp.where(valid, tokens, 0 * tokens), xp.where(valid, times, 0 * times), lengths
    )


def expand(decoder: Decoder, state: Any, short: Surprises, T: int) -> Int[Array, "B T"]:
    """Restore the whole sequences: the lower network predicts every token that was left out.

    At each step the token is the recorded surprise, if there is one, and else the prediction.

    Args:
        decoder: the network given to `surprises`.
        state: its state before the first step, the same.
        short: the result of `chunk`.
        T: the length of the sequences, at least 1.

    Returns:
        The sequences, (B, T).

    Raises:
        ValueError: if T is below 1, or a row records no surprise at its first step.

    Reference: Schmidhuber (1992), doi:10.1162/neco.1992.4.2.234.
    """
    if T < 1:
        raise ValueError(f"T must be at least 1; got {T}")
    xp = array_namespace(short.tokens)
    valid = length_mask(short.lengths, short.tokens)
    if not bool(xp.all(xp.any(valid & (short.times == 0), axis=1))):
        raise ValueError("each row must have a surprise at its first step; got one without")

    def recorded(t: int) -> tuple[Array, Array]:
        now = valid & (short.times == t)
        return xp.any(now, axis=1), xp.sum(xp.where(now, short.tokens, 0 * short.tokens), axis=1)

    _, tokens = recorded(0)
    ids = [tokens]
    for t in range(1, T):
        log_probs, state = next_log_probs(decoder, tokens, state)
        is_recorded, token = recorded(t)
        tokens = xp.where(is_recorded, token, xp.argmax(log_probs, axis=1))
        ids.append(tokens)
    return stack(ids, axis=1)
