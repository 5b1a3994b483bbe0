"""Exercise `lstm-step-backward`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u05_lstm.shared import STEP_GRADIENTS, draw_layer, draw_state, torch_gradients
from rnncore.functional.cells import LSTMParams, LSTMState, lstm_step, lstm_step_backward

exercise = Exercise("lstm-step-backward", "One step back", lstm_step_backward)


def _run_step_backward(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    layer = xs, state, params = draw_layer(rng, B, 1, D, H)
    dstate = draw_state(rng, B, H)
    _, cache = lstm_step(xs[:, 0], state, params)
    got = expect_parts(student(dstate, cache), *STEP_GRADIENTS)
    dxs, *rest = torch_gradients(layer, np.zeros((B, 1, H)), dstate)
    return got, (dxs[:, 0], *rest)


@exercise.check("all gradients for one sequence and one unit", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=1, D=1, H=1)
    for name, mine, right in zip(STEP_GRADIENTS, got, want, strict=True):
        expect_same(mine, right, name, "Go through equations (5.7) to (5.10) one by one.")


@exercise.check("the gradient of the input", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[0], want[0], STEP_GRADIENTS[0], "All four gates read x.")


@exercise.check("the gradient of the state before", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[1], want[1], STEP_GRADIENTS[1], "Equation (5.7) for c, equation (5.10) for h.")


@exercise.check("the gradients of the weights", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=4, D=2, H=3)
    expect_same(got[2], want[2], STEP_GRADIENTS[2], "All sequences of the batch share the weights.")


exercise.leaves_inputs(0.5, after="the gradient of the state before")


def _back(dstate, cache, dc=None, order="ifgo", batch=np.sum, keep=None, **changed):
    """The backward step with its parts laid open."""
    x, h_prev, c_prev, i, f, g, o, c, params = cache
    dc = dstate.c + dstate.h * o * (1 - np.tanh(c) ** 2) if dc is None else dc
    da = {
        "i": dc * g * i * (1 - i),
        "f": dc * c_prev * f * (1 - f),
        "g": dc * i * (1 - g**2),
        "o": dstate.h * np.tanh(c) * o * (1 - o),
    }
    for gate, instead in changed.items():
        da[gate] = instead(dc)
    a = np.concatenate([da[gate] for gate in order], axis=1)
    weights = LSTMParams(x.T @ a, h_prev.T @ a, batch(a, axis=0))
    return a @ params.W_x.T, LSTMState(a @ params.W_h.T, dc * (f if keep is None else keep)), weights


@exercise.mistake(
    "Your gradient of c is only what arrives along the cell. The loss sees c in a second way: through this step's h."
)
def cell_path_only(dstate, cache):
    return _back(dstate, cache, dc=dstate.c)


@exercise.mistake(
    "Your gradient of c is only what comes through h. What arrives along the cell, from the steps after, belongs to "
    "it too."
)
def hidden_path_only(dstate, cache):
    return _back(dstate, cache, dc=dstate.h * cache.o * (1 - np.tanh(cache.c) ** 2))


@exercise.mistake(
    "On the way from h to c you passed the output gate, but not the tanh. Each function on the way leaves its "
    "derivative."
)
def tanh_of_cell_forgotten(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * cache.o)


@exercise.mistake(
    "Your gates i, f and o are without the derivative of the sigmoid. The weights act on what goes into it, not on "
    "what comes out."
)
def no_sigmoid_derivative(dstate, cache):
    tanh_c = np.tanh(cache.c)
    return _back(
        dstate, cache, i=lambda dc: dc * cache.g, f=lambda dc: dc * cache.c_prev, o=lambda dc: dstate.h * tanh_c
    )


@exercise.mistake("Your candidate has the derivative of a sigmoid. It is a tanh.")
def sigmoid_derivative_for_candidate(dstate, cache):
    return _back(dstate, cache, g=lambda dc: dc * cache.i * cache.g * (1 - cache.g))


@exercise.mistake(
    "Your candidate is without the derivative of its tanh. The weights act on what goes into it, not on what comes out."
)
def no_candidate_derivative(dstate, cache):
    return _back(dstate, cache, g=lambda dc: dc * cache.i)


@exercise.mistake("Your forget gate is judged by the new cell state. What it let through or held back is the old one.")
def forget_gate_by_new_cell(dstate, cache):
    return _back(dstate, cache, f=lambda dc: dc * cache.c * cache.f * (1 - cache.f))


@exercise.mistake("Your output gate is judged by c as it is. What it lets out is squashed first.")
def output_gate_by_raw_cell(dstate, cache):
    return _back(dstate, cache, o=lambda dc: dstate.h * cache.c * cache.o * (1 - cache.o))


exercise.knob(
    _back,
    "swapped_gates",
    "Your gradients of input and forget gate have changed places. The blocks come in the order i, f, g, o.",
    order="figo",
)

exercise.knob(
    _back,
    "forget_gate_passed_over",
    "Your gradient of c_prev passes the forget gate as if it were wide open. On the way forward f scaled c_prev; on "
    "the way back it scales the gradient.",
    keep=1.0,
)

exercise.knob(
    _back,
    "mean_over_batch",
    "Your gradient of the bias is the mean over the batch. The bias acts on every sequence, and the effects add up.",
    batch=np.mean,
)
