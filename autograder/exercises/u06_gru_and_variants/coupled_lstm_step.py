"""Exercise `coupled-lstm-step`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_gates, expect_parts, expect_same
from autograder.exercises.u06_gru_and_variants.shared import STEP_RESULT, draw_lstm_state, tensors
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells.coupled_lstm import (
    CoupledLSTMCache,
    CoupledLSTMParams,
    coupled_lstm_step,
    init_coupled_lstm_params,
)
from rnncore.functional.cells.lstm import LSTMState

exercise = Exercise("coupled-lstm-step", "The LSTM with coupled gates", coupled_lstm_step)


def _torch_coupled(x: np.ndarray, state: LSTMState, params: CoupledLSTMParams) -> LSTMState:
    """The oracle: torch's LSTM cell, whose input gate has the forget gate's weights with the other sign."""
    f, g, o = torch.cat(tensors(params.W_x, params.W_h, params.b[None])).T.chunk(3)
    W, D = torch.cat([-f, f, g, o]), x.shape[1]
    memory = (torch.tensor(state.h), torch.tensor(state.c))
    h, c = torch.lstm_cell(torch.tensor(x), memory, W[:, :D], W[:, D:-1], W[:, -1], 0.0 * W[:, -1])
    return LSTMState(h.numpy(), c.numpy())


def _run_coupled(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int, full: float = 1.0):
    x, state, params = rng.normal(size=(B, D)), draw_lstm_state(rng, B, H), init_coupled_lstm_params(D, H, rng)
    state = state._replace(c=full * state.c)
    return expect_parts(student(x, state, params), *STEP_RESULT), (x, state, params)


@exercise.check("the gates, as the cache shows them", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_coupled(student, rng, 3, 2, 4)
    expect_same(cache, coupled_lstm_step(*given)[1], "the cache", "Three blocks of H columns, in the order f, g, o.")


@exercise.check("the state that follows from the gates", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """By the student's own gates, right or wrong."""
    (state, cache), (_, before, _) = _run_coupled(student, rng, 2, 3, 4)
    f, g, o = expect_parts(cache, *CoupledLSTMCache._fields)
    f, o = expect_gates(f, o)
    c = f * before.c + (1 - f) * np.asarray(g)
    hint = "What is not kept is written, and h comes from c: (6.1)."
    expect_same(state, LSTMState(o * np.tanh(c), c), "the new state", hint)


@exercise.check("the new state, for any sizes", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for *sizes, full in ((17, 5, 23, 1.0), (1, 1, 1, 1.0), (3, 2, 4, 30.0)):
        (state, _), given = _run_coupled(student, rng, *sizes, full=full)
        expect_same(state, _torch_coupled(*given), "the new state", "Compare with (6.1).")


exercise.leaves_inputs(0.25)


def _coupled(x, state, params, order="fgo", candidate=tanh, update=None, output=None):
    """The coupled LSTM with its parts laid open, for mistakes to get wrong."""
    blocks = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 3, axis=1)
    a = dict(zip(order, blocks, strict=True))
    f, g, o = sigmoid(a["f"]), candidate(a["g"]), sigmoid(a["o"])
    c = f * state.c + (1 - f) * g if update is None else update(f, g, state.c)
    h = o * tanh(c) if output is None else output(o, c, state.c)
    return LSTMState(h, c), CoupledLSTMCache(f, g, o)


exercise.knob(
    _coupled,
    "keeps_what_it_should_write",
    "Your cell writes what it should keep and keeps what it should write. f is a forget gate: at 1 the old stays.",
    update=lambda f, g, c: (1 - f) * c + f * g,
)

exercise.knob(
    _coupled,
    "writes_everything",
    "Your cell writes the whole candidate, however much it keeps. The gates are coupled: only as much is written as "
    "was forgotten.",
    update=lambda f, g, c: f * c + g,
)

exercise.knob(
    _coupled,
    "writes_as_much_as_it_keeps",
    "Your cell writes as much as it keeps: f stands before both parts. What makes room is what is forgotten.",
    update=lambda f, g, c: f * c + f * g,
)

exercise.knob(
    _coupled,
    "candidate_last",
    "Your output is what the block order f, o, g gives. Here the candidate g comes second and the output gate o last.",
    order="fog",
)

exercise.knob(
    _coupled,
    "sigmoid_candidate",
    "Your output is what a sigmoid on the candidate gives. The candidate g is no gate: it may be negative.",
    candidate=sigmoid,
)

exercise.knob(
    _coupled,
    "output_without_tanh",
    "Your output is what h = o c gives. The cell state is squashed before it is shown.",
    output=lambda o, c, old: o * c,
)

exercise.knob(
    _coupled,
    "output_from_old_cell",
    "Your hidden state is made from the old cell state. It shows the cell after the update.",
    output=lambda o, c, old: o * tanh(old),
)


@exercise.mistake("Your gates lack their bias. Look for b in the sum that feeds them.")
def no_bias(x, state, params):
    return _coupled(x, state, params._replace(b=0 * params.b))


@exercise.mistake("Your gates listen to the cell state. They see x and the hidden state, h_prev.")
def gates_hear_the_cell(x, state, params):
    _, cache = _coupled(x, LSTMState(state.c, state.c), params)
    c = cache.f * state.c + (1 - cache.f) * cache.g
    return LSTMState(cache.o * tanh(c), c), cache


@exercise.mistake("You keep the hidden state: f multiplies h_prev. What is kept from step to step is c_prev.")
def hidden_state_kept(x, state, params):
    return _coupled(x, state, params, update=lambda f, g, c: f * state.h + (1 - f) * g)


@exercise.mistake("Your cache has candidate and forget gate in the wrong order: it is f, g, o.")
def cache_in_another_order(x, state, params):
    new, cache = _coupled(x, state, params)
    return new, CoupledLSTMCache(cache.g, cache.f, cache.o)


@exercise.mistake("You write 1 - o. What is written is what is not kept: 1 - f.")
def output_gate_couples(x, state, params):
    _, (f, g, o) = _coupled(x, state, params)
    c = f * state.c + (1 - o) * g
    return LSTMState(o * tanh(c), c), CoupledLSTMCache(f, g, o)


@exercise.mistake("You return LSTMState(c, h). Its order is h, c.")
def parts_of_the_state_exchanged(x, state, params):
    (h, c), cache = _coupled(x, state, params)
    return LSTMState(c, h), cache
