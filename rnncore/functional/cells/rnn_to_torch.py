"""The vanilla RNN's weights, as torch keeps them."""

from rnncore.functional.base.arrays import Array, zeros_like
from rnncore.functional.cells.rnn import RNNParams


def rnn_to_torch(params: RNNParams) -> dict[str, Array]:
    """The weights as a `state_dict` for a one-layer `torch.nn.RNN`.

    torch adds its two biases: ours goes into `bias_ih_l0`, and `bias_hh_l0` is zero.
    """
    return {
        "weight_ih_l0": params.W_x.T,
        "weight_hh_l0": params.W_h.T,
        "bias_ih_l0": params.b,
        "bias_hh_l0": zeros_like(params.b),
    }
