"""How a gradient shrinks or grows on its way back through time."""

from typing import Any

from array_api_compat import device

from rnncore.functional.arrays import Array, Float, array_namespace, stack, zeros_like
from rnncore.functional.bptt import StepBackward
from rnncore.functional.trees import map_tree


def jacobian_norms(
    step_backward: StepBackward, last: Any, caches: list[Any]
) -> Float[Array, "B T+1"]:
    """How strongly the last hidden state depends on those before it.

        norm_k = ‖∂h_T / ∂h_{T-k}‖₂,   k = 0 ... T

    The norm is the spectral norm: by what a gradient of the worst direction is multiplied on its
    way back over k steps. Row j of the Jacobian is what comes back for a gradient of 1 on unit j.

    Args:
        step_backward: the cell's backward step.
        last: the state after the last step, of which only the shapes matter.
        caches: the T caches of `unroll`, at least one.

    Returns:
        The norms, (B, T + 1), by lag; 1 at lag 0.

    Raises:
        ValueError: if there is no cache.

    Reference: Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks
        (2013), arXiv:1211.5063; Bengio, Simard and Frasconi (1994), doi:10.1109/72.279181.
    """
    if not caches:
        raise ValueError("caches must be those of one step at least; got none")
    xp = array_namespace(last.h)
    nothing = map_tree(zeros_like, last)
    H = last.h.shape[1]
    units = xp.eye(H, dtype=last.h.dtype, device=device(last.h))
    rows = [nothing._replace(h=nothing.h + units[j]) for j in range(H)]
    norms = [xp.ones_like(last.h[:, 0])]
    for cache in reversed(caches):
        rows = [step_backward(row, cache)[1] for row in rows]
        jacobian = stack([row.h for row in rows], axis=1)
        norms.append(xp.linalg.matrix_norm(jacobian, ord=2))
    return stack(norms, axis=1)
