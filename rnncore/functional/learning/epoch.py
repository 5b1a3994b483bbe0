"""One pass over a corpus, made of parts: forward, loss, backward, clipping, descent."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from jaxtyping import Bool, Int

from rnncore.functional.base.arrays import Array, Float
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.learning.clipping import clip_by_norm
from rnncore.functional.learning.losses import (
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
)
from rnncore.functional.sequence.dropout import dropout_mask


class Network(NamedTuple):
    """A network that scores every step of a sequence, and its gradient."""

    forward: Callable[..., tuple[Array, Any, Any]]
    """`scores, last, cache = forward(ids, state, weights, keep)`: scores (B, T, K), the state after
    the last step, and what the way back needs; `keep` is a dropout mask."""
    backward: Callable[..., Any]
    """`gradients = backward(dscores, cache)`, of the type of the weights."""


class SentenceBatch(NamedTuple):
    """Sentences side by side with time first, as torch's recurrent layers take them by default."""

    ids: Int[Array, "T B"]
    tags: Int[Array, "T B"]
    mask: Bool[Array, "T B"]
    """True at the words, false in the padding."""
    noise: Float[Array, "B T H"]
    """Uniform noise that dropout masks are made of; the batch comes first here."""


class Settings(NamedTuple):
    """How to train."""

    learning_rate: float
    max_norm: float
    """Gradients longer than this are shortened to it."""
    dropout: float
    """The share of units that are dropped in training."""


def run_epoch(
    network: Network,
    batches: Sequence[SentenceBatch],
    weights: Any,
    state: Any,
    settings: Settings,
    training: bool,
) -> tuple[list[Array], Any]:
    """Go once through a corpus, training or not.

    Of each batch: the scores, the loss over its words, and in training one step of descent on the
    clipped gradient, before the next batch comes.

        w ← w - learning_rate · clip(∂L/∂w)

    The batches have nothing to do with each other: the first state of each is `state`. Dropout is
    for training; without training nothing is dropped and the weights stay.

    Args:
        network: `Network(forward, backward)`, which wants (B, T).
        batches: a list of `SentenceBatch(ids, tags, mask, noise)`, of which the first three are
            (T, B).
        weights: the network's weights, named tuples of arrays; not changed.
        state: the empty state that every sentence begins with.
        settings: `Settings(learning_rate, max_norm, dropout)`.
        training: whether to train.

    Returns:
        The loss of each batch, as it was before its step, a list; and the weights at the end.

    Reference: Goodfellow, Bengio and Courville, Deep Learning (2016), section 8.1.
    """
    losses = []
    for batch in batches:
        ids, tags, mask = batch.ids.T, batch.tags.T, batch.mask.T
        keep = dropout_mask(batch.noise, settings.dropout if training else 0.0)
        scores, _, cache = network.forward(ids, state, weights, keep)
        losses.append(sequence_cross_entropy(scores, tags, mask))
        if training:
            dscores = sequence_cross_entropy_backward(scores, tags, mask)
            gradients, _ = clip_by_norm(network.backward(dscores, cache), settings.max_norm)
            weights = map_tree(lambda w, g: w - settings.learning_rate * g, weights, gradients)
    return losses, weights
