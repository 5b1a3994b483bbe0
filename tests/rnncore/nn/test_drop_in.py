"""Whatever people do with torch.nn's recurrent modules, ours do the same: one use after another, on one table.

The input has 20 steps in float64, where `"auto"` takes the kernel written by hand if nothing speaks against it.
"""

import copy
import pickle
import warnings

import pytest
import torch
from torch import func
from torch.autograd import forward_ad, functional
from torch.utils.checkpoint import checkpoint

import rnncore.nn
from rnncore.functional.learning import relative_error

CELLS = ("RNN", "LSTM", "GRU")
KERNELS = ("auto", "bptt", "reference")
T, B, D, H = 20, 2, 3, 4


@pytest.fixture(autouse=True)
def seed():
    before = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(5)
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def _pair(cell, kernel, **options):
    theirs = getattr(torch.nn, cell)(D, H, dtype=torch.float64, **options)
    ours = getattr(rnncore.nn, cell)(D, H, dtype=torch.float64, kernel=kernel, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def _xs(dtype=torch.float64):
    return torch.randn(T, B, D, dtype=dtype, generator=torch.Generator().manual_seed(8))


def _run(module, xs, change=lambda output, last: (output, last)):
    """The output, and the gradients of a weighting of its entries."""
    xs = xs if xs.requires_grad else xs.detach().requires_grad_()
    output, _ = change(*module(xs))
    weights = torch.randn(output.shape, dtype=output.dtype, generator=torch.Generator().manual_seed(9))
    wanted = [xs, *(p for p in module.parameters() if p.requires_grad)]
    return output.detach(), *torch.autograd.grad((output * weights).sum(), wanted)


def _loss(module, xs):
    return module(xs)[0].square().sum()


def _gradient_penalty(module):
    """What a Wasserstein critic trains on: the gradient of a gradient's norm."""
    xs = _xs().requires_grad_()
    (gradient,) = torch.autograd.grad(module(xs)[0].sum(), xs, create_graph=True)
    penalty = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    return penalty.detach(), *torch.autograd.grad(penalty, list(module.parameters())[:3])


def _third_derivative(module):
    xs = _xs().requires_grad_()
    value = _loss(module, xs)
    for _ in range(3):
        (gradient,) = torch.autograd.grad(value, xs, create_graph=True)
        value = gradient.square().sum()
    return (value.detach(),)


def _inputs_that_depend_on_each_other(module):
    """The input is made of a weight of the module, so that its gradient has two ways."""
    weight = module.weight_hh_l0
    xs = _xs() * weight.sum()
    (gradient,) = torch.autograd.grad(_loss(module, xs), weight, create_graph=True)
    return gradient.detach(), *torch.autograd.grad(gradient.square().sum(), weight)


def _gradients_in_a_batch(module):
    xs = _xs().requires_grad_()
    output = module(xs)[0].sum(dim=(0, 2))
    return torch.autograd.grad(output, xs, torch.eye(B, dtype=torch.float64), is_grads_batched=True)


def _func_grad(module):
    weights = {name: weight.detach() for name, weight in module.named_parameters()}
    gradients = func.grad(lambda weights: func.functional_call(module, weights, _xs())[0].square().sum())(weights)
    return tuple(gradients.values())


def _jvp(module):
    return func.jvp(lambda xs: module(xs)[0], (_xs(),), (torch.ones(T, B, D, dtype=torch.float64),))


def _forward_mode(module):
    with forward_ad.dual_level():
        return tuple(forward_ad.unpack_dual(module(forward_ad.make_dual(_xs(), _xs().cos()))[0]))


def _forward_mode_of_weights(module):
    """The tangent is at the weights alone."""
    weights = {name: weight.detach() for name, weight in module.named_parameters()}
    with forward_ad.dual_level():
        duals = {name: forward_ad.make_dual(weight, weight.cos()) for name, weight in weights.items()}
        return tuple(forward_ad.unpack_dual(func.functional_call(module, duals, _xs())[0]))


def _compiled(module):
    torch.compiler.reset()
    return _run(torch.compile(module, backend="eager"), _xs())


def _scripted(module):
    return _run(torch.jit.script(_Output(module)), _xs(), lambda output, last: (output, last))


class _Output(torch.nn.Module):
    """A module that uses a recurrent one, to be scripted."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent

    def forward(self, xs: torch.Tensor):
        return self.recurrent(xs)


def _exported(module):
    return (torch.export.export(module, (_xs(),)).module()(_xs())[0].detach(),)


def _frozen(module):
    module.weight_hh_l0.requires_grad_(False)
    module.bias_ih_l0.requires_grad_(False)
    return _run(module, _xs())


def _all_frozen(module):
    output, _ = module.requires_grad_(False)(_xs())
    assert not output.requires_grad
    return (output,)


def _frozen_input(module):
    return torch.autograd.grad(_loss(module, _xs()), list(module.parameters()))


def _inference(module):
    with torch.inference_mode():
        output = module(_xs())[0]
    assert output.is_inference()
    return (output.clone(),)


def _hooks(module):
    """What every hook sees."""
    seen = []
    module.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    module.register_forward_hook(lambda _, given, result: seen.append(result[0].detach()))
    module.register_full_backward_hook(lambda _, inner, outer: seen.extend([inner[0], outer[0]]))
    xs = _xs().requires_grad_()
    output, _ = module(xs)
    output.register_hook(seen.append)
    output.square().sum().backward()
    return tuple(seen)


def _in_place(which):
    def change(output, last):
        if which == "output":
            output.mul_(2.0)
        else:
            (last if isinstance(last, torch.Tensor) else last[0]).mul_(2.0)
        return output, last

    return change


def _expanded_gradient(module):
    xs = _xs().requires_grad_()
    output, _ = module(xs)
    return torch.autograd.grad(output, xs, torch.ones((), dtype=torch.float64).expand_as(output))


def _weight_norm(module):
    torch.nn.utils.parametrizations.weight_norm(module, "weight_hh_l0")
    return _run(module, _xs())


def _flattened(module):
    module.flatten_parameters()
    return _run(module, _xs())


def _checkpointed(module):
    xs = _xs().requires_grad_()
    output, _ = checkpoint(module, xs, use_reentrant=False)
    return output.detach(), *torch.autograd.grad(output.square().sum(), [xs, *module.parameters()])


def _every_other(xs):
    """The same numbers, two places apart."""
    return xs.repeat_interleave(2, dim=2)[:, :, ::2]


TRANSFORMED = {
    "torch.func.grad": _func_grad,
    "torch.func.jvp": _jvp,
    "torch.func.jacrev": lambda module: (func.jacrev(lambda xs: module(xs)[0].sum(dim=(0, 2)))(_xs()),),
    "torch.func.hessian": lambda module: (func.hessian(lambda xs: _loss(module, xs))(_xs()[:13, :1]),),
    "forward mode": _forward_mode,
    "forward mode of the weights": _forward_mode_of_weights,
    "torch.jit.trace": lambda module: _run(torch.jit.trace(module, _xs()), _xs()),
    "torch.export": _exported,
}
"""Uses that no kernel with a backward pass of its own can serve: `"bptt"` is refused, `"auto"` takes another."""

USES = {
    **TRANSFORMED,
    "gradient penalty": _gradient_penalty,
    "third derivative": _third_derivative,
    "inputs that depend on each other": _inputs_that_depend_on_each_other,
    "Hessian by vector": lambda module: functional.hvp(lambda xs: _loss(module, xs), _xs(), torch.ones_like(_xs())),
    "gradients in a batch": _gradients_in_a_batch,
    "torch.compile": _compiled,
    "torch.jit.script": _scripted,
    "deepcopy": lambda module: _run(copy.deepcopy(module), _xs()),
    "pickle": lambda module: _run(pickle.loads(pickle.dumps(module)), _xs()),
    "DataParallel": lambda module: _run(torch.nn.DataParallel(module), _xs()),
    "flatten_parameters": _flattened,
    "hooks": _hooks,
    "weights partly frozen": _frozen,
    "all weights frozen": _all_frozen,
    "input without gradient": _frozen_input,
    "input that is not contiguous": lambda module: _run(module, _every_other(_xs())),
    "input that is transposed": lambda module: _run(module, _xs().mT.contiguous().mT),
    "input that is expanded": lambda module: _run(module, _xs()[:1, :1].expand(T, B, D)),
    "gradient that is expanded": _expanded_gradient,
    "output changed in place": lambda module: _run(module, _xs(), _in_place("output")),
    "state changed in place": lambda module: _run(module, _xs(), _in_place("state")),
    "inference mode": _inference,
    "checkpoint": _checkpointed,
    "parametrization": _weight_norm,
}
"""Functions of a module that return tensors."""
COMPILED = ("torch.compile", "torch.export", "torch.jit.script", "torch.jit.trace")
"""Uses that take seconds."""


@pytest.fixture
def quiet():
    """Tools such as torch.jit and torch.compile warn of torch.nn's modules as of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("use", [pytest.param(use, marks=[pytest.mark.slow] * (use in COMPILED)) for use in USES])
def test_a_use_gives_what_it_gives_with_torch(use, cell, kernel):
    theirs, ours = _pair(cell, kernel)
    if kernel == "bptt" and use in TRANSFORMED:
        with pytest.raises(RuntimeError, match=r"kernel='bptt'.*; take kernel='(reference|torch)' or kernel='auto'"):
            USES[use](ours)
        return
    expected, got = USES[use](theirs), USES[use](ours)
    assert len(expected) == len(got)
    for a, b in zip(expected, got, strict=True):
        assert a.dtype == b.dtype
        assert relative_error(b.detach(), a.detach()) < 1e-9


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_autocast(cell, kernel, dtype):
    """`"auto"` does what torch does, to the bit; our kernels compute in the dtype of the weights."""
    theirs, ours = (module.float() for module in _pair(cell, kernel))
    xs = _xs(dtype)
    if kernel == "auto":
        with torch.autocast("cpu", dtype=torch.bfloat16):
            expected, got = _run(theirs, xs), _run(ours, xs)
        for a, b in zip(expected, got, strict=True):
            assert a.dtype == b.dtype
            assert torch.equal(a, b)
    else:
        expected = _run(theirs, xs.float())
        with torch.autocast("cpu", dtype=torch.bfloat16):
            got = _run(ours, xs)
        assert got[0].dtype == torch.float32
        assert relative_error(got[0], expected[0]) < 1e-5
        # Backward inside the context, too: autograd's products are of bfloat16 there, those by hand are not.
        for a, b in zip(expected[1:], got[1:], strict=True):
            exact = kernel == "bptt" and b.dtype == torch.float32
            assert relative_error(b.float(), a) < (1e-5 if exact else 1e-2)


@pytest.mark.parametrize("cell", CELLS)
def test_without_autocast_dtypes_must_agree(cell):
    for module in _pair(cell, "auto"):
        with pytest.raises(ValueError, match="float32"):
            module(_xs(torch.float32))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_state_dict_of_another_dtype_is_converted(cell, kernel):
    double, _ = _pair(cell, kernel)
    theirs = getattr(torch.nn, cell)(D, H)
    ours = getattr(rnncore.nn, cell)(D, H, kernel=kernel)
    for module in (theirs, ours):
        module.load_state_dict(double.state_dict())
    for a, b in zip(_run(theirs, _xs(torch.float32)), _run(ours, _xs(torch.float32)), strict=True):
        assert a.dtype == b.dtype == torch.float32
        assert relative_error(b, a) < 1e-5


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_vmap_is_one_sequence_after_another(cell, kernel):
    """torch.nn has no rule for vmap, so its oracle is a loop."""
    theirs, ours = _pair(cell, kernel)
    run = func.vmap(lambda xs: ours(xs)[0], in_dims=1, out_dims=1)
    if kernel == "bptt":
        with pytest.raises(RuntimeError, match="take kernel='reference'"):
            run(_xs())
    else:
        expected = torch.stack([theirs(xs)[0] for xs in _xs().unbind(1)], dim=1)
        assert relative_error(run(_xs()).detach(), expected.detach()) < 1e-12


@pytest.mark.parametrize("ragged", [False, True])
def test_second_derivatives_of_packed_bidirectional_layers(ragged):
    """gradgradcheck, which compares with differences."""
    module = rnncore.nn.LSTM(2, 2, 2, bidirectional=True, kernel="bptt", dtype=torch.float64)
    lengths = torch.tensor([3, 1] if ragged else [3, 3])

    def function(xs, W_hh):
        packed = torch.nn.utils.rnn.pack_padded_sequence(xs, lengths)
        output, (h, c) = func.functional_call(module, {"weight_hh_l0_reverse": W_hh}, (packed,))
        return output.data, h, c

    xs = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(function, (xs, module.weight_hh_l0_reverse.detach().requires_grad_()))


def _min_gru(kernel):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return rnncore.nn.MinGRU(D, H, kernel=kernel, dtype=torch.float64)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("use", ["gradient penalty", "gradients in a batch", "output changed in place", "pickle"])
def test_min_gru_by_scan_is_its_reference(use):
    function = _min_gru_penalty if use == "gradient penalty" else USES[use]
    for a, b in zip(function(_min_gru("reference")), function(_min_gru("scan")), strict=True):
        assert relative_error(b, a) < 1e-9


def _min_gru_penalty(module):
    xs = _xs().requires_grad_()
    (gradient,) = torch.autograd.grad(module(xs)[0].sum(), xs, create_graph=True)
    return torch.autograd.grad(gradient.square().sum(), list(module.parameters()), allow_unused=True)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("use", ["torch.func.grad", "torch.func.jvp", "forward mode"])
def test_min_gru_takes_its_reference_to_be_transformed(use):
    for a, b in zip(USES[use](_min_gru("reference")), USES[use](_min_gru("auto")), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(RuntimeError, match=r"kernel='scan'.*; take kernel='reference' or kernel='auto'"):
        USES[use](_min_gru("scan"))
