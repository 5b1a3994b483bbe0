"""Exercise `set-forget-bias`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.base.activations import sigmoid
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.weights.forget_bias import set_forget_bias

exercise = Exercise("set-forget-bias", "Set the forget bias", set_forget_bias)


@exercise.check("the forget gates get the bias, and nothing else changes", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for D, H in ((2, 3), (3, 1)):
        params, value = init_lstm_params(D, H, rng), float(rng.uniform(1.0, 4.0))
        b = np.where(np.arange(4 * H) // H == 1, value, params.b)
        hint = "b has four blocks of H numbers, in the order i, f, g, o."
        expect_same(student(params, value), params._replace(b=b), "the parameters", hint)


exercise.leaves_inputs(0.25, after="the forget gates get the bias, and nothing else changes")


def _with_bias(params, gate, value, add=False):
    b, H = params.b.copy(), params.W_h.shape[0]
    block = slice("ifgo".index(gate) * H, "ifgo".index(gate) * H + H)
    b[block] = b[block] + value if add else value
    return params._replace(b=b)


@exercise.mistake("You set the bias of the input gate. The blocks come in the order i, f, g, o.")
def input_gate(params, value):
    return _with_bias(params, "i", value)


@exercise.mistake("You set the bias of the candidate. The blocks come in the order i, f, g, o.")
def candidate(params, value):
    return _with_bias(params, "g", value)


@exercise.mistake("You set the bias of the output gate. The blocks come in the order i, f, g, o.")
def output_gate(params, value):
    return _with_bias(params, "o", value)


@exercise.mistake("You set the bias of all gates. Only the forget gates should start open.")
def all_gates(params, value):
    return params._replace(b=np.full_like(params.b, value))


@exercise.mistake("You add the value to the bias that was there. The bias should have the value.")
def added(params, value):
    return _with_bias(params, "f", value, add=True)


@exercise.mistake("You set the forget bias and empty all the others. They should stay as they are.")
def others_emptied(params, value):
    return _with_bias(params._replace(b=np.zeros_like(params.b)), "f", value)


@exercise.mistake("You set how far the gate is open, not its bias: the value goes through the sigmoid only later.")
def squashed_value(params, value):
    return _with_bias(params, "f", sigmoid(np.asarray(value)))


@exercise.mistake("You set the bias of one forget gate. There are H of them, one for each unit.")
def one_unit(params, value):
    b, H = params.b.copy(), params.W_h.shape[0]
    b[1 if H == 1 else H] = value
    return params._replace(b=b)
