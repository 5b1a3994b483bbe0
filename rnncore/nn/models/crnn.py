"""A line of writing, read from an image."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from rnncore.functional.base import require_shape
from rnncore.functional.sequence import Lengths, conv_to_sequence, length_mask
from rnncore.nn.models.transcriber import Transcriber
from rnncore.nn.recurrent import Recurrent, require_like

_POOLS = (2, 2), (2, 1)
"""Height and width of what the first stage pools, and each stage after it."""


class CRNN(Transcriber):
    """Convolutions look at the image, a recurrent layer reads their columns, CTC spells.

        maps = pool(max(conv(image), 0)), once for each stage
        log p_t = log softmax(h_t W_y + b_y),   h from the columns of the maps

    Every stage halves the height. Only the first halves the width, so that narrow labels have
    columns enough. What stands beyond the width of an image has no influence.

    Args:
        height: of the images, H; what an uneven half leaves over is dropped.
        K: how many classes there are, the blank included.
        layer: a recurrent layer with batch_first=True, best bidirectional; its input_size is the
            size of a column, the last of the channels times H halved once for each stage.
        channels: how many maps each stage makes.
        to_sequence: turns maps (B, C, H, W) into a sequence of their columns, (B, W, C H).

    Raises:
        ValueError: if a size does not fit, K is below 2, or the layer is not batch_first.

    Reference: Shi, Bai and Yao (2015), arXiv:1507.05717, with seven convolutions and two layers.
    """

    def __init__(
        self,
        height: int,
        K: int,
        layer: Recurrent,
        channels: Sequence[int] = (16, 32),
        to_sequence: Callable[[Tensor], Tensor] = conv_to_sequence,
    ):
        super().__init__(K, layer)
        rows = height // 2 ** len(channels)
        if not channels or rows < 1:
            raise ValueError(
                f"channels must be 1 or more, and halve the height {height} to 1 at least; "
                f"got {len(channels)}"
            )
        if layer.input_size != channels[-1] * rows:
            raise ValueError(
                f"layer must have input_size={channels[-1] * rows}, {channels[-1]} channels of "
                f"{rows} rows; got {layer.input_size}"
            )
        self.height = height
        self.to_sequence = to_sequence
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv2d(before, after, kernel_size=3, padding=1)
            for before, after in zip((1, *channels), channels, strict=False)
        )

    def forward(self, xs: Tensor, lengths: Lengths) -> tuple[Tensor, Lengths]:
        """Read padded images.

        Args:
            xs: the images, (B, 1, H, W).
            lengths: how wide each is, B whole numbers from 2 to W.

        Returns:
            The logarithms of the class probabilities (B, W / 2, K), and how many steps of each row
            count: half its width, (B,).

        Raises:
            ValueError: if shapes, lengths or the dtype do not fit.
        """
        require_shape("xs", xs, ("B", 1, self.height, "W"))
        require_like("xs", xs, self.readout.weight)
        widths = torch.as_tensor(lengths, dtype=torch.int64, device="cpu")
        if bool((widths < 2).any()):
            raise ValueError(f"lengths must be at least 2; got {widths.tolist()}")
        maps = _within(xs, widths)
        for k, convolve in enumerate(self.convolutions):
            down, across = _POOLS[min(k, 1)]
            maps = max_pool2d(torch.relu(convolve(maps)), (down, across))
            widths = widths // across
            maps = _within(maps, widths)
        log_probs, _ = super().forward(self.to_sequence(maps), widths)
        return log_probs, widths


def _within(maps: Tensor, widths: Tensor) -> Tensor:
    """Zeros beyond the width of each image."""
    there = length_mask(widths, maps.permute(0, 3, 1, 2))
    return torch.where(there[:, None, None, :], maps, torch.zeros_like(maps))
