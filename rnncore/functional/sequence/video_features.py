"""A video as a sequence of feature vectors."""

from collections.abc import Callable

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def video_features(
    describe: Callable[[Array], Array], films: Float[Array, "B T C H W"]
) -> Float[Array, "B T D"]:
    """Apply the same feature extractor to every frame of every video.

        x_bt = describe(picture t of film b)

    Args:
        describe: maps N frames (N, C, H, W) to N vectors (N, D), such as a convolutional network.
        films: (B, T, C, H, W).

    Returns:
        The sequences of vectors, (B, T, D).

    Raises:
        ValueError: if films has another shape, or describe does not return vectors.

    Reference: Donahue et al., Long-term Recurrent Convolutional Networks for Visual Recognition and
        Description (2015), arXiv:1411.4389.
    """
    require_shape("films", films, ("B", "T", "C", "H", "W"))
    xp = array_namespace(films)
    B, T = films.shape[:2]
    vectors = describe(xp.reshape(films, (B * T, *films.shape[2:])))
    require_shape("the result of describe", vectors, (B * T, "D"))
    return xp.reshape(vectors, (B, T, vectors.shape[1]))
