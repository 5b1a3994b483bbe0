"""Answers to `decode_step`."""

import numpy as np
import torch

from rnncore.functional.attention import attend, general_scores
from rnncore.functional.cells import RNNState, gru_step, gru_to_torch
from rnncore.functional.decoding import DecoderState
from rnncore.functional.sequence import embedding_forward, readout
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def row_by_row(tokens, state, params):
    scores, hs, weights = [], [], []
    for b, token in enumerate(tokens):
        new, _ = gru_step(params.W_e[token][None], RNNState(state.h[b : b + 1]), params.cell)
        h, seen = new.h[0], np.flatnonzero(state.mask[b])
        fit = state.keys[b, seen] @ (h @ params.W_a)
        a = np.zeros(len(state.mask[b]))
        a[seen] = np.exp(fit - fit.max()) / np.exp(fit - fit.max()).sum()
        context = a @ state.keys[b]
        scores.append(np.tanh(np.append(context, h) @ params.W_c) @ params.readout.W_y + params.readout.b_y)
        hs.append(h)
        weights.append(a)
    return np.array(scores), DecoderState(np.array(hs), state.keys, state.mask), np.array(weights)


@answers.is_right
def by_torch(tokens, state, params):
    cell = torch.nn.GRUCell(params.W_e.shape[1], params.W_a.shape[0], dtype=torch.float64)
    weights = {name.removesuffix("_l0"): torch.tensor(w) for name, w in gru_to_torch(params.cell).items()}
    cell.load_state_dict(weights)
    with torch.no_grad():
        h = cell(torch.tensor(params.W_e[tokens]), torch.tensor(state.h))
        keys = torch.tensor(state.keys)
        fit = torch.einsum("bq,qe,bse->bs", h, torch.tensor(params.W_a), keys)
        a = torch.softmax(fit.masked_fill(~torch.tensor(state.mask), -torch.inf), dim=1)
        both = torch.cat([torch.einsum("bs,bse->be", a, keys), h], dim=1)
        mixed = torch.tanh(both @ torch.tensor(params.W_c))
        scores = mixed @ torch.tensor(params.readout.W_y) + torch.tensor(params.readout.b_y)
    return scores.numpy(), (h.numpy(), state.keys, state.mask), a.numpy()


@answers.is_right
def keys_turned_first(tokens, state, params):
    new, _ = gru_step(params.W_e[tokens], RNNState(state.h), params.cell)
    fit = (state.keys @ params.W_a.T @ new.h[:, :, None]).transpose(0, 2, 1)
    context, a = attend(fit, state.keys, state.mask[:, np.newaxis])
    E = context.shape[2]
    mixed = np.tanh(context.squeeze(1) @ params.W_c[:E] + new.h @ params.W_c[E:])
    return readout(mixed, params.readout), state._replace(h=new.h), a.squeeze(1)


def _step(
    tokens,
    state,
    params,
    query=lambda old, new: new,
    mask=lambda state: state.mask,
    join=lambda context, h: np.hstack([context, h]),
    squash=np.tanh,
    carry=lambda h, mixed: h,
    finish=lambda scores: scores,
    fit=None,
):
    new, _ = gru_step(embedding_forward(tokens, params.W_e), RNNState(state.h), params.cell)
    q = query(state.h, new.h)
    scores = general_scores(q[:, None, :], state.keys, params.W_a) if fit is None else fit(q, state, params)
    contexts, weights = attend(scores, state.keys, mask(state)[:, None, :])
    mixed = squash(join(contexts[:, 0], new.h) @ params.W_c)
    return finish(readout(mixed, params.readout)), state._replace(h=carry(new.h, mixed)), weights[:, 0]


@answers.is_wrong("looks_back_before_it_reads")
def query_before_reading(tokens, state, params):
    return _step(tokens, state, params, query=lambda old, new: old)


@answers.is_wrong("looks_at_padding")
def mask_not_used(tokens, state, params):
    return _step(tokens, state, params, mask=lambda state: np.ones_like(state.mask))


@answers.is_wrong("state_before_context")
def h_before_context(tokens, state, params):
    return _step(tokens, state, params, join=lambda context, h: np.hstack([h, context]))


@answers.is_wrong("no_tanh")
def not_squashed(tokens, state, params):
    return _step(tokens, state, params, squash=lambda a: a)


@answers.is_wrong("probabilities_for_scores")
def probabilities(tokens, state, params):
    def softmax(scores):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return _step(tokens, state, params, finish=softmax)


@answers.is_wrong("log_probabilities_for_scores")
def log_probabilities(tokens, state, params):
    return _step(
        tokens, state, params, finish=lambda scores: scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    )


@answers.is_wrong("carries_the_mixture")
def mixture_handed_on(tokens, state, params):
    return _step(tokens, state, params, carry=lambda h, mixed: mixed)


@answers.is_wrong("state_not_renewed")
def old_state_handed_on(tokens, state, params):
    scores, _, weights = _step(tokens, state, params)
    return scores, state, weights


@answers.is_wrong("scores_of_the_keys_scaled")
def scores_scaled(tokens, state, params):
    def fit(q, state, params):
        return general_scores(q[:, None], state.keys, params.W_a) / np.sqrt(state.keys.shape[2])

    return _step(tokens, state, params, fit=fit)


@answers.is_wrong("reads_off_the_state")
def read_off_the_state(tokens, state, params):
    _, new, weights = _step(tokens, state, params)
    return readout(new.h, params.readout), new, weights


@answers.is_wrong("context_unused")
def no_context(tokens, state, params):
    return _step(tokens, state, params, join=lambda context, h: np.hstack([np.zeros_like(context), h]))


@answers.is_wrong("axis")
def axis_of_queries_kept(tokens, state, params):
    scores, new, weights = _step(tokens, state, params)
    return scores, new, weights[:, None]


@answers.is_wrong("all_words_alike")
def mean_of_the_keys(tokens, state, params):
    return _step(tokens, state, params, fit=lambda q, state, params: np.zeros(state.mask[:, None].shape))


@answers.is_wrong("readout_without_bias")
def bias_of_the_readout_forgotten(tokens, state, params):
    return _step(tokens, state, params._replace(readout=params.readout._replace(b_y=0.0 * params.readout.b_y)))


@answers.is_wrong("in_place")
def state_changed_in_place(tokens, state, params):
    scores, new, weights = _step(tokens, state, params)
    state.h[...] = new.h
    return scores, state, weights


@answers.is_wrong("mixes_the_old_state")
def old_state_in_the_mixture(tokens, state, params):
    return _step(tokens, state, params, join=lambda context, h: np.hstack([context, state.h]))


@answers.is_wrong()
def mask_lost_on_the_way(tokens, state, params):
    scores, new, weights = _step(tokens, state, params)
    return scores, new._replace(mask=np.ones_like(state.mask)), weights


@answers.is_wrong("dtype")
def mask_as_numbers(tokens, state, params):
    scores, new, weights = row_by_row(tokens, state, params)
    return scores, new._replace(mask=state.mask.astype(int)), weights


@answers.is_wrong()
def squeezed(tokens, state, params):
    scores, new, weights = row_by_row(tokens, state, params)
    return scores, new, weights.squeeze()
