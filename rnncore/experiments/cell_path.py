"""How much of a gradient arrives k steps earlier: along an LSTM's cell, and through an RNN."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.finding import Finding, listed
from rnncore.functional.base import sigmoid
from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    init_lstm_params,
    init_lstm_state,
    init_rnn_params,
    init_rnn_state,
)
from rnncore.lab.plots import plot_curves


@dataclass(frozen=True)
class CellPath(Finding):
    """The norm of the gradient with respect to the memory k steps back; it is 1 at k = 0."""

    claim: ClassVar[str] = (
        "Along the cell a gradient is multiplied by the forget gate at each step and by nothing "
        "else, so an open gate keeps it; in a vanilla RNN it vanishes."
    )
    reference: ClassVar[str] = (
        "Hochreiter and Schmidhuber (1997), section 3; Gers, Schmidhuber and Cummins (2000)"
    )
    band: ClassVar[str] = (
        "the factor of each step back along the cell within 0.03 of σ(bias), and at the greatest "
        "bias and lag at least 10,000 times the gradient of the RNN"
    )
    """From 16 seeds (0-15), biases -1 to 5: factors within 0.014 of σ(bias); at bias 3 and lag 50
    at least 0.08 of the gradient is left, and at most 2e-8 in the RNN."""

    biases: tuple[float, ...]
    cell: np.ndarray
    """Along the cell, for each forget bias: (biases, seeds, lags + 1)."""
    rnn: np.ndarray
    """Through the RNN: (seeds, lags + 1)."""

    @property
    def cell_factors(self) -> np.ndarray:
        """By what a step back multiplies the norm along the cell, on average, (biases, seeds)."""
        return _factor(self.cell)

    @property
    def rnn_factors(self) -> np.ndarray:
        """By what a step back multiplies the norm in the RNN, on average, (seeds,)."""
        return _factor(self.rnn)

    @property
    def holds(self) -> bool:
        expected = sigmoid(np.array(self.biases))[:, None]
        by_the_gate = np.all(np.abs(self.cell_factors - expected) <= 0.03)
        greatest = int(np.argmax(self.biases))
        kept = np.all(self.cell[greatest, :, -1] >= 1e4 * self.rnn[:, -1])
        return bool(by_the_gate and kept)

    def rows(self) -> list[str]:
        return [
            f"RNN: times {listed(self.rnn_factors, 3)} at each step back",
            *(
                f"cell, forget bias {bias:g}: times {listed(factors, 3)}; "
                f"σ({bias:g}) = {sigmoid(np.array(bias)):.3f}"
                for bias, factors in zip(self.biases, self.cell_factors, strict=True)
            ),
        ]

    def figure(self) -> Figure:
        """Gradient norm against lag: the RNN, and the cell at each forget bias."""
        cells = {
            f"LSTM cell, forget bias {bias:g}": norms
            for bias, norms in zip(self.biases, self.cell, strict=True)
        }
        return plot_curves(
            range(self.rnn.shape[1]),
            {"vanilla RNN": self.rnn, **cells},
            xlabel="lag k / steps back",
            ylabel="norm of the gradient",
            logarithmic=True,
        )


def measure_cell_path(
    lstm_step: Callable[..., Any],
    lstm_step_backward: Callable[..., Any],
    set_forget_bias: Callable[..., Any],
    rnn_step: Callable[..., Any],
    rnn_step_backward: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    biases: Sequence[float] = (0.0, 1.0, 3.0),
    lags: int = 50,
    B: int = 16,
    D: int = 4,
    H: int = 32,
) -> CellPath:
    """Send a gradient of norm 1 back through fresh networks, and see what arrives.

    Both networks have torch's first weights and read the same noise. In the LSTM only the way
    along the cell is measured: what reaches h at a step is dropped, as Hochreiter and Schmidhuber
    dropped it in training. The RNN has no second way.

    Args:
        lstm_step: the LSTM's step.
        lstm_step_backward: its backward step.
        set_forget_bias: gives the LSTM each of the biases.
        rnn_step: the vanilla RNN's step.
        rnn_step_backward: its backward step.
        seeds: weights, inputs and gradient are drawn anew for each.
        biases: the forget biases to measure.
        lags: how many steps the gradient goes back.
        B: how many sequences the norm is averaged over.
        D: the size of an input.
        H: the size of the memory.

    Returns:
        A `CellPath` finding.
    """
    start = time.perf_counter()
    cell, rnn = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        xs = rng.normal(size=(B, lags, D))
        gradient = rng.normal(size=(B, H))
        gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
        fresh = init_lstm_params(D, H, rng)

        caches = _run(rnn_step, xs, init_rnn_state(B, H), init_rnn_params(D, H, rng))
        back = RNNState(gradient)
        norms = [_norm(back.h)]
        for cache in reversed(caches):
            _, back, _ = rnn_step_backward(back, cache)
            norms.append(_norm(back.h))
        rnn.append(norms)

        of_biases = []
        for bias in biases:
            caches = _run(lstm_step, xs, init_lstm_state(B, H), set_forget_bias(fresh, bias))
            back = LSTMState(np.zeros((B, H)), gradient)
            norms = [_norm(back.c)]
            for cache in reversed(caches):
                _, back, _ = lstm_step_backward(LSTMState(np.zeros((B, H)), back.c), cache)
                norms.append(_norm(back.c))
            of_biases.append(norms)
        cell.append(of_biases)
    seconds = time.perf_counter() - start
    by_bias = np.array(cell).transpose(1, 0, 2)
    return CellPath(tuple(seeds), seconds, tuple(biases), by_bias, np.array(rnn))


def _run(step: Callable[..., Any], xs: np.ndarray, state: Any, params: Any) -> list[Any]:
    caches = []
    for t in range(xs.shape[1]):
        state, cache = step(xs[:, t], state, params)
        caches.append(cache)
    return caches


def _norm(gradient: np.ndarray) -> float:
    return float(np.mean(np.linalg.norm(gradient, axis=1)))


def _factor(norms: np.ndarray) -> np.ndarray:
    return (norms[..., -1] / norms[..., 0]) ** (1.0 / (norms.shape[-1] - 1))
