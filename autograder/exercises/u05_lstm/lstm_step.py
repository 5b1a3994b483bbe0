"""Exercise `lstm-step`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u05_lstm.shared import draw_layer, torch_values
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState, lstm_step

exercise = Exercise("lstm-step", "One step of the LSTM", lstm_step)


def _run_lstm_step(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    xs, state, params = draw_layer(rng, B, 1, D, H)
    result = expect_parts(student(xs[:, 0], state, params), "the new state", "the cache")
    return result, (xs, state, params)


@exercise.check("the new state of one sequence and one unit", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_lstm_step(student, rng, B=1, D=1, H=1)
    hint = "Compare with equations (5.1) to (5.3)."
    expect_same(state, torch_values(*given)[1], "the new state", hint)


@exercise.check("the new state of several sequences and units", points=1.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_lstm_step(student, rng, B=3, D=5, H=4)
    hint = "Each gate has a block of H columns."
    expect_same(state, torch_values(*given)[1], "the new state", hint)


@exercise.check("the cache holds what the backward step needs", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), (xs, state, params) = _run_lstm_step(student, rng, B=2, D=3, H=4)
    want = lstm_step(xs[:, 0], state, params)[1]
    expect_same(cache, want, "the cache", "Its fields have an order: see the docstring.")


exercise.leaves_inputs(0.5, after="the new state of several sequences and units")


def _lstm(x, state, params, order="ifgo", candidate=tanh, update=None, output=None):
    """An LSTM step with its parts laid open, for mistakes to get wrong."""
    blocks = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    a = dict(zip(order, blocks, strict=True))
    i, f, o, g = sigmoid(a["i"]), sigmoid(a["f"]), sigmoid(a["o"]), candidate(a["g"])
    c = f * state.c + i * g if update is None else update(i, f, g, o, state)
    h = o * tanh(c) if output is None else output(o, c, state)
    return LSTMState(h, c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


exercise.knob(
    _lstm,
    "swapped_input_and_forget_gates",
    "Your output is what swapped input and forget gates give. The four blocks of columns come in the order i, f, g, o: "
    "look at which block you slice for each gate.",
    order="figo",
)

exercise.knob(
    _lstm,
    "candidate_last",
    "Your output is what the gate order i, f, o, g gives. Here, as in torch, the candidate g comes third and the "
    "output gate o last.",
    order="ifog",
)

exercise.knob(
    _lstm,
    "sigmoid_candidate",
    "Your output is what a sigmoid on the candidate gives. The candidate g is no gate: it proposes new content, which "
    "may be negative.",
    candidate=sigmoid,
)


@exercise.mistake("Your output is what an LSTM without its bias gives. Look for b in the sum that feeds the gates.")
def no_bias(x, state, params):
    return _lstm(x, state, params._replace(b=np.zeros_like(params.b)))


exercise.knob(
    _lstm,
    "output_without_tanh",
    "Your output is what h = o c gives. The cell state is squashed before the output gate lets it out.",
    output=lambda o, c, state: o * c,
)

exercise.knob(
    _lstm,
    "output_from_old_cell",
    "Your hidden state is made from the old cell state. The output gate opens on the cell state of this step, after "
    "its update.",
    output=lambda o, c, state: o * tanh(state.c),
)

exercise.knob(
    _lstm,
    "coupled_gates",
    "Your cell state is what a forget gate of 1 - i gives. In this LSTM the two gates are learned apart; tied ones are "
    "a variant of Unit 6.",
    update=lambda i, f, g, o, state: (1 - i) * state.c + i * g,
)

exercise.knob(
    _lstm,
    "no_forget_gate",
    "Your cell state is what leaving out the forget gate gives: c_prev + i g. That was the LSTM of 1997; since Gers "
    "(2000) the old content passes through f.",
    update=lambda i, f, g, o, state: state.c + i * g,
)


@exercise.mistake("Your gates do not see the last hidden state. Each is fed by this step's input and by h_prev.")
def gates_without_hidden_state(x, state, params):
    return _lstm(x, state._replace(h=np.zeros_like(state.h)), LSTMParams(*params))
