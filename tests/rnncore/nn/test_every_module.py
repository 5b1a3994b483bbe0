"""What holds for every module of rnncore.nn, on one table.

Gradients agree with differences, NaN shows, and wrong shapes, lengths and kinds of numbers are refused
with what was expected and what came.
"""

import pytest
import torch
from torch.autograd import gradcheck
from torch.func import functional_call

import rnncore.nn
import rnncore.nn.models
from rnncore.nn import attention, models
from rnncore.nn.recurrent import Recurrent

B, T, D, H, V, K = 2, 3, 2, 4, 5, 3


def _xs():
    return torch.randn(B, T, D)


def _layer(cell=rnncore.nn.GRU, D=D, **options):
    return cell(D, H, batch_first=True, **options)


def _both(D=D):
    return _layer(D=D, bidirectional=True)


def _ids():
    return torch.tensor([[1, 2, 3], [1, 0, 4]])


def _queries():
    return torch.randn(B, T, H), torch.randn(B, T, H), torch.tensor([[True] * T, [True, False, False]])


LENGTHS = [3, 2]
MODULES = {
    **{
        name: lambda name=name: (getattr(rnncore.nn, name)(D, H, 2, bidirectional=True, batch_first=True), (_xs(),))
        for name in rnncore.nn.__all__
        if name != "ClockworkRNN"
    },
    "ClockworkRNN": lambda: (_layer(rnncore.nn.ClockworkRNN, periods=(1, 2)), (_xs(),)),
    "CRNN": lambda: (models.CRNN(8, K, _both(4), channels=(2, 1, 4)), (torch.randn(B, 1, 8, 6), [6, 4])),
    "Captioner": lambda: (
        models.Captioner(V, torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, D)), _layer()),
        (torch.randn(B, 1, 2, 2), _ids()),
    ),
    "Classifier": lambda: (models.Classifier(V, K, _both()), (_ids(), LENGTHS)),
    "Forecaster": lambda: (models.Forecaster(K, _layer()), (_xs(),)),
    "LanguageModel": lambda: (models.LanguageModel(V, _layer()), (_ids(),)),
    "Tagger": lambda: (models.Tagger(V, K, _both()), (_ids(), LENGTHS)),
    "Transcriber": lambda: (models.Transcriber(K, _both()), (_xs(), LENGTHS)),
    "TreeClassifier": lambda: (models.TreeClassifier(V, K, H), ([((1, 2), 3), 1],)),
    "Seq2Seq": lambda: (models.Seq2Seq(V, V, _both(), _layer(rnncore.nn.LSTM)), (_ids(), LENGTHS, _ids())),
    "DotAttention": lambda: (attention.DotAttention(H, H), _queries()),
    "GeneralAttention": lambda: (attention.GeneralAttention(H, H), _queries()),
    "AdditiveAttention": lambda: (attention.AdditiveAttention(H, H), _queries()),
    "LocalAttention": lambda: (attention.LocalAttention(H, H, D=1.5), _queries()),
}
"""For each module a fresh one, and arguments for it."""


@pytest.fixture(autouse=True)
def seed():
    before = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(6)
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def _fresh(name):
    module, given = MODULES[name]()
    real = [isinstance(x, torch.Tensor) and x.is_floating_point() for x in given]
    return module.double(), [x.double() if of_real else x for x, of_real in zip(given, real, strict=True)]


def _real(output):
    """The real tensors of a result."""
    if isinstance(output, torch.Tensor):
        return [output] if output.is_floating_point() else []
    return [leaf for part in output for leaf in _real(part)] if isinstance(output, tuple | list) else []


def _places(given, kind):
    return [k for k, x in enumerate(given) if isinstance(x, torch.Tensor) and kind(x)]


@pytest.mark.parametrize("name", MODULES)
def test_gradients_agree_with_differences(name):
    module, given = _fresh(name)
    names = [n for n, _ in module.named_parameters()]
    reals = _places(given, torch.Tensor.is_floating_point)

    def function(*leaves):
        inputs, weights = list(given), leaves[len(reals) :]
        for place, leaf in zip(reals, leaves, strict=False):
            inputs[place] = leaf
        return tuple(_real(functional_call(module, dict(zip(names, weights, strict=True)), tuple(inputs))))

    leaves = [given[k] for k in reals] + list(module.parameters())
    assert gradcheck(function, tuple(leaf.detach().requires_grad_() for leaf in leaves), fast_mode=True)


@pytest.mark.parametrize("name", MODULES)
def test_nan_shows(name):
    module, given = _fresh(name)
    assert not any(out.isnan().any() for out in _real(module(*given)))
    for k in _places(given, torch.Tensor.is_floating_point):
        spoilt = given[k].clone()
        spoilt[(0,) * spoilt.dim()] = torch.nan
        outputs = _real(module(*given[:k], spoilt, *given[k + 1 :]))
        assert any(out[0].isnan().any() for out in outputs)
        assert any(not out.isnan().all() for out in outputs)
    for parameter in module.parameters():
        with torch.no_grad():
            kept = parameter.clone()
            parameter.fill_(torch.nan)
            assert any(out.isnan().any() for out in _real(module(*given)))
            parameter.copy_(kept)


def _wrong(module, argument):
    """Arguments of the same place that do not fit."""
    if not isinstance(argument, torch.Tensor):
        return [[99, 1], [0, 1], [1]] if isinstance(argument[0], int) else [[9], [(1, 2, 3)]]
    wrong = [argument[None]]
    if not isinstance(module, Recurrent):  # which takes a single sequence, too
        wrong.append(argument[0])
    if not argument.is_floating_point():
        wrong.append(argument.double())
    elif not isinstance(module, attention.DotAttention):  # which reads what layers have made
        wrong += [argument.int(), argument.float()]
    return wrong


@pytest.mark.parametrize("name", MODULES)
def test_wrong_arguments_are_named(name):
    module, given = _fresh(name)
    for k, argument in enumerate(given):
        for wrong in _wrong(module, argument):
            with pytest.raises(ValueError, match=r"; got "):
                module(*given[:k], wrong, *given[k + 1 :])


def test_no_module_is_forgotten():
    kinds = {n for n, kind in vars(attention).items() if isinstance(kind, type) and issubclass(kind, torch.nn.Module)}
    weightless = {"NoAttention"}
    assert set(MODULES) == {*rnncore.nn.__all__, *models.__all__, *kinds} - weightless
