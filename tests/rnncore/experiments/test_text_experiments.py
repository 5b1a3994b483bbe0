"""Experiments of units 8 to 10: bands with made-up numbers, and small runs."""

import dataclasses

import numpy as np
import pytest

from rnncore.experiments.digit_sequences import DigitSequences, measure_digit_sequences
from rnncore.experiments.headlines import measure_headlines
from rnncore.experiments.negation import Negation, measure_negation
from rnncore.experiments.ngram_memory import NGramMemory, measure_ngram_memory
from rnncore.experiments.reversal import Reversal, measure_reversal
from rnncore.functional.attention import attend
from rnncore.functional.decoding import greedy_decode
from rnncore.functional.sequence import pool_states
from rnncore.tasks.ngram import fit_ngram


def test_the_band_of_negation():
    good = Negation((0,), 0.2, np.array([[0.8, 1.0, 0.0]]), np.array([[0.97, 1.0, 0.8]]))
    assert good.holds
    for name, scores in (
        ("bag", [0.6, 0.8, 0.0]),
        ("bag", [0.8, 1.0, 0.3]),
        ("lstm", [0.9, 0.9, 0.9]),
        ("lstm", [0.9, 1.0, 0.6]),
        ("lstm", [np.nan] * 3),
    ):
        assert not dataclasses.replace(good, **{name: np.array([scores])}).holds
    assert "negated reviews: bag of words 0.00   LSTM 0.80" in str(good)
    good.figure().canvas.draw()


def test_an_lstm_without_training_does_not_understand_negation():
    found = measure_negation(pool_states, (0,), N=200, steps=1, H=4)
    assert not found.holds
    assert 0.1 < found.share < 0.35
    assert found.bag.shape == found.lstm.shape == (1, 3)


def test_digits_a_network_that_has_seen_few_is_outside_the_band():
    found = measure_digit_sequences((0,), steps=3, H=8)
    assert not found.holds
    assert found.models == ("RNN", "LSTM", "GRU")
    good = np.array([[0.5, 0.95, 0.94], [0.93, 0.95, 0.94]])
    assert dataclasses.replace(found, scores=good).holds
    for column in (1, 2):
        bad = good.copy()
        bad[1, column] = 0.7
        assert not dataclasses.replace(found, scores=bad).holds
    assert isinstance(found, DigitSequences)
    found.figure().canvas.draw()


def test_the_n_gram_counts_what_is_near_and_the_band_wants_the_network_below_all():
    found = measure_ngram_memory(fit_ngram, (0,), orders=(1, 2, 4), N=300, steps=2, H=8)
    unigram, bigram, longer = found.ngram[0]
    assert longer < bigram < unigram
    assert not found.holds
    assert dataclasses.replace(found, lstm=0.8 * found.ngram.min(axis=1)).holds
    assert not dataclasses.replace(found, lstm=np.array([np.nan])).holds
    assert isinstance(found, NGramMemory)
    assert " 2-gram" in str(found)
    found.figure().canvas.draw()


def _reversal(without, attending):
    curves = {"without attention": np.array([without]), "with attention": np.array([attending])}
    return Reversal((0,), (4, 8, 12, 15, 20), curves, np.eye(4), "abc.", "cba.", {})


@pytest.mark.parametrize(
    ("without", "attending", "holds"),
    [
        ([1.0, 0.5, 0.1, 0.0, 0.0], [1.0, 1.0, 1.0, 0.95, 0.0], True),
        ([1.0, 0.5, 0.1, 0.0, 0.0], [1.0, 1.0, 1.0, 0.3, 0.0], False),
        ([1.0, 1.0, 0.8, 0.7, 0.0], [1.0, 1.0, 1.0, 0.95, 0.0], False),
        ([0.2, 0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.95, 0.0], False),
        ([np.nan] * 5, [np.nan] * 5, False),
    ],
)
def test_the_band_of_reversal(without, attending, holds):
    assert _reversal(without, attending).holds is holds


def test_a_network_that_was_not_trained_reverses_nothing():
    found = measure_reversal(attend, greedy_decode, (0,), lengths=(4, 12, 15), steps=2, H=8)
    assert not found.holds
    assert found.source.endswith(".")
    assert found.alignment.shape == (13, 13)
    assert found.alignment.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert "with attention" in str(found)
    found.figure().canvas.draw()
    found.alignment_figure().canvas.draw()
    told, alone = found.exposure["after the right letters"], found.exposure["after its own"]
    assert told.shape == alone.shape == (1, 8)
    assert told[0, 0] == alone[0, 0]  # nothing was written yet
    found.exposure_figure().canvas.draw()


def test_headlines_of_a_network_that_has_hardly_begun_are_outside_the_band():
    found = measure_headlines((0,), steps=2, H=8)
    assert not found.holds
    assert found.models == ("attention", "last state alone")
    assert np.all(found.scores < 0.05)
    good = np.array([[1.0, 0.04], [0.95, 0.8]])
    assert dataclasses.replace(found, scores=good).holds
    for wrong in ([[1.0, 0.04], [0.89, 0.0]], [[1.0, 0.04], [0.95, 0.9]], [[np.nan, 0.0]]):
        assert not dataclasses.replace(found, scores=np.array(wrong)).holds
    found.figure().canvas.draw()
