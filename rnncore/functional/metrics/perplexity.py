"""Cross entropy as perplexity and as bits per character."""

import math


def perplexity(cross_entropy: float) -> float:
    """Perplexity, the number of equally likely words a model chooses among: exp(L).

    Args:
        cross_entropy: the mean of -log p over all words, in nats.

    Returns:
        The perplexity, at least 1; ∞ where it is beyond the largest float.

    Reference: Jelinek, Mercer, Bahl and Baker, Perplexity - a measure of the difficulty of speech
        recognition tasks, JASA 62 (1977).
    """
    try:
        return math.exp(cross_entropy)
    except OverflowError:
        return math.inf


def bits_per_character(cross_entropy: float) -> float:
    """The bits that a model needs to store a character: L / log 2.

    Args:
        cross_entropy: the mean of -log p over all characters, in nats.

    Returns:
        Bits per character.

    Reference: Shannon, Prediction and Entropy of Printed English (1951),
        doi:10.1002/j.1538-7305.1951.tb01366.x.
    """
    return cross_entropy / math.log(2.0)
