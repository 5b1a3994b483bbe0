"""Hidden checks of Unit 5: the LSTM, gate by gate."""

import numpy as np
import torch

from autograder.checking import (
    CheckFailed,
    CheckSet,
    StudentFunction,
    expect_parts,
    expect_same,
    expect_unchanged,
)
from autograder.mutants import u05_lstm as mutants
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState, lstm_step, lstm_step_backward
from rnncore.functional.cells.lstm import from_torch, init_lstm_params, to_torch
from rnncore.functional.sequence.lstm_layer import (
    LSTMTrace,
    diagnose_notes_cell,
    lstm_backward,
    lstm_forward,
    trace,
)
from rnncore.functional.weights.forget_bias import set_forget_bias


def _state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.normal(size=(B, H)), rng.normal(size=(B, H)))


def _layer(rng: np.random.Generator, B: int, T: int, D: int, H: int):
    return rng.normal(size=(B, T, D)), _state(rng, B, H), init_lstm_params(D, H, rng)


def _torch_layer(xs: torch.Tensor, state: LSTMState, params: LSTMParams):
    """The oracle: torch's own LSTM, in float64, as a function of its weights."""
    D, H = params.W_x.shape[0], params.W_h.shape[0]
    network = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64, device="meta")
    weights = {name: weight.contiguous() for name, weight in to_torch(params).items()}
    memory = (state.h[None], state.c[None])
    hs, (h, c) = torch.func.functional_call(network, weights, (xs, memory))
    return hs, LSTMState(h[0], c[0])


def _torch_values(xs: np.ndarray, state: LSTMState, params: LSTMParams):
    tensors = [torch.tensor(array) for array in (xs, *state, *params)]
    hs, last = _torch_layer(tensors[0], LSTMState(*tensors[1:3]), LSTMParams(*tensors[3:]))
    return hs.numpy(), LSTMState(last.h.numpy(), last.c.numpy())


def _torch_gradients(layer, dhs: np.ndarray, dstate: LSTMState):
    """Gradients by torch's autograd, in the order and types that the student returns."""
    xs, state, params = layer
    leaves = [torch.tensor(array, requires_grad=True) for array in (xs, *state, *params)]
    hs, last = _torch_layer(leaves[0], LSTMState(*leaves[1:3]), LSTMParams(*leaves[3:]))
    shown = torch.sum(hs * torch.tensor(dhs))
    kept = torch.sum(last.h * torch.tensor(dstate.h)) + torch.sum(last.c * torch.tensor(dstate.c))
    dxs, dh, dc, *dparams = (g.numpy() for g in torch.autograd.grad(shown + kept, leaves))
    return dxs, LSTMState(dh, dc), LSTMParams(*dparams)


check_lstm_step = CheckSet("lstm-step", lstm_step, mutants.lstm_step)


def _run_lstm_step(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    xs, state, params = _layer(rng, B, 1, D, H)
    result = expect_parts(student(xs[:, 0], state, params), "the new state", "the cache")
    return result, (xs, state, params)


@check_lstm_step.that("the new state of one sequence and one unit", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_lstm_step(student, rng, B=1, D=1, H=1)
    hint = "Compare with equations (5.1) to (5.3)."
    expect_same(state, _torch_values(*given)[1], "the new state", hint)


@check_lstm_step.that("the new state of several sequences and units", points=1.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_lstm_step(student, rng, B=3, D=5, H=4)
    hint = "Each gate has a block of H columns."
    expect_same(state, _torch_values(*given)[1], "the new state", hint)


@check_lstm_step.that("the cache holds what the backward step needs", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), (xs, state, params) = _run_lstm_step(student, rng, B=2, D=3, H=4)
    want = lstm_step(xs[:, 0], state, params)[1]
    expect_same(cache, want, "the cache", "Its fields have an order: see the docstring.")


@check_lstm_step.that(
    "leaves its inputs as they were", points=0.5, after="the new state of several sequences and units"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_lstm_step(student, rng, B=2, D=3, H=4)
    expect_unchanged(student)


check_lstm_forward = CheckSet("lstm-forward", lstm_forward, mutants.lstm_forward, uses=[lstm_step])


def _run_lstm_forward(student: StudentFunction, rng: np.random.Generator, *sizes: int):
    layer = _layer(rng, *sizes)
    names = "the hidden states", "the state after the last step", "the caches"
    return expect_parts(student(*layer), *names), layer


@check_lstm_forward.that("the hidden states of every step", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 6, 2, 4), (1, 1, 1, 1)):
        (hs, _, _), layer = _run_lstm_forward(student, rng, *sizes)
        hint = "Batch first, then time; the state of a step goes into the next."
        expect_same(hs, _torch_values(*layer)[0], "the hidden states", hint)


@check_lstm_forward.that("the state after the last step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, last, _), layer = _run_lstm_forward(student, rng, 2, 5, 3, 4)
    hint = "Both h and c are carried from step to step."
    expect_same(last, _torch_values(*layer)[1], "the last state", hint)


@check_lstm_forward.that("one cache for each step, in order", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, caches), layer = _run_lstm_forward(student, rng, 2, 4, 3, 2)
    hint = "A list of what each call of lstm_step left behind."
    expect_same(caches, lstm_forward(*layer)[2], "the caches", hint)


@check_lstm_forward.that("leaves its inputs as they were", points=0.25, after="the hidden states of every step")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_lstm_forward(student, rng, 2, 3, 3, 2)
    expect_unchanged(student)


check_diagnose_notes_cell = CheckSet("diagnose-notes-cell", diagnose_notes_cell, mutants.diagnose_notes_cell)

_FAULTS = ("input_gate_is_output_gate", "cell_state_not_updated", "output_ignores_cell")


def _cells(rng: np.random.Generator, B: int, T: int, H: int) -> dict[str, tuple[LSTMTrace, set[str]]]:
    """Runs of right and wrong cells, each with the faults that it has."""
    shared, frozen, output = _FAULTS
    hs, _, caches = lstm_forward(*_layer(rng, B, T, 2, H))
    right = trace(hs, caches)
    still = np.repeat(right.c_0[:, None], T, axis=1)
    spot = np.zeros((B, T, H))
    spot[-1, 0, -1] = 0.1
    shut = right._replace(
        i=np.zeros_like(right.i),
        f=np.ones_like(right.f),
        c=still,
        h=right.o * np.tanh(still),
    )
    one_gate = right._replace(o=right.i, h=right.i * np.tanh(right.c))
    near = right.i + spot
    return {
        "a right cell": (right, set()),
        "a right cell, but for rounding": (right._replace(h=right.h * (1 + 1e-12)), set()),
        "a right cell whose gates are shut": (shut, set()),
        "i and o are one": (one_gate, {shared}),
        "i and o differ in one entry": (
            right._replace(o=near, h=near * np.tanh(right.c)),
            set(),
        ),
        "the cell state stays": (
            right._replace(c=still, h=right.o * np.tanh(still)),
            {frozen},
        ),
        "the first step starts elsewhere": (right._replace(c_0=right.c_0 + 0.5), {frozen}),
        "the gate is the output": (right._replace(h=right.o), {output}),
        "the gate is left out": (right._replace(h=np.tanh(right.c)), {output}),
        "the output is off in one entry": (right._replace(h=right.h + spot), {output}),
        "all three faults": (
            right._replace(o=right.i, c=still, h=right.i),
            {shared, frozen, output},
        ),
    }


def _diagnose(student: StudentFunction, rng: np.random.Generator, faults: tuple[str, ...], *sizes: int):
    cells = _cells(rng, *sizes)
    found = {name: student(run) for name, (run, _) in cells.items()}
    for name, (_, has) in cells.items():
        findings = found[name]
        if not isinstance(findings, dict) or set(findings) != set(_FAULTS):
            raise CheckFailed("return a dictionary with the three keys of the docstring, no others")
        for fault in faults:
            expect_same(_plain(findings[fault]), fault in has, f"the finding {fault!r} ({name})")


def _plain(finding: object) -> object:
    """NumPy's own truth values are as good as Python's."""
    if isinstance(finding, np.bool_ | np.ndarray) and finding.shape == ():
        return finding.item()
    return finding


@check_diagnose_notes_cell.that("whether two gates are one", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS[:1], 2, 4, 3)


@check_diagnose_notes_cell.that("whether the cell state is updated", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS[1:2], 2, 4, 3)


@check_diagnose_notes_cell.that("whether the output comes from the cell", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS[2:], 2, 4, 3)


@check_diagnose_notes_cell.that("all three, for more sequences and units", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS, 5, 3, 6)


check_from_torch = CheckSet("from-torch", from_torch, mutants.from_torch)


def _torch_weights(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    shapes = {
        "weight_ih_l0": (4 * H, D),
        "weight_hh_l0": (4 * H, H),
        "bias_ih_l0": (4 * H,),
        "bias_hh_l0": (4 * H,),
    }
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def _run_from_torch(student: StudentFunction, rng: np.random.Generator, D: int, H: int):
    weights = _torch_weights(rng, D, H)
    return expect_parts(student(weights), "W_x", "W_h", "b"), weights


@check_from_torch.that("the weights of the input and of the hidden state", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for D, H in ((5, 3), (8, 2)):
        (W_x, W_h, _), weights = _run_from_torch(student, rng, D, H)
        hint = "A row of torch's matrix is a column of ours."
        expect_same(W_x, np.einsum("kd->dk", weights["weight_ih_l0"]), "W_x", hint)
        expect_same(W_h, np.einsum("kh->hk", weights["weight_hh_l0"]), "W_h", hint)


@check_from_torch.that("the bias", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, b), weights = _run_from_torch(student, rng, 3, 4)
    both = np.sum([weights["bias_ih_l0"], weights["bias_hh_l0"]], axis=0)
    expect_same(b, both, "b", "torch has two biases where we have one.")


@check_from_torch.that("an LSTM with these weights computes what torch's computes", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    D, H = 4, 3
    parts, weights = _run_from_torch(student, rng, D, H)
    xs, state = rng.normal(size=(2, 5, D)), _state(rng, 2, H)
    network = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    network.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    with torch.no_grad():
        memory = torch.tensor(state.h)[None], torch.tensor(state.c)[None]
        want, _ = network(torch.tensor(xs), memory)
    hs, _, _ = lstm_forward(xs, state, LSTMParams(*parts))
    expect_same(hs, want.numpy(), "the hidden states")


@check_from_torch.that("leaves its inputs as they were", points=0.25, after="the bias")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_from_torch(student, rng, 3, 2)
    expect_unchanged(student)


check_set_forget_bias = CheckSet("set-forget-bias", set_forget_bias, mutants.set_forget_bias)


@check_set_forget_bias.that("the forget gates get the bias, and nothing else changes", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for D, H in ((2, 3), (3, 1)):
        params, value = init_lstm_params(D, H, rng), float(rng.uniform(1.0, 4.0))
        b = np.where(np.arange(4 * H) // H == 1, value, params.b)
        hint = "b has four blocks of H numbers, in the order i, f, g, o."
        expect_same(student(params, value), params._replace(b=b), "the parameters", hint)


@check_set_forget_bias.that(
    "leaves its inputs as they were",
    points=0.25,
    after="the forget gates get the bias, and nothing else changes",
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(init_lstm_params(3, 2, rng), 2.0)
    expect_unchanged(student)


check_lstm_step_backward = CheckSet("lstm-step-backward", lstm_step_backward, mutants.lstm_step_backward)

_GRADIENTS = "the gradient of x", "the gradient of the state before", "the gradients of the weights"


def _run_step_backward(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    layer = xs, state, params = _layer(rng, B, 1, D, H)
    dstate = _state(rng, B, H)
    _, cache = lstm_step(xs[:, 0], state, params)
    got = expect_parts(student(dstate, cache), *_GRADIENTS)
    dxs, *rest = _torch_gradients(layer, np.zeros((B, 1, H)), dstate)
    return got, (dxs[:, 0], *rest)


@check_lstm_step_backward.that("all gradients for one sequence and one unit", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=1, D=1, H=1)
    for name, mine, right in zip(_GRADIENTS, got, want, strict=True):
        expect_same(mine, right, name, "Go through equations (5.7) to (5.10) one by one.")


@check_lstm_step_backward.that("the gradient of the input", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[0], want[0], _GRADIENTS[0], "All four gates read x.")


@check_lstm_step_backward.that("the gradient of the state before", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[1], want[1], _GRADIENTS[1], "Equation (5.7) for c, equation (5.10) for h.")


@check_lstm_step_backward.that("the gradients of the weights", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=4, D=2, H=3)
    expect_same(got[2], want[2], _GRADIENTS[2], "All sequences of the batch share the weights.")


@check_lstm_step_backward.that("leaves its inputs as they were", points=0.5, after="the gradient of the state before")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_step_backward(student, rng, B=2, D=3, H=4)
    expect_unchanged(student)


check_lstm_backward = CheckSet("lstm-backward", lstm_backward, mutants.lstm_backward, uses=[lstm_step_backward])

_SEQUENCE_GRADIENTS = "the gradients of xs", "the gradient of the first state", _GRADIENTS[2]


def _run_lstm_backward(student: StudentFunction, rng: np.random.Generator, *sizes: int):
    layer = _layer(rng, *sizes)
    B, T, _, H = sizes
    dhs, dstate = rng.normal(size=(B, T, H)), _state(rng, B, H)
    caches: list[LSTMCache] = lstm_forward(*layer)[2]
    got = expect_parts(student(dhs, dstate, caches), *_SEQUENCE_GRADIENTS)
    return got, _torch_gradients(layer, dhs, dstate)


@check_lstm_backward.that("the gradient of the input at every step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 3, 6, 2, 4)
    expect_same(got[0], want[0], _SEQUENCE_GRADIENTS[0], "Two gradients of h meet at each step.")


@check_lstm_backward.that("the gradient of the first state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 3, 5, 2, 4)
    expect_same(got[1], want[1], _SEQUENCE_GRADIENTS[1], "Start from what arrives after step T.")


@check_lstm_backward.that("the gradients of the weights, over all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 2, 5, 3, 4)
    expect_same(got[2], want[2], _SEQUENCE_GRADIENTS[2], "The steps share their weights.")


@check_lstm_backward.that(
    "a single step of one sequence", points=0.25, after="the gradients of the weights, over all steps"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 1, 1, 1, 1)
    for name, mine, right in zip(_SEQUENCE_GRADIENTS, got, want, strict=True):
        expect_same(mine, right, name)


@check_lstm_backward.that(
    "leaves its inputs as they were",
    points=0.25,
    after="the gradients of the weights, over all steps",
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_lstm_backward(student, rng, 2, 3, 2, 3)
    expect_unchanged(student)
