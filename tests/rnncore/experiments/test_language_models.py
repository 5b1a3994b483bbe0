"""Experiments of language models on small texts: what they train on, what they measure, and their bands."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from rnncore.experiments import library as library_module
from rnncore.experiments.bracket_unit import cell_states, cost_of_holding, open_brackets
from rnncore.experiments.library import Library, measure_library
from rnncore.experiments.likeliest import Likeliest, begin_name, measure_likeliest, train_on_names
from rnncore.experiments.ranking import Ranking, measure_ranking
from rnncore.experiments.recorded import CHORALES, LIBRARY, MELODY, SHAKESPEARE
from rnncore.experiments.text_reader import (
    cost_of_sequences,
    cost_of_text,
    train_on_sequences,
    train_on_text,
)
from rnncore.functional.decoding import beam_search, sample, sentence_logprob
from rnncore.functional.metrics import bits_per_character
from rnncore.nn import LSTM
from rnncore.nn.models import LanguageModel
from rnncore.tasks.batching import shift_targets, tbptt_batches
from rnncore.tasks.chords import read_chords
from rnncore.tasks.ngram import absolute_discounting
from rnncore.tasks.text import Text
from rnncore.tasks.vocab import BOS, EOS

CPU = torch.device("cpu")


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LanguageModel(6, LSTM(4, 5, batch_first=True))


def test_the_state_is_carried_from_piece_to_piece():
    """In pieces of one step, only a carried state tells the first of a pair from the second: else log 2."""
    text = np.tile([1, 1, 2, 2], 200)
    torch.manual_seed(0)
    learned = train_on_text(
        tbptt_batches, text, 3, cell="RNN", H=16, B=2, T=1, steps=300, learning_rate=3e-2, device=CPU
    )
    assert learned.losses[:10].mean() > 0.65
    assert learned.losses[-10:].mean() < 0.1
    assert cost_of_text(learned.model, text[:60])[4:].max() < 0.3


def test_a_text_costs_the_same_however_many_tokens_are_read_at_a_time(model):
    ids = np.random.default_rng(0).integers(0, 6, size=50)
    scores, _ = model(torch.tensor(ids[None, :-1]))
    want = cross_entropy(scores[0], torch.tensor(ids[1:]), reduction="none").detach().numpy()
    for T in (1, 7, 49, 1000):
        assert np.allclose(cost_of_text(model, ids, T), want, atol=1e-5)


def test_sequences_cost_what_the_decoder_says(model):
    sequences = [[2, 4, 5, 3], [2, 5, 3]]
    nats = cost_of_sequences(shift_targets, sequences, model)
    want = [
        -float(sentence_logprob(model.decoder, model.begin(1), torch.tensor([2]), torch.tensor([ids[1:]]))[0])
        for ids in sequences
    ]
    assert [nats[:3].sum(), nats[3:].sum()] == pytest.approx(want, rel=1e-5)


def test_sequences_are_learned(model):
    sequences = [[2, 4, 4, 5, 3], [2, 5, 4, 3]] * 8
    options = {"B": 4, "steps": 300, "learning_rate": 3e-2, "device": CPU}
    train_on_sequences(shift_targets, sequences, model, np.random.default_rng(0), **options)
    assert cost_of_sequences(shift_targets, [[2, 4, 4, 5, 3]], model)[1:].max() < 0.1


def test_brackets_in_code_are_found_and_those_in_texts_are_not():
    source = 'f(1, [2])\nx = "("  # (\ny = {\n}\n'
    inside = open_brackets(source)
    assert "".join(c for c, open_ in zip(source, inside, strict=True) if open_) == "(1, [2]{\n"


def test_the_states_are_those_of_the_layer(model):
    ids = np.array([1, 4, 2, 5])
    _, (_, c) = model(torch.tensor(ids[None]))
    assert np.allclose(cell_states(model, ids)[-1], c[0, 0].detach().numpy(), atol=1e-6)


def test_a_unit_that_nobody_reads_costs_nothing_to_hold(model):
    ids = np.random.default_rng(0).integers(0, 6, size=30)
    with torch.no_grad():
        model.layer.weight_hh_l0[:, 2] = 0.0
        model.readout.weight[:, 2] = 0.0
    rise = cost_of_holding(model, ids)
    assert rise.shape == (5, 29)
    assert np.abs(rise[2]).max() < 1e-5
    assert np.abs(rise[[0, 1, 3, 4]]).max(axis=1).min() > 1e-4


def test_the_library_is_read(monkeypatch):
    monkeypatch.setattr(library_module, "python_library", lambda: Text("def f(x):\n" * 60, "", "def f(x):\n" * 9))
    functions = tbptt_batches, absolute_discounting, bits_per_character
    found = measure_library(*functions, (0, 1), orders=(1, 3), steps=8, H=8, B=2, T=8)
    assert found.lstm.shape == (2,)
    assert np.all(found.ngram < [4.0, 0.5])
    assert len(found.trained) == 2
    assert "3-gram" in str(found)
    assert found.figure().axes


def test_the_band_of_the_library():
    found = Library((0,), (1, 2), 1, np.array([3.0, 2.3]), np.array([3.0, 1.0]), np.array([2.1]))
    assert found.holds
    assert not replace(found, lstm=np.array([2.25])).holds


def test_trips_are_ranked():
    found = measure_ranking(
        shift_targets, sentence_logprob, absolute_discounting, (0,), orders=(3, 17), N=200, steps=3, H=8
    )
    assert found.ngram.shape == (1, 2)
    assert 0.0 <= found.lstm[0] < 0.6
    assert len(found.counted) == 2
    assert "17-gram" in str(found)
    assert found.figure().axes


def test_the_band_of_the_ranking():
    found = Ranking((0,), (3, 5), np.array([[0.12, 0.5]]), np.array([1.0]))
    assert found.holds
    assert not replace(found, lstm=np.array([0.8])).holds
    assert not replace(found, ngram=np.array([[0.4, 0.5]])).holds


def test_names_are_ended():
    functions = shift_targets, bits_per_character, sample, beam_search
    found = measure_likeliest(*functions, (0,), widths=(1, 2), N=3, steps=3, H=8)
    assert found.cost.shape == found.length.shape == (1, 2)
    assert "drawn: length" in str(found)
    assert len(found.figure().axes) == 2


def test_a_name_that_is_begun_goes_on_from_its_letters():
    namer = train_on_names(shift_targets, bits_per_character, steps=2, H=8)
    assert len(namer.unread) == 150
    decoder, state, last = begin_name(namer, "cr")
    c, r = namer.vocab.encode("cr")
    assert last.tolist() == [r]
    whole = torch.tensor([[c, r, EOS]])
    log_p = sentence_logprob(decoder, namer.model.begin(1), torch.tensor([BOS]), whole)
    first = sentence_logprob(decoder, namer.model.begin(1), torch.tensor([BOS]), whole[:, :2])
    rest = sentence_logprob(decoder, state, last, whole[:, 2:])
    assert float(log_p) == pytest.approx(float(first + rest), rel=1e-5)
    assert begin_name(namer, "")[2].tolist() == [BOS]


def test_the_band_of_the_likeliest():
    widths = (1, 16)
    found = Likeliest(
        (0,), widths, np.array([[9.0, 4.0]]), np.array([[20.0, 6.0]]), np.array([14.0]), np.array([15.0]), np.ones(1)
    )
    assert found.holds
    assert not replace(found, cost=np.array([[9.0, 8.0]])).holds
    assert not replace(found, length=np.array([[20.0, 12.0]])).holds
    assert not replace(found, drawn=np.array([22.0])).holds


def test_a_band_about_networks_that_were_left_out_is_not_judged():
    lstm = SHAKESPEARE.models.index("LSTM")
    alone = replace(SHAKESPEARE, models=("LSTM",), scores=SHAKESPEARE.scores[:, [lstm]])
    assert [band.quantities for band in alone.bands] == [("LSTM",)]
    assert len(SHAKESPEARE.bands) == 2


@pytest.mark.parametrize("found", [SHAKESPEARE, CHORALES, LIBRARY], ids=lambda found: type(found).__name__)
def test_what_was_recorded_can_be_printed_and_drawn(found):
    assert found.holds
    assert "The claim holds (3 seeds" in str(found)
    assert found.figure().axes


def test_the_recorded_melody_has_chords():
    assert len(MELODY) == 32
    assert sum(len(keys) >= 3 for keys in read_chords(MELODY)) > 24
