"""Exercise `lstm-step`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_gates, expect_parts, expect_same
from autograder.exercises.u05_lstm.shared import draw_layer, torch_values
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState, lstm_step

exercise = Exercise("lstm-step", "One step of the LSTM", lstm_step)


def _run_lstm_step(
    student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int, full: float = 1.0, loud: float = 1.0
):
    xs, state, params = draw_layer(rng, B, 1, D, H)
    xs, state = loud * xs, state._replace(c=full * state.c)
    result = expect_parts(student(xs[:, 0], state, params), "the new state", "the cache")
    return result, (xs, state, params)


@exercise.check("the four gates, as the cache shows them", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 2, 4), (1, 1, 1)):
        (_, cache), (xs, state, params) = _run_lstm_step(student, rng, *sizes)
        want = lstm_step(xs[:, 0], state, params)[1]
        got = expect_parts(cache, *LSTMCache._fields)
        hint = "See (5.1). Each gate has a block of H columns, in the order i, f, g, o."
        expect_same(got[3:7], want[3:7], "the gates", hint)


@exercise.check("the new cell state, from the gates and the old one", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own gates, right or wrong."""
    (state, cache), (_, before, _) = _run_lstm_step(student, rng, B=2, D=3, H=4)
    _, c = expect_parts(state, *LSTMState._fields)
    kept = LSTMCache(*expect_parts(cache, *LSTMCache._fields))
    i, f = expect_gates(kept.i, kept.f)
    expect_same(c, f * before.c + i * np.asarray(kept.g), "c", "See (5.2): how much is kept, how much is written.")


@exercise.check("the new hidden state, from the cell state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own gates and cell state, right or wrong."""
    (state, cache), _ = _run_lstm_step(student, rng, B=2, D=3, H=4)
    h, c = expect_parts(state, *LSTMState._fields)
    (o,) = expect_gates(LSTMCache(*expect_parts(cache, *LSTMCache._fields)).o)
    expect_same(h, o * np.tanh(np.asarray(c)), "h", "See (5.3), with the new c.")


@exercise.check("the new state of several sequences and units", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for *sizes, full, loud in ((17, 5, 23, 1.0, 1.0), (1, 1, 1, 1.0, 1.0), (3, 2, 4, 30.0, 1.0), (3, 2, 4, 1e5, 1e4)):
        (state, _), given = _run_lstm_step(student, rng, *sizes, full=full, loud=loud)
        expect_same(state, torch_values(*given)[1], "the new state", "Compare with equations (5.1) to (5.3).")


@exercise.check("the cache holds what the backward step needs besides", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, cache), (xs, before, params) = _run_lstm_step(student, rng, B=2, D=3, H=4)
    x, h_prev, c_prev, *_, c, kept = expect_parts(cache, *LSTMCache._fields)
    _, new_c = expect_parts(state, *LSTMState._fields)
    want = xs[:, 0], before.h, before.c, np.asarray(new_c), params
    names = "x, h_prev, c_prev, c and params of the cache"
    expect_same((x, h_prev, c_prev, c, kept), want, names, "Its fields have an order: see the docstring.")


exercise.leaves_inputs(0.5)


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


exercise.knob(
    _lstm,
    "forget_gate_upside_down",
    "Your forget gate keeps where it is 0 and forgets where it is 1. Its value is the share of c_prev that is kept.",
    update=lambda i, f, g, o, state: (1 - f) * state.c + i * g,
)

exercise.knob(
    _lstm,
    "hidden_state_kept",
    "You keep the hidden state: f multiplies h_prev. What is kept from step to step is c_prev.",
    update=lambda i, f, g, o, state: f * state.h + i * g,
)


@exercise.mistake("You squash the new cell state, and then show it as it is. c stays unsquashed; h is o tanh(c).")
def cell_squashed(x, state, params):
    return _lstm(
        x,
        state,
        params,
        update=lambda i, f, g, o, state: tanh(f * state.c + i * g),
        output=lambda o, c, state: o * c,
    )


@exercise.mistake("Your cache has the old cell state twice. Its c is the new one; c_prev stands beside it.")
def old_cell_twice_in_the_cache(x, state, params):
    new, cache = _lstm(x, state, params)
    return new, cache._replace(c=state.c)


@exercise.mistake("Your cache has the new state in the places of h_prev and c_prev, which are from before the step.")
def new_state_for_the_old_in_the_cache(x, state, params):
    new, cache = _lstm(x, state, params)
    return new, cache._replace(h_prev=new.h, c_prev=new.c)


@exercise.mistake("You take every fourth column for a gate. The columns of a gate stand side by side, a block of H.")
def columns_dealt_out(x, state, params):
    def dealt(w):
        return np.concatenate([w[..., k::4] for k in range(4)], axis=-1)

    new, cache = _lstm(x, state, LSTMParams(*map(dealt, params)))
    return new, cache._replace(params=params)


exercise.knob(
    _lstm,
    "input_gate_coupled_to_the_forget_gate",
    "Your cell writes 1 - f of the candidate. In this LSTM the input gate decides that, with weights of its own; tied "
    "gates are a variant of Unit 6.",
    update=lambda i, f, g, o, state: f * state.c + (1 - f) * g,
)


@exercise.mistake("Your cache has the new h in the place of h_prev, which is from before the step.")
def new_h_for_the_old_in_the_cache(x, state, params):
    new, cache = _lstm(x, state, params)
    return new, cache._replace(h_prev=new.h)


@exercise.mistake(
    "Your cache has the new cell state twice. Its c_prev is from before the step: is that changed in place?"
)
def new_cell_twice_in_the_cache(x, state, params):
    new, cache = _lstm(x, state, params)
    return new, cache._replace(c_prev=new.c)


@exercise.mistake("A gate of yours looks at the cell state. In this LSTM gates see x and h_prev; others are in Unit 6.")
def output_gate_sees_the_cell(x, state, params):
    blocks = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    i, f, o, g = sigmoid(blocks[0]), sigmoid(blocks[1]), sigmoid(blocks[3] + state.c), tanh(blocks[2])
    c = f * state.c + i * g
    return LSTMState(o * tanh(c), c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


exercise.knob(
    _lstm,
    "output_gate_writes",
    "Your output gate decides how much is written. That is the input gate's part, see (5.2); o only shows.",
    update=lambda i, f, g, o, state: f * state.c + o * g,
)
