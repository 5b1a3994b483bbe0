"""Answers to `ctc_forward`."""

import math

import numpy as np
import torch

from rnncore.functional.decoding import CTCLattice
from tests.units.answers import Answers

answers = Answers()


def _lattice(log_probs, targets, lengths, target_lengths, jump=None, first=(0, 1), ends=None, length=None):
    """A loop over rows, steps and places."""
    jump = jump or (lambda places, s: places[s] != 0 and places[s] != places[s - 2])
    ends = ends or (lambda last, n: last[max(0, 2 * n - 1) : 2 * n + 1])
    B, T, _ = log_probs.shape
    S = 2 * targets.shape[1] + 1
    alphas, log_p = np.full((B, T, S), -math.inf), np.zeros(B)
    for b in range(B):
        n = int(target_lengths[b])
        places = [0] * S
        places[1 : 2 * n : 2] = [int(k) for k in targets[b, :n]]
        for s in first:
            if s < S:
                alphas[b, 0, s] = log_probs[b, 0, places[s]]
        for t in range(1, T):
            if t >= (length or (lambda given: given))(int(lengths[b])):
                alphas[b, t] = alphas[b, t - 1]
                continue
            for s in range(S):
                ways = [alphas[b, t - 1, s]]
                if s >= 1:
                    ways.append(alphas[b, t - 1, s - 1])
                if s >= 2 and jump(places, s):
                    ways.append(alphas[b, t - 1, s - 2])
                alphas[b, t, s] = np.logaddexp.reduce(ways) + log_probs[b, t, places[s]]
        log_p[b] = np.logaddexp.reduce(ends(alphas[b, -1], n))
    return CTCLattice(alphas, log_p)


@answers.is_right
def three_loops(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths)


@answers.is_right
def a_plain_pair(log_probs, targets, lengths, target_lengths):
    return tuple(_lattice(log_probs, targets, lengths, target_lengths))


@answers.is_right
def with_torch(log_probs, targets, lengths, target_lengths):
    rows, all_alphas, log_p = torch.from_numpy(np.array(log_probs)), [], []
    for b, row in enumerate(rows):
        n, T, S = int(target_lengths[b]), int(lengths[b]), 2 * targets.shape[1] + 1
        places = torch.zeros(S, dtype=torch.long)
        places[1 : 2 * n : 2] = torch.from_numpy(np.array(targets[b, :n]))
        never = torch.tensor(-math.inf, dtype=row.dtype)
        skips = (places != 0) & (places != places.roll(2)) & (torch.arange(S) > 1)
        alpha = torch.where(torch.arange(S) < 2, row[0, places], never)
        alphas = [alpha]
        for t in range(1, len(row)):
            if t < T:
                padded = torch.cat([never[None], never[None], alpha])
                ways = torch.stack([alpha, padded[1:-1], torch.where(skips, padded[:-2], never)])
                alpha = row[t, places] + ways.logsumexp(0)
            alphas.append(alpha)
        all_alphas.append(torch.stack(alphas))
        log_p.append(alpha[max(0, 2 * n - 1) : 2 * n + 1].logsumexp(0))
    return CTCLattice(torch.stack(all_alphas).numpy(), torch.stack(log_p).numpy())


@answers.is_wrong("jumps_between_equal_labels")
def jumps_to_any_label(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, jump=lambda places, s: places[s] != 0)


@answers.is_wrong("labels_jumped_over")
def jumps_anywhere(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, jump=lambda places, s: True)


@answers.is_wrong("no_jumps")
def one_place_at_a_time(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, jump=lambda places, s: False)


@answers.is_wrong("starts_with_blank")
def from_the_first_place(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, first=(0,))


@answers.is_wrong("starts_with_label")
def from_the_first_label(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, first=(1,))


@answers.is_wrong("ends_of_the_longest_row")
def last_two_columns(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, ends=lambda last, n: last[-2:])


@answers.is_wrong("ends_at_the_last_blank")
def last_place(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, ends=lambda last, n: last[2 * n : 2 * n + 1])


@answers.is_wrong("ends_at_n")
def ends_where_labels_are_counted(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, ends=lambda last, n: last[max(0, n - 1) : n + 1])


@answers.is_wrong("all_rows_to_the_end")
def padding_is_read(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, length=lambda given: 10**6)


@answers.is_wrong("one_step_too_few")
def stops_early(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, length=lambda given: given - 1)


@answers.is_wrong("empty_after_the_last_step")
def nothing_in_the_padding(log_probs, targets, lengths, target_lengths):
    alphas, log_p = _lattice(log_probs, targets, lengths, target_lengths)
    for b, n in enumerate(lengths):
        alphas[b, n:] = -math.inf
    return CTCLattice(alphas, log_p)


@answers.is_wrong("wraps_without_labels")
def place_before_the_first(log_probs, targets, lengths, target_lengths):
    return _lattice(log_probs, targets, lengths, target_lengths, ends=lambda last, n: [last[2 * n], last[2 * n - 1]])


def _swept(log_probs, targets, lengths, target_lengths, overwrite=False, wrap=False):
    """Place by place with Python's indices, over one list."""
    alphas, log_p = [], []
    for row, target, T, n in zip(log_probs, targets, lengths, target_lengths, strict=True):
        places = [0] + [k for i, label in enumerate(target) for k in (int(label) if i < n else 0, 0)]
        alpha = [row[0, k] if s < 2 else -math.inf for s, k in enumerate(places)]
        steps = [list(alpha)]
        for t in range(1, len(row)):
            new = alpha if overwrite else list(alpha)
            for s, k in enumerate(places if t < T else []):
                before = alpha[s - 1] if wrap or s else -math.inf
                jumped = alpha[s - 2] if s > 1 and k and k != places[s - 2] else -math.inf
                new[s] = np.logaddexp.reduce([alpha[s], before, jumped]) + row[t, k]
            alpha = new
            steps.append(list(alpha))
        alphas.append(steps)
        log_p.append(np.logaddexp.reduce(alpha[max(0, 2 * n - 1) : 2 * n + 1]))
    return CTCLattice(np.array(alphas), np.array(log_p))


@answers.is_right
def swept(log_probs, targets, lengths, target_lengths):
    return _swept(log_probs, targets, lengths, target_lengths)


@answers.is_wrong("written_over")
def swept_in_place(log_probs, targets, lengths, target_lengths):
    return _swept(log_probs, targets, lengths, target_lengths, overwrite=True)


@answers.is_wrong("comes_round_from_the_end")
def swept_round(log_probs, targets, lengths, target_lengths):
    return _swept(log_probs, targets, lengths, target_lengths, wrap=True)


@answers.is_wrong()
def padding_looked_up(log_probs, targets, lengths, target_lengths):
    for row, target in zip(log_probs, targets, strict=True):
        row[:, target]
    return _swept(log_probs, targets, lengths, target_lengths)
