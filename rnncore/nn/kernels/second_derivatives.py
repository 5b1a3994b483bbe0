"""Hand-written backward passes whose results can be differentiated again, and batched."""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Reference = Callable[..., tuple[Tensor, ...]]
"""`outputs = reference(ctx, *inputs)`: the outputs of a function's forward pass, by autograd."""


def differentiable(reference: Reference) -> Callable[..., Any]:
    """Decorate the hand-written backward pass of a `torch.autograd.Function`.

    Gradients that are differentiated again (`create_graph=True`) or batched by `vmap` come from
    autograd through the reference instead; all others are computed by hand, outside autocast.

    Args:
        reference: `outputs = reference(ctx, *inputs)`. The inputs are the first tensors that the
            forward pass saves: its differentiable arguments, in order, which stand before all
            others.

    Returns:
        The decorator.
    """

    def decorate(by_hand: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(by_hand)
        def backward(ctx: Any, *douts: Tensor) -> Any:
            with torch.autocast(douts[0].device.type, enabled=False):
                if torch.is_grad_enabled() or any(map(_is_batched, douts)):
                    return _by_autograd(reference, ctx, douts)
                return by_hand(ctx, *douts)

        return backward

    return decorate


def _is_batched(gradient: Tensor) -> bool:
    """Whether `is_grads_batched=True` of `torch.autograd.grad` hides an axis of this tensor."""
    functorch = torch._C._functorch  # pyright: ignore[reportAttributeAccessIssue]
    return functorch.is_legacy_batchedtensor(gradient)


def _by_autograd(reference: Reference, ctx: Any, douts: tuple[Tensor, ...]) -> Any:
    needed = ctx.needs_input_grad
    create_graph = torch.is_grad_enabled()
    with torch.enable_grad():
        # Views, since one input may depend on another.
        inputs = [x.view_as(x) for x in ctx.saved_tensors[: ctx.n_inputs]]
        wanted = [x for x, need in zip(inputs, needed, strict=False) if need]
        outputs = reference(ctx, *inputs)
    gradients = iter(torch.autograd.grad(outputs, wanted, douts, create_graph=create_graph))
    return tuple(next(gradients) if need else None for need in needed)
