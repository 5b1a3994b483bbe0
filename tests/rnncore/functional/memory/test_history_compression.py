"""What is kept of a sequence, and what comes back."""

import numpy as np
import pytest

from rnncore.functional.cells import RNNState, gru_step, init_gru_params
from rnncore.functional.memory import chunk, expand, surprises
from rnncore.functional.sequence import init_readout_params, readout

V = 4


def _counter(tokens, state):
    """Expects every token to be followed by the next number."""
    return 1.0 * ((tokens[:, None] + 1) % V == np.arange(V)), state


def test_a_counter_is_surprised_where_the_count_breaks():
    ids = np.array([[0, 1, 2, 3, 0], [2, 2, 3, 1, 2]])
    surprised = surprises(_counter, (), ids)
    assert surprised.tolist() == [[True, False, False, False, False], [True, True, False, True, False]]
    short = chunk(ids, surprised)
    assert short.lengths == [1, 3]
    assert short.tokens.tolist() == [[0, 0, 0], [2, 2, 1]]
    assert short.times.tolist() == [[0, 0, 0], [0, 1, 3]]
    assert np.array_equal(expand(_counter, (), short, 5), ids)


@pytest.mark.parametrize(("B", "T"), [(1, 1), (1, 6), (3, 1), (4, 12)])
def test_nothing_is_lost_whatever_the_network_expects(library, rng, B, T):
    params, out_params = library((init_gru_params(V, 5, rng), init_readout_params(5, V, rng)))
    state, eye = library((RNNState(rng.normal(size=(B, 5))), np.eye(V)))

    def decoder(tokens, state):
        state, _ = gru_step(eye[tokens], state, params)
        return readout(state.h, out_params), state

    ids = library(rng.integers(0, V, size=(B, T)))
    surprised = surprises(decoder, state, ids)
    short = chunk(ids, surprised)
    assert short.lengths == [int(row.sum()) for row in surprised]
    assert short.tokens.shape == (B, max(short.lengths))
    assert np.array_equal(expand(decoder, state, short, T), ids)


def test_wrong_input_is_named():
    ids = np.zeros((2, 3), dtype=int)
    with pytest.raises(ValueError, match=r"ids must have at least one step; got shape \(2, 0\)"):
        surprises(_counter, (), ids[:, :0])
    with pytest.raises(ValueError, match=r"surprised must be \(2, 3\); got \(2, 2\)"):
        chunk(ids, np.ones((2, 2), bool))
    short = chunk(ids, np.ones((2, 3), bool))
    with pytest.raises(ValueError, match="T must be at least 1; got 0"):
        expand(_counter, (), short, 0)
    with pytest.raises(ValueError, match="each row must have a surprise at its first step"):
        expand(_counter, (), short._replace(times=short.times + 1), 3)
