"""Exercise `bleu`."""

import math
from collections.abc import Sequence

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.metrics.bleu import bleu

exercise = Exercise("bleu", "How good is a translation?", bleu)

_WORDS = ["a", "the", "man", "dog", "bites", "sees", "red", "old", "cat", "house", "and", "never", "runs"]
_NAME = "the score"


def _grams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return list(zip(*(tokens[k:] for k in range(n)), strict=False))


def _right(hypotheses, references, N=4) -> float:
    """The oracle: matches are struck off a list, one after the other."""
    precisions = []
    for n in range(1, N + 1):
        matches = total = 0
        for tokens, choices in zip(hypotheses, references, strict=True):
            found = _grams(tokens, n)
            total += len(found)
            for gram in set(found):
                matches += min(found.count(gram), max(_grams(choice, n).count(gram) for choice in choices))
        precisions.append(matches / total if total else 0.0)
    c, r = sum(map(len, hypotheses)), 0
    for tokens, choices in zip(hypotheses, references, strict=True):
        r += sorted((abs(len(choice) - len(tokens)), len(choice)) for choice in choices)[0][1]
    if 0.0 in precisions:
        return 0.0
    return 100.0 * min(1.0, math.exp(1.0 - r / c)) * math.prod(precisions) ** (1.0 / N)


def _sentence(rng: np.random.Generator, length: int) -> list[str]:
    return [_WORDS[k] for k in rng.integers(len(_WORDS), size=length)]


def _near(rng: np.random.Generator, tokens: list[str], length: int) -> list[str]:
    """A sentence of some length that shares its beginning with another, and one word said twice."""
    kept = (tokens + _sentence(rng, length))[:length]
    place = int(rng.integers(5, length))
    return [*kept[:place], kept[place - 1], *kept[place + 1 :]]


def _expect_bleu(student: StudentFunction, hypotheses, references, N: int, hint: str) -> None:
    expect_same(student(hypotheses, references, N), _right(hypotheses, references, N), _NAME, hint)


def _expect_all(student: StudentFunction, corpora, hint: str) -> None:
    """Ask for all scores before any is judged: one alone may have several explanations."""
    for score, corpus in zip([student(*corpus) for corpus in corpora], corpora, strict=True):
        expect_same(score, _right(*corpus), _NAME, hint)


@exercise.check("one sentence, single words", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, *others = (_WORDS[k] for k in rng.permutation(len(_WORDS)))
    pairs = [([a, a, a, b, *others[1 : n - 3]], [a, a, b, *others[: n - 3]]) for n in (7, 9)]
    pairs.append(([a, a, *others[:2], *others[5:8]], [a, a, b, *others[:4]]))
    hint = "A match counts at most as often as the reference has it; the score is in percent."
    _expect_all(student, [([hypothesis], [[reference]], 1) for hypothesis, reference in pairs], hint)


@exercise.check("a corpus, up to four words", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    references = [_sentence(rng, length) for length in (8, 12, 10)]
    hypotheses = [_near(rng, row, len(row)) for row in references]
    hint = "Add up matches and n-grams over all sentences, and divide once for each n."
    _expect_bleu(student, hypotheses, [[row] for row in references], 4, hint)
    for lengths in ((11, 9, 8), (8, 2)):
        rows = [_sentence(rng, length) for length in lengths]
        near = [_near(rng, row, len(row)) if len(row) > 5 else row for row in rows]
        expect_same(student(near, [[row] for row in rows]), _right(near, [[row] for row in rows]), _NAME, hint)


@exercise.check("short translations pay for it", points=0.25, after="one sentence, single words")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    corpora = []
    for lengths in ((8, 10), (14, 11)):
        references = [_sentence(rng, length) for length in (12, 9)]
        hypotheses = [_near(rng, row, length) for row, length in zip(references, lengths, strict=True)]
        corpora.append((hypotheses, [[row] for row in references], 1))
    hint = "The lengths are those of the whole corpus, and long translations are not rewarded."
    _expect_all(student, corpora, hint)
    row = _sentence(rng, 9)
    _expect_bleu(student, [_near(rng, row, 8), []], [[row], [_sentence(rng, 3)]], 1, hint)
    _expect_bleu(student, [[], []], [[row], [_sentence(rng, 3)]], 1, hint)


@exercise.check("several references", points=0.25, after="one sentence, single words")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    w = [_WORDS[k] for k in rng.permutation(len(_WORDS))]
    hint = "For each n-gram the reference that has it most often; for the length the closest, the shorter of two."
    most_often = [[w[0], w[6], *w[1:4]], [w[0], w[0], w[7], *w[3:6], w[8], w[9], w[6]]]
    longer = [*w[:6], *w[8:12], w[6], w[7]]
    closest = [[*longer, w[7]], longer, [*w[:6], w[6], w[7]]]
    corpora = [([[w[0], w[0], w[0], *w[1:6]]], [most_often], 1), ([[*w[:6], *w[:4]]], [closest], 1)]
    corpora.append(([[*w[:6], *w[:4]]], [closest[::-1]], 1))
    corpora.append(([w[:6], w[2:9]], [[w[:6]], [w[:7], [*w[2:8], w[0]]]], 1))
    _expect_all(student, corpora, hint)


@exercise.check("no match of some order", points=0.25, after="one sentence, single words")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d, *_ = (_WORDS[k] for k in rng.permutation(len(_WORDS)))
    hint = "Then the score is 0; log 0 is no number."
    _expect_bleu(student, [[a, d, b, d, c], [d]], [[[a, b, c]], [[d]]], 2, hint)
    _expect_bleu(student, [[a, b]], [[[a, b]]], 4, hint)
    apart, together = [a + b, c, "x", a, "y", b + c], [a, b + c, "x", a + b, "y", c]  # alike, written as one word
    _expect_bleu(student, [apart], [[together]], 2, hint)
    _expect_bleu(student, [[a.upper()]], [[[a]]], 1, hint)


exercise.leaves_inputs(0.25)


def _counts(tokens, n):
    grams = _grams(tokens, n)
    return {gram: grams.count(gram) for gram in grams}


def _most(choices, gram, n):
    return max(_grams(choice, n).count(gram) for choice in choices)


def _closest(length, choices):
    return min((len(choice) for choice in choices), key=lambda n: (abs(n - length), n))


def _score(
    hypotheses,
    references,
    N=4,
    clip=_most,
    length=_closest,
    penalty=lambda c, r: min(1.0, math.exp(1.0 - r / c)),
    mean=lambda precisions: math.prod(precisions) ** (1.0 / len(precisions)),
    orders=lambda N: range(1, N + 1),
    below=lambda found, choices: found,
    percent=100.0,
    precision=lambda matches, total: matches / max(total, 1),
    count=_counts,
):
    """BLEU with its parts laid open."""
    matches, totals, c, r = dict.fromkeys(orders(N), 0), dict.fromkeys(orders(N), 0), 0, 0
    for tokens, choices in zip(hypotheses, references, strict=True):
        c, r = c + len(tokens), r + length(len(tokens), choices)
        for n in orders(N):
            found = count(tokens, n)
            for gram, often in found.items():
                matches[n] += min(often, clip(choices, gram, n))
            totals[n] += below(sum(found.values()), [len(_grams(choice, n)) for choice in choices])
    precisions = [precision(matches[n], totals[n]) for n in orders(N)]
    return percent * penalty(c, r) * mean(precisions) if c and all(precisions) else 0.0


exercise.knob(
    _score,
    "matches_not_clipped",
    'You count a match as often as the translation says it. Then "the the the the" is perfect: a match counts at most '
    "as often as a reference has it.",
    clip=lambda choices, gram, n: 10**9 if _most(choices, gram, n) else 0,
)

exercise.knob(
    _score,
    "no_brevity_penalty",
    "Your score has no penalty for brevity. One sure word would then beat a whole sentence.",
    penalty=lambda c, r: 1.0,
)

exercise.knob(
    _score,
    "long_translations_rewarded",
    "Translations that are longer than the reference gain in your score. The penalty is never above 1.",
    penalty=lambda c, r: math.exp(1.0 - r / c),
)

exercise.knob(
    _score,
    "ratio_for_penalty",
    "Your penalty for brevity is c / r. The penalty of BLEU has an exponential.",
    penalty=lambda c, r: min(1.0, c / r),
)

exercise.knob(
    _score,
    "arithmetic_mean",
    "You take the arithmetic mean of the precisions. BLEU takes the geometric one: the mean of the logarithms.",
    mean=lambda precisions: sum(precisions) / len(precisions),
)

exercise.knob(
    _score,
    "product_for_mean",
    "You multiply the precisions, and take no root.",
    mean=math.prod,
)

exercise.knob(
    _score,
    "longest_order_only",
    "Your score looks at the n-grams of length N only. All from 1 to N count.",
    orders=lambda N: [N],
)

exercise.knob(
    _score,
    "recall_for_precision",
    "You divide by the n-grams of the reference. That is recall; BLEU divides by those of the translation.",
    below=lambda found, choices: choices[0],
)

exercise.knob(
    _score,
    "counts_of_references_added",
    "With several references you add up how often each has an n-gram. The one that has it most often counts.",
    clip=lambda choices, gram, n: sum(_grams(choice, n).count(gram) for choice in choices),
)

exercise.knob(
    _score,
    "matches_of_the_first_reference",
    "You look for matches in the first reference of each sentence only. An n-gram may match in any of them.",
    clip=lambda choices, gram, n: _grams(choices[0], n).count(gram),
)


@exercise.mistake("Your score looks at the first reference of each sentence only.")
def first_reference_only(hypotheses, references, N=4):
    return _score(hypotheses, [choices[:1] for choices in references], N)


exercise.knob(
    _score,
    "shortest_reference",
    "Of several references you take the shortest for the length. The closest in length counts.",
    length=lambda length, choices: min(map(len, choices)),
)

exercise.knob(
    _score,
    "longest_reference",
    "Of several references you take the longest for the length. The closest in length counts.",
    length=lambda length, choices: max(map(len, choices)),
)

exercise.knob(
    _score,
    "length_of_the_first_reference",
    "For the length you look at the first reference of each sentence only. The closest in length counts.",
    length=lambda length, choices: len(choices[0]),
)

exercise.knob(
    _score,
    "lengths_of_references_added",
    "You add up the lengths of all references of a sentence. One of them counts, the closest in length.",
    length=lambda length, choices: sum(map(len, choices)),
)

exercise.knob(
    _score,
    "longer_of_two",
    "Of two references that are equally close in length you take the longer. The shorter one counts.",
    length=lambda length, choices: min(map(len, choices), key=lambda n: (abs(n - length), -n)),
)

exercise.knob(
    _score,
    "first_of_two",
    "Of two references that are equally close in length you take the one that is listed first. The shorter one counts.",
    length=lambda length, choices: min(map(len, choices), key=lambda n: abs(n - length)),
)

exercise.knob(_score, "not_in_percent", "Your score lies between 0 and 1. It is wanted in percent.", percent=1.0)


exercise.knob(
    _score,
    "each_match_once",
    "You count each kind of n-gram once as a match. A match counts as often as both have it.",
    clip=lambda choices, gram, n: min(1, _most(choices, gram, n)),
)

exercise.knob(
    _score,
    "penalty_upside_down",
    "Your penalty hits long translations and spares short ones: c and r have changed places.",
    penalty=lambda c, r: min(1.0, math.exp(1.0 - c / r)),
)

exercise.knob(
    _score,
    "mean_of_the_lengths",
    "Of several references you take the mean length. The closest in length counts.",
    length=lambda length, choices: sum(map(len, choices)) / len(choices),
)

exercise.knob(
    _score,
    "penalty_of_each_sentence",
    "In your penalty a long sentence cannot make up for a short one. It looks at the lengths of the whole corpus.",
    length=lambda length, choices: max(length, _closest(length, choices)),
)


@exercise.mistake("Your score always looks at n-grams up to four words. N is handed in.")
def always_up_to_four(hypotheses, references, N=4):
    return _score(hypotheses, references, 4)


@exercise.mistake(
    "You score each sentence and take the mean. BLEU adds up matches and n-grams over the whole corpus first; single "
    "sentences often have no match of four words at all."
)
def mean_of_sentences(hypotheses, references, N=4):
    scores = [_score([tokens], [choices], N) for tokens, choices in zip(hypotheses, references, strict=True)]
    return sum(scores) / len(scores)


exercise.knob(
    _score,
    "one_added_to_the_counts",
    "You add 1 to matches and totals. That is a smoothing of its own; here nothing is smoothed, and a score may be 0.",
    precision=lambda matches, total: (matches + 1) / (total + 1),
)

exercise.knob(
    _score,
    "tiny_precision_for_none",
    "Where no n-gram matches you take a tiny precision. Without a match of some order the score is 0.",
    precision=lambda matches, total: matches / max(total, 1) or 1e-9,
)


exercise.knob(
    _score,
    "smoothed",
    "Your score is smoothed: without a match of some order a little is left of it. Here it is 0.",
    precision=lambda matches, total: max(matches, 1e-9) / max(total, 1e-9),
)


exercise.knob(
    _score,
    "penalty_by_the_other_ratio",
    "Your penalty is exp(1 - c / r), which grows where the translation is short. See (10.10): which length is below?",
    penalty=lambda c, r: 1.0 if c > r else math.exp(1.0 - c / r),
)


@exercise.mistake("Your n-grams stop one too early: a sentence of k words has k - n + 1 of them.")
def last_gram_left_out(hypotheses, references, N=4):
    def cut(sentence):
        return sentence[:-1]

    matches, totals = [0] * N, [0] * N
    c, r = sum(map(len, hypotheses)), 0
    for tokens, choices in zip(hypotheses, references, strict=True):
        r += _closest(len(tokens), choices)
        for n in range(1, N + 1):
            for gram, count in _counts(cut(tokens), n).items():
                matches[n - 1] += min(count, _most([cut(choice) for choice in choices], gram, n))
            totals[n - 1] += len(_grams(cut(tokens), n))
    if not all(matches):
        return 0.0
    precisions = [match / total for match, total in zip(matches, totals, strict=True)]
    return 100.0 * min(1.0, math.exp(1.0 - r / c)) * math.prod(precisions) ** (1.0 / N)


exercise.knob(
    _score,
    "long_ones_pay",
    "Your penalty is for translations that are too long. Short ones pay.",
    penalty=lambda c, r: 1.0 if c < r else math.exp(1.0 - r / c),
)

exercise.knob(
    _score,
    "best_order_alone",
    "Your score is that of the order that fits best. All from 1 to N count, by their geometric mean.",
    mean=max,
)

exercise.knob(
    _score,
    "in_every_reference",
    "An n-gram matches for you as often as every reference has it. The one that has it most often counts.",
    clip=lambda choices, gram, n: min(_grams(choice, n).count(gram) for choice in choices),
)


exercise.knob(
    _score,
    "kinds_of_n_grams",
    "You make a set of the n-grams, so that one which is said again counts once, above and below. All of them count, "
    "each as often as it is said.",
    count=lambda tokens, n: dict.fromkeys(_grams(tokens, n), 1),
)
