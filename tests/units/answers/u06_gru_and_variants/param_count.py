"""Answers to `param_count`."""

import numpy as np

from rnncore.functional import cells
from tests.units.answers import Answers

answers = Answers()
NAMES = ["rnn", "lstm", "coupled_lstm", "peephole_lstm", "depth_gated", "gru", "gru_reset_before", "mut1"]


@answers.is_right
def sizes_of_arrays(cell, D, H):
    shapes = {
        "rnn": [(D, H), (H, H), (H,)],
        "lstm": [(D, 4 * H), (H, 4 * H), (4 * H,)],
        "coupled_lstm": [(D, 3 * H), (H, 3 * H), (3 * H,)],
        "gru": [(D, 3 * H), (H, 3 * H), (3 * H,), (H,)],
        "mut1": [(D, 3 * H), (H, 2 * H), (3 * H,)],
    }
    shapes["gru_reset_before"] = shapes["coupled_lstm"]
    shapes["peephole_lstm"] = [*shapes["lstm"], (3 * H,)]
    shapes["depth_gated"] = [*shapes["peephole_lstm"], (D, H), (H,), (H,), (H,)]
    return sum(np.empty(shape).size for shape in shapes[cell])


@answers.is_right
def counted_on_fresh_weights(cell, D, H):
    rng = np.random.default_rng(0)
    return sum(w.size for w in getattr(cells, f"init_{cell}_params")(D, H, rng))


@answers.is_right
def by_match(cell, D, H):
    W = H * (D + H + 1)
    match cell:
        case "rnn":
            return W
        case "lstm":
            return 4 * W
        case "peephole_lstm":
            return 4 * W + 3 * H
        case "depth_gated":
            return 4 * W + H * (D + 6)
        case "gru":
            return 3 * W + H
        case "mut1":
            return 3 * W - H**2
    return 3 * W


@answers.is_wrong("dtype")
def a_float(cell, D, H):
    return float(by_match(cell, D, H))


@answers.is_wrong("variants_left_out")
def none_for_the_variants(cell, D, H):
    block = D * H + H * H + H
    if cell == "rnn":
        return block
    if cell == "lstm":
        return 4 * block
    if cell == "gru":
        return 3 * block + H
    return None


@answers.is_wrong("nothing")
def printed(cell, D, H):
    print(by_match(cell, D, H))


@answers.is_wrong("gru_without_inner_bias")
def gru_without_b_n(cell, D, H):
    return by_match(cell, D, H) - H * (cell == "gru")


@answers.is_wrong("two_biases_a_block")
def second_biases(cell, D, H):
    blocks = {"rnn": 1, "lstm": 4, "peephole_lstm": 4, "depth_gated": 5}.get(cell, 3)
    return by_match(cell, D, H) + blocks * H


@answers.is_wrong("blocks_without_bias")
def no_biases(cell, D, H):
    blocks = {"rnn": 1, "lstm": 4, "peephole_lstm": 4, "depth_gated": 5}.get(cell, 3)
    return by_match(cell, D, H) - blocks * H


@answers.is_wrong("mut1_of_three_whole_blocks")
def mut1_like_a_gru(cell, D, H):
    return by_match(cell, D, H) + H * H * (cell == "mut1")


@answers.is_wrong("coupled_of_four_blocks")
def coupled_like_an_lstm(cell, D, H):
    return by_match("lstm" if cell == "coupled_lstm" else cell, D, H)


@answers.is_wrong("without_peepholes")
def no_peepholes(cell, D, H):
    return by_match(cell, D, H) - 3 * H * (cell in ("peephole_lstm", "depth_gated"))


@answers.is_wrong("full_peepholes")
def peepholes_as_matrices(cell, D, H):
    return by_match(cell, D, H) + 3 * (H * H - H) * (cell in ("peephole_lstm", "depth_gated"))


@answers.is_wrong("depth_gate_as_a_block")
def depth_gate_is_a_block(cell, D, H):
    block = D * H + H * H + H
    return 5 * block + 3 * H if cell == "depth_gated" else by_match(cell, D, H)


@answers.is_wrong("depth_gate_left_out")
def depth_gate_forgotten(cell, D, H):
    return by_match("peephole_lstm" if cell == "depth_gated" else cell, D, H)


@answers.is_wrong("sizes_swapped")
def inputs_and_units_exchanged(cell, D, H):
    return by_match(cell, H, D)
