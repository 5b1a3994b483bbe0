"""The n-gram: probabilities by hand and by their definition, sums of 1, and what it learns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncore.functional.decoding import sentence_logprob
from rnncore.tasks.ngram import absolute_discounting, fit_ngram

TEXT = [0, 1, 0, 1, 2, 0, 1]


def test_a_bigram_worked_out_by_hand():
    """After 1 came 0 and 2, once each. Of four different pairs two end in 0, one in 1, one in 2."""
    model = fit_ngram(TEXT, 2, 3, discount=0.5)
    lower = [(2 - 0.5) / 4 + 0.5 * 3 / 4 / 3, (1 - 0.5) / 4 + 0.5 * 3 / 4 / 3, (1 - 0.5) / 4 + 0.5 * 3 / 4 / 3]
    after_1 = [(count - 0.5 if count else 0.0) / 2 + 0.5 * 2 / 2 * p for count, p in zip([1, 0, 1], lower, strict=True)]
    assert model.distribution([1]) == pytest.approx(after_1)
    assert model.distribution([]) == pytest.approx(lower)


def _by_definition(text, n, V, d, context, token):
    """Interpolated Kneser-Ney by looking through the text for every question."""

    def count(gram, k):
        """How often a gram of k tokens occurs if k = n; otherwise, after how many different tokens."""
        grams = [tuple(text[t : t + n]) for t in range(len(text) - n + 1)]
        if k == n:
            return grams.count(gram)
        longer = {g[i:] for g in grams for i in (n - k - 1,)}
        return sum(g[1:] == gram for g in longer)

    def probability(context, k):
        if k == 0:
            return 1.0 / V
        context = context[len(context) - k + 1 :]
        counts = [count((*context, w), k) for w in range(V)]
        lower = probability(context[1:], k - 1)
        if sum(counts) == 0:
            return lower
        return (max(counts[token] - d, 0) + d * sum(c > 0 for c in counts) * lower) / sum(counts)

    return probability(tuple(context), min(n, len(context) + 1))


@given(st.data())
def test_it_is_what_the_definition_says_and_sums_to_one(data):
    V = data.draw(st.integers(1, 4))
    text = data.draw(st.lists(st.integers(0, V - 1), min_size=3, max_size=25))
    n = data.draw(st.integers(1, 3))
    d = data.draw(st.floats(0.1, 1.0))
    context = data.draw(st.lists(st.integers(0, V - 1), max_size=4))
    model = fit_ngram(text, n, V, d)
    found = model.distribution(context).tolist()
    assert sum(found) == pytest.approx(1.0)
    assert found == pytest.approx([_by_definition(text, n, V, d, context, w) for w in range(V)])


def test_the_log_probabilities_of_a_text():
    model = fit_ngram(TEXT, 3, 3)
    text = np.array([2, 0, 1, 1])
    expected = [model.distribution(text[:t])[text[t]] for t in range(4)]
    assert model.log_probs(text) == pytest.approx(np.log(expected))


def test_counts_are_discounted_by_hand():
    """Of 4 tokens two were seen, 3 times and once: a half is taken from each, and given out as p' says."""
    lower = np.array([0.1, 0.2, 0.3, 0.4])
    p = absolute_discounting(np.array([3, 0, 1, 0]), lower, 0.5)
    assert p == pytest.approx((np.array([2.5, 0, 0.5, 0]) + 1.0 * lower) / 4)
    assert absolute_discounting(np.zeros(4), lower) == pytest.approx(lower)
    assert absolute_discounting(np.array([3, 0, 1, 0]), lower, 0.0) == pytest.approx([0.75, 0, 0.25, 0])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_as_a_decoder_it_gives_the_same_probabilities(n):
    model = fit_ngram(TEXT, n, 3)
    texts = np.array([[2, 0, 1, 1], [0, 1, 0, 2]])
    log_p = sentence_logprob(model.decoder, model.begin(2), texts[:, 0], texts[:, 1:])
    assert log_p == pytest.approx([model.log_probs(text)[1:].sum() for text in texts])


def test_it_finds_the_entropy_of_a_markov_chain():
    """Of two tokens, each repeats itself with probability 0.9: 0.469 bits a token."""
    rng = np.random.default_rng(0)
    text = np.cumsum(rng.random(40_000) < 0.1) % 2
    bits = {n: -fit_ngram(text[:20_000], n, 2).log_probs(text[20_000:]).mean() / np.log(2) for n in (1, 2)}
    entropy = -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.1))
    assert bits[2] == pytest.approx(entropy, abs=0.02)
    assert bits[1] > 0.95


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], 3, 2), "n must be from 1 to the 2 ids of the text; got 3"),
        (([0, 1], 0, 2), "n must be"),
        (([0, 2], 1, 2), "ids must be from 0 to 1; got 0 to 2"),
        (([0, 1], 1, 2, 1.5), "discount must be from 0 to 1; got 1.5"),
    ],
)
def test_what_cannot_be_counted_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_ngram(*arguments)
