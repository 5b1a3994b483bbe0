"""Answers to `bleu`."""

import math
from collections import Counter

import numpy as np

from tests.units.answers import Answers

answers = Answers()


def _grams(tokens, n):
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


@answers.is_right
def struck_off_a_list(hypotheses, references, N=4):
    precisions = []
    for n in range(1, N + 1):
        hits = total = 0
        for words, choices in zip(hypotheses, references, strict=True):
            for gram in set(_grams(words, n)):
                often = _grams(words, n).count(gram)
                total += often
                hits += min(often, max(_grams(choice, n).count(gram) for choice in choices))
        if hits == 0:
            return 0.0
        precisions.append(hits / total)
    c, r = 0, 0
    for words, choices in zip(hypotheses, references, strict=True):
        c += len(words)
        sizes = sorted(len(choice) for choice in choices)
        r += sizes[int(np.argmin([abs(size - len(words)) for size in sizes]))]
    penalty = 1.0 if c > r else math.e ** (1 - r / c)
    return 100 * penalty * math.prod(precisions) ** (1 / N)


@answers.is_right
def counters_and_logarithms(hypotheses, references, N=4):
    counts = np.zeros((2, N))
    c = sum(map(len, hypotheses))
    r = sum(
        min(map(len, choices), key=lambda size: (abs(size - len(words)), size))
        for words, choices in zip(hypotheses, references, strict=True)
    )
    for words, choices in zip(hypotheses, references, strict=True):
        for n in range(N):
            own, best = Counter(_grams(words, n + 1)), Counter()
            for choice in choices:
                best = best | Counter(_grams(choice, n + 1))
            counts[:, n] += sum((own & best).values()), sum(own.values())
    if (counts[0] == 0).any():
        return 0.0
    return float(100 * np.exp(min(0, 1 - r / c) + np.log(counts[0] / counts[1]).mean()))


def _score(
    hypotheses,
    references,
    N,
    clip=lambda often, most: min(often, most),
    size=lambda words, choices: min(map(len, choices), key=lambda size: (abs(size - len(words)), size)),
    penalty=lambda c, r: min(1.0, math.exp(1 - r / c)),
    mean=lambda precisions: math.prod(precisions) ** (1 / len(precisions)),
    least=0.0,
    added=0.0,
):
    hits, totals = np.full(N, added), np.full(N, added)
    for words, choices in zip(hypotheses, references, strict=True):
        for n in range(1, N + 1):
            for gram, often in Counter(_grams(words, n)).items():
                hits[n - 1] += clip(often, max(_grams(choice, n).count(gram) for choice in choices))
                totals[n - 1] += often
    precisions = [max(hit / max(total, 1), least) for hit, total in zip(hits, totals, strict=True)]
    c = sum(map(len, hypotheses))
    r = sum(size(words, choices) for words, choices in zip(hypotheses, references, strict=True))
    return 100 * penalty(c, r) * mean(precisions) if c else 0.0


@answers.is_wrong("matches_not_clipped")
def unclipped(hypotheses, references, N=4):
    return _score(hypotheses, references, N, clip=lambda often, most: often if most else 0)


@answers.is_wrong("each_match_once")
def each_kind_once(hypotheses, references, N=4):
    return _score(hypotheses, references, N, clip=lambda often, most: min(1, most))


@answers.is_wrong("no_brevity_penalty")
def no_penalty(hypotheses, references, N=4):
    return _score(hypotheses, references, N, penalty=lambda c, r: 1.0)


@answers.is_wrong("penalty_upside_down")
def penalty_upside_down(hypotheses, references, N=4):
    return _score(hypotheses, references, N, penalty=lambda c, r: min(1.0, math.exp(1 - c / r)))


@answers.is_wrong("long_translations_rewarded")
def bonus_for_length(hypotheses, references, N=4):
    return _score(hypotheses, references, N, penalty=lambda c, r: math.exp(1 - r / c))


@answers.is_wrong()
def arithmetic(hypotheses, references, N=4):
    return _score(hypotheses, references, N, mean=lambda precisions: sum(precisions) / len(precisions))


@answers.is_wrong("mean_of_sentences")
def sentence_by_sentence(hypotheses, references, N=4):
    return np.mean([_score([words], [choices], N) for words, choices in zip(hypotheses, references, strict=True)])


@answers.is_wrong("penalty_of_each_sentence")
def penalty_by_sentence(hypotheses, references, N=4):
    def shortfall(words, choices):
        size = min(map(len, choices), key=lambda size: (abs(size - len(words)), size))
        return max(size, len(words))

    return _score(hypotheses, references, N, size=shortfall)


@answers.is_wrong("shortest_reference")
def shortest(hypotheses, references, N=4):
    return _score(hypotheses, references, N, size=lambda words, choices: min(map(len, choices)))


@answers.is_wrong("mean_of_the_lengths")
def mean_length(hypotheses, references, N=4):
    return _score(hypotheses, references, N, size=lambda words, choices: np.mean([len(choice) for choice in choices]))


@answers.is_wrong("first_reference_only")
def one_reference(hypotheses, references, N=4):
    return _score(hypotheses, [choices[:1] for choices in references], N)


@answers.is_wrong("not_in_percent")
def share(hypotheses, references, N=4):
    return _score(hypotheses, references, N) / 100


@answers.is_wrong("tiny_precision_for_none")
def never_nothing(hypotheses, references, N=4):
    return _score(hypotheses, references, N, least=1e-9)


@answers.is_wrong("one_added_to_the_counts")
def one_added_everywhere(hypotheses, references, N=4):
    return _score(hypotheses, references, N, added=1.0)


@answers.is_wrong("always_up_to_four")
def always_up_to_four(hypotheses, references, N=4):
    return _score(hypotheses, references, 4)


@answers.is_wrong("longest_order_only")
def longest_alone(hypotheses, references, N=4):
    return _score(hypotheses, references, N, mean=lambda precisions: precisions[-1])


@answers.is_wrong()
def logarithm_of_nothing(hypotheses, references, N=4):
    return _score(
        hypotheses, references, N, mean=lambda precisions: math.exp(sum(map(math.log, precisions)) / len(precisions))
    )


@answers.is_wrong("longest_reference")
def longest(hypotheses, references, N=4):
    return _score(hypotheses, references, N, size=lambda words, choices: max(map(len, choices)))


@answers.is_wrong("length_of_the_first_reference")
def first_length(hypotheses, references, N=4):
    return _score(hypotheses, references, N, size=lambda words, choices: len(choices[0]))


@answers.is_wrong("lengths_of_references_added")
def all_lengths(hypotheses, references, N=4):
    return _score(hypotheses, references, N, size=lambda words, choices: sum(map(len, choices)))


@answers.is_wrong("kinds_of_n_grams")
def sets_of_n_grams(hypotheses, references, N=4):
    precisions = []
    for n in range(1, N + 1):
        kinds = [set(_grams(words, n)) for words in hypotheses]
        there = [set().union(*(_grams(choice, n) for choice in choices)) for choices in references]
        hits = sum(len(one & other) for one, other in zip(kinds, there, strict=True))
        precisions.append(hits / max(sum(map(len, kinds)), 1))
    c = sum(map(len, hypotheses))
    r = sum(
        min(map(len, choices), key=lambda size: (abs(size - len(words)), size))
        for words, choices in zip(hypotheses, references, strict=True)
    )
    return 100 * min(1.0, math.exp(1 - r / c)) * math.prod(precisions) ** (1 / N)
