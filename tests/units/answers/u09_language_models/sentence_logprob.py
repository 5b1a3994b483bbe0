"""Answers to `sentence_logprob`."""

import numpy as np

from rnncore.functional.decoding import next_log_probs
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def own_softmax(decoder, state, start, ids):
    total, tokens = np.zeros(len(ids)), start
    for column in np.asarray(ids).T:
        scores, state = decoder(tokens, state)
        p = np.exp(scores - scores.max(1, keepdims=True))
        total += np.log(p[np.arange(len(column)), column] / p.sum(1))
        tokens = column
    return total


@answers.is_right
def one_hot(decoder, state, start, ids):
    reads, found = np.c_[start, ids[:, :-1]], []
    for t in range(reads.shape[1]):
        log_p, state = next_log_probs(decoder, reads[:, t], state)
        found.append(np.einsum("bv,bv->b", log_p, np.eye(log_p.shape[1])[ids[:, t]]))
    return np.sum(found, axis=0)


def _steps(decoder, state, start, ids, read=None):
    tokens, found = start, []
    for t in range(ids.shape[1]):
        log_p, state = next_log_probs(decoder, tokens, state)
        found.append(log_p[np.arange(len(ids)), ids[:, t]])
        tokens = ids[:, t] if read is None else read(log_p)
    return np.array(found)


@answers.is_wrong("logarithms_multiplied")
def product(decoder, state, start, ids):
    return _steps(decoder, state, start, ids).prod(0)


@answers.is_wrong("reads_its_own_guess")
def free_running(decoder, state, start, ids):
    return _steps(decoder, state, start, ids, lambda log_p: log_p.argmax(1)).sum(0)


@answers.is_wrong("last_token_alone")
def overwritten(decoder, state, start, ids):
    return _steps(decoder, state, start, ids)[-1]


@answers.is_wrong("in_bits")
def bits(decoder, state, start, ids):
    return _steps(decoder, state, start, ids).sum(0) / np.log(2)


@answers.is_wrong("mean_over_the_steps")
def mean(decoder, state, start, ids):
    return _steps(decoder, state, start, ids).mean(0)


@answers.is_wrong("scores_added")
def scores(decoder, state, start, ids):
    total, tokens = 0, start
    for t in range(ids.shape[1]):
        liked, state = decoder(tokens, state)
        total, tokens = total + liked[np.arange(len(ids)), ids[:, t]], ids[:, t]
    return total


@answers.is_wrong("state_not_carried")
def forgetful(decoder, state, start, ids):
    total, tokens = 0, start
    for t in range(ids.shape[1]):
        log_p, _ = next_log_probs(decoder, tokens, state)
        total, tokens = total + log_p[np.arange(len(ids)), ids[:, t]], ids[:, t]
    return total


@answers.is_wrong("logarithm_at_the_end")
def product_of_probabilities(decoder, state, start, ids):
    product, last = 1.0, start
    for t in range(ids.shape[1]):
        log_p, state = next_log_probs(decoder, last, state)
        last = ids[:, t]
        product = product * np.exp(np.take_along_axis(log_p, last[:, None], axis=1)[:, 0])
    return np.log(product)


@answers.is_wrong("exp_overflows")
def softmax_written_out(decoder, state, start, ids):
    total, tokens = np.zeros(len(ids)), start
    for column in np.asarray(ids).T:
        scores, state = decoder(tokens, state)
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        total = total + np.log(p[np.arange(len(column)), column])
        tokens = column
    return total


@answers.is_wrong()
def never_log_of_zero(decoder, state, start, ids):
    """The number that keeps the logarithm finite is added to very unlikely tokens, too."""
    total, tokens = np.zeros(len(ids)), start
    for column in np.asarray(ids).T:
        scores, state = decoder(tokens, state)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        total = total + np.log(p[np.arange(len(column)), column] + 1e-12)
        tokens = column
    return total
