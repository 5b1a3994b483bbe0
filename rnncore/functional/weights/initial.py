"""First values: weights to start learning from, and states to start reading from."""

import numpy as np

from rnncore.functional.cells.lstm import LSTMParams, LSTMState
from rnncore.functional.cells.rnn import RNNParams, RNNState
from rnncore.functional.sequence.layouts import ReadoutParams


def _uniform(rng: np.random.Generator, H: int, *shape: int) -> np.ndarray:
    bound = 1.0 / np.sqrt(H)
    return rng.uniform(-bound, bound, size=shape)


def rnn_params(D: int, H: int, rng: np.random.Generator) -> RNNParams:
    """Weights of an RNN cell, input D and hidden H, as torch draws them: uniform in ±1/√H, float64.

    The source of randomness is `rng`.
    """
    return RNNParams(_uniform(rng, H, D, H), _uniform(rng, H, H, H), _uniform(rng, H, H))


def lstm_params(D: int, H: int, rng: np.random.Generator) -> LSTMParams:
    """Weights of an LSTM cell, input D and hidden H, as `rnn_params` draws them with `rng`."""
    return LSTMParams(
        _uniform(rng, H, D, 4 * H), _uniform(rng, H, H, 4 * H), _uniform(rng, H, 4 * H)
    )


def readout_params(H: int, K: int, rng: np.random.Generator) -> ReadoutParams:
    """Weights of a readout, hidden H and outputs K, as `rnn_params` draws them with `rng`."""
    return ReadoutParams(_uniform(rng, H, H, K), _uniform(rng, H, K))


def rnn_state(B: int, H: int) -> RNNState:
    """An empty memory for B sequences: h is zero, (B, H)."""
    return RNNState(np.zeros((B, H)))


def lstm_state(B: int, H: int) -> LSTMState:
    """An empty memory for B sequences: h and c are zero, (B, H)."""
    return LSTMState(np.zeros((B, H)), np.zeros((B, H)))
