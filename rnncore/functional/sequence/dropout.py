"""Inverted dropout, as a mask made from the caller's noise."""

from rnncore.functional.base.arrays import Array, Float, array_namespace


def dropout_mask(noise: Float[Array, "*shape"], rate: float) -> Float[Array, "*shape"]:
    """Inverted-dropout mask from uniform noise: entries are dropped, and the mean stays.

        m = 0 where noise < rate,   else   1 / (1 - rate)

    Noise (B, T, H) makes a mask that is fresh at every step; noise (B, 1, H) one that drops the
    same units all along a sequence.

    Args:
        noise: numbers drawn uniformly from 0 up to but not 1, an array of any shape, such as
            `rng.random((B, T, H))`.
        rate: how likely an entry is dropped, from 0 up to but not 1.

    Returns:
        The mask, of the shape and dtype of the noise.

    Raises:
        ValueError: if the rate is below 0, or 1 and above.

    Reference: Srivastava et al., Dropout (2014), JMLR 15; between layers only: Zaremba, Sutskever
        and Vinyals (2014), arXiv:1409.2329; the same units at all steps: Gal and Ghahramani (2016),
        arXiv:1512.05287.
    """
    if not 0.0 <= rate < 1.0:
        raise ValueError(f"rate must be from 0 up to but not 1; got {rate}")
    kept = array_namespace(noise).astype(noise >= rate, noise.dtype)
    return kept / (1.0 - rate)
