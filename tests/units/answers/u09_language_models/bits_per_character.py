"""Answers to `bits_per_character`."""

import math

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_base_two(nats, characters):
    return float(np.log2(np.exp(np.asarray(nats))).sum() / characters)


@answers.is_right
def one_by_one(nats, characters):
    total = 0.0
    for cost in np.ravel(nats):
        total += float(cost)
    return total / math.log(2) / characters


@answers.is_wrong("per_token")
def mean_of_tokens(nats, characters):
    return np.mean(nats) / np.log(2)


@answers.is_wrong("still_in_nats")
def no_bits(nats, characters):
    return np.sum(nats) / characters


@answers.is_wrong("multiplied_by_log_2")
def times_log_2(nats, characters):
    return np.sum(nats) / characters * np.log(2)


@answers.is_wrong("negative")
def minus(nats, characters):
    return -np.sum(nats) / (characters * np.log(2))


@answers.is_wrong("along_one_axis")
def last_axis(nats, characters):
    return nats.sum(-1) / (characters * np.log(2))


@answers.is_wrong("in_place")
def divides_in_place(nats, characters):
    nats /= np.log(2)
    return np.sum(nats) / characters


@answers.is_wrong("divided_twice")
def mean_over_characters(nats, characters):
    return np.mean(nats) / np.log(2) / characters
