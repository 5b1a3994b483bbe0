"""Inputs and oracles that several exercises of Unit 10 share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnncore.functional.cells.gru import GRUParams, gru_to_torch, init_gru_params
from rnncore.functional.decoding.seq2seq import DecoderParams, DecoderState, EncoderParams
from rnncore.functional.sequence.layouts import ReadoutParams


def draw_encoder(rng: np.random.Generator, V: int = 9, D: int = 2, H: int = 3, Q: int = 4) -> EncoderParams:
    cells = init_gru_params(D, H, rng), init_gru_params(D, H, rng)
    return EncoderParams(rng.normal(size=(V, D)), *cells, rng.normal(size=(2 * H, Q)), rng.normal(size=Q))


def draw_decoder(rng: np.random.Generator, V: int = 7, D: int = 2, Q: int = 4, E: int = 6) -> DecoderParams:
    return DecoderParams(
        rng.normal(size=(V, D)),
        init_gru_params(D, Q, rng),
        rng.normal(size=(Q, E)),
        rng.normal(size=(E + Q, Q)),
        ReadoutParams(rng.normal(size=(Q, V)), rng.normal(size=V)),
    )


def draw_ids(rng: np.random.Generator, lengths: Sequence[int], S: int, V: int = 9) -> np.ndarray:
    """Words from 1 on, and zeros behind them."""
    ids = rng.integers(1, V, size=(len(lengths), S))
    return np.where(np.arange(S) < np.array(lengths)[:, None], ids, 0)


def draw_decoder_state(rng: np.random.Generator, lengths: Sequence[int], S: int, Q: int = 4, E: int = 6):
    mask = np.arange(S) < np.array(lengths)[:, None]
    keys = rng.normal(size=(len(lengths), S, E))
    return DecoderState(rng.uniform(-1, 1, size=(len(lengths), Q)), keys, mask)


def torch_gru(cells: Sequence[GRUParams]) -> Any:
    """torch's own GRU, in one direction or both."""
    D, H = cells[0].W_x.shape[0], cells[0].W_h.shape[0]
    layer = torch.nn.GRU(D, H, batch_first=True, bidirectional=len(cells) == 2, dtype=torch.float64)
    ends = ("", "_reverse")[: len(cells)]
    weights = {f"{k}{end}": v for cell, end in zip(cells, ends, strict=True) for k, v in gru_to_torch(cell).items()}
    layer.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    return layer


def torch_encoder(ids: np.ndarray, lengths: Sequence[int], params: EncoderParams) -> DecoderState:
    """The oracle of `encode_source`: torch's GRU on packed sequences."""
    xs = torch.tensor(params.W_e)[torch.tensor(ids)]
    packed = pack_padded_sequence(xs, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        out, last = torch_gru((params.forward, params.backward))(packed)
    keys, _ = pad_packed_sequence(out, batch_first=True, total_length=ids.shape[1])
    h = np.tanh(np.concatenate(list(last.numpy()), axis=1) @ params.W_s + params.b_s)
    return DecoderState(h, keys.numpy(), np.arange(ids.shape[1]) < np.array(lengths)[:, None])
