"""The LSTM as a layer."""

import numpy as np
import torch

from rnncore.functional.base import tanh
from rnncore.functional.cells import (
    LSTMState,
    init_lstm_params,
    init_lstm_state,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import diagnose_notes_cell, lstm_forward, trace


def test_a_sequence_may_be_read_in_two_parts(rng):
    params, xs = init_lstm_params(2, 3, rng), rng.normal(size=(2, 7, 2))
    whole, last, _ = lstm_forward(xs, init_lstm_state(2, 3), params)
    front, middle, _ = lstm_forward(xs[:, :3], init_lstm_state(2, 3), params)
    back, end, _ = lstm_forward(xs[:, 3:], middle, params)
    assert relative_error(np.concatenate([front, back], axis=1), whole) < 1e-12
    assert relative_error(end.c, last.c) < 1e-12


def test_diagnosis_finds_each_fault_alone(library, rng):
    hs, _, caches = lstm_forward(
        library(rng.normal(size=(2, 5, 3))),
        LSTMState(library(rng.normal(size=(2, 4))), library(rng.normal(size=(2, 4)))),
        library(init_lstm_params(3, 4, rng)),
    )
    run = trace(hs, caches)
    names = ["input_gate_is_output_gate", "cell_state_not_updated", "output_ignores_cell"]
    assert diagnose_notes_cell(run) == dict.fromkeys(names, False)

    shared_gate = run._replace(i=run.o, c=_cells(run._replace(i=run.o)))
    shared_gate = shared_gate._replace(h=run.o * tanh(shared_gate.c))
    assert diagnose_notes_cell(shared_gate) == dict.fromkeys(names, False) | {names[0]: True}
    no_update = run._replace(c=run.g, h=run.o * tanh(run.g))
    assert diagnose_notes_cell(no_update) == dict.fromkeys(names, False) | {names[1]: True}
    assert diagnose_notes_cell(run._replace(h=run.o)) == dict.fromkeys(names, False) | {names[2]: True}
    unknown = run._replace(h=run.h * np.nan)
    assert diagnose_notes_cell(unknown) == dict.fromkeys(names, False) | {names[2]: True}, "NaN is equal to nothing"


def _cells(run):
    cells, c = [], run.c_0
    for t in range(run.i.shape[1]):
        c = run.f[:, t] * c + run.i[:, t] * run.g[:, t]
        cells.append(c)
    stack = torch.stack if isinstance(c, torch.Tensor) else np.stack
    return stack(cells, 1)
