"""The tasks: what they promise of their data."""

import numpy as np
import pytest

from rnncore.tasks.adding_problem import adding_problem
from rnncore.tasks.agreement import (
    LANGUAGES,
    VOCABULARY,
    agreement_sentences,
    sentence_text,
)
from rnncore.tasks.temporal_xor import temporal_xor


@pytest.mark.parametrize("n_bits", [0, 1, 2, 3, 10, 300])
def test_every_third_bit_is_the_xor_of_the_two_before(n_bits, rng):
    bits = temporal_xor(n_bits, rng)
    assert bits.shape == (n_bits,)
    for t in range(2, n_bits, 3):
        assert bits[t] == (bits[t - 2] != bits[t - 1])


def test_the_free_bits_are_random(rng):
    bits = temporal_xor(30_000, rng)
    free = np.delete(bits, np.s_[2::3])
    assert abs(free.mean() - 0.5) < 0.02
    assert abs(np.corrcoef(free[:-1], free[1:])[0, 1]) < 0.03


@pytest.mark.parametrize("T", [2, 3, 50])
def test_the_target_is_the_sum_of_the_marked(T, rng):
    xs, targets = adding_problem(200, T, rng)
    assert xs.shape == (200, T, 2)
    assert targets.shape == (200,)
    for sequence, target in zip(xs, targets, strict=True):
        first, second = np.flatnonzero(sequence[:, 1])
        assert first < T // 2 <= second
        assert target == pytest.approx(sequence[first, 0] + sequence[second, 0])


def test_answering_one_has_an_error_of_a_sixth(rng):
    _, targets = adding_problem(100_000, 10, rng)
    assert np.mean((targets - 1.0) ** 2) == pytest.approx(1 / 6, rel=0.02)
    with pytest.raises(ValueError, match="T must be at least 2; got 1"):
        adding_problem(1, 1, rng)


def test_a_seed_serves_as_well_as_a_generator():
    by_seed, by_generator = adding_problem(4, 9, 7), adding_problem(4, 9, np.random.default_rng(7))
    assert all(np.array_equal(a, b) for a, b in zip(by_seed, by_generator, strict=True))


@pytest.mark.parametrize("distance", [5, 6, 7, 20, 61])
def test_the_place_stands_at_its_distance_and_settles_the_language(distance, rng):
    ids, labels = agreement_sentences(64, distance, rng)
    places = {place: name for name, of in LANGUAGES.items() for place in of}
    names = list(LANGUAGES)
    assert ids.dtype == np.int64
    for sentence, label in zip(ids, labels, strict=True):
        words = sentence_text(sentence).split()
        where = [k for k, word in enumerate(words) if word in places]
        assert where == [len(words) - 1 - distance]
        assert places[words[where[0]]] == names[label]
        assert not set(words) & set(names)


def test_sentences_vary_and_classes_are_even(rng):
    ids, labels = agreement_sentences(4000, 20, rng)
    assert len(np.unique(ids, axis=0)) > 3990
    shares = np.bincount(labels, minlength=len(LANGUAGES)) / 4000
    assert np.all(np.abs(shares - 1 / len(LANGUAGES)) < 0.03)
    assert len(set(VOCABULARY)) == len(VOCABULARY)
    with pytest.raises(ValueError, match="distance must be at least 5; got 4"):
        agreement_sentences(1, 4, rng)


def test_the_generator_decides_everything():
    for draw in (
        lambda rng: temporal_xor(50, rng),
        lambda rng: adding_problem(3, 10, rng)[0],
        lambda rng: agreement_sentences(3, 10, rng).ids,
    ):
        same = [draw(np.random.default_rng(4)) for _ in range(2)]
        assert np.array_equal(*same)
        assert not np.array_equal(same[0], draw(np.random.default_rng(5)))
