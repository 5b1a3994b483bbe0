"""A small Search Space Odyssey: what does an LSTM lose with each of its parts?"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Claim, geometric_mean_of_seeds
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots.style import COLOURS, new_figure
from rnncore.lab.training import to_device, train, use_threads
from rnncore.tasks.adding_problem import adding_problem

VARIANTS = {
    "V": "vanilla, with peepholes",
    "NIG": "no input gate",
    "NFG": "no forget gate",
    "NOG": "no output gate",
    "NIAF": "no input activation",
    "NOAF": "no output activation",
    "NP": "no peepholes",
    "CIFG": "input and forget gate coupled",
}
"""Greff's names; his ninth, FGR, which adds nine recurrent matrices, is left out."""

Task = Callable[[int, int, np.random.Generator], tuple[np.ndarray, np.ndarray]]

_CRITICAL = ("NFG", "NOAF")
_FACTOR = 3.0


@dataclass(frozen=True)
class Odyssey(Finding):
    """The error of eight LSTMs on the adding problem, each without one part."""

    claim: ClassVar[Claim] = Claim(
        "An LSTM does about as well without any one of its parts, except without the forget gate "
        "or the output activation, which are critical.",
        reference="Greff et al., LSTM: A Search Space Odyssey (2015), arXiv:1503.04069",
        published=(
            "significantly worse without either on speech, handwriting and music; no adding problem"
        ),
        bands=(
            geometric_mean_of_seeds(*_CRITICAL, over="V", at_least=_FACTOR),
            geometric_mean_of_seeds(
                *(name for name in VARIANTS if name not in _CRITICAL), over="V", at_most=_FACTOR
            ),
        ),
    )
    """Does not replicate on the adding problem. From 3 seeds (0-2), 2,000 steps, over V's:
    NFG 0.79, NOAF 1.33; NIG 13.7 is the worst, CIFG 0.06 the best. Single seeds differ by a factor
    of up to 180 (NP), so three of them say little of the parts in between."""

    steps: int
    scores: np.ndarray
    """Mean squared error on new sequences, (seeds, variants)."""
    task: str = "adding problem"
    constant: float = 1.0 / 6.0
    """The error of the best answer that reads nothing."""

    @property
    def ratios(self) -> dict[str, float]:
        """The error of each variant over that of V, geometric mean of the seeds."""
        logarithms = np.log(self.scores / self.scores[:, :1]).mean(0)
        return dict(zip(VARIANTS, np.exp(logarithms).tolist(), strict=True))

    def quantities(self) -> dict[str, np.ndarray]:
        return dict(zip(VARIANTS, self.scores.T, strict=True))

    def rows(self) -> list[str]:
        return [
            f"measured: mean squared error on the {self.task} after {self.steps} steps",
            *(
                f"{name:4s} {VARIANTS[name]:30s} {ratio:5.2f} times V's "
                f"({format_numbers(column, 5)})"
                for (name, ratio), column in zip(self.ratios.items(), self.scores.T, strict=True)
            ),
        ]

    def _draw(self) -> Figure:
        """A row for each variant, a dot for each seed; those said to be critical in colour."""
        middle = float(np.exp(np.log(self.scores[:, 0]).mean()))
        with new_figure(size=(7.0, 4.0)) as (figure, axes):
            for k, name in enumerate(VARIANTS):
                column = self.scores[:, k]
                colour = COLOURS[1] if name in _CRITICAL else COLOURS[0]
                axes.scatter(column, np.full(len(column), k), color=colour, alpha=0.7)
            axes.axvline(
                self.constant, color="#666666", linestyle="--", label="the best constant answer"
            )
            axes.axvspan(
                middle / _FACTOR,
                middle * _FACTOR,
                color="#666666",
                alpha=0.12,
                lw=0,
                label=f"within {_FACTOR:g} times V",
            )
            axes.set_yticks(
                range(len(VARIANTS)), [f"{text}, {name}" for name, text in VARIANTS.items()]
            )
            axes.set_ylim(len(VARIANTS) - 0.5, -0.5)
            axes.set(xscale="log", xlabel="mean squared error")
            figure.legend(loc="outside upper right", ncols=2)
        return figure


class LeftOut(NamedTuple):
    """Which of N networks lack which part, (N, 1, 1), bool."""

    input_gate: Tensor
    forget_gate: Tensor
    output_gate: Tensor
    input_activation: Tensor
    output_activation: Tensor
    coupled: Tensor


_LACKS = {
    "input_gate": "NIG",
    "forget_gate": "NFG",
    "output_gate": "NOG",
    "input_activation": "NIAF",
    "output_activation": "NOAF",
    "coupled": "CIFG",
    "peepholes": "NP",
}
"""The variant without each part."""


class Weights(NamedTuple):
    """The weights of N networks, gates in the order i, f, g, o, peepholes in the order i, f, o."""

    W_x: Tensor
    """(N, D, 4H)."""
    W_h: Tensor
    """(N, H, 4H)."""
    b: Tensor
    """(N, 1, 4H)."""
    p: Tensor
    """(N, 1, 3H)."""
    W_y: Tensor
    """(N, H, 1)."""
    b_y: Tensor
    """(N, 1, 1)."""


def lstm_without(
    a_x: Tensor, h: Tensor, c: Tensor, weights: Weights, left_out: LeftOut
) -> tuple[Tensor, Tensor]:
    """One step of N LSTMs at once, each without the part that it lacks.

        i = σ(a_i + p_i c_prev)   f = σ(a_f + p_f c_prev)   g = tanh(a_g)   o = σ(a_o + p_o c)
        c = f c_prev + i g        h = o tanh(c)

    A gate that is left out is 1, an activation that is left out does nothing, and coupled means
    f = 1 - i. To leave out the peepholes, let p be 0.

    Args:
        a_x: what the inputs add, x W_x + b, (N, B, 4H).
        h, c: the state before this step, (N, B, H).
        weights: those of the N networks.
        left_out: what each of them lacks.

    Returns:
        The new h and c, (N, B, H).

    Reference: Greff et al. (2015), appendix A, arXiv:1503.04069.
    """
    H = h.shape[2]
    p_i, p_f, p_o = weights.p.split(H, 2)
    a_i, a_f, a_g, a_o = torch.baddbmm(a_x, h, weights.W_h).split(H, 2)
    one = h.new_ones(())
    i = torch.where(left_out.input_gate, one, torch.sigmoid(a_i + p_i * c))
    f = torch.where(left_out.forget_gate, one, torch.sigmoid(a_f + p_f * c))
    f = torch.where(left_out.coupled, one - i, f)
    g = torch.where(left_out.input_activation, a_g, torch.tanh(a_g))
    c = f * c + i * g
    o = torch.where(left_out.output_gate, one, torch.sigmoid(a_o + p_o * c))
    return o * torch.where(left_out.output_activation, c, torch.tanh(c)), c


class _Fleet(torch.nn.Module):
    """All variants on all seeds; within a seed they start from the same weights."""

    def __init__(self, rngs: Sequence[np.random.Generator], H: int):
        super().__init__()
        shapes = (2, 4 * H), (H, 4 * H), (1, 4 * H), (1, 3 * H), (H, 1), (1, 1)
        bound = H**-0.5
        fresh = Weights(
            *(
                torch.tensor(
                    np.stack([rng.uniform(-bound, bound, shape) for rng in rngs]),
                    dtype=torch.float32,
                ).repeat_interleave(len(VARIANTS), 0)
                for shape in shapes
            )
        )

        def lacks(name: str) -> Tensor:
            row = torch.tensor([variant == name for variant in VARIANTS])
            return row.repeat(len(rngs))[:, None, None]

        for name, variant in _LACKS.items():
            self.register_buffer(name, lacks(variant))
        fresh.b[:, :, H : 2 * H] += 1.0
        fresh.b[:, :, :H] -= 1.0 * self.get_buffer("coupled")
        self.weights = torch.nn.ParameterList(fresh)

    def forward(self, xs: Tensor) -> Tensor:
        """The answers (seeds, variants, B) to sequences (seeds, B, T, 2)."""
        weights = Weights(*self.weights)
        weights = weights._replace(p=weights.p * ~self.get_buffer("peepholes"))
        left_out = LeftOut(*(self.get_buffer(part) for part in LeftOut._fields))
        S, B, T, _ = xs.shape
        rows = xs.transpose(1, 2).flatten(1, 2).repeat_interleave(len(VARIANTS), 0)
        a_x = torch.baddbmm(weights.b, rows, weights.W_x).unflatten(1, (T, B))
        h = c = xs.new_zeros(len(rows), B, weights.W_h.shape[1])
        for t in range(T):
            h, c = lstm_without(a_x[:, t], h, c, weights, left_out)
        answers = torch.baddbmm(weights.b_y, h, weights.W_y)
        return answers[:, :, 0].unflatten(0, (S, len(VARIANTS)))


@experiment("odyssey")
def measure_odyssey(
    seeds: Sequence[int] = (0, 1, 2),
    *,
    T: int = 50,
    H: int = 16,
    B: int = 32,
    steps: int = 2000,
    learning_rate: float = 1e-2,
    device: str = "auto",
    task: Task = adding_problem,
) -> Odyssey:
    """Train eight variants of the LSTM on one task, all of them side by side.

    All networks of all seeds are trained at once: they share nothing but the loop. Within a seed
    they see the same batches and start from the same weights. Forget gates start open, with a bias
    of 1; so does the coupled one, f = 1 - i, with a bias of -1 at i.

    Args:
        seeds: each draws its own weights and data.
        T: the length of the sequences.
        H: the hidden size of all variants.
        B: sequences in a training step.
        steps: number of training steps.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.
        task: `xs, ys = task(B, T, rng)`, of shapes (B, T, 2) and (B,). The claim and its band are
            about the adding problem; another task may show why it holds or not.

    Returns:
        An `Odyssey` finding.
    """
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    place = pick_device(device, len(rngs) * len(VARIANTS) * recurrent_work(B, 2, H, gates=4))

    def draw(B: int) -> tuple[np.ndarray, np.ndarray]:
        xs, ys = zip(*(task(B, T, rng) for rng in rngs), strict=True)
        return np.stack(xs), np.stack(ys)[:, None].astype(float)

    def errors(fleet: _Fleet, batch: tuple[Tensor, Tensor]) -> Tensor:
        return ((fleet(batch[0]) - batch[1]) ** 2).mean(2)

    training = train(
        lambda fleet, batch: errors(fleet, batch).sum(),
        _Fleet(rngs, H),
        endless(lambda: draw(B)),
        steps=steps,
        learning_rate=learning_rate,
        clip=math.inf,
        device=place,
    )
    xs, ys = to_device(draw(1000), place)
    with torch.no_grad(), use_threads(1):
        scores = errors(training.model, (xs, ys)).cpu().numpy()
    name, constant = task.__name__.replace("_", " "), ys.var(correction=0).item()
    return Odyssey(tuple(seeds), steps, scores, name, constant, device=device_name(place))
