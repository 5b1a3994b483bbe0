"""Decoding against exhaustive search and against exact probabilities."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch

from rnncore.functional.base import log_softmax
from rnncore.functional.cells import RNNState, gru_step, init_gru_params
from rnncore.functional.decoding import (
    beam_search,
    draw,
    greedy_decode,
    keep_nucleus,
    keep_top_k,
    sample,
    sentence_logprob,
    with_temperature,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import embedding_forward, init_readout_params, readout

V, H, END = 3, 4, 0


def _weights(rng):
    return 2.0 * rng.normal(size=(V, 2)), init_gru_params(2, H, rng), init_readout_params(H, V, rng)


def _decoder(W, params, out_params):
    """A GRU that reads its last token and scores the next."""

    def decoder(tokens, state):
        state, _ = gru_step(embedding_forward(tokens, W), state, params)
        return 4.0 * readout(state.h, out_params), state

    return decoder


@pytest.fixture
def network(library, rng):
    """Decoder, first states of 3 sequences, first tokens."""
    weights = _weights(rng)
    return _decoder(*library(weights)), library(RNNState(rng.normal(size=(3, H)))), library(np.array([1, 2, 1]))


def _one(state, b):
    return RNNState(state.h[b : b + 1])


def _log_prob(decoder, state, start, ids):
    """Token by token, for one sequence."""
    total, token = 0.0, start
    for k in ids:
        scores, state = decoder(token, state)
        log_probs = torch.log_softmax(torch.as_tensor(scores), dim=1)
        total += float(log_probs[0, k])
        token = token * 0 + k
    return total


def _everything(decoder, state, start, T):
    """All sequences that end within T tokens, or have T."""
    found = {}
    for n in range(1, T + 1):
        for ids in itertools.product(range(V), repeat=n):
            if END not in ids[:-1] and (n == T or ids[-1] == END):
                found[ids] = _log_prob(decoder, state, start, ids)
    return found


def test_sentence_logprob_adds_up(network, library, rng):
    decoder, state, start = network
    ids = rng.integers(0, V, size=(3, 5))
    ours = sentence_logprob(decoder, state, start, library(ids))
    expected = [_log_prob(decoder, _one(state, b), start[b : b + 1], ids[b]) for b in range(3)]
    assert relative_error(ours, expected) < 1e-9


def test_sentence_logprob_autograd_agrees_with_differences(rng, autograd_agrees):
    ids, start, state = rng.integers(0, V, size=(2, 3)), np.array([1, 2]), RNNState(rng.normal(size=(2, H)))

    def loss(weights, state, start, ids):
        return sentence_logprob(_decoder(*weights), state, start, ids).sum()

    autograd_agrees(loss, _weights(rng), state, start, ids)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("T", [1, 2, 5])
def test_a_wide_beam_is_exhaustive_search(network, T, alpha):
    decoder, state, start = network
    for b in range(3):
        everything = _everything(decoder, _one(state, b), start[b : b + 1], T)
        found = beam_search(decoder, _one(state, b), start[b : b + 1], END, T, 10_000, alpha)
        assert {tuple(y.ids): y.log_prob for y in found} == pytest.approx(everything, rel=1e-9)
        ranking = [log_p / len(ids) ** alpha for ids, log_p in everything.items()]
        assert [y.log_prob / len(y.ids) ** alpha for y in found] == pytest.approx(sorted(ranking, reverse=True))
        assert np.exp(list(everything.values())).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_narrow_beam_returns_true_probabilities(network, width):
    decoder, state, start = network
    found = beam_search(decoder, _one(state, 0), start[:1], END, 6, width)
    assert len(found) == width
    for y in found:
        assert y.log_prob == pytest.approx(_log_prob(decoder, _one(state, 0), start[:1], y.ids), rel=1e-9)
        assert len(y.ids) == 6 or y.ids[-1] == END


def test_a_beam_finds_what_greed_misses():
    """Token 1 is likelier at first (.6), but after token 2 (.4) one continuation is certain."""
    after = np.log(np.array([[1, 1e-9, 1e-9], [0.34, 0.33, 0.33], [1e-9, 1e-9, 1]]) + 1e-12)
    first = np.log(np.array([1e-9, 0.6, 0.4]))

    def decoder(tokens, state):
        return np.where(state[:, None] == 0, first, after[tokens]), state + 1

    assert greedy_decode(decoder, np.zeros(1), np.array([1]), END, 2).tolist()[0][0] == 1
    assert beam_search(decoder, np.zeros(1), np.array([1]), END, 2, 3)[0].ids == [2, 2]


def test_greedy_is_a_beam_of_one(network):
    decoder, state, start = network
    ids = greedy_decode(decoder, state, start, END, 6)
    for b in range(3):
        best = beam_search(decoder, _one(state, b), start[b : b + 1], END, 6, width=1)[0].ids
        row = ids[b].tolist()
        assert row[: len(best)] == best
        assert row[len(best) :] == [END] * (len(row) - len(best))


def test_greedy_stops_when_all_have_ended():
    def decoder(tokens, state):
        return -((np.arange(4) - np.maximum(state - 1, 0)[:, None]) ** 2.0), state - 1

    ids = greedy_decode(decoder, np.array([3, 2]), np.array([1, 1]), END, 10)
    assert ids.tolist() == [[2, 1, 0], [1, 0, 0]]


def test_reshaped_scores_by_hand(library):
    scores = library(np.log(np.array([[0.1, 0.5, 0.15, 0.25], [0.7, 0.1, 0.1, 0.1]])))
    off = -np.inf
    kept = [[off, np.log(0.5), off, np.log(0.25)], [np.log(0.7), np.log(0.1), off, off]]
    assert np.array_equal(keep_top_k(scores, 2), kept)
    assert np.array_equal(keep_top_k(scores, 9), scores)
    assert np.array_equal(np.isfinite(np.asarray(keep_nucleus(scores, 0.7))), [[0, 1, 0, 1], [1, 0, 0, 0]])
    assert np.array_equal(np.isfinite(np.asarray(keep_nucleus(scores, 0.85))), [[0, 1, 1, 1], [1, 1, 1, 0]])
    assert np.array_equal(keep_nucleus(scores, 1.0), scores)
    assert relative_error(with_temperature(scores, 2.0), np.asarray(scores) / 2.0) < 1e-12


def test_draws_follow_the_probabilities(library, rng):
    probs = np.array([0.5, 0.3, 0.2, 0.0])
    n = 20_000
    with np.errstate(divide="ignore"):
        scores = library(np.broadcast_to(np.log(probs), (n, 4)).copy())
    counts = np.bincount(np.asarray(draw(scores, rng.random(n))), minlength=4)
    assert counts[3] == 0
    # Four standard errors of a binomial count.
    assert np.all(np.abs(counts - n * probs) <= 4 * np.sqrt(n * probs * (1 - probs)))


def test_sampled_sentences_are_as_likely_as_the_network_says(rng):
    """Frequencies of all nine sequences of two tokens, against their exact probabilities."""
    decoder = _decoder(*_weights(rng))
    n = 20_000
    state = np.broadcast_to(rng.normal(size=H), (n, H))
    ids = sample(decoder, RNNState(state), np.ones(n, dtype=int), rng.random((n, 2)))
    for pair in itertools.product(range(V), repeat=2):
        p = np.exp(_log_prob(decoder, RNNState(state[:1]), np.array([1]), pair))
        share = np.mean(np.all(ids == pair, axis=1))
        assert abs(share - p) <= 4 * np.sqrt(p * (1 - p) / n)


def test_a_dart_on_the_edge_hits_a_token_that_is_possible(library):
    """At the ends of the line, and where rounding to single precision moves the dart to its end."""
    with np.errstate(divide="ignore"):
        scores = library(np.log(np.array([[0.0, 0.25, 0.75, 0.0]] * 4, dtype=np.float32)))
    noise = np.array([0.0, 0.25, 0.2499, 1.0 - 2.0**-53])
    assert draw(scores, noise).tolist() == [1, 2, 1, 2]


def test_the_same_noise_writes_the_same_text_on_any_library(rng):
    weights, h = _weights(rng), rng.normal(size=(2, H))
    reshape = partial(keep_top_k, k=2)
    texts = [
        sample(
            _decoder(*convert(weights)),
            RNNState(array(h)),
            array(np.array([1, 2])),
            np.random.default_rng(5).random((2, 20)),
            reshape,
        ).tolist()
        for convert, array in ((lambda tree: tree, np.array), (_tensors, torch.tensor))
    ]
    assert texts[0] == texts[1]


def _tensors(weights):
    W, params, out_params = weights
    return torch.tensor(W), type(params)(*map(torch.tensor, params)), type(out_params)(*map(torch.tensor, out_params))


def test_the_coldest_sample_is_greedy(network, rng):
    decoder, state, start = network
    noise = rng.random((3, 5))
    cold = sample(decoder, state, start, noise, partial(with_temperature, temperature=1e-6))
    one = sample(decoder, state, start, noise, partial(keep_top_k, k=1))
    never_ends = greedy_decode(decoder, state, start, -1, 5)
    assert cold.tolist() == one.tolist() == never_ends.tolist()


def test_probabilities_after_softmax_are_kept(network):
    decoder, state, start = network
    scores, _ = decoder(start, state)
    assert relative_error(keep_nucleus(log_softmax(scores), 1.0), log_softmax(scores)) < 1e-12


def test_wrong_input_is_named(network):
    decoder, state, start = network
    scores = np.zeros((2, 3))
    with pytest.raises(ValueError, match="temperature must be above 0; got 0"):
        with_temperature(scores, 0)
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        keep_top_k(scores, 0)
    for p in (0, 1.1):
        with pytest.raises(ValueError, match=f"p must be above 0 and at most 1; got {p}"):
            keep_nucleus(scores, p)
    with pytest.raises(ValueError, match="T must be at least 1; got 0"):
        greedy_decode(decoder, state, start, END, 0)
    with pytest.raises(ValueError, match="noise must have at least 1 column; got 0"):
        sample(decoder, state, start, np.zeros((3, 0)))
    with pytest.raises(ValueError, match=r"noise must be \(2,\); got \(3,\)"):
        draw(scores, np.zeros(3))
    with pytest.raises(ValueError, match=r"start must be \(1,\); got \(3,\)"):
        beam_search(decoder, state, start, END, 3, 2)
    with pytest.raises(ValueError, match="T and width must be at least 1; got 3 and 0"):
        beam_search(decoder, _one(state, 0), start[:1], END, 3, 0)
    with pytest.raises(ValueError, match="scores must be numbers; got NaN"):
        greedy_decode(decoder, RNNState(state.h * np.nan), start, END, 3)
    with pytest.raises(ValueError, match=r"the decoder's scores must be \(3, V\); got \(2, 3\)"):
        greedy_decode(lambda tokens, state: (scores, state), state, start, END, 3)
