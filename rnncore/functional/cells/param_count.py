"""What a cell costs: how many numbers each variant learns."""


def param_count(cell: str, D: int, H: int) -> int:
    """Count the weights and biases of one layer of a cell, as this course writes it.

    Args:
        cell: which one, by the name of its step: `"rnn"`, `"lstm"`, `"coupled_lstm"`,
            `"peephole_lstm"`, `"depth_gated"`, `"gru"` (torch's form, with `b_n` apart),
            `"gru_reset_before"` or `"mut1"`.
        D: the size of an input; for the depth gate that of u, without the cell below.
        H: the size of the hidden state.

    Returns:
        How many numbers are learned.

    Raises:
        ValueError: if there is no such cell.
    """
    block = D * H + H * H + H
    counts = {
        "rnn": block,
        "lstm": 4 * block,
        "coupled_lstm": 3 * block,
        "peephole_lstm": 4 * block + 3 * H,
        "depth_gated": 4 * block + 3 * H + D * H + 3 * H,
        "gru": 3 * block + H,
        "gru_reset_before": 3 * block,
        "mut1": 3 * block - H * H,
    }
    if cell not in counts:
        raise ValueError(f"cell must be one of {', '.join(counts)}; got {cell!r}")
    return counts[cell]
