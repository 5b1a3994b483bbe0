"""Exercise `rnn-step-backward`."""

from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u03_bptt.shared import STEP_GRADIENTS, draw_layer, torch_gradients
from rnncore.functional.cells import RNNParams, RNNState, rnn_step, rnn_step_backward

exercise = Exercise("rnn-step-backward", "One step back", rnn_step_backward, torch="none")


def _run_step_backward(
    student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int
) -> tuple[tuple[Any, ...], tuple[Any, ...], Any]:
    layer = xs, state, params = draw_layer(rng, B, 1, D, H)
    dstate = RNNState(rng.normal(size=(B, H)))
    _, cache = rnn_step(xs[:, 0], state, params)
    got = expect_parts(student(dstate, cache), *STEP_GRADIENTS)
    dxs, *rest = torch_gradients(layer, np.zeros((B, 1, H)), dstate)
    return got, (dxs[:, 0], *rest), cache


@exercise.check("the gradient inside the tanh, which is that of the bias", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=1, D=2, H=3)
    *_, db = expect_parts(got[2], *RNNParams._fields)
    expect_same(db, want[2].b, "db", "For a single sequence it is da: see (3.7).")


@exercise.check("the products with it, for a single sequence", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    """Each is made of the student's own da, right or wrong."""
    got, _, (x, h_prev, _, params) = _run_step_backward(student, rng, B=1, D=3, H=4)
    dW_x, dW_h, db = expect_parts(got[2], *RNNParams._fields)
    da = np.reshape(np.asarray(db), (1, 4))
    if not np.all(da):
        raise CheckFailed("db should have H numbers that are not 0")
    hint = "See (3.8): transposed is what was a factor."
    expect_same(got[0], da @ params.W_x.T, STEP_GRADIENTS[0], hint)
    expect_same(got[1], RNNState(da @ params.W_h.T), STEP_GRADIENTS[1], hint)
    expect_same((dW_x, dW_h), (np.outer(x, da), np.outer(h_prev, da)), "dW_x and dW_h", hint)


@exercise.check("the gradient of the input", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[0], want[0], STEP_GRADIENTS[0], "x was multiplied by W_x: see (3.8).")


@exercise.check("the gradient of the state before", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=3, D=5, H=4)
    expect_same(got[1], want[1], STEP_GRADIENTS[1], "h_prev was multiplied by W_h: see (3.8).")


@exercise.check("the gradients of the two matrices", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=4, D=2, H=3)
    *matrices, _ = expect_parts(got[2], *RNNParams._fields)
    expect_same(tuple(matrices), want[2][:2], "dW_x and dW_h", "All sequences of the batch share the weights.")


@exercise.check("the gradient of the bias", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_step_backward(student, rng, B=4, D=2, H=3)
    *_, db = expect_parts(got[2], *RNNParams._fields)
    expect_same(db, want[2].b, "db", "All sequences of the batch share the weights.")


exercise.leaves_inputs(0.25)


def _back(dstate, cache, da=None, gather=np.sum, **changed):
    """The backward step with its parts laid open."""
    x, h_prev, h, params = cache
    da = dstate.h * (1.0 - h * h) if da is None else da
    weights = RNNParams(x.T @ da, h_prev.T @ da, gather(da, axis=0))._replace(**changed)
    return da @ params.W_x.T, RNNState(da @ params.W_h.T), weights


@exercise.mistake(
    "Your gradients are without the derivative of tanh. The weights act on what goes into the tanh, not on what comes "
    "out."
)
def no_tanh_derivative(dstate, cache):
    return _back(dstate, cache, da=dstate.h)


@exercise.mistake(
    "You take the tanh a second time: h is already a tanh. Its derivative is told from h itself, by 1 - h²."
)
def tanh_twice(dstate, cache):
    return _back(dstate, cache, da=dstate.h * (1.0 - np.tanh(cache.h) ** 2))


@exercise.mistake("Your derivative of tanh is 1 - h. The square is missing.")
def square_missing(dstate, cache):
    return _back(dstate, cache, da=dstate.h * (1.0 - cache.h))


@exercise.mistake("Your derivative is that of the sigmoid, h (1 - h). The cell squashes with tanh.")
def sigmoid_derivative(dstate, cache):
    return _back(dstate, cache, da=dstate.h * cache.h * (1.0 - cache.h))


@exercise.mistake(
    "Your derivative of tanh is taken at the state before the step. The tanh of this step made h, not h_prev."
)
def derivative_at_old_state(dstate, cache):
    return _back(dstate, cache, da=dstate.h * (1.0 - cache.h_prev**2))


@exercise.mistake(
    "Your gradient of the state before is this step's da itself. On the way forward h_prev went through W_h."
)
def weights_not_passed(dstate, cache):
    dx, _, dparams = _back(dstate, cache)
    return dx, RNNState(dstate.h * (1.0 - cache.h**2)), dparams


@exercise.mistake("You multiply by W_h as on the way forward. On the way back it is the transpose.")
def not_transposed(dstate, cache):
    dx, _, dparams = _back(dstate, cache)
    return dx, RNNState(dstate.h * (1.0 - cache.h**2) @ cache.params.W_h), dparams


@exercise.mistake(
    "Your gradient of W_h is made with the new state. What W_h multiplied in this step was the state before."
)
def new_state_for_old(dstate, cache):
    da = dstate.h * (1.0 - cache.h**2)
    return _back(dstate, cache, W_h=cache.h.T @ da)


exercise.knob(
    _back,
    "mean_over_batch",
    "Your gradient of the bias is the mean over the batch. The bias acts on every sequence, and the effects add up.",
    gather=np.mean,
)

exercise.knob(
    _back,
    "batch_not_summed",
    "Your gradient of the bias still has an axis for the sequences. There is one bias for all of them: sum.",
    gather=lambda da, axis: da,
)


@exercise.mistake(
    "You add the gradient that arrives to the one that goes on. In one step, h_prev reaches h through W_h and the tanh "
    "alone."
)
def arriving_gradient_added(dstate, cache):
    dx, before, weights = _back(dstate, cache)
    return dx, RNNState(before.h + dstate.h), weights


@exercise.mistake(
    "Your gradient of the state before is made of dh, and passes by the tanh. Like everything inside of it, it is made "
    "of da."
)
def state_passes_by_the_tanh(dstate, cache):
    dx, _, weights = _back(dstate, cache)
    return dx, RNNState(dstate.h @ cache.params.W_h.T), weights


@exercise.mistake(
    "Your gradients of the input and of the state before are made of dh, and pass by the tanh. Like everything inside "
    "of it, they are made of da."
)
def what_goes_back_passes_by_the_tanh(dstate, cache):
    weights = cache.params
    return dstate.h @ weights.W_x.T, RNNState(dstate.h @ weights.W_h.T), _back(dstate, cache)[2]


@exercise.mistake(
    "Your gradients of the weights are made of dh. What the weights made went through the tanh: da belongs there."
)
def weights_pass_by_the_tanh(dstate, cache):
    return *_back(dstate, cache)[:2], _back(dstate, cache, da=dstate.h)[2]


@exercise.mistake("Your gradient of the bias is the sum of dh. The bias is added inside the tanh: sum da.")
def bias_passes_by_the_tanh(dstate, cache):
    return _back(dstate, cache, b=dstate.h.sum(axis=0))
