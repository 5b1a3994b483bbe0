"""Word order: pairs of sentences with the same words, and models that can or cannot tell them apart."""

from collections import Counter

import numpy as np
import pytest

from rnncore.experiments.word_order import WordOrder, measure_word_order
from rnncore.tasks.batching import pad_batch
from rnncore.tasks.vocab import build_vocab, encode, tokenize
from rnncore.tasks.word_order import ANIMALS, PEOPLE, headlines


def _found(scores):
    costs = np.ones((len(scores), 2))
    return WordOrder(tuple(range(len(scores))), ("bag of words", "RNN"), 10, np.array(scores), costs, costs)


def test_twins_have_the_same_words_and_opposite_labels(rng):
    sentences, labels = headlines(200, rng)
    assert len(sentences) == len(labels) == 400
    for k in range(0, 400, 2):
        assert Counter(sentences[k].split()) == Counter(sentences[k + 1].split())
        assert labels[k] + labels[k + 1] == 1
    for sentence, label in zip(sentences, labels, strict=True):
        first = next(word for word in sentence.split() if word in ANIMALS + PEOPLE)
        assert (first in PEOPLE) == bool(label)
    assert 70 < labels[::2].sum() < 130
    assert len(set(sentences)) > 350


def test_every_seed_must_lie_within_the_band():
    assert _found([[0.5, 1.0], [0.5, 0.98]]).holds
    for wrong in ([0.52, 1.0], [0.48, 1.0], [0.5, 0.97], [np.nan, np.nan]):
        assert not _found([[0.5, 1.0], wrong]).holds


def test_only_the_network_that_reads_in_order_knows_who_bites(capsys):
    found = measure_word_order(tokenize, build_vocab, encode, pad_batch, (0,), steps=100)
    assert found.holds
    found.figure().canvas.draw()
    assert "The claim holds" in str(found)


@pytest.mark.parametrize(
    "tokenize",
    [
        lambda text: sorted(tokenize(text)),
        lambda text: ["dog" if word in ANIMALS + PEOPLE else word for word in tokenize(text)],
    ],
    ids=["sorted", "all the same"],
)
def test_words_without_their_order_are_not_enough(tokenize):
    assert not measure_word_order(tokenize, build_vocab, encode, pad_batch, (0,), steps=100).holds
