"""A linear recurrence by a parallel scan against the loop: the same numbers, in less time."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from rnncore.experiments.claim import Claim, Span, every_seed
from rnncore.experiments.curves import Curves
from rnncore.experiments.registry import experiment
from rnncore.functional.base import linear_recurrence
from rnncore.functional.learning import relative_error
from rnncore.lab.training import use_threads


@dataclass(frozen=True)
class ScanSpeed(Curves):
    """Time of the loop over that of the scan, and how far their results differ."""

    claim: ClassVar[Claim] = Claim(
        "A parallel scan gives the numbers of the loop, and is the faster, the longer the "
        "sequence.",
        reference=(
            "Martin and Cundy (2018), arXiv:1709.04057; Feng et al. (2024), arXiv:2410.01201"
        ),
        published=(
            "on GPUs: recurrent networks up to 9 times faster with the scan (2018); a training "
            "step of minGRU 175 times faster than that of a GRU at T = 512 (2024); here the "
            "recurrence alone, on one processor"
        ),
        bands=(
            every_seed("error of states and gradients", at_most=1e-10),
            every_seed("smallest state", span=Span("T", 256), at_least=2.0),
            every_seed("growth of the ratio from T = 64 to 256 and to 1024", above=0.0),
        ),
    )
    """From 3 seeds (0-2), on a busy machine, 16 numbers in a state: 2.6 to 4.2 at T = 256, 9.5 to
    11.1 at 1024; errors at most 5e-16. With 4096 numbers the scan takes longer than the loop at
    every length (ratio 0.3 to 0.6): one processor pays for its three times as many products."""
    xlabel: ClassVar[str] = "steps T"
    ylabel: ClassVar[str] = "time of the loop / time of the scan"
    digits: ClassVar[int] = 1
    levels: ClassVar[dict[str, float]] = {"equal": 1.0}
    logarithmic: ClassVar[bool] = True

    errors: np.ndarray
    """The greatest relative error of states and gradients over all lengths, (seeds, sizes)."""

    def quantities(self) -> dict[str, np.ndarray]:
        smallest = next(iter(self.curves.values()))
        compared = smallest[:, np.isin(self.points, (64, 256, 1024))]
        return {
            **self.curves,
            "error of states and gradients": self.errors,
            "smallest state": smallest,
            "growth of the ratio from T = 64 to 256 and to 1024": np.diff(compared, axis=1),
        }

    def rows(self) -> list[str]:
        return [*super().rows(), f"greatest relative error: {self.errors.max():.0e}"]


@experiment("scan_speed", linear_recurrence)
def measure_scan_speed(
    linear_recurrence: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    lengths: Sequence[int] = (16, 64, 256, 1024),
    sizes: Sequence[int] = (16, 256, 4096),
    repeats: int = 7,
) -> ScanSpeed:
    """Solve random recurrences by the scan and by the loop in turn, and take the time.

    Each goes forwards and backwards, the loop by autograd. A ratio is the median over the repeats,
    and time is the processor's, in one process and one thread.

    Args:
        linear_recurrence: `linear_recurrence(a, b, h_0)`.
        seeds: numbers are drawn, and times are taken, anew for each.
        lengths: T, ascending.
        sizes: numbers in a state, ascending.
        repeats: how often each of the two solves the same recurrence.

    Returns:
        A `ScanSpeed` finding.

    Raises:
        ValueError: if a length that the band speaks of is missing.
    """
    if not {64, 256, 1024} <= set(lengths):
        raise ValueError(f"lengths must hold 64, 256 and 1024; got {lengths}")
    curves = {f"{H} numbers in a state": np.zeros((len(seeds), len(lengths))) for H in sizes}
    errors = np.zeros((len(seeds), len(sizes)))
    with use_threads(1):
        for row, seed in enumerate(seeds):
            rng = np.random.default_rng(seed)
            for size, (H, curve) in enumerate(zip(sizes, curves.values(), strict=True)):
                for column, T in enumerate(lengths):
                    curve[row, column], error = _compare(linear_recurrence, T, H, repeats, rng)
                    errors[row, size] = max(errors[row, size], error)
    return ScanSpeed(tuple(seeds), tuple(lengths), curves, errors)


def _compare(
    linear_recurrence: Callable[..., Any], T: int, H: int, repeats: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The time of the loop over that of the scan, and the greatest error of the scan."""
    a, b = rng.uniform(-1.0, 1.0, size=(2, 1, T, H))
    inputs = [torch.tensor(array, requires_grad=True) for array in (a, b, rng.normal(size=(1, H)))]
    dhs = torch.tensor(rng.normal(size=(1, T, H)))
    ratios, errors = [], []
    for _ in range(repeats):
        expected, loop_seconds = _timed(_loop, inputs, dhs)
        results, scan_seconds = _timed(linear_recurrence, inputs, dhs)
        ratios.append(loop_seconds / scan_seconds)
        errors += map(relative_error, results, expected)
    return statistics.median(ratios), max(errors)


def _loop(a: Tensor, b: Tensor, h: Tensor) -> Tensor:
    hs = []
    for a_t, b_t in zip(a.unbind(1), b.unbind(1), strict=True):
        h = a_t * h + b_t
        hs.append(h)
    return torch.stack(hs, dim=1)


def _timed(
    solve: Callable[..., Tensor], inputs: list[Tensor], dhs: Tensor
) -> tuple[list[Tensor], float]:
    """The states and all gradients, and the time of both."""
    start = time.process_time()
    hs = solve(*inputs)
    gradients = torch.autograd.grad(hs, inputs, dhs)
    seconds = time.process_time() - start
    return [hs.detach(), *gradients], seconds
