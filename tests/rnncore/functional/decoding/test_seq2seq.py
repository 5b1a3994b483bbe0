"""Encoder, decoder and loss as functions. Oracles: the module `Seq2Seq`, torch's cross entropy, and the law that
padding changes nothing."""

import numpy as np
import pytest
import torch

from rnncore.functional.base import map_tree
from rnncore.functional.cells import gru_from_torch
from rnncore.functional.decoding import (
    DecoderParams,
    EncoderParams,
    decode_step,
    encode_source,
    greedy_decode,
    init_seq2seq_params,
    teacher_forced_loss,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import ReadoutParams
from rnncore.nn import GRU
from rnncore.nn.models import Seq2Seq
from rnncore.tasks.vocab import BOS, EOS

V, D, H, Q = 9, 3, 2, 5
SOURCE, LENGTHS = np.array([[4, 5, 8, 3], [7, 3, 0, 0], [6, 6, 3, 0]]), [4, 2, 3]
TARGET = np.array([[2, 6, 7, 4, 3], [2, 8, 3, 0, 0], [2, 3, 0, 0, 0]])


@pytest.fixture
def module():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        encoder = GRU(D, H, batch_first=True, bidirectional=True)
        return Seq2Seq(V, V, encoder, GRU(D, Q, batch_first=True), "general").double()


@pytest.fixture
def params(module):
    """The module's weights, in our form."""
    arrays = {name: weight.numpy() for name, weight in module.state_dict().items()}

    def gru(layer, end=""):
        names = [name for name in arrays if name.startswith(layer) and name.endswith(f"l0{end}")]
        return gru_from_torch({name.removeprefix(layer).removesuffix(end): arrays[name] for name in names})

    encoder = EncoderParams(
        arrays["reader.embedding.weight"],
        gru("reader.layer."),
        gru("reader.layer.", "_reverse"),
        arrays["summary.weight"].T,
        arrays["summary.bias"],
    )
    readout = ReadoutParams(arrays["readout.weight"].T, arrays["readout.bias"])
    attention, mixture = arrays["attention.W"], arrays["combine.weight"].T
    return encoder, DecoderParams(arrays["embedding.weight"], gru("decoder."), attention, mixture, readout)


def test_the_functions_are_the_module(module, params, library):
    encoder, decoder = map_tree(library, params)
    source, target = library(SOURCE), library(TARGET)
    with torch.no_grad():
        scores, weights = module(torch.tensor(SOURCE), LENGTHS, torch.tensor(TARGET[:, :-1]))
    state = encode_source(source, LENGTHS, encoder)
    for t in range(TARGET.shape[1] - 1):
        ours, state, looked = decode_step(target[:, t], state, decoder)
        assert relative_error(ours, scores[:, t]) < 1e-9
        assert relative_error(looked, weights[:, t]) < 1e-9


def test_greedy_sentences_are_the_modules(module, params):
    encoder, decoder = params
    state = encode_source(SOURCE, LENGTHS, encoder)
    words = greedy_decode(lambda y, s: decode_step(y, s, decoder)[:2], state, np.full(3, BOS), EOS, 7)
    assert np.array_equal(words, module.greedy(torch.tensor(SOURCE), LENGTHS, BOS, 7, EOS).numpy())


def test_the_loss_is_torchs(module, params):
    encoder, decoder = params
    with torch.no_grad():
        scores, _ = module(torch.tensor(SOURCE), LENGTHS, torch.tensor(TARGET[:, :-1]))
    want = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), torch.tensor(TARGET[:, 1:]).flatten(), ignore_index=0
    )
    state = encode_source(SOURCE, LENGTHS, encoder)
    loss = teacher_forced_loss(lambda y, s: decode_step(y, s, decoder)[:2], state, TARGET, TARGET != 0)
    assert relative_error(loss, want) < 1e-9


def test_padding_changes_nothing(rng):
    """Neither what stands in it nor how much of it there is."""
    params = init_seq2seq_params(V, V, D, H, Q, rng)

    def loss(source, target, mask):
        state = encode_source(source, LENGTHS, params.encoder)
        return teacher_forced_loss(lambda y, s: decode_step(y, s, params.decoder)[:2], state, target, mask)

    more = np.zeros((3, 2), dtype=int)
    source, target = np.hstack([SOURCE, more]), np.hstack([TARGET, more])
    real = np.arange(6) < np.array(LENGTHS)[:, None], target != 0
    dirty = (
        np.where(mask, ids, rng.integers(1, V, size=ids.shape))
        for ids, mask in zip((source, target), real, strict=True)
    )
    want = loss(SOURCE, TARGET, TARGET != 0)
    assert relative_error(loss(source, target, real[1]), want) < 1e-12
    assert relative_error(loss(*dirty, real[1]), want) < 1e-12


def test_a_target_without_a_word_to_predict_is_refused(rng):
    with pytest.raises(ValueError, match="T at least 2"):
        teacher_forced_loss(lambda y, s: (np.zeros((1, 3)), s), 0, np.array([[2]]), np.array([[True]]))
