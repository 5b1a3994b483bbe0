"""Exercise `lstm-step-backward`."""

from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u05_lstm.shared import STEP_GRADIENTS, draw_layer, draw_state, torch_gradients
from rnncore.functional.cells import LSTMParams, LSTMState, lstm_step, lstm_step_backward

exercise = Exercise("lstm-step-backward", "One step back", lstm_step_backward)


def _run_step_backward(
    student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int, large: float = 1.0
) -> tuple[tuple[Any, ...], tuple[Any, ...], Any]:
    layer = xs, state, params = draw_layer(rng, B, 1, D, H)
    dstate = LSTMState(*(large * part for part in draw_state(rng, B, H)))
    _, cache = lstm_step(xs[:, 0], state, params)
    got = expect_parts(student(dstate, cache), *STEP_GRADIENTS)
    dxs, *rest = torch_gradients(layer, np.zeros((B, 1, H)), dstate)
    return got, (dxs[:, 0], *rest), cache


def _expect_gate(student: StudentFunction, rng: np.random.Generator, gate: str, hint: str) -> None:
    """The gradient of one gate's block, read off that of the bias of a single sequence."""
    got, want, _ = _run_step_backward(student, rng, B=1, D=2, H=4)
    *_, db = expect_parts(got[2], *LSTMParams._fields)
    if np.shape(db) != (16,):
        raise CheckFailed(f"db should have shape (16,); got {np.shape(db)}")
    blocks = (dict(zip("ifgo", np.split(np.asarray(b), 4), strict=True)) for b in (db, want[2].b))
    mine, right = (of_gates[gate] for of_gates in blocks)
    expect_same(mine, right, f"the part of db that belongs to {gate}", hint)


@exercise.check("the gradient of the output gate", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_gate(student, rng, "o", "It comes from dh alone; o is a sigmoid.")


@exercise.check("the gradient of the input gate", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_gate(student, rng, "i", "First all that reaches c, (5.7); i was multiplied by g, and is a sigmoid.")


@exercise.check("the gradient of the forget gate", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_gate(student, rng, "f", "First all that reaches c, (5.7); f was multiplied by c_prev, and is a sigmoid.")


@exercise.check("the gradient of the candidate", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_gate(student, rng, "g", "First all that reaches c, (5.7); g was multiplied by i, and is a tanh.")


@exercise.check("the products with the gates' gradients, for a single sequence", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """Each is made of the student's own gradients of the gates, right or wrong."""
    got, _, (x, h_prev, *_, params) = _run_step_backward(student, rng, B=1, D=3, H=2)
    dW_x, dW_h, db = expect_parts(got[2], *LSTMParams._fields)
    dh, _ = expect_parts(got[1], *LSTMState._fields)
    da = np.reshape(np.asarray(db), (1, 8))
    if not np.all(da):
        raise CheckFailed("db should have 4H numbers that are not 0")
    hint = "See (5.10): transposed is what was a factor."
    expect_same(got[0], da @ params.W_x.T, STEP_GRADIENTS[0], hint)
    expect_same(dh, da @ params.W_h.T, "the gradient of h before", hint)
    expect_same((dW_x, dW_h), (np.outer(x, da), np.outer(h_prev, da)), "dW_x and dW_h", hint)


@exercise.check("the gradient of the cell state before", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=3, D=2, H=4)
    _, dc = expect_parts(got[1], *LSTMState._fields)
    expect_same(dc, want[1].c, "the gradient of c before", "What reaches c, (5.7), goes back through one gate.")


@exercise.check("the gradients of the input and of the hidden state before", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[0], want[0], STEP_GRADIENTS[0], "All four gates read x.")
    dh, _ = expect_parts(got[1], *LSTMState._fields)
    expect_same(dh, want[1].h, "the gradient of h before", "All four gates read h_prev.")


@exercise.check("the gradients of the two matrices", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=4, D=2, H=3, large=100.0)
    *matrices, _ = expect_parts(got[2], *LSTMParams._fields)
    expect_same(tuple(matrices), want[2][:2], "dW_x and dW_h", "All sequences of the batch share the weights.")


@exercise.check("the gradient of the bias", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=4, D=2, H=3)
    *_, db = expect_parts(got[2], *LSTMParams._fields)
    expect_same(db, want[2].b, "db", "All sequences of the batch share the weights.")


exercise.leaves_inputs(0.5)


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


@exercise.mistake("You take 1 - c² for the derivative of tanh(c). It is 1 - tanh²(c).")
def derivative_without_the_tanh(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * cache.o * (1 - cache.c**2))


@exercise.mistake("On its way from h to c the gradient passes the output gate: in (5.7) dh is multiplied by o.")
def output_gate_passed_over(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * (1 - np.tanh(cache.c) ** 2))


@exercise.mistake("You go back through the sigmoid gates as through a tanh. A sigmoid's derivative is s (1 - s).")
def tanh_derivative_for_the_gates(dstate, cache):
    _, _, c_prev, i, f, g, o, c, _ = cache
    return _back(
        dstate,
        cache,
        i=lambda dc: dc * g * (1 - i**2),
        f=lambda dc: dc * c_prev * (1 - f**2),
        o=lambda dc: dstate.h * np.tanh(c) * (1 - o**2),
    )


@exercise.mistake("Your output gate's gradient is made of dc. o acts on h alone, so only dh comes to it.")
def output_gate_from_the_cell_path(dstate, cache):
    return _back(dstate, cache, o=lambda dc: dc * np.tanh(cache.c) * cache.o * (1 - cache.o))


@exercise.mistake(
    "Input gate and candidate have changed factors. They are multiplied: the gradient of i has g, that of g has i."
)
def own_factor_for_the_partner(dstate, cache):
    _, _, _, i, _, g, _, _, _ = cache
    return _back(dstate, cache, i=lambda dc: dc * i * i * (1 - i), g=lambda dc: dc * g * (1 - g**2))


@exercise.mistake(
    "Only what arrived along the cell path goes back to c_prev. What reached c through h goes with it: (5.7)."
)
def arriving_part_alone_goes_back(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, LSTMState(before.h, dstate.c * cache.f), weights


@exercise.mistake("The gradient goes back to c_prev through the input gate. What kept c_prev is the forget gate.")
def back_through_the_input_gate(dstate, cache):
    return _back(dstate, cache, keep=cache.i)


@exercise.mistake(
    "You leave out the derivatives of the gates. Each was squashed: s (1 - s) for a sigmoid, 1 - g² for the tanh."
)
def squashing_left_out(dstate, cache):
    _, _, c_prev, i, _, g, _, c, _ = cache
    return _back(
        dstate,
        cache,
        i=lambda dc: dc * g,
        f=lambda dc: dc * c_prev,
        g=lambda dc: dc * i,
        o=lambda dc: dstate.h * np.tanh(c),
    )


@exercise.mistake("Your gradient of W_h is made of the new h. The gates were made of h_prev.")
def new_state_for_the_old(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    new = cache._replace(h_prev=cache.o * np.tanh(cache.c))
    return dx, before, weights._replace(W_h=_back(dstate, new)[2].W_h)


@exercise.mistake(
    "You add the gradient that arrives to the one that goes on. In one step, h_prev reaches h through the gates alone."
)
def arriving_gradient_added(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, LSTMState(before.h + dstate.h, before.c), weights


@exercise.mistake(
    "Your gradients of the weights have the blocks in another order than i, f, g, o, in which the weights are."
)
def blocks_of_the_weights_reordered(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, before, LSTMParams(*(np.concatenate([np.split(w, 4, -1)[k] for k in (0, 1, 3, 2)], -1) for w in weights))


@exercise.mistake("tanh(c) has become tanh(tanh(c)) in your derivative. If you have tanh(c) already, square that.")
def tanh_taken_twice(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * cache.o * (1 - np.tanh(np.tanh(cache.c)) ** 2))


@exercise.mistake("Your gradients of the weights are means over the batch. Every sequence uses them: the parts add up.")
def weights_averaged_over_the_batch(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, before, LSTMParams(*(w / len(dx) for w in weights))


@exercise.mistake("Your gradients of W_x and W_h are means over the batch. Every sequence uses them: the parts add up.")
def matrices_averaged_over_the_batch(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, before, LSTMParams(weights.W_x / len(dx), weights.W_h / len(dx), weights.b)


@exercise.mistake("Your gradient of the bias keeps the axis of the batch. b is one for all sequences: sum over them.")
def bias_for_each_sequence(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    each = _back(dstate, cache, batch=lambda a, axis: a)[2].b
    return dx, before, weights._replace(b=each)


@exercise.mistake("Your gradient of W_h is made of c where it should be of h: the gates read h_prev.")
def cell_state_for_the_hidden_state(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, before, weights._replace(W_h=_back(dstate, cache._replace(h_prev=cache.c_prev))[2].W_h)


@exercise.mistake("Your gradient of W_h is made of tanh(c). The gates read h_prev, the hidden state before the step.")
def squashed_cell_for_the_hidden_state(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, before, weights._replace(W_h=_back(dstate, cache._replace(h_prev=np.tanh(cache.c)))[2].W_h)


_NAMES = {"i": "input gate", "f": "forget gate", "o": "output gate"}
_SIGMOID_SLIPS = {
    "as_a_tanh": ("has the derivative of a tanh. It is a sigmoid, s (1 - s).", lambda s: 1 - s**2),
    "half_derivative": ("has half of a sigmoid's derivative, 1 - s. It is a product of two.", lambda s: 1 - s),
    "no_derivative": ("is without the derivative of its sigmoid.", np.ones_like),
}


def _one_gate(gate, slope):
    """The backward step with another derivative of one gate's sigmoid."""

    def back(dstate, cache):
        partner = {"i": cache.g, "f": cache.c_prev, "o": np.tanh(cache.c)}[gate]
        value = getattr(cache, gate)
        changed: Any = {gate: lambda dc: (dstate.h if gate == "o" else dc) * partner * slope(value)}
        return _back(dstate, cache, **changed)

    return back


for _gate, _name in _NAMES.items():
    for _slip, (_text, _slope) in _SIGMOID_SLIPS.items():
        exercise.knob(_one_gate(_gate, _slope), f"{_gate}_{_slip}", f"Your gradient of the {_name} {_text}")


@exercise.mistake("Your input gate is multiplied by itself: what stands beside i in (5.2) is g.")
def own_factor_for_the_input_gate(dstate, cache):
    return _back(dstate, cache, i=lambda dc: dc * cache.i * cache.i * (1 - cache.i))


@exercise.mistake("Your candidate is multiplied by itself: what stands beside g in (5.2) is i.")
def own_factor_for_the_candidate(dstate, cache):
    return _back(dstate, cache, g=lambda dc: dc * cache.g * (1 - cache.g**2))


@exercise.mistake("Your candidate passes the forget gate on its way back. What let it in is the input gate.")
def candidate_by_the_forget_gate(dstate, cache):
    return _back(dstate, cache, g=lambda dc: dc * cache.f * (1 - cache.g**2))
