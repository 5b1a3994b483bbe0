"""Answers to `sample`."""

import numpy as np

from rnncore.functional.decoding import draw, next_log_probs
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_hand(decoder, state, start, noise, reshape=lambda scores: scores):
    tokens, written = start, np.zeros(noise.shape, int)
    for t in range(noise.shape[1]):
        log_p, state = next_log_probs(decoder, tokens, state)
        p = np.exp(np.asarray(reshape(log_p)))
        ends = np.cumsum(p / p.sum(1, keepdims=True), axis=1)
        tokens = np.array([np.searchsorted(row, u, side="right") for row, u in zip(ends, noise[:, t], strict=True)])
        written[:, t] = tokens
    return written


@answers.is_right
def with_a_list(decoder, state, start, noise, reshape=lambda scores: scores):
    written = [start]
    for darts in noise.T:
        log_p, state = next_log_probs(decoder, written[-1], state)
        written.append(draw(reshape(log_p), darts))
    return np.array(written[1:]).T


def _write(decoder, state, start, noise, choose, read=lambda log_p, tokens: tokens):
    tokens, written = start, []
    for t in range(noise.shape[1]):
        log_p, state = next_log_probs(decoder, tokens, state)
        written.append(choose(log_p, t))
        tokens = read(log_p, written[-1])
    return np.stack(written, axis=1)


@answers.is_wrong("reads_the_likeliest")
def greedy_reader(decoder, state, start, noise, reshape=lambda scores: scores):
    choose = lambda log_p, t: draw(reshape(log_p), noise[:, t])  # noqa: E731
    return _write(decoder, state, start, noise, choose, lambda log_p, tokens: log_p.argmax(1))


@answers.is_wrong("last_noise_first")
def backwards(decoder, state, start, noise, reshape=lambda scores: scores):
    return _write(decoder, state, start, noise, lambda log_p, t: draw(reshape(log_p), noise[:, -t - 1]))


@answers.is_wrong("reshape_ignored")
def not_reshaped(decoder, state, start, noise, reshape=lambda scores: scores):
    return _write(decoder, state, start, noise, lambda log_p, t: draw(log_p, noise[:, t]))


@answers.is_wrong("one_dart_for_all_steps")
def first_column(decoder, state, start, noise, reshape=lambda scores: scores):
    return _write(decoder, state, start, noise, lambda log_p, t: draw(reshape(log_p), noise[:, 0]))


@answers.is_wrong("reads_start_at_every_step")
def start_again(decoder, state, start, noise, reshape=lambda scores: scores):
    choose = lambda log_p, t: draw(reshape(log_p), noise[:, t])  # noqa: E731
    return _write(decoder, state, start, noise, choose, lambda log_p, tokens: start)


@answers.is_wrong("time_first")
def stacked_first(decoder, state, start, noise, reshape=lambda scores: scores):
    return _write(decoder, state, start, noise, lambda log_p, t: draw(reshape(log_p), noise[:, t])).T


@answers.is_wrong("scores_reshaped")
def without_log_probs(decoder, state, start, noise, reshape=lambda scores: scores):
    last, written = start, []
    for t in range(noise.shape[1]):
        scores, state = decoder(last, state)
        last = draw(reshape(scores), noise[:, t])
        written.append(last)
    return np.stack(written, axis=1)


@answers.is_wrong("dtype")
def filled_into_floats(decoder, state, start, noise, reshape=lambda scores: scores):
    written = np.zeros(noise.shape)
    written[:] = by_hand(decoder, state, start, noise, reshape)
    return written
