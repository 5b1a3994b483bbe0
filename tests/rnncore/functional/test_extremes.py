"""Extreme inputs: empty, one, huge, tiny, infinite, NaN, wrongly nested, whole numbers.

The answer is right, or an error says what was expected and what came.
"""

import math
from functools import partial

import numpy as np
import pytest
import torch

from rnncore.functional import attention, base, cells, decoding, learning, memory, metrics, sequence, weights

INF, NAN = math.inf, math.nan
HUGE, TINY = 1e300, 1e-300
ONE = np.ones((1, 1, 1))


def _array(*entries):
    return np.array(entries, dtype=float)


def _scores(*row):
    """A decoder with the same scores at every step."""
    return lambda tokens, state: (np.tile(_array(*row), (len(tokens), 1)), state)


def _float32(*entries):
    return [torch.tensor(entries, dtype=torch.float32)]


START = np.array([0])
ALL = np.ones((1, 1), bool)

ANSWERS = {
    "the nucleus of all": (lambda: decoding.keep_nucleus(_array([0.0, -50.0]), 1.0), [[0, -50]]),
    "sigmoid of ±huge": (lambda: base.sigmoid(_array(-HUGE, -INF, INF, HUGE)), [0, 0, 1, 1]),
    "tanh of ±∞": (lambda: base.tanh(_array(-INF, INF, TINY)), [-1, 1, TINY]),
    "softmax of huge": (lambda: base.softmax(_array(HUGE, HUGE, -HUGE)), [0.5, 0.5, 0]),
    "softmax of one": (lambda: base.softmax(_array(-7.0)), [1]),
    "log-softmax of huge": (lambda: base.log_softmax(_array(HUGE, HUGE)), [-math.log(2)] * 2),
    "log of a sum of nothing": (lambda: base.log_sum_exp(_array(-INF, -INF)), -INF),
    "log of a sum with ∞": (lambda: base.log_sum_exp(_array(INF, 0.0)), INF),
    "log of a sum of tiny": (lambda: base.log_sum_exp(_array(-HUGE, -HUGE)), -HUGE),
    "one-hot of no ids": (lambda: base.one_hot(np.zeros((0, 2), int), 3), np.zeros((0, 2, 3))),
    "one-hot out of range": (lambda: base.one_hot(np.array([-1, 3]), 3), np.zeros((2, 3))),
    "concat of nothing with one": (lambda: base.concat([np.zeros((0, 1)), np.ones((1, 1))]), np.ones((1, 1))),
    "map of an empty tree": (lambda: len(base.map_tree(abs, [])), 0),
    "linear recurrence without rows": (
        lambda: base.linear_recurrence(np.ones((0, 2, 1)), np.ones((0, 2, 1)), np.ones((0, 1))),
        np.zeros((0, 2, 1)),
    ),
    "perplexity beyond the floats": (lambda: metrics.perplexity(710.0), INF),
    "perplexity of ∞": (lambda: metrics.perplexity(INF), INF),
    "perplexity of NaN": (lambda: metrics.perplexity(NAN), NAN),
    "perplexity of a whole number": (lambda: metrics.perplexity(0), 1),
    "bits of ∞": (lambda: metrics.bits_per_character(_array(INF), 1), INF),
    "BLEU of an empty hypothesis": (lambda: metrics.bleu([[]], [[["a"]]]), 0),
    "BLEU of one word": (lambda: metrics.bleu([["a"]], [[["a"]]], N=1), 100),
    "MASE of huge errors": (lambda: metrics.mase(_array(HUGE), _array(0.0), _array(0.0, 1.0)), HUGE),
    "F1 of nothing": (lambda: metrics.precision_recall_f1(np.zeros(0, int), np.zeros(0, int), 1), [0, 0, 0]),
    "clip huge float32": (lambda: learning.clip_by_norm(_float32(1e20, 1e20), 1.0)[0][0], [math.sqrt(0.5)] * 2),
    "length of huge float32": (lambda: learning.clip_by_norm(_float32(3e20, 4e20), 1.0)[1], 5e20),
    "length of tiny float32": (lambda: learning.clip_by_norm(_float32(3e-30, 4e-30), 1.0)[1], 5e-30),
    "clip huge float64": (lambda: learning.clip_by_norm([_array(HUGE, 0.0)], 1.0)[0][0], [1, 0]),
    "clip zeros": (lambda: learning.clip_by_norm([np.zeros(2), np.zeros((0, 3))], 1.0)[0][0], [0, 0]),
    "clip ∞ by value": (lambda: learning.clip_by_value([_array(-INF, INF)], 2.0)[0], [-2, 2]),
    "error of nothing": (lambda: learning.relative_error([], []), 0),
    "error of NaN": (lambda: learning.relative_error([NAN], [1.0]), NAN),
    "cross entropy of huge scores": (
        lambda: learning.sequence_cross_entropy(_array(HUGE, -HUGE)[None, None], np.zeros((1, 1), int), ALL),
        0,
    ),
    "tag loss with one weight of 0": (
        lambda: learning.tag_loss(np.zeros((1, 2, 2)), np.array([[0, 1]]), np.ones((1, 2), bool), _array(0.0, 3.0)),
        math.log(2),
    ),
    "spectral norm of ∞": (lambda: learning.spectral_norm(_array(INF, 0.0)[None, None]), [INF]),
    "dropout of nothing": (lambda: sequence.dropout_mask(np.zeros((0, 2)), 0.5), np.zeros((0, 2))),
    "a mask without rows": (lambda: sequence.length_mask([], np.zeros((0, 3))), np.zeros((0, 3))),
    "a mask of empty rows": (lambda: sequence.length_mask([0, 0], np.zeros((2, 2))), np.zeros((2, 2))),
    "reversed rows of length 0": (lambda: sequence.reverse_padded(ONE, [0]), ONE),
    "an orthogonal matrix of one": (lambda: weights.orthogonal_init(_array(-TINY)[None]), [[-1]]),
    "attention to nothing": (
        lambda: attention.attend(ONE, ONE, np.zeros((1, 1, 1), bool))[0],
        np.zeros((1, 1, 1)),
    ),
    "attention to a huge score": (
        lambda: attention.attend(_array(HUGE, 0.0)[None, None], np.ones((1, 2, 1)), np.ones((1, 1, 2), bool))[1],
        [[[1, 0]]],
    ),
    "CTC of labels that do not fit": (
        lambda: decoding.ctc_loss(np.log(np.full((1, 1, 3), 1 / 3)), np.array([[1, 2]]), [1], [2]),
        [INF],
    ),
    "CTC of no label": (
        lambda: decoding.ctc_loss(np.log(np.full((1, 1, 2), 0.5)), np.zeros((1, 0), int), [1], [0]),
        [math.log(2)],
    ),
    "collapse of an empty path": (lambda: len(decoding.ctc_collapse([])), 0),
    "greedy with one possible token": (
        lambda: decoding.greedy_decode(_scores(-INF, 0.0), None, START, 1, 3),
        [[1]],
    ),
    "greedy with huge scores": (lambda: decoding.greedy_decode(_scores(-HUGE, HUGE), None, START, 1, 3), [[1]]),
    "a beam wider than the words": (
        lambda: len(decoding.beam_search(_scores(-INF, 0.0), None, START, 1, 3, 50)),
        1,
    ),
    "top k beyond the words": (lambda: decoding.keep_top_k(_array(1.0, 2.0)[None], 99), [[1, 2]]),
    "energy of no state": (lambda: memory.energy(np.zeros((0, 2)), np.zeros((2, 2))), np.zeros(0)),
    "a step of no rows": (
        lambda: cells.lstm_step(np.zeros((0, 1)), cells.init_lstm_state(0, 1), _params("lstm"))[0].c,
        np.zeros((0, 1)),
    ),
    "a step at huge inputs": (
        lambda: cells.rnn_step(_array(HUGE)[None], cells.init_rnn_state(1, 1), _params("rnn"))[0].h,
        [[1]],
    ),
}
"""Calls and what comes out."""


def _params(cell):
    """Weights of one input and one unit, all of them 1."""
    return base.map_tree(np.ones_like, cells.CELLS[cell].init_params(1, 1, np.random.default_rng(0)))


def _raises(_):
    raise KeyError("a loss that fails")


REFUSALS = {
    "BLEU of strings": (lambda: metrics.bleu(["a cat"], [["a cat"]]), "lists of tokens.*got 'a cat'"),
    "BLEU of references that are not nested": (lambda: metrics.bleu([["a"]], [["a"]]), "lists of tokens.*got 'a'"),
    "BLEU of ids": (lambda: metrics.bleu([[1]], [[[1]]]), r"lists of tokens.*got \[1\]"),
    "BLEU of nothing": (lambda: metrics.bleu([], []), "got 0 hypotheses"),
    "BLEU of no n-grams": (lambda: metrics.bleu([["a"]], [[["a"]]], N=0), "N must be at least 1; got 0"),
    "MASE of a constant history": (lambda: metrics.mase(_array(1.0), _array(1.0), np.ones(3)), "no error"),
    "beam search over nothing": (
        lambda: decoding.beam_search(_scores(-INF, -INF), None, START, 1, 2, 2),
        "finite maximum",
    ),
    "greedy over nothing": (lambda: decoding.greedy_decode(_scores(-INF), None, START, 0, 2), "finite maximum"),
    "greedy of ∞": (lambda: decoding.greedy_decode(_scores(INF, 0.0), None, START, 0, 2), "finite maximum"),
    "a draw from nothing": (lambda: decoding.draw(_array(-INF)[None], np.zeros(1)), "finite maximum"),
    "a draw from NaN": (lambda: decoding.draw(_array(NAN)[None], np.zeros(1)), "got NaN"),
    "bits of no characters": (lambda: metrics.bits_per_character(_array(1.0), 0), "at least 1; got 0"),
    "attention with whole scores": (
        lambda: attention.attend(np.ones((1, 1, 1), int), ONE, np.ones((1, 1, 1), bool)),
        "scores must be real numbers; got int64",
    ),
    "top k of whole scores": (lambda: decoding.keep_top_k(np.ones((1, 2), int), 1), "real numbers; got int64"),
    "CTC of whole numbers": (
        lambda: decoding.ctc_loss(np.zeros((1, 1, 2), int), np.array([[1]]), [1], [1]),
        "log_probs must be real numbers; got int64",
    ),
    "a temperature of 0": (lambda: decoding.with_temperature(ONE[0], 0), "must be above 0; got 0"),
    "top 0": (lambda: decoding.keep_top_k(ONE[0], 0), "must be at least 1; got 0"),
    "tag loss with weights of 0": (
        lambda: learning.tag_loss(np.zeros((1, 1, 2)), np.zeros((1, 1), int), ALL, np.zeros(2)),
        "weights must be at least 0, and one that counts above 0",
    ),
    "tag loss with a negative weight": (
        lambda: learning.tag_loss(np.zeros((1, 1, 2)), np.zeros((1, 1), int), ALL, _array(-1.0, 1.0)),
        "weights must be at least 0",
    ),
    "cross entropy of no step": (
        lambda: learning.sequence_cross_entropy(np.zeros((1, 0, 2)), np.zeros((1, 0), int), np.zeros((1, 0), bool)),
        "mask must be true at one step at least; got none",
    ),
    "cross entropy of real targets": (lambda: learning.sequence_cross_entropy(ONE, ONE[0], ALL), "got float64"),
    "a limit of NaN": (lambda: learning.clip_by_norm([ONE], NAN), "must be above 0; got nan"),
    "a check in float32": (
        lambda: learning.gradient_check(lambda arrays: 0.0, {"w": np.ones(1, np.float32)}, {"w": np.ones(1)}),
        "must be float64.*got float32",
    ),
    "one-hot of real numbers": (lambda: base.one_hot(_array(1.0), 2), "whole numbers; got float64"),
    "trees of other structure": (lambda: base.map_tree(min, [1, 2], [1]), "same structure; got"),
    "trees of other names": (lambda: base.map_tree(min, {"a": 1}, {"b": 1}), "same structure; got"),
    "unroll of no step": (
        lambda: sequence.unroll(cells.rnn_step, np.zeros((1, 0, 1)), cells.init_rnn_state(1, 1), _params("rnn")),
        "at least one step",
    ),
    "a scan of no step": (
        lambda: base.linear_recurrence(np.ones((1, 0, 1)), np.ones((1, 0, 1)), np.ones((1, 1))),
        "at least one step",
    ),
    "a length of NaN": (
        lambda: sequence.length_mask([NAN], np.zeros((1, 1))),
        r"whole numbers from 0 to 1; got \[nan\]",
    ),
    "a length of two and a half": (
        lambda: sequence.length_mask(_array(2.5), np.zeros((1, 3))),
        r"whole numbers from 0 to 3; got \[2.5\]",
    ),
    "a length beyond the row": (lambda: sequence.length_mask([2], np.zeros((1, 1))), r"from 0 to 1; got \[2\]"),
    "an embedding of no table": (
        lambda: sequence.embedding_forward(np.array([0]), np.zeros((0, 2))),
        "ids must be from 0 to -1; got 0 to 0",
    ),
    "a tree of three children": (
        lambda: sequence.tree_rnn((0, 0, 0), np.ones((1, 1)), sequence.TreeParams(np.ones((2, 1)), np.ones(1))),
        "2 children; got 3",
    ),
    "a beam of NaN": (lambda: decoding.ctc_beam(_array([NAN, 0.0]), 2), "log_probs must be numbers; got NaN"),
    "patterns of 0": (lambda: memory.hopfield_train(np.zeros((1, 2))), "1 and -1 only"),
    "no orthogonal matrix": (lambda: weights.orthogonal_init(np.zeros((0, 2))), r"got shape \(0, 2\)"),
}
"""Calls and what the error says."""


@pytest.mark.parametrize("name", ANSWERS)
def test_extreme_inputs_are_answered(name):
    call, expected = ANSWERS[name]
    with np.errstate(over="ignore", invalid="ignore"):
        got = call()
    assert np.shape(got) == np.shape(expected)
    assert np.allclose(np.asarray(got, dtype=float), expected, rtol=1e-6, atol=0.0, equal_nan=True)


@pytest.mark.parametrize("name", REFUSALS)
def test_extreme_inputs_are_refused(name):
    call, message = REFUSALS[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_loss_that_fails_leaves_the_arrays_alone():
    arrays = {"w": np.ones((2, 2))}
    for call in (partial(learning.central_difference, _raises, arrays, "w", (0, 1)), partial(_check, arrays)):
        with pytest.raises(KeyError):
            call()
        assert np.array_equal(arrays["w"], np.ones((2, 2)))


def _check(arrays):
    return learning.gradient_check(_raises, arrays, arrays)


@pytest.mark.parametrize("entry", [HUGE, TINY, INF, -INF, NAN])
def test_norms_of_clipped_gradients_never_exceed_the_limit(entry):
    """Unless they are not finite, which shows."""
    with np.errstate(invalid="ignore"):
        (clipped,), norm = learning.clip_by_norm([_array(entry, 1.0)], 0.5)
    if np.isfinite(entry):
        assert np.linalg.norm(clipped) <= 0.5 * (1 + 1e-12)
        assert np.isfinite(norm)
    else:
        assert np.isnan(clipped).any()


IDS = np.array([[1, 0, 1, 3]])
SCORES = np.random.default_rng(0).normal(size=(1, 4, 5))
ALL_FOUR = np.ones((1, 4), bool)
OF_IDS = {
    "embedding": lambda ids, scores, mask: sequence.embedding_forward(ids, scores[0]),
    "cross entropy": lambda ids, scores, mask: learning.sequence_cross_entropy(scores, ids, mask),
    "its gradient": lambda ids, scores, mask: learning.sequence_cross_entropy_backward(scores, ids, mask),
    "tag loss": lambda ids, scores, mask: learning.tag_loss(scores, ids, mask, scores[0, 0] * 0 + 2),
    "log-probability": lambda ids, scores, mask: decoding.sentence_logprob(
        lambda tokens, state: (scores[:, 0], state), None, ids[:, 0], ids
    ),
    "CTC": lambda ids, scores, mask: decoding.ctc_loss(base.log_softmax(scores), ids[:, 2:], [4], [2]),
}
"""What is given whole numbers: ids or classes, scores (1, 4, 5) and a mask."""


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
@pytest.mark.parametrize("name", OF_IDS)
def test_whole_numbers_may_be_of_any_width(name, dtype):
    """An array of uint8 would be a mask to torch, and others no indices."""
    want = OF_IDS[name](IDS, SCORES, ALL_FOUR)
    given = torch.tensor(IDS).to(getattr(torch, dtype)), torch.tensor(SCORES), torch.tensor(ALL_FOUR)
    assert np.allclose(OF_IDS[name](*given), want)
    assert np.allclose(OF_IDS[name](IDS.astype(dtype), SCORES, ALL_FOUR), want)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_every_token_can_be_drawn_in_any_precision(dtype):
    noise = (torch.arange(1000) + 0.5) / 1000
    assert decoding.draw(torch.zeros(1000, 1000, dtype=dtype), noise).tolist() == list(range(1000))
