"""Exercise `ctc-beam`."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from autograder.exercises.u12_reading_images.shared import all_paths, collapse
from rnncore.functional.base import log_softmax
from rnncore.functional.decoding import ctc_beam

exercise = Exercise("ctc-beam", "The likeliest labels", ctc_beam)

Found = list[tuple[list[int], float]]


def _draw(rng: np.random.Generator, T: int, K: int) -> np.ndarray:
    return log_softmax(1.5 * rng.normal(size=(T, K)))


def _of_paths(log_probs: np.ndarray, width: int, rank: Callable[[list[float]], float] = sum) -> Found:
    """The oracle: every path by itself, of those whose labels were never dropped.

    `rank` makes one number of the two of each labels, of paths that end in a blank and in a label.
    """
    alive: dict[tuple[int, ...], float] = {(): 0.0}
    best: dict[tuple[int, ...], list[float]] = {(): [1.0, 0.0]}
    for step in log_probs:
        alive = {(*path, k): log_p + step[k] for path, log_p in alive.items() for k in range(len(step))}
        total: dict[tuple[int, ...], list[float]] = {}
        for path, log_p in alive.items():
            total.setdefault(collapse(path), [0.0, 0.0])[path[-1] != 0] += math.exp(log_p)
        best = dict(sorted(total.items(), key=lambda item: -rank(item[1]))[:width])
        alive = {path: log_p for path, log_p in alive.items() if collapse(path) in best}
    return [(list(labels), math.log(sum(ends))) for labels, ends in best.items()]


def _draw_for_both(rng: np.random.Generator, width: int, T: int, K: int) -> np.ndarray:
    """Steps whose beam keeps other labels if they are ranked by the greater of their two probabilities alone."""
    while True:
        log_probs = _draw(rng, T, K)
        by_both, by_one = (sorted(y for y, _ in _of_paths(log_probs, width, rank)) for rank in (sum, max))
        if by_both != by_one:
            return log_probs


def _impossible(log_p: Any) -> bool:
    """Whether this is the logarithm of 0: labels that no path writes may be listed or left out."""
    return isinstance(log_p, float | np.floating) and log_p == -math.inf


def _compare(got: Any, want: Found, labels_alone: bool = False) -> None:
    if not isinstance(got, list | tuple) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in got):
        raise CheckFailed("return a list of pairs, each of labels and their log-probability")
    got = [pair for pair in got if not _impossible(pair[1])]
    labels = [np.ravel(np.asarray(pair[0])).tolist() for pair in got]
    expect_same(labels, [y for y, _ in want], "the labels", "As many as the beam keeps, the most likely first.")
    if labels_alone:
        return
    hint = "The logarithm of what the label's two probabilities are together."
    expect_same([pair[1] for pair in got], [log_p for _, log_p in want], "the log-probabilities", hint)


def _all_labels(log_probs: np.ndarray) -> Found:
    ranked = sorted(all_paths(log_probs).items(), key=lambda item: -item[1])
    return [(list(labels), math.log(p)) for labels, p in ranked]


@exercise.check("a beam that drops nothing: all that can be said, the most likely first", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T, K in ((3, 2), (4, 3)):
        log_probs = _draw(rng, T, K)
        _compare(student(log_probs, 1000), _all_labels(log_probs), labels_alone=True)


@exercise.check("and with what probability", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T, K in ((3, 2), (4, 3)):
        log_probs = _draw(rng, T, K)
        _compare(student(log_probs, 1000), _all_labels(log_probs))


@exercise.check("a single step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for width in (9, 2):
        log_probs = _draw(rng, 1, 4)
        ranked = sorted(((float(p), [k] if k else []) for k, p in enumerate(log_probs[0])), reverse=True)
        _compare(student(log_probs, width), [(labels, p) for p, labels in ranked[:width]])


@exercise.check("a narrow beam", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for width, T, K in ((2, 6, 3), (3, 5, 4)):
        log_probs = _draw(rng, T, K)
        _compare(student(log_probs, width), _of_paths(log_probs, width))
    log_probs = _draw_for_both(rng, 2, 5, 3)
    _compare(student(log_probs, 2), _of_paths(log_probs, 2))


@exercise.check("equal labels, one after the other", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    log_probs = _draw(rng, 6, 2) + 0.0
    _compare(student(log_probs, 20), _of_paths(log_probs, 20))
    _compare(student(log_probs, 2), _of_paths(log_probs, 2))


@exercise.check("a beam of one", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    log_probs = _draw(rng, 6, 3)
    _compare(student(log_probs, 1), _of_paths(log_probs, 1))


exercise.leaves_inputs(0.25)


def _either(in_blank: float, in_label: float) -> float:
    return float(np.logaddexp(in_blank, in_label))


def _searched(
    log_probs,
    width,
    again=lambda in_blank, in_label: in_blank,
    stays=lambda in_blank, in_label: in_label,
    blanks=_either,
    follows=_either,
    add=lambda a, b: float(np.logaddexp(a, b)),
    rank=_either,
    shown=_either,
    room=lambda width: width,
    kept=lambda ranked: ranked,
    result=lambda pairs: pairs,
    first_label=1,
    empty=(0.0, -math.inf),
    possible=lambda ends: _either(*ends) > -math.inf,
):
    """Prefix beam search with its parts laid open; `again` is what the same label may follow anew."""
    never = -math.inf
    beam = {(): empty}
    for step in np.asarray(log_probs).tolist():
        grown: dict[tuple[int, ...], list[float]] = {}
        for labels, ends in beam.items():
            same = grown.setdefault(labels, [never, never])
            same[0] = add(same[0], blanks(*ends) + step[0])
            for k in range(first_label, len(step)):
                repeats = labels[-1:] == (k,)
                if repeats:
                    same[1] = add(same[1], stays(*ends) + step[k])
                longer = grown.setdefault((*labels, k), [never, never])
                longer[1] = add(longer[1], (again if repeats else follows)(*ends) + step[k])
        ranked = sorted(((y, ends) for y, ends in grown.items() if possible(ends)), key=lambda item: -rank(*item[1]))
        beam = {labels: (ends[0], ends[1]) for labels, ends in kept(ranked)[: room(width)]}
    return result([(list(labels), shown(*ends)) for labels, ends in beam.items() if _either(*ends) > never])


exercise.knob(
    _searched,
    "no_blank_needed",
    "Your prefixes take on their last label again whether or not a blank has come between. Without one it is the same "
    "label going on: only what ends in a blank can write it anew.",
    again=_either,
)

exercise.knob(
    _searched,
    "never_the_same_again",
    "Your prefixes never take on their last label again. After a blank they may: so “11” is written.",
    again=lambda in_blank, in_label: -math.inf,
)

exercise.knob(
    _searched,
    "label_does_not_go_on",
    "With you a label cannot go on for another step. A prefix that ends in its label stays the same if that label "
    "comes again.",
    stays=lambda in_blank, in_label: -math.inf,
)

exercise.knob(
    _searched,
    "goes_on_after_a_blank",
    "With you a prefix that ends in a blank stays the same when its last label comes again. That label is a new one.",
    stays=_either,
)

exercise.knob(
    _searched,
    "no_blank_after_a_label",
    "With you a blank can only follow a blank. It may follow a label just as well: both of a prefix's probabilities go "
    "on.",
    blanks=lambda in_blank, in_label: in_blank,
)

exercise.knob(
    _searched,
    "last_way_only",
    "A prefix that is reached in several ways keeps one of them only. Add up what comes in; do not overwrite it.",
    add=lambda a, b: b,
)

exercise.knob(
    _searched,
    "likeliest_way_only",
    "Of several ways to the same prefix you keep the likeliest. Its probability is the sum of all.",
    add=max,
)

exercise.knob(
    _searched,
    "ranked_by_label_alone",
    "You rank prefixes by the paths that end in a label alone. Those that end in a blank count too.",
    rank=lambda in_blank, in_label: in_label,
)

exercise.knob(
    _searched,
    "ranked_by_blank_alone",
    "You rank prefixes by the paths that end in a blank alone. Those that end in a label count too.",
    rank=lambda in_blank, in_label: in_blank,
)

exercise.knob(
    _searched,
    "worst_kept",
    "You keep the least likely prefixes. Sort from the most likely on.",
    rank=lambda in_blank, in_label: -_either(in_blank, in_label),
)

exercise.knob(
    _searched,
    "nothing_dropped",
    "Your beam drops nothing. After each step only `width` prefixes go on.",
    room=lambda width: 10**6,
)

exercise.knob(
    _searched,
    "worst_first",
    "Your labels stand least likely first.",
    result=lambda pairs: pairs[::-1],
)

exercise.knob(
    _searched,
    "the_best_alone",
    "You return the best labels alone. The list has all that the beam holds at the end.",
    result=lambda pairs: pairs[:1],
)

exercise.knob(
    _searched,
    "probabilities_returned",
    "You return probabilities. Their logarithms are wanted.",
    result=lambda pairs: [(labels, math.exp(log_p)) for labels, log_p in pairs],
)

exercise.knob(
    _searched,
    "costs_returned",
    "You return costs, which are positive. The logarithm of a probability is negative.",
    result=lambda pairs: [(labels, -log_p) for labels, log_p in pairs],
)

exercise.knob(
    _searched,
    "probability_of_one_ending",
    "The probability that you return is that of the paths which end in a blank. Those that end in the label belong to "
    "it.",
    shown=lambda in_blank, in_label: in_blank,
)

exercise.knob(
    _searched,
    "blank_as_a_label",
    "You extend prefixes by the blank as if it were a label. It leaves a prefix as it is.",
    first_label=0,
)


@exercise.mistake(
    "You search for the likeliest paths, and collapse them at the end. Many paths write the same labels: what the beam "
    "keeps are labels, with the sum over their paths."
)
def beam_of_paths(log_probs, width):
    beam: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for step in np.asarray(log_probs).tolist():
        longer = [((*path, k), log_p + step[k]) for path, log_p in beam for k in range(len(step))]
        beam = sorted(longer, key=lambda item: -item[1])[:width]
    total: dict[tuple[int, ...], float] = {}
    for path, log_p in beam:
        total[collapse(path)] = float(np.logaddexp(total.get(collapse(path), -np.inf), log_p))
    return [(list(labels), log_p) for labels, log_p in sorted(total.items(), key=lambda item: -item[1])]


@exercise.mistake(
    "You take the likeliest class of each step, and collapse. That is the likeliest path; the likeliest labels sum "
    "over many."
)
def best_path(log_probs, width):
    path = np.argmax(log_probs, axis=1).tolist()
    return [(list(collapse(path)), float(np.max(log_probs, axis=1).sum()))]


@exercise.mistake("You use `width` only at the end. The beam drops prefixes after every step.")
def cut_at_the_end(log_probs, width):
    return _searched(log_probs, 10**6)[:width]


exercise.knob(
    _searched,
    "one_probability",
    "You treat a label that comes again both as going on and as new, whatever came before. This is what the two "
    "probabilities are for: after a blank it is new, else it goes on.",
    again=_either,
    stays=_either,
)

exercise.knob(
    _searched,
    "labels_alone",
    "You return the labels without their log-probabilities. Pairs of both are wanted.",
    result=lambda pairs: [labels for labels, _ in pairs],
)

exercise.knob(
    _searched,
    "a_bare_pair",
    "You return one pair. A list of pairs is wanted, with all that the beam holds.",
    result=lambda pairs: pairs[0],
)

exercise.knob(
    _searched,
    "for_each_label",
    "You divide by the number of labels. Here the log-probability is that of the whole.",
    result=lambda pairs: [(labels, log_p / max(1, len(labels))) for labels, log_p in pairs],
)

exercise.knob(
    _searched,
    "impossible_ways_overwrite",
    "A prefix that is reached in several ways keeps the last of them, even one of probability 0. Add up what comes in; "
    "do not overwrite it.",
    add=lambda a, b: b,
    possible=lambda ends: True,
)

exercise.knob(
    _searched,
    "empty_prefix_counts_twice",
    "Your empty prefix begins with P_b and P_l of 1 both, so it counts twice. No label stands at its end: P_l is 0.",
    empty=(0.0, 0.0),
)

exercise.knob(
    _searched,
    "follows_a_label_alone",
    "With you a new label follows only what ends in a label. It may follow a blank as well: P_b and P_l together.",
    follows=lambda in_blank, in_label: in_label if in_label > -math.inf else in_blank,
)

exercise.knob(
    _searched,
    "the_better_of_two_probabilities",
    "You take the greater of P_b and P_l where their sum is the probability of a prefix. Paths of both kinds write it.",
    shown=max,
)

exercise.knob(
    _searched,
    "the_better_goes_on_in_a_blank",
    "Where a blank comes next you let the greater of P_b and P_l go on. Paths of both kinds do: P_b and P_l together.",
    blanks=max,
)

exercise.knob(
    _searched,
    "the_better_takes_a_new_label",
    "Where a new label comes next you let the greater of P_b and P_l go on. Paths of both kinds take it: P_b and P_l "
    "together.",
    follows=max,
)

exercise.knob(
    _searched,
    "the_better_of_both_goes_on",
    "From one step to the next you let the greater of P_b and P_l go on. Paths of both kinds do: P_b and P_l together.",
    blanks=max,
    follows=max,
)

exercise.knob(
    _searched,
    "greatest_instead_of_sums",
    "You take the greatest where probabilities are added up: over the ways to a prefix, and over its two endings. The "
    "probability of labels is the sum over all paths that write them.",
    add=max,
    blanks=max,
    follows=max,
    rank=max,
    shown=max,
)
