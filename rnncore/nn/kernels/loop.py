"""The reference: one step after another, gradients by autograd."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rnncore.functional.sequence import Step
from rnncore.nn.steps import Steps


def loop(step: Step, xs: Tensor, steps: Steps, state: Any, params: Any) -> tuple[Tensor, Any]:
    """Apply a cell at every step to the sequences still running.

    Args:
        step: any cell, `state, cache = step(x, state, params)`.
        xs: the inputs of all steps, (N, D).
        steps: how the N rows fall into steps.
        state: the state before the first step, of B sequences.
        params: the cell's weights.

    Returns:
        The hidden states (N, H), and the state after the last step of each sequence.
    """
    hs, ended = [], []
    for x in steps.split(xs):
        n = x.shape[0]
        if n < state.h.shape[0]:
            ended.append(_rows(state, slice(n, None)))
            state = _rows(state, slice(n))
        state, _ = step(x, state, params)
        hs.append(state.h)
    return torch.cat(hs), _join([state, *reversed(ended)])


def _rows(state: Any, which: slice) -> Any:
    return type(state)(*(part[which] if isinstance(part, Tensor) else part for part in state))


def _join(states: Sequence[Any]) -> Any:
    """Join states of disjoint sequences; fields that are no tensors come from the first."""
    fields = zip(*states, strict=True)
    joined = (torch.cat(field) if isinstance(field[0], Tensor) else field[0] for field in fields)
    return type(states[0])(*joined)
