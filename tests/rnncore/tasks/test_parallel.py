"""Parallel texts. Oracles: the vocabulary's own decoding, and the lengths of the sentences."""

import numpy as np

from rnncore.tasks.parallel import encode_pairs, generated_text, multi30k_text, parallel_text
from rnncore.tasks.vocab import BOS, EOS

PAIRS = [(["a", "b"], ["x", "y", "z"]), (["a"], ["x"]), (["a", "b", "c", "d"], ["x"])]


def test_long_pairs_and_rare_words_are_left_out():
    text = parallel_text("letters", PAIRS, PAIRS[:1], longest=3, min_count=2)
    assert text.train == PAIRS[:2]
    assert text.source.tokens[4:] == ("a",)
    assert text.target.tokens[4:] == ("x",)


def test_encoded_pairs_can_be_read_back():
    text = parallel_text("letters", PAIRS, PAIRS, longest=4, min_count=1)
    pairs = encode_pairs(PAIRS, text)
    assert np.all(pairs.targets[:, 0] == BOS)
    for b, (source, target) in enumerate(PAIRS):
        assert pairs.sources[b, pairs.source_lengths[b] - 1] == EOS
        assert pairs.targets[b, pairs.target_lengths[b] - 1] == EOS
        assert (pairs.source_lengths[b], pairs.target_lengths[b]) == (len(source) + 1, len(target) + 2)
        assert text.source.decode(pairs.sources[b]) == source
        assert text.target.decode(pairs.targets[b]) == target


def test_generated_text_is_always_the_same_and_validation_sentences_have_known_words():
    one, other = generated_text(longest=8), generated_text(longest=8)
    assert one == other
    assert len(one.train) > 1000
    assert {word for source, _ in one.valid for word in source} <= set(one.source.tokens)
    assert all(max(len(source), len(target)) <= 8 for source, target in one.train + one.valid)


def test_multi30k_in_short(real_data):
    text = multi30k_text("en", "de", longest=10, min_count=4)
    assert (len(text.train), len(text.valid)) == (7070, 240)
    assert "mann" in text.target.tokens
    assert "man" in text.source.tokens
