"""Exercise `choose-threshold`."""

import numpy as np

from autograder.checking import Exercise, Recognised, StudentFunction, expect_numbers, expect_same
from rnncore.functional.metrics import choose_threshold

exercise = Exercise("choose-threshold", "When to raise an alarm", choose_threshold)

_NAME = "the threshold"
_HINT = "Try every probability as a threshold: an alarm where p is at least so high. See (8.10)."


def _table(p: np.ndarray, labels: np.ndarray) -> list[tuple[float, float]]:
    """The oracle: F1 and threshold, for each threshold that makes a difference, by counting."""
    rows = []
    for t in sorted(set(p.tolist())):
        alarms = [bool(value >= t) for value in p]
        found = sum(a and y == 1 for a, y in zip(alarms, labels.tolist(), strict=True))
        rows.append((2 * found / (sum(alarms) + int(np.sum(labels == 1))), t))
    return rows


def _run_choice(student: StudentFunction, *posts: tuple[np.ndarray, np.ndarray], hint: str = _HINT) -> None:
    """All are asked before the first is judged, since one threshold alone tells little about how it was chosen."""
    got = [expect_numbers(student(p, labels), _NAME) for p, labels in posts]
    for choice, (p, labels) in zip(got, posts, strict=True):
        if np.shape(choice) == () and not np.any(np.isclose(p, choice, rtol=0.0, atol=1e-9)):
            raise Recognised(
                "Your threshold is none of the probabilities. Try them, and no grid or points between them: between "
                "two of them no alarm changes."
            )
        expect_same(choice, max(_table(p, labels))[1], _NAME, hint)


def _overlapping(rng: np.random.Generator, share: float, top: float, N: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities up to `top`, higher for class 1 on the whole, with a single best threshold, below one half."""
    while True:
        labels = (rng.random(N) < share).astype(np.int64)
        p = top / (1.0 + np.exp(-rng.normal(size=N) - 1.5 * labels))
        best = sorted(_table(p, labels), reverse=True)[:2]
        if labels.sum() > 0 and best[0][0] > best[1][0] + 1e-6 and best[0][1] < 0.5:
            return p, labels


@exercise.check("classes that are well apart", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    labels = rng.permutation(np.repeat([0, 1], [6, 3]))
    p = np.where(labels == 1, 0.31, 0.02) + 0.17 * rng.random(9)
    for probabilities, right in ((p, labels), (p, np.ones(9, dtype=np.int64))):
        alarms = probabilities >= expect_numbers(student(probabilities, right), _NAME)
        expect_same(
            alarms, right == 1, "where your threshold raises an alarm", "Here some find all and alarm for no other."
        )


@exercise.check("classes that overlap", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_choice(student, *(_overlapping(rng, *how) for how in ((0.25, 0.45), (0.1, 0.45), (0.1, 0.3), (0.5, 1.0))))
    best_at_1 = np.array([1.0, 1.0, 0.5, 0.0]), np.array([1, 0, 0, 0])
    best_at_0 = np.array([1.0, 0.7, 0.5, 0.0]), np.array([1, 1, 0, 1])
    _run_choice(student, best_at_1, best_at_0, hint="Every probability is tried, 1 and 0 as well.")


@exercise.check("probabilities that occur again", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    p = np.array([0.93, 0.61, 0.61, 0.61, 0.61, 0.32, 0.32, 0.14]) + 0.01 * rng.random()
    labels = np.array([1, 1, 0, 0, 0, 0, 0, 0])
    one_way = p, labels  # cut between equals, 0.61 would seem to be perfect, this way round or the other
    halves, order = np.array([0.9, 0.9, 0.6, 0.6, 0.6, 0.3, 0.3, 0.1]) / 2, rng.permutation(8)
    mixed = halves[order], np.array([1, 0, 1, 1, 0, 0, 1, 0])[order]
    _run_choice(student, mixed, one_way, (p[::-1].copy(), labels[::-1].copy()))


@exercise.check("several thresholds as good as each other", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    p = np.array([0.9, 0.7, 0.5, 0.3, 0.2]) - 0.05 * rng.random()
    labels = np.array([1, 0, 0, 1, 0])  # F1 is 2/3 at the first and at the fourth
    hint = "Of several take the highest: it raises the fewest alarms."
    _run_choice(student, (p, labels), (p[::-1].copy(), labels[::-1].copy()), hint=hint)


exercise.leaves_inputs(0.25)


def _best(p, labels, score, candidates=None, alarms=np.greater_equal, prefer=1):
    """The candidate with the best score, made of TP, FP, FN, TN; of equals the higher one, or the lower."""

    def rated(t):
        alarm, positive = alarms(p, t), labels == 1
        pairs = ((alarm, positive), (alarm, ~positive), (~alarm, positive), (~alarm, ~positive))
        return score(*(int(np.sum(a & b)) for a, b in pairs))

    tried = np.unique(p) if candidates is None else candidates(p)
    return float(max(tried, key=lambda t: (rated(t), prefer * t)))


def _f1(tp, fp, fn, tn):
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0


@exercise.mistake(
    "You choose the threshold with the best accuracy. Where class 1 is rare, that is one which hardly ever raises an "
    "alarm; F1 is asked for."
)
def by_accuracy(probabilities, labels):
    return _best(probabilities, labels, lambda tp, fp, fn, tn: tp + tn)


@exercise.mistake("Your threshold is one half, whatever the numbers are.")
def one_half(probabilities, labels):
    return 0.5


@exercise.mistake(
    "You raise an alarm above the threshold only, and not at it. So your threshold is the next lower probability; here "
    "an alarm is raised where p is at least so high."
)
def strictly_above(probabilities, labels):
    return _best(probabilities, labels, _f1, alarms=np.greater)


@exercise.mistake("Of several thresholds with the same F1 you take the lowest. The highest raises fewer alarms.")
def lowest_of_equals(probabilities, labels):
    return _best(probabilities, labels, _f1, prefer=-1)


@exercise.mistake("Of several thresholds with the same F1 you take the one that stands first in the array.")
def first_of_equals(probabilities, labels):
    return float(max(probabilities, key=lambda t: _f1_at(probabilities, labels, t)))


@exercise.mistake("Of several thresholds with the same F1 you take the one that stands last in the array.")
def last_of_equals(probabilities, labels):
    return first_of_equals(probabilities[::-1], labels[::-1])


@exercise.mistake(
    "You go down the sorted list example by example, and stop between two whose probabilities are equal. A threshold "
    "takes in both of them or none."
)
def stops_between_equals(probabilities, labels):
    order = np.argsort(-probabilities, kind="stable")
    found = np.cumsum(labels[order])
    return float(probabilities[order][np.argmax(found / (np.arange(len(order)) + 1 + labels.sum()))])


@exercise.mistake(
    "You sort, go along the list example by example, and may stop between two whose probabilities are equal. All of "
    "these raise the alarm, or none does."
)
def stops_between_equals_on_the_way_up(probabilities, labels):
    return stops_between_equals(probabilities[::-1], labels[::-1])


@exercise.mistake(
    "Your alarm is raised where p is low. p is how probable class 1 is: where it is high, there is alarm."
)
def alarms_below(probabilities, labels):
    return _best(probabilities, labels, _f1, alarms=np.less_equal)


@exercise.mistake(
    "You sort the probabilities and leave the labels where they were. A label belongs to its probability."
)
def labels_left_behind(probabilities, labels):
    return _best(np.sort(probabilities)[::-1], labels, _f1)


@exercise.mistake("You never go below one half. The best threshold may be lower, if class 1 is rare.")
def never_below_one_half(probabilities, labels):
    high = probabilities[probabilities >= 0.5]
    return _best(probabilities, labels, _f1, candidates=lambda p: high if high.size else np.unique(p))


@exercise.mistake("You choose the best precision. One sure alarm has that, and misses nearly all.")
def by_precision(probabilities, labels):
    return _best(probabilities, labels, lambda tp, fp, fn, tn: tp / max(tp + fp, 1))


@exercise.mistake("You choose the best recall. Who always raises an alarm misses nothing.")
def by_recall(probabilities, labels):
    return _best(probabilities, labels, lambda tp, fp, fn, tn: tp / max(tp + fn, 1))


@exercise.mistake(
    "You choose the greatest difference of recall and false alarms. That is Youden's index; F1 is asked for."
)
def by_youden(probabilities, labels):
    return _best(probabilities, labels, lambda tp, fp, fn, tn: tp / max(tp + fn, 1) - fp / max(fp + tn, 1))


@exercise.mistake("You try tenths. The best threshold may lie between two of them: try the probabilities themselves.")
def tenths(probabilities, labels):
    return _best(probabilities, labels, _f1, candidates=lambda p: np.linspace(0.0, 1.0, 11))


@exercise.mistake("You return a point between two probabilities. The threshold is to be one of the probabilities.")
def between_two(probabilities, labels):
    t = _best(probabilities, labels, _f1)
    lower = probabilities[probabilities < t]
    return float((t + lower.max()) / 2) if lower.size else t


@exercise.mistake("You return the best F1. The threshold that gives it is asked for.")
def the_f1(probabilities, labels):
    return float(max(_f1_at(probabilities, labels, t) for t in np.unique(probabilities)))


@exercise.mistake("You return where the threshold stands in the array. The probability itself is asked for.")
def its_index(probabilities, labels):
    return int(np.flatnonzero(probabilities == _best(probabilities, labels, _f1))[0])


@exercise.mistake("You look for class 0: your alarms are for it. An alarm says that it is class 1.")
def other_class(probabilities, labels):
    return _best(probabilities, 1 - labels, _f1)


def _f1_at(p, labels, t):
    alarm = p >= t
    return 2 * np.sum(alarm & (labels == 1)) / (np.sum(alarm) + np.sum(labels == 1))
