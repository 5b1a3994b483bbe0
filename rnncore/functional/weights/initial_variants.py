"""First weights for the GRU and the variants: uniform in ±1/√H, float64, as torch draws them.

The cells with one hidden state start from `rnn_state`, those with a cell from `lstm_state`.
"""

import numpy as np

from rnncore.functional.cells.clockwork import ClockworkState
from rnncore.functional.cells.coupled_lstm import CoupledLSTMParams
from rnncore.functional.cells.depth_gated import DepthGatedParams
from rnncore.functional.cells.gru import GRUParams
from rnncore.functional.cells.gru_reset_before import GRUResetBeforeParams
from rnncore.functional.cells.min_gru import MinGRUParams
from rnncore.functional.cells.mut1 import MUT1Params
from rnncore.functional.cells.peephole_lstm import PeepholeLSTMParams


def _uniform(rng: np.random.Generator, H: int, *shape: int) -> np.ndarray:
    bound = 1.0 / np.sqrt(H)
    return rng.uniform(-bound, bound, size=shape)


def _gates(
    rng: np.random.Generator, D: int, H: int, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W_x, W_h and b of n gates."""
    G = n * H
    return _uniform(rng, H, D, G), _uniform(rng, H, H, G), _uniform(rng, H, G)


def gru_params(D: int, H: int, rng: np.random.Generator) -> GRUParams:
    """Weights of a GRU cell in torch's form. Input D, hidden H, drawn with rng."""
    return GRUParams(*_gates(rng, D, H, 3), _uniform(rng, H, H))


def gru_reset_before_params(D: int, H: int, rng: np.random.Generator) -> GRUResetBeforeParams:
    """Weights of a GRU cell, reset before the product. Input D, hidden H, drawn with rng."""
    return GRUResetBeforeParams(*_gates(rng, D, H, 3))


def peephole_lstm_params(D: int, H: int, rng: np.random.Generator) -> PeepholeLSTMParams:
    """Weights of an LSTM cell with peepholes. Input D, hidden H, drawn with rng."""
    return PeepholeLSTMParams(*_gates(rng, D, H, 4), _uniform(rng, H, 3 * H))


def coupled_lstm_params(D: int, H: int, rng: np.random.Generator) -> CoupledLSTMParams:
    """Weights of an LSTM cell with coupled gates. Input D, hidden H, drawn with rng."""
    return CoupledLSTMParams(*_gates(rng, D, H, 3))


def depth_gated_params(D: int, H: int, rng: np.random.Generator) -> DepthGatedParams:
    """Weights of a depth-gated LSTM cell. Input D without c_below, hidden H, drawn with rng."""
    shapes = (D, H), (H,), (H,), (H,)
    gate = [_uniform(rng, H, *shape) for shape in shapes]
    return DepthGatedParams(*peephole_lstm_params(D, H, rng), *gate)


def mut1_params(D: int, H: int, rng: np.random.Generator) -> MUT1Params:
    """Weights of a MUT1 cell. Input D, hidden H, drawn with rng."""
    shapes = (D, 3 * H), (H, 2 * H), (3 * H,)
    return MUT1Params(*(_uniform(rng, H, *shape) for shape in shapes))


def min_gru_params(D: int, H: int, rng: np.random.Generator) -> MinGRUParams:
    """Weights of a minGRU cell. Input D, hidden H, drawn with rng."""
    return MinGRUParams(_uniform(rng, H, D, 2 * H), _uniform(rng, H, 2 * H))


def clockwork_state(B: int, H: int) -> ClockworkState:
    """An empty memory for B sequences, before the first step: h is zero, (B, H), and t is 0."""
    return ClockworkState(np.zeros((B, H)), 0)
