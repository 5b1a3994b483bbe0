"""Answers to `choose_threshold`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


def _f1(alarm, labels):
    tp = np.sum(alarm & (labels == 1))
    return 2 * tp / (np.sum(alarm) + np.sum(labels == 1))


@answers.is_right
def from_the_highest(probabilities, labels):
    best, chosen = -1.0, None
    for t in sorted(set(probabilities.tolist()), reverse=True):
        f1 = _f1(probabilities >= t, labels)
        if f1 > best:
            best, chosen = f1, t
    return chosen


@answers.is_right
def by_tuples(probabilities, labels):
    return max((_f1(probabilities >= t, labels), float(t)) for t in probabilities)[1]


@answers.is_right
def sorted_and_summed(probabilities, labels):
    order = np.argsort(-probabilities, kind="stable")
    p, found = probabilities[order], np.cumsum(labels[order])
    f1 = 2 * found / (np.arange(1, len(p) + 1) + labels.sum())
    ends = np.append(p[1:] != p[:-1], True)
    return float(p[np.argmax(np.where(ends, f1, -1.0))])


@answers.is_right
def all_at_once(probabilities, labels):
    levels = np.unique(probabilities)[::-1]
    alarms = probabilities[None, :] >= levels[:, None]
    tp = alarms @ labels
    return levels[np.argmax(tp / (alarms.sum(axis=1) + labels.sum()))]


@answers.is_right
def one_entry_of_a_tensor(probabilities, labels):
    p, y = torch.tensor(probabilities).sort(descending=True).values, torch.tensor(labels)
    alarms = torch.tensor(probabilities) >= p[:, None]
    return p[torch.argmax(2 * (alarms & (y == 1)).sum(dim=1) / (alarms.sum(dim=1) + y.sum()))]


def _best(probabilities, labels, levels, alarm=np.greater_equal, score=_f1):
    scores = [score(alarm(probabilities, t), labels) for t in levels]
    return float(levels[int(np.argmax(scores))])


def _down(probabilities):
    return np.unique(probabilities)[::-1]


@answers.is_wrong("strictly_above")
def above_alone(probabilities, labels):
    return _best(probabilities, labels, _down(probabilities), alarm=np.greater)


@answers.is_wrong("lowest_of_equals")
def the_lowest_of_equals(probabilities, labels):
    return _best(probabilities, labels, np.unique(probabilities))


@answers.is_wrong("first_of_equals")
def the_first_of_equals(probabilities, labels):
    return _best(probabilities, labels, probabilities)


@answers.is_wrong("tenths")
def tenths(probabilities, labels):
    return _best(probabilities, labels, np.linspace(1, 0, 11))


@answers.is_wrong("one_half")
def one_half(probabilities, labels):
    return 0.5


@answers.is_wrong("by_accuracy")
def best_accuracy(probabilities, labels):
    def accuracy(alarm, labels):
        return np.mean(alarm == (labels == 1))

    return _best(probabilities, labels, _down(probabilities), score=accuracy)


@answers.is_wrong("by_precision")
def best_precision(probabilities, labels):
    def precision(alarm, labels):
        return np.sum(alarm & (labels == 1)) / max(np.sum(alarm), 1)

    return _best(probabilities, labels, _down(probabilities), score=precision)


@answers.is_wrong("by_recall")
def best_recall(probabilities, labels):
    def recall(alarm, labels):
        return np.sum(alarm & (labels == 1)) / np.sum(labels)

    return _best(probabilities, labels, _down(probabilities), score=recall)


@answers.is_wrong("its_index")
def the_place(probabilities, labels):
    scores = [_f1(probabilities >= t, labels) for t in probabilities]
    return int(np.argmax(scores))


@answers.is_wrong("the_f1")
def its_f1(probabilities, labels):
    return float(max(_f1(probabilities >= t, labels) for t in probabilities))


@answers.is_wrong("between_two")
def between_two(probabilities, labels):
    levels = np.unique(probabilities)
    t = _best(probabilities, labels, levels[::-1])
    below = levels[levels < t]
    return float((t + below[-1]) / 2) if len(below) else t


@answers.is_wrong("labels_left_behind")
def sorted_without_the_labels(probabilities, labels):
    return _best(np.sort(probabilities)[::-1], labels, np.sort(probabilities)[::-1])


@answers.is_wrong("stops_between_equals")
def one_by_one_down_the_list(probabilities, labels):
    order = np.argsort(-probabilities, kind="stable")
    found = np.cumsum(labels[order])
    f1 = 2 * found / (np.arange(1, len(order) + 1) + labels.sum())
    return float(probabilities[order][np.argmax(f1)])


@answers.is_wrong("by_recall")
def lowest_insult(probabilities, labels):
    return float(probabilities[labels == 1].min())


@answers.is_wrong("alarms_below")
def alarms_below(probabilities, labels):
    return _best(probabilities, labels, _down(probabilities), alarm=np.less_equal)


@answers.is_wrong("in_place")
def sorts_in_place(probabilities, labels):
    order = np.argsort(-probabilities, kind="stable")
    labels[:] = labels[order]
    probabilities[:] = probabilities[order]
    return _best(probabilities, labels, _down(probabilities))


@answers.is_wrong("never_below_one_half")
def at_least_one_half(probabilities, labels):
    levels = _down(probabilities)
    return _best(probabilities, labels, levels[levels >= 0.5] if np.any(levels >= 0.5) else levels)


@answers.is_wrong("none of the probabilities")
def hundredths(probabilities, labels):
    return _best(probabilities, labels, np.linspace(1, 0, 101))


@answers.is_wrong()
def zero_and_one_left_out(probabilities, labels):
    levels = _down(probabilities)
    return _best(probabilities, labels, levels[(levels > 0) & (levels < 1)])
