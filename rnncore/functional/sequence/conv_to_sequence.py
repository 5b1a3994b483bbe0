"""An image as a sequence."""

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def conv_to_sequence(maps: Float[Array, "B C H W"]) -> Float[Array, "B W C*H"]:
    """Feature maps as a sequence of columns, from left to right.

        x_t = (map 1, column t; map 2, column t; ... map C, column t)

    Each horizontal position of the feature maps becomes one step of the sequence.

    Args:
        maps: C feature maps of each image, (B, C, H, W).

    Returns:
        The columns, (B, W, C H), each map's from top to bottom.

    Raises:
        ValueError: if maps is not (B, C, H, W).

    Reference: Shi, Bai and Yao, An End-to-End Trainable Neural Network for Image-based Sequence
        Recognition (2015), section 2.1, arXiv:1507.05717.
    """
    require_shape("maps", maps, ("B", "C", "H", "W"))
    xp = array_namespace(maps)
    B, C, H, W = maps.shape
    return xp.reshape(xp.permute_dims(maps, (0, 3, 1, 2)), (B, W, C * H))
