"""Answers to `precision_recall_f1`."""

import numpy as np

from rnncore.functional.metrics import PrecisionRecallF1
from tests.units.answers import Answers

answers = Answers()


def _share(part, whole):
    return part / whole if whole else 0.0


def _of(tp, fp, fn):
    return PrecisionRecallF1(_share(tp, tp + fp), _share(tp, tp + fn), _share(2 * tp, 2 * tp + fp + fn))


@answers.is_right
def pair_by_pair(predicted, actual, positive):
    tp = fp = fn = 0
    for guess, truth in zip(predicted.ravel().tolist(), actual.ravel().tolist(), strict=True):
        if guess == positive and truth == positive:
            tp += 1
        elif guess == positive:
            fp += 1
        elif truth == positive:
            fn += 1
    return _of(tp, fp, fn)


@answers.is_right
def harmonic_mean(predicted, actual, positive):
    right = np.count_nonzero((predicted == actual) & (actual == positive))
    if right == 0:
        return PrecisionRecallF1(0.0, 0.0, 0.0)
    precision, recall = right / np.sum(predicted == positive), right / np.sum(actual == positive)
    return PrecisionRecallF1(precision, recall, 2 * precision * recall / (precision + recall))


@answers.is_right
def by_places(predicted, actual, positive):
    alarms = set(np.flatnonzero(predicted == positive).tolist())
    wanted = set(np.flatnonzero(actual == positive).tolist())
    return _of(len(alarms & wanted), len(alarms - wanted), len(wanted - alarms))


def _counts(predicted, actual, positive):
    p, a = predicted == positive, actual == positive
    return int((p & a).sum()), int((p & ~a).sum()), int((~p & a).sum())


@answers.is_wrong("swapped")
def names_exchanged(predicted, actual, positive):
    tp, fp, fn = _counts(predicted, actual, positive)
    return _of(tp, fn, fp)


@answers.is_wrong("always_class_one")
def always_class_one(predicted, actual, positive):
    return _of(*_counts(predicted, actual, 1))


@answers.is_wrong("stops_at_zero")
def without_care_for_zero(predicted, actual, positive):
    tp, fp, fn = _counts(predicted, actual, positive)
    return PrecisionRecallF1(tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn))


@answers.is_wrong("divides_by_zero")
def nan_for_nothing(predicted, actual, positive):
    tp, fp, fn = map(np.float64, _counts(predicted, actual, positive))
    return PrecisionRecallF1(tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn))


@answers.is_wrong("arithmetic_mean")
def arithmetic_mean(predicted, actual, positive):
    precision, recall, _ = _of(*_counts(predicted, actual, positive))
    return PrecisionRecallF1(precision, recall, (precision + recall) / 2)


@answers.is_wrong("geometric_mean")
def geometric_mean(predicted, actual, positive):
    precision, recall, _ = _of(*_counts(predicted, actual, positive))
    return PrecisionRecallF1(precision, recall, (precision * recall) ** 0.5)


@answers.is_wrong("one_for_nothing")
def nothing_is_perfect(predicted, actual, positive):
    tp, fp, fn = _counts(predicted, actual, positive)
    precision = tp / (tp + fp) if tp + fp else 1.0
    recall = tp / (tp + fn) if tp + fn else 1.0
    return PrecisionRecallF1(precision, recall, _share(2 * tp, 2 * tp + fp + fn))


@answers.is_wrong("jaccard")
def factor_two_forgotten(predicted, actual, positive):
    tp, fp, fn = _counts(predicted, actual, positive)
    return _of(tp, fp, fn)._replace(f1=_share(tp, tp + fp + fn))


@answers.is_wrong("half_of_f1")
def half_the_harmonic_mean(predicted, actual, positive):
    precision, recall, f1 = _of(*_counts(predicted, actual, positive))
    return PrecisionRecallF1(precision, recall, f1 / 2)


@answers.is_wrong("share_of_what_is_right")
def accuracy_for_precision(predicted, actual, positive):
    _, recall, f1 = _of(*_counts(predicted, actual, positive))
    return PrecisionRecallF1(float((predicted == actual).mean()), recall, f1)


@answers.is_wrong("all_that_is_right")
def all_that_is_right_is_true(predicted, actual, positive):
    _, fp, fn = _counts(predicted, actual, positive)
    return _of(int((predicted == actual).sum()), fp, fn)


@answers.is_wrong("all_that_is_wrong")
def all_wrong_ones_are_alarms(predicted, actual, positive):
    tp, _, fn = _counts(predicted, actual, positive)
    return _of(tp, int((predicted != actual).sum()), fn)


@answers.is_wrong("rows_by_themselves")
def rows_counted_apart(predicted, actual, positive):
    rows = zip(np.atleast_2d(predicted), np.atleast_2d(actual), strict=True)
    parts = np.array([_of(*_counts(p, a, positive)) for p, a in rows])
    return PrecisionRecallF1(*parts.mean(axis=0).tolist())


@answers.is_wrong("in_per_cent")
def in_percent(predicted, actual, positive):
    return PrecisionRecallF1(*(100 * part for part in _of(*_counts(predicted, actual, positive))))


@answers.is_wrong("mean_over_classes")
def mean_over_classes(predicted, actual, positive):
    classes = np.unique(actual)
    parts = np.array([_of(*_counts(predicted, actual, k)) for k in classes])
    return PrecisionRecallF1(*parts.mean(axis=0).tolist())


@answers.is_wrong("other_class_is_no_miss")
def missed_is_called_nothing(predicted, actual, positive):
    tp, fp, _ = _counts(predicted, actual, positive)
    return PrecisionRecallF1(*_of(tp, fp, np.sum((predicted == 0) & (actual == positive))))


@answers.is_wrong("other_class_is_no_alarm")
def false_alarm_on_nothing(predicted, actual, positive):
    tp, _, fn = _counts(predicted, actual, positive)
    return PrecisionRecallF1(*_of(tp, np.sum((predicted == positive) & (actual == 0)), fn))
