"""The captioner against the functions that it is made of, and two pictures learned by heart."""

import itertools
from functools import partial

import pytest
import torch

from rnncore.functional.cells import RNNState, gru_from_torch, gru_step
from rnncore.functional.decoding import (
    CaptionParams,
    caption_start,
    caption_step,
    greedy_decode,
    sentence_logprob,
)
from rnncore.functional.sequence import ReadoutParams
from rnncore.nn import GRU, LSTM
from rnncore.nn.models import Captioner

START, END = 2, 3


@pytest.fixture(autouse=True)
def seed():
    before = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(2)
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def _captioner(V=7, D=4, layer=GRU, H=5, **options):
    encoder = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, D))
    return Captioner(V, encoder, layer(D, H, batch_first=True, **options))


def _captions():
    """Two images with captions of three words and one word."""
    ids = torch.tensor([[START, 4, 5, 6, END], [START, 6, END, 0, 0]])
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    return torch.rand(2, 3, 2, 2), ids, mask


def _params(model):
    weights = {name: weight.detach() for name, weight in model.layer.state_dict().items()}
    cell = gru_from_torch(weights)
    return CaptionParams(
        model.embedding.weight.detach(), cell, ReadoutParams(model.readout.weight.detach().T, model.readout.bias)
    )


def test_the_module_and_the_steps_are_the_same_equation():
    model = _captioner().double()
    images, ids, _ = _captions()
    images = images.double()
    params = _params(model)
    nothing = RNNState(torch.zeros(2, 5, dtype=torch.float64))
    state = first = caption_start(gru_step, model.encoder(images), nothing, params)
    scores = model(images, ids)
    assert scores.shape == (2, 5, 7)
    for t in range(5):
        expected, state = caption_step(gru_step, ids[:, t], state, params)
        assert torch.allclose(scores[:, t], expected, rtol=0, atol=1e-12)
    written = greedy_decode(lambda *now: caption_step(gru_step, *now, params), first, ids[:, 0], END, 6)
    assert torch.equal(model.greedy(images, START, END, 6), written)


@pytest.mark.parametrize("layer", [LSTM, partial(LSTM, num_layers=2), partial(GRU, num_layers=2)])
def test_the_loss_is_the_probability_of_the_captions(layer):
    """Teacher forcing and one word after the other find the same probability, padding apart."""
    model = _captioner(layer=layer).double()
    images, ids, mask = _captions()
    images = images.double()
    with torch.no_grad():
        total = 0.0
        for image, row, n in zip(images, ids, mask.sum(1).tolist(), strict=True):
            state = model.start(image[None])
            parts = state if isinstance(state, tuple) else (state,)

            def step(tokens, state):
                hx = [part.transpose(0, 1) for part in state]
                hs, hx = model.layer(model.embedding(tokens[:, None]), tuple(hx) if len(hx) > 1 else hx[0])
                parts = hx if isinstance(hx, tuple) else (hx,)
                return model.readout(hs[:, 0]), [part.transpose(0, 1) for part in parts]

            rows = [part.transpose(0, 1) for part in parts]
            total += sentence_logprob(step, rows, row[None, 0], row[None, 1:n])
        loss = model.loss(images, ids, mask)
        assert float(loss) == pytest.approx(-float(total) / 6, rel=1e-12)
        changed = torch.where(mask, ids, 5)
        assert torch.equal(model.loss(images, changed, mask), loss)


def test_every_parameter_learns():
    model = _captioner(layer=LSTM, num_layers=2)
    model.loss(*_captions()).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert float(weight.grad.abs().max()) > 0, name


def test_a_beam_as_wide_as_all_captions_finds_the_best():
    model = _captioner(V=5, layer=LSTM).double()
    with torch.no_grad():
        model.readout.weight *= 5.0
        image = torch.rand(3, 2, 2, dtype=torch.float64)
        T, found = 3, []
        for n in range(1, T + 1):
            for words in itertools.product(range(5), repeat=n):
                if END in words[:-1] or (n < T and words[-1] != END):
                    continue
                scores = model(image[None], torch.tensor([[START, *words[:-1]]]))
                log_probs = torch.log_softmax(scores, dim=2)[0]
                found.append((float(log_probs[torch.arange(n), list(words)].sum()), list(words)))
    best = model.beam(image, START, END, T, width=len(found))
    assert best[0].ids == max(found)[1]
    assert best[0].log_prob == pytest.approx(max(found)[0], rel=1e-12)
    greedy = model.greedy(image[None], START, END, T)[0].tolist()
    (alone,) = model.beam(image, START, END, T, width=1)
    assert alone.ids + [END] * (len(greedy) - len(alone.ids)) == greedy


@pytest.mark.parametrize("layer", [LSTM, GRU])
def test_two_pictures_are_learned_by_heart(layer):
    model = _captioner(layer=layer, H=16, D=8)
    images, ids, mask = _captions()
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-2)
    for _ in range(80):
        optimiser.zero_grad()
        model.loss(images, ids, mask).backward()
        optimiser.step()
    assert model.loss(images, ids, mask).item() < 0.1
    assert model.greedy(images, START, END, 9).tolist() == [[4, 5, 6, END], [6, END, END, END]]
    assert [model.beam(image, START, END, 9, 3)[0].ids for image in images] == [[4, 5, 6, END], [6, END]]


def test_wrong_parts_are_named():
    encoder = torch.nn.Flatten()
    with pytest.raises(ValueError, match="layer must have bidirectional=False; got bidirectional=True"):
        Captioner(5, encoder, GRU(12, 3, batch_first=True, bidirectional=True))
    with pytest.raises(ValueError, match="layer must have batch_first=True; got batch_first=False"):
        Captioner(5, encoder, GRU(12, 3))
    model = Captioner(5, encoder, GRU(7, 3, batch_first=True))
    with pytest.raises(ValueError, match=r"the encoder's codes must be \(2, 7\); got \(2, 12\)"):
        model(torch.zeros(2, 3, 2, 2), torch.zeros(2, 4, dtype=torch.int64))
