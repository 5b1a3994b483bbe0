"""Hidden checks of Unit 2: the recurrent cell and its five layouts."""

import functools
from typing import Any

import numpy as np
import torch

from autograder.checking import CheckSet, StudentFunction, expect_parts, expect_same, expect_unchanged
from autograder.mutants import u02_rnn as mutants
from rnncore.functional.cells import (
    LSTMParams,
    LSTMState,
    RNNParams,
    RNNState,
    lstm_step,
    rnn_step,
    rnn_step_stacked,
    stack_params,
)
from rnncore.functional.cells.lstm import init_lstm_params, to_torch
from rnncore.functional.cells.rnn import init_rnn_params, rnn_to_torch
from rnncore.functional.sequence.layouts import (
    ReadoutParams,
    count_params,
    encoder_decoder,
    init_readout_params,
    many_to_one,
    one_to_many,
    readout,
)
from rnncore.functional.sequence.unroll import unroll


def _rnn_state(rng: np.random.Generator, B: int, H: int) -> RNNState:
    return RNNState(rng.uniform(-1, 1, size=(B, H)))


def _lstm_state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.uniform(-1, 1, size=(B, H)), rng.normal(size=(B, H)))


def _torch_rnn(xs: np.ndarray, state: RNNState, params: RNNParams) -> tuple[np.ndarray, RNNState]:
    """The oracle: torch's own RNN, in float64."""
    layer = torch.nn.RNN(*params.W_x.shape, batch_first=True, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(value) for name, value in rnn_to_torch(params).items()})
    with torch.no_grad():
        hs, h = layer(torch.tensor(xs), torch.tensor(state.h)[None])
    return hs.numpy(), RNNState(h[0].numpy())


def _torch_lstm(xs: np.ndarray, state: LSTMState, params: LSTMParams) -> tuple[np.ndarray, LSTMState]:
    """The oracle: torch's own LSTM, in float64."""
    layer = torch.nn.LSTM(params.W_x.shape[0], len(params.W_h), batch_first=True, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(value) for name, value in to_torch(params).items()})
    with torch.no_grad():
        hs, (h, c) = layer(torch.tensor(xs), (torch.tensor(state.h)[None], torch.tensor(state.c)[None]))
    return hs.numpy(), LSTMState(h[0].numpy(), c[0].numpy())


def _torch_readout(h: np.ndarray, params: ReadoutParams) -> np.ndarray:
    """The oracle: torch's own linear layer, in float64."""
    weights = torch.tensor(params.W_y.T), torch.tensor(params.b_y)
    return torch.nn.functional.linear(torch.tensor(h), *weights).numpy()


def _torch_writing(x: np.ndarray, state: Any, params: Any, readout_weights: ReadoutParams, T: int) -> np.ndarray:
    """The oracle of one-to-many: torch's layer, run for one step at a time."""
    layer: Any = _torch_rnn if isinstance(params, RNNParams) else _torch_lstm
    ys = []
    for _ in range(T):
        hs, state = layer(x[:, None], state, params)
        x = _torch_readout(hs[:, 0], readout_weights)
        ys.append(x)
    return np.stack(ys, axis=1)


check_rnn_step = CheckSet("rnn-step", rnn_step, mutants.rnn_step)


def _run_rnn_step(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    given = rng.normal(size=(B, D)), _rnn_state(rng, B, H), init_rnn_params(D, H, rng)
    return expect_parts(student(*given), "the new state", "the cache"), given


def _oracle_rnn_step(x: np.ndarray, state: RNNState, params: RNNParams) -> RNNState:
    return _torch_rnn(x[:, None], state, params)[1]


@check_rnn_step.that("the new state of one sequence and one unit", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_rnn_step(student, rng, B=1, D=1, H=1)
    expect_same(state, _oracle_rnn_step(*given), "the new state", "Compare with equation (2.2), term by term.")


@check_rnn_step.that("the new state of several sequences and units", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), given = _run_rnn_step(student, rng, B=3, D=5, H=4)
    expect_same(state, _oracle_rnn_step(*given), "the new state", "Compare with equation (2.2), term by term.")


@check_rnn_step.that("the cache holds what Unit 3's backward step needs", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given = _run_rnn_step(student, rng, B=2, D=3, H=4)
    expect_same(cache, rnn_step(*given)[1], "the cache", "Its fields have an order: see the docstring.")


@check_rnn_step.that("leaves its inputs as they were", points=0.5, after="the new state of several sequences and units")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_rnn_step(student, rng, B=2, D=3, H=4)
    expect_unchanged(student)


check_rnn_step_stacked = CheckSet("rnn-step-stacked", rnn_step_stacked, mutants.rnn_step_stacked)


def _run_stacked(student: StudentFunction, rng: np.random.Generator, B: int, D: int, H: int):
    x, state, params = rng.normal(size=(B, D)), _rnn_state(rng, B, H), init_rnn_params(D, H, rng)
    given = x, state, stack_params(params)
    return expect_parts(student(*given), "the new state", "the cache"), given, params


@check_rnn_step_stacked.that("the new state, with more units than inputs", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), (x, before, _), params = _run_stacked(student, rng, B=3, D=2, H=5)
    want = _oracle_rnn_step(x, before, params)
    expect_same(state, want, "the new state", "The upper H rows of W_a belong to the state.")


@check_rnn_step_stacked.that("the new state, with more inputs than units", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (state, _), (x, before, _), params = _run_stacked(student, rng, B=1, D=4, H=1)
    want = _oracle_rnn_step(x, before, params)
    expect_same(state, want, "the new state", "The upper H rows of W_a belong to the state.")


@check_rnn_step_stacked.that("the cache holds what Unit 3's backward step needs", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, cache), given, _ = _run_stacked(student, rng, B=2, D=3, H=4)
    expect_same(cache, rnn_step_stacked(*given)[1], "the cache", "Its fields have an order: see the docstring.")


check_unroll = CheckSet("unroll", unroll, mutants.unroll)
_HANDED_BACK = ("the hidden states", "the last state", "the caches")


def _run_unroll(student: StudentFunction, rng: np.random.Generator, B: int, T: int, D: int, H: int):
    given = rng.normal(size=(B, T, D)), _rnn_state(rng, B, H), init_rnn_params(D, H, rng)
    return expect_parts(student(rnn_step, *given), *_HANDED_BACK), given


@check_unroll.that("the states of a vanilla RNN, over several steps and over one", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in [(3, 5), (2, 1)]:
        (hs, last, _), given = _run_unroll(student, rng, B, T, D=2, H=4)
        want_hs, want_last = _torch_rnn(*given)
        expect_same(hs, want_hs, "the hidden states", "Each step starts from the state that the last one returned.")
        expect_same(last, want_last, "the last state", "It is a state, as the step returned it.")


@check_unroll.that("works with any cell: a running sum", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    def running_sum(x: np.ndarray, state: RNNState, params: RNNParams) -> tuple[RNNState, float]:
        return RNNState(state.h + x), float(np.sum(x))

    xs, state = rng.normal(size=(2, 6, 3)), _rnn_state(rng, 2, 3)
    answer = student(running_sum, xs, state, init_rnn_params(3, 3, rng))
    hs, last, _ = expect_parts(answer, *_HANDED_BACK)
    want = state.h[:, None] + np.cumsum(xs, axis=1)
    expect_same(hs, want, "the hidden states", "The cell is the argument `step`.")
    expect_same(last, RNNState(want[:, -1]), "the last state")


@check_unroll.that("works with any cell: an LSTM, whose state has two parts", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = rng.normal(size=(2, 4, 3)), _lstm_state(rng, 2, 5), init_lstm_params(3, 5, rng)
    hs, last, _ = expect_parts(student(lstm_step, *given), *_HANDED_BACK)
    want_hs, want_last = _torch_lstm(*given)
    expect_same(hs, want_hs, "the hidden states", "What a cell shows is state.h.")
    expect_same(last, want_last, "the last state", "Hand on the whole state, not its h alone.")


@check_unroll.that("the caches of all steps, in order", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, caches), given = _run_unroll(student, rng, B=2, T=4, D=3, H=2)
    expect_same(caches, unroll(rnn_step, *given)[2], "the caches", "A list, the cache of the first step first.")


@check_unroll.that(
    "leaves its inputs as they were",
    points=0.25,
    after="the states of a vanilla RNN, over several steps and over one",
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_unroll(student, rng, B=2, T=3, D=2, H=2)
    expect_unchanged(student)


check_readout = CheckSet("readout", readout, mutants.readout)


@check_readout.that("the outputs of all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    h, params = rng.normal(size=(3, 4, 5)), init_readout_params(5, 2, rng)
    expect_same(student(h, params), _torch_readout(h, params), "the outputs", "Compare with equation (2.5).")


@check_readout.that("the outputs of one step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    h, params = rng.normal(size=(2, 3)), init_readout_params(3, 4, rng)
    expect_same(student(h, params), _torch_readout(h, params), "the outputs", "Compare with equation (2.5).")


_MAX_STEPS = 64


@functools.wraps(unroll)
def _short_unroll(step: Any, xs: np.ndarray, state: Any, params: Any) -> Any:
    """`unroll`, as it answers calls from a submission: no longer than the checks need."""
    if xs.shape[1] > _MAX_STEPS:
        raise ValueError(f"xs must have at most {_MAX_STEPS} steps here; got shape {xs.shape}")
    return unroll(step, xs, state, params)


@functools.wraps(one_to_many)
def _short_one_to_many(step: Any, x: np.ndarray, state: Any, params: Any, weights: Any, T: int) -> Any:
    """`one_to_many`, as it answers calls from a submission: no longer than the checks need."""
    if T > _MAX_STEPS:
        raise ValueError(f"T must be at most {_MAX_STEPS} here; got {T}")
    return one_to_many(step, x, state, params, weights, T)


check_many_to_one = CheckSet("many-to-one", many_to_one, mutants.many_to_one, uses=[_short_unroll, readout])


@check_many_to_one.that("one output a sequence, from a vanilla RNN", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = rng.normal(size=(3, 5, 2)), _rnn_state(rng, 3, 4), init_rnn_params(2, 4, rng)
    weights = init_readout_params(4, 6, rng)
    want = _torch_readout(_torch_rnn(*given)[1].h, weights)
    expect_same(student(rnn_step, *given, weights), want, "the output", "It is read after the last step.")


@check_many_to_one.that("one output a sequence, from an LSTM", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = rng.normal(size=(2, 6, 3)), _lstm_state(rng, 2, 4), init_lstm_params(3, 4, rng)
    weights = init_readout_params(4, 1, rng)
    want = _torch_readout(_torch_lstm(*given)[1].h, weights)
    expect_same(student(lstm_step, *given, weights), want, "the output", "What a cell shows is state.h.")


check_one_to_many = CheckSet("one-to-many", one_to_many, mutants.one_to_many, uses=[readout])
_FEEDBACK = "Each output is the next step's input."


def _seed_of_writing(rng: np.random.Generator, B: int, D: int, H: int):
    # Weights of this size keep the outputs from fading, so that late steps still tell right from wrong.
    params = RNNParams(*(2.0 * weights for weights in init_rnn_params(D, H, rng)))
    return rng.normal(size=(B, D)), _rnn_state(rng, B, H), params, init_readout_params(H, D, rng)


@check_one_to_many.that("several outputs of several sequences", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _seed_of_writing(rng, B=3, D=2, H=5)
    expect_same(student(rnn_step, *given, 6), _torch_writing(*given, 6), "the outputs", _FEEDBACK)


@check_one_to_many.that("the same with as many units as inputs", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _seed_of_writing(rng, B=2, D=4, H=4)
    expect_same(student(rnn_step, *given, 5), _torch_writing(*given, 5), "the outputs", _FEEDBACK)


@check_one_to_many.that("works with any cell: an LSTM", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    x, state, params = rng.normal(size=(2, 3)), _lstm_state(rng, 2, 5), init_lstm_params(3, 5, rng)
    given = x, state, params, init_readout_params(5, 3, rng)
    expect_same(student(lstm_step, *given, 4), _torch_writing(*given, 4), "the outputs", _FEEDBACK)


@check_one_to_many.that(
    "asked for more, it begins in the same way", points=0.5, after="several outputs of several sequences"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _seed_of_writing(rng, B=2, D=3, H=4)
    short, long = student(rnn_step, *given, 1), student(rnn_step, *given, 7)
    expect_same(short, np.asarray(long)[:, :1], "the first output", "It must not depend on T.")


@check_one_to_many.that("leaves its inputs as they were", points=0.25, after="several outputs of several sequences")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(rnn_step, *_seed_of_writing(rng, B=2, D=3, H=4), 3)
    expect_unchanged(student)


check_encoder_decoder = CheckSet(
    "encoder-decoder", encoder_decoder, mutants.encoder_decoder, uses=[_short_unroll, readout, _short_one_to_many]
)


def _run_translation(student: StudentFunction, rng: np.random.Generator, S: int, D: int, K: int, T: int) -> None:
    """Both halves at once: the outputs must be those of an encoder and a decoder made of torch's layers."""
    xs, start, state = rng.normal(size=(3, S, D)), rng.normal(size=(3, K)), _rnn_state(rng, 3, 4)
    encoder, decoder = init_rnn_params(D, 4, rng), init_rnn_params(K, 4, rng)
    weights = init_readout_params(4, K, rng)
    summary = _torch_rnn(xs, state, encoder)[1]
    want = _torch_writing(start, summary, decoder, weights, T)
    got = student(rnn_step, xs, start, state, encoder, decoder, weights, T)
    expect_same(got, want, "the outputs", "The encoder's last state is the decoder's first.")


@check_encoder_decoder.that("a short output for a long input", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_translation(student, rng, S=6, D=3, K=3, T=2)


@check_encoder_decoder.that("a long output for a short input, of another size", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_translation(student, rng, S=2, D=2, K=3, T=5)


@check_encoder_decoder.that("works with any cell: an LSTM", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, start, state = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 4)), _lstm_state(rng, 2, 5)
    encoder, decoder = init_lstm_params(2, 5, rng), init_lstm_params(4, 5, rng)
    weights = init_readout_params(5, 4, rng)
    want = _torch_writing(start, _torch_lstm(xs, state, encoder)[1], decoder, weights, 4)
    got = student(lstm_step, xs, start, state, encoder, decoder, weights, 4)
    expect_same(got, want, "the outputs", "Hand on the whole state, not its h alone.")


check_count_params = CheckSet("count-params", count_params, mutants.count_params)


def _counted(D: int, H: int, K: int) -> int:
    """The oracle: make the weights, and count them."""
    rng = np.random.default_rng(0)
    return sum(array.size for array in (*init_rnn_params(D, H, rng), *init_readout_params(H, K, rng)))


@check_count_params.that("counts every weight and bias", points=1.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = [[int(size) for size in rng.integers(2, 40, size=3)] for _ in range(5)]
    # All are asked before any is judged: of a single network, two different mistakes may give the same count.
    counts = [student(*sizes) for sizes in drawn]
    for sizes, count in zip(drawn, counts, strict=True):
        expect_same(count, _counted(*sizes), "the count", "Add up the sizes of all five arrays.")


@check_count_params.that("sizes of one", points=0.5, after="counts every weight and bias")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    sizes = [(1, int(rng.integers(2, 9)), 1), (int(rng.integers(2, 9)), 1, 1), (1, 1, 1)]
    for size in sizes:
        expect_same(student(*size), _counted(*size), "the count", "Add up the sizes of all five arrays.")
