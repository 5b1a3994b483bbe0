"""One step of an image captioner."""

from typing import Any, NamedTuple

from jaxtyping import Int

from rnncore.functional.base.arrays import Array, Float
from rnncore.functional.sequence.embedding import embedding_forward
from rnncore.functional.sequence.layouts import ReadoutParams, readout
from rnncore.functional.sequence.unroll import Step


class CaptionParams(NamedTuple):
    """The weights of a caption decoder."""

    W_e: Float[Array, "V D"]
    """The word vectors."""
    cell: Any
    """The cell's weights, for inputs of size D."""
    readout: ReadoutParams
    """(H, V) and (V,)."""


def caption_start(step: Step, code: Float[Array, "B D"], state: Any, params: CaptionParams) -> Any:
    """Feed the image to the decoder once, in place of a word before the first.

        state = step(code, state)

    Args:
        step: the cell, `state, cache = step(x, state, params)`.
        code: the image features of a convolutional network, (B, D), as wide as a word vector.
        state: the initial state, zero.
        params: `CaptionParams(W_e, cell, readout)`.

    Returns:
        The state from which the caption is generated.

    Raises:
        ValueError: if shapes do not fit.

    Reference: Vinyals, Toshev, Bengio and Erhan, Show and Tell: A Neural Image Caption Generator
        (2015), equation 10, arXiv:1411.4555.
    """
    state, _ = step(code, state, params.cell)
    return state


def caption_step(
    step: Step, tokens: Int[Array, "B"], state: Any, params: CaptionParams
) -> tuple[Float[Array, "B V"], Any]:
    """Read the last word, and score the next.

        h_t = step(W_e[word_t], h_{t-1}),   y_t = h_t W_y + b_y

    With its first and last arguments bound, it is a decoder for `greedy_decode` and `beam_search`.

    Args:
        step: the cell, `state, cache = step(x, state, params)`.
        tokens: the last words, (B,); at first the start token.
        state: the decoder's state, at first that of `caption_start`.
        params: `CaptionParams(W_e, cell, readout)`.

    Returns:
        The scores of the next words (B, V), and the new state.

    Raises:
        ValueError: if shapes do not fit, or a token is not in the vocabulary.

    Reference: Vinyals, Toshev, Bengio and Erhan (2015), equations 11 and 12, arXiv:1411.4555.
    """
    state, _ = step(embedding_forward(tokens, params.W_e), state, params.cell)
    return readout(state.h, params.readout), state
