"""Exercise `param-count`."""

import numpy as np

from autograder.checking import ANY_OTHER, Exercise, Recognised, StudentFunction, expect_same
from rnncore.functional.cells import CELLS, param_count

exercise = Exercise("param-count", "Count", param_count)

_TAUGHT = "rnn", "lstm", "gru", "gru_reset_before", "coupled_lstm", "mut1", "peephole_lstm", "depth_gated"


def _expect_counts(student: StudentFunction, cells: tuple[str, ...], sizes: list[tuple[int, int]], hint: str) -> None:
    """The oracle: make the weights, and count their entries."""
    for D, H in sizes:
        for cell in cells:
            want = float(CELLS[cell].count_params(D, H))
            expect_same(student(cell, D, H), want, f"the count for {cell!r}", hint)


def _sizes(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Some with as many inputs as units, some with more, some with fewer."""
    n, more = (int(size) for size in rng.integers(2, 40, size=2))
    return [(n, n), (n + more, n), (n, n + more)]


@exercise.check("RNN and LSTM", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_counts(student, ("rnn", "lstm"), _sizes(rng), "A block is W_x, W_h and one bias.")


@exercise.check("GRU", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_counts(student, ("gru",), _sizes(rng), "Three blocks, one bias each; b_n stands apart.")


@exercise.check("coupled gates", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_counts(student, ("coupled_lstm",), _sizes(rng), "Which block does it save?")


@exercise.check("reset before, and MUT1", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    cells = "gru_reset_before", "mut1"
    _expect_counts(student, cells, _sizes(rng), "Which of the three blocks lack what? See the table.")


@exercise.check("peepholes", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_counts(student, ("peephole_lstm",), _sizes(rng), "Peepholes are diagonal: H numbers for each gate.")


@exercise.check("the depth gate", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_counts(student, ("depth_gated",), _sizes(rng), "Besides peepholes there are W_d, b_d, p_d and l_d.")


@exercise.check("sizes of one", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    n = int(rng.integers(2, 9))
    _expect_counts(student, _TAUGHT, [(1, 1), (1, n), (n, 1)], "D and H may be anything from 1 up.")


@exercise.check("whole numbers", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for cell in _TAUGHT:
        kind = np.asarray(student(cell, 2, 3)).dtype
        if kind.kind not in "iu":
            raise Recognised(f"the count for {cell!r} should be a whole number, an int; got {kind}")


def _counts(cell, D, H, recurrent=None, bias=1, **changed):
    """The counts with their parts laid open; `changed` puts another count in a cell's place."""
    recurrent = H * H if recurrent is None else recurrent
    block = D * H + recurrent + bias * H
    counts = {
        "rnn": block,
        "lstm": 4 * block,
        "coupled_lstm": 3 * block,
        "peephole_lstm": 4 * block + 3 * H,
        "depth_gated": 4 * block + D * H + 6 * H,
        "gru": 3 * block + H,
        "gru_reset_before": 3 * block,
        "mut1": 3 * block - recurrent,
    }
    return (counts | changed)[cell]


exercise.knob(
    _counts, "blocks_without_bias", "Your counts lack the biases of the blocks. They are learned too.", bias=0
)

exercise.knob(
    _counts,
    "two_biases_a_block",
    "Your counts have two biases a block, as torch has. They are only ever added; ours has one.",
    bias=2,
)


@exercise.mistake(
    "Your blocks have one recurrent number a unit. Every unit of the old state reaches every unit: what shape is that?"
)
def diagonal_recurrence(cell, D, H):
    return _counts(cell, D, H, recurrent=H)


@exercise.mistake("Your peepholes are full matrices, as in lecture notes N1. A peephole is one number for each unit.")
def full_peepholes(cell, D, H):
    full = _counts("lstm", D, H) + 3 * H * H
    return _counts(cell, D, H, peephole_lstm=full, depth_gated=full + D * H + 3 * H)


@exercise.mistake("Your MUT1 has three whole blocks. Its update gate does not see h, so one block is smaller.")
def mut1_of_three_whole_blocks(cell, D, H):
    return _counts(cell, D, H, mut1=_counts("gru_reset_before", D, H))


@exercise.mistake("Your GRU lacks b_n, the second bias of its candidate, which stands in an array of its own.")
def gru_without_inner_bias(cell, D, H):
    return _counts(cell, D, H, gru=_counts("gru_reset_before", D, H))


@exercise.mistake(
    "Your coupled LSTM has as many blocks as the plain one. Its input gate is 1 - f and needs no weights."
)
def coupled_of_four_blocks(cell, D, H):
    return _counts(cell, D, H, coupled_lstm=_counts("lstm", D, H))


@exercise.mistake(
    "Your depth gate has a recurrent matrix. It looks at u and, diagonally, at two cells: W_d, b_d, p_d, l_d."
)
def depth_gate_with_recurrence(cell, D, H):
    return _counts(cell, D, H, depth_gated=_counts("depth_gated", D, H) + H * H)


@exercise.mistake("Your depth-gated LSTM lacks the peepholes of i, f and o. It is a peephole LSTM with a gate more.")
def depth_gated_without_peepholes(cell, D, H):
    return _counts(cell, D, H, depth_gated=_counts("depth_gated", D, H) - 3 * H)


@exercise.mistake("You swapped D and H. The recurrent matrix goes from H units to H units, the other from D to H.")
def sizes_swapped(cell, D, H):
    return _counts(cell, H, D)


@exercise.mistake(
    "Your function knows the first three cells only. For the variants it returns nothing: see the docstring."
)
def variants_left_out(cell, D, H):
    return _counts(cell, D, H) if cell in ("rnn", "lstm", "gru") else None


@exercise.mistake("Your counts have no peepholes: three times H numbers, in the peephole LSTM and with the depth gate.")
def without_peepholes(cell, D, H):
    return _counts(cell, D, H) - 3 * H * (cell in ("peephole_lstm", "depth_gated"))


@exercise.mistake(
    "You count a whole block for the depth gate. It has W_d and b_d, but no W_h of its own; p_d and l_d are vectors."
)
def depth_gate_as_a_block(cell, D, H):
    block = D * H + H * H + H
    return _counts(cell, D, H, depth_gated=5 * block + 3 * H)


@exercise.mistake("You count no depth gate. Besides the peephole LSTM there are W_d, b_d, p_d and l_d.")
def depth_gate_left_out(cell, D, H):
    return _counts("peephole_lstm" if cell == "depth_gated" else cell, D, H)


def _one_wrong(cell, D, H, of, count):
    """The counts, with another in the place of one cell's."""
    return _counts(cell, D, H, **{of: count(D * H + H * H + H, D, H)})


for _name, _of, _count, _text in (
    (
        "gru_with_a_second_bias_in_each_block",
        "gru",
        lambda block, D, H: 3 * block + 3 * H,
        "Your GRU has two biases in every block, as torch has. Ours has a second one in n alone: b_n.",
    ),
    (
        "depth_gate_with_one_diagonal",
        "depth_gated",
        lambda block, D, H: 4 * block + D * H + 5 * H,
        "Your depth gate lacks an array of H numbers. It has W_d, b_d, p_d and l_d.",
    ),
    (
        "depth_gate_without_diagonals",
        "depth_gated",
        lambda block, D, H: 4 * block + D * H + 4 * H,
        "Your depth gate looks at no cell. Besides W_d and b_d it has p_d and l_d.",
    ),
    (
        "peepholes_as_matrices_in_one_cell",
        "peephole_lstm",
        lambda block, D, H: 4 * block + 3 * H * H,
        "The peepholes of your peephole LSTM are matrices. A peephole is one number for each unit.",
    ),
    (
        "four_peepholes",
        "peephole_lstm",
        lambda block, D, H: 4 * block + 4 * H,
        "Your peephole LSTM has four peepholes a unit. The candidate has none: there are three.",
    ),
    (
        "one_peephole",
        "peephole_lstm",
        lambda block, D, H: 4 * block + H,
        "Your peephole LSTM has one peephole a unit. i, f and o have one each.",
    ),
    (
        "mut1_less_a_bias",
        "mut1",
        lambda block, D, H: 3 * block - H,
        "Your MUT1 lacks a bias. What its update gate lacks is the matrix from the state.",
    ),
):
    exercise.knob(_one_wrong, _name, _text, of=_of, count=_count)
