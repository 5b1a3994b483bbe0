"""Connectionist temporal classification: a loss for unaligned label sequences."""

from typing import NamedTuple

from array_api_compat import device
from jaxtyping import Int

from rnncore.functional.base.arrays import (
    Array,
    Float,
    array_namespace,
    concat,
    require_shape,
    stack,
)
from rnncore.functional.base.dtypes import require_kind
from rnncore.functional.base.log_space import log_sum_exp
from rnncore.functional.sequence.padding import Lengths, length_mask

BLANK = 0
"""The class of a step without a label."""


class CTCLattice(NamedTuple):
    """Result of the forward algorithm, in log space."""

    log_alphas: Float[Array, "B T 2L+1"]
    """The probability of all partial paths that end at this place at this step."""
    log_likelihood: Float[Array, "B"]
    """The total probability of the paths that collapse to the labels."""


def ctc_places(
    targets: Int[Array, "B L"], target_lengths: Lengths, K: int
) -> Int[Array, "B 2*L+1"]:
    """The places of the lattice: the labels, with blanks before, between and after them.

        a b b   becomes   - a - b - b -

    Args:
        targets: the labels, (B, L), whole numbers from 1 to K - 1, padded with anything.
        target_lengths: the number of labels in each row, B whole numbers from 0 to L.
        K: the number of classes, the blank included.

    Returns:
        The class of each place, (B, 2L + 1); in the padding blanks.

    Raises:
        ValueError: if shapes or lengths do not fit, or a label is no class or the blank.

    Reference: Graves, Fernández, Gomez and Schmidhuber (2006), section 4.1,
        doi:10.1145/1143844.1143891.
    """
    require_shape("targets", targets, ("B", "L"))
    require_kind("targets", targets, "integral")
    xp = array_namespace(targets)
    targets = xp.astype(targets, xp.int64)
    B, L = targets.shape
    labelled = length_mask(target_lengths, targets)
    wrong = labelled & ((targets <= BLANK) | (targets >= K))
    if bool(xp.any(wrong)):
        raise ValueError(f"targets must be from 1 to {K - 1}; got {int(targets[wrong][0])}")
    blanks = xp.full((B, L + 1), BLANK, dtype=targets.dtype, device=device(targets))
    labels = xp.where(labelled, targets, blanks[:, :L])
    pairs = xp.reshape(stack([blanks[:, :L], labels], axis=2), (B, 2 * L))
    return concat([pairs, blanks[:, L:]], axis=1)


def ctc_forward(
    log_probs: Float[Array, "B T K"],
    targets: Int[Array, "B L"],
    lengths: Lengths,
    target_lengths: Lengths,
) -> CTCLattice:
    """Sum the probabilities of all paths that collapse to the labels, step by step.

        places: blank, label 1, blank, label 2, ... label L, blank
        α_1(s) = p_1(place s)   for the first two places,   else 0
        α_t(s) = p_t(place s) [α_{t-1}(s) + α_{t-1}(s-1) + jump(s) α_{t-1}(s-2)]
        P(labels) = α_T(last blank) + α_T(last label)

    A path may skip a blank, jump(s) = 1, between two different labels. Everything is computed in
    log space; gradients come from autograd.

    Args:
        log_probs: the logarithms of the class probabilities, (B, T, K), such as `log_softmax`
            gives; class 0 is the blank.
        targets: the labels, (B, L), whole numbers from 1 to K - 1, padded with anything.
        lengths: the number of steps in each row, B whole numbers from 1 to T.
        target_lengths: the number of labels in each row, B whole numbers from 0 to L.

    Returns:
        `CTCLattice(log_alphas, log_likelihood)` of shapes (B, T, 2L + 1) and (B,). After the last
        step of a row its last alphas are repeated. Labels that need more steps than there are have
        a log likelihood of -∞.

    Raises:
        ValueError: if shapes or lengths do not fit, or a label is no class or the blank.

    Reference: Graves, Fernández, Gomez and Schmidhuber, Connectionist Temporal Classification
        (2006), doi:10.1145/1143844.1143891.
    """
    require_shape("log_probs", log_probs, ("B", "T", "K"))
    require_kind("log_probs", log_probs, "real floating")
    B, T, K = log_probs.shape
    require_shape("targets", targets, (B, "L"))
    xp = array_namespace(log_probs)
    active = length_mask(lengths, log_probs)
    if T == 0 or not bool(xp.all(active[:, 0])):
        raise ValueError("lengths must be at least 1; got 0")
    places = ctc_places(targets, target_lengths, K)
    two_before = concat([places[:, :2], places[:, :-2]], axis=1)[:, : places.shape[1]]
    jumps = (places != BLANK) & (places != two_before)

    emitted = xp.take_along_axis(log_probs, places[:, None, :], axis=2)
    never = xp.full_like(emitted[:, 0], -xp.inf)
    alpha = concat([emitted[:, 0, :2], never[:, 2:]], axis=1)
    alphas = [alpha]
    for t in range(1, T):
        one_back = concat([never[:, :1], alpha[:, :-1]], axis=1)
        two_back = concat([never[:, :2], alpha[:, :-2]], axis=1)[:, : alpha.shape[1]]
        ways = stack([alpha, one_back, xp.where(jumps, two_back, never)], axis=2)
        alpha = xp.where(active[:, t, None], emitted[:, t] + log_sum_exp(ways), alpha)
        alphas.append(alpha)

    ends = 2 * xp.sum(xp.astype(length_mask(target_lengths, targets), xp.int64), axis=1)[:, None]
    s = xp.arange(places.shape[1], device=device(places))
    last = xp.where((s == ends) | (s == ends - 1), alpha, never)
    return CTCLattice(stack(alphas, axis=1), log_sum_exp(last))


def ctc_loss(
    log_probs: Float[Array, "B T K"],
    targets: Int[Array, "B L"],
    lengths: Lengths,
    target_lengths: Lengths,
) -> Float[Array, "B"]:
    """The CTC loss of each row: -log P(labels).

    Args:
        log_probs: the logarithms of the class probabilities, (B, T, K); class 0 is the blank.
        targets: the labels, (B, L), whole numbers from 1 to K - 1, padded with anything.
        lengths: the number of steps in each row, B whole numbers from 1 to T.
        target_lengths: the number of labels in each row, B whole numbers from 0 to L.

    Returns:
        The loss of each row in nats, (B,); ∞ where the labels need more steps than there are.

    Raises:
        ValueError: as `ctc_forward`.

    Reference: Graves, Fernández, Gomez and Schmidhuber (2006), doi:10.1145/1143844.1143891.
    """
    return -ctc_forward(log_probs, targets, lengths, target_lengths).log_likelihood
