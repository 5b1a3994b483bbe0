"""Exercise `caption-step`."""

from typing import Any

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.base import log_softmax
from rnncore.functional.cells import (
    LSTMState,
    RNNState,
    gru_step,
    gru_to_torch,
    init_gru_params,
    init_lstm_params,
    lstm_step,
    to_torch,
)
from rnncore.functional.decoding import CaptionParams, caption_step
from rnncore.functional.sequence import ReadoutParams

exercise = Exercise("caption-step", "A word from a word", caption_step)

_PARTS = "the scores", "the new state"
_HINT = "The vector of the word, one step of the cell, the readout."


def _draw(rng: np.random.Generator, B: int, init: Any, V: int = 7, D: int = 3, H: int = 4) -> CaptionParams:
    return CaptionParams(
        rng.normal(size=(V, D)), init(D, H, rng), ReadoutParams(rng.normal(size=(H, V)), rng.normal(size=V))
    )


def _torch_step(tokens: np.ndarray, state: Any, params: CaptionParams) -> tuple[np.ndarray, Any]:
    """The oracle: torch's own cells, on torch's own embedding and linear layer."""
    lstm = isinstance(state, LSTMState)
    weights = (to_torch if lstm else gru_to_torch)(params.cell)
    D, H = params.W_e.shape[1], params.readout.W_y.shape[0]
    cell = (torch.nn.LSTMCell if lstm else torch.nn.GRUCell)(D, H, dtype=torch.float64)
    cell.load_state_dict({name.removesuffix("_l0"): torch.tensor(weight) for name, weight in weights.items()})
    x = torch.nn.functional.embedding(torch.tensor(tokens), torch.tensor(params.W_e))
    parts = tuple(map(torch.tensor, state))
    with torch.no_grad():
        new = cell(x, parts if lstm else parts[0])
        h = new[0] if lstm else new
        scores = torch.nn.functional.linear(h, torch.tensor(params.readout.W_y.T), torch.tensor(params.readout.b_y))
    return scores.numpy(), LSTMState(*(part.numpy() for part in new)) if lstm else RNNState(h.numpy())


def _run_step(student: StudentFunction, rng: np.random.Generator, B: int, lstm: bool = False):
    params = _draw(rng, B, init_lstm_params if lstm else init_gru_params)
    h, c = rng.uniform(-1, 1, size=(2, B, 4))
    state = LSTMState(h, c) if lstm else RNNState(h)
    tokens = rng.integers(7, size=B)
    got = expect_parts(student(lstm_step if lstm else gru_step, tokens, state, params), *_PARTS)
    return got, _torch_step(tokens, state, params)


@exercise.check("the scores of the next words", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B in (1, 4):
        (scores, _), (want, _) = _run_step(student, rng, B)
        expect_same(scores, want, _PARTS[0], _HINT)


@exercise.check("the new state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, state), (_, want) = _run_step(student, rng, 3)
    expect_same(state, want, _PARTS[1], "The state that the cell returns, as it is.")


@exercise.check("a cell with a state of two parts", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (scores, state), (want, after) = _run_step(student, rng, 2, lstm=True)
    expect_same(scores, want, _PARTS[0], "What a cell shows is state.h, whatever else it keeps.")
    expect_same(state, after, _PARTS[1], "The state that the cell returns, all of it.")


exercise.leaves_inputs(0.25)


def _step(
    step,
    tokens,
    state,
    params,
    words=lambda W_e, tokens: W_e[tokens],
    read_off=lambda old, new: new.h,
    out=lambda scores: scores,
    carried=lambda old, new: new,
    bias=1.0,
    squash=lambda h: h,
):
    """A step of the caption decoder with its parts laid open."""
    new, _ = step(words(np.asarray(params.W_e), np.asarray(tokens)), state, params.cell)
    h = squash(read_off(state, new))
    scores = h @ params.readout.W_y + bias * params.readout.b_y
    return out(scores), carried(state, new)


exercise.knob(
    _step,
    "reads_off_the_old_state",
    "Your scores are read off the old state, which does not know the word that was just read.",
    read_off=lambda old, new: old.h,
)

exercise.knob(
    _step,
    "state_not_renewed",
    "The state that you return is the one that came in. Then every word would be read as if it were the first.",
    carried=lambda old, new: old,
)

exercise.knob(
    _step,
    "probabilities_for_scores",
    "You return probabilities. Scores are wanted, before any softmax: what calls this step takes it itself.",
    out=lambda scores: np.exp(log_softmax(scores)),
)

exercise.knob(
    _step,
    "log_probabilities_for_scores",
    "You return logarithms of probabilities. Scores are wanted as they are read off: what calls this step normalises "
    "them itself.",
    out=log_softmax,
)

exercise.knob(_step, "readout_without_bias", "Your scores lack the bias of the readout.", bias=0.0)

exercise.knob(
    _step,
    "a_word_chosen",
    "You return the likeliest word. The scores of all words are wanted: whether to take the likeliest or to search is "
    "for others to decide.",
    out=lambda scores: scores.argmax(axis=1),
)

exercise.knob(
    _step,
    "same_word_for_all",
    "All your rows read the first row's word. Each row has its own.",
    words=lambda W_e, tokens: W_e[np.full_like(tokens, tokens[0])],
)

exercise.knob(
    _step,
    "reads_nothing",
    "Your cell reads zeros: the last word has no influence. Look up its vector in W_e.",
    words=lambda W_e, tokens: 0.0 * W_e[tokens],
)

exercise.knob(
    _step,
    "numbers_for_words",
    "You hand the number of a word to the cell. It reads vectors: row `token` of W_e.",
    words=lambda W_e, tokens: np.ones((len(tokens), W_e.shape[1])) * tokens[:, None],
)

exercise.knob(
    _step,
    "squashed_again",
    "You squash the state before you read it off. The cell has done so.",
    squash=np.tanh,
)

exercise.knob(
    _step,
    "reads_off_what_is_kept",
    "You read off the last part of the state. What a cell shows is h; an LSTM's c it keeps for itself.",
    read_off=lambda old, new: new[-1],
)

exercise.knob(
    _step,
    "returns_h_alone",
    "You return h in place of the state. The next step needs the whole state, with all its parts.",
    carried=lambda old, new: new.h,
)


@exercise.mistake("Your cell takes two steps in one: each word is to be read once.")
def reads_twice(step, tokens, state, params):
    state, _ = step(params.W_e[tokens], state, params.cell)
    return _step(step, tokens, state, params)


@exercise.mistake("You return all that the cell gives, its cache too. The state alone goes on.")
def cache_returned(step, tokens, state, params):
    scores, _ = _step(step, tokens, state, params)
    return scores, step(params.W_e[tokens], state, params.cell)
