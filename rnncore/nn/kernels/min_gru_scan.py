"""minGRU by a parallel scan."""

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnncore.functional.cells.min_gru import MinGRUParams, min_gru_scan
from rnncore.functional.cells.rnn import RNNState
from rnncore.nn.steps import Steps


def min_gru_by_scan(
    xs: Tensor, steps: Steps, state: RNNState, params: MinGRUParams
) -> tuple[Tensor, RNNState]:
    """What the loop over `min_gru_step` gives, by `min_gru_scan` on padded sequences.

    Args:
        xs: the inputs of all steps, (N, D).
        steps: how the N rows fall into steps.
        state: `RNNState(h)` before the first step, (B, H).
        params: `MinGRUParams(W_x, b)`.

    Returns:
        The hidden states (N, H), and the state after the last step of each sequence.
    """
    packed = PackedSequence(xs, torch.tensor(steps.sizes))
    padded, lengths = pad_packed_sequence(packed, batch_first=True)
    hs, _ = min_gru_scan(padded, state, params)
    rows = pack_padded_sequence(hs, lengths, batch_first=True).data
    return rows, RNNState(steps.last(rows))
