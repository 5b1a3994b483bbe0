"""Exercise `stack-layers`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u07_deep_bidirectional_recursive.shared import (
    draw_lstm_state,
    draw_rnn_state,
    torch_layer_values,
)
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import lstm_step, rnn_step
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.bidirectional import bidirectional
from rnncore.functional.sequence.stacking import Layer, stack_layers
from rnncore.functional.sequence.unroll import unroll

exercise = Exercise("stack-layers", "Layers on layers", stack_layers)


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
    states = [draw_rnn_state(rng, B, H) for _ in range(L)]
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


@exercise.check("a single layer", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (4, 1):
        given = _tower(rng, 1, D=2, T=T)
        hs, last, _ = expect_parts(student(_layer(rnn_step), *given), *_STACK)
        want_hs, want_last, _ = _floor_by_floor(*given)
        expect_same(hs, want_hs, _STACK[0], "It is what `layer` shows of xs.")
        expect_same(last, want_last, _STACK[1], "One for each layer, also where there is one.")


@exercise.check("the hidden states of the top layer, of two and three", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for L in (3, 2):
        xs, states, params = _tower(rng, L, D=2)
        hs, _, _ = expect_parts(student(_layer(rnn_step), xs, states, params), *_STACK)
        want, _ = torch_layer_values(xs, states, [(weights,) for weights in params], [xs.shape[1]] * len(xs))
        expect_same(hs, want, _STACK[0], "A layer reads what the one below shows, with a state and weights of its own.")


@exercise.check("the last state of each layer", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _tower(rng, 3)
    _, last, _ = expect_parts(student(_layer(rnn_step), *given), *_STACK)
    expect_same(last, _floor_by_floor(*given)[1], _STACK[1], "One for each layer, the lowest first.")


@exercise.check("the caches of each layer", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _tower(rng, 3)
    _, _, caches = expect_parts(student(_layer(rnn_step), *given), *_STACK)
    expect_same(caches, _floor_by_floor(*given)[2], _STACK[2], "One list for each layer, the lowest first.")


@exercise.check("works with any layer: an LSTM in both directions", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    B, T, D, H, L, lengths = 2, 5, 2, 3, 2, [5, 3]

    def layer(xs: np.ndarray, states: Any, params: Any) -> Any:
        return bidirectional(lstm_step, xs, states, params, lengths)

    states = [(draw_lstm_state(rng, B, H), draw_lstm_state(rng, B, H)) for _ in range(L)]
    params = [
        (init_lstm_params(2 * H if l else D, H, rng), init_lstm_params(2 * H if l else D, H, rng)) for l in range(L)
    ]
    xs = rng.normal(size=(B, T, D))
    hs, last, _ = expect_parts(student(layer, xs, states, params), *_STACK)
    want, ends = torch_layer_values(xs, [state for pair in states for state in pair], params, lengths)
    expect_same(hs, want, _STACK[0], "The layer is the argument `layer`.")
    expect_same(last, [tuple(ends[2 * l : 2 * l + 2]) for l in range(L)], _STACK[1])


@exercise.check("masks between the layers", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for steps in (4, 1):
        xs, states, params = _tower(rng, 3)
        masks = [np.where(rng.random((2, steps, 3)) < 0.4, 0.0, 1 / 0.6) for _ in range(2)]
        hs, last, _ = expect_parts(student(_layer(rnn_step), xs, states, params, masks), *_STACK)
        want, want_last, _ = _floor_by_floor(xs, states, params, masks)
        expect_same(hs, want, _STACK[0], "A mask stands between two layers, not below the first nor above the last.")
        expect_same(last, want_last, _STACK[1], "A mask is on what a layer reads, and not on its states.")


exercise.leaves_inputs(0.25)


def _stack(layer, xs, states, params, masks=(), reads=None, starts=None, dressed=None):
    """Layers on layers with their parts laid open; `dressed` gives what a layer reads its mask."""
    shown, last, caches = xs, [], []
    for l in range(len(params)):
        below = (xs if l == 0 else shown) if reads is None else reads(l, xs, shown)
        below = below * masks[l - 1] if dressed is None and l and masks else below
        shown, end, of_layer = layer(below, states[l] if starts is None else starts(l, last), params[l])
        last.append(end)
        caches.append(of_layer)
    return shown, last, caches


@exercise.mistake("You run the bottom layer only. What it shows is what the next layer reads, and so on to the top.")
def bottom_layer_only(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states[:1], params[:1])


@exercise.mistake(
    "All of your layers read the input. From the second on, a layer reads the hidden states that the one below shows."
)
def all_read_the_input(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, reads=lambda l, xs, shown: xs)


@exercise.mistake(
    "Your layers start from the first layer's state. Each layer has a state of its own, with the same place in "
    "`states`."
)
def one_first_state(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, starts=lambda l, last: states[0])


@exercise.mistake(
    "Each of your layers starts from the last state of the one below. What goes up are the hidden states of all "
    "steps; the state a layer starts from stands in `states`."
)
def starts_where_the_one_below_ended(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, starts=lambda l, last: last[-1] if l else states[0])


@exercise.mistake(
    "Your states and weights are used from the top down. The first of `params` belongs to the lowest layer."
)
def states_upside_down(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, starts=lambda l, last: states[len(params) - 1 - l])


@exercise.mistake(
    "Your top layer shows the sum of all layers. That is a design of its own (skip connections); here a layer shows "
    "its own hidden states."
)
def layers_added(layer, xs, states, params, masks=()):
    shown, total, last, caches = xs, 0.0, [], []
    for l in range(len(params)):
        below = shown * masks[l - 1] if l and masks else shown
        shown, end, of_layer = layer(below, states[l], params[l])
        total = total + shown
        last.append(end)
        caches.append(of_layer)
    return total, last, caches


@exercise.mistake(
    "You return the last state and the caches of the top layer alone. Whoever reads on from here, or goes back "
    "through the network, needs those of all layers."
)
def top_layer_alone(layer, xs, states, params, masks=()):
    hs, last, caches = _stack(layer, xs, states, params, masks)
    return hs, last[-1:], caches[-1:]


@exercise.mistake("Your last states come from the top down. The lowest layer's comes first, as in `states`.")
def last_states_upside_down(layer, xs, states, params, masks=()):
    hs, last, caches = _stack(layer, xs, states, params, masks)
    return hs, last[::-1], caches[::-1]


@exercise.mistake(
    "Your masks have no effect. What goes up from one layer to the next is multiplied by the mask between."
)
def masks_ignored(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params)


@exercise.mistake(
    "Your masks are one floor too high: the first acts above the second layer, and the top layer's states are masked. "
    "The first mask stands between the first and the second layer."
)
def masks_too_high(layer, xs, states, params, masks=()):
    shown, last, caches = xs, [], []
    for l in range(len(params)):
        shown, end, of_layer = layer(shown, states[l], params[l])
        shown = shown * masks[l - 1] if l and masks else shown
        last.append(end)
        caches.append(of_layer)
    return shown, last, caches


@exercise.mistake(
    "Your masks are one floor too low: the input is masked already. The first mask stands between the first and the "
    "second layer."
)
def masks_too_low(layer, xs, states, params, masks=()):
    if not masks:
        return _stack(layer, xs, states, params)
    return _stack(layer, xs * masks[0], states, params, [*masks[1:], np.ones(1)])


@exercise.mistake(
    "You use the first mask between all layers. There is one for each pair of neighbours, the lowest first."
)
def one_mask(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, [masks[0]] * len(masks) if masks else ())


@exercise.mistake("Your layers start from zeros. `states` holds what each layer starts from.")
def all_start_empty(layer, xs, states, params, masks=()):
    return _stack(layer, xs, map_tree(np.zeros_like, list(states)), params, masks)


@exercise.mistake("Your masks are in the wrong order. masks[0] stands between the first and the second layer.")
def masks_from_the_top(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, list(masks)[::-1])


@exercise.mistake("You mask what the top layer shows, too. A mask stands between two layers.")
def top_masked_too(layer, xs, states, params, masks=()):
    hs, last, caches = _stack(layer, xs, states, params, masks)
    return hs * masks[-1] if len(masks) else hs, last, caches


@exercise.mistake("You return last state and caches of the top layer alone. Wanted are those of every layer, in lists.")
def top_layer_bare(layer, xs, states, params, masks=()):
    hs, last, caches = _stack(layer, xs, states, params, masks)
    return hs, last[-1], caches[-1]


@exercise.mistake("You return the hidden states of all layers. Wanted are those of the top layer.")
def all_layers_shown(layer, xs, states, params, masks=()):
    shown, last, caches = [], [], []
    for state, weights in zip(states, params, strict=True):
        xs, end, of_layer = layer(xs, state, weights)
        shown.append(xs)
        last.append(end)
        caches.append(of_layer)
    return shown, last, caches


@exercise.mistake("All your layers have the weights of the first. Each has its own, params[l].")
def weights_of_the_first(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, [params[0]] * len(params), masks)


@exercise.mistake(
    "Your first mask acts below the third layer, and the last mask nowhere. The first mask stands between the first "
    "and the second layer."
)
def last_mask_unused(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, [np.ones(1), *masks[:-1]] if len(masks) else ())


@exercise.mistake(
    "You add to what a layer shows what it has read. That is a design of its own (residual connections); here a layer "
    "hands up its own hidden states."
)
def what_is_read_added(layer, xs, states, params, masks=()):
    def around(below, state, weights):
        hs, last, caches = layer(below, state, weights)
        return (hs if below is xs else hs + below), last, caches

    return _stack(around, xs, states, params, masks)
