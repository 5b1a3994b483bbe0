"""torch's weights for the GRU."""

from collections.abc import Mapping

from rnncore.functional.base.arrays import Array, concat, zeros_like
from rnncore.functional.cells.gru import GRUParams


def gru_from_torch(weights: Mapping[str, Array]) -> GRUParams:
    """Read the weights of a one-layer `torch.nn.GRU` from its `state_dict`.

    torch adds its two biases for r and z; for n the second is inside the product with r, our b_n.

    Args:
        weights: `weight_ih_l0` (3H, D), `weight_hh_l0` (3H, H), `bias_ih_l0` and `bias_hh_l0`,
            (3H,) each; gates in our order: r, z, n.

    Returns:
        `GRUParams(W_x, W_h, b, b_n)` of shapes (D, 3H), (H, 3H), (3H,) and (H,).

    Reference: the documentation of torch.nn.GRU.
    """
    b_x, b_h = weights["bias_ih_l0"], weights["bias_hh_l0"]
    gates = 2 * weights["weight_hh_l0"].shape[1]
    return GRUParams(
        W_x=weights["weight_ih_l0"].T,
        W_h=weights["weight_hh_l0"].T,
        b=concat([b_x[:gates] + b_h[:gates], b_x[gates:]]),
        b_n=b_h[gates:],
    )


def gru_to_torch(params: GRUParams) -> dict[str, Array]:
    """The weights as a `state_dict` for a one-layer `torch.nn.GRU`.

    Our b goes into `bias_ih_l0`; `bias_hh_l0` is zero for r and z and holds b_n for n.

    Args:
        params: `GRUParams(W_x, W_h, b, b_n)`.

    Returns:
        `weight_ih_l0` (3H, D), `weight_hh_l0` (3H, H), `bias_ih_l0` and `bias_hh_l0` (3H,).

    Reference: the documentation of torch.nn.GRU.
    """
    return {
        "weight_ih_l0": params.W_x.T,
        "weight_hh_l0": params.W_h.T,
        "bias_ih_l0": params.b,
        "bias_hh_l0": concat([zeros_like(params.b[: 2 * params.b_n.shape[0]]), params.b_n]),
    }
