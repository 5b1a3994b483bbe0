"""One training loop, for modules and for networks that are functions of their parameters."""

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import torch
from tqdm.auto import trange

from rnncore.functional.base import leaves as leaves_of
from rnncore.functional.base import map_tree
from rnncore.lab.device import pick_device

Model = TypeVar("Model")


@dataclass
class Cost:
    """What a computation cost."""

    seconds: float = 0.0
    """On the clock, other programs running."""
    cpu_seconds: float = 0.0
    """Processor time of this process alone."""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)


@dataclass(frozen=True)
class Training(Generic[Model]):
    """What a run of `train` leaves behind."""

    model: Model
    """The trained module, or the trained parameters in the tree that was given; on the device."""
    losses: np.ndarray
    """The loss of each step, before the step, (steps,)."""
    cost: Cost
    device: torch.device


def train(
    loss: Callable[[Model, Any], torch.Tensor],
    model: Model,
    batches: Iterable[Any],
    *,
    steps: int,
    learning_rate: float,
    schedule: Literal["cosine", "constant"] = "cosine",
    weight_decay: float = 0.0,
    clip: float = 1.0,
    device: str | torch.device = "auto",
    threads: int = 1,
    progress: bool = False,
    description: str = "training",
) -> Training[Model]:
    """Train by Adam on batches as they come.

    Args:
        loss: `loss(model, batch)`, a tensor with one number.
        model: a `torch.nn.Module`, trained in place, or a tree (tuple, NamedTuple, dict) of arrays,
            the weights to start from, which is not changed.
        batches: yields at least as many batches as there are steps. A batch is a tree; its arrays
            arrive in `loss` as tensors on the device, everything else as it is.
        steps: number of batches taken.
        learning_rate: the greatest step size.
        schedule: `"cosine"`: the step size grows for a twentieth of the steps, then falls as a
            cosine; `"constant"`: it stays.
        weight_decay: decoupled from the gradient, as Loshchilov and Hutter's.
        clip: the gradient of all weights together is scaled down to this norm where longer.
        device: see `pick_device`.
        threads: threads that torch may use; recurrent networks are fastest with one.
        progress: whether to show a bar; `TQDM_DISABLE` in the environment hides all bars.
        description: the label of the bar.

    Returns:
        A `Training` record.

    Raises:
        ValueError: if steps is below 1, batches end before, or a loss is not finite.
        RuntimeError: if a gradient is not finite.

    Reference: Kingma and Ba (2015), arXiv:1412.6980; schedule and decay: Loshchilov and Hutter
        (2017), arXiv:1608.03983 and arXiv:1711.05101; clipping: Pascanu, Mikolov and Bengio (2013),
        arXiv:1211.5063.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    place = pick_device(device)
    if isinstance(model, torch.nn.Module):
        weights = list(model.to(place).parameters())
    else:
        model = map_tree(lambda leaf: to_tensor(leaf, place).clone().requires_grad_(), model)
        weights = list(leaves_of(model))
    optimiser = torch.optim.AdamW(weights, lr=learning_rate, weight_decay=weight_decay)
    losses = np.empty(steps)
    hidden = not progress or "TQDM_DISABLE" in os.environ
    left = iter(batches)
    with measured_cost() as cost, use_threads(threads):
        for step in trange(steps, desc=description, leave=False, disable=hidden):
            if schedule == "cosine":
                optimiser.param_groups[0]["lr"] = learning_rate * _lr_factor(step, steps)
            try:
                batch = to_device(next(left), place)
            except StopIteration:
                raise ValueError(
                    f"batches must be at least {steps}; they end after {step}"
                ) from None
            optimiser.zero_grad()
            value = loss(model, batch)
            losses[step] = value.item()
            if not np.isfinite(losses[step]):
                raise ValueError(f"the loss must stay finite; it is {losses[step]} at step {step}")
            value.backward()
            torch.nn.utils.clip_grad_norm_(weights, clip, error_if_nonfinite=True)
            optimiser.step()
    if not isinstance(model, torch.nn.Module):
        model = map_tree(torch.Tensor.detach, model)
    return Training(model, losses, cost, place)


def _lr_factor(step: int, steps: int) -> float:
    """Linear from 0 to 1 over the first twentieth of the steps, then a half cosine to 0."""
    warm_up = max(1, steps // 20)
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


@contextmanager
def measured_cost() -> Iterator[Cost]:
    """Measure the block: the yielded `Cost` is filled in at its end."""
    cost = Cost()
    start, cpu_start = time.perf_counter(), time.process_time()
    yield cost
    cost.seconds = time.perf_counter() - start
    cost.cpu_seconds = time.process_time() - cpu_start


@contextmanager
def use_threads(threads: int) -> Iterator[None]:
    """Let torch use this many threads within the block, and as many as before after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch within the block, and restore its generators after it."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield


def to_device(tree: Any, device: torch.device | str = "cpu") -> Any:
    """The same tree, its arrays as tensors on a device; see `to_tensor`."""
    return map_tree(lambda leaf: to_tensor(leaf, device), tree)


def to_tensor(leaf: Any, device: torch.device | str = "cpu") -> Any:
    """An array as a tensor on a device, real numbers as float32; any other leaf as it is."""
    if isinstance(leaf, np.ndarray):
        leaf = torch.tensor(leaf.copy())  # torch has no strides below 0, as of a reversed array
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return leaf.to(device, torch.float32 if leaf.is_floating_point() else leaf.dtype)
