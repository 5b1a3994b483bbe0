"""One training loop for every network that is a function of its parameters."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tqdm.auto import trange

from rnncore.functional.base import leaves as leaves_of
from rnncore.functional.base import map_tree
from rnncore.lab.device import pick_device


@dataclass(frozen=True)
class Training:
    """What a run of `train` leaves behind."""

    params: Any
    """The trained parameters, in the tree that was handed in, as tensors on the device."""
    losses: np.ndarray
    """The loss of each step, before the step, (steps,)."""
    seconds: float
    device: str


def train(
    loss: Callable[[Any, Any], torch.Tensor],
    params: Any,
    batches: Callable[[np.random.Generator], Iterator[Any]],
    *,
    steps: int,
    learning_rate: float = 1e-2,
    clip: float = 1.0,
    seed: int = 0,
    device: str = "auto",
    threads: int = 1,
    progress: bool = True,
    description: str = "training",
) -> Training:
    """Train by gradient descent (Adam) on batches as they come.

    The same seed gives the same run: all randomness is in `batches`, which gets a generator.

    Args:
        loss: `loss(params, batch)`, a tensor with one number, differentiable in params.
        params: a tree (tuple, NamedTuple, dict) of arrays, the weights to start from; not changed.
        batches: `batches(rng)` yields batches without end; a batch is a tree of arrays, or anything
            else, which `loss` then gets as it is.
        steps: how many batches are taken.
        learning_rate: Adam's step size.
        clip: the gradient of all parameters together is scaled down to this norm where longer.
        seed: of the generator that `batches` gets.
        device: `"auto"`, `"cuda"`, `"mps"` or `"cpu"`.
        threads: how many threads torch may use; recurrent networks are fastest with one.
        progress: whether to show a bar; `TQDM_DISABLE` in the environment hides all bars.
        description: what stands before the bar.

    Returns:
        A `Training` record: parameters (float32), losses, seconds and device.

    Raises:
        ValueError: if steps is below 1, or a loss is not finite.

    Reference: Kingma and Ba, Adam (2015), arXiv:1412.6980; clipping: Pascanu, Mikolov and Bengio
        (2013), arXiv:1211.5063.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    place = pick_device(device)
    params = map_tree(lambda leaf: to_tensor(leaf, place).clone().requires_grad_(), params)
    leaves = list(leaves_of(params))
    optimiser = torch.optim.Adam(leaves, lr=learning_rate)
    stream = batches(np.random.default_rng(seed))
    losses = np.empty(steps)
    hidden = not progress or "TQDM_DISABLE" in os.environ
    start = time.perf_counter()
    with use_threads(threads):
        for step in trange(steps, desc=description, leave=False, disable=hidden):
            batch = map_tree(lambda leaf: to_tensor(leaf, place), next(stream))
            optimiser.zero_grad()
            value = loss(params, batch)
            losses[step] = value.item()
            if not np.isfinite(losses[step]):
                raise ValueError(f"the loss must stay finite; it is {losses[step]} at step {step}")
            value.backward()
            torch.nn.utils.clip_grad_norm_(leaves, clip)
            optimiser.step()
    seconds = time.perf_counter() - start
    trained = map_tree(lambda leaf: leaf.detach(), params)
    return Training(trained, losses, seconds, str(place))


@contextmanager
def use_threads(threads: int) -> Iterator[None]:
    """Let torch use this many threads within the block, and as many as before after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def to_tensor(leaf: Any, device: torch.device | str = "cpu") -> Any:
    """An array as a tensor on a device, real numbers as float32; any other leaf as it is."""
    if isinstance(leaf, np.ndarray):
        leaf = torch.tensor(leaf)
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return leaf.to(device, torch.float32 if leaf.is_floating_point() else leaf.dtype)
