"""Hidden checks of Unit 7: both directions, depth, dropout, penalties and trees."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.checking import CheckSet, StudentFunction, expect_parts, expect_same, expect_unchanged
from autograder.mutants import u07_deep_bidirectional_recursive as mutants
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.cells import LSTMState, RNNParams, RNNState, lstm_step, rnn_step
from rnncore.functional.cells.lstm import init_lstm_params, to_torch
from rnncore.functional.cells.rnn import init_rnn_params, rnn_to_torch
from rnncore.functional.learning.penalty import l1_l2_gradient, l1_l2_penalty
from rnncore.functional.sequence.bidirectional import bidirectional
from rnncore.functional.sequence.dropout import dropout_mask
from rnncore.functional.sequence.padding import reverse_padded
from rnncore.functional.sequence.stacking import Layer, stack_layers
from rnncore.functional.sequence.tree_rnn import Tree, TreeParams, tree_rnn
from rnncore.functional.sequence.unroll import unroll
from rnncore.functional.weights.torch_layers import layers_to_torch


def _rnn_state(rng: np.random.Generator, B: int, H: int) -> RNNState:
    return RNNState(rng.uniform(-1, 1, size=(B, H)))


def _lstm_state(rng: np.random.Generator, B: int, H: int) -> LSTMState:
    return LSTMState(rng.uniform(-1, 1, size=(B, H)), rng.normal(size=(B, H)))


def _torch(
    xs: np.ndarray, states: Sequence[Any], layers: Sequence[Sequence[Any]], lengths: Sequence[int]
) -> tuple[np.ndarray, list[Any]]:
    """The oracle: torch's own deep networks on packed sequences, in float64.

    Layers are rows of one or two directions; states and last states are in that order too.
    """
    kind: Any = torch.nn.RNN if isinstance(states[0], RNNState) else torch.nn.LSTM
    write = rnn_to_torch if isinstance(states[0], RNNState) else to_torch
    D, H = layers[0][0].W_x.shape[0], layers[0][0].W_h.shape[0]
    options = {"bidirectional": len(layers[0]) == 2, "batch_first": True, "dtype": torch.float64}
    network = kind(D, H, len(layers), **options)
    network.load_state_dict({k: torch.tensor(v) for k, v in layers_to_torch(layers, write).items()})
    first = tuple(torch.tensor(np.stack(parts)) for parts in zip(*states, strict=True))
    packed = pack_padded_sequence(torch.tensor(xs), torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        out, last = network(packed, first if len(first) == 2 else first[0])
    hs, _ = pad_packed_sequence(out, batch_first=True, total_length=xs.shape[1])
    parts = last if isinstance(last, tuple) else (last,)
    ends = [type(states[0])(*(part[k].numpy() for part in parts)) for k in range(len(states))]
    return hs.numpy(), ends


check_reverse_padded = CheckSet("reverse-padded", reverse_padded, mutants.reverse_padded)


def _turned(xs: np.ndarray, lengths: Sequence[int]) -> np.ndarray:
    """The oracle: step by step."""
    want = xs.copy()
    for b, n in enumerate(lengths):
        for t in range(n):
            want[b, t] = xs[b, n - 1 - t]
    return want


def _run_reverse(student: StudentFunction, rng: np.random.Generator, T: int, D: int, lengths: list[int]):
    xs = rng.normal(size=(len(lengths), T, D))
    return student(xs, lengths), _turned(xs, lengths), np.arange(T) < np.array(lengths)[:, None]


@check_reverse_padded.that("sequences of different lengths are turned around", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, there = _run_reverse(student, rng, 6, 3, [4, 6, 2, 3])
    shown = np.where(there[:, :, None], got, 0.0) if np.shape(got) == want.shape else got
    hint = "The first step of the result is the last step of the sequence, which is not that of the row."
    expect_same(shown, np.where(there[:, :, None], want, 0.0), "the sequences, without the padding", hint)


@check_reverse_padded.that(
    "the padding stays as it was", points=0.5, after="sequences of different lengths are turned around"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_reverse(student, rng, 5, 2, [3, 1, 5, 4])
    expect_same(got, want, "the sequences with their padding", "What stands in the padding comes back as it was.")


@check_reverse_padded.that("no steps, one step, all steps", points=0.25, after="the padding stays as it was")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_reverse(student, rng, 4, 3, [0, 1, 4])
    expect_same(got, want, "the sequences with their padding", "A length may be anything from 0 to T.")


@check_reverse_padded.that(
    "leaves its inputs as they were", points=0.25, after="sequences of different lengths are turned around"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_reverse(student, rng, 4, 2, [3, 2])
    expect_unchanged(student)


check_bidirectional = CheckSet("bidirectional", bidirectional, mutants.bidirectional, uses=[reverse_padded])
_BOTH = "the hidden states", "the last states of both cells", "the caches of both cells"


def _run_both(student: StudentFunction, rng: np.random.Generator, T: int, lengths: list[int], lstm: bool = False):
    B, D, H = len(lengths), 2, 3
    make, fresh, step = (_lstm_state, init_lstm_params, lstm_step) if lstm else (_rnn_state, init_rnn_params, rnn_step)
    states = make(rng, B, H), make(rng, B, H)
    params = fresh(D, H, rng), fresh(D, H, rng)
    xs = rng.normal(size=(B, T, D))
    got = expect_parts(student(step, xs, states, params, lengths), *_BOTH)
    return got, _torch(xs, states, [params], lengths), (step, xs, states, params, lengths)


@check_bidirectional.that("the hidden states of sequences of one length", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T, B in ((5, 3), (1, 2)):
        (hs, _, _), (want, _), _ = _run_both(student, rng, T, [T] * B)
        expect_same(
            hs, want, _BOTH[0], "At each step: what was read up to here, beside what is read from the end to here."
        )


@check_bidirectional.that("the hidden states of sequences of different lengths", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _, _), (want, _), _ = _run_both(student, rng, 6, [4, 6, 1])
    expect_same(hs, want, _BOTH[0], "Both cells read the sequence only, and what they show in the padding is 0.")


@check_bidirectional.that("works with any cell: an LSTM, whose state has two parts", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _, _), (want, _), _ = _run_both(student, rng, 5, [3, 5], lstm=True)
    expect_same(hs, want, _BOTH[0], "The cell is the argument `step`.")


@check_bidirectional.that("the last states of both cells", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lstm in (False, True):
        (_, ends, _), (_, want), _ = _run_both(student, rng, 4, [2, 4, 3], lstm)
        expect_same(ends, tuple(want), _BOTH[1], "The forward cell's first, then the backward cell's, as they come.")


@check_bidirectional.that("the caches of both cells", points=0.25, after="the hidden states of sequences of one length")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, caches), _, given = _run_both(student, rng, 3, [3, 3])
    expect_same(caches, bidirectional(*given)[2], _BOTH[2], "Two lists, each in the order in which its cell read.")


@check_bidirectional.that(
    "leaves its inputs as they were", points=0.25, after="the hidden states of sequences of one length"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_both(student, rng, 3, [3, 2])
    expect_unchanged(student)


check_stack_layers = CheckSet("stack-layers", stack_layers, mutants.stack_layers)
_STACK = "the hidden states of the top layer", "the last states of all layers", "the caches of all layers"
_MAX_STEPS = 64


def _layer(step: Any) -> Layer:
    """A layer that answers calls from a submission: no longer than the checks need."""

    def layer(xs: np.ndarray, state: Any, params: Any) -> tuple[np.ndarray, Any, list[Any]]:
        if xs.ndim != 3 or xs.shape[1] > _MAX_STEPS:
            raise ValueError(f"xs must be (B, T, D) with T at most {_MAX_STEPS} here; got {xs.shape}")
        return unroll(step, xs, state, params)

    return layer


def _tower(rng: np.random.Generator, L: int, B: int = 2, T: int = 4, D: int = 3, H: int = 3):
    xs = rng.normal(size=(B, T, D))
    states = [_rnn_state(rng, B, H) for _ in range(L)]
    return xs, states, [init_rnn_params(H if l else D, H, rng) for l in range(L)]


def _floor_by_floor(xs: np.ndarray, states: Any, params: Any, masks: Sequence[np.ndarray] = ()):
    """The oracle where torch has none: one `unroll` for each floor, a mask on each stair."""
    last, caches = [], []
    for l, (state, weights) in enumerate(zip(states, params, strict=True)):
        below = xs * masks[l - 1] if l and masks else xs
        xs, end, of_floor = unroll(rnn_step, below, state, weights)
        last.append(end)
        caches.append(of_floor)
    return xs, last, caches


@check_stack_layers.that("the hidden states of the top layer, of one, two and three", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for L in (3, 2, 1):
        xs, states, params = _tower(rng, L, D=2)
        hs, _, _ = expect_parts(student(_layer(rnn_step), xs, states, params), *_STACK)
        want, _ = _torch(xs, states, [(weights,) for weights in params], [xs.shape[1]] * len(xs))
        expect_same(hs, want, _STACK[0], "A layer reads what the one below shows, with a state and weights of its own.")


@check_stack_layers.that("the last state and the caches of each layer", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _tower(rng, 3)
    _, last, caches = expect_parts(student(_layer(rnn_step), *given), *_STACK)
    _, ends, of_floors = _floor_by_floor(*given)
    expect_same(last, ends, _STACK[1], "One for each layer, the lowest first.")
    expect_same(caches, of_floors, _STACK[2], "One list for each layer, the lowest first.")


@check_stack_layers.that("works with any layer: an LSTM in both directions", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    B, T, D, H, L, lengths = 2, 5, 2, 3, 2, [5, 3]

    def layer(xs: np.ndarray, states: Any, params: Any) -> Any:
        return bidirectional(lstm_step, xs, states, params, lengths)

    states = [(_lstm_state(rng, B, H), _lstm_state(rng, B, H)) for _ in range(L)]
    params = [
        (init_lstm_params(2 * H if l else D, H, rng), init_lstm_params(2 * H if l else D, H, rng)) for l in range(L)
    ]
    xs = rng.normal(size=(B, T, D))
    hs, last, _ = expect_parts(student(layer, xs, states, params), *_STACK)
    want, ends = _torch(xs, [state for pair in states for state in pair], params, lengths)
    expect_same(hs, want, _STACK[0], "The layer is the argument `layer`.")
    expect_same(last, [tuple(ends[2 * l : 2 * l + 2]) for l in range(L)], _STACK[1])


@check_stack_layers.that("masks between the layers", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for steps in (4, 1):
        xs, states, params = _tower(rng, 3)
        masks = [np.where(rng.random((2, steps, 3)) < 0.4, 0.0, 1 / 0.6) for _ in range(2)]
        hs, _, _ = expect_parts(student(_layer(rnn_step), xs, states, params, masks), *_STACK)
        want, _, _ = _floor_by_floor(xs, states, params, masks)
        expect_same(hs, want, _STACK[0], "A mask stands between two layers, not below the first nor above the last.")


@check_stack_layers.that(
    "leaves its inputs as they were",
    points=0.25,
    after="the hidden states of the top layer, of one, two and three",
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, states, params = _tower(rng, 2)
    student(_layer(rnn_step), xs, states, params, [rng.random((2, 4, 3))])
    expect_unchanged(student)


check_dropout_mask = CheckSet("dropout-mask", dropout_mask, mutants.dropout_mask)


def _run_mask(student: StudentFunction, rng: np.random.Generator, rate: float, *shape: int) -> None:
    noise = rng.random(shape)
    while rate and round(rate * noise.size) == np.sum(noise < rate):  # else to drop exactly that share is right too
        noise = rng.random(shape)
    want = np.reshape([0.0 if number < rate else 1.0 / (1.0 - rate) for number in noise.ravel()], shape)
    hint = "Where is the noise below the rate, and what is the rest multiplied by so that the mean stays?"
    expect_same(student(noise, rate), want, "the mask", hint)


@check_dropout_mask.that("a mask that is fresh at every step", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.3, 3, 8, 5)


@check_dropout_mask.that("a mask that is the same at all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.6, 4, 1, 9)


@check_dropout_mask.that("at a rate of 0 nothing is dropped", points=0.25, after="a mask that is fresh at every step")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.0, 2, 3, 4)


@check_dropout_mask.that("leaves its inputs as they were", points=0.25, after="a mask that is fresh at every step")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(rng.random((2, 3, 4)), 0.5)
    expect_unchanged(student)


check_l1_l2_penalty = CheckSet("l1-l2-penalty", l1_l2_penalty, mutants.l1_l2_penalty)
_FREE = "The entries of all matrices count, those of biases do not."


def _nested(rng: np.random.Generator) -> Any:
    """Weights as a model might keep them: the readout's in a dictionary, two cells in a list."""
    cells = [init_rnn_params(2, 3, rng), init_lstm_params(3, 2, rng)]
    return {"cells": cells, "readout": (rng.normal(size=(2, 4)), rng.normal(size=4))}


def _priced(params: Any, l1: float, l2: float) -> float:
    """The oracle: entry by entry."""
    entries = [float(w) for array in leaves(params) if array.ndim > 1 for w in array.ravel()]
    return sum(l1 * abs(w) + l2 * w**2 for w in entries)


@check_l1_l2_penalty.that("each price alone", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    params = init_rnn_params(3, 4, rng)
    for l1, l2 in ((0.7, 0.0), (0.0, 1.3)):
        expect_same(student(params, l1, l2), _priced(params, l1, l2), "the penalty", _FREE)


@check_l1_l2_penalty.that("both prices, and weights in a tree", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    params, l1, l2 = _nested(rng), float(rng.uniform(0.5, 1)), float(rng.uniform(1, 2))
    expect_same(student(params, l1, l2), _priced(params, l1, l2), "the penalty", _FREE)


check_l1_l2_gradient = CheckSet("l1-l2-gradient", l1_l2_gradient, mutants.l1_l2_gradient)


def _torch_gradient(params: Any, l1: float, l2: float) -> Any:
    """The oracle: torch's automatic gradient, which is 0 at the corner of |w| too."""

    def gradient(array: np.ndarray) -> np.ndarray:
        w = torch.tensor(array, requires_grad=True)
        price = (l1 * w.abs() + l2 * w**2).sum() if array.ndim > 1 else 0.0 * w.sum()
        return torch.autograd.grad(price, w)[0].numpy()

    return map_tree(gradient, params)


def _run_gradient(student: StudentFunction, params: Any, l1: float, l2: float) -> None:
    hint = "Equation (7.7), array by array; a tree of the same build."
    expect_same(student(params, l1, l2), _torch_gradient(params, l1, l2), "the gradient", hint)


@check_l1_l2_gradient.that("each price alone", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for l1, l2 in ((0.7, 0.0), (0.0, 1.3)):
        _run_gradient(student, init_rnn_params(3, 4, rng), l1, l2)


@check_l1_l2_gradient.that("both prices, and weights in a tree", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_gradient(student, _nested(rng), float(rng.uniform(0.5, 1)), float(rng.uniform(1, 2)))


@check_l1_l2_gradient.that("weights that are exactly zero", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    W = rng.normal(size=(4, 5)) * (rng.random((4, 5)) < 0.5)
    _run_gradient(student, RNNParams(W, np.diag([1.0, -2.0, 0.0, 0.5, -1.0]), rng.normal(size=5)), 0.4, 0.9)


@check_l1_l2_gradient.that("leaves its inputs as they were", points=0.25, after="each price alone")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(init_rnn_params(2, 3, rng), 0.5, 0.5)
    expect_unchanged(student)


check_tree_rnn = CheckSet("tree-rnn", tree_rnn, mutants.tree_rnn)


def _torch_tree(tree: Tree, vectors: np.ndarray, params: TreeParams) -> np.ndarray:
    """The oracle: a matrix for each child, a node at a time, in torch."""
    if isinstance(tree, int):
        return vectors[tree]
    H = vectors.shape[1]
    left, right = (torch.tensor(_torch_tree(child, vectors, params)) for child in tree)
    linear: Callable[..., torch.Tensor] = torch.nn.functional.linear
    above = linear(left, torch.tensor(params.W[:H].T)) + linear(right, torch.tensor(params.W[H:].T))
    return torch.tanh(above + torch.tensor(params.b)).numpy()


def _run_tree(student: StudentFunction, rng: np.random.Generator, tree: Tree, H: int) -> None:
    vectors = rng.normal(size=(5, H))
    params = TreeParams(rng.normal(size=(2 * H, H)), rng.normal(size=H))
    hint = "A pair is composed of the vectors of its two parts, left and right, which may be pairs themselves."
    expect_same(student(tree, vectors, params), _torch_tree(tree, vectors, params), "the vector of the root", hint)


@check_tree_rnn.that("two leaves", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for H in (3, 1):
        _run_tree(student, rng, (3, 1), H)


@check_tree_rnn.that("a leaf alone is its vector", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, 2, 3)


@check_tree_rnn.that("trees that lean to one side", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, (0, (4, (1, (2, 3)))), 3)
    _run_tree(student, rng, ((((3, 0), 2), 4), 1), 3)


@check_tree_rnn.that("trees with branches on both sides", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, (((0, 1), (2, 0)), ((1, (4, 3)), 0)), 4)
    _run_tree(student, rng, ((1, (2, 0)), (3, 3)), 2)


@check_tree_rnn.that("leaves its inputs as they were", points=0.25, after="two leaves")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student((0, (1, 2)), rng.normal(size=(3, 2)), TreeParams(rng.normal(size=(4, 2)), rng.normal(size=2)))
    expect_unchanged(student)
