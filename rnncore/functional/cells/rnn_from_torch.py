"""torch's weights for the vanilla RNN: apart from `rnn_to_torch`, as Unit 5 asks for its like."""

from collections.abc import Mapping

from rnncore.functional.base.arrays import Array
from rnncore.functional.cells.rnn import RNNParams


def rnn_from_torch(weights: Mapping[str, Array]) -> RNNParams:
    """Read the weights of a one-layer `torch.nn.RNN` from its `state_dict`.

    Args:
        weights: `weight_ih_l0` (H, D), `weight_hh_l0` (H, H), and two biases `bias_ih_l0` and
            `bias_hh_l0`, (H,) each, which torch adds.

    Returns:
        `RNNParams(W_x, W_h, b)` of shapes (D, H), (H, H) and (H,).
    """
    return RNNParams(
        W_x=weights["weight_ih_l0"].T,
        W_h=weights["weight_hh_l0"].T,
        b=weights["bias_ih_l0"] + weights["bias_hh_l0"],
    )
