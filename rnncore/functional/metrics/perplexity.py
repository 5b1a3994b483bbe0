"""Cross entropy as perplexity and as bits per character."""

import math

from rnncore.functional.base import Array, Float


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


def bits_per_character(nats: Float[Array, "..."], characters: int) -> float:
    """What a text costs, in bits for each of its characters.

        bits = Σ_t -log p_t / (characters · log 2)

    Models that cut a text into different tokens can be compared in it: they share the characters.

    Args:
        nats: the cost of each token, -log p, in nats, of any shape.
        characters: how many characters the tokens have together.

    Returns:
        Bits per character.

    Raises:
        ValueError: if there are no characters.

    Reference: Shannon, Prediction and Entropy of Printed English (1951),
        doi:10.1002/j.1538-7305.1951.tb01366.x.
    """
    if characters < 1:
        raise ValueError(f"characters must be at least 1; got {characters}")
    return float(nats.sum()) / (characters * math.log(2.0))
