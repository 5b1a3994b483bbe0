"""Words, ids, padding and batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncore.tasks.batching import pad_batch, shift_targets, tbptt_batches
from rnncore.tasks.vocab import BOS, EOS, PAD, SPECIAL, UNK, Vocab, build_vocab, decode, encode, tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("Dog bites man.", ["dog", "bites", "man", "."]),
        ("Don't stop, Anna-Lena!", ["don't", "stop", ",", "anna-lena", "!"]),
        ("in 1990 (Elman)", ["in", "1990", "(", "elman", ")"]),
        ("Zwei Männer -- Häuser", ["zwei", "männer", "-", "-", "häuser"]),
        ("a_b\n c", ["a", "_", "b", "c"]),
    ],
)
def test_tokenize(text, tokens):
    assert tokenize(text) == tokens


@given(st.text())
def test_tokenize_loses_nothing_but_space_and_case(text):
    kept = "".join(tokenize(text))
    assert [c for c in kept if c.isalnum()] == [c for c in text.lower() if c.isalnum()]
    assert not any(c.isspace() for c in kept)


def test_vocab_ranks_by_frequency_and_knows_what_it_does_not_know():
    vocab = Vocab.build([["b", "a", "c"], ["c", "b"], ["c"]])
    assert vocab.tokens == (*SPECIAL, "c", "b", "a")
    assert len(vocab) == 7
    assert vocab.encode(["a", "x"], bos=True, eos=True) == [BOS, 6, UNK, EOS]
    assert vocab.decode([BOS, 6, UNK, EOS, 4, PAD]) == ["a", "<unk>"]
    assert Vocab.build([["a", "a", "b"]], min_count=2).tokens == (*SPECIAL, "a")
    assert Vocab.build([["a", "a", "b"]], max_size=5).tokens == (*SPECIAL, "a")
    assert Vocab.build([["<pad>", "a"]]).tokens == (*SPECIAL, "a")


@given(st.lists(st.text(min_size=1, max_size=3).filter(lambda t: t not in SPECIAL), max_size=8))
def test_decoding_undoes_encoding(tokens):
    vocab = Vocab.build([tokens])
    assert vocab.decode(vocab.encode(tokens, bos=True, eos=True)) == tokens


def test_a_vocab_is_its_functions_in_one():
    sentences = [["b", "a", "c"], ["c", "b"], ["c"]]
    vocab = Vocab.build(sentences, min_count=2, max_size=5)
    tokens = build_vocab(sentences, min_count=2, max_size=5)
    assert vocab.tokens == (*SPECIAL, "c")
    assert tokens == [*SPECIAL, "c"]
    ids = encode(["c", "a"], {token: i for i, token in enumerate(tokens)}, bos=True, eos=True)
    assert ids == vocab.encode(["c", "a"], bos=True, eos=True) == [BOS, 4, UNK, EOS]
    assert decode(ids, tokens) == vocab.decode(ids) == ["c", "<unk>"]


def test_vocab_says_what_is_wrong():
    with pytest.raises(ValueError, match="must begin with"):
        Vocab(("a", "b"))
    with pytest.raises(ValueError, match="more than once"):
        Vocab((*SPECIAL, "a", "a"))
    with pytest.raises(ValueError, match="at least 4; got 3"):
        Vocab.build([], max_size=3)
    for i in (-1, 5):
        with pytest.raises(ValueError, match=f"from 0 to 4; got {i}"):
            Vocab.build([["a"]]).decode([i])


def test_pad_batch():
    ids, mask = pad_batch([[4, 5, 0], [], [6]])
    assert ids.tolist() == [[4, 5, 0], [0, 0, 0], [6, 0, 0]]
    assert mask.tolist() == [[True] * 3, [False] * 3, [True, False, False]]
    assert ids.dtype == np.int64
    assert pad_batch([[4], [5, 6]], pad=-1).ids.tolist() == [[4, -1], [5, 6]]
    assert pad_batch([[], []]).ids.shape == (2, 0)
    with pytest.raises(ValueError, match="at least one"):
        pad_batch([])


def test_targets_are_the_ids_one_step_ahead():
    inputs, targets = shift_targets(np.array([[2, 7, 8, 3], [2, 9, 3, 0]]))
    assert inputs.tolist() == [[2, 7, 8], [2, 9, 3]]
    assert targets.tolist() == [[7, 8, 3], [9, 3, 0]]
    for shape in ((3,), (3, 1)):
        with pytest.raises(ValueError, match="T at least 2"):
            shift_targets(np.zeros(shape, dtype=np.int64))


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 40))
def test_pieces_of_a_stream_follow_each_other(B, T, more):
    ids = np.arange(B * T + 1 + more)
    pieces = tbptt_batches(ids, B, T)
    inputs = np.concatenate([piece.inputs for piece in pieces], axis=1)
    targets = np.concatenate([piece.targets for piece in pieces], axis=1)
    assert np.array_equal(targets, inputs + 1)
    assert np.all(np.diff(inputs, axis=1) == 1)
    assert all(piece.inputs.shape == (B, T) for piece in pieces)
    assert len(ids) - 1 - inputs.size < B * T + B
    assert len(np.unique(inputs)) == inputs.size


def test_a_text_too_short_for_one_piece_is_refused():
    with pytest.raises(ValueError, match="at least 13"):
        tbptt_batches(np.arange(12), 3, 4)
    assert len(tbptt_batches(np.arange(13), 3, 4)) == 1
