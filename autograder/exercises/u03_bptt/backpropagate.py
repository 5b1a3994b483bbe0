"""Exercise `backpropagate`."""

from typing import Any

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u03_bptt.shared import draw_layer, through_time, torch_gradients
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import (
    LSTMState,
    RNNCache,
    RNNState,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.learning.bptt import backpropagate
from rnncore.functional.sequence.layouts import ReadoutParams
from rnncore.functional.sequence.unroll import unroll

exercise = Exercise("backpropagate", "Backward through time", backpropagate, torch="none")


_SEQUENCE = "the gradients of xs", "the gradient of the first state", "the gradients of the weights"


def _run_backpropagate(
    student: StudentFunction, rng: np.random.Generator, *sizes: int, losses: float = 1.0, arrives: float = 1.0
):
    layer = draw_layer(rng, *sizes)
    B, T, _, H = sizes
    dhs, dstate = losses * rng.normal(size=(B, T, H)), RNNState(arrives * rng.normal(size=(B, H)))
    caches: list[RNNCache] = unroll(rnn_step, *layer)[2]
    got = expect_parts(student(rnn_step_backward, dhs, dstate, caches), *_SEQUENCE)
    return got, torch_gradients(layer, dhs, dstate)


def _torch_lstm_gradients(xs: np.ndarray, first: list[np.ndarray], params: Any, dhs: np.ndarray, dstate: LSTMState):
    """The oracle: the LSTM of equations (5.1) to (5.3), step by step, and torch's gradients."""
    leaves = [torch.tensor(array, requires_grad=True) for array in (xs, *first, *params)]
    inputs, h, c, W_x, W_h, b = leaves
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(xs.shape[1]):
        i, f, g, o = torch.chunk(inputs[:, t] @ W_x + h @ W_h + b, 4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        loss = loss + torch.sum(h * torch.tensor(dhs[:, t]))
    loss = loss + torch.sum(h * torch.tensor(dstate.h)) + torch.sum(c * torch.tensor(dstate.c))
    dxs, dh, dc, *dparams = (g.numpy() for g in torch.autograd.grad(loss, leaves))
    return dxs, LSTMState(dh, dc), type(params)(*dparams)


def _doubling(dstate: RNNState, cache: float) -> tuple[np.ndarray, RNNState, ReadoutParams]:
    """The backward step of another cell, whose cache is a number: h = 2 h_prev + number x."""
    h = dstate.h
    return cache * h, RNNState(2.0 * h), ReadoutParams(cache * h, h.sum(axis=0))


@exercise.check("a single step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 2, 1, 2, 3)
    for name, mine, right in zip(_SEQUENCE, got, want, strict=True):
        expect_same(mine, right, name, "Two gradients of h meet: see (3.9).")


@exercise.check("what arrives after the last step, alone", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 2, 4, 3, 4, losses=0.0)
    expect_same(got[0], want[0], _SEQUENCE[0], "It goes back from the last step to the first.")


@exercise.check("what the losses say, alone", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 2, 4, 3, 4, arrives=0.0)
    expect_same(got[0], want[0], _SEQUENCE[0], "Two gradients of h meet at each step: see (3.9).")


@exercise.check("the gradient of the input at every step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 3, 17, 2, 5)
    expect_same(got[0], want[0], _SEQUENCE[0], "Two gradients of h meet at each step: see (3.9).")


@exercise.check("the gradient of the first state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 3, 5, 2, 4)
    expect_same(got[1], want[1], _SEQUENCE[1], "Start from what arrives after step T.")


@exercise.check("the gradients of the weights, over all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 2, 5, 3, 4)
    expect_same(got[2], want[2], _SEQUENCE[2], "The steps share their weights: see (3.10).")


@exercise.check("another cell, which comes as an argument", points=0.25)
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


@exercise.check("a cell whose state has two parts: an LSTM", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    B, T, D, H = 2, 4, 3, 3
    xs, *first = (rng.normal(size=shape) for shape in ((B, T, D), (B, H), (B, H)))
    params, dhs = init_lstm_params(D, H, rng), rng.normal(size=(B, T, H))
    dstate = LSTMState(*rng.normal(size=(2, B, H)))
    caches: list[Any] = unroll(lstm_step, xs, LSTMState(*first), params)[2]
    got = expect_parts(student(lstm_step_backward, dhs, dstate, caches), *_SEQUENCE)
    hint = "Only h meets another gradient; the rest of the state is handed on as it comes back."
    for name, mine, right in zip(_SEQUENCE, got, _torch_lstm_gradients(xs, first, params, dhs, dstate), strict=True):
        expect_same(mine, right, name, hint)


exercise.leaves_inputs(0.25)


exercise.knob(
    through_time,
    "later_steps_dropped",
    "At each step you take what the loss says of it, and drop what comes back from later steps. The two meet in h.",
    meet=lambda back, dh: back._replace(h=dh),
)

exercise.knob(
    through_time,
    "loss_of_each_step_dropped",
    "You use what comes back from later steps, and drop what the loss says of each step itself: dhs does not come in.",
    meet=lambda back, dh: back,
)


@exercise.mistake("You start from nothing after the last step. What arrives there is an argument, dstate.")
def last_state_dropped(step_backward, dhs, dstate, caches):
    return through_time(step_backward, dhs, dstate._replace(h=np.zeros_like(dstate.h)), caches)


@exercise.mistake(
    "You add dstate at every step. It arrives once, after the last step; further back, what the step after sent takes "
    "its place."
)
def last_state_at_every_step(step_backward, dhs, dstate, caches):
    arrives = dstate.h

    def meet(back, dh):
        return back._replace(h=back.h + dh + (0.0 if back.h is arrives else arrives))

    return through_time(step_backward, dhs, dstate, caches, meet=meet)


@exercise.mistake("You go through time from the first step to the last. Gradients travel the other way.")
def forward_in_time(step_backward, dhs, dstate, caches):
    return through_time(step_backward, dhs, dstate, caches, order=range(len(caches)))


@exercise.mistake(
    "Your gradients of the inputs come out with the last step first. You gathered them on the way back in time."
)
def inputs_reversed(step_backward, dhs, dstate, caches):
    dxs, first, weights = through_time(step_backward, dhs, dstate, caches)
    return dxs[:, ::-1], first, weights


exercise.knob(
    through_time,
    "weights_of_one_step",
    "Your gradients of the weights are those of the first step alone. Every step uses the weights, and each has a "
    "part.",
    gather=lambda parts: parts[-1],
)

exercise.knob(
    through_time,
    "weights_averaged",
    "Your gradients of the weights are a mean over the steps. The steps share the weights, so their parts add up.",
    gather=lambda parts: sum(parts) / len(parts),
)


exercise.knob(
    through_time,
    "rest_of_the_state_dropped",
    "You hand on h alone and drop the rest of the gradient of the state. Use dstate._replace(h=...): only h meets "
    "another gradient.",
    meet=lambda back, dh: map_tree(np.zeros_like, back)._replace(h=back.h + dh),
)

exercise.knob(
    through_time,
    "always_an_rnn_state",
    "You make an RNNState of whatever state comes. With dstate._replace(h=...) it stays what it is, an LSTM's too.",
    meet=lambda back, dh: RNNState(back.h + dh),
)


@exercise.mistake(
    "Beside h, you hand on what arrived after the last step again and again. Each step returns a whole new state."
)
def rest_of_the_state_stays(step_backward, dhs, dstate, caches):
    dxs, total = [], None
    for t in reversed(range(len(caches))):
        dx, new, dparams = step_backward(dstate._replace(h=dstate.h + dhs[:, t]), caches[t])
        dstate = dstate._replace(h=new.h)
        dxs.append(dx)
        total = dparams if total is None else map_tree(np.add, total, dparams)
    return np.stack(dxs[::-1], axis=1), dstate, total


@exercise.mistake("The gradient of a step's own loss comes in after the step back. It comes in before: see (3.9).")
def loss_comes_in_too_late(step_backward, dhs, dstate, caches):
    late = np.concatenate([dhs[:, 1:], np.zeros_like(dhs[:, :1])], axis=1)
    dxs, first, total = through_time(step_backward, late, dstate, caches)
    return dxs, first._replace(h=first.h + dhs[:, 0]), total


@exercise.mistake(
    "You stop one step too early on the way back, so the first step is left out. range(T - 1, -1, -1) ends at 0, "
    "range(T - 1, 0, -1) at 1."
)
def first_step_left_out(step_backward, dhs, dstate, caches):
    dxs, first, total = through_time(step_backward, dhs[:, 1:], dstate, caches[1:])
    return np.concatenate([np.zeros_like(dxs[:, :1]), dxs], axis=1), first, total


@exercise.mistake(
    "You take the caches from the last step on and the losses from the first: the two run against each other. "
    "dhs[:, t] belongs to caches[t]."
)
def losses_against_the_caches(step_backward, dhs, dstate, caches):
    return through_time(step_backward, dhs[:, ::-1], dstate, caches)


@exercise.mistake(
    "For the gradient of the first state you return what arrived after the last step. It is what the last step back, "
    "that of step 1, says of the state before."
)
def returns_what_arrived(step_backward, dhs, dstate, caches):
    dxs, _, weights = through_time(step_backward, dhs, dstate, caches)
    return dxs, dstate, weights
