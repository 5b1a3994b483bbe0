"""Training a torch module for a fixed number of steps, with one thread."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from rnncore.lab.training import use_threads


class Fit(NamedTuple):
    """What a run cost."""

    seconds: float
    """On the clock, which also counts what other programs took."""
    cpu_seconds: float
    """Of this program alone."""


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch draw from this seed within the block, and go on as before after it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def fit(
    module: torch.nn.Module,
    loss: Callable[[Any], torch.Tensor],
    batches: Iterator[Any],
    *,
    steps: int,
    learning_rate: float,
    weight_decay: float = 0.0,
    clip: float = 1.0,
) -> Fit:
    """Train by Adam; the step size grows for a twentieth of the steps, then falls as a cosine.

    Args:
        module: what is trained, in place.
        loss: `loss(batch)`, a tensor with one number.
        batches: as many as there are steps, or more.
        steps: how many batches are taken.
        learning_rate: the greatest step size.
        weight_decay: Loshchilov and Hutter's.
        clip: the gradient of all weights together is scaled down to this norm where longer.

    Returns:
        A `Fit`.

    Reference: Kingma and Ba (2015), arXiv:1412.6980; the schedule and the decay: Loshchilov and
        Hutter (2017), arXiv:1608.03983 and arXiv:1711.05101.
    """
    optimiser = torch.optim.AdamW(module.parameters(), lr=learning_rate, weight_decay=weight_decay)
    warm_up = max(1, steps // 20)

    def share(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 * (1.0 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
    start, cpu_start = time.perf_counter(), time.process_time()
    with use_threads(1):
        for _ in range(steps):
            optimiser.zero_grad()
            value = loss(next(batches))
            value.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), clip, error_if_nonfinite=True)
            optimiser.step()
            schedule.step()
    return Fit(time.perf_counter() - start, time.process_time() - cpu_start)
