"""What an exercise allows of torch. Oracles: torch itself, whose layers answer the same call where they are allowed;
honest answers, which are not refused."""

import shutil

import numpy as np
import pytest

from autograder.checking import Exercise
from autograder.checking.student_function import RemoteFunction
from autograder.sandbox.session import StudentError

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")

SETUP = (
    "import numpy as np\nimport torch\nx = np.eye(3)\nh, w, v = torch.zeros(2, 4), torch.ones(4, 3), torch.ones(4, 4)"
)
CALL = "(torch.ones(2, 3), h, w, v).numpy()"
SPELLINGS = {
    "a layer": "def f(): return torch.nn.RNN(3, 4)(torch.ones(2, 5, 3))[0].detach().numpy()",
    "an LSTM in float64": "def f(): return torch.nn.LSTM(3, 4).double()(torch.ones(5, 3).double())[0].detach().numpy()",
    "a GRU of two directions": "def f(): return torch.nn.GRU(3, 4, bidirectional=True)(torch.ones(5, 3))[0].detach()",
    "padded sequences": """
packed = torch.nn.utils.rnn.pack_padded_sequence(torch.ones(2, 3, 3), [3, 2], batch_first=True)
def f(): return torch.nn.LSTM(3, 4, batch_first=True)(packed)[0].data.detach().numpy()
""",
    "a cell": "def f(): return torch.nn.LSTMCell(3, 4)(torch.ones(2, 3))[0].detach().numpy()",
    "a function": f"def f(): return torch.rnn_tanh_cell{CALL}",
    "another of its cells": f"def f(): return torch.rnn_relu_cell{CALL}",
    "an operator": f"def f(): return torch.ops.aten.rnn_tanh_cell{CALL}",
    "an overload": f"def f(): return torch.ops.aten.rnn_tanh_cell.default{CALL}",
    "beneath": f"def f(): return torch._VF.rnn_tanh_cell{CALL}",
    "further beneath": f"def f(): return torch._C._VariableFunctions.rnn_tanh_cell{CALL}",
    "an alias": f"T = torch\ndef f(): return T.rnn_tanh_cell{CALL}",
    "under a magic": f"%time cell = torch.rnn_tanh_cell\ndef f(): return cell{CALL}",
    "under a magic of the cell": f"%%time\nimport torch\ndef f(): return torch.rnn_tanh_cell{CALL}",
    "a comment that asks": f"def f(): return torch.rnn_tanh_cell{CALL}  # is this right?",
    "a name put together": f"def f(): return getattr(torch, 'rnn_' + 'tanh_cell'){CALL}",
    "a text": f"exec('def f(): return torch.rnn_tanh_cell{CALL}')",
    "a very long cell": f"def f(): return torch.rnn_tanh_cell{CALL}\n#{'x' * 300_000}",
    "made before": f"cell = torch.rnn_tanh_cell\ndef f(): return cell{CALL}",
    "a cell in Python": """
cell = torch.ao.nn.quantizable.LSTMCell(3, 4)
def f(): return cell(torch.ones(2, 3))[0].detach().numpy()
""",
    "the forward pass of one": """
run = torch.ao.nn.quantizable.LSTMCell(3, 4).forward
def f(): return run(torch.ones(2, 3), (h, h))[0].detach().numpy()
""",
    "a layer in Python": "def f(): return torch.ao.nn.quantizable.LSTM(3, 4)(torch.ones(5, 2, 3))[0].detach().numpy()",
    "a function in Python": """
from torch._decomp.decompositions import lstm_cell
def f(): return lstm_cell(torch.ones(2, 16), h, h, torch.ones(16, 4), None, None, 1)[0].numpy()
""",
    "a thread": f"""
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(int).result()
def f(): return pool.submit(lambda: torch.rnn_tanh_cell{CALL}).result()
""",
    "without gradients": f"def f():\n    with torch.inference_mode(): return torch.rnn_tanh_cell{CALL}",
    "with no modes": f"""
def f():
    with torch._C.DisableTorchFunction(), torch.utils._python_dispatch._disable_current_modes():
        return torch.rnn_tanh_cell{CALL}
""",
}
HONEST = {
    "an attribute of the name": "class Results: RNN = 1.0\ndef f(): return np.full(2, Results.RNN)",
    "words": 'def f():\n    """Like torch.nn.LSTM."""\n    return np.ones(2)  # LSTM',
    "compared in the same cell": "def f(): return np.ones(2)\nlayer = torch.nn.LSTM(3, 4)\nlayer(torch.ones(5, 3))",
    "its own cell in torch": "def f(): return torch.tanh(torch.nn.functional.linear(torch.ones(2, 3), w)).numpy()",
    "autograd": "def f():\n    a = torch.ones(3, requires_grad=True)\n    (a * a).sum().backward()\n    return a.grad",
    "layers that are not recurrent": "def f(): return torch.nn.Linear(3, 4)(torch.ones(2, 3)).detach().numpy()",
    "a padded batch": "def f(): return torch.nn.utils.rnn.pad_sequence([torch.ones(2), torch.ones(3)]).numpy()",
    "the weights of a layer": "def f(): return torch.nn.LSTM(3, 4).state_dict()['weight_hh_l0'].numpy()",
}
MAGIC = {
    "autograd": HONEST["autograd"],
    "the gradient of a function": "def f(): return torch.func.grad(lambda a: (a * a).sum())(torch.tensor(x))",
    "a loss": "def f(): return torch.nn.functional.cross_entropy(torch.tensor(x), torch.tensor(x))",
    "a product": "T = torch\ndef f(): return T.tensor(x) @ T.tensor(x).T",
    "in place": "def f(): return torch.tensor(x).exp_()",
}
ARRAYS = {
    "made and unmade": "def f(): return torch.tensor(torch.from_numpy(x).detach().clone().double().numpy())",
    "a number": "def f(): return torch.tensor(3.0).item()",
}


@pytest.fixture(scope="module")
def torch_inside(session):
    session.restart()
    define(session, SETUP)
    return session


def define(session, source):
    run = session.run(source)
    assert run.ok, run.outputs


@pytest.mark.parametrize("kind", SPELLINGS)
def test_a_layer_is_refused_however_it_is_spelt(torch_inside, kind):
    define(torch_inside, SPELLINGS[kind])
    with pytest.raises(StudentError, match=r"^this exercise asks you to write it, and torch's (rnn|lstm|gru|rec)"):
        torch_inside.call("f", (), {}, {}, "no layers")
    assert np.size(torch_inside.call("f", (), {}, {}).result)


@pytest.mark.parametrize("kind", HONEST)
def test_honest_work_is_not_refused(torch_inside, kind):
    define(torch_inside, HONEST[kind])
    assert np.size(torch_inside.call("f", (), {}, {}, "no layers").result)


@pytest.mark.parametrize("kind", MAGIC)
def test_without_torch_nothing_is_computed_with_it(torch_inside, kind):
    define(torch_inside, MAGIC[kind])
    with pytest.raises(StudentError, match=r"^this exercise is to be solved without torch"):
        torch_inside.call("f", (), {}, {}, "none")
    assert np.size(torch_inside.call("f", (), {}, {}, "no layers").result)


@pytest.mark.parametrize("kind", ARRAYS)
def test_without_torch_a_result_may_be_a_tensor(torch_inside, kind):
    define(torch_inside, ARRAYS[kind])
    assert np.size(torch_inside.call("f", (), {}, {}, "none").result)


def test_after_a_call_the_next_cell_has_all_of_torch(torch_inside):
    define(torch_inside, "def f(): return 1")
    for torch in ("none", "no layers"):
        torch_inside.call("f", (), {}, {}, torch)
        define(torch_inside, "torch.nn.LSTM(3, 4)(torch.ones(5, 3))[0].sum().backward()")


HELPERS = {
    "forked before": """
import multiprocessing
mine, theirs = multiprocessing.Pipe()
def serve():
    while True:
        theirs.recv()
        theirs.send(torch.rnn_tanh_cell(torch.ones(2, 3), h, w, v).numpy())
multiprocessing.get_context("fork").Process(target=serve, daemon=True).start()
def f():
    mine.send(1)
    return mine.recv() if mine.poll(1.0) else None
""",
    "started by the call": """
import subprocess, sys
def f():
    code = "import torch; print(torch.nn.RNN(3, 4)(torch.ones(2, 3))[0].sum().item())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True).stdout or None
""",
}


@pytest.mark.parametrize("kind", HELPERS)
def test_no_process_of_its_own_does_it_instead(torch_inside, kind):
    define(torch_inside, HELPERS[kind])
    assert torch_inside.call("f", (), {}, {}).result is not None
    assert torch_inside.call("f", (), {}, {}, "no layers").result is None
    torch_inside.restart()
    define(torch_inside, SETUP)


@pytest.mark.parametrize(("torch", "points"), [("none", 0.0), ("no layers", 0.0), ("all", 2.0)])
def test_an_exercise_says_what_is_allowed(torch_inside, torch, points):
    exercise = Exercise("f", "F", lambda: 1, torch=torch)
    exercise.check("a value", points=2)(lambda student, rng: student())
    define(torch_inside, SPELLINGS["a function"])
    verdict = exercise(RemoteFunction("f", torch_inside.call))
    assert verdict.score == points
    assert bool(verdict.reason) == (points == 0.0)
