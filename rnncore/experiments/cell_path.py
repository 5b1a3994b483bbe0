"""How much of a gradient arrives k steps earlier: along an LSTM's cell, and through an RNN."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.functional.base import sigmoid
from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    init_lstm_params,
    init_lstm_state,
    init_rnn_params,
    init_rnn_state,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.weights import set_forget_bias
from rnncore.lab.plots import plot_curves


@dataclass(frozen=True)
class CellPath(Finding):
    """The norm of the gradient with respect to the memory k steps back; it is 1 at k = 0."""

    claim: ClassVar[Claim] = Claim(
        "Along the cell a gradient is multiplied by the forget gate at each step and by nothing "
        "else, so an open gate keeps it; in a vanilla RNN it vanishes.",
        reference=(
            "Hochreiter and Schmidhuber (1997), section 3; Gers, Schmidhuber and Cummins (2000)"
        ),
        bands=(
            every_seed("distance of the factor of a step from σ(bias)", at_most=0.03),
            every_seed(
                "gradient along the cell at the greatest bias and lag",
                over="gradient through the RNN",
                at_least=1e4,
            ),
        ),
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
        """Average factor of one step back on the norm along the cell, (biases, seeds)."""
        return _factor(self.cell)

    @property
    def rnn_factors(self) -> np.ndarray:
        """Average factor of one step back on the norm in the RNN, (seeds,)."""
        return _factor(self.rnn)

    def quantities(self) -> dict[str, np.ndarray]:
        expected = sigmoid(np.array(self.biases))[:, None]
        greatest = int(np.argmax(self.biases))
        return {
            "distance of the factor of a step from σ(bias)": np.abs(self.cell_factors - expected).T,
            "gradient along the cell at the greatest bias and lag": self.cell[greatest, :, -1],
            "gradient through the RNN": self.rnn[:, -1],
        }

    def rows(self) -> list[str]:
        return [
            f"RNN: times {format_numbers(self.rnn_factors, 3)} at each step back",
            *(
                f"cell, forget bias {bias:g}: times {format_numbers(factors, 3)}; "
                f"σ({bias:g}) = {sigmoid(np.array(bias)):.3f}"
                for bias, factors in zip(self.biases, self.cell_factors, strict=True)
            ),
        ]

    def _draw(self) -> Figure:
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


@experiment(
    "cell_path", lstm_step, lstm_step_backward, set_forget_bias, rnn_step, rnn_step_backward
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
    """Send a gradient of norm 1 back through untrained networks, and measure what arrives.

    Both networks have torch's first weights and read the same noise. In the LSTM only the way
    along the cell is measured: what reaches h at a step is dropped, as Hochreiter and Schmidhuber
    dropped it in training. The RNN has no second way.

    Args:
        lstm_step: the LSTM's step.
        lstm_step_backward: its backward step.
        set_forget_bias: gives the LSTM each of the biases.
        rnn_step: the vanilla RNN's step.
        rnn_step_backward: its backward step.
        seeds: each draws its own weights, inputs and gradient.
        biases: the forget biases to measure.
        lags: number of steps that the gradient goes back.
        B: sequences that the norm is averaged over.
        D: the size of an input.
        H: the size of the memory.

    Returns:
        A `CellPath` finding.
    """
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
    by_bias = np.array(cell).transpose(1, 0, 2)
    return CellPath(tuple(seeds), tuple(biases), by_bias, np.array(rnn))


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
