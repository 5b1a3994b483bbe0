"""Answers to `ctc_beam`."""

import math
from collections import defaultdict

import numpy as np

from tests.units.answers import Answers

answers = Answers()


def _search(log_probs, width, new=lambda b, n: b, old=lambda b, n: n, blank=lambda b, n: b + n, result=None):
    """With probabilities, two dictionaries."""
    P = np.exp(np.asarray(log_probs))
    in_blank, in_label, beam = {(): 1.0}, {(): 0.0}, [()]
    for p in P:
        b, n = defaultdict(float), defaultdict(float)
        for y in beam:
            both = in_blank[y] + in_label[y]
            b[y] += blank(in_blank[y], in_label[y]) * p[0]
            for k in range(1, len(p)):
                if y and y[-1] == k:
                    n[y] += old(in_blank[y], in_label[y]) * p[k]
                    n[(*y, k)] += new(in_blank[y], in_label[y]) * p[k]
                else:
                    n[(*y, k)] += both * p[k]
        found = [y for y in {*b, *n} if b[y] + n[y] > 0]
        beam = sorted(found, key=lambda y: b[y] + n[y], reverse=True)[:width]
        in_blank, in_label = b, n
    pairs = [(list(y), math.log(in_blank[y] + in_label[y])) for y in beam]
    return result(pairs) if result else pairs


@answers.is_right
def with_probabilities(log_probs, width):
    return _search(log_probs, width)


@answers.is_right
def tuples_in_a_list(log_probs, width):
    return [[tuple(y), np.float64(p)] for y, p in _search(log_probs, width)]


@answers.is_right
def by_all_the_paths_that_are_left(log_probs, width):
    """No prefixes' probabilities at all: the paths themselves, of prefixes that were kept."""
    paths = {(): 0.0}
    for step in np.asarray(log_probs):
        paths = {(*path, k): p + float(step[k]) for path, p in paths.items() for k in range(len(step))}
        total = defaultdict(float)
        for path, p in paths.items():
            total[_says(path)] += math.exp(p)
        beam = sorted(total, key=lambda y: -total[y])[:width]
        paths = {path: p for path, p in paths.items() if _says(path) in beam}
    return [(list(y), math.log(total[y])) for y in beam]


def _says(path):
    return tuple(k for t, k in enumerate(path) if k != 0 and (t == 0 or path[t - 1] != k))


@answers.is_wrong("no_blank_needed")
def any_may_follow(log_probs, width):
    return _search(log_probs, width, new=lambda b, n: b + n)


@answers.is_wrong("goes_on_after_a_blank")
def blanks_are_forgotten(log_probs, width):
    return _search(log_probs, width, old=lambda b, n: b + n)


@answers.is_wrong("never_the_same_again")
def never_twice(log_probs, width):
    return _search(log_probs, width, new=lambda b, n: 0.0)


@answers.is_wrong("no_blank_after_a_label")
def only_blank_after_blank(log_probs, width):
    return _search(log_probs, width, blank=lambda b, n: b)


@answers.is_wrong("one_probability")
def one_probability_alone(log_probs, width):
    """Every way counts everywhere: nothing tells a going on from a beginning."""
    return _search(log_probs, width, new=lambda b, n: b + n, old=lambda b, n: b + n)


@answers.is_wrong("probabilities_returned")
def no_logarithm(log_probs, width):
    return _search(log_probs, width, result=lambda pairs: [(y, math.exp(p)) for y, p in pairs])


@answers.is_wrong("the_best_alone")
def first_of_all(log_probs, width):
    return _search(log_probs, width)[:1]


@answers.is_wrong("best_path")
def greedy(log_probs, width):
    best = np.argmax(log_probs, axis=1)
    return [(list(map(int, _says(best))), float(np.sum(np.max(log_probs, axis=1))))]


@answers.is_wrong("labels_alone")
def without_probabilities(log_probs, width):
    return [y for y, _ in _search(log_probs, width)]


@answers.is_wrong("a_bare_pair")
def the_best_bare(log_probs, width):
    return _search(log_probs, width)[0]


@answers.is_wrong("for_each_label")
def normalised(log_probs, width):
    return [(y, p / max(1, len(y))) for y, p in _search(log_probs, width)]


@answers.is_right
def with_what_cannot_be(log_probs, width):
    """Every row of the table is filled in, also where nothing comes: labels of probability 0 stay in the beam."""
    beam = {(): (0.0, -math.inf)}
    for step in np.asarray(log_probs):
        grown = defaultdict(lambda: [-math.inf, -math.inf])
        for y, (b, n) in beam.items():
            grown[y][0] = np.logaddexp(grown[y][0], np.logaddexp(b, n) + step[0])
            for k in range(1, len(step)):
                again = y[-1:] == (k,)
                if again:
                    grown[y][1] = np.logaddexp(grown[y][1], n + step[k])
                comes = b if again else np.logaddexp(b, n)
                grown[(*y, k)][1] = np.logaddexp(grown[(*y, k)][1], comes + step[k])
        beam = dict(sorted(grown.items(), key=lambda item: -np.logaddexp(*item[1]))[:width])
    return [(list(y), float(np.logaddexp(*ends))) for y, ends in beam.items()]


@answers.is_wrong("empty_prefix_counts_twice")
def both_ends_at_first(log_probs, width):
    beam = {(): (1.0, 1.0)}
    for step in np.exp(log_probs):
        grown = defaultdict(lambda: [0.0, 0.0])
        for y, (b, n) in beam.items():
            grown[y][0] += (b + n) * step[0]
            for k in range(1, len(step)):
                grown[y][1] += n * step[k] * (y[-1:] == (k,))
                grown[(*y, k)][1] += (b if y[-1:] == (k,) else b + n) * step[k]
        beam = dict(sorted(((y, p) for y, p in grown.items() if sum(p)), key=lambda item: -sum(item[1]))[:width])
    return [(list(y), math.log(b + n)) for y, (b, n) in beam.items()]


@answers.is_wrong("dtype")
def labels_with_a_point(log_probs, width):
    return [([float(label) for label in labels], log_p) for labels, log_p in with_probabilities(log_probs, width)]
