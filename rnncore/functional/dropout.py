"""Dropout, as a mask that the caller holds."""

import numpy as np
from array_api_compat import device

from rnncore.functional.arrays import Array, Float, array_namespace


def dropout_mask(
    shape: tuple[int, ...], rate: float, rng: np.random.Generator, like: Array
) -> Float[Array, "*shape"]:
    """Draw what to multiply by, so that entries are dropped and the mean stays.

        m = 0 with probability rate,   else   1 / (1 - rate)

    A mask (B, T, H) is fresh at every step; (B, 1, H) drops the same units all along a sequence.

    Args:
        shape: the shape of the mask.
        rate: how likely an entry is dropped, from 0 up to but not 1.
        rng: the source of randomness.
        like: gives the library, the dtype and the device.

    Returns:
        The mask.

    Raises:
        ValueError: if the rate is below 0, or 1 and above.

    Reference: Srivastava et al., Dropout (2014), JMLR 15; between layers only: Zaremba, Sutskever
        and Vinyals (2014), arXiv:1409.2329; the same units at all steps: Gal and Ghahramani (2016),
        arXiv:1512.05287.
    """
    if not 0.0 <= rate < 1.0:
        raise ValueError(f"rate must be from 0 up to but not 1; got {rate}")
    mask = (rng.random(shape) >= rate) / (1.0 - rate)
    return array_namespace(like).asarray(mask, dtype=like.dtype, device=device(like))
