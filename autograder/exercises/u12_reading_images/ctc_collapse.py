"""Exercise `ctc-collapse`."""

import itertools
from collections.abc import Iterable

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.decoding import ctc_collapse

exercise = Exercise("ctc-collapse", "From a path to labels", ctc_collapse)

_NAME = "the labels"


def _labels(path: Iterable[int]) -> list[int]:
    """The oracle: runs of equal classes, and of these the labels."""
    return [k for k, _ in itertools.groupby(map(int, path)) if k != 0]


def _compare(student: StudentFunction, path: list[int], hint: str) -> None:
    expect_same(student(path), _labels(path), _NAME, hint)


def _different(rng: np.random.Generator, n: int) -> list[int]:
    """Labels from 1 to 5, of which no two neighbours are equal."""
    labels = [int(rng.integers(1, 6))]
    while len(labels) < n:
        labels.append(int((labels[-1] + rng.integers(4)) % 5 + 1))
    return labels


@exercise.check("blanks are dropped", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    small, large = rng.permutation(np.arange(1, 10))[:3], rng.permutation(np.arange(10, 31))[:2]
    labels = rng.permutation([*small, *large]).tolist()
    for gaps in ([1, 2, 0, 4, 0, 0], [0, 0, 1, 0, 0, 2]):
        path = [k for gap, label in zip(gaps, [*labels, 0], strict=True) for k in (*[0] * gap, label)]
        _compare(student, path, "Class 0 is the blank: it is no label.")


@exercise.check("what is repeated is merged", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    labels = _different(rng, 5)
    for times in ([2, 1, 3, 1, 2], [1, 4, 1, 1, 1]):
        path = [k for label, n in zip(labels, times, strict=True) for k in [label] * n]
        _compare(student, path, "A label that goes on from step to step is one label.")


@exercise.check("a blank keeps equal labels apart", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b = _different(rng, 2)
    for path in ([0, a, a, 0, 0, a, b, b, 0, b, b, a, 0], [a, 0, a]):
        _compare(student, path, "Merge first; then drop the blanks.")


@exercise.check("a path in an array, one of blanks, and one without steps", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    path = np.repeat([1, 0, 1, 0, 2, 3, 0], rng.integers(1, 4, size=7))
    expect_same(student(path), _labels(path), _NAME, "A row of an array is a path as well; labels come as a list.")
    _compare(student, [0, 0, 0], "Blanks alone write nothing.")
    _compare(student, [], "Without steps nothing is written.")


exercise.leaves_inputs(0.25)


@exercise.mistake(
    "You drop the blanks first, or compare with the last label that was written. Then a blank cannot keep equal labels "
    "apart, and “hello” can never be written. Compare each step with the step before it."
)
def blanks_dropped_first(path):
    return [k for k, _ in itertools.groupby(k for k in map(int, path) if k != 0)]


@exercise.mistake("You drop the blanks and merge nothing. A label that fills several steps is one label.")
def nothing_merged(path):
    return [int(k) for k in path if k != 0]


@exercise.mistake("You merge repeats, but keep the blanks. Class 0 writes nothing.")
def blanks_kept(path):
    return [k for k, _ in itertools.groupby(map(int, path))]


@exercise.mistake(
    "You write each label only once in the whole path. Only what is repeated from one step to the next is merged."
)
def each_label_once(path):
    return [k for k in dict.fromkeys(map(int, path)) if k != 0]


@exercise.mistake("You sort the labels. They are read in the order of the steps.")
def labels_sorted(path):
    return sorted({int(k) for k in path} - {0})


@exercise.mistake("Your first step is never written. What comes before it is nothing, so it always begins a run.")
def first_step_lost(path):
    path = list(map(int, path))
    return [k for before, k in itertools.pairwise(path) if k not in (before, 0)]


@exercise.mistake("A label that stands in the last step is lost. Each run counts, the last one too.")
def last_run_lost(path):
    path = list(map(int, path))
    return [k for k, after in itertools.pairwise(path) if k not in (after, 0)]


@exercise.mistake("You subtract 1 from the classes. Labels are classes; what they mean is another matter.")
def shifted_by_one(path):
    return [k - 1 for k in _labels(path)]


@exercise.mistake("You take the greatest class for the blank. In this course, as in torch, the blank is class 0.")
def blank_at_the_end(path):
    path = list(map(int, path))
    return [k for k, _ in itertools.groupby(path) if k != max(path, default=0)]


@exercise.mistake("You join the labels into a text. A list of whole numbers is wanted.")
def a_text(path):
    return "".join(map(str, _labels(path)))


@exercise.mistake("You write only labels that last for several steps. One step is enough.")
def single_steps_lost(path):
    runs = ((k, len(list(run))) for k, run in itertools.groupby(map(int, path)))
    return [k for k, n in runs if k != 0 and n > 1]


@exercise.mistake("You write a label only where a blank comes before it. Different labels need no blank between them.")
def blank_needed(path):
    path = [0, *map(int, path)]
    return [k for before, k in itertools.pairwise(path) if before == 0 and k != 0]


@exercise.mistake("You merge two steps into one, and no more: a run of three is still two labels for you.")
def pairs_merged(path):
    runs = ((k, len(list(run))) for k, run in itertools.groupby(map(int, path)))
    return [k for k, n in runs if k != 0 for _ in range((n + 1) // 2)]


@exercise.mistake("You return the steps at which labels begin. The labels themselves are wanted.")
def places_of_labels(path):
    path = [0, *map(int, path)]
    return [t for t, (before, k) in enumerate(itertools.pairwise(path)) if k not in (before, 0)]


@exercise.mistake("You return an array. The labels are wanted as a list.")
def an_array(path):
    return np.array(_labels(path), dtype=int)


@exercise.mistake(
    "You hold each step against the two before it. One counts, the step just before: a single blank keeps equal labels "
    "apart."
)
def held_against_two_steps(path):
    path = [0, 0, *map(int, path)]
    return [k for t, k in enumerate(path) if k not in (0, path[t - 1], path[t - 2])]


@exercise.mistake("You stop at the first blank that comes after a label. A blank ends a label, not the path.")
def stops_at_a_blank(path):
    after = itertools.dropwhile(lambda k: k == 0, map(int, path))
    return [k for k, _ in itertools.groupby(itertools.takewhile(lambda k: k != 0, after))]
