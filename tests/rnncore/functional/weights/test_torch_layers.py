"""The weights of torch's deep and bidirectional networks."""

import pytest
import torch

from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    from_torch,
    gru_from_torch,
    gru_step,
    gru_to_torch,
    lstm_step,
    rnn_from_torch,
    rnn_step,
    rnn_to_torch,
    to_torch,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.weights import layers_from_torch, layers_to_torch

KINDS = {
    "RNN": (torch.nn.RNN, rnn_step, RNNState, rnn_from_torch, rnn_to_torch),
    "LSTM": (torch.nn.LSTM, lstm_step, LSTMState, from_torch, to_torch),
    "GRU": (torch.nn.GRU, gru_step, RNNState, gru_from_torch, gru_to_torch),
}


def _torch_layer(kind, D, H, L, both):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(D, H, L, batch_first=True, bidirectional=both, dtype=torch.float64)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_deep_weights_travel_from_torch_and_back(rng, kind, both):
    make, _, _, read, write = KINDS[kind]
    layer = _torch_layer(make, 3, 4, 2, both)
    layers = layers_from_torch(layer.state_dict(), read)
    assert [len(ways) for ways in layers] == [1 + both] * 2
    state = layers_to_torch(layers, write)
    other = _torch_layer(make, 3, 4, 2, both)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(state)
    xs = torch.tensor(rng.normal(size=(2, 5, 3)))
    assert relative_error(other(xs)[0].detach(), layer(xs)[0].detach()) < 1e-12


def test_half_a_network_is_refused():
    weights = _torch_layer(torch.nn.GRU, 3, 4, 2, True).state_dict()
    del weights["bias_hh_l1_reverse"]
    with pytest.raises(ValueError, match="bias_hh_l1_reverse"):
        layers_from_torch(weights, gru_from_torch)
    with pytest.raises(ValueError, match="whole layers"):
        layers_from_torch({}, gru_from_torch)
