"""Hidden checks of Unit 3: losses and backpropagation through time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.checking import (
    CheckFailed,
    CheckSet,
    StudentFunction,
    expect_parts,
    expect_same,
    expect_unchanged,
)
from autograder.mutants import u03_bptt as mutants
from rnncore.functional.cells import RNNCache, RNNParams, RNNState, rnn_step, rnn_step_backward
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.learning.bptt import backpropagate
from rnncore.functional.learning.gradient_check import central_difference, gradient_check
from rnncore.functional.learning.losses import sequence_cross_entropy, sequence_cross_entropy_backward
from rnncore.functional.learning.readout_backward import readout_backward
from rnncore.functional.learning.truncated_bptt import truncated_bptt
from rnncore.functional.sequence.layouts import ReadoutParams, init_readout_params
from rnncore.functional.sequence.unroll import unroll


def _batch(rng: np.random.Generator, B: int, T: int, K: int, lengths: list[int] | None = None):
    """Scores, right classes and a mask that is true at the first steps of each sequence."""
    scores, targets = 2.0 * rng.normal(size=(B, T, K)), rng.integers(0, K, size=(B, T))
    return scores, targets, np.arange(T) < np.array(lengths or [T] * B)[:, None]


def _torch_loss(scores: np.ndarray, targets: np.ndarray, mask: np.ndarray) -> tuple[Any, np.ndarray]:
    """The oracle: the likelihood of the steps that count, and torch's gradient of it."""
    logits = torch.from_numpy(scores).clone().requires_grad_()
    likelihood = torch.distributions.Categorical(logits=logits).log_prob(torch.from_numpy(np.where(mask, targets, 0)))
    mean_surprise = -likelihood[torch.from_numpy(mask)].mean()
    return mean_surprise.item(), torch.autograd.grad(mean_surprise, logits)[0].numpy()


check_sequence_cross_entropy = CheckSet(
    "sequence-cross-entropy", sequence_cross_entropy, mutants.sequence_cross_entropy
)


def _run_loss(student: StudentFunction, *batch: np.ndarray) -> None:
    hint = "See (3.1) and (3.2): minus the logarithm, at the steps that count, divided by their number."
    expect_same(student(*batch), _torch_loss(*batch)[0], "the loss", hint)


@check_sequence_cross_entropy.that("a single step, which counts", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_loss(student, *_batch(rng, 1, 1, 4))


@check_sequence_cross_entropy.that("sequences of several lengths", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_loss(student, *_batch(rng, 3, 6, 4, [6, 2, 3]))


@check_sequence_cross_entropy.that("whatever stands in the padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, targets, mask = _batch(rng, 2, 5, 3, [2, 5])
    scores[0, 2:], targets[0, 2:] = 1e6 * rng.normal(size=(3, 3)), [-100, 0, 99]
    _run_loss(student, scores, targets, mask)


@check_sequence_cross_entropy.that("leaves its inputs as they were", points=0.25, after="sequences of several lengths")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(*_batch(rng, 2, 3, 3, [3, 1]))
    expect_unchanged(student)


check_sequence_cross_entropy_backward = CheckSet(
    "sequence-cross-entropy-backward", sequence_cross_entropy_backward, mutants.sequence_cross_entropy_backward
)


def _run_loss_backward(student: StudentFunction, *batch: np.ndarray) -> None:
    hint = "See (3.3): probabilities less the one-hot target, then mask and number of steps."
    expect_same(student(*batch), _torch_loss(*batch)[1], "the gradient of the scores", hint)


@check_sequence_cross_entropy_backward.that("a single step, which counts", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_loss_backward(student, *_batch(rng, 1, 1, 4))


@check_sequence_cross_entropy_backward.that("sequences of several lengths", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_loss_backward(student, *_batch(rng, 3, 6, 4, [6, 2, 3]))


@check_sequence_cross_entropy_backward.that("whatever stands in the padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, targets, mask = _batch(rng, 2, 5, 3, [2, 5])
    scores[0, 2:], targets[0, 2:] = 1e6 * rng.normal(size=(3, 3)), [-100, 0, 99]
    _run_loss_backward(student, scores, targets, mask)


@check_sequence_cross_entropy_backward.that(
    "leaves its inputs as they were", points=0.25, after="sequences of several lengths"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(*_batch(rng, 2, 3, 3, [3, 1]))
    expect_unchanged(student)


Arrays = dict[str, np.ndarray]

check_central_difference = CheckSet("central-difference", central_difference, mutants.central_difference)


def _cubes(rng: np.random.Generator) -> tuple[Callable[[Arrays], float], Arrays, Arrays]:
    """A loss whose central difference is known exactly: that of a w³ is a (3 w² + eps²)."""
    factors = {"W": rng.uniform(1, 2, size=(2, 3)), "b": rng.uniform(1, 2, size=3)}
    arrays = {name: rng.uniform(0.5, 2.0, size=factor.shape) for name, factor in factors.items()}

    def loss(arrays: Arrays) -> float:
        return float(sum(np.sum(factors[name] * arrays[name] ** 3) for name in factors))

    return loss, arrays, factors


def _run_difference(student: StudentFunction, rng: np.random.Generator, places: list[tuple[str, tuple[int, ...]]]):
    loss, arrays, factors = _cubes(rng)
    for name, index in places:
        eps = float(rng.uniform(0.05, 0.2))
        want = float(factors[name][index] * (3.0 * arrays[name][index] ** 2 + eps**2))
        hint = "See (3.4): one entry, moved by eps up and by eps down."
        expect_same(student(loss, arrays, name, index, eps), want, "the slope", hint)


@check_central_difference.that("the slope at any entry of a matrix", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_difference(student, rng, [("W", (1, 2)), ("W", (0, 1)), ("W", (1, 0))])


@check_central_difference.that("the slope at an entry of another array", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_difference(student, rng, [("b", (2,)), ("b", (1,)), ("W", (0, 2))])


@check_central_difference.that(
    "leaves its inputs as they were", points=0.25, after="the slope at any entry of a matrix"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    loss, arrays, _ = _cubes(rng)
    student(loss, arrays, "W", (1, 1), 1e-3)
    expect_unchanged(student)


check_gradient_check = CheckSet("gradient-check", gradient_check, mutants.gradient_check, uses=[central_difference])


def _squares(rng: np.random.Generator) -> tuple[Callable[[Arrays], float], Arrays, Arrays]:
    """A loss of squares, whose gradient is known, and for which central differences make no error of their own."""
    factors = {"W": rng.uniform(1, 2, size=(2, 3)), "h": rng.uniform(1, 2, size=2)}
    arrays = {name: rng.normal(size=factor.shape) for name, factor in factors.items()}

    def loss(arrays: Arrays) -> float:
        return float(sum(np.sum(factors[name] * arrays[name] ** 2) for name in factors))

    return loss, arrays, {name: 2.0 * factors[name] * arrays[name] for name in factors}


def _run_gradient_check(student: StudentFunction, rng: np.random.Generator, spoil: Callable[[np.ndarray], None]):
    """The loss has one right gradient and one that is spoilt; the check must tell which, and by how much."""
    loss, arrays, gradients = _squares(rng)
    wrong = str(rng.choice(list(arrays)))
    claimed = {name: gradient.copy() for name, gradient in gradients.items()}
    spoil(claimed[wrong])
    errors = student(loss, arrays, claimed)
    if not isinstance(errors, dict) or errors.keys() != arrays.keys():
        raise CheckFailed("return a dictionary with one number for each array, by the names of the arrays")
    scale = max(np.abs(claimed[wrong]).max(), np.abs(gradients[wrong]).max())
    hint = "Every entry of every array is compared, by relative_error."
    for name, error in errors.items():
        want = float(np.abs(claimed[wrong] - gradients[wrong]).max() / scale) if name == wrong else 0.0
        about = "a wrong gradient" if name == wrong else "a right gradient"
        expect_same(error, want, f"the error of {about}", hint, tolerance=1e-5)


@check_gradient_check.that("a gradient that is off in one entry", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    def last_entry(gradient: np.ndarray) -> None:
        gradient.flat[-1] += 0.5

    _run_gradient_check(student, rng, last_entry)


@check_gradient_check.that("a gradient of the wrong sign", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    def turned(gradient: np.ndarray) -> None:
        gradient *= -1.0

    _run_gradient_check(student, rng, turned)


@check_gradient_check.that("a gradient that is twice too large", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    def doubled(gradient: np.ndarray) -> None:
        gradient *= 2.0

    _run_gradient_check(student, rng, doubled)


@check_gradient_check.that("leaves its inputs as they were", points=0.25, after="a gradient that is off in one entry")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(*_squares(rng))
    expect_unchanged(student)


check_readout_backward = CheckSet("readout-backward", readout_backward, mutants.readout_backward)

_READOUT = "the gradient of h", "the gradients of the weights"


def _run_readout_backward(student: StudentFunction, rng: np.random.Generator, shape: tuple[int, ...], H: int, K: int):
    h, dys, params = rng.normal(size=(*shape, H)), rng.normal(size=(*shape, K)), init_readout_params(H, K, rng)
    leaves = [torch.tensor(array, requires_grad=True) for array in (h, *params)]
    ys = torch.nn.functional.linear(leaves[0], leaves[1].T, leaves[2])
    dh, *dparams = (g.numpy() for g in torch.autograd.grad(ys, leaves, torch.tensor(dys)))
    got = expect_parts(student(dys, h, params), *_READOUT)
    return got, (dh, ReadoutParams(*dparams))


@check_readout_backward.that("the gradient of the states of all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for shape, H, K in (((3, 4), 5, 2), ((1, 1), 1, 1)):
        got, want = _run_readout_backward(student, rng, shape, H, K)
        expect_same(got[0], want[0], _READOUT[0], "Each output was made of all units: see (3.6).")


@check_readout_backward.that("the gradients of the weights, over all steps", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_readout_backward(student, rng, (3, 4), 5, 2)
    expect_same(got[1], want[1], _READOUT[1], "All steps of all sequences share the weights.")


@check_readout_backward.that("the state of one step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_readout_backward(student, rng, (4,), 2, 3)
    for name, mine, right in zip(_READOUT, got, want, strict=True):
        expect_same(mine, right, name, "h may be (B, H) as well as (B, T, H).")


@check_readout_backward.that(
    "leaves its inputs as they were", points=0.25, after="the gradients of the weights, over all steps"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_readout_backward(student, rng, (2, 3), 2, 2)
    expect_unchanged(student)


check_rnn_step_backward = CheckSet("rnn-step-backward", rnn_step_backward, mutants.rnn_step_backward)

_STEP = "the gradient of x", "the gradient of the state before", "the gradients of the weights"


def _layer(rng: np.random.Generator, B: int, T: int, D: int, H: int):
    return rng.normal(size=(B, T, D)), RNNState(rng.normal(size=(B, H))), init_rnn_params(D, H, rng)


def _torch_states(xs: Any, h: Any, params: RNNParams, cut_before: int = 0) -> list[Any]:
    """The hidden states of all steps in torch; no gradient passes into the step `cut_before`."""
    hs = []
    for t in range(xs.shape[1]):
        h = h.detach() if t == cut_before and cut_before else h
        h = torch.tanh(xs[:, t] @ params.W_x + h @ params.W_h + params.b)
        hs.append(h)
    return hs


def _torch_gradients(layer: Any, dhs: np.ndarray, dstate: RNNState):
    """Gradients by torch's autograd, in the order and types that the student returns."""
    xs, state, params = layer
    leaves = [torch.tensor(array, requires_grad=True) for array in (xs, *state, *params)]
    hs = _torch_states(leaves[0], leaves[1], RNNParams(*leaves[2:]))
    loss = torch.sum(torch.stack(hs, 1) * torch.tensor(dhs)) + torch.sum(hs[-1] * torch.tensor(dstate.h))
    dxs, dh, *dparams = (g.numpy() for g in torch.autograd.grad(loss, leaves))
    return dxs, RNNState(dh), RNNParams(*dparams)


def _run_step_backward(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    layer = xs, state, params = _layer(rng, B, 1, D, H)
    dstate = RNNState(rng.normal(size=(B, H)))
    _, cache = rnn_step(xs[:, 0], state, params)
    got = expect_parts(student(dstate, cache), *_STEP)
    dxs, *rest = _torch_gradients(layer, np.zeros((B, 1, H)), dstate)
    return got, (dxs[:, 0], *rest)


@check_rnn_step_backward.that("all gradients for one sequence and one unit", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=1, D=1, H=1)
    for name, mine, right in zip(_STEP, got, want, strict=True):
        expect_same(mine, right, name, "First through the tanh, (3.7); then the products, (3.8).")


@check_rnn_step_backward.that("the gradient of the input", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[0], want[0], _STEP[0], "x was multiplied by W_x: see (3.8).")


@check_rnn_step_backward.that("the gradient of the state before", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[1], want[1], _STEP[1], "h_prev was multiplied by W_h: see (3.8).")


@check_rnn_step_backward.that("the gradients of the weights", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_step_backward(student, rng, B=4, D=2, H=3)
    expect_same(got[2], want[2], _STEP[2], "All sequences of the batch share the weights.")


@check_rnn_step_backward.that("leaves its inputs as they were", points=0.25, after="the gradient of the state before")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_step_backward(student, rng, B=2, D=3, H=4)
    expect_unchanged(student)


check_backpropagate = CheckSet("backpropagate", backpropagate, mutants.backpropagate)

_SEQUENCE = "the gradients of xs", "the gradient of the first state", "the gradients of the weights"


def _run_backpropagate(student: StudentFunction, rng: np.random.Generator, *sizes: int):
    layer = _layer(rng, *sizes)
    B, T, _, H = sizes
    dhs, dstate = rng.normal(size=(B, T, H)), RNNState(rng.normal(size=(B, H)))
    caches: list[RNNCache] = unroll(rnn_step, *layer)[2]
    got = expect_parts(student(rnn_step_backward, dhs, dstate, caches), *_SEQUENCE)
    return got, _torch_gradients(layer, dhs, dstate)


@check_backpropagate.that("the gradient of the input at every step", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 3, 6, 2, 4)
    expect_same(got[0], want[0], _SEQUENCE[0], "Two gradients of h meet at each step: see (3.9).")


@check_backpropagate.that("the gradient of the first state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 3, 5, 2, 4)
    expect_same(got[1], want[1], _SEQUENCE[1], "Start from what arrives after step T.")


@check_backpropagate.that("the gradients of the weights, over all steps", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 2, 5, 3, 4)
    expect_same(got[2], want[2], _SEQUENCE[2], "The steps share their weights: see (3.10).")


def _doubling(dstate: RNNState, cache: float) -> tuple[np.ndarray, RNNState, ReadoutParams]:
    """The backward step of another cell, whose cache is a number: h = 2 h_prev + number x."""
    h = dstate.h
    return cache * h, RNNState(2.0 * h), ReadoutParams(cache * h, h.sum(axis=0))


@check_backpropagate.that("another cell, which comes as an argument", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    B, T, H = 2, 4, 3
    dhs, dstate, caches = rng.normal(size=(B, T, H)), RNNState(rng.normal(size=(B, H))), [0.5, 2.0, 3.0, 0.25]
    got = expect_parts(student(_doubling, dhs, dstate, caches), *_SEQUENCE)
    reach = np.array([[2.0 ** (t - k) if t >= k else 0.0 for t in range(T)] for k in range(T)])
    whole = np.einsum("kt,bth->bkh", reach, dhs) + 2.0 ** (T - 1 - np.arange(T))[:, None] * dstate.h[:, None]
    weighted = np.array(caches)[:, None] * whole
    want = weighted, RNNState(2.0 * whole[:, 0]), ReadoutParams(weighted.sum(axis=1), whole.sum(axis=(0, 1)))
    for name, mine, right in zip(_SEQUENCE, got, want, strict=True):
        expect_same(mine, right, name, "Call step_backward, whichever cell it belongs to.")


@check_backpropagate.that(
    "leaves its inputs as they were", points=0.25, after="the gradients of the weights, over all steps"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_backpropagate(student, rng, 2, 3, 2, 3)
    expect_unchanged(student)


check_truncated_bptt = CheckSet("truncated-bptt", truncated_bptt, mutants.truncated_bptt, uses=[backpropagate])


def _cut_gradients(layer: Any, dhs: np.ndarray, dstate: RNNState, k1: int, k2: int) -> RNNParams:
    """Each step's loss by itself in torch, its chain cut by hand where its backward pass must end."""
    T = dhs.shape[1]
    xs, h, *weights = (torch.tensor(a, requires_grad=True) for a in (layer[0], *layer[1], *layer[2]))
    loss = torch.zeros(())
    for t in range(T):
        end = min((t // k1 + 1) * k1, T)
        hs = _torch_states(xs, h, RNNParams(*weights), cut_before=max(0, end - k2))
        loss = loss + torch.sum(hs[t] * torch.tensor(dhs[:, t]))
        if t == T - 1:
            loss = loss + torch.sum(hs[t] * torch.tensor(dstate.h))
    return RNNParams(*(g.numpy() for g in torch.autograd.grad(loss, weights)))


def _run_truncated(student: StudentFunction, rng: np.random.Generator, T: int, k1: int, k2: int) -> None:
    layer = _layer(rng, 2, T, 2, 3)
    dhs, dstate = rng.normal(size=(2, T, 3)), RNNState(rng.normal(size=(2, 3)))
    _, _, caches = unroll(rnn_step, *layer)
    got = expect_parts(student(rnn_step_backward, dhs, dstate, caches, k1, k2), "dW_x", "dW_h", "db")
    hint = "Which gradients does a pass bring in, and which caches does it visit?"
    expect_same(got, _cut_gradients(layer, dhs, dstate, k1, k2), _STEP[2], hint)


@check_truncated_bptt.that("chunks, k1 = k2, the last one shorter", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 7, 3, 3)


@check_truncated_bptt.that("every loss goes back k2 steps, k1 = 1", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 6, 1, 3)


@check_truncated_bptt.that("passes that overlap, 1 < k1 < k2", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 7, 2, 5)


@check_truncated_bptt.that("k2 beyond the length of the sequence", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 4, 3, 10)


@check_truncated_bptt.that("leaves its inputs as they were", points=0.25, after="every loss goes back k2 steps, k1 = 1")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 3, 1, 2)
    expect_unchanged(student)
