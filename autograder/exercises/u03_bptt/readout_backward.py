"""Exercise `readout-backward`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.learning.readout_backward import readout_backward
from rnncore.functional.sequence.layouts import ReadoutParams, init_readout_params

exercise = Exercise("readout-backward", "Back through the readout", readout_backward, torch="none")


_READOUT = "the gradient of h", "the gradients of the weights"


def _run_readout_backward(student: StudentFunction, rng: np.random.Generator, shape: tuple[int, ...], H: int, K: int):
    h, dys, params = rng.normal(size=(*shape, H)), rng.normal(size=(*shape, K)), init_readout_params(H, K, rng)
    leaves = [torch.tensor(array, requires_grad=True) for array in (h, *params)]
    ys = torch.nn.functional.linear(leaves[0], leaves[1].T, leaves[2])
    dh, *dparams = (g.numpy() for g in torch.autograd.grad(ys, leaves, torch.tensor(dys)))
    got = expect_parts(student(dys, h, params), *_READOUT)
    return got, (dh, ReadoutParams(*dparams))


@exercise.check("the gradient of the states of all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for shape, H, K in (((3, 4), 5, 2), ((1, 1), 1, 1)):
        got, want = _run_readout_backward(student, rng, shape, H, K)
        expect_same(got[0], want[0], _READOUT[0], "Each output was made of all units: see (3.6).")


@exercise.check("the gradient of the matrix, over all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_readout_backward(student, rng, (3, 4), 5, 2)
    dW_y, _ = expect_parts(got[1], "dW_y", "db_y")
    expect_same(dW_y, want[1].W_y, "dW_y", "All steps of all sequences share the weights.")


@exercise.check("the gradient of the bias, over all steps", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_readout_backward(student, rng, (3, 4), 5, 2)
    _, db_y = expect_parts(got[1], "dW_y", "db_y")
    expect_same(db_y, want[1].b_y, "db_y", "All steps of all sequences share the weights.")


@exercise.check("the state of one step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_readout_backward(student, rng, (4,), 2, 3)
    for name, mine, right in zip(_READOUT, got, want, strict=True):
        expect_same(mine, right, name, "h may be (B, H) as well as (B, T, H).")


exercise.leaves_inputs(0.25)


def _read_back(dys, h, params, gather=np.sum, weigh=None):
    """The gradients through a readout with their parts laid open."""
    rows, drows = h.reshape(-1, h.shape[-1]), dys.reshape(-1, dys.shape[-1])
    dW = rows.T @ drows if weigh is None else weigh(rows, drows)
    return dys @ params.W_y.T, ReadoutParams(dW, gather(drows, axis=0))


exercise.knob(
    _read_back,
    "averaged_over_steps",
    "Your gradients of the weights are means over the steps. Every step uses the weights, and the effects add up.",
    gather=np.mean,
    weigh=lambda rows, drows: rows.T @ drows / len(rows),
)

exercise.knob(
    _read_back,
    "last_row_only",
    "Your gradients of the weights are those of the last row alone. Every step of every sequence has a part.",
    gather=lambda drows, axis: drows[-1],
    weigh=lambda rows, drows: rows[-1:].T @ drows[-1:],
)

exercise.knob(
    _read_back,
    "transposed",
    "Your gradient of W_y is transposed. It has the shape of W_y, (H, K).",
    weigh=lambda rows, drows: drows.T @ rows,
)

exercise.knob(
    _read_back,
    "mean_for_bias",
    "Your gradient of the bias is the mean over the rows. The bias acts on each of them, and the effects add up.",
    gather=np.mean,
)


@exercise.mistake(
    "Your gradient of the bias still has an axis for sequences or steps. There is one bias for all of them: sum."
)
def bias_not_summed(dys, h, params):
    return _read_back(dys, h, params)[0], ReadoutParams(_read_back(dys, h, params)[1].W_y, dys)


exercise.knob(
    _read_back,
    "summed_apart",
    "Your gradient of W_y sums the states and the gradients apart, and then multiplies. Each state belongs to the "
    "gradient of its own step: multiply first, then sum.",
    weigh=lambda rows, drows: np.outer(rows.sum(axis=0), drows.sum(axis=0)),
)


@exercise.mistake("Your gradient of h is without the weights. Each output reached h through W_y.")
def weights_left_out(dys, h, params):
    total = np.sum(dys, axis=-1, keepdims=True)
    return total + 0.0 * h, _read_back(dys, h, params)[1]


@exercise.mistake("Your gradients of the weights are those of the last step. All steps use the weights: sum over them.")
def last_step_only(dys, h, params):
    dy, last = (dys[:, -1], h[:, -1]) if h.ndim == 3 else (dys, h)
    return _read_back(dys, h, params)[0], _read_back(dy, last, params)[1]


@exercise.mistake("You divide by the number of sequences. The effects of the sequences add up; divide by nothing.")
def averaged_over_sequences(dys, h, params):
    dh, dparams = _read_back(dys, h, params)
    return dh, ReadoutParams(*(g / len(dys) for g in dparams))


@exercise.mistake("Your gradient of the bias is summed over the sequences, but not over the steps. Sum over both.")
def bias_summed_over_sequences_alone(dys, h, params):
    dh, dparams = _read_back(dys, h, params)
    return dh, dparams._replace(b_y=dys.sum(axis=0))


@exercise.mistake("Your function takes all steps only, (B, T, H). Of one step there is no axis of time: h is (B, H).")
def all_steps_only(dys, h, params):
    np.einsum("bth->bh", h)
    return _read_back(dys, h, params)


@exercise.mistake("Your gradient of the bias is 0. The bias is added to every output: sum the gradients of all.")
def bias_without_gradient(dys, h, params):
    dh, dparams = _read_back(dys, h, params)
    return dh, dparams._replace(b_y=0.0 * params.b_y)


@exercise.mistake("You go back through a tanh, too. The readout is linear; the tanh belongs to the cell.")
def through_a_tanh(dys, h, params):
    dh, dparams = _read_back(dys, h, params)
    return dh * (1.0 - h * h), dparams


@exercise.mistake("You divide by the number of steps. Every step uses the weights, and the effects add up.")
def averaged_over_time(dys, h, params):
    dh, dparams = _read_back(dys, h, params)
    return dh, ReadoutParams(*(g / (h.shape[1] if h.ndim == 3 else 1) for g in dparams))


@exercise.mistake(
    "Your gradient of W_y sums over time before it multiplies. Each state belongs to the gradient of its own step: "
    "multiply first, then sum."
)
def summed_over_time_first(dys, h, params):
    dh, dparams = _read_back(dys, h, params)
    rows, drows = (a.sum(axis=1) if a.ndim == 3 else a for a in (h, dys))
    return dh, dparams._replace(W_y=rows.T @ drows)
