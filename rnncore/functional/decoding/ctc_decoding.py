"""Decoding CTC outputs to labels."""

import math
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape
from rnncore.functional.decoding.ctc import BLANK
from rnncore.functional.sequence.padding import Lengths, length_mask


def ctc_collapse(path: Iterable[int]) -> list[int]:
    """Collapse a path to its labels: merge repeated classes, then drop the blanks.

        - a a - a b b   becomes   a a b

    Args:
        path: a class for each step; class 0 is the blank.

    Returns:
        The labels.

    Reference: Graves, Fernández, Gomez and Schmidhuber (2006), doi:10.1145/1143844.1143891.
    """
    labels, before = [], BLANK
    for k in map(int, path):
        if k not in (before, BLANK):
            labels.append(k)
        before = k
    return labels


def ctc_greedy(log_probs: Float[Array, "B T K"], lengths: Lengths) -> list[list[int]]:
    """Take the most likely class of each step, and collapse.

    This is the most likely path, but not always the most likely labels, whose probability sums over
    many paths.

    Args:
        log_probs: the logarithms of the class probabilities, (B, T, K); class 0 is the blank.
        lengths: the number of steps in each row, B whole numbers from 0 to T.

    Returns:
        The labels of each row.

    Raises:
        ValueError: if shapes or lengths do not fit, or a log-probability is NaN.

    Reference: Graves, Fernández, Gomez and Schmidhuber (2006), section 3.2,
        doi:10.1145/1143844.1143891.
    """
    require_shape("log_probs", log_probs, ("B", "T", "K"))
    active = length_mask(lengths, log_probs)
    xp = array_namespace(log_probs)
    if bool(xp.any(xp.isnan(log_probs) & active[:, :, None])):
        raise ValueError("log_probs must be numbers; got NaN")
    best = xp.argmax(log_probs, axis=2)
    return [ctc_collapse(row[valid]) for row, valid in zip(best, active, strict=True)]


def ctc_beam(log_probs: Float[Array, "T K"], width: int) -> list[tuple[list[int], float]]:
    """Prefix beam search for the most likely labels of one sequence.

    Each prefix keeps two probabilities: of the paths that end in a blank, and of those that end in
    its last label. Only the former can emit that label again. After each step the `width` most
    likely prefixes are kept.

    Args:
        log_probs: the logarithms of the class probabilities, (T, K); class 0 is the blank.
        width: the number of prefixes kept, at least 1.

    Returns:
        Up to `width` pairs of labels and their log-probability, most likely first; labels of
        probability 0 are left out. The probability is exact if no prefix was dropped, and otherwise
        too small.

    Raises:
        ValueError: if log_probs is not (T, K) or has a NaN, or width is below 1.

    Reference: Graves and Jaitly, Towards End-to-End Speech Recognition with Recurrent Neural
        Networks (2014); Hannun et al. (2014), arXiv:1408.2873.
    """
    require_shape("log_probs", log_probs, ("T", "K"))
    if width < 1:
        raise ValueError(f"width must be at least 1; got {width}")
    steps = log_probs.tolist()
    if any(math.isnan(p) for step in steps for p in step):
        raise ValueError("log_probs must be numbers; got NaN")
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for step in steps:
        grown: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [-math.inf, -math.inf])
        for labels, (in_blank, in_label) in beam.items():
            either = np.logaddexp(in_blank, in_label)
            same = grown[labels]
            same[0] = np.logaddexp(same[0], either + step[BLANK])
            for k in range(1, len(step)):
                repeats = labels[-1:] == (k,)
                if repeats:
                    same[1] = np.logaddexp(same[1], in_label + step[k])
                longer = grown[(*labels, k)]
                longer[1] = np.logaddexp(longer[1], (in_blank if repeats else either) + step[k])
        totals = {labels: np.logaddexp(ends[0], ends[1]) for labels, ends in grown.items()}
        possible = [labels for labels, total in totals.items() if total > -math.inf]
        ranked = sorted(possible, key=lambda labels: -totals[labels])
        beam = {labels: (grown[labels][0], grown[labels][1]) for labels in ranked[:width]}
    return [(list(labels), float(np.logaddexp(*ends))) for labels, ends in beam.items()]
