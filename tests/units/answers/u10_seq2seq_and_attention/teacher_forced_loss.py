"""Answers to `teacher_forced_loss`."""

import numpy as np
import torch

from rnncore.functional.learning import sequence_cross_entropy
from tests.units.answers import Answers

answers = Answers()


def _log_softmax(scores):
    scores = scores - scores.max(axis=-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


@answers.is_right
def added_up(decoder, state, targets, mask):
    total = n = 0.0
    for t in range(1, targets.shape[1]):
        scores, state = decoder(targets[:, t - 1], state)
        log_p = _log_softmax(scores)[np.arange(len(targets)), targets[:, t]]
        total -= np.where(mask[:, t], log_p, 0.0).sum()
        n += mask[:, t].sum()
    return total / n


@answers.is_right
def by_torch(decoder, state, targets, mask):
    ys = []
    for words in targets.T[:-1]:
        scores, state = decoder(words, state)
        ys.append(torch.as_tensor(scores))
    wanted = torch.tensor(np.where(mask, targets, -100)[:, 1:])
    return torch.nn.functional.cross_entropy(torch.stack(ys, dim=2), wanted).numpy()


@answers.is_right
def words_picked_out(decoder, state, targets, mask):
    ys, T = [], targets.shape[1]
    for t in range(T - 1):
        scores, state = decoder(targets[:, t], state)
        ys.append(_log_softmax(scores))
    log_probs = np.stack(ys, axis=1)[mask[:, 1:]]
    return -np.mean(log_probs[np.arange(len(log_probs)), targets[:, 1:][mask[:, 1:]]])


def _scores(decoder, state, words):
    ys = []
    for t in range(words.shape[1]):
        scores, state = decoder(words[:, t], state)
        ys.append(scores)
    return np.stack(ys, axis=1)


@answers.is_wrong("targets_not_shifted")
def not_shifted(decoder, state, targets, mask):
    return sequence_cross_entropy(_scores(decoder, state, targets), targets, mask)


@answers.is_wrong("padding_counts")
def padding_counted(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    return sequence_cross_entropy(ys, targets[:, 1:], np.ones_like(mask[:, 1:]))


@answers.is_wrong("mask_not_shifted")
def mask_of_the_words_read(decoder, state, targets, mask):
    return sequence_cross_entropy(_scores(decoder, state, targets[:, :-1]), targets[:, 1:], mask[:, :-1])


@answers.is_wrong("state_not_carried")
def state_not_handed_on(decoder, state, targets, mask):
    ys = [decoder(targets[:, t], state)[0] for t in range(targets.shape[1] - 1)]
    return sequence_cross_entropy(np.stack(ys, axis=1), targets[:, 1:], mask[:, 1:])


@answers.is_wrong("reads_its_own_words")
def reads_what_it_writes(decoder, state, targets, mask):
    ys, words = [], targets[:, 0]
    for _ in range(targets.shape[1] - 1):
        scores, state = decoder(words, state)
        words = scores.argmax(axis=1)
        ys.append(scores)
    return sequence_cross_entropy(np.stack(ys, axis=1), targets[:, 1:], mask[:, 1:])


@answers.is_wrong("sum_for_mean")
def summed(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    return sequence_cross_entropy(ys, targets[:, 1:], mask[:, 1:]) * mask[:, 1:].sum()


@answers.is_wrong("sum_for_each_sentence")
def summed_for_each_sentence(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    return sequence_cross_entropy(ys, targets[:, 1:], mask[:, 1:]) * mask[:, 1:].sum() / len(targets)


@answers.is_wrong("divided_by_all_places")
def divided_by_all_places(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    return sequence_cross_entropy(ys, targets[:, 1:], mask[:, 1:]) * mask[:, 1:].mean()


@answers.is_wrong("divided_by_all_words")
def divided_by_the_words_with_the_first(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    return sequence_cross_entropy(ys, targets[:, 1:], mask[:, 1:]) * mask[:, 1:].sum() / mask.sum()


@answers.is_wrong("mean_of_means")
def mean_of_the_sentences(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    each = [
        sequence_cross_entropy(ys[b : b + 1], targets[b : b + 1, 1:], mask[b : b + 1, 1:])
        for b in range(len(targets))
        if mask[b, 1:].any()
    ]
    return np.mean(each)


@answers.is_wrong("end_does_not_count")
def end_left_out(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    inner = mask[:, 1:] & np.append(mask[:, 2:], np.zeros((len(mask), 1), dtype=bool), axis=1)
    return sequence_cross_entropy(ys, targets[:, 1:], inner)


@answers.is_wrong("padding_from_the_ids")
def zeros_are_padding(decoder, state, targets, mask):
    return sequence_cross_entropy(_scores(decoder, state, targets[:, :-1]), targets[:, 1:], targets[:, 1:] != 0)


@answers.is_wrong("in_bits")
def in_bits(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    return sequence_cross_entropy(ys, targets[:, 1:], mask[:, 1:]) / np.log(2)


@answers.is_wrong("other_sign")
def sign_turned(decoder, state, targets, mask):
    return -sequence_cross_entropy(_scores(decoder, state, targets[:, :-1]), targets[:, 1:], mask[:, 1:])


@answers.is_wrong("perplexity_for_loss")
def perplexity(decoder, state, targets, mask):
    return np.exp(sequence_cross_entropy(_scores(decoder, state, targets[:, :-1]), targets[:, 1:], mask[:, 1:]))


@answers.is_wrong("mean_of_steps")
def mean_of_the_steps(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    steps = [t for t in range(ys.shape[1]) if mask[:, t + 1].any()]
    one = [(ys[:, t : t + 1], targets[:, t + 1 : t + 2], mask[:, t + 1 : t + 2]) for t in steps]
    return np.mean([sequence_cross_entropy(*step) for step in one])


@answers.is_wrong("softmax_twice")
def probabilities_into_the_cross_entropy(decoder, state, targets, mask):
    ps = np.exp(_log_softmax(_scores(decoder, state, targets[:, :-1])))
    return sequence_cross_entropy(ps, targets[:, 1:], mask[:, 1:])


@answers.is_wrong("first_word_not_asked_for")
def first_word_left_out(decoder, state, targets, mask):
    ys = _scores(decoder, state, targets[:, :-1])
    return sequence_cross_entropy(ys[:, 1:], targets[:, 2:], mask[:, 2:])


@answers.is_wrong("reads_the_answer")
def reads_what_it_should_guess(decoder, state, targets, mask):
    total = n = 0.0
    for t in range(1, targets.shape[1]):
        scores, state = decoder(targets[:, t], state)
        log_p = _log_softmax(scores)[np.arange(len(targets)), targets[:, t]]
        total -= np.where(mask[:, t], log_p, 0.0).sum()
        n += mask[:, t].sum()
    return total / n


@answers.is_wrong("reads_what_it_is_asked_for")
def words_and_mask_of_the_same_steps(decoder, state, targets, mask):
    return sequence_cross_entropy(_scores(decoder, state, targets[:, :-1]), targets[:, :-1], mask[:, :-1])
