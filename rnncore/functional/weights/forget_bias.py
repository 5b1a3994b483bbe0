"""The forget gate's bias of a fresh LSTM."""

from rnncore.functional.base.arrays import concat, zeros_like
from rnncore.functional.cells.lstm import LSTMParams


def set_forget_bias(params: LSTMParams, value: float) -> LSTMParams:
    """Give the forget gate's bias a value, and leave everything else as it is.

    Args:
        params: `LSTMParams(W_x, W_h, b)`; it is not changed.
        value: the bias of each of the H forget gates. At 0 a fresh gate keeps about half of the
            cell state each step, at 1 about 0.73, at 3 about 0.95.

    Returns:
        New `LSTMParams`.

    Reference: Jozefowicz, Zaremba and Sutskever, An Empirical Exploration of Recurrent Network
        Architectures (2015), section 3.2.
    """
    H = params.W_h.shape[0]
    forget = zeros_like(params.b[:H]) + value
    return params._replace(b=concat([params.b[:H], forget, params.b[2 * H :]]))
