"""Seq2Seq with every attention: against torch's layers row by row without padding, and at work."""

import pytest
import torch
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from rnncore.functional.decoding import keep_top_k, sentence_logprob
from rnncore.functional.learning import relative_error
from rnncore.nn import GRU, LSTM, RNN, ClockworkRNN
from rnncore.nn.models import Seq2Seq
from rnncore.nn.models.seq2seq import ATTENTIONS

HALF_WIDTH = 1.5
WIDTHS = {"dot": 4}
"""The decoder's H where it is not 3; the encoder's output has 4 columns."""


@pytest.fixture(autouse=True)
def seed():
    before = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(2)
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def _model(attention, decoder=LSTM, num_layers=2, V=7):
    encoder = GRU(3, 2, batch_first=True, bidirectional=True, num_layers=num_layers)
    decoder = decoder(5, WIDTHS.get(attention, 3), num_layers, batch_first=True)
    return Seq2Seq(V, V, encoder, decoder, attention, HALF_WIDTH).double()


def _like_torch(layer, *given):
    """torch's layer with the weights of ours."""
    theirs = getattr(torch.nn, type(layer).__name__)(
        layer.input_size, layer.hidden_size, layer.num_layers, bidirectional=layer.bidirectional, dtype=torch.float64
    )
    return functional_call(theirs, dict(layer.named_parameters()), given)


def _score(name, attention, q, k):
    """How well one query fits one key."""
    if name == "dot":
        return q @ k
    if name == "additive":
        return attention.v @ torch.tanh(q @ attention.W_q + k @ attention.W_k)
    return q @ attention.W @ k


def _row(model, name, source, target):
    """Scores (T, V) and weights (T, S) of one pair of sentences without padding."""
    S, H = len(source), model.reader.layer.hidden_size
    keys, _ = _like_torch(model.reader.layer, model.reader.embedding.weight[source])
    summary = torch.cat([keys[-1, :H], keys[0, H:]])
    parts = torch.tanh(model.summary.weight @ summary + model.summary.bias).reshape(model.decoder.num_layers, -1)
    hx = parts.chunk(2, dim=1) if isinstance(model.decoder, LSTM) else parts
    hs, _ = _like_torch(model.decoder, model.embedding.weight[target], hx)
    if name == "none":
        weights, seen = torch.zeros(len(target), S), hs
    else:
        scores = torch.stack([torch.stack([_score(name, model.attention, q, k) for k in keys]) for q in hs])
        if name == "local":
            p = S * torch.sigmoid(torch.tanh(hs @ model.attention.W_p) @ model.attention.v_p)
            away = torch.arange(S) - p[:, None]
            scores = scores.masked_fill(away.abs() > HALF_WIDTH, -torch.inf)
            weights = scores.softmax(1).nan_to_num(0.0) * torch.exp(-(away**2) / (2 * (HALF_WIDTH / 2) ** 2))
        else:
            weights = scores.softmax(1)
        seen = torch.cat([weights @ keys, hs], dim=1)
    return torch.tanh(seen @ model.combine.weight.T) @ model.readout.weight.T + model.readout.bias, weights


@pytest.mark.parametrize(("B", "S", "T"), [(1, 1, 1), (3, 4, 2)])
@pytest.mark.parametrize(("decoder", "num_layers"), [(LSTM, 2), (GRU, 1)])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_values_and_gradients_are_those_of_torch_row_by_row(attention, decoder, num_layers, B, S, T):
    model = _model(attention, decoder, num_layers)
    lengths = [S, *torch.randint(1, S + 1, (B - 1,)).tolist()]
    source, target = torch.randint(7, (B, S)), torch.randint(7, (B, T))
    rows = [_row(model, attention, source[b, :n], target[b]) for b, n in enumerate(lengths)]
    expected = torch.stack([scores for scores, _ in rows])
    scores, weights = model(source, lengths, target)
    assert relative_error(scores.detach(), expected.detach()) < 1e-9
    for b, n in enumerate(lengths):
        assert torch.allclose(weights[b, :, :n], rows[b][1].double(), rtol=0, atol=1e-12)
        assert not weights[b, :, n:].any()
    leaves, dscores = list(model.parameters()), torch.randn_like(scores)
    theirs = torch.autograd.grad(expected, leaves, dscores)
    for ours, other in zip(torch.autograd.grad(scores, leaves, dscores), theirs, strict=True):
        assert relative_error(ours, other) < 1e-9


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_padding_changes_nothing(attention):
    model, lengths = _model(attention), torch.tensor([5, 2, 1])
    source, target = torch.randint(7, (3, 5)), torch.randint(7, (3, 4))
    filled = torch.where(torch.arange(5) < lengths[:, None], source, 6 - source)
    longer = torch.cat([filled, filled], dim=1)
    scores, weights = model(source, lengths, target)
    assert torch.equal(model(filled, lengths, target)[0], scores)
    more, wider = model(longer, lengths, target)
    assert torch.allclose(more, scores, rtol=0, atol=1e-12)
    assert torch.allclose(wider[:, :, :5], weights, rtol=0, atol=1e-12)
    assert not wider[:, :, 5:].any()


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_word_at_a_time_is_the_whole_sentence(attention):
    """The state carries all that the decoder needs, so both ways give the same probabilities."""
    model, lengths = _model(attention), [4, 2, 3]
    source, ids = torch.randint(7, (3, 4)), torch.randint(7, (3, 5))
    given = torch.cat([torch.ones(3, 1, dtype=torch.int64), ids[:, :-1]], dim=1)
    whole = model(source, lengths, given)[0].log_softmax(2).gather(2, ids[:, :, None]).sum((1, 2))
    stepwise = sentence_logprob(*model.begin(source, lengths, 1), ids)
    assert relative_error(stepwise.detach(), whole.detach()) < 1e-9


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_decoders_agree_where_they_must(attention, rng):
    model, lengths = _model(attention), [4, 2, 3]
    source = torch.randint(7, (3, 4))
    greedy = model.greedy(source, lengths, 1, 6)
    assert greedy.shape == (3, 6)
    certain = model.sample(source, lengths, 1, 6, rng, lambda scores: keep_top_k(scores, 1))
    assert torch.equal(certain, greedy)
    for row, found in zip(greedy, model.beam(source, lengths, 1, 6, -1, 1), strict=True):
        assert [hypothesis.ids for hypothesis in found] == [row.tolist()]
    end = int(greedy[0, 2])
    ended = model.greedy(source, lengths, 1, 6, end)[0].tolist()
    assert ended[: ended.index(end) + 1] == greedy[0, : ended.index(end) + 1].tolist()
    found = model.beam(source, torch.tensor(lengths), 1, 6, end, 4, 1.0)
    assert [len(hypotheses) for hypotheses in found] == [4, 4, 4]
    for b, hypotheses in enumerate(found):
        for ids, log_prob in hypotheses:
            begin = model.begin(source[b : b + 1], lengths[b : b + 1], 1)
            assert float(sentence_logprob(*begin, torch.tensor([ids])).detach()) == pytest.approx(log_prob, rel=1e-9)


def _strings(B, T, V):
    """Ragged strings and the same from back to front; 0 pads."""
    lengths = torch.randint(2, T + 1, (B,))
    there = torch.arange(T) < lengths[:, None]
    source = torch.randint(1, V, (B, T)) * there
    return source, lengths, source.gather(1, (lengths[:, None] - 1 - torch.arange(T)) % T) * there


@pytest.mark.slow
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_it_learns_to_reverse(attention):
    """The source must be remembered: a guess is right for one string in 25 at the best."""
    V, T = 6, 4
    encoder = GRU(12, 12, batch_first=True, bidirectional=True)
    model = Seq2Seq(V, V, encoder, GRU(12, 24, batch_first=True), attention, half_width=2.0)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(150):
        source, lengths, target = _strings(32, T, V)
        given = torch.cat([target[:, :1] * 0, target[:, :-1]], dim=1)
        loss = cross_entropy(model(source, lengths, given)[0].transpose(1, 2), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    source, lengths, target = _strings(200, T, V)
    assert float((model.greedy(source, lengths, 0, T) == target).all(1).float().mean()) > 0.6


def test_wrong_arguments_are_named(rng):
    one, both = GRU(5, 3, batch_first=True), GRU(3, 2, batch_first=True, bidirectional=True)
    for decoder, options, message in [
        (GRU(5, 3), {}, "batch_first=True; got batch_first=False"),
        (both, {}, "decoder must have bidirectional=False; got bidirectional=True"),
        (ClockworkRNN(5, 4, (1, 2), batch_first=True), {}, "whole state in hx; got a ClockworkRNN"),
        (one, {"attention": "global"}, "one of none, dot, general, additive, local; got 'global'"),
        (one, {"attention": "dot"}, "keys must be as wide as queries, 3; got 4"),
        (one, {"attention": "local", "half_width": 0.0}, "D must be above 0; got 0.0"),
    ]:
        with pytest.raises(ValueError, match=message):
            Seq2Seq(7, 7, both, decoder, **options)
    model, source = Seq2Seq(7, 7, both, one), torch.zeros(2, 3, dtype=torch.int64)
    for lengths in ([3], [0, 3], [4, 3]):
        for use in (
            lambda lengths: model(source, lengths, source),
            lambda lengths: model.greedy(source, lengths, 1, 2),
            lambda lengths: model.sample(source, lengths, 1, 2, rng),
            lambda lengths: model.beam(source, lengths, 1, 2, 0, 2),
        ):
            with pytest.raises(ValueError, match="lengths must be 2 numbers from 1 to 3; got"):
                use(lengths)
    with pytest.raises(ValueError, match="T must be at least 1; got 0"):
        model.greedy(source, [3, 3], 1, 0)
    with pytest.raises(ValueError, match="T and width must be at least 1; got 2 and 0"):
        model.beam(source, [3, 3], 1, 2, 0, 0)


@pytest.mark.parametrize("decoder", [RNN, LSTM])
def test_nan_is_not_hidden(decoder):
    model = _model("general", decoder)
    source = torch.tensor([[1, 2], [3, 4]])
    with torch.no_grad():
        model.reader.embedding.weight[2] = torch.nan
    lost = model(source, [2, 2], source)[0].isnan().all(2)
    assert torch.equal(lost, torch.tensor([[True, True], [False, False]]))
    assert not model(source, [1, 2], source)[0].isnan().any()
    with pytest.raises(ValueError, match="scores must be numbers; got NaN"):
        model.greedy(source, [2, 2], 1, 3)
