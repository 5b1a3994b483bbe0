"""The variants as modules, against the functional steps in layers and directions."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import rnncore.nn
from rnncore.functional.cells import CELLS, ClockworkState, LSTMState, RNNParams, clockwork_step
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import bidirectional, stack_layers, unroll_padded
from rnncore.nn.kernels.min_gru_scan import _LONG
from rnncore.nn.variants import Variant

PERIODS = (1, 2)
VARIANTS = {kind.__name__: kind for kind in vars(rnncore.nn).values() if kind in Variant.__subclasses__()}


def _functional_parts(cell):
    """Its step, and the types of its parameters and of its state."""
    return cell.step, type(cell.init_params(1, 1, np.random.default_rng(0))), type(cell.init_state(1, 1))


CASES = {
    **{
        name: _functional_parts(CELLS[kind._cell_name])
        for name, kind in VARIANTS.items()
        if name not in ("ClockworkRNN", "DepthGatedLSTM")
    },
    "ClockworkRNN": (partial(clockwork_step, periods=PERIODS), RNNParams, partial(ClockworkState, t=0)),
}
NAMES = list(VARIANTS)


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def _module(name, D=3, H=4, dtype=torch.float64, **options):
    if name == "ClockworkRNN":
        options["periods"] = PERIODS
    return getattr(rnncore.nn, name)(D, H, dtype=dtype, **options)


def _functional(name, module, xs, first, lengths):
    """Outputs (B, T, W H) and last states, composed of the functions for arrays."""
    step, params_type, state = CASES[name]
    ends = ("", "_reverse")[: 1 + module.bidirectional]
    states = iter([state(*(part[k] for part in first)) for k in range(len(first[0]))])
    layers = [
        [params_type(*(getattr(module, f"{n}_l{l}{end}") for n in params_type._fields)) for end in ends]
        for l in range(module.num_layers)
    ]
    if module.bidirectional:
        run = partial(bidirectional, step, lengths=lengths)
        pairs = [(next(states), next(states)) for _ in layers]
        hs, last, _ = stack_layers(run, xs, pairs, layers)
        last = [end for pair in last for end in pair]
    else:
        run = partial(unroll_padded, step, lengths=lengths)
        hs, last, _ = stack_layers(run, xs, list(states), [params for (params,) in layers])
    return hs, [torch.stack([end[k] for end in last]) for k in range(len(first))]


def test_the_package_shows_every_variant():
    assert set(VARIANTS.values()) == set(Variant.__subclasses__())


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("lengths", [[5, 5, 5], [2, 5, 1]], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_deep_variants_agree_with_the_functions(name, lengths, both):
    module = _module(name, num_layers=2, bidirectional=both)
    xs = torch.randn(3, 5, 3, dtype=torch.float64, requires_grad=True)
    parts = 2 if CASES[name][2] is LSTMState else 1
    first = [torch.randn(2 * (1 + both), 3, 4, dtype=torch.float64, requires_grad=True) for _ in range(parts)]
    expected = _functional(name, module, xs, first, lengths)
    packed = pack_padded_sequence(xs, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    output, last = module(packed, tuple(first) if parts == 2 else first[0])
    output, _ = pad_packed_sequence(output, batch_first=True)
    last = last if parts == 2 else (last,)
    values, theirs = [output, *last], [expected[0], *expected[1]]
    dys = [torch.randn_like(value) for value in values]
    leaves = [xs, *first, *module.parameters()]
    gradients, expected_gradients = (torch.autograd.grad(ys, leaves, dys) for ys in (values, theirs))
    for ours, other in zip((*values, *gradients), (*theirs, *expected_gradients), strict=True):
        assert relative_error(ours.detach(), other.detach()) < 1e-9


def _depth_gated(module, l, end, us, cs_below, h, c):
    """One layer over one sequence, step by step, with a diagonal matrix for each peephole."""
    W_x, W_h, b, p = (getattr(module, f"{name}_l{l}{end}") for name in ("W_x", "W_h", "b", "p"))
    P_i, P_f, P_o = map(torch.diag, p.chunk(3))
    hs, cs = [], []
    for t in range(len(us)):
        a_i, a_f, a_g, a_o = (us[t] @ W_x + h @ W_h + b).chunk(4)
        i, f = torch.sigmoid(a_i + c @ P_i), torch.sigmoid(a_f + c @ P_f)
        new = f * c + i * torch.tanh(a_g)
        if l > 0:
            W_d, b_d, p_d, l_d = (getattr(module, f"{name}_l{l}{end}") for name in ("W_d", "b_d", "p_d", "l_d"))
            below = cs_below[t]
            d = torch.sigmoid(us[t] @ W_d + b_d + c @ torch.diag(p_d) + below @ torch.diag(l_d))
            new = new + d * below
        c = new
        h = torch.sigmoid(a_o + c @ P_o) * torch.tanh(c)
        hs.append(h)
        cs.append(c)
    return torch.stack(hs), torch.stack(cs)


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize(("D", "H", "lengths"), [(1, 1, [1]), (3, 4, [2, 5, 1])])
def test_depth_gates_link_cells_of_one_step_and_direction(D, H, lengths, num_layers, both):
    module = _module("DepthGatedLSTM", D, H, num_layers=num_layers, bidirectional=both)
    B, T = len(lengths), max(lengths)
    xs = torch.randn(B, T, D, dtype=torch.float64, requires_grad=True)
    h_0, c_0 = first = [
        torch.randn(num_layers * (1 + both), B, H, dtype=torch.float64, requires_grad=True) for _ in range(2)
    ]
    packed = pack_padded_sequence(xs, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    output, last = module(packed, tuple(first))
    values = [pad_packed_sequence(output, batch_first=True)[0], *last]
    theirs = [torch.zeros_like(value) for value in values]
    for b, n in enumerate(lengths):
        us, below, k = xs[b, :n], {"": None, "_reverse": None}, 0
        for l in range(num_layers):
            shown = []
            for end in ("", "_reverse")[: 1 + both]:
                turn = (lambda rows: rows.flip(0)) if end else (lambda rows: rows)
                cs_below = None if l == 0 else turn(below[end])
                hs, cs = _depth_gated(module, l, end, turn(us), cs_below, h_0[k, b], c_0[k, b])
                theirs[1][k, b], theirs[2][k, b] = hs[-1], cs[-1]
                shown.append(turn(hs))
                below[end] = turn(cs)
                k += 1
            us = torch.cat(shown, dim=1)
        theirs[0][b, :n] = us
    dys = [torch.randn_like(value) for value in values]
    leaves = [xs, *first, *module.parameters()]
    gradients, expected = (torch.autograd.grad(ys, leaves, dys) for ys in (values, theirs))
    for ours, other in zip((*values, *gradients), (*theirs, *expected), strict=True):
        assert relative_error(ours.detach(), other.detach()) < 1e-9


def test_the_lowest_depth_gated_layer_is_a_peephole_lstm():
    """It has no weights that do nothing."""
    depth, peephole = _module("DepthGatedLSTM", bidirectional=True), _module("PeepholeLSTM", bidirectional=True)
    depth.load_state_dict(peephole.state_dict())
    xs = torch.randn(5, 2, 3, dtype=torch.float64)
    for ours, theirs in zip((depth(xs)[0], *depth(xs)[1]), (peephole(xs)[0], *peephole(xs)[1]), strict=True):
        assert relative_error(ours.detach(), theirs.detach()) < 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_forms_of_input_agree(name):
    module = _module(name, bidirectional=True)
    first = _module(name, bidirectional=True, batch_first=True)
    first.load_state_dict(module.state_dict())
    xs = torch.randn(5, 2, 3, dtype=torch.float64)
    hs, _ = module(xs)
    assert relative_error(first(xs.transpose(0, 1))[0].detach(), hs.transpose(0, 1).detach()) < 1e-12
    assert relative_error(module(xs[:, 1])[0].detach(), hs[:, 1].detach()) < 1e-12


@pytest.mark.parametrize("T", [1, 9, _LONG])  # the last by the parallel scan
def test_scan_and_loop_agree(T):
    loop, scan = _module("MinGRU", kernel="reference"), _module("MinGRU", kernel="scan")
    scan.load_state_dict(loop.state_dict())
    xs = torch.randn(T, 2, 3, dtype=torch.float64)
    a, b = (torch.autograd.grad(m(xs)[0].square().sum(), list(m.parameters())) for m in (loop, scan))
    for ours, theirs in zip(b, a, strict=True):
        assert relative_error(ours, theirs) < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_weights(name):
    weights = []
    for _ in range(2):
        torch.manual_seed(9)
        weights.append(_module(name, H=16).state_dict())
    for one, other in zip(*(w.values() for w in weights), strict=True):
        assert torch.equal(one, other)
        assert float(one.abs().max()) <= 1 / 4


@pytest.mark.parametrize("name", NAMES)
def test_wrong_arguments_are_named(name):
    for options, message in [
        ({"kernel": "torch"}, "kernel must be one of auto, reference.*; got 'torch'"),
        ({"device": "abacus"}, "device must be .*; got 'abacus'"),
        ({"dropout": -0.5}, "dropout must be from 0 to 1; got -0.5"),
        ({"num_layers": 0}, "num_layers must be at least 1; got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            _module(name, **options)
    with pytest.raises(ValueError, match=r"input must be \(T, B, 3\); got \(5, 2, 4\)"):
        _module(name)(torch.zeros(5, 2, 4, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"input must be torch.float64.*; got torch.float32"):
        _module(name)(torch.zeros(5, 2, 3))


def test_wrong_periods_are_named():
    with pytest.raises(ValueError, match=r"periods must be positive and ascending; got \(2, 1\)"):
        rnncore.nn.ClockworkRNN(3, 4, (2, 1))
    with pytest.raises(ValueError, match="number of periods must divide H = 4; got 3"):
        rnncore.nn.ClockworkRNN(3, 4, (1, 2, 4))
