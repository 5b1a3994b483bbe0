"""Wrong LSTMs, and what leads to them."""

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.functional.activations import sigmoid, tanh
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState

lstm_step = Mutants()


def _lstm(x, state, params, order="ifgo", candidate=tanh, update=None, output=None):
    """An LSTM step with its parts laid open, for mutants to get wrong."""
    blocks = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    a = dict(zip(order, blocks, strict=True))
    i, f, o, g = sigmoid(a["i"]), sigmoid(a["f"]), sigmoid(a["o"]), candidate(a["g"])
    c = f * state.c + i * g if update is None else update(i, f, g, o, state)
    h = o * tanh(c) if output is None else output(o, c, state)
    return LSTMState(h, c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


@lstm_step.add(
    "Your output is what swapped input and forget gates give. The four blocks of columns come in the order i, f, g, o: "
    "look at which block you slice for each gate."
)
def swapped_input_and_forget_gates(x, state, params):
    return _lstm(x, state, params, order="figo")


@lstm_step.add(
    "Your output is what the gate order i, f, o, g gives. Here, as in torch, the candidate g comes third and the "
    "output gate o last."
)
def candidate_last(x, state, params):
    return _lstm(x, state, params, order="ifog")


@lstm_step.add(
    "Your output is what a sigmoid on the candidate gives. The candidate g is no gate: it proposes new content, which "
    "may be negative."
)
def sigmoid_candidate(x, state, params):
    return _lstm(x, state, params, candidate=sigmoid)


@lstm_step.add(
    "Your output is what an LSTM without its bias gives. Look for b in the sum that feeds the gates."
)
def no_bias(x, state, params):
    return _lstm(x, state, params._replace(b=np.zeros_like(params.b)))


@lstm_step.add(
    "Your output is what h = o c gives. The cell state is squashed before the output gate lets it out."
)
def output_without_tanh(x, state, params):
    return _lstm(x, state, params, output=lambda o, c, state: o * c)


@lstm_step.add(
    "Your hidden state is made from the old cell state. The output gate opens on the cell state of this step, after "
    "its update."
)
def output_from_old_cell(x, state, params):
    return _lstm(x, state, params, output=lambda o, c, state: o * tanh(state.c))


@lstm_step.add(
    "Your cell state is what a forget gate of 1 - i gives. In this LSTM the two gates are learned apart; tied ones are "
    "a variant of Unit 6."
)
def coupled_gates(x, state, params):
    return _lstm(x, state, params, update=lambda i, f, g, o, state: (1 - i) * state.c + i * g)


@lstm_step.add(
    "Your cell state is what leaving out the forget gate gives: c_prev + i g. That was the LSTM of 1997; since Gers "
    "(2000) the old content passes through f."
)
def no_forget_gate(x, state, params):
    return _lstm(x, state, params, update=lambda i, f, g, o, state: state.c + i * g)


@lstm_step.add("Your gates do not see the last hidden state. Each is fed by this step's input and by h_prev.")
def gates_without_hidden_state(x, state, params):
    return _lstm(x, state._replace(h=np.zeros_like(state.h)), LSTMParams(*params))
