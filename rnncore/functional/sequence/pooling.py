"""One vector for a whole padded sequence."""

from array_api_compat import device
from jaxtyping import Bool

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.base.dtypes import require_kind
from rnncore.functional.sequence.padding import Lengths, length_mask


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
    xp = array_namespace(hs)
    counts = xp.sum(xp.astype(length_mask(lengths, hs), xp.int64), axis=1)
    if bool(xp.any(counts == 0)):
        raise ValueError("lengths must be at least 1; got 0")
    return hs[xp.arange(hs.shape[0], device=device(hs)), counts - 1]


def masked_mean(hs: Float[Array, "B T H"], mask: Bool[Array, "B T"]) -> Float[Array, "B H"]:
    """The mean of the hidden states over the steps where the mask is true.

        h_b = Σ_t m_bt hs[b, t] / Σ_t m_bt

    Args:
        hs: the hidden states, (B, T, H).
        mask: (B, T), true at the steps to average, at least one in each row.

    Returns:
        The means, (B, H).

    Raises:
        ValueError: if shapes do not fit, or the mask is false along a whole row.
    """
    require_shape("hs", hs, ("B", "T", "H"))
    require_shape("mask", mask, tuple(hs.shape[:2]))
    require_kind("mask", mask, "bool")
    xp = array_namespace(hs)
    counts = xp.sum(xp.astype(mask, hs.dtype), axis=1)[:, None]
    if bool(xp.any(counts == 0)):
        raise ValueError("mask must be true at one step of each row at least; got a row without")
    return xp.sum(xp.where(mask[:, :, None], hs, xp.zeros_like(hs)), axis=1) / counts
