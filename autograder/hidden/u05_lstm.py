"""Hidden checks of Unit 5: the LSTM, gate by gate."""

import numpy as np
import torch

from autograder.checking import CheckSet, StudentFunction, expect_parts, expect_same, expect_unchanged
from autograder.mutants import u05_lstm as mutants
from rnncore.functional.cells import LSTMParams, LSTMState, lstm_step
from rnncore.functional.initial import lstm_params


def _state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.normal(size=(B, H)), rng.normal(size=(B, H)))


def _torch_step(x: np.ndarray, state: LSTMState, params: LSTMParams) -> LSTMState:
    """The oracle: torch's own LSTM cell, in float64."""
    D, H = params.W_x.shape[0], params.W_h.shape[0]
    cell = torch.nn.LSTMCell(D, H, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(params.W_x.T))
        cell.weight_hh.copy_(torch.tensor(params.W_h.T))
        cell.bias_ih.copy_(torch.tensor(params.b))
        cell.bias_hh.zero_()
        h, c = cell(torch.tensor(x), (torch.tensor(state.h), torch.tensor(state.c)))
    return LSTMState(h.numpy(), c.numpy())


check_lstm_step = CheckSet("lstm-step", lstm_step, mutants.lstm_step)


def _run_lstm_step(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state, params = rng.normal(size=(B, D)), _state(rng, B, H), lstm_params(D, H, rng)
    return expect_parts(student(x, state, params), "the new state", "the cache"), (x, state, params)


@check_lstm_step.that("the new state of one sequence and one unit", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_lstm_step(student, rng, B=1, D=1, H=1)
    expect_same(state, _torch_step(*given), "the new state", "Compare with equations (5.1) to (5.3).")


@check_lstm_step.that("the new state of several sequences and units", points=1.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_lstm_step(student, rng, B=3, D=5, H=4)
    expect_same(state, _torch_step(*given), "the new state", "Each gate has a block of H columns.")


@check_lstm_step.that("the cache holds what the backward step needs", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_lstm_step(student, rng, B=2, D=3, H=4)
    expect_same(cache, lstm_step(*given)[1], "the cache", "Its fields have an order: see the docstring.")


@check_lstm_step.that(
    "leaves its inputs as they were", points=0.5, after="the new state of several sequences and units"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_lstm_step(student, rng, B=2, D=3, H=4)
    expect_unchanged(student)
