"""Answers to `encoder_decoder`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from rnncore.functional.sequence import many_to_one, one_to_many, readout, unroll
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def two_loops(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    for t in range(xs.shape[1]):
        state, _ = step(xs[:, t], state, encoder_params)
    x, ys = start, []
    while len(ys) < T:
        state, _ = step(x, state, decoder_params)
        x = readout(state.h, readout_params)
        ys.append(x)
    return np.stack(ys, axis=1)


@answers.is_right
def with_functions_of_its_own(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    def encode(x, state, _):
        return step(x, state, encoder_params)

    summary = unroll(encode, xs, state, None)[1]
    return one_to_many(lambda x, s, p: step(x, s, p), start, summary, decoder_params, readout_params, T)


@answers.is_wrong("summary_ignored")
def decoder_starts_empty(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    unroll(step, xs, state, encoder_params)
    return one_to_many(step, start, state, decoder_params, readout_params, T)


@answers.is_wrong("decoder_starts_from_zeros")
def decoder_starts_from_zeros(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    empty = map_tree(np.zeros_like, state)
    return one_to_many(step, start, empty, decoder_params, readout_params, T)


@answers.is_wrong("weights_swapped")
def weights_exchanged(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs, state, decoder_params)
    return one_to_many(step, start, summary, encoder_params, readout_params, T)


@answers.is_wrong("encoder_weights_twice")
def encoder_weights_twice(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs, state, encoder_params)
    return one_to_many(step, start, summary, encoder_params, readout_params, T)


@answers.is_wrong("as_long_as_source")
def as_long_as_the_input(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs, state, encoder_params)
    return one_to_many(step, start, summary, decoder_params, readout_params, xs.shape[1])


@answers.is_wrong("starts_at_the_encoders_output")
def starts_with_the_last_output(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs, state, encoder_params)
    first = many_to_one(step, xs, state, encoder_params, readout_params)
    return one_to_many(step, first, summary, decoder_params, readout_params, T)


@answers.is_wrong("summary_of_the_first_step")
def first_summary(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs[:, :1], state, encoder_params)
    return one_to_many(step, start, summary, decoder_params, readout_params, T)


@answers.is_wrong("zeros_as_start")
def start_is_ignored(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs, state, encoder_params)
    return one_to_many(step, np.zeros_like(start), summary, decoder_params, readout_params, T)


@answers.is_wrong("h_alone_handed_over")
def h_alone_is_handed_over(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs, state, encoder_params)
    return one_to_many(step, start, state._replace(h=summary.h), decoder_params, readout_params, T)


@answers.is_right
def by_keywords(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step=step, xs=xs, state=state, params=encoder_params)
    return one_to_many(T=T, step=step, x=start, state=summary, params=decoder_params, readout_params=readout_params)


@answers.is_wrong("encoder_starts_from_zeros")
def encoder_starts_empty(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    _, summary, _ = unroll(step, xs, map_tree(np.zeros_like, state), encoder_params)
    return one_to_many(step, start, summary, decoder_params, readout_params, T)
