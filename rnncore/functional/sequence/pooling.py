"""One vector for a whole padded sequence."""

from typing import NamedTuple

from array_api_compat import device
from jaxtyping import Bool

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.base.dtypes import require_kind
from rnncore.functional.sequence.padding import Lengths, length_mask


class Pooled(NamedTuple):
    """The hidden states of a sequence as one vector, in three ways; each (B, H)."""

    mean: Array
    max: Array
    last: Array


def pool_states(hs: Float[Array, "B T H"], mask: Bool[Array, "B T"]) -> Pooled:
    """Make one vector of the hidden states of each sequence, in three ways.

        mean_b = Σ_t m_bt hs[b, t] / Σ_t m_bt
        max_b  = the greatest hs[b, t] among the steps that count, unit by unit
        last_b = hs[b, t] at the last step t that counts

    What stands at the other steps has no influence, whatever it is.

    Args:
        hs: the hidden states, (B, T, H); not changed.
        mask: (B, T), true at the steps that count, wherever they stand; at least one in each row.

    Returns:
        `Pooled(mean, max, last)`, each (B, H).

    Raises:
        ValueError: if shapes do not fit, or in some row no step counts.

    Reference: pooling over time: Collobert et al., Natural Language Processing (Almost) from
        Scratch, JMLR 12 (2011), section 3.3.2.
    """
    require_shape("hs", hs, ("B", "T", "H"))
    require_shape("mask", mask, tuple(hs.shape[:2]))
    require_kind("mask", mask, "bool")
    xp = array_namespace(hs)
    counts = xp.sum(xp.astype(mask, hs.dtype), axis=1)[:, None]
    if bool(xp.any(counts == 0)):
        raise ValueError("mask must be true at one step of each row at least; got a row without")
    valid = mask[:, :, None]
    mean = xp.sum(xp.where(valid, hs, xp.zeros_like(hs)), axis=1) / counts
    greatest = xp.max(xp.where(valid, hs, -xp.inf), axis=1)
    steps = xp.where(mask, xp.arange(hs.shape[1], device=device(hs)), -1)
    last = hs[xp.arange(hs.shape[0], device=device(hs)), xp.max(steps, axis=1)]
    return Pooled(mean, greatest, last)


def last_valid(hs: Float[Array, "B T H"], lengths: Lengths) -> Float[Array, "B H"]:
    """The hidden state at the last step of each sequence, before its padding.

        h_b = hs[b, length_b - 1]

    Args:
        hs: the hidden states, (B, T, H).
        lengths: B whole numbers from 1 to T.

    Returns:
        The last states, (B, H).

    Raises:
        ValueError: if shapes or lengths do not fit.
    """
    require_shape("hs", hs, ("B", "T", "H"))
    return pool_states(hs, length_mask(lengths, hs)).last
