"""A film as a sequence."""

from collections.abc import Callable

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def video_features(
    describe: Callable[[Array], Array], films: Float[Array, "B T C H W"]
) -> Float[Array, "B T D"]:
    """Describe every picture of every film by the same function.

        x_bt = describe(picture t of film b)

    Args:
        describe: turns N pictures (N, C, H, W) into N vectors (N, D), such as a convolutional
            network does.
        films: (B, T, C, H, W).

    Returns:
        The sequences of vectors, (B, T, D).

    Raises:
        ValueError: if films has another shape, or describe gives no vectors.

    Reference: Donahue et al., Long-term Recurrent Convolutional Networks for Visual Recognition and
        Description (2015), arXiv:1411.4389.
    """
    require_shape("films", films, ("B", "T", "C", "H", "W"))
    xp = array_namespace(films)
    B, T = films.shape[:2]
    vectors = describe(xp.reshape(films, (B * T, *films.shape[2:])))
    require_shape("what describe gives", vectors, (B * T, "D"))
    return xp.reshape(vectors, (B, T, vectors.shape[1]))
