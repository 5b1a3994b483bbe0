"""A sound from nothing: a Clockwork RNN against a plain RNN and an LSTM of the same size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat
from typing import Any, ClassVar

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import Scores, measure_scores
from rnncore.functional.cells import ClockworkState, RNNParams, clockwork_step, init_rnn_params
from rnncore.functional.sequence import unroll
from rnncore.lab.device import pick_device, recurrent_work
from rnncore.lab.plots.style import COLOURS, new_figure
from rnncore.lab.training import Cost, to_tensor, train
from rnncore.tasks.waveform import waveform


@dataclass(frozen=True)
class WaveformGeneration(Scores):
    """Distance of each network's output from the wave that it should generate."""

    claim: ClassVar[Claim] = Claim(
        "With as many weights, a Clockwork RNN generates a wave with slow and fast parts far "
        "better than a plain RNN or an LSTM.",
        reference=(
            "Koutník, Greff, Gomez and Schmidhuber, A Clockwork RNN (2014), sec. 4.1, "
            "arXiv:1402.3511"
        ),
        published=(
            "figures for recorded music; a public reproduction on sines: Clockwork 0.11, RNN 0.25"
        ),
        bands=(
            every_seed("Clockwork RNN", at_most=0.05),
            every_seed("RNN", "LSTM", at_least=0.15),
        ),
    )
    """From 3 seeds (0-2): Clockwork RNN 0.002 to 0.029, RNN 0.899 to 0.987, LSTM 0.356 to 0.809."""
    score: ClassVar[str] = "squared error over the variance of the wave"
    levels: ClassVar[dict[str, float]] = {"always answering the mean": 1.0}

    wave: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """The wave of the first seed, (T,)."""
    generated: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    """What each network made of it, (models, T)."""

    def quantities(self) -> dict[str, np.ndarray]:
        names = (model.partition(",")[0] for model in self.models)
        return dict(zip(names, self.scores.T, strict=True))

    def wave_figure(self) -> Figure:
        """A panel for each network: the wave of the first seed, and what the network generates."""
        shared = {"sharex": True, "sharey": True}
        with new_figure(len(self.models), 1, size=(7.0, 4.8), **shared) as (figure, panels):
            for k, (panel, model) in enumerate(zip(panels, self.models, strict=True)):
                steps = range(1, len(self.wave) + 1)
                panel.plot(steps, self.wave, color="#bbbbbb", lw=3.0, label="the wave")
                panel.plot(steps, self.generated[k], color=COLOURS[k], label="generated")
                panel.set_title(f"{model}: error {self.scores[0, k]:.3f}", loc="left")
                panel.set_ylabel("value")
            handles, names = panels[0].get_legend_handles_labels()
            figure.legend(handles, names, loc="outside upper right", ncols=2)
            panels[-1].set_xlabel("step t")
        return self._named(figure)


class _Clockwork(torch.nn.Module):
    """A network made of the given step."""

    def __init__(self, step: Callable[..., Any], H: int, periods: Sequence[int]):
        super().__init__()
        self.step, self.hidden_size = partial(step, periods=tuple(periods)), H
        rng = np.random.default_rng(int(torch.randint(2**31, ())))
        fresh = (torch.tensor(array, dtype=torch.float32) for array in init_rnn_params(1, H, rng))
        self.weights = torch.nn.ParameterList(fresh)

    def forward(self, xs: Tensor) -> tuple[Tensor, Any]:
        state = ClockworkState(xs.new_zeros(len(xs), self.hidden_size), 0)
        hs, state, _ = unroll(self.step, xs, state, RNNParams(*self.weights))
        return hs, state


class _Generator(torch.nn.Module):
    """A wave from the hidden states of a network that reads zeros."""

    def __init__(self, layer: Any):
        super().__init__()
        self.layer = layer
        self.readout = torch.nn.Linear(layer.hidden_size, 1)

    def forward(self, T: int) -> Tensor:
        hs, _ = self.layer(self.readout.weight.new_zeros(1, T, 1))
        return self.readout(hs)[0, :, 0]


@experiment("waveform", clockwork_step)
def measure_waveform(
    clockwork_step: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    T: int = 160,
    steps: int = 400,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> WaveformGeneration:
    """Train three networks of about 640 weights to generate one wave, from zeros.

    What has no effect is not counted: weights of the input, which is zero, the second bias of
    torch's networks, and what leads from fast modules to slow ones. The LSTM starts with a forget
    bias of 5, as in the paper.

    Args:
        clockwork_step: the step of the Clockwork RNN.
        seeds: wave and each draws its own weights.
        T: the length of the wave.
        steps: number of training steps.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `WaveformGeneration` finding.
    """
    H, periods = 32, tuple(2**k for k in range(8))
    heard = H * H * (len(periods) + 1) // (2 * len(periods))
    networks = {
        f"Clockwork RNN, {heard + 2 * H + 1} weights": lambda: _Clockwork(
            clockwork_step, H, periods
        ),
        f"RNN, {_count(24, 1)} weights": lambda: torch.nn.RNN(1, 24, batch_first=True),
        f"LSTM, {_count(12, 4)} weights": _lstm,
    }

    first, generated = np.zeros(T), np.zeros((len(networks), T))

    place = pick_device(device, recurrent_work(1, 1, H))

    def run(k: int, make: Callable[[], Any], seed: int) -> tuple[float, Cost]:
        wave = to_tensor(waveform(T, np.random.default_rng(seed)), place)
        variance = wave.var(correction=0)
        training = train(
            lambda generator, wave: ((generator(T) - wave) ** 2).mean() / variance,
            _Generator(make()),
            repeat(wave),
            steps=steps,
            learning_rate=learning_rate,
            device=place,
        )
        with torch.no_grad():
            made = training.model(T)
        if seed == seeds[0]:
            first[:], generated[k] = wave.cpu(), made.cpu()
        return (((made - wave) ** 2).mean() / variance).item(), training.cost

    models = {name: partial(run, k, make) for k, (name, make) in enumerate(networks.items())}
    found = measure_scores(WaveformGeneration, models, seeds, steps, place)
    return replace(found, wave=first, generated=generated)


def _count(H: int, gates: int) -> int:
    """Weights of the hidden states and the readout, and one bias for each unit."""
    return gates * (H * H + H) + H + 1


def _lstm() -> torch.nn.LSTM:
    lstm = torch.nn.LSTM(1, 12, batch_first=True)
    with torch.no_grad():
        lstm.get_parameter("bias_ih_l0")[12:24] = 5.0
        lstm.get_parameter("bias_hh_l0")[12:24] = 0.0
    return lstm
