"""The rule against torch's own recurrent layers. Oracles: honest answers, among them every reference, are not refused;
each way of calling a layer by its name is."""

import pytest

from autograder.authoring.inline import inline_exercises, without_marks
from autograder.authoring.units import all_units
from autograder.checking import Exercise
from autograder.checking.builtin_layers import LONGEST, uses_builtin_layer
from autograder.checking.student_function import RemoteFunction

LAYER = "torch.nn.LSTM(3, 4)"
CHEATS = {
    "a layer": [f"import torch\ndef f(x): return {LAYER}(x)"],
    "a cell": ["import torch.nn as nn\ndef f(x): return nn.LSTMCell(3, 4)(x)"],
    "imported": ["from torch.nn import GRU as G", "def f(x): return G(3, 4)(x)"],
    "imported inside": ["def f(x):\n    from torch.nn import RNN\n    return RNN(3, 4)(x)"],
    "everything imported": ["from torch.nn import *", "def f(x): return LSTM(3, 4)(x)"],
    "a function": ["import torch as t\ndef f(x): return t.lstm(x)"],
    "beneath": ["import torch\ndef f(x): return torch._VF.lstm(x)"],
    "by name": ["import torch\ndef f(x): return getattr(torch.nn, 'LSTM')(3, 4)(x)"],
    "from the dictionary": ["import torch\ndef f(x): return vars(torch.nn)['LSTM'](3, 4)(x)"],
    "made outside": [f"import torch\nlayer = {LAYER}", "def f(x): return layer(x)"],
    "a helper": [f"def g(x): return {LAYER}(x)\ndef h(x): return g(x)", "def f(x): return h(x)"],
    "a helper inside": [
        f"def g(x): return {LAYER}(x)",
        "def f(x):\n    def inner(g=g): return g(x)\n    return inner()",
    ],
    "a class": [f"class L:\n    def __call__(self, x): return {LAYER}(x)", "f = L()"],
    "wrapped": [f"def f(x): return {LAYER}(x)", "import functools\nf = functools.cache(f)"],
    "in a branch": [f"try:\n    def f(x): return {LAYER}(x)\nexcept ValueError: pass"],
    "set from inside": [f"def g():\n    global f\n    def f(x): return {LAYER}(x)\ng()"],
    "with a command": [f"%matplotlib inline\ntorch.nn?\ndef f(x): return {LAYER}(x)"],
    "under a magic": [f"%%time\ndef f(x): return {LAYER}(x)"],
    "in a cell that does not parse": [f"x = !ls\ny = $\ndef f(x): return {LAYER}(x)"],
    "in a very long cell": [f"def f(x): return {LAYER}(x)\n#{'x' * LONGEST}"],
}
HONEST = {
    "a comment and a docstring": [
        'def f(x):\n    """Like torch.nn.LSTM, getattr(torch.nn, "LSTM")."""\n    return x  # LSTM'
    ],
    "compared elsewhere": ["def f(x): return x", f"assert f(1) == {LAYER}(1)", f"layer = {LAYER}"],
    "compared in the same cell": [f"def f(x): return x\nprint({LAYER}(1), f(1))"],
    "names of its own": [f"layer = {LAYER}", "def f(layer):\n    lstm = gru = layer\n    return lstm, gru"],
    "a comprehension": [f"layer = {LAYER}", "def f(xs): return [layer for layer in xs]"],
    "a dictionary": ["SIZES = {'LSTM': 4, 'GRU': 3}", "def f(x): return SIZES['LSTM'], SIZES.get('GRU')"],
    "a field": ["def f(params): return params.lstm + params.gru"],
    "torch for other things": ["import torch\ndef f(x): return torch.nn.Linear(3, 4)(x) + torch.tanh(x)"],
    "a constant": ["LSTM = 4", "def f(x): return x * LSTM"],
    "an earlier exercise": [f"def earlier(x): return {LAYER}(x)", "def f(x): return earlier(x)"],
    "text that is no code": ["def f(x) return torch", "$$$"],
    "nothing": [],
}


@pytest.mark.parametrize("kind", CHEATS)
def test_a_layer_is_found(kind):
    assert uses_builtin_layer("f", CHEATS[kind])


@pytest.mark.parametrize("kind", HONEST)
def test_honest_code_is_not_refused(kind):
    assert uses_builtin_layer("f", HONEST[kind], {"earlier"}) == ""


@pytest.mark.parametrize(
    "source", ["(" * 10**5, "-" * 10**5 + "1", "f" + ".a" * 50_000, "[" * 90 + "]" * 90, "\0", "\ud800"]
)
def test_awkward_code_is_read_or_passed_over(source):
    assert uses_builtin_layer("f", [source, f"f = 1\n{source}"]) == ""


@pytest.mark.parametrize("unit", all_units(), ids=lambda unit: unit.name)
def test_no_reference_is_refused(unit):
    cells = [cell.source for cell in unit.notebook().cells if cell.cell_type == "code"]
    sources = [without_marks(inline_exercises(source)) for source in cells]
    for dotted in unit.exercises():
        assert uses_builtin_layer(dotted.rsplit(".", 1)[1], sources) == ""


def test_the_verdict_says_so_and_an_exercise_may_allow_it():
    def right(x):
        return x

    def verdict(**options):
        check = Exercise("f", "F", right, **options)
        check.check("a value", points=2)(lambda student, rng: None)
        return check(RemoteFunction("f", None, CHEATS["a layer"]))

    assert verdict().score == 0
    assert "torch's LSTM does it for you" in verdict().reason
    assert verdict(torch_layers=True).score == 2
