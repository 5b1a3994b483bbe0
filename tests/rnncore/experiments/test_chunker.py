"""The chunker: the band, and a lag that a wrong compression does not bridge."""

import numpy as np
import torch

from rnncore.experiments.chunker import Chunker, measure_chunker
from rnncore.functional.memory import chunk, surprises


def _found(chunker, plain):
    scores = np.column_stack([chunker, plain])
    return Chunker((0, 1), ("chunker", "plain RNN"), 10, scores, np.ones((2, 2)), np.ones((2, 2)))


def test_band():
    assert _found([1.0, 1.0], [0.4, 0.6]).holds
    assert not _found([1.0, 0.99], [0.4, 0.6]).holds
    assert not _found([1.0, 1.0], [0.4, 0.9]).holds
    found = _found([1.0, 1.0], [0.4, 0.6])
    assert "does not" not in str(found)
    found.figure().canvas.draw()


def test_surprises_bridge_the_lag():
    found = measure_chunker(surprises, chunk, (0,), lag=60, steps=100)
    assert found.scores[0, 0] == 1.0


def test_what_is_kept_must_hold_the_sign():
    def only_the_last(decoder, state, ids):
        surprised = torch.zeros_like(surprises(decoder, state, ids))
        surprised[:, -1] = True
        return surprised

    found = measure_chunker(only_the_last, chunk, (0,), lag=40, steps=30)
    assert found.scores[0, 0] < 0.75
    assert not found.holds
