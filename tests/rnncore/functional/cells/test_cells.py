"""The cells with a backward step: values and every gradient, against torch in float64 and differences."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.func import functional_call

from rnncore.functional.cells import (
    CELLS,
    LSTMState,
    RNNState,
    init_lstm_params,
    init_rnn_params,
    lstm_step,
    relu_rnn_step,
    relu_rnn_step_backward,
    rnn_step,
    rnn_step_stacked,
    stack_params,
)
from rnncore.functional.learning import backpropagate, gradient_check, relative_error
from rnncore.functional.sequence import lstm_backward, lstm_forward, unroll

BY_HAND = [name for name, cell in CELLS.items() if cell.step_backward]
LAYERS = {
    "rnn": torch.nn.RNN,
    "relu_rnn": partial(torch.nn.RNN, nonlinearity="relu"),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}
"""torch's one-layer module of each cell."""


def test_every_bridge_has_its_torch_layer():
    assert set(LAYERS) == {name for name, cell in CELLS.items() if cell.from_torch and cell.to_torch}


def _unrolled(name, xs, state, params, dhs, dstate):
    """Outputs and gradients of a sequence, with our steps forwards and back."""
    hs, last, caches = unroll(CELLS[name].step, xs, state, params)
    return hs, *last, *_flat(backpropagate(CELLS[name].step_backward, dhs, dstate, caches))


def _by_layer(_, xs, state, params, dhs, dstate):
    """The same through `lstm_forward` and `lstm_backward`."""
    hs, last, caches = lstm_forward(xs, state, params)
    return hs, *last, *_flat(lstm_backward(dhs, dstate, caches))


def _flat(gradients):
    dxs, dstate, dparams = gradients
    return dxs, *dstate, *dparams


@pytest.fixture
def problem(sizes, rng, draw_state):
    """xs, state, params and what comes back from the loss, dhs and dstate, for a cell."""

    def draw(name, sizes=sizes):
        (B, T, D, H), cell = sizes, CELLS[name]
        state, dstate = (draw_state(cell, rng, B, H) for _ in range(2))
        return rng.normal(size=(B, T, D)), state, cell.init_params(D, H, rng), rng.normal(size=(B, T, H)), dstate

    return draw


@pytest.mark.parametrize(("name", "run"), [*((name, _unrolled) for name in LAYERS), ("lstm", _by_layer)])
def test_sequences_and_all_gradients_agree_with_torch(sizes, library, problem, name, run):
    """One step is a sequence of one; torch's layer gets our weights, so its gradients are in our layout."""
    _, _, D, H = sizes
    xs, state, params, dhs, dstate = given = problem(name)
    leaves = [torch.tensor(array, requires_grad=True) for array in (xs, *state, *params)]
    x_leaf, h_leaves, weights = leaves[0], leaves[1 : 1 + len(state)], type(params)(*leaves[1 + len(state) :])
    layer = LAYERS[name](D, H, batch_first=True, dtype=torch.float64)
    hx = tuple(h[None] for h in h_leaves)
    out, last = functional_call(layer, CELLS[name].to_torch(weights), (x_leaf, hx if len(hx) > 1 else hx[0]))
    values = [out, *(part[0] for part in (last if isinstance(last, tuple) else (last,)))]
    expected = torch.autograd.grad(values, leaves, [torch.tensor(array) for array in (dhs, *dstate)])
    ours = run(name, *map(library, given))
    for a, b in zip(ours, (*values, *expected), strict=True):
        assert relative_error(a, b.detach()) < 1e-9


@pytest.mark.parametrize("T", [1, 4])
@pytest.mark.parametrize("name", BY_HAND)
def test_gradients_agree_with_differences(sizes, problem, name, T):
    B, _, D, H = sizes
    xs, state, params, dhs, dstate = given = problem(name, (B, T, D, H))

    def loss(_):
        hs, last, _ = unroll(CELLS[name].step, xs, state, params)
        return float(np.sum(dhs * hs) + sum(np.sum(a * b) for a, b in zip(dstate, last, strict=True)))

    names = ["xs", *state._fields, *params._fields]
    gradients = _unrolled(name, *given)[1 + len(state) :]
    errors = gradient_check(
        loss,
        dict(zip(names, (xs, *state, *params), strict=True)),
        dict(zip(names, gradients, strict=True)),
    )
    assert max(errors.values()) < (1e-7 if T == 1 else 1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_weights_travel_from_torch_and_back(rng, name):
    cell = CELLS[name]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layer, other = (LAYERS[name](3, 5, batch_first=True, dtype=torch.float64) for _ in range(2))
    params = cell.from_torch(layer.state_dict())
    other.load_state_dict(cell.to_torch(params))
    xs = torch.tensor(rng.normal(size=(2, 4, 3)))
    assert relative_error(other(xs)[0].detach(), layer(xs)[0].detach()) < 1e-12
    for a, b in zip(cell.from_torch(cell.to_torch(params)), params, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", BY_HAND)
def test_steps_keep_library_and_dtype(library, problem, name):
    xs, state, params, _, _ = map(library, problem(name, (2, 1, 3, 4)))
    new, _ = CELLS[name].step(xs[:, 0], state, params)
    assert type(new.h) is type(xs)
    assert new.h.dtype == xs.dtype


def test_rectified_units_at_their_kink(library):
    """The slope at 0 is 0, as torch has it."""
    zero = library(np.zeros((1, 1)))
    state, cache = relu_rnn_step(
        zero, RNNState(zero), library(init_rnn_params(1, 1, np.random.default_rng(0)))._replace(b=zero[0])
    )
    dx, dstate, dparams = relu_rnn_step_backward(RNNState(zero + 1.0), cache)
    assert [float(array.sum()) for array in (state.h, dx, dstate.h, dparams.b)] == [0.0] * 4


def test_stacked_step_is_the_plain_step(sizes, library, rng):
    B, _, D, H = sizes
    params = init_rnn_params(D, H, rng)
    x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
    plain, _ = rnn_step(library(x), RNNState(library(h)), library(params))
    stacked, _ = rnn_step_stacked(library(x), RNNState(library(h)), stack_params(library(params)))
    assert relative_error(plain.h, stacked.h) < 1e-12


STEPS = {name: (cell.step, cell.init_params, cell.init_state) for name, cell in CELLS.items() if cell.step_backward}
STEPS["stacked RNN"] = rnn_step_stacked, lambda *given: stack_params(init_rnn_params(*given)), CELLS["rnn"].init_state


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(
    ("x", "h", "message"),
    [
        ((2, 5), (2, 4), r"x must be \(B, 3\); got \(2, 5\)"),
        ((3,), (2, 4), r"x must be \(B, 3\); got \(3,\)"),
        ((2, 3), (1, 4), r"state.h must be \(2, 4\); got \(1, 4\)"),
        ((2, 3), (2, 5), r"state.h must be \(2, 4\); got \(2, 5\)"),
    ],
)
def test_wrong_shapes_are_named(name, x, h, message, rng):
    step, fresh, empty = STEPS[name]
    state = empty(2, 4)._replace(h=np.zeros(h))
    with pytest.raises(ValueError, match=message):
        step(np.zeros(x), state, fresh(3, 4, rng))


@pytest.mark.parametrize("name", BY_HAND)
def test_wrong_gradients_are_named(name, problem):
    xs, state, params, _, dstate = problem(name, (2, 1, 3, 4))
    _, cache = CELLS[name].step(xs[:, 0], state, params)
    for part in state._fields:
        with pytest.raises(ValueError, match=rf"dstate.{part} must be \(2, 4\); got \(2, 3\)"):
            CELLS[name].step_backward(dstate._replace(**{part: np.zeros((2, 3))}), cache)


def test_wrong_cell_state_is_named(rng):
    with pytest.raises(ValueError, match=r"state.c must be \(2, 4\); got \(4,\)"):
        lstm_step(np.zeros((2, 3)), LSTMState(np.zeros((2, 4)), np.zeros(4)), init_lstm_params(3, 4, rng))
