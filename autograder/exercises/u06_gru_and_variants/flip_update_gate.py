"""Exercise `flip-update-gate`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u06_gru_and_variants.shared import draw_rnn_state, published_gru
from rnncore.functional.cells.gru import GRUParams, init_gru_params
from rnncore.functional.cells.gru_reset_before import GRUResetBeforeParams, init_gru_reset_before_params
from rnncore.functional.weights.update_gate import flip_update_gate

exercise = Exercise("flip-update-gate", "Flip the update gate", flip_update_gate)


def _signs(H: int) -> np.ndarray:
    return np.where(np.arange(3 * H) // H == 1, -1.0, 1.0)


def _run_flip(student: StudentFunction, rng: np.random.Generator, D: int, H: int):
    params = init_gru_params(D, H, rng)
    params = GRUParams(params.W_x, params.W_h, rng.normal(size=3 * H), rng.normal(size=H))
    turned = (array * _signs(H) for array in params[:3])
    return expect_parts(student(params), *GRUParams._fields), GRUParams(*turned, b_n=params.b_n)


@exercise.check("the two matrices of a GRU in torch's form", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for D, H in ((2, 4), (5, 3)):
        got, want = _run_flip(student, rng, D, H)
        expect_same(got[:2], want[:2], "W_x and W_h", "The second block of H columns feeds z.")


@exercise.check("its biases", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_flip(student, rng, 2, 4)
    expect_same(got[2:], want[2:], "b and b_n", "b has a block for z, too; b_n belongs to n.")


@exercise.check("the weights of the form of Cho", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    params = init_gru_reset_before_params(3, 2, rng)
    want = GRUResetBeforeParams(*(array * _signs(2) for array in params))
    expect_same(student(params), want, "the weights", "This type has no b_n: keep what there is with _replace.")


@exercise.check("a cell with the other meaning of z then computes the same", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    D, H = 3, 4
    params = init_gru_reset_before_params(D, H, rng)
    W_x, W_h, b = expect_parts(student(params), "W_x", "W_h", "b")
    expect_same([np.shape(a) for a in (W_x, W_h, b)], [a.shape for a in params], "the shapes")
    x, state = rng.normal(size=(4, D)), draw_rnn_state(rng, 4, H)
    got = published_gru(x, state, GRUResetBeforeParams(*map(np.asarray, (W_x, W_h, b))), takes_new=True)
    expect_same(got, published_gru(x, state, params), "the new state", "1 - σ(a) = σ(-a).")


exercise.leaves_inputs(0.25)


def _flipped(params, block=1, arrays=("W_x", "W_h", "b"), turn=lambda part: -part):
    """Weights with one block of columns turned in some of the arrays."""
    H = params.W_h.shape[0]

    def flip(w):
        w = w.copy()
        w[..., block * H : (block + 1) * H] = turn(w[..., block * H : (block + 1) * H])
        return w

    return params._replace(**{name: flip(getattr(params, name)) for name in arrays})


exercise.knob(
    _flipped,
    "bias_only",
    "You turn the bias of z and not its matrices. All that feeds z has to change its sign.",
    arrays=("b",),
)

exercise.knob(
    _flipped,
    "matrices_only",
    "You turn the matrices of z and not its bias. The bias feeds z as well.",
    arrays=("W_x", "W_h"),
)

exercise.knob(
    _flipped,
    "without_recurrent_weights",
    "You leave W_h as it is. z is fed by the input, by the state and by the bias.",
    arrays=("W_x", "b"),
)

exercise.knob(
    _flipped,
    "reset_gate_instead",
    "You turn the first block, which feeds r. The order of the blocks is r, z, n.",
    block=0,
)

exercise.knob(
    _flipped,
    "candidate_instead",
    "You turn the last block, which feeds the candidate n. The order of the blocks is r, z, n.",
    block=2,
)

exercise.knob(
    _flipped,
    "one_minus_the_weights",
    "You take the weights from 1. It is the gate that becomes 1 - z, not what feeds it: look at (6.2) for what its "
    "weights become.",
    turn=lambda part: 1 - part,
)


@exercise.mistake("You turn the signs of all blocks. Only z changes its meaning; r and n stay as they are.")
def every_block(params):
    return params._replace(W_x=-params.W_x, W_h=-params.W_h, b=-params.b)


@exercise.mistake(
    "You turn rows of W_h. Data stand on the left of the weights, so a block that feeds a gate is a block of columns."
)
def rows_of_the_recurrent_weights(params):
    H = params.W_h.shape[0]
    W_h = params.W_h.copy()
    W_h[H // 3 : 2 * H // 3] *= -1
    return _flipped(params, arrays=("W_x", "b"))._replace(W_h=W_h)


@exercise.mistake("You turn b_n, too. It belongs to the candidate n, not to z.")
def inner_bias_too(params):
    flipped = _flipped(params)
    return flipped._replace(b_n=-flipped.b_n) if hasattr(flipped, "b_n") else flipped


@exercise.mistake("You make GRUParams of whatever comes. params._replace keeps the type, and what else there is.")
def always_gru_params(params):
    W_x, W_h, b, *_ = _flipped(params)
    return GRUParams(W_x, W_h, b, params.b_n)


@exercise.mistake("You turn all of W_h. Its blocks are columns, r, z, n, and z has the second one alone.")
def all_of_the_recurrent_weights(params):
    return _flipped(params, arrays=("W_x", "b"))._replace(W_h=-params.W_h)


@exercise.mistake("You count the blocks by the size of the input. Each has H columns: ask W_h for H.")
def blocks_by_the_input(params):
    D = params.W_x.shape[0]
    return params._replace(
        **{
            name: np.concatenate([w[..., :D], -w[..., D : 2 * D], w[..., 2 * D :]], axis=-1)
            for name, w in params._asdict().items()
            if name != "b_n"
        }
    )


@exercise.mistake("You turn the block of n as well as that of z. The candidate stays as it is.")
def candidate_turned_too(params):
    return _flipped(_flipped(params), block=2)


@exercise.mistake("You turn the block of r as well as that of z. The reset gate stays as it is.")
def reset_gate_turned_too(params):
    return _flipped(_flipped(params), block=0)


@exercise.mistake("Your blocks of r and z have changed places. They stay where they are; only signs change.")
def blocks_exchanged(params):
    H = params.W_h.shape[0]

    def exchanged(w):
        return np.concatenate([-w[..., H : 2 * H], w[..., :H], w[..., 2 * H :]], axis=-1)

    return params._replace(W_x=exchanged(params.W_x), W_h=exchanged(params.W_h), b=exchanged(params.b))
