"""Answers to `class_weights`."""

from collections import Counter

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def counter(labels, K):
    n = Counter(labels.ravel().tolist())
    return np.array([labels.size / (K * n[k]) for k in range(K)])


@answers.is_right
def one_over_the_share(labels, K):
    shares = (labels.reshape(-1, 1) == np.arange(K)).mean(axis=0)
    return 1 / K / shares


@answers.is_right
def a_tensor(labels, K):
    counts = torch.bincount(torch.tensor(labels).flatten(), minlength=K)
    return counts.sum() / (K * counts.to(torch.float64))


@answers.is_right
def one_hot_sums(labels, K):
    counts = np.eye(K)[labels].reshape(-1, K).sum(axis=0)
    return counts.sum() / K / counts


def _counts(labels, K):
    return np.bincount(labels.ravel(), minlength=K)


@answers.is_wrong("without_K")
def without_the_classes(labels, K):
    return labels.size / _counts(labels, K)


@answers.is_wrong("inverse_counts")
def one_over_counts(labels, K):
    return 1 / _counts(labels, K)


@answers.is_wrong("frequencies")
def the_shares(labels, K):
    return _counts(labels, K) / labels.size


@answers.is_wrong("turned_round")
def upside_down(labels, K):
    return K * _counts(labels, K) / labels.size


@answers.is_wrong("rows_for_labels")
def rows_for_n(labels, K):
    return len(labels) / (K * _counts(labels, K))


@answers.is_wrong("sum_of_one")
def summing_to_one(labels, K):
    w = 1 / _counts(labels, K)
    return w / w.sum()


@answers.is_wrong("sum_of_K")
def mean_over_the_classes_is_one(labels, K):
    w = 1 / _counts(labels, K)
    return K * w / w.sum()


@answers.is_wrong("one_for_each_label")
def one_for_each_label(labels, K):
    return (labels.size / (K * _counts(labels, K)))[labels]


@answers.is_wrong("whole_division")
def whole_numbers(labels, K):
    return labels.size // (K * _counts(labels, K))


@answers.is_wrong("root")
def weakened_by_a_root(labels, K):
    return np.sqrt(labels.size / (K * _counts(labels, K)))


@answers.is_wrong("relative_to_the_largest")
def most_frequent_weighs_one(labels, K):
    counts = _counts(labels, K)
    return counts.max() / counts


@answers.is_wrong("smoothed")
def smoothed(labels, K):
    return (labels.size + K) / (K * (_counts(labels, K) + 1))


@answers.is_wrong("dtype")
def single_precision(labels, K):
    return (labels.size / (K * _counts(labels, K))).astype(np.float32)


@answers.is_wrong()
def in_the_order_of_counts(labels, K):
    return np.sort(labels.size / (K * _counts(labels, K)))


@answers.is_wrong("others_to_each")
def as_pos_weight(labels, K):
    counts = np.bincount(labels.ravel(), minlength=K)
    return (labels.size - counts) / counts
