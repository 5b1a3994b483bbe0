"""Padding, both directions and depth, against torch's modules on packed sequences."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnncore.functional.cells import (
    CELLS,
    init_rnn_params,
    init_rnn_state,
    rnn_step,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import (
    bidirectional,
    dropout_mask,
    reverse_padded,
    stack_layers,
    unroll,
    unroll_padded,
)
from rnncore.functional.weights import layers_from_torch

LAYERS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def _torch_layer(kind, D, H, L, both):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(D, H, L, batch_first=True, bidirectional=both, dtype=torch.float64)


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("L", [1, 3])
@pytest.mark.parametrize("name", LAYERS)
def test_deep_networks_on_ragged_input_agree_with_packed_torch(sizes, rng, name, L, both):
    B, T, D, H = sizes
    cell = CELLS[name]
    lengths = [T, *rng.integers(1, T + 1, size=B - 1).tolist()]
    xs = torch.tensor(rng.normal(size=(B, T, D)), requires_grad=True)
    ways, fields = 1 + both, len(cell.state_parts)
    first = [torch.tensor(rng.normal(size=(L * ways, B, H)), requires_grad=True) for _ in range(fields)]
    layer = _torch_layer(LAYERS[name], D, H, L, both)
    packed = pack_padded_sequence(xs, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    out, last = layer(packed, tuple(first) if fields == 2 else first[0])
    out = pad_packed_sequence(out, batch_first=True, total_length=T)[0]
    last = last if fields == 2 else (last,)

    states = [type(cell.init_state(1, 1))(*(a[k] for a in first)) for k in range(L * ways)]
    weights = dict(layer.named_parameters())
    layers = layers_from_torch(weights, cell.from_torch)
    if both:
        run = partial(bidirectional, cell.step, lengths=lengths)
        pairs = [tuple(states[2 * l : 2 * l + 2]) for l in range(L)]
        hs, ends, _ = stack_layers(run, xs, pairs, layers)
        ends = [end for pair in ends for end in pair]
    else:
        run = partial(unroll_padded, cell.step, lengths=lengths)
        hs, ends, _ = stack_layers(run, xs, states, [params for (params,) in layers])
    ours = [hs, *(torch.stack(field) for field in zip(*ends, strict=True))]

    dys = [torch.tensor(rng.normal(size=array.shape)) for array in (out, *last)]
    wanted = [xs, *first, *layer.parameters()]
    expected = torch.autograd.grad([out, *last], wanted, dys)
    gradients = torch.autograd.grad(ours, wanted, dys)
    for a, b in zip((*ours, *gradients), (out, *last, *expected), strict=True):
        assert relative_error(a.detach(), b.detach()) < 1e-9


def test_masks_between_layers_drop_and_scale(library, rng):
    B, T, D, H = 4, 50, 2, 25
    params = [init_rnn_params(D, H, rng), init_rnn_params(H, H, rng)]
    xs = rng.normal(size=(B, T, D))
    mask = dropout_mask(rng.random((B, T, H)), 0.4)
    assert set(np.unique(mask)) == {0.0, 1 / 0.6}
    # 5000 draws: the mean is 1 within four standard errors.
    assert abs(mask.mean() - 1.0) < 4 * np.sqrt(0.4 / 0.6 / mask.size)

    run = partial(unroll, rnn_step)
    states = [init_rnn_state(B, H)] * 2
    hs, _, _ = stack_layers(run, *library((xs, states, params, [mask])))
    below, _, _ = unroll(rnn_step, xs, states[0], params[0])
    above, _, _ = unroll(rnn_step, below * mask, states[1], params[1])
    assert relative_error(hs, above) < 1e-12


def test_wrong_depth_and_lengths_are_named(rng):
    params, states, xs = init_rnn_params(2, 2, rng), init_rnn_state(2, 2), np.zeros((2, 4, 2))
    run = partial(unroll, rnn_step)
    with pytest.raises(ValueError, match="params and states must be for the same layers; got 2, 1"):
        stack_layers(run, xs, [states], [params, params])
    with pytest.raises(ValueError, match="masks must be none or 1, one between two layers; got 2"):
        stack_layers(run, xs, [states] * 2, [params] * 2, [np.ones(1)] * 2)
    for lengths in ([4], [4, 5], [-1, 4]):
        with pytest.raises(ValueError, match=r"lengths must be 2 whole numbers from 0 to 4; got \["):
            unroll_padded(rnn_step, xs, states, params, lengths)
    with pytest.raises(ValueError, match=r"xs must have at least one step; got shape \(2, 0, 2\)"):
        unroll_padded(rnn_step, xs[:, :0], states, params, [0, 0])
    with pytest.raises(ValueError, match=r"xs must be \(B, T, D\); got \(2, 4\)"):
        reverse_padded(xs[:, :, 0], [4, 4])
