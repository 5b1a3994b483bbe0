"""How a gradient shrinks or grows on its way back through time."""

from typing import Any

from rnncore.functional.base.arrays import (
    Array,
    Float,
    array_namespace,
    require_shape,
    stack,
    zeros_like,
)
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.learning.bptt import StepBackward


def spectral_norm(matrices: Float[Array, "B M N"]) -> Float[Array, "B"]:
    """By how much each of B matrices can lengthen a vector at most: its greatest singular value.

        ‖A‖₂ = max over v of ‖A v‖ / ‖v‖

    Args:
        matrices: the matrices, (B, M, N).

    Returns:
        The norms, (B,). That of a matrix that holds NaN is NaN, of one that holds ∞ it is ∞.

    Raises:
        ValueError: if the matrices do not have three axes.

    Reference: Golub and Van Loan, Matrix Computations (2013), section 2.3.
    """
    require_shape("matrices", matrices, ("B", "M", "N"))
    xp = array_namespace(matrices)
    # A singular value decomposition stops at what is not finite; this sum becomes it.
    total = xp.sum(xp.abs(matrices), axis=(1, 2))
    finite = xp.isfinite(total)
    safe = xp.where(finite[:, None, None], matrices, zeros_like(matrices))
    return xp.where(finite, xp.linalg.matrix_norm(safe, ord=2), total)


def jacobian_norms(
    step_backward: StepBackward, last: Any, caches: list[Any]
) -> Float[Array, "B T+1"]:
    """How strongly the last hidden state depends on those before it.

        norm_k = ‖∂h_T / ∂h_{T-k}‖₂,   k = 0 ... T

    The norm is the spectral norm: the most by which a gradient, whatever its direction, can be
    multiplied on its way back over k steps. Row j of the Jacobian is what comes back for a gradient
    of 1 on unit j.

    Args:
        step_backward: the cell's backward step, `dx, dstate, dparams = step_backward(dstate,
            cache)`.
        last: the state after the last step, of which only the shapes matter; `last.h` is (B, H).
        caches: the T caches of `unroll`, first step first, at least one.

    Returns:
        The norms, (B, T + 1), one row for each sequence, by lag; 1 at lag 0.

    Raises:
        ValueError: if there is no cache.

    Reference: Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks
        (2013), arXiv:1211.5063; Bengio, Simard and Frasconi (1994), doi:10.1109/72.279181.
    """
    if not caches:
        raise ValueError("caches must be those of one step at least; got none")
    nothing = map_tree(zeros_like, last)
    rows = []
    for j in range(last.h.shape[1]):
        unit = zeros_like(last.h)
        unit[:, j] = 1.0
        rows.append(nothing._replace(h=unit))
    norms = [spectral_norm(stack([row.h for row in rows], axis=1))]
    for cache in reversed(caches):
        rows = [step_backward(row, cache)[1] for row in rows]
        norms.append(spectral_norm(stack([row.h for row in rows], axis=1)))
    return stack(norms, axis=1)
