"""Every model learns a small task that chance or a model without memory cannot solve."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, mse_loss

from rnncore.functional.decoding import beam_search, sentence_logprob
from rnncore.nn import GRU, LSTM
from rnncore.nn.models import Classifier, Forecaster, LanguageModel, Tagger


@pytest.fixture(autouse=True)
def seed():
    before = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(2)
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def _train(model, loss, steps, learning_rate=1e-2):
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for _ in range(steps):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    return model.eval()


def _ragged(B, T, V):
    lengths = torch.randint(2, T + 1, (B,))
    return torch.randint(1, V, (B, T)) * (torch.arange(T) < lengths[:, None]), lengths


def test_the_tagger_learns_what_the_next_word_is():
    """The tag of a word is the word after it, which only the backward direction sees."""
    model = Tagger(6, 6, GRU(8, 24, batch_first=True, bidirectional=True))

    def draw():
        ids, lengths = _ragged(32, 8, 6)
        tags = torch.cat([ids[:, 1:], ids[:, :1] * 0], dim=1)
        return ids, lengths, tags, torch.arange(8) < lengths[:, None] - 1

    def loss():
        ids, lengths, tags, there = draw()
        return cross_entropy(model(ids, lengths)[there], tags[there])

    _train(model, loss, 100)
    ids, lengths, tags, there = draw()
    assert float((model(ids, lengths).argmax(2) == tags)[there].float().mean()) > 0.95


def test_the_classifier_learns_order():
    """Whether 1 comes before 2: a bag of words is at chance."""
    model = Classifier(6, 2, LSTM(8, 16, batch_first=True))

    def draw():
        ids = torch.randint(3, 6, (64, 6))
        places = torch.rand(64, 6).argsort(1)[:, :2]
        ids.scatter_(1, places, torch.tensor([[1, 2]]).expand(64, 2))
        return ids, (places[:, 0] < places[:, 1]).long()

    def loss():
        ids, labels = draw()
        return cross_entropy(model(ids, [6] * 64), labels)

    _train(model, loss, 150)
    ids, labels = draw()
    assert float((model(ids, [6] * 64).argmax(1) == labels).float().mean()) > 0.95


def test_the_language_model_learns_what_needs_memory():
    """The words go round in blocks a a b b: the next word needs the last two."""
    model = LanguageModel(2, GRU(4, 16, batch_first=True))

    def draw():
        return (torch.arange(13) + torch.randint(4, (32, 1))) // 2 % 2

    def loss():
        ids = draw()
        return cross_entropy(model(ids[:, :-1])[0][:, 2:].transpose(1, 2), ids[:, 3:])

    _train(model, loss, 100)
    assert loss().item() < 0.05 < math.log(2)
    ids = draw()
    scores, _ = model(ids)
    _, hx = model(ids[:, :7])
    assert torch.allclose(model(ids[:, 7:], hx)[0], scores[:, 7:], atol=1e-5)


@pytest.mark.parametrize("layer", [GRU(4, 5, 2, batch_first=True), LSTM(4, 5, batch_first=True)], ids=["GRU", "LSTM"])
def test_a_language_model_is_a_decoder(layer):
    model, ids = LanguageModel(7, layer), torch.randint(7, (3, 6))
    with torch.no_grad():
        log_probs = model(ids)[0].log_softmax(2)
    want = log_probs[:, :-1].gather(2, ids[:, 1:, None]).sum(1)[:, 0]
    got = sentence_logprob(model.decoder, model.begin(3), ids[:, 0], ids[:, 1:])
    assert torch.allclose(got, want, atol=1e-5)
    assert not got.requires_grad
    one = beam_search(model.decoder, model.begin(1), ids[:1, 0], -1, 4, 3)
    again = sentence_logprob(model.decoder, model.begin(1), ids[:1, 0], torch.tensor([one[0].ids]))
    assert one[0].log_prob == pytest.approx(float(again), rel=1e-5)


def test_the_forecaster_learns_a_wave():
    """Sines of unknown phase; the last value alone leaves the direction open."""
    model = Forecaster(3, GRU(1, 16, batch_first=True))

    def draw():
        waves = torch.sin(0.6 * torch.arange(13.0) + 2 * math.pi * torch.rand(64, 1))
        return waves[:, :10, None], waves[:, 10:]

    def loss():
        windows, future = draw()
        return mse_loss(model(windows), future)

    _train(model, loss, 150)
    assert loss().item() < 0.01


def test_padding_changes_nothing():
    ids, lengths = _ragged(4, 6, 5)
    tagger = Tagger(5, 3, GRU(4, 4, batch_first=True, bidirectional=True))
    classifier = Classifier(5, 3, GRU(4, 4, batch_first=True, bidirectional=True))
    filled = torch.where(torch.arange(6) < lengths[:, None], ids, 4)
    there = torch.arange(6) < lengths[:, None]
    assert torch.equal(tagger(filled, lengths)[there], tagger(ids, lengths)[there])
    assert torch.equal(classifier(filled, lengths), classifier(ids, lengths))


def test_wrong_layers_and_lengths_are_named():
    with pytest.raises(ValueError, match="layer must have batch_first=True; got batch_first=False"):
        Tagger(5, 2, GRU(3, 4))
    both = GRU(3, 4, batch_first=True, bidirectional=True)
    with pytest.raises(ValueError, match="layer must have bidirectional=False"):
        LanguageModel(5, both)
    for lengths in ([3], [0, 3], [4, 3]):
        with pytest.raises(ValueError, match="lengths must be 2 numbers from 1 to 3; got"):
            Tagger(5, 2, both)(torch.zeros(2, 3, dtype=torch.int64), lengths)
