"""Answers to `ctc_loss`."""

import numpy as np
import torch

from rnncore.functional.decoding import ctc_forward
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def minus_log_likelihood(log_probs, targets, lengths, target_lengths):
    _, log_p = ctc_forward(log_probs, targets, lengths, target_lengths)
    return -1.0 * log_p


@answers.is_right
def torchs_own(log_probs, targets, lengths, target_lengths):
    return torch.nn.functional.ctc_loss(
        torch.from_numpy(np.array(log_probs)).transpose(0, 1),
        torch.from_numpy(np.array(targets)),
        torch.tensor(lengths),
        torch.tensor(target_lengths),
        reduction="none",
    ).numpy()


@answers.is_right
def logarithm_of_one_over(log_probs, targets, lengths, target_lengths):
    with np.errstate(divide="ignore"):
        return np.log(1.0 / np.exp(ctc_forward(log_probs, targets, lengths, target_lengths).log_likelihood))


@answers.is_wrong("no_minus")
def log_likelihood(log_probs, targets, lengths, target_lengths):
    return ctc_forward(log_probs, targets, lengths, target_lengths)[1]


@answers.is_wrong("mean_of_the_batch")
def one_number(log_probs, targets, lengths, target_lengths):
    return -np.mean(ctc_forward(log_probs, targets, lengths, target_lengths).log_likelihood)


@answers.is_wrong("for_each_label")
def as_torchs_mean(log_probs, targets, lengths, target_lengths):
    return -ctc_forward(log_probs, targets, lengths, target_lengths).log_likelihood / np.array(target_lengths)


@answers.is_wrong("a_probability")
def probability(log_probs, targets, lengths, target_lengths):
    return np.exp(ctc_forward(log_probs, targets, lengths, target_lengths).log_likelihood)


@answers.is_wrong("infinity_hidden")
def zero_infinity(log_probs, targets, lengths, target_lengths):
    loss = -ctc_forward(log_probs, targets, lengths, target_lengths).log_likelihood
    return np.where(np.isfinite(loss), loss, 0.0)


@answers.is_wrong("all_places")
def whole_last_column(log_probs, targets, lengths, target_lengths):
    alphas = ctc_forward(log_probs, targets, lengths, target_lengths).log_alphas
    return -np.log(np.exp(alphas[:, -1]).sum(axis=1))


@answers.is_wrong("two_last_columns")
def last_two_of_the_array(log_probs, targets, lengths, target_lengths):
    alphas = ctc_forward(log_probs, targets, lengths, target_lengths).log_alphas
    return -np.logaddexp(alphas[:, -1, -1], alphas[:, -1, -2])


@answers.is_wrong("are the squares of the right ones")
def squared(log_probs, targets, lengths, target_lengths):
    return ctc_forward(log_probs, targets, lengths, target_lengths).log_likelihood ** 2
