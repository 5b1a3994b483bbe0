"""Train a language model on one long text or on many short ones, and say what a text costs it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rnncore.experiments.batches import shuffled_rows
from rnncore.experiments.window_networks import CELLS
from rnncore.functional.base import map_tree
from rnncore.lab.training import Training, train
from rnncore.nn.models import LanguageModel
from rnncore.tasks.batching import TextBatch, pad_batch
from rnncore.tasks.vocab import PAD

WIDTH = 64
"""Numbers in the vector of a character."""


def train_on_text(
    tbptt_batches: Callable[..., Sequence[TextBatch]],
    ids: np.ndarray,
    V: int,
    *,
    cell: str,
    H: int,
    B: int,
    T: int,
    steps: int,
    learning_rate: float,
    device: torch.device,
) -> Training[LanguageModel]:
    """Train with truncated backpropagation: the state is carried from piece to piece.

    Args:
        tbptt_batches: cuts the text into pieces.
        ids: the text, (N,).
        V: the size of the vocabulary.
        cell: `"RNN"`, `"LSTM"` or `"GRU"`.
        H: the hidden size.
        B: streams that are read side by side.
        T: steps that a gradient goes back.
        steps: training steps, each on B T characters.
        learning_rate: the greatest step size.
        device: where to train.

    Returns:
        The `Training`; torch's generator drew the first weights.
    """
    layer = CELLS[cell](WIDTH, H, batch_first=True)
    return train(
        _StatefulLoss(),
        LanguageModel(V, layer),
        _passes(tbptt_batches(ids, B, T)),
        steps=steps,
        learning_rate=learning_rate,
        device=device,
    )


def train_on_sequences(
    shift_targets: Callable[..., TextBatch],
    sequences: Sequence[Sequence[int]],
    model: LanguageModel,
    rng: np.random.Generator,
    *,
    B: int,
    steps: int,
    learning_rate: float,
    device: torch.device,
) -> LanguageModel:
    """Train on sequences of different lengths, in a new order at each epoch.

    Args:
        shift_targets: gives the inputs and targets of a batch.
        sequences: lists of ids.
        model: the language model; it is trained in place.
        rng: the source of the order.
        B: sequences in a training step.
        steps: training steps.
        learning_rate: the greatest step size.
        device: where to train.

    Returns:
        The model.
    """
    ids = pad_batch(sequences).ids

    def loss(model: LanguageModel, batch: Tensor) -> Tensor:
        return cross_entropy(*_steps_of(shift_targets, model, batch), ignore_index=PAD)

    return train(
        loss,
        model,
        (ids[rows] for rows in shuffled_rows(len(ids), B, rng)),
        steps=steps,
        learning_rate=learning_rate,
        device=device,
    ).model


def cost_of_sequences(
    shift_targets: Callable[..., TextBatch],
    sequences: Sequence[Sequence[int]],
    model: LanguageModel,
) -> np.ndarray:
    """What each token of some sequences costs a model, the first of each left out.

    Args:
        shift_targets: gives the inputs and targets of a batch.
        sequences: lists of ids.
        model: the language model.

    Returns:
        -log P of all tokens, in nats, in the order of the sequences.
    """
    batch = torch.tensor(pad_batch(sequences).ids, device=model.readout.weight.device)
    with torch.no_grad():
        scores, targets = _steps_of(shift_targets, model, batch)
        nats = cross_entropy(scores, targets, reduction="none")[targets != PAD]
    return nats.cpu().numpy()


def _steps_of(
    shift_targets: Callable[..., TextBatch], model: LanguageModel, batch: Tensor
) -> tuple[Tensor, Tensor]:
    """The scores (B (T - 1), V) and the targets (B (T - 1),) of a batch."""
    inputs, targets = shift_targets(batch)
    return model(inputs)[0].flatten(0, 1), targets.flatten()


def cost_of_text(model: LanguageModel, ids: np.ndarray, T: int = 1000) -> np.ndarray:
    """What each token of a text after the first costs a model that reads it from its beginning.

    Args:
        model: the language model.
        ids: the text, (N,).
        T: how many tokens are read at a time.

    Returns:
        -log P of each token given all before it, in nats, (N - 1,).
    """
    text = torch.tensor(ids, device=model.readout.weight.device)
    nats, hx = [], None
    with torch.no_grad():
        for start in range(0, len(ids) - 1, T):
            piece = text[start : start + T + 1]
            scores, hx = model(piece[None, :-1], hx)
            nats.append(cross_entropy(scores[0], piece[1:], reduction="none"))
    return torch.cat(nats).cpu().numpy()


class _StatefulLoss:
    """Truncated backpropagation: the state is carried from batch to batch, the gradient is not."""

    def __init__(self) -> None:
        self.state: Any = None

    def __call__(self, model: LanguageModel, batch: tuple[TextBatch, bool]) -> Tensor:
        (inputs, targets), first = batch
        carried = None if first else map_tree(torch.Tensor.detach, self.state)
        scores, self.state = model(inputs, carried)
        return cross_entropy(scores.flatten(0, 1), targets.flatten())


def _passes(pieces: Sequence[TextBatch]) -> Iterator[tuple[TextBatch, bool]]:
    """The text again and again; whether a batch is the first of an epoch."""
    while True:
        for k, (inputs, targets) in enumerate(pieces):
            yield TextBatch(inputs, targets), k == 0
