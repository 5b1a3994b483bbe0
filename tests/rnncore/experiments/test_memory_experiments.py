"""The adding problem and clipping: their bands, and small runs that learn what they can."""

import numpy as np
import pytest

from rnncore.experiments.adding import Adding, measure_adding
from rnncore.experiments.clipping import Clipping, measure_clipping
from rnncore.functional.learning import clip_by_norm
from rnncore.functional.weights import identity_init
from rnncore.tasks.adding_problem import adding_problem

CELLS = ("tanh RNN", "LSTM", "GRU")
CASES = (
    "exploding, not clipped",
    "exploding, clipped",
    "vanishing, not clipped",
    "vanishing, clipped",
)


def _found(kind, models, scores):
    costs = np.ones((len(scores), len(models)))
    return kind(tuple(range(len(scores))), models, 10, np.array(scores), costs, costs)


@pytest.mark.parametrize(
    ("kind", "models", "good", "bad"),
    [
        (Adding, CELLS, [0.166, 0.001, 0.001], [[0.1, 0.001, 0.001], [0.166, 0.02, 0.001], [0.166, 0.001, 0.02]]),
        (
            Clipping,
            CASES,
            [0.0, 1.0, 0.2, 0.2],
            [[1.0, 1.0, 0.2, 0.2], [0.0, 0.9, 0.2, 0.2], [0.0, 1.0, 0.4, 0.2], [0.0, 1.0, 0.2, 0.4]],
        ),
    ],
)
def test_every_seed_must_lie_within_the_band(kind, models, good, bad):
    found = _found(kind, models, [good, good])
    assert found.holds
    found.figure().canvas.draw()
    assert "The claim holds" in str(found)
    for scores in bad:
        assert not _found(kind, models, [good, scores]).holds
    assert not _found(kind, models, [[np.nan] * len(models)]).holds


def test_short_sums_are_learnt_by_gates():
    found = measure_adding(adding_problem, (0,), T=6, H=16, steps=300)
    assert found.models == CELLS
    assert np.all(found.scores[0, 1:] < 0.02)


def test_only_the_models_asked_for_are_trained():
    found = measure_adding(adding_problem, (0,), models=("LSTM",), T=6, H=16, steps=300)
    assert found.models == ("LSTM",)
    assert found.scores.shape == (1, 1)
    assert found.holds == (found.scores[0, 0] <= 0.01)


def test_nothing_is_learnt_of_sequences_without_marks():
    def unmarked(B, T, rng):
        xs, targets = adding_problem(B, T, rng)
        return np.concatenate([xs[:, :, :1], 0.0 * xs[:, :, 1:]], axis=2), targets

    found = measure_adding(unmarked, (0,), T=6, H=16, steps=100)
    assert not found.holds
    assert found.scores.min() > 0.05


@pytest.mark.slow
def test_clipping_rescues_where_gradients_explode_only():
    found = measure_clipping(clip_by_norm, identity_init, (0,))
    assert found.models == CASES
    assert found.holds


def test_a_clip_that_does_nothing_and_a_start_that_cannot_explode_do_not_hold():
    def useless(gradients, limit):
        return gradients, 0.0

    def small(H, scale):
        return identity_init(H, 0.8)

    assert not measure_clipping(useless, identity_init, (0,), steps=40).holds
    assert not measure_clipping(clip_by_norm, small, (0,), steps=40).holds
