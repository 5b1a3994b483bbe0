"""RNN, LSTM and GRU against torch.nn's, for every kernel of ours: values, all gradients, all options."""

import copy
import itertools
import time
from functools import partial

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

import rnncore.nn
from rnncore.functional.learning import relative_error
from rnncore.nn.kernels import products, weight_gradients

KERNELS = ("reference", "bptt")
"""Kernels whose code is not torch's. `"auto"` takes one of these or torch's, as tests of its own say."""
ANY_KERNEL = (*KERNELS, "torch", "auto")
CELLS = ("RNN", "RELU", "LSTM", "GRU")
OPTIONS = {
    "plain": {},
    "both ways": {"bidirectional": True},
    "three layers": {"num_layers": 3},
    "deep, both ways": {"num_layers": 2, "bidirectional": True},
    "batch first": {"batch_first": True},
    "no bias": {"bias": False},
    "dropout 0": {"num_layers": 2, "dropout": 0.0},
    "everything": {"num_layers": 3, "bidirectional": True, "batch_first": True, "bias": False},
}


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def _pair(cell, D, H, kernel, dtype=torch.float64, **options):
    """torch's module and ours with the same weights."""
    if cell == "RELU":
        cell, options = "RNN", {**options, "nonlinearity": "relu"}
    theirs = getattr(torch.nn, cell)(D, H, dtype=dtype, **options)
    ours = getattr(rnncore.nn, cell)(D, H, dtype=dtype, kernel=kernel, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def _state(module, *batch):
    """A state to start from, of leaves that ask for gradients."""
    L = module.num_layers * (1 + module.bidirectional)
    sizes = [module.proj_size or module.hidden_size]
    if isinstance(module, torch.nn.LSTM):
        sizes.append(module.hidden_size)
    dtype = next(module.parameters()).dtype
    return tuple(torch.randn(L, *batch, size, dtype=dtype, requires_grad=True) for size in sizes)


def _hx(state):
    return state if len(state) == 2 else state[0]


def _results(module, input, state, leaves):
    """Outputs, last states and the gradients of a random weighting of all of them."""
    output, last = module(input, None if state is None else _hx(state))
    packed = isinstance(output, PackedSequence)
    values = [output.data if packed else output, *((last,) if isinstance(last, torch.Tensor) else last)]
    generator = torch.Generator().manual_seed(11)
    loss = sum((value * torch.randn(value.shape, generator=generator, dtype=value.dtype)).sum() for value in values)
    gradients = torch.autograd.grad(loss, [*leaves, *(state or ()), *module.parameters()])
    return output, [value.detach() for value in values], gradients


def _agree(theirs, ours, tolerance=1e-9):
    assert len(theirs) == len(ours)
    for a, b in zip(theirs, ours, strict=True):
        assert a.shape == b.shape
        assert relative_error(b, a) < tolerance


def _compare(theirs, ours, input, state, leaves, give=lambda input: input):
    expected, expected_values, expected_gradients = _results(theirs, give(input), state, leaves)
    output, values, gradients = _results(ours, give(input), state, leaves)
    assert type(output) is type(expected)
    _agree(expected_values, values)
    _agree(expected_gradients, gradients)
    return expected, output


def _input(module, *shape):
    T, B, D = shape
    return torch.randn(*((B, T, D) if module.batch_first else shape), dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_sizes(sizes, cell, kernel):
    B, T, D, H = sizes
    theirs, ours = _pair(cell, D, H, kernel)
    xs = _input(theirs, T, B, D)
    _compare(theirs, ours, xs, _state(theirs, B), [xs])
    _compare(theirs, ours, xs, None, [xs])


@pytest.mark.parametrize("kernel", [*KERNELS, "auto"])
@pytest.mark.parametrize("cell", CELLS)
def test_no_sequence_at_all(cell, kernel, monkeypatch):
    monkeypatch.setenv("RNNCORE_KERNELS", "measured")
    theirs, ours = _pair(cell, 3, 4, kernel, bidirectional=True)
    xs = _input(theirs, 5, 0, 3)
    _compare(theirs, ours, xs, _state(theirs, 0), [xs])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_options_batched_and_unbatched(cell, option, kernel):
    theirs, ours = _pair(cell, 3, 4, kernel, **OPTIONS[option])
    xs = _input(theirs, 5, 2, 3)
    _compare(theirs, ours, xs, _state(theirs, 2), [xs])
    alone = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    _compare(theirs, ours, alone, _state(theirs), [alone])
    _compare(theirs, ours, alone, None, [alone])


@pytest.mark.parametrize("lengths", [[5, 3, 3, 1], [1, 4, 2, 4], [2, 2, 2, 2]], ids=str)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_packed_input(cell, option, kernel, lengths):
    theirs, ours = _pair(cell, 3, 2, kernel, **OPTIONS[option])
    xs = torch.randn(4, max(lengths), 3, dtype=torch.float64, requires_grad=True)
    in_order = lengths == sorted(lengths, reverse=True)
    for enforce_sorted in {False, in_order}:
        pack = partial(
            pack_padded_sequence, lengths=torch.tensor(lengths), batch_first=True, enforce_sorted=enforce_sorted
        )
        for state in (_state(theirs, 4), None):
            expected, output = _compare(theirs, ours, xs, state, [xs], give=pack)
            (padded, counts), (ours_padded, ours_counts) = map(pad_packed_sequence, (expected, output))
            _agree([padded.detach()], [ours_padded.detach()])
            assert counts.tolist() == ours_counts.tolist() == lengths


@pytest.mark.parametrize("cell", CELLS)
def test_a_loss_on_one_part_of_the_output(cell):
    """Parts of the result that no loss reads send back nothing."""
    theirs, ours = _pair(cell, 3, 4, "bptt")
    xs = _input(theirs, 5, 2, 3)
    for part in range(3 if cell == "LSTM" else 2):
        gradients = []
        for module in (theirs, ours):
            output, last = module(xs)
            parts = [output, *((last,) if isinstance(last, torch.Tensor) else last)]
            gradients.append(torch.autograd.grad(parts[part].square().sum(), [xs, *module.parameters()]))
        _agree(*gradients)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_gradcheck(cell, kernel):
    _, ours = _pair(cell, 2, 3, kernel, num_layers=2, bidirectional=True)
    xs = torch.randn(4, 2, 2, dtype=torch.float64, requires_grad=True)
    names, weights = zip(*ours.named_parameters(), strict=True)

    def function(xs, *given):
        state, weights = given[: len(first)], given[len(first) :]
        output, last = torch.func.functional_call(ours, dict(zip(names, weights, strict=True)), (xs, _hx(state)))
        return output, *((last,) if isinstance(last, torch.Tensor) else last)

    first = _state(ours, 2)
    assert torch.autograd.gradcheck(function, (xs, *first, *weights), fast_mode=True)


def test_products_of_some_columns_are_no_slower_than_torchs():
    """oneDNN takes a thousand times as long for a matrix whose rows do not lie side by side."""
    x, W = torch.randn(64, 256), torch.randn(256, 256)[:, 64:]
    seconds = {}
    for name, multiply in (("ours", products.product), ("torch's", torch.matmul)):
        start = time.process_time()
        for _ in range(20):
            multiply(x, W)
        seconds[name] = time.process_time() - start
    assert torch.allclose(products.product(x, W), x @ W, atol=1e-4)
    assert seconds["ours"] < 0.05 + 20 * seconds["torch's"]


@pytest.mark.parametrize("onednn", [True, False], ids=["oneDNN", "without oneDNN"])
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_large_float32_products_agree(monkeypatch, cell, kernel, onednn):
    """Above the size from which oneDNN makes the products; the oracle is torch in float64."""
    if not onednn:
        monkeypatch.setattr(products, "_ONEDNN", None)
    B, D, H = 32, 96, 128
    double, ours = _pair(cell, D, H, kernel)
    ours = ours.float()
    xs = torch.randn(6, B, D, requires_grad=True)
    lengths = torch.tensor([6] * 20 + [3] * 12)
    for packed in (False, True):
        give = (lambda xs: pack_padded_sequence(xs, lengths)) if packed else (lambda xs: xs)
        exact = xs.detach().double().requires_grad_()
        _, values, gradients = _results(double, give(exact), None, [exact])
        _, ours_values, ours_gradients = _results_as(ours, give(xs), [xs])
        scale = max(float(gradient.abs().max()) for gradient in gradients)
        for a, b in zip(values, ours_values, strict=True):
            assert float((a - b).abs().max()) < 1e-5
        for a, b in zip(gradients, ours_gradients, strict=True):
            assert float((a - b).abs().max()) < 1e-5 * scale


def _results_as(module, input, leaves):
    """`_results` with the same float64 weighting, for a float32 module."""
    output, last = module(input)
    values = [output.data if isinstance(output, PackedSequence) else output]
    values += [last] if isinstance(last, torch.Tensor) else last
    generator = torch.Generator().manual_seed(11)
    loss = sum((value * torch.randn(value.shape, generator=generator, dtype=torch.float64)).sum() for value in values)
    return output, [value.detach() for value in values], torch.autograd.grad(loss, [*leaves, *module.parameters()])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_dropout_is_between_layers_and_only_in_training(cell, kernel):
    theirs, ours = _pair(cell, 3, 50, kernel, num_layers=2, dropout=0.5)
    xs = _input(theirs, 4, 20, 3)
    theirs.eval()
    ours.eval()
    assert relative_error(ours(xs)[0].detach(), theirs(xs)[0].detach()) < 1e-9
    ours.train()
    one, other = ours(xs)[0], ours(xs)[0]
    assert not torch.equal(one, other)
    certain, _ = _pair(cell, 3, 50, kernel, num_layers=2, dropout=1.0)
    ours.dropout = 1.0
    certain.load_state_dict(ours.state_dict())
    assert relative_error(ours(xs)[0].detach(), certain(xs)[0].detach()) < 1e-9


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_weights_travel_both_ways(cell):
    options = {"num_layers": 2, "bidirectional": True, "batch_first": True}
    ours = getattr(rnncore.nn, cell)(3, 4, kernel="bptt", **options)
    theirs = getattr(torch.nn, cell)(3, 4, **options)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert theirs.load_state_dict(ours.state_dict()) == ours.load_state_dict(theirs.state_dict())
    xs = torch.randn(2, 5, 3)
    assert torch.allclose(ours(xs)[0], theirs(xs)[0], atol=1e-6)
    assert torch.equal(copy.deepcopy(ours)(xs)[0], ours(xs)[0])


@pytest.mark.parametrize("kernel", ["auto", "torch"])
def test_projection_is_what_the_equations_say(kernel):
    """With proj_size the LSTM shows W_hr h, which also goes back into its gates."""
    ours = rnncore.nn.LSTM(3, 4, proj_size=2, kernel=kernel, dtype=torch.float64)
    xs, (h, c) = torch.randn(5, 2, 3, dtype=torch.float64), (part[0] for part in _state(ours, 2))
    output, last = ours(xs, (h[None], c[None]))
    W_x, W_h, b_x, b_h, W_hr = ours.parameters()
    hs = []
    for x in xs:
        i, f, g, o = (x @ W_x.T + b_x + h @ W_h.T + b_h).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = (torch.sigmoid(o) * torch.tanh(c)) @ W_hr.T
        hs.append(h)
    expected = torch.stack(hs)
    _agree([expected.detach(), h.detach(), c.detach()], [output.detach(), last[0][0].detach(), last[1][0].detach()])
    wanted = list(ours.parameters())
    _agree(torch.autograd.grad(expected.square().sum(), wanted), torch.autograd.grad(output.square().sum(), wanted))


@pytest.mark.parametrize("cell", CELLS)
def test_the_kernel_torch_is_torchs_own_forward(monkeypatch, cell):
    """Whatever torch.nn's forward returns comes out; nothing of ours runs."""
    _, ours = _pair(cell, 3, 4, "torch")
    module = getattr(torch.nn, cell.replace("RELU", "RNN"))
    monkeypatch.setattr(module, "forward", lambda self, *given: ("torch's own", given))
    xs = torch.zeros(5, 2, 3, dtype=torch.float64)
    assert ours(xs) == ("torch's own", (xs, None))


def test_auto_takes_what_measured_fastest():
    def chosen(cell, T, dtype=torch.float32, **options):
        module = getattr(rnncore.nn, cell)(3, 4, dtype=dtype, **options)
        return module._fastest(torch.zeros(T, 2, 3, dtype=dtype))

    assert [chosen(cell, 50) for cell in ("RNN", "LSTM", "GRU")] == ["bptt", "torch", "bptt"]
    assert chosen("LSTM", 50, torch.float64) == "bptt"
    assert chosen("LSTM", 50, torch.float64, proj_size=2) == "torch"
    assert chosen("GRU", 2) == chosen("GRU", 50, device="meta") == "torch"
    assert rnncore.nn.GRU(3, 4)._fastest(pack_padded_sequence(torch.zeros(50, 1, 3), [50])) == "bptt"
    assert rnncore.nn.GRU(3, 4, batch_first=True)._fastest(torch.zeros(2, 50, 3)) == "bptt"
    with torch.no_grad():
        assert chosen("GRU", 50) == "torch"


@pytest.mark.parametrize("rows", [1, 3, 7, 20])
@pytest.mark.parametrize("cell", CELLS)
def test_parts_of_any_length_make_a_whole(monkeypatch, cell, rows):
    """`bptt` goes back part by part; every cut gives the same gradients."""
    monkeypatch.setattr(weight_gradients, "_LEAST_ROWS", rows)
    monkeypatch.setattr(weight_gradients, "_NUMBERS", 1)
    monkeypatch.setattr(weight_gradients, "_PARTS", 1)
    theirs, ours = _pair(cell, 3, 2, "bptt", bidirectional=True)
    xs = torch.randn(11, 4, 3, dtype=torch.float64, requires_grad=True)
    for lengths in ([11, 11, 11, 11], [11, 7, 6, 1], [3, 11, 2, 9]):
        pack = partial(pack_padded_sequence, lengths=torch.tensor(lengths), enforce_sorted=False)
        _compare(theirs, ours, xs, _state(theirs, 4), [xs], give=pack)


@pytest.mark.parametrize("cell", CELLS)
def test_auto_on_long_input(cell):
    theirs, ours = _pair(cell, 3, 4, "auto", num_layers=2)
    xs = _input(theirs, 30, 2, 3)
    _compare(theirs, ours, xs, _state(theirs, 2), [xs])


def test_arguments_in_torchs_order():
    theirs = torch.nn.RNN(3, 4, 2, "relu", False, True, 0.0, True)
    ours = rnncore.nn.RNN(3, 4, 2, "relu", False, True, 0.0, True)
    names = ("num_layers", "nonlinearity", "bias", "batch_first", "dropout", "bidirectional")
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
    assert repr(ours) == repr(theirs).removesuffix(")") + ", kernel=auto)"


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_nan_shows_from_where_it_is(cell, kernel):
    _, ours = _pair(cell, 3, 4, kernel)
    xs = torch.randn(5, 2, 3, dtype=torch.float64)
    xs[2, 0, 1] = torch.nan
    lost = ours(xs)[0].isnan()
    assert torch.equal(lost.any(dim=2), torch.tensor([[False, False]] * 2 + [[True, False]] * 3))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_backward_twice_and_without_input_gradient(cell, kernel):
    """What is saved survives a backward pass, and inputs need not ask for a gradient."""
    theirs, ours = _pair(cell, 3, 4, kernel)
    xs = torch.randn(5, 2, 3, dtype=torch.float64)
    gradients = []
    for module in (theirs, ours):
        loss = module(xs)[0].square().sum()
        first = torch.autograd.grad(loss, list(module.parameters()), retain_graph=True)
        gradients.append(torch.autograd.grad(loss, list(module.parameters())))
        _agree(first, gradients[-1], tolerance=1e-15)
    _agree(*gradients)


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_reversing_time_swaps_the_directions(cell):
    """Reversed input through swapped weights: the output reversed, its halves swapped."""
    ours = getattr(rnncore.nn, cell)(3, 4, bidirectional=True, kernel="bptt", dtype=torch.float64)
    swapped = copy.deepcopy(ours)
    for name, value in ours.state_dict().items():
        other = name.removesuffix("_reverse") if name.endswith("_reverse") else f"{name}_reverse"
        swapped.state_dict()[other].copy_(value)
    xs = torch.randn(5, 2, 3, dtype=torch.float64)
    ahead, back = ours(xs)[0].chunk(2, dim=2)
    turned = torch.cat([back, ahead], dim=2).flip(0)
    assert relative_error(swapped(xs.flip(0))[0].detach(), turned.detach()) < 1e-12


BAD = [
    (torch.zeros(5, 2, 4), r"input must be \(T, B, 3\); got \(5, 2, 4\)"),
    (torch.zeros(5, 4), r"input must be \(T, 3\); got \(5, 4\)"),
    (torch.zeros(3), r"input must be \(T, 3\); got \(3,\)"),
    (torch.zeros(5, 2, 3, 1), r"input must be \(T, 3\); got \(5, 2, 3, 1\)"),
    (torch.zeros(0, 2, 3), r"at least one step; got shape \(0, 2, 3\)"),
    (torch.zeros(5, 2, 3, dtype=torch.float64), "input must be torch.float32.*; got torch.float64"),
    (torch.zeros(5, 2, 3, dtype=torch.int64), "input must be torch.float32.*; got torch.int64"),
    (torch.zeros(5, 2, 3, device="meta"), "input must be on cpu.*; got meta"),
]


@pytest.mark.parametrize("kernel", ANY_KERNEL)
@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_wrong_input_is_named(cell, kernel):
    ours = getattr(rnncore.nn, cell)(3, 4, kernel=kernel)
    for wrong, message in BAD:
        with pytest.raises(ValueError, match=message):
            ours(wrong)
    packed = pack_padded_sequence(torch.zeros(5, 2, 4), torch.tensor([5, 2]))
    with pytest.raises(ValueError, match=r"packed input must be \(N, 3\); got \(7, 4\)"):
        ours(packed)


@pytest.mark.parametrize("kernel", ANY_KERNEL)
def test_wrong_states_are_named(kernel):
    gru, xs = rnncore.nn.GRU(3, 4, 2, kernel=kernel), torch.zeros(5, 2, 3)
    for wrong, message in [
        (torch.zeros(1, 2, 4), r"h_0 must be \(2, 2, 4\); got \(1, 2, 4\)"),
        (torch.zeros(2, 4), r"h_0 must be \(2, 2, 4\); got \(2, 4\)"),
        (torch.zeros(2, 2, 4, dtype=torch.float64), "h_0 must be torch.float32.*; got torch.float64"),
        ((torch.zeros(2, 2, 4),) * 2, r"hx must hold 1 tensor\(s\); got 2"),
    ]:
        with pytest.raises(ValueError, match=message):
            gru(xs, wrong)
    with pytest.raises(ValueError, match=r"h_0 must be \(2, 4\); got \(2, 1, 4\)"):
        gru(xs[:, 0], torch.zeros(2, 1, 4))
    lstm, h = rnncore.nn.LSTM(3, 4, kernel=kernel), torch.zeros(1, 2, 4)
    with pytest.raises(ValueError, match=r"hx must hold 2 tensor\(s\); got 1"):
        lstm(xs, h)
    with pytest.raises(ValueError, match=r"c_0 must be \(1, 2, 4\); got \(1, 2, 5\)"):
        lstm(xs, (h, torch.zeros(1, 2, 5)))


def test_wrong_arguments_are_named():
    for arguments, message in [
        ({"kernel": "fast"}, "kernel must be one of auto, reference, bptt, torch; got 'fast'"),
        ({"device": "abacus"}, "device must be .*; got 'abacus'"),
        ({"dropout": 1.5}, "dropout"),
        ({"proj_size": 2, "kernel": "bptt"}, "with proj_size, kernel must be auto or torch; got 'bptt'"),
    ]:
        with pytest.raises(ValueError, match=message):
            rnncore.nn.LSTM(3, 4, **arguments)
    for cell in (rnncore.nn.RNN, rnncore.nn.GRU):
        with pytest.raises(ValueError, match="proj_size"):
            cell(3, 4, proj_size=2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU with CUDA, which is missing")
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_on_cuda(cell, kernel):
    theirs, ours = _pair(cell, 3, 4, kernel, num_layers=2, bidirectional=True)
    xs = torch.randn(6, 4, 3, dtype=torch.float64, requires_grad=True)
    packed = pack_padded_sequence(xs, torch.tensor([6, 4, 4, 1]))
    _, values, gradients = _results(theirs, packed, None, [xs])
    there = xs.detach().cuda().requires_grad_()
    output, last = ours.cuda()(pack_padded_sequence(there, torch.tensor([6, 4, 4, 1])))
    last = (last,) if isinstance(last, torch.Tensor) else last
    generator = torch.Generator().manual_seed(11)
    loss = sum(
        (value * torch.randn(value.shape, generator=generator, dtype=value.dtype).cuda()).sum()
        for value in itertools.chain([output.data], last)
    )
    _agree(values, [value.detach().cpu() for value in (output.data, *last)])
    _agree(gradients, [g.cpu() for g in torch.autograd.grad(loss, [there, *ours.parameters()])])
