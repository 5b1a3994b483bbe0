"""Answers to `stack_layers`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def zipped(layer, xs, states, params, masks=()):
    between = [1.0, *masks] if len(masks) else [1.0] * len(params)
    results = []
    for mask, state, weights in zip(between, states, params, strict=True):
        results.append(layer(xs * mask, state, weights))
        xs = results[-1][0]
    return xs, [last for _, last, _ in results], [caches for _, _, caches in results]


@answers.is_right
def recursive(layer, xs, states, params, masks=()):
    hs, last, caches = layer(xs, states[0], params[0])
    if len(params) == 1:
        return hs, (last,), (caches,)
    up = hs * masks[0] if len(masks) else hs
    top, lasts, more = recursive(layer, up, states[1:], params[1:], masks[1:])
    return top, (last, *lasts), (caches, *more)


@answers.is_right
def with_a_wrapped_layer(layer, xs, states, params, masks=()):
    def read(n, xs):
        return layer(xs, states[n], params[n])

    last, caches = {}, {}
    for n in range(len(params)):
        xs, last[n], caches[n] = read(n, xs)
        if len(masks) > n:
            xs = np.multiply(xs, masks[n])
    return xs, list(last.values()), list(caches.values())


def _tower(layer, xs, states, params, masks=(), start=lambda n, states, last: states[n], mask=None):
    last, caches = [], []
    for n in range(len(params)):
        if n and len(masks):
            xs = xs * masks[n - 1 if mask is None else mask(n)]
        xs, state, of_layer = layer(xs, start(n, states, last), params[n])
        last.append(state)
        caches.append(of_layer)
    return xs, last, caches


@answers.is_wrong("one_first_state")
def first_state_for_all(layer, xs, states, params, masks=()):
    return _tower(layer, xs, states, params, masks, start=lambda n, states, last: states[0])


@answers.is_wrong("starts_where_the_one_below_ended")
def state_of_the_layer_below(layer, xs, states, params, masks=()):
    return _tower(layer, xs, states, params, masks, start=lambda n, s, last: last[-1] if last else s[0])


@answers.is_wrong("all_start_empty")
def empty_states(layer, xs, states, params, masks=()):
    return _tower(layer, xs, map_tree(np.zeros_like, list(states)), params, masks)


@answers.is_wrong("one_mask")
def first_mask_everywhere(layer, xs, states, params, masks=()):
    return _tower(layer, xs, states, params, masks, mask=lambda n: 0)


@answers.is_wrong("masks_from_the_top")
def masks_in_reverse(layer, xs, states, params, masks=()):
    return _tower(layer, xs, states, params, list(masks)[::-1])


@answers.is_wrong("masks_ignored")
def masks_forgotten(layer, xs, states, params, masks=()):
    return _tower(layer, xs, states, params)


@answers.is_wrong("top_masked_too")
def top_is_masked_too(layer, xs, states, params, masks=()):
    hs, last, caches = _tower(layer, xs, states, params, masks)
    return hs * masks[-1] if len(masks) else hs, last, caches


@answers.is_wrong("all_read_the_input")
def all_read_the_input(layer, xs, states, params, masks=()):
    results = [layer(xs, state, weights) for state, weights in zip(states, params, strict=True)]
    return results[-1][0], [r[1] for r in results], [r[2] for r in results]


@answers.is_wrong("masks_too_low")
def one_mask_layer_early(layer, xs, states, params, masks=()):
    last, caches = [], []
    for n in range(len(params)):
        if n < len(masks) and len(masks):
            xs = xs * masks[n] if xs.shape[2] == masks[n].shape[2] or masks[n].shape[2] == 1 else xs
        xs, state, of_layer = layer(xs, states[n], params[n])
        last.append(state)
        caches.append(of_layer)
    return xs, last, caches


@answers.is_wrong("top_layer_bare")
def last_of_the_top_alone(layer, xs, states, params, masks=()):
    hs, last, caches = _tower(layer, xs, states, params, masks)
    return hs, last[-1], caches[-1]


@answers.is_wrong("all_layers_shown")
def hidden_states_of_all_layers(layer, xs, states, params, masks=()):
    shown, last, caches = [], [], []
    for n in range(len(params)):
        xs, state, of_layer = layer(xs, states[n], params[n])
        shown.append(xs)
        last.append(state)
        caches.append(of_layer)
    return shown, last, caches


@answers.is_wrong("weights_of_the_first")
def same_weights(layer, xs, states, params, masks=()):
    return _tower(layer, xs, states, [params[0]] * len(params), masks)


@answers.is_wrong("joined")
def caches_in_one_list(layer, xs, states, params, masks=()):
    hs, last, caches = _tower(layer, xs, states, params, masks)
    return hs, last, [cache for of_layer in caches for cache in of_layer]


@answers.is_wrong("last_states_upside_down")
def from_the_top_down(layer, xs, states, params, masks=()):
    hs, last, caches = _tower(layer, xs, states, params, masks)
    return hs, last[::-1], caches[::-1]


@answers.is_wrong("what_is_read_added")
def residual(layer, xs, states, params, masks=()):
    last, caches = [], []
    for n in range(len(params)):
        if n and len(masks):
            xs = xs * masks[n - 1]
        hs, state, of_layer = layer(xs, states[n], params[n])
        xs = hs + xs if hs.shape == xs.shape else hs
        last.append(state)
        caches.append(of_layer)
    return xs, last, caches
