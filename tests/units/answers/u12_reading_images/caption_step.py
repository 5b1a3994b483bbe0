"""Answers to `caption_step`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def written_out(step, tokens, state, params):
    new, _ = step(params.W_e[tokens], state, params.cell)
    return new.h @ params.readout.W_y + params.readout.b_y, new


@answers.is_right
def by_one_hot(step, tokens, state, params):
    x = np.eye(len(params.W_e))[np.asarray(tokens)] @ params.W_e
    new = step(x, state, params.cell)[0]
    return np.einsum("bh,hv->bv", new[0], params.readout[0]) + params.readout[1], new


@answers.is_right
def row_by_row(step, tokens, state, params):
    new, _ = step(np.stack([params.W_e[int(k)] for k in tokens]), state, params.cell)
    return np.stack([h @ params.readout.W_y + params.readout.b_y for h in new.h]), new


def _step(step, tokens, state, params, scores=lambda ys: ys):
    new, _ = step(params.W_e[tokens], state, params.cell)
    return scores(new.h @ params.readout.W_y + params.readout.b_y), new


@answers.is_wrong("reads_off_the_old_state")
def old_state(step, tokens, state, params):
    new, _ = step(params.W_e[tokens], state, params.cell)
    return state.h @ params.readout.W_y + params.readout.b_y, new


@answers.is_wrong("probabilities_for_scores")
def softmax(step, tokens, state, params):
    return _step(step, tokens, state, params, lambda ys: np.exp(ys) / np.exp(ys).sum(axis=1, keepdims=True))


@answers.is_wrong("a_word_chosen")
def argmax(step, tokens, state, params):
    return _step(step, tokens, state, params, lambda ys: np.argmax(ys, axis=1))


@answers.is_wrong("state_not_renewed")
def returns_what_came(step, tokens, state, params):
    scores, _ = _step(step, tokens, state, params)
    return scores, state


@answers.is_wrong("readout_without_bias")
def no_bias(step, tokens, state, params):
    return _step(step, tokens, state, params, lambda ys: ys - params.readout.b_y)


@answers.is_wrong("returns_h_alone")
def bare_state(step, tokens, state, params):
    scores, new = _step(step, tokens, state, params)
    return scores, new.h


@answers.is_wrong("exchanged")
def state_first(step, tokens, state, params):
    return _step(step, tokens, state, params)[::-1]


@answers.is_wrong("cache_returned")
def with_the_cache(step, tokens, state, params):
    new = step(params.W_e[tokens], state, params.cell)
    return new[0].h @ params.readout.W_y + params.readout.b_y, new


@answers.is_wrong("reads_off_what_is_kept")
def last_part(step, tokens, state, params):
    new, _ = step(params.W_e[tokens], state, params.cell)
    return new[-1] @ params.readout.W_y + params.readout.b_y, new
