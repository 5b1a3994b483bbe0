"""BLEU: n-gram overlap of a translation with its references."""

import math
from collections import Counter
from collections.abc import Sequence


def bleu(
    hypotheses: Sequence[Sequence[str]],
    references: Sequence[Sequence[Sequence[str]]],
    N: int = 4,
) -> float:
    """Score the translation of a whole corpus.

        p_n = matching n-grams / n-grams of the hypotheses
        BP = 1 if c > r, else exp(1 - r / c)
        BLEU = 100 BP exp(Σ_n log p_n / N),   n = 1 ... N

    An n-gram matches at most as often as it occurs in the reference that has it most often. c is
    the total length of the hypotheses, r that of the references, taking for each sentence the one
    closest in length, the shorter of two. There is no smoothing: without a match of some order,
    BLEU is 0.

    Args:
        hypotheses: the translations, as lists of tokens.
        references: for each hypothesis, a list of one or more reference translations.
        N: the length of the longest n-grams.

    Returns:
        BLEU in percent, from 0 to 100.

    Raises:
        ValueError: if there is no hypothesis, the numbers differ, a sentence has no reference, N is
            below 1, or a sentence is not a list of tokens.

    Reference: Papineni, Roukos, Ward and Zhu, BLEU: a Method for Automatic Evaluation of Machine
        Translation (2002), doi:10.3115/1073083.1073135.
    """
    if not hypotheses or len(hypotheses) != len(references) or not all(references):
        raise ValueError(
            f"each hypothesis must have references; got {len(hypotheses)} hypotheses and "
            f"{[len(each) for each in references]} references"
        )
    for sentence in (*hypotheses, *(choice for choices in references for choice in choices)):
        if isinstance(sentence, str) or not all(isinstance(token, str) for token in sentence):
            raise ValueError(
                "hypotheses must be lists of tokens, and references lists of such lists; "
                f"got {sentence!r} for a sentence"
            )
    if N < 1:
        raise ValueError(f"N must be at least 1; got {N}")

    def ngrams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
        return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))

    matches, totals = [0] * N, [0] * N
    c = r = 0
    for hypothesis, choices in zip(hypotheses, references, strict=True):
        c += len(hypothesis)
        r += min((len(choice) for choice in choices), key=lambda n: (abs(n - len(hypothesis)), n))
        for n in range(1, N + 1):
            most: Counter[tuple[str, ...]] = Counter()
            for choice in choices:
                most |= ngrams(choice, n)
            grams = ngrams(hypothesis, n)
            matches[n - 1] += (grams & most).total()
            totals[n - 1] += grams.total()
    if not all(matches):
        return 0.0
    mean = sum(math.log(m / total) for m, total in zip(matches, totals, strict=True)) / N
    return 100.0 * math.exp(min(0.0, 1.0 - r / c) + mean)
