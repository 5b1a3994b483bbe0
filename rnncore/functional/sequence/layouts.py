"""The layouts of recurrent networks: how inputs and outputs hang on the chain of states."""

from typing import Any, NamedTuple

import numpy as np

from rnncore.functional.base.arrays import Array, Float, require_shape, stack
from rnncore.functional.base.uniform import uniform_weights
from rnncore.functional.sequence.unroll import Step, unroll


class ReadoutParams(NamedTuple):
    """The weights that turn a hidden state into an output."""

    W_y: Float[Array, "H K"]
    b_y: Float[Array, "K"]


def readout(h: Float[Array, "*shape H"], params: ReadoutParams) -> Float[Array, "*shape K"]:
    """Read an output off hidden states.

        y = h W_y + b_y

    The outputs are scores (logits). Where they mean classes, softmax turns them into probabilities.

    Args:
        h: hidden states, of one step (B, H) or of all steps (B, T, H).
        params: `ReadoutParams(W_y, b_y)` of shapes (H, K) and (K,).

    Returns:
        The outputs, (B, K) or (B, T, K).

    Raises:
        ValueError: if the last axis of h is not H.
    """
    H = params.W_y.shape[0]
    if h.shape[-1] != H:
        raise ValueError(f"the last axis of h must be {H}; got shape {tuple(h.shape)}")
    return h @ params.W_y + params.b_y


def many_to_many(
    step: Step, xs: Float[Array, "B T D"], state: Any, params: Any, readout_params: ReadoutParams
) -> Float[Array, "B T K"]:
    """Synchronous many-to-many: one output for each input, as in tagging.

        y_t = readout(h_t),   t = 1 ... T

    Args:
        step: the cell, `state, cache = step(x, state, params)`.
        xs: the sequences, (B, T, D).
        state: the state before the first step.
        params: the cell's weights.
        readout_params: `ReadoutParams(W_y, b_y)`.

    Returns:
        The outputs of all steps, (B, T, K).
    """
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs, readout_params)


def many_to_one(
    step: Step, xs: Float[Array, "B T D"], state: Any, params: Any, readout_params: ReadoutParams
) -> Float[Array, "B K"]:
    """Many-to-one: read the whole sequence, then give one output, as in sentiment classification.

        y = readout(h_T)

    Args:
        step: the cell, `state, cache = step(x, state, params)`.
        xs: the sequences, (B, T, D).
        state: the state before the first step.
        params: the cell's weights.
        readout_params: `ReadoutParams(W_y, b_y)`.

    Returns:
        One output for each sequence, (B, K).
    """
    _, last, _ = unroll(step, xs, state, params)
    return readout(last.h, readout_params)


def one_to_many(
    step: Step,
    x: Float[Array, "B D"],
    state: Any,
    params: Any,
    readout_params: ReadoutParams,
    T: int,
) -> Float[Array, "B T K"]:
    """One-to-many: one input starts a sequence of outputs, each of which is the next step's input.

        y_t = readout(h_t),   x_1 = x,   x_{t+1} = y_t

    Args:
        step: the cell, `state, cache = step(x, state, params)`.
        x: the input of the first step, (B, D).
        state: the state before the first step.
        params: the cell's weights.
        readout_params: `ReadoutParams(W_y, b_y)`; its outputs are inputs, so K = D.
        T: how many outputs are wanted, at least 1.

    Returns:
        The outputs of all steps, (B, T, D).

    Raises:
        ValueError: if K is not D, or T is below 1.

    Reference: Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv:1308.0850.
    """
    require_shape("x", x, ("B", readout_params.W_y.shape[1]))
    if T < 1:
        raise ValueError(f"T must be at least 1; got {T}")
    ys = []
    for _ in range(T):
        state, _ = step(x, state, params)
        x = readout(state.h, readout_params)
        ys.append(x)
    return stack(ys, axis=1)


def encoder_decoder(
    step: Step,
    xs: Float[Array, "B S D"],
    start: Float[Array, "B K"],
    state: Any,
    encoder_params: Any,
    decoder_params: Any,
    readout_params: ReadoutParams,
    T: int,
) -> Float[Array, "B T K"]:
    """Many-to-many of two lengths, as in translation: an encoder reads S inputs, then a decoder
    writes T outputs.

    The encoder's last state is the decoder's first. The decoder is a one-to-many network that
    starts at `start`.

    Args:
        step: the cell of both; each has its own weights.
        xs: the source sequences, (B, S, D).
        start: the decoder's first input, (B, K).
        state: the encoder's state before the first step.
        encoder_params: the encoder's weights, for inputs of size D.
        decoder_params: the decoder's weights, for inputs of size K.
        readout_params: `ReadoutParams(W_y, b_y)` of shapes (H, K) and (K,).
        T: how many outputs are wanted, at least 1.

    Returns:
        The decoder's outputs, (B, T, K).

    Reference: Sutskever, Vinyals and Le, Sequence to Sequence Learning with Neural Networks (2014),
        arXiv:1409.3215; Cho et al. (2014), arXiv:1406.1078.
    """
    _, summary, _ = unroll(step, xs, state, encoder_params)
    return one_to_many(step, start, summary, decoder_params, readout_params, T)


def init_readout_params(H: int, K: int, rng: np.random.Generator) -> ReadoutParams:
    """Weights of a readout, hidden H and outputs K, drawn with `rng` uniformly from ±1/√H."""
    return ReadoutParams(uniform_weights(rng, H, H, K), uniform_weights(rng, H, K))


def count_params(D: int, H: int, K: int) -> int:
    """Count the weights of a vanilla RNN with a readout: W_x, W_h, b and W_y, b_y.

    Args:
        D: the size of an input.
        H: the size of the hidden state.
        K: the size of an output.

    Returns:
        How many numbers are learned. The length of the sequences does not come into it.
    """
    return D * H + H * H + H + H * K + K
