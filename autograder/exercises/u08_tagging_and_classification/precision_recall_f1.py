"""Exercise `precision-recall-f1`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.metrics import PrecisionRecallF1, precision_recall_f1

exercise = Exercise("precision-recall-f1", "How much is found, and how much of it is right", precision_recall_f1)

_PARTS = "precision", "recall", "F1"


def _counted(predicted: np.ndarray, actual: np.ndarray, positive: int) -> PrecisionRecallF1:
    """The oracle: one entry after the other."""
    pairs = list(zip(predicted.ravel().tolist(), actual.ravel().tolist(), strict=True))
    both = pairs.count((positive, positive))
    called = sum(p == positive for p, _ in pairs)
    wanted = sum(a == positive for _, a in pairs)
    precision, recall = (both / n if n else 0.0 for n in (called, wanted))
    total = precision + recall
    return PrecisionRecallF1(precision, recall, 2 * precision * recall / total if total else 0.0)


def _draw(rng: np.random.Generator, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Classes 0 to 3 and predictions of them: of class 1, 3 are found, 1 is missed, 4 alarms are false."""
    actual = np.array([1, 1, 1, 1, 0, 2, 0, 3, 0, 0, 2, 0, 3, 0, 0, 2, 2, 3, 0, 0])
    predicted = np.array([1, 1, 1, 2, 1, 1, 1, 1, 0, 2, 2, 0, 3, 3, 0, 2, 0, 3, 0, 0])
    order = rng.permutation(len(actual))
    return predicted[order].reshape(shape), actual[order].reshape(shape)


def _run_part(
    student: StudentFunction, rng: np.random.Generator, part: int, hint: str, classes: tuple[int, ...] = (1, 2, 3)
) -> None:
    asked = [(*_draw(rng, 20), positive) for positive in classes]
    got = [expect_parts(student(*each), *_PARTS) for each in asked]
    for parts, each in zip(got, asked, strict=True):
        expect_same(parts[part], _counted(*each)[part], _PARTS[part], hint)


@exercise.check("precision", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_part(student, rng, 0, "Of what was predicted as the class, the share that is of it.")


@exercise.check("recall", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_part(student, rng, 1, "Of what is of the class, the share that was predicted as it.")


@exercise.check("F1", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_part(student, rng, 2, "See (8.8).", classes=(1, 2, 3, 0))


@exercise.check("arrays of another shape", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for shape in ((4, 5), (2, 5, 2)):
        predicted, actual = _draw(rng, *shape)
        got = expect_parts(student(predicted, actual, 1), *_PARTS)
        expect_same(got, _counted(predicted, actual, 1), "the three numbers", "All entries count alike.")


@exercise.check("nothing predicted, or nothing to find", points=0.25, after="precision")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    some, none = rng.permutation(np.array([0, 0, 1, 0])), np.zeros(4, dtype=np.int64)
    for predicted, actual in ((none, some), (some, none), (none, none)):
        got = expect_parts(student(predicted, actual, 1), *_PARTS)
        expect_same(got, _counted(predicted, actual, 1), "the three numbers", "A share of nothing is 0 here.")


exercise.leaves_inputs(0.25)


def _scores(predicted, actual, positive, precision=None, recall=None, f1=None):
    """The three with their parts laid open; each is given TP, FP, FN and TN."""
    called, wanted = predicted == positive, actual == positive
    counts = [
        int(np.sum(a & b)) for a, b in ((called, wanted), (called, ~wanted), (~called, wanted), (~called, ~wanted))
    ]
    tp, fp, fn, _ = counts
    p = _share(tp, tp + fp) if precision is None else precision(*counts)
    r = _share(tp, tp + fn) if recall is None else recall(*counts)
    return PrecisionRecallF1(p, r, _share(2 * p * r, p + r) if f1 is None else f1(p, r, *counts))


def _share(part, whole):
    return part / whole if whole else 0.0


@exercise.mistake(
    "Your precision and your recall have changed places. Precision looks at what was predicted, recall at what is "
    "there."
)
def swapped(predicted, actual, positive):
    return precision_recall_f1(actual, predicted, positive)


exercise.knob(
    _scores,
    "accuracy_for_precision",
    "Your precision is the accuracy: it also counts what rightly was not predicted. Only what was predicted as the "
    "class matters here.",
    precision=lambda tp, fp, fn, tn: _share(tp + tn, tp + fp + fn + tn),
)


@exercise.mistake(
    "Your precision is the share of all entries that are right, of any class. Only what was predicted as the class "
    "matters here."
)
def share_of_what_is_right(predicted, actual, positive):
    return _scores(predicted, actual, positive)._replace(precision=float(np.mean(predicted == actual)))


exercise.knob(
    _scores,
    "precision_of_all",
    "You divide by all entries. Precision is a share of what was predicted as the class.",
    precision=lambda tp, fp, fn, tn: _share(tp, tp + fp + fn + tn),
)
exercise.knob(
    _scores,
    "recall_of_all",
    "You divide by all entries. Recall is a share of what is of the class.",
    recall=lambda tp, fp, fn, tn: _share(tp, tp + fp + fn + tn),
)
exercise.knob(
    _scores,
    "recall_of_the_others",
    "Your recall is that of the other classes: the share of them that was rightly left alone.",
    recall=lambda tp, fp, fn, tn: _share(tn, tn + fp),
)
exercise.knob(
    _scores,
    "precision_of_the_others",
    "Your precision is that of the other classes: of what was left alone, the share that was rightly so.",
    precision=lambda tp, fp, fn, tn: _share(tn, tn + fn),
)
exercise.knob(
    _scores,
    "arithmetic_mean",
    "Your F1 is the ordinary mean of precision and recall. A detector that raises every alarm would have more than one "
    "half then; F1 is the harmonic mean.",
    f1=lambda p, r, *counts: (p + r) / 2,
)
exercise.knob(
    _scores,
    "geometric_mean",
    "Your F1 is the root of precision times recall. F1 is the harmonic mean.",
    f1=lambda p, r, *counts: np.sqrt(p * r),
)
exercise.knob(
    _scores,
    "half_of_f1",
    "Your F1 is half of what it should be: with precision and recall both 1 it must be 1.",
    f1=lambda p, r, *counts: _share(p * r, p + r),
)
exercise.knob(
    _scores,
    "jaccard",
    "Your F1 is TP over all that is predicted or there. In F1 the TP count twice, above and below.",
    f1=lambda p, r, tp, fp, fn, tn: _share(tp, tp + fp + fn),
)


@exercise.mistake("You look for class 1, whatever `positive` is.")
def always_class_one(predicted, actual, positive):
    return _scores(predicted, actual, 1)


@exercise.mistake("Your TP are all entries that are right. Only those of the class that is looked for count.")
def all_that_is_right(predicted, actual, positive):
    tp, fp, fn = (
        int(np.sum(these))
        for these in (
            predicted == actual,
            (predicted == positive) & (actual != positive),
            (predicted != positive) & (actual == positive),
        )
    )
    return PrecisionRecallF1(_share(tp, tp + fp), _share(tp, tp + fn), _share(2 * tp, 2 * tp + fp + fn))


@exercise.mistake("Your FP are all entries that are wrong. A false alarm is one for the class that is looked for.")
def all_that_is_wrong(predicted, actual, positive):
    def precision(tp, fp, fn, tn):
        return _share(tp, tp + int(np.sum(predicted != actual)))

    def f1(p, r, tp, fp, fn, tn):
        return _share(2 * tp, 2 * tp + int(np.sum(predicted != actual)) + fn)

    return _scores(predicted, actual, positive, precision=precision, f1=f1)


@exercise.mistake("You take the mean over all classes. `positive` says which one is asked for.")
def mean_over_classes(predicted, actual, positive):
    return PrecisionRecallF1(*np.mean([_scores(predicted, actual, k) for k in np.unique(actual)], axis=0).tolist())


@exercise.mistake("You count each row by itself and take the mean. All entries of an array count alike.")
def rows_by_themselves(predicted, actual, positive):
    rows = zip(np.atleast_2d(predicted), np.atleast_2d(actual), strict=True)
    return PrecisionRecallF1(*np.mean([_scores(*row, positive) for row in rows], axis=0).tolist())


@exercise.mistake("You take every class but 0 for the class that is looked for. `positive` says which it is.")
def any_but_zero(predicted, actual, positive):
    return _scores((predicted != 0).astype(int), (actual != 0).astype(int), 1)


@exercise.mistake("You return percentages. The three are shares, from 0 to 1.")
def in_per_cent(predicted, actual, positive):
    return PrecisionRecallF1(*(100.0 * score for score in _scores(predicted, actual, positive)))


@exercise.mistake(
    "Where a denominator is 0, you divide all the same. The docstring says what a share of nothing is here."
)
def divides_by_zero(predicted, actual, positive):
    called, wanted = predicted == positive, actual == positive
    tp = np.float64(np.sum(called & wanted))
    with np.errstate(all="ignore"):
        return PrecisionRecallF1(tp / np.sum(called), tp / np.sum(wanted), 2.0 * tp / (np.sum(called) + np.sum(wanted)))


@exercise.mistake("You divide by 0 where nothing is predicted or nothing is there. A share of nothing is 0 here.")
def stops_at_zero(predicted, actual, positive):
    tp, called, wanted = (
        int(np.sum(these))
        for these in (
            (predicted == positive) & (actual == positive),
            predicted == positive,
            actual == positive,
        )
    )
    return PrecisionRecallF1(tp / called, tp / wanted, 2 * tp / (called + wanted))


@exercise.mistake("A share of nothing is 1 with you. Who predicts nothing, finds nothing: the docstring asks for 0.")
def one_for_nothing(predicted, actual, positive):
    return _scores(
        predicted,
        actual,
        positive,
        precision=lambda tp, fp, fn, tn: tp / (tp + fp) if tp + fp else 1.0,
        recall=lambda tp, fp, fn, tn: tp / (tp + fn) if tp + fn else 1.0,
        f1=lambda p, r, tp, fp, fn, tn: 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 1.0,
    )


@exercise.mistake(
    "You count as missed only what was predicted as class 0. What was taken for another class is missed as well."
)
def other_class_is_no_miss(predicted, actual, positive):
    fn = int(np.sum((predicted == 0) & (actual == positive)))
    return _scores(
        predicted,
        actual,
        positive,
        recall=lambda tp, fp, _, tn: _share(tp, tp + fn),
        f1=lambda p, r, tp, fp, _, tn: _share(2 * tp, 2 * tp + fp + fn),
    )


@exercise.mistake(
    "You count as false alarms only what is of class 0. An alarm for what is of another class is false as well."
)
def other_class_is_no_alarm(predicted, actual, positive):
    fp = int(np.sum((predicted == positive) & (actual == 0)))
    return _scores(
        predicted,
        actual,
        positive,
        precision=lambda tp, _, fn, tn: _share(tp, tp + fp),
        f1=lambda p, r, tp, _, fn, tn: _share(2 * tp, 2 * tp + fp + fn),
    )
