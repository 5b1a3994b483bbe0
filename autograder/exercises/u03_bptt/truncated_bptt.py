"""Exercise `truncated-bptt`."""

from typing import Any

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u03_bptt.shared import STEP_GRADIENTS, draw_layer, through_time
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import LSTMState, RNNState, lstm_step, lstm_step_backward, rnn_step, rnn_step_backward
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.learning.bptt import backpropagate
from rnncore.functional.learning.truncated_bptt import truncated_bptt
from rnncore.functional.sequence.unroll import unroll

exercise = Exercise("truncated-bptt", "Not all the way back", truncated_bptt, uses=[backpropagate], torch="none")


def _torch_step(x: Any, state: Any, params: Any) -> list[Any]:
    """A step of the cell whose state it is handed, as torch may derive it."""
    a = x @ params[0] + state[0] @ params[1] + params[2]
    if len(state) == 1:
        return [torch.tanh(a)]
    i, f, g, o = torch.chunk(a, 4, dim=1)
    c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
    return [torch.sigmoid(o) * torch.tanh(c), c]


def _cut_gradients(layer: Any, dhs: np.ndarray, dstate: Any, k1: int, k2: int) -> Any:
    """Each step's loss by itself in torch, its chain cut by hand where its backward pass must end."""
    T, xs, params = dhs.shape[1], torch.tensor(layer[0]), layer[2]
    weights = [torch.tensor(weight, requires_grad=True) for weight in params]
    loss = torch.zeros(())
    for t in range(T):
        end = min((t // k1 + 1) * k1, T)
        state = [torch.tensor(part) for part in layer[1]]
        for step in range(t + 1):
            state = [part.detach() for part in state] if step == end - k2 else state
            state = _torch_step(xs[:, step], state, weights)
        arrives = dstate if t == T - 1 else map_tree(np.zeros_like, dstate)
        arrives = arrives._replace(h=arrives.h + dhs[:, t])
        loss = loss + sum(torch.sum(part * torch.tensor(d)) for part, d in zip(state, arrives, strict=True))
    return type(params)(*(g.numpy() for g in torch.autograd.grad(loss, weights)))


def _run_truncated(
    student: StudentFunction, rng: np.random.Generator, T: int, k1: int, k2: int, arrives: float = 1.0
) -> None:
    layer = draw_layer(rng, 2, T, 2, 3)
    dhs, dstate = rng.normal(size=(2, T, 3)), RNNState(arrives * rng.normal(size=(2, 3)))
    hint = "Which gradients does a pass bring in, and which caches does it visit?"
    _expect_cut(student, rnn_step, rnn_step_backward, layer, dhs, dstate, k1, k2, hint)


def _run_with_lstm(student: StudentFunction, rng: np.random.Generator, T: int, k1: int, k2: int) -> None:
    state, dstate = (LSTMState(*rng.normal(size=(2, 2, 3))) for _ in range(2))
    layer, dhs = (rng.normal(size=(2, T, 2)), state, init_lstm_params(2, 3, rng)), rng.normal(size=(2, T, 3))
    hint = "A state may have two parts, h and c. All of dstate arrives in the last pass, and zeros for both in others."
    _expect_cut(student, lstm_step, lstm_step_backward, layer, dhs, dstate, k1, k2, hint)


def _expect_cut(student: StudentFunction, step: Any, step_backward: Any, layer: Any, dhs, dstate, k1, k2, hint) -> None:
    _, _, caches = unroll(step, *layer)
    got = expect_parts(student(step_backward, dhs, dstate, caches, k1, k2), "dW_x", "dW_h", "db")
    expect_same(got, _cut_gradients(layer, dhs, dstate, k1, k2), STEP_GRADIENTS[2], hint)


@exercise.check("chunks, k1 = k2", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 6, 3, 3, arrives=0.0)


@exercise.check("chunks of which the last is shorter", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 7, 3, 3, arrives=0.0)


@exercise.check("every loss goes back k2 steps, k1 = 1", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 6, 1, 3, arrives=0.0)


@exercise.check("passes that overlap, 1 < k1 < k2", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 7, 2, 5, arrives=0.0)


@exercise.check("what arrives after the last step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 6, 2, 2)
    _run_truncated(student, rng, 7, 2, 5)
    _run_with_lstm(student, rng, 4, 4, 4)
    _run_with_lstm(student, rng, 5, 2, 3)


@exercise.check("k2 beyond the length of the sequence", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_truncated(student, rng, 4, 3, 10, arrives=0.0)


exercise.leaves_inputs(0.25)


def _passes(step_backward, dhs, dstate, caches, windows, gather=sum, last=None, nothing=None):
    """A backward pass for each (start, begin, end): the gradients of begin ... end, sent back to start."""
    T, every = len(caches), []
    nothing = map_tree(np.zeros_like, dstate) if nothing is None else nothing
    for start, begin, end in windows:
        shown = np.array(dhs)
        shown[:, :begin] = 0.0
        arrives = dstate if (end == T if last is None else last) else nothing
        every.append(through_time(step_backward, shown[:, start:end], arrives, caches[start:end])[2])
    return type(every[0])(*(gather(parts) for parts in zip(*every, strict=True)))


def _windows(T, k1, k2):
    ends = [min(begin + k1, T) for begin in range(0, T, k1)]
    return [(max(0, end - k2), begin, end) for begin, end in zip(range(0, T, k1), ends, strict=True)]


@exercise.mistake(
    "Where passes overlap, you bring the gradients of the same steps in again. A pass visits the last k2 steps, but "
    "only the last k1 bring a gradient of their own."
)
def counted_again(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(start, start, end) for start, _, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake(
    "Your passes stay within their own k1 steps. They should go back k2 steps, into those of the passes before."
)
def chunks_only(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(begin, begin, end) for _, begin, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake(
    "Your passes go back k2 steps beyond the k1 that bring gradients. The k2 steps are counted from the last one."
)
def too_far_back(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(max(0, begin - k2), begin, end) for _, begin, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake("Your passes go back one step too far. The step at which a pass begins is the first of its k2.")
def one_step_too_far(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(max(0, end - k2 - 1), begin, end) for _, begin, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake("Nothing is cut off: every pass goes back to the first step.")
def nothing_cut(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, [(0, 0, len(caches))])


@exercise.mistake(
    "You make one pass, over the last k2 steps. Those of the steps before them are lost: a pass starts every k1."
)
def last_pass_only(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, [(max(0, len(caches) - k2), 0, len(caches))])


@exercise.mistake(
    "The steps that are left over at the end get no pass. If T is no multiple of k1, the last window is shorter."
)
def rest_dropped(step_backward, dhs, dstate, caches, k1, k2):
    T = len(caches)
    windows = [window for window in _windows(T, k1, k2) if window[2] - window[1] == min(k1, T)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake("dstate does not come in. It arrives after the last step, so it belongs to the last pass.")
def end_forgotten(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, _windows(len(caches), k1, k2), last=False)


@exercise.mistake("dstate comes in at every pass. It arrives after the last step, so it belongs to the last pass.")
def end_at_every_pass(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, _windows(len(caches), k1, k2), last=True)


@exercise.mistake(
    "Passes before the last one begin with zeros for h alone, and the rest of dstate comes in again. The state of an "
    "LSTM has two parts: zeros for both."
)
def zeros_for_h_alone(step_backward, dhs, dstate, caches, k1, k2):
    nothing = dstate._replace(h=np.zeros_like(dstate.h))
    return _passes(step_backward, dhs, dstate, caches, _windows(len(caches), k1, k2), nothing=nothing)


@exercise.mistake(
    "Of dstate only h comes in. A state may have more parts, as that of an LSTM: hand dstate on as it comes."
)
def only_h_of_dstate(step_backward, dhs, dstate, caches, k1, k2):
    dstate = map_tree(np.zeros_like, dstate)._replace(h=dstate.h)
    return _passes(step_backward, dhs, dstate, caches, _windows(len(caches), k1, k2))


@exercise.mistake("You return the mean over the passes. The gradients of the weights add up.")
def passes_averaged(step_backward, dhs, dstate, caches, k1, k2):
    windows = _windows(len(caches), k1, k2)
    return _passes(step_backward, dhs, dstate, caches, windows, gather=lambda parts: sum(parts) / len(parts))


@exercise.mistake(
    "The last pass is too short where T is no multiple of k1: you count its k2 steps from where a whole window would "
    "end. Count them from the last step there is."
)
def last_pass_too_short(step_backward, dhs, dstate, caches, k1, k2):
    T = len(caches)
    windows = [(min(begin, max(0, begin + k1 - k2)), begin, min(begin + k1, T)) for begin in range(0, T, k1)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake("Your windows are counted from the end, so the first is the shorter one. Count from the first step.")
def windows_from_the_end(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(max(0, end - k2), max(0, end - k1), end) for end in range(len(caches), 0, -k1)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake(
    "Your passes go back k1 steps, and count them from the end of the sequence in the last one. They go back k2 steps."
)
def k1_steps_back(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(max(0, end - k1), begin, end) for _, begin, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@exercise.mistake(
    "You make a pass for each step, whatever k1 is. A pass begins every k1 steps, and brings in the gradients of all "
    "of these."
)
def a_pass_for_each_step(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, _windows(len(caches), 1, k2))
