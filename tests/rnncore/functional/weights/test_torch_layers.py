"""The weights of torch's deep and bidirectional networks."""

import pytest
import torch

from rnncore.functional.cells import (
    CELLS,
    gru_from_torch,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.weights import layers_from_torch, layers_to_torch

LAYERS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def _torch_layer(kind, D, H, L, both):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(D, H, L, batch_first=True, bidirectional=both, dtype=torch.float64)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_deep_weights_travel_from_torch_and_back(rng, name, both):
    cell = CELLS[name]
    layer = _torch_layer(LAYERS[name], 3, 4, 2, both)
    layers = layers_from_torch(layer.state_dict(), cell.from_torch)
    assert [len(ways) for ways in layers] == [1 + both] * 2
    state = layers_to_torch(layers, cell.to_torch)
    other = _torch_layer(LAYERS[name], 3, 4, 2, both)
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
