"""The cells, one pure step each: `state, cache = step(x, state, params)`."""

from rnncore.functional.cells.cell import Cell
from rnncore.functional.cells.clockwork import (
    ClockworkCache,
    ClockworkState,
    clockwork_step,
    init_clockwork_state,
)
from rnncore.functional.cells.coupled_lstm import (
    CoupledLSTMCache,
    CoupledLSTMParams,
    coupled_lstm_step,
    init_coupled_lstm_params,
)
from rnncore.functional.cells.depth_gated import (
    DepthGatedCache,
    DepthGatedParams,
    depth_gated_step,
    init_depth_gated_params,
)
from rnncore.functional.cells.gru import (
    GRUCache,
    GRUParams,
    gru_from_torch,
    gru_step,
    gru_step_backward,
    gru_to_torch,
    init_gru_params,
)
from rnncore.functional.cells.gru_reset_before import (
    GRUResetBeforeCache,
    GRUResetBeforeParams,
    gru_step_reset_before,
    gru_step_reset_before_backward,
    init_gru_reset_before_params,
)
from rnncore.functional.cells.lstm import (
    LSTMCache,
    LSTMParams,
    LSTMState,
    from_torch,
    init_lstm_params,
    init_lstm_state,
    lstm_step,
    lstm_step_backward,
    to_torch,
)
from rnncore.functional.cells.min_gru import (
    MinGRUCache,
    MinGRUParams,
    init_min_gru_params,
    min_gru_scan,
    min_gru_step,
)
from rnncore.functional.cells.mut1 import MUT1Cache, MUT1Params, init_mut1_params, mut1_step
from rnncore.functional.cells.param_count import param_count
from rnncore.functional.cells.peephole_lstm import (
    PeepholeLSTMCache,
    PeepholeLSTMParams,
    init_peephole_lstm_params,
    peephole_lstm_step,
)
from rnncore.functional.cells.relu_rnn import relu_rnn_step, relu_rnn_step_backward
from rnncore.functional.cells.rnn import (
    RNNCache,
    RNNParams,
    RNNState,
    StackedParams,
    init_rnn_params,
    init_rnn_state,
    rnn_from_torch,
    rnn_step,
    rnn_step_backward,
    rnn_step_stacked,
    rnn_to_torch,
    stack_params,
)

__all__ = [
    "CELLS",
    "Cell",
    "ClockworkCache",
    "ClockworkState",
    "CoupledLSTMCache",
    "CoupledLSTMParams",
    "DepthGatedCache",
    "DepthGatedParams",
    "GRUCache",
    "GRUParams",
    "GRUResetBeforeCache",
    "GRUResetBeforeParams",
    "LSTMCache",
    "LSTMParams",
    "LSTMState",
    "MUT1Cache",
    "MUT1Params",
    "MinGRUCache",
    "MinGRUParams",
    "PeepholeLSTMCache",
    "PeepholeLSTMParams",
    "RNNCache",
    "RNNParams",
    "RNNState",
    "StackedParams",
    "clockwork_step",
    "coupled_lstm_step",
    "depth_gated_step",
    "from_torch",
    "gru_from_torch",
    "gru_step",
    "gru_step_backward",
    "gru_step_reset_before",
    "gru_step_reset_before_backward",
    "gru_to_torch",
    "init_clockwork_state",
    "init_coupled_lstm_params",
    "init_depth_gated_params",
    "init_gru_params",
    "init_gru_reset_before_params",
    "init_lstm_params",
    "init_lstm_state",
    "init_min_gru_params",
    "init_mut1_params",
    "init_peephole_lstm_params",
    "init_rnn_params",
    "init_rnn_state",
    "lstm_step",
    "lstm_step_backward",
    "min_gru_scan",
    "min_gru_step",
    "mut1_step",
    "param_count",
    "peephole_lstm_step",
    "relu_rnn_step",
    "relu_rnn_step_backward",
    "rnn_from_torch",
    "rnn_step",
    "rnn_step_backward",
    "rnn_step_stacked",
    "rnn_to_torch",
    "stack_params",
    "to_torch",
]

CELLS: dict[str, Cell] = {
    "rnn": Cell(
        rnn_step,
        init_rnn_params,
        init_rnn_state,
        step_backward=rnn_step_backward,
        from_torch=rnn_from_torch,
        to_torch=rnn_to_torch,
    ),
    "relu_rnn": Cell(
        relu_rnn_step,
        init_rnn_params,
        init_rnn_state,
        step_backward=relu_rnn_step_backward,
        from_torch=rnn_from_torch,
        to_torch=rnn_to_torch,
    ),
    "lstm": Cell(
        lstm_step,
        init_lstm_params,
        init_lstm_state,
        step_backward=lstm_step_backward,
        from_torch=from_torch,
        to_torch=to_torch,
    ),
    "coupled_lstm": Cell(coupled_lstm_step, init_coupled_lstm_params, init_lstm_state),
    "peephole_lstm": Cell(peephole_lstm_step, init_peephole_lstm_params, init_lstm_state),
    "depth_gated": Cell(
        depth_gated_step, init_depth_gated_params, init_lstm_state, reads_cell_below=True
    ),
    "gru": Cell(
        gru_step,
        init_gru_params,
        init_rnn_state,
        step_backward=gru_step_backward,
        from_torch=gru_from_torch,
        to_torch=gru_to_torch,
    ),
    "gru_reset_before": Cell(
        gru_step_reset_before,
        init_gru_reset_before_params,
        init_rnn_state,
        step_backward=gru_step_reset_before_backward,
    ),
    "mut1": Cell(mut1_step, init_mut1_params, init_rnn_state),
    "min_gru": Cell(min_gru_step, init_min_gru_params, init_rnn_state),
    "clockwork": Cell(clockwork_step, init_rnn_params, init_clockwork_state, options=("periods",)),
}
"""Every cell, by the name that `param_count` and `rnncore.nn` use."""
