"""Which unit of a trained LSTM goes along with open brackets, and what it is worth."""

import io
import tokenize
from itertools import pairwise

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from rnncore.nn.models import LanguageModel


def open_brackets(source: str) -> np.ndarray:
    """Whether a bracket is open, for every character of Python code.

    A bracket in a string or in a comment opens nothing. The opening bracket itself counts as
    inside, the closing one as outside.

    Args:
        source: code that Python can read.

    Returns:
        (len(source),), bool.
    """
    starts = np.cumsum([0, *(len(line) for line in source.splitlines(keepends=True))])
    changes = np.zeros(len(source) + 1, dtype=int)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.OP:
            place = starts[token.start[0] - 1] + token.start[1]
            changes[place] += (token.string in "([{") - (token.string in ")]}")
    return np.cumsum(changes)[: len(source)] > 0


def cell_states(model: LanguageModel, ids: np.ndarray) -> np.ndarray:
    """The cell state of a one-layer LSTM after each token of a text.

    Args:
        model: the language model, whose layer is an LSTM.
        ids: the text, (N,).

    Returns:
        (N, H).
    """
    tokens = torch.tensor(ids, device=model.readout.weight.device)
    state, states = model.begin(1), []
    for token in tokens:
        _, state = model.decoder(token[None], state)
        states.append(state[1][0, 0])
    return torch.stack(states).cpu().numpy()


@torch.no_grad()
def cost_of_holding(model: LanguageModel, ids: np.ndarray) -> np.ndarray:
    """What each unit is worth: how much dearer a text becomes when its cell is held at its mean.

    All units are tried side by side, in a batch of which each row has another unit held.

    Args:
        model: the language model, whose layer is an LSTM.
        ids: the text, (N,).

    Returns:
        Bits that each token after the first costs more with a unit held, (H, N - 1).
    """
    place = model.readout.weight.device
    means = torch.tensor(cell_states(model, ids).mean(axis=0), device=place)
    H = len(means)
    units = torch.arange(H, device=place)
    tokens = torch.tensor(ids, device=place)
    state, nats = model.begin(H + 1), []  # the last row is held nowhere
    for token, answer in pairwise(tokens):
        scores, (h, c) = model.decoder(token.expand(H + 1), state)
        nats.append(cross_entropy(scores, answer.expand(H + 1), reduction="none"))
        c[units, 0, units] = means
        state = h, c
    costs = torch.stack(nats, dim=1).cpu().numpy()
    return (costs[:-1] - costs[-1]) / np.log(2.0)
