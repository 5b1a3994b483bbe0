"""Exercise `lstm-backward`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u05_lstm.shared import STEP_GRADIENTS, draw_layer, draw_state, torch_gradients
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState, lstm_step_backward
from rnncore.functional.cells import lstm_step_backward as right_backward
from rnncore.functional.sequence.lstm_layer import lstm_backward, lstm_forward

exercise = Exercise("lstm-backward", "Backward through time", lstm_backward, uses=[lstm_step_backward])


_SEQUENCE_GRADIENTS = "the gradients of xs", "the gradient of the first state", STEP_GRADIENTS[2]


def _run_lstm_backward(
    student: StudentFunction, rng: np.random.Generator, *sizes: int, losses: float = 1.0, arrives: float = 1.0
):
    layer = draw_layer(rng, *sizes)
    B, T, _, H = sizes
    dhs = losses * rng.normal(size=(B, T, H))
    dstate = LSTMState(*(arrives * part for part in draw_state(rng, B, H)))
    caches: list[LSTMCache] = lstm_forward(*layer)[2]
    got = expect_parts(student(dhs, dstate, caches), *_SEQUENCE_GRADIENTS)
    return got, torch_gradients(layer, dhs, dstate)


@exercise.check("a single step of one sequence", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 1, 1, 1, 1)
    for name, mine, right in zip(_SEQUENCE_GRADIENTS, got, want, strict=True):
        expect_same(mine, right, name, "Two gradients of h meet.")


@exercise.check("what arrives after the last step, alone", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 2, 4, 3, 4, losses=0.0)
    expect_same(got[0], want[0], _SEQUENCE_GRADIENTS[0], "It goes back from the last step to the first.")


@exercise.check("what the losses say, alone", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 2, 4, 3, 4, arrives=0.0)
    expect_same(got[0], want[0], _SEQUENCE_GRADIENTS[0], "Two gradients of h meet at each step.")


@exercise.check("the gradient of the input at every step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 3, 17, 2, 5)
    expect_same(got[0], want[0], _SEQUENCE_GRADIENTS[0], "Two gradients of h meet at each step.")


@exercise.check("the gradient of the first state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 3, 5, 2, 4)
    expect_same(got[1], want[1], _SEQUENCE_GRADIENTS[1], "Start from what arrives after step T.")


@exercise.check("the gradients of the weights, over all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_lstm_backward(student, rng, 2, 5, 3, 4, losses=100.0)
    expect_same(got[2], want[2], _SEQUENCE_GRADIENTS[2], "The steps share their weights.")


exercise.leaves_inputs(0.25)


def _through_time(dhs, dstate, caches, meet=None, order=None, gather=sum):
    """Backpropagation through time with its parts laid open."""
    meet = meet or (lambda back, dh: LSTMState(back.h + dh, back.c))
    dxs, all_dparams = {}, []
    for t in order or range(len(caches) - 1, -1, -1):
        dxs[t], dstate, dparams = right_backward(meet(dstate, dhs[:, t]), caches[t])
        all_dparams.append(dparams)
    weights = LSTMParams(*(gather(parts) for parts in zip(*all_dparams, strict=True)))
    return np.stack([dxs[t] for t in range(len(caches))], axis=1), dstate, weights


exercise.knob(
    _through_time,
    "later_steps_dropped",
    "At each step you take what the loss says of it, and drop what comes back from later steps. The two meet in h.",
    meet=lambda back, dh: LSTMState(dh, back.c),
)

exercise.knob(
    _through_time,
    "loss_of_each_step_dropped",
    "You use what comes back from later steps, and drop what the loss says of each step itself: dhs does not come in.",
    meet=lambda back, dh: back,
)

exercise.knob(
    _through_time,
    "cell_gradient_not_carried",
    "Your gradient of c starts at zero in every step. It comes back from the step after, and is the path that lasts.",
    meet=lambda back, dh: LSTMState(back.h + dh, np.zeros_like(dh)),
)

exercise.knob(
    _through_time,
    "loss_added_to_cell",
    "You add dhs to the gradient of c as well. The loss reads h at each step; c it reaches through h, inside the step.",
    meet=lambda back, dh: LSTMState(back.h + dh, back.c + dh),
)


@exercise.mistake("You start from nothing after the last step. What arrives there is an argument, dstate.")
def last_state_dropped(dhs, dstate, caches):
    return _through_time(dhs, LSTMState(np.zeros_like(dstate.h), np.zeros_like(dstate.c)), caches)


@exercise.mistake("You go through time from the first step to the last. Gradients travel the other way.")
def forward_in_time(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, order=range(len(caches)))


@exercise.mistake(
    "Your gradients of the inputs come out with the last step first. You gathered them on the way back in time."
)
def inputs_reversed(dhs, dstate, caches):
    dxs, first, weights = _through_time(dhs, dstate, caches)
    return dxs[:, ::-1], first, weights


exercise.knob(
    _through_time,
    "weights_of_one_step",
    "Your gradients of the weights are those of the first step alone. Every step uses the weights, and each has a "
    "part.",
    gather=lambda parts: parts[-1],
)

exercise.knob(
    _through_time,
    "weights_averaged",
    "Your gradients of the weights are a mean over the steps. The steps share the weights, so their parts add up.",
    gather=lambda parts: sum(parts) / len(parts),
)


@exercise.mistake("What comes back from a step is not handed on: each step starts again from what arrived at the end.")
def every_step_from_the_end(dhs, dstate, caches):
    dxs, parts = [], []
    for t in reversed(range(len(caches))):
        dx, _, dparams = right_backward(LSTMState(dstate.h + dhs[:, t], dstate.c), caches[t])
        dxs.append(dx)
        parts.append(dparams)
    return np.stack(dxs[::-1], axis=1), dstate, LSTMParams(*map(sum, zip(*parts, strict=True)))


@exercise.mistake("The gradients of the losses come in a step late: dhs[:, t] belongs to step t, before the step back.")
def losses_a_step_late(dhs, dstate, caches):
    late = np.concatenate([dhs[:, 1:], np.zeros_like(dhs[:, :1])], axis=1)
    return _through_time(late, dstate, caches)


@exercise.mistake("The gradient of c that arrives after the last step is dropped; that of h is not. dstate has both.")
def last_cell_dropped(dhs, dstate, caches):
    return _through_time(dhs, dstate._replace(c=np.zeros_like(dstate.c)), caches)


@exercise.mistake("The gradient of h that arrives after the last step is dropped; that of c is not. dstate has both.")
def last_hidden_state_dropped(dhs, dstate, caches):
    return _through_time(dhs, dstate._replace(h=np.zeros_like(dstate.h)), caches)


@exercise.mistake("What arrives after the last step comes in at every step. It belongs to the last one alone.")
def end_added_at_every_step(dhs, dstate, caches):
    late = np.arange(dhs.shape[1]) < dhs.shape[1] - 1
    return _through_time(dhs + late[:, None] * dstate.h[:, None], dstate, caches)


@exercise.mistake("You hand back dstate as it came. Wanted are the gradients of the state before the first step.")
def end_returned(dhs, dstate, caches):
    dxs, _, weights = _through_time(dhs, dstate, caches)
    return dxs, dstate, weights


@exercise.mistake("Your last step is not gone back through: you begin one step before it.")
def last_step_left_out(dhs, dstate, caches):
    dxs, first, weights = _through_time(dhs[:, :-1], dstate, caches[:-1])
    return np.concatenate([dxs, np.zeros_like(dxs[:, :1])], axis=1), first, weights
