"""The experiments on real corpora: their bands, their reports, and small runs where the data is."""

import dataclasses

import numpy as np
import pytest

from rnncore.experiments.chorales import Chorales, measure_chorales
from rnncore.experiments.shakespeare import Shakespeare, measure_shakespeare
from rnncore.experiments.surnames import SurnameLanguages, measure_surnames
from rnncore.experiments.translation import Translation, measure_translation
from rnncore.functional.metrics import bits_per_character
from rnncore.tasks.batching import tbptt_batches
from rnncore.tasks.ngram import absolute_discounting

FUNCTIONS = tbptt_batches, absolute_discounting, bits_per_character
MODELS = {
    Shakespeare: ("RNN", "LSTM", "GRU", "6-gram"),
    Chorales: ("LSTM",),
    SurnameLanguages: ("bidirectional LSTM",),
    Translation: ("attention", "no source"),
}


def _found(kind, scores):
    scores = np.array(scores)
    costs = np.full(scores.shape, 12.0)
    seeds = tuple(range(len(scores)))
    return kind(seeds, MODELS[kind], 500, scores, costs, 2 * costs, seconds=99.0)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Shakespeare,
            [[2.5, 2.4, 2.3, 2.2], [2.44, 2.43, 2.42, 2.6]],
            [[[2.6, 2.46, 2.3, 2.3]], [[2.4, 2.3, 2.41, 2.3]], [[2.4, 2.41, 2.3, 2.3]]],
        ),
        (Chorales, [[8.6], [8.4]], [[[8.6], [8.71]]]),
        (SurnameLanguages, [[0.76], [0.8]], [[[0.76], [0.75]]]),
        (Translation, [[50.0, 55.0], [59.0, 90.0]], [[[61.0, 90.0]], [[50.0, 49.0]]]),
    ],
)
def test_every_seed_must_lie_within_the_band(kind, good, bad):
    found = _found(kind, good)
    assert found.holds
    for scores in bad:
        assert not _found(kind, scores).holds
        assert not _found(kind, [*good, *scores]).holds
    nothing = _found(kind, np.full_like(good, np.nan))
    assert not nothing.holds


def test_a_report_says_mean_spread_cost_and_the_published_figure():
    text = str(_found(Chorales, [[8.4], [8.6]]))
    assert "LSTM with 150 units" in text
    assert "Published: 8.45" in text
    assert "LSTM: 8.500 ± 0.141 (8.400 8.600)" in text
    assert "12 s of one processor, 24 s on the clock" in text
    assert "The claim holds (2 seeds, 99 s, CPU)." in text
    assert "±" not in str(_found(Chorales, [[8.4]]))


@pytest.mark.parametrize(
    ("measure", "worst"),
    [
        (lambda: measure_shakespeare(*FUNCTIONS, (0,), steps=3, H=8, B=4, T=8), 8.0),
        (lambda: measure_chorales((0,), steps=3, H=8), 88.0),
        (lambda: measure_surnames((0,), steps=3, H=8), 1.0),
        (lambda: measure_translation((0,), longest=7, H=8), 1e4),
    ],
    ids=["shakespeare", "chorales", "surnames", "translation"],
)
def test_small_runs_on_the_real_corpora(measure, worst, real_data):
    found = measure()
    assert found.scores.shape == found.cpu_seconds.shape == (1, len(found.models))
    assert np.all((found.scores > 0) & (found.scores < worst))
    found.figure().canvas.draw()
    assert f"{found.scores[0, 0]:.3f}" in str(found)
    assert dataclasses.replace(found, scores=found.scores * np.nan).holds is False
