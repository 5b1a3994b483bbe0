"""Metrics against sacrebleu, definitions and numbers by hand."""

import math

import numpy as np
import pytest

from rnncore.functional.metrics import (
    bits_per_character,
    bleu,
    choose_threshold,
    mase,
    perplexity,
    precision_recall_f1,
)


def _corpus(rng, n, words, references):
    """Sentences of few words, so that n-grams repeat; hypotheses are altered references."""
    hypotheses, choices = [], []
    for _ in range(n):
        first = [f"w{i}" for i in rng.integers(0, words, size=rng.integers(4, 15))]
        altered = [f"w{rng.integers(words)}" if rng.random() < 0.15 else word for word in first]
        hypotheses.append(altered[: max(1, len(altered) - int(rng.integers(0, 3)))])
        others = [[*first[: rng.integers(1, len(first) + 1)], "w0"] for _ in range(references - 1)]
        choices.append([first, *others])
    return hypotheses, choices


@pytest.mark.parametrize("references", [1, 3])
@pytest.mark.parametrize("seed", range(8))
def test_bleu_agrees_with_sacrebleu(seed, references):
    sacrebleu = pytest.importorskip("sacrebleu")
    rng = np.random.default_rng(seed)
    hypotheses, choices = _corpus(rng, n=1 + 4 * seed, words=3 + seed, references=references)
    streams = [[" ".join(each[k]) for each in choices] for k in range(references)]
    metric = sacrebleu.BLEU(tokenize="none", smooth_method="none", force=True)
    expected = metric.corpus_score([" ".join(tokens) for tokens in hypotheses], streams).score
    assert bleu(hypotheses, choices) == pytest.approx(expected, rel=1e-9)


def test_bleu_clips_as_in_its_paper():
    """Example 2 of Papineni et al.: "the" seven times has a modified precision of 2/7."""
    hypothesis = ["the"] * 7
    references = [["the", "cat", "is", "on", "the", "mat"], ["there", "is", "a", "cat", "on", "the", "mat"]]
    assert bleu([hypothesis], [references], N=1) == pytest.approx(100 * 2 / 7)


def test_bleu_at_its_ends():
    sentence = ["one", "two", "three", "four", "five"]
    assert bleu([sentence], [[sentence]]) == pytest.approx(100.0)
    assert bleu([sentence[:4]], [[sentence]]) == pytest.approx(100 * math.exp(1 - 5 / 4))
    assert bleu([["six"] * 5], [[sentence]]) == 0.0
    assert bleu([[]], [[sentence]]) == 0.0
    assert bleu([sentence[:3]], [[sentence]]) == 0.0


@pytest.mark.parametrize(("hypotheses", "references"), [([], []), ([["a"]], []), ([["a"]], [[]])])
def test_bleu_without_references_is_refused(hypotheses, references):
    with pytest.raises(ValueError, match="each hypothesis must have references"):
        bleu(hypotheses, references)


@pytest.mark.parametrize("positive", [0, 1, 2])
def test_precision_recall_f1_count_pair_by_pair(library, rng, positive):
    predicted, actual = rng.integers(0, 3, size=(2, 20, 5))
    pairs = list(zip(predicted.flat, actual.flat, strict=True))
    hits = sum(p == a == positive for p, a in pairs)
    precision = hits / sum(p == positive for p, _ in pairs)
    recall = hits / sum(a == positive for _, a in pairs)
    ours = precision_recall_f1(*library((predicted, actual)), positive)
    harmonic = 2 / (1 / precision + 1 / recall)
    assert ours == pytest.approx((precision, recall, harmonic))


def test_precision_of_nothing_is_zero():
    nothing, one = np.zeros(3, int), np.array([0, 0, 1])
    assert precision_recall_f1(nothing, nothing, 1) == (0.0, 0.0, 0.0)
    assert precision_recall_f1(nothing, one, 1) == (0.0, 0.0, 0.0)
    assert precision_recall_f1(one, one, 1) == (1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"predicted must be \(3,\); got \(2,\)"):
        precision_recall_f1(nothing[:2], one, 1)


@pytest.mark.parametrize("V", [1, 2, 27])
def test_a_uniform_model_hesitates_between_all_words(V):
    assert perplexity(math.log(V)) == pytest.approx(V)
    assert bits_per_character(np.full(5, math.log(V)), 5) == pytest.approx(math.log2(V))


def test_bits_per_character_do_not_depend_on_the_tokens(library):
    """Two words of 3 and 5 characters, at 1/16 each: 8 bits, whatever a token is."""
    words = library(np.log([16.0, 16.0]))
    letters = library(np.full((2, 4), math.log(2.0)))
    assert bits_per_character(words, 8) == pytest.approx(1.0)
    assert bits_per_character(letters, 8) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="characters must be at least 1; got 0"):
        bits_per_character(letters, 0)


def test_mase_by_hand(library):
    history = library(np.array([1.0, 3.0, 2.0, 6.0]))
    forecast, actual = library((np.array([5.0, 7.0]), np.array([6.0, 4.0])))
    assert mase(forecast, actual, history) == pytest.approx(2.0 / (7.0 / 3.0))
    assert mase(forecast, actual, history, season=2) == pytest.approx(2.0 / 2.0)
    with pytest.raises(ValueError, match="history must be longer than a season, 4; got 4"):
        mase(forecast, actual, history, season=4)
    with pytest.raises(ValueError, match="history must not repeat itself exactly"):
        mase(forecast, actual, history * 0.0)
    with pytest.raises(ValueError, match=r"actual must be \(2,\); got \(1,\)"):
        mase(forecast, actual[:1], history)


def _f1_at(threshold, p, labels):
    return precision_recall_f1((p >= threshold).astype(int), labels, 1).f1


@pytest.mark.parametrize("N", [1, 3, 40])
def test_no_other_threshold_is_better_or_as_good_and_higher(library, rng, N):
    p, labels = np.round(rng.random(N), 1), np.ones(N, dtype=int)
    labels[1:] = rng.integers(0, 2, size=N - 1)
    chosen = choose_threshold(*library((p, labels)))
    others = np.concatenate([np.linspace(0, 1, 201), p])
    best = max(_f1_at(t, p, labels) for t in others)
    assert chosen in p
    assert _f1_at(chosen, p, labels) == best
    assert all(_f1_at(t, p, labels) < best for t in p if t > chosen)


def test_a_threshold_needs_something_to_find():
    with pytest.raises(ValueError, match="labels must have a 1 at least; got none"):
        choose_threshold(np.array([0.5]), np.array([0]))
    with pytest.raises(ValueError, match=r"labels must be \(1,\); got \(2,\)"):
        choose_threshold(np.array([0.5]), np.array([0, 1]))
