"""Exercise `set-forget-bias`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.base.activations import sigmoid
from rnncore.functional.cells.lstm import LSTMParams, init_lstm_params
from rnncore.functional.weights.forget_bias import set_forget_bias

exercise = Exercise("set-forget-bias", "Set the forget bias", set_forget_bias)


_BLOCKS = "b has four blocks of H numbers, in the order i, f, g, o."


def _run_set(
    student: StudentFunction,
    rng: np.random.Generator,
    D: int,
    H: int,
    empty: bool = False,
    value: float | None = None,
):
    params = init_lstm_params(D, H, rng)
    value = float(rng.uniform(1.0, 4.0)) if value is None else value
    params = params._replace(b=rng.normal(size=4 * H) * (not empty))
    forget = np.arange(4 * H) // H == 1
    got = expect_parts(student(params, value), *LSTMParams._fields)
    return got, params._replace(b=np.where(forget, value, params.b)), forget


@exercise.check("the forget gates get the bias", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, b), want, forget = _run_set(student, rng, 5, 3, empty=True)
    if np.shape(b) != want.b.shape:
        raise CheckFailed(f"b should have shape {want.b.shape}; got {np.shape(b)}")
    expect_same(np.asarray(b)[forget], want.b[forget], "the forget gates' bias", _BLOCKS)


@exercise.check("the other gates keep theirs", points=0.25, after="the forget gates get the bias")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for D, H, value in ((2, 3, None), (3, 1, None), (2, 4, 0.0), (2, 4, -3.0)):
        (_, _, b), want, _ = _run_set(student, rng, D, H, value=value)
        expect_same(b, want.b, "b", _BLOCKS)


@exercise.check("the matrices stay as they are", points=0.25, after="the forget gates get the bias")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (W_x, W_h, _), want, _ = _run_set(student, rng, 2, 3)
    expect_same((W_x, W_h), want[:2], "W_x and W_h", "Only b changes.")


exercise.leaves_inputs(0.25)


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


@exercise.mistake(
    "You return b alone. Wanted are whole parameters, LSTMParams, with another b: params._replace(b=...)."
)
def bias_alone(params, value):
    return _with_bias(params, "f", value).b


@exercise.mistake("You count the blocks by the size of the input. b has four blocks of H numbers: ask W_h for H.")
def blocks_by_the_input(params, value):
    b, D = params.b.copy(), params.W_x.shape[0]
    b[D : 2 * D] = value
    return params._replace(b=b)


@exercise.mistake("You set the forget gates' columns of the matrices, too. Only the bias changes.")
def matrices_too(params, value):
    H = params.W_h.shape[0]

    def put(w):
        w = w.copy()
        w[..., H : 2 * H] = value
        return w

    return type(params)(*map(put, params))


@exercise.mistake("You set the bias, and empty W_h. Only the bias changes.")
def hidden_weights_emptied(params, value):
    return _with_bias(params._replace(W_h=np.zeros_like(params.W_h)), "f", value)


@exercise.mistake("You set the bias, and empty W_x. Only the bias changes.")
def input_weights_emptied(params, value):
    return _with_bias(params._replace(W_x=np.zeros_like(params.W_x)), "f", value)
