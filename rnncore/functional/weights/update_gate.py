"""The two meanings of a GRU's update gate."""

from typing import TypeVar

from rnncore.functional.base.arrays import concat
from rnncore.functional.cells.gru import GRUParams
from rnncore.functional.cells.gru_reset_before import GRUResetBeforeParams

Params = TypeVar("Params", GRUParams, GRUResetBeforeParams)


def flip_update_gate(params: Params) -> Params:
    """Turn a GRU in which z keeps the old into the same GRU in which z takes the new, and back.

        h = (1 - z) n + z h_prev   is   h = z' n + (1 - z') h_prev   with   z' = 1 - z

    and since 1 - σ(a) = σ(-a), z' has the weights of z with the other sign. `gru_step` and
    `gru_step_reset_before` let z keep the old; to run weights that were meant otherwise, flip them.

    Args:
        params: weights in the order r, z, n: `GRUParams` or `GRUResetBeforeParams`.

    Returns:
        New weights of the same type, the signs of z's turned.

    Reference: z keeps the old in Cho et al. (2014), arXiv:1406.1078, and in torch.nn.GRU; it takes
        the new in Chung et al. (2014), arXiv:1412.3555.
    """
    H = params.W_h.shape[0]

    def flip(weights):
        r, z, n = weights[..., :H], weights[..., H : 2 * H], weights[..., 2 * H :]
        return concat([r, -z, n], axis=-1)

    return params._replace(W_x=flip(params.W_x), W_h=flip(params.W_h), b=flip(params.b))
