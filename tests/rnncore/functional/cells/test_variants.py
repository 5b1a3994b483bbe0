"""The variants: against torch where a limit of theirs is one of torch's cells, and against the
published equations, one matrix for each gate."""

from functools import partial

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    CELLS,
    ClockworkState,
    LSTMParams,
    LSTMState,
    MinGRUParams,
    PeepholeLSTMParams,
    RNNState,
    clockwork_step,
    depth_gated_step,
    init_clockwork_state,
    init_depth_gated_params,
    init_mut1_params,
    init_peephole_lstm_params,
    init_rnn_params,
    init_rnn_state,
    lstm_step,
    min_gru_scan,
    min_gru_step,
    mut1_step,
    peephole_lstm_step,
    rnn_step,
    signed_recurrence,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import unroll

σ, tanh = torch.sigmoid, torch.tanh


def _peephole(x, h, c, params, d=0.0, c_below=0.0):
    W_xi, W_xf, W_xg, W_xo = params.W_x.chunk(4, dim=1)
    W_hi, W_hf, W_hg, W_ho = params.W_h.chunk(4, dim=1)
    b_i, b_f, b_g, b_o = params.b.chunk(4)
    P_i, P_f, P_o = (torch.diag(p) for p in params.p.chunk(3))
    i = σ(x @ W_xi + h @ W_hi + c @ P_i + b_i)
    f = σ(x @ W_xf + h @ W_hf + c @ P_f + b_f)
    c = f * c + i * tanh(x @ W_xg + h @ W_hg + b_g) + d * c_below
    return σ(x @ W_xo + h @ W_ho + c @ P_o + b_o) * tanh(c), c


def _depth_gated(x, h, c, params):
    D = params.W_d.shape[0]
    u, c_below = x[:, :D], x[:, D:]
    d = σ(u @ params.W_d + c @ torch.diag(params.p_d) + c_below @ torch.diag(params.l_d) + params.b_d)
    return _peephole(u, h, c, params, d, c_below)


def _coupled(x, h, c, params):
    """An LSTM cell of torch's whose input gate has the forget gate's weights, sign turned."""
    f, g, o = torch.cat([params.W_x, params.W_h, params.b[None]]).T.chunk(3)
    W = torch.cat([-f, f, g, o])
    D = x.shape[1]
    weights = W[:, :D], W[:, D:-1], W[:, -1], torch.zeros_like(W[:, -1])
    return torch.lstm_cell(x, (h, c), *weights)


def _mut1(x, h, params):
    W_xz, W_xr, W_xn = params.W_x.chunk(3, dim=1)
    W_hr, W_hn = params.W_h.chunk(2, dim=1)
    b_z, b_r, b_n = params.b.chunk(3)
    z = σ(x @ W_xz + b_z)
    r = σ(x @ W_xr + h @ W_hr + b_r)
    return tanh((r * h) @ W_hn + tanh(x @ W_xn) + b_n) * z + h * (1 - z)


def _min_gru(x, h, params):
    W_xz, W_xn = params.W_x.chunk(2, dim=1)
    b_z, b_n = params.b.chunk(2)
    z = σ(x @ W_xz + b_z)
    return (1 - z) * h + z * (x @ W_xn + b_n)


PUBLISHED = {
    "peephole_lstm": _peephole,
    "coupled_lstm": _coupled,
    "depth_gated": _depth_gated,
    "mut1": _mut1,
    "min_gru": _min_gru,
}
"""`h, c = equations(x, h, c, params)`, or `h = equations(x, h, params)`."""


def test_every_cell_without_a_backward_step_has_an_oracle():
    assert {*PUBLISHED, "clockwork"} == {name for name, cell in CELLS.items() if not cell.step_backward}


@pytest.fixture
def problem(sizes, rng, draw_state):
    """xs, state and params for a cell."""

    def draw(name, sizes=sizes):
        (B, T, D, H), cell = sizes, CELLS[name]
        xs = rng.normal(size=(B, T, D + H * cell.reads_cell_below))
        return xs, draw_state(cell, rng, B, H), cell.init_params(D, H, rng)

    return draw


def _score(hs, state, dhs, dstate):
    return (hs * dhs).sum() + sum((a * b).sum() for a, b in zip(state, dstate, strict=True))


@pytest.mark.parametrize("name", PUBLISHED)
def test_values_and_gradients_are_those_of_the_published_equations(sizes, rng, problem, to_torch_leaves, leaves, name):
    step, published = CELLS[name].step, PUBLISHED[name]
    arrays = problem(name)
    dhs = torch.tensor(rng.normal(size=(*sizes[:2], sizes[3])))
    dstate = [torch.tensor(rng.normal(size=array.shape)) for array in arrays[1]]

    xs, state, params = to_torch_leaves(arrays)
    hs = []
    carried = tuple(state)
    for t in range(xs.shape[1]):
        out = published(xs[:, t], *carried, params)
        carried = out if isinstance(out, tuple) else (out,)
        hs.append(carried[0])
    hs = torch.stack(hs, dim=1)
    expected = torch.autograd.grad(_score(hs, carried, dhs, dstate), leaves((xs, state, params)))

    given = to_torch_leaves(arrays)
    ours, last, _ = unroll(step, *given)
    gradients = torch.autograd.grad(_score(ours, last, dhs, dstate), leaves(given))
    assert relative_error(ours.detach(), hs.detach()) < 1e-9
    for a, b in zip((*last, *gradients), (*carried, *expected), strict=True):
        assert relative_error(a.detach(), b.detach()) < 1e-9
    on_numpy, _, caches = unroll(step, *arrays)
    assert relative_error(on_numpy, hs.detach()) < 1e-9
    assert len(caches) == sizes[1]


@pytest.mark.parametrize("name", PUBLISHED)
def test_autograd_agrees_with_differences(sizes, problem, autograd_agrees, name):
    B, T, D, H = sizes
    small = min(B, 2), min(T, 3), min(D, 2), min(H, 3)
    autograd_agrees(lambda *given: unroll(CELLS[name].step, *given)[0].sum(), *problem(name, small))


@pytest.mark.parametrize("name", PUBLISHED)
def test_wrong_shapes_are_named(rng, name):
    step, state, params = CELLS[name].step, CELLS[name].init_state(2, 4), CELLS[name].init_params(3, 4, rng)
    D = 3 + 4 * CELLS[name].reads_cell_below
    with pytest.raises(ValueError, match=rf"x must be \(B, {D}\); got \(2, 6\)"):
        step(np.zeros((2, 6)), state, params)
    with pytest.raises(ValueError, match=r"state.h must be \(2, 4\); got \(1, 4\)"):
        step(np.zeros((2, D)), state._replace(h=np.zeros((1, 4))), params)


def test_without_peepholes_it_is_the_lstm(sizes, library, rng):
    B, _, D, H = sizes
    params = init_peephole_lstm_params(D, H, rng)._replace(p=np.zeros(3 * H))
    x, state = library(rng.normal(size=(B, D))), library(LSTMState(*rng.normal(size=(2, B, H))))
    plain, _ = lstm_step(x, state, library(LSTMParams(*params[:3])))
    ours, _ = peephole_lstm_step(x, state, library(params))
    assert relative_error(ours.h, plain.h) < 1e-12
    assert relative_error(ours.c, plain.c) < 1e-12


def test_with_nothing_below_the_depth_gate_has_no_effect(rng):
    params = init_depth_gated_params(2, 3, rng)
    u, state = rng.normal(size=(4, 2)), LSTMState(*rng.normal(size=(2, 4, 3)))
    ours, _ = depth_gated_step(np.hstack([u, np.zeros((4, 3))]), state, params)
    plain, _ = peephole_lstm_step(u, state, PeepholeLSTMParams(*params[:4]))
    assert relative_error(ours.c, plain.c) < 1e-12


def test_mut1_takes_the_papers_form(rng):
    """D = H, and the input straight into the candidate."""
    H = 3
    params = init_mut1_params(H, H, rng)
    params.W_x[:, 2 * H :] = np.eye(H)
    x, h = rng.normal(size=(2, 2, H))
    W_xz, W_xr, _ = np.split(params.W_x, 3, axis=1)
    W_hr, W_hn = np.split(params.W_h, 2, axis=1)
    b_z, b_r, b_n = np.split(params.b, 3)
    z = 1 / (1 + np.exp(-(x @ W_xz + b_z)))
    r = 1 / (1 + np.exp(-(x @ W_xr + h @ W_hr + b_r)))
    expected = np.tanh((r * h) @ W_hn + np.tanh(x) + b_n) * z + h * (1 - z)
    assert relative_error(mut1_step(x, RNNState(h), params)[0].h, expected) < 1e-12


def _clockwork_loop(xs, h, params, periods):
    """Unit by unit, with the weights between modules looked up one at a time."""
    H = h.shape[1]
    size, hs = H // len(periods), []
    for t in range(xs.shape[1]):
        new = h.copy()
        for k in range(H):
            if t % periods[k // size] == 0:
                slower = [j for j in range(H) if periods[j // size] >= periods[k // size]]
                a = xs[:, t] @ params.W_x[:, k] + h[:, slower] @ params.W_h[slower, k] + params.b[k]
                new[:, k] = np.tanh(a)
        h = new
        hs.append(h)
    return np.stack(hs, axis=1)


@pytest.mark.parametrize("periods", [(1,), (1, 2, 4), (2, 3, 7)])
@pytest.mark.parametrize(("B", "T", "D", "size"), [(1, 1, 1, 1), (3, 9, 2, 2)])
def test_clockwork_is_the_loop_over_units(library, rng, periods, B, T, D, size):
    H = size * len(periods)
    params, xs, h_0 = init_rnn_params(D, H, rng), rng.normal(size=(B, T, D)), rng.normal(size=(B, H))
    step = partial(clockwork_step, periods=periods)
    hs, last, _ = unroll(step, library(xs), ClockworkState(library(h_0), 0), library(params))
    assert relative_error(hs, _clockwork_loop(xs, h_0, params, periods)) < 1e-12
    assert last.t == T


def test_clockwork_with_one_clock_is_the_rnn(sizes, library, rng):
    B, T, D, H = sizes
    params, xs = library(init_rnn_params(D, H, rng)), library(rng.normal(size=(B, T, D)))
    plain, _, _ = unroll(rnn_step, xs, library(init_rnn_state(B, H)), params)
    state = library(init_clockwork_state(B, H).h)
    ours, _, _ = unroll(partial(clockwork_step, periods=(1,)), xs, ClockworkState(state, 0), params)
    assert relative_error(ours, plain) < 1e-12


def test_clockwork_autograd_agrees_with_differences(rng, autograd_agrees):
    step = partial(clockwork_step, periods=(1, 2))

    def loss(xs, h_0, params):
        return unroll(step, xs, ClockworkState(h_0, 0), params)[0].sum()

    autograd_agrees(loss, rng.normal(size=(2, 4, 2)), rng.normal(size=(2, 4)), init_rnn_params(2, 4, rng))


@pytest.mark.parametrize(
    ("periods", "message"),
    [
        ((2, 1), r"periods must be positive and ascending; got \(2, 1\)"),
        ((0, 1), r"periods must be positive and ascending; got \(0, 1\)"),
        ((), r"periods must be positive and ascending; got \(\)"),
        ((1, 2, 3), r"the number of periods must divide H = 4; got 3"),
    ],
)
def test_wrong_periods_are_named(rng, periods, message):
    with pytest.raises(ValueError, match=message):
        clockwork_step(np.zeros((2, 3)), init_clockwork_state(2, 4), init_rnn_params(3, 4, rng), periods)


def test_scan_of_min_gru_is_its_loop(sizes, library, rng, problem, leaves, to_torch_leaves):
    arrays = problem("min_gru")
    hs, last, _ = unroll(min_gru_step, *library(arrays))
    scanned, end = min_gru_scan(*library(arrays))
    assert relative_error(scanned, hs) < 1e-12
    assert relative_error(end.h, last.h) < 1e-12

    dhs = torch.tensor(rng.normal(size=(*sizes[:2], sizes[3])))
    given = to_torch_leaves(arrays)
    by_scan = torch.autograd.grad((min_gru_scan(*given)[0] * dhs).sum(), leaves(given))
    by_loop = torch.autograd.grad((unroll(min_gru_step, *given)[0] * dhs).sum(), leaves(given))
    for a, b in zip(by_scan, by_loop, strict=True):
        assert relative_error(a, b) < 1e-9


def test_signed_recurrence_step_by_step(library, problem):
    xs, state, params = arrays = problem("min_gru")
    hs, end = signed_recurrence(*library(arrays))
    h, (W_z, W_n), (b_z, b_n) = state.h, np.split(params.W_x, 2, axis=1), np.split(params.b, 2)
    for t in range(xs.shape[1]):
        z = 1.0 / (1.0 + np.exp(-(xs[:, t] @ W_z + b_z)))
        h = h - 2.0 * z * h + z * (xs[:, t] @ W_n + b_n)
        assert relative_error(hs[:, t], h) < 1e-12
    assert relative_error(end.h, h) < 1e-12


def test_a_signed_recurrence_is_a_light_switch_and_min_gru_is_not(rng):
    bits = rng.integers(0, 2, size=(3, 50))
    switch = MinGRUParams(np.array([[80.0, 0.0]]), np.array([-40.0, 1.0]))
    given = bits[:, :, None].astype(float), RNNState(np.zeros((3, 1))), switch
    parity = np.cumsum(bits, axis=1) % 2
    assert np.allclose(signed_recurrence(*given)[0][..., 0], parity)
    assert np.array_equal(min_gru_scan(*given)[0][..., 0].round(), np.cumsum(bits, axis=1) > 0)


@pytest.mark.parametrize("name", PUBLISHED)
def test_steps_keep_library_and_dtype(library, problem, name):
    xs, state, params = map(library, problem(name, (2, 1, 3, 4)))
    new, _ = CELLS[name].step(xs[:, 0], state, params)
    assert type(new.h) is type(xs)
    assert new.h.dtype == xs.dtype
