"""Exercise `backpropagate`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u03_bptt.shared import draw_layer, through_time, torch_gradients
from rnncore.functional.cells import RNNCache, RNNState, rnn_step, rnn_step_backward
from rnncore.functional.learning.bptt import backpropagate
from rnncore.functional.sequence.layouts import ReadoutParams
from rnncore.functional.sequence.unroll import unroll

exercise = Exercise("backpropagate", "Backward through time", backpropagate)


_SEQUENCE = "the gradients of xs", "the gradient of the first state", "the gradients of the weights"


def _run_backpropagate(student: StudentFunction, rng: np.random.Generator, *sizes: int):
    layer = draw_layer(rng, *sizes)
    B, T, _, H = sizes
    dhs, dstate = rng.normal(size=(B, T, H)), RNNState(rng.normal(size=(B, H)))
    caches: list[RNNCache] = unroll(rnn_step, *layer)[2]
    got = expect_parts(student(rnn_step_backward, dhs, dstate, caches), *_SEQUENCE)
    return got, torch_gradients(layer, dhs, dstate)


def _doubling(dstate: RNNState, cache: float) -> tuple[np.ndarray, RNNState, ReadoutParams]:
    """The backward step of another cell, whose cache is a number: h = 2 h_prev + number x."""
    h = dstate.h
    return cache * h, RNNState(2.0 * h), ReadoutParams(cache * h, h.sum(axis=0))


@exercise.check("the gradient of the input at every step", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 3, 6, 2, 4)
    expect_same(got[0], want[0], _SEQUENCE[0], "Two gradients of h meet at each step: see (3.9).")


@exercise.check("the gradient of the first state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 3, 5, 2, 4)
    expect_same(got[1], want[1], _SEQUENCE[1], "Start from what arrives after step T.")


@exercise.check("the gradients of the weights, over all steps", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_backpropagate(student, rng, 2, 5, 3, 4)
    expect_same(got[2], want[2], _SEQUENCE[2], "The steps share their weights: see (3.10).")


@exercise.check("another cell, which comes as an argument", points=0.75)
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


exercise.leaves_inputs(0.25, after="the gradients of the weights, over all steps")


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
