"""Readers of lines: shapes, torch's CTC and ours, padding, and two strips learned by heart."""

import numpy as np
import pytest
import torch

from rnncore.functional.decoding import ctc_loss
from rnncore.functional.sequence import conv_to_sequence, video_features
from rnncore.nn import GRU, LSTM
from rnncore.nn.models import CRNN, Transcriber


@pytest.fixture(autouse=True)
def seed():
    before = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(2)
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def _crnn(height=6, K=4, H=5, channels=(2, 3), layer=GRU, **options):
    D = channels[-1] * (height // 2 ** len(channels))
    return CRNN(height, K, layer(D, H, batch_first=True, bidirectional=True, **options), channels)


def _strips(B=3, height=6, dtype=torch.float32):
    """Images of widths 12, 9 and 7, and their labels."""
    images = torch.rand(B, 1, height, 12, dtype=dtype)
    targets = torch.tensor([[1, 1, 2], [3, 2, 0], [1, 0, 0]])
    return images, [12, 9, 7][:B], targets[:B], [3, 2, 1][:B]


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 1, 5), (3, 1, 4, 2), (2, 3, 4, 5)])
def test_a_step_of_the_sequence_is_a_column_of_all_maps(library, shape):
    B, C, H, W = shape
    maps = library(np.random.default_rng(0).normal(size=shape))
    columns = conv_to_sequence(maps)
    assert tuple(columns.shape) == (B, W, C * H)
    for b, c, h, w in np.ndindex(*shape):
        assert columns[b, w, c * H + h] == maps[b, c, h, w]


@pytest.mark.parametrize("shape", [(1, 1, 1, 1, 1), (2, 3, 1, 4, 5), (3, 2, 3, 1, 2)])
def test_every_picture_is_described_by_itself(library, shape):
    films = library(np.random.default_rng(0).normal(size=shape))

    def describe(pictures):
        return pictures[:, 0, :, 0] * 2.0

    features = video_features(describe, films)
    assert tuple(features.shape) == (*shape[:2], shape[3])
    for b, t in np.ndindex(*shape[:2]):
        assert bool((features[b, t] == describe(films[b, t][None])[0]).all())


def test_wrong_images_and_films_are_named():
    with pytest.raises(ValueError, match=r"maps must be \(B, C, H, W\); got \(2, 3, 4\)"):
        conv_to_sequence(np.zeros((2, 3, 4)))
    with pytest.raises(ValueError, match=r"films must be \(B, T, C, H, W\); got \(2, 3, 4, 5\)"):
        video_features(lambda pictures: pictures, np.zeros((2, 3, 4, 5)))
    with pytest.raises(ValueError, match=r"the result of describe must be \(6, D\); got \(6, 1, 4, 5\)"):
        video_features(lambda pictures: pictures, np.zeros((2, 3, 1, 4, 5)))


def test_shapes_and_probabilities():
    images, widths, *_ = _strips()
    log_probs, steps = _crnn()(images, widths)
    assert log_probs.shape == (3, 6, 4)
    assert steps.tolist() == [6, 4, 3]
    assert torch.allclose(log_probs.exp().sum(2), torch.ones(3, 6))
    one = CRNN(3, 2, LSTM(4, 1, batch_first=True), (4,))
    assert one(torch.rand(1, 1, 3, 2), [2])[0].shape == (1, 1, 2)


@pytest.mark.parametrize("layer", [LSTM, GRU])
def test_the_loss_is_ours_in_value_and_gradient(layer):
    """torch's CTC, with which models train, and rnncore.functional's agree in float64."""
    model = _crnn(layer=layer).double()
    images, widths, targets, counts = _strips(dtype=torch.float64)
    loss = model.loss(images, widths, targets, counts)
    log_probs, steps = model(images, widths)
    ours = ctc_loss(log_probs, targets, steps, counts).mean()
    assert loss.item() == pytest.approx(ours.item(), rel=1e-12)
    weights = list(model.parameters())
    pairs = zip(torch.autograd.grad(loss, weights), torch.autograd.grad(ours, weights), strict=True)
    for torchs, own in pairs:
        assert torch.allclose(torchs, own, rtol=1e-9, atol=1e-12)


def test_every_parameter_learns():
    model = _crnn(num_layers=2)
    model.loss(*_strips()).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert float(weight.grad.abs().max()) > 0, name


def test_what_stands_beyond_the_width_changes_nothing():
    model = _crnn(channels=(4, 6)).double()
    images, widths, *_ = _strips(dtype=torch.float64)
    log_probs, steps = model(images, widths)
    inked = images.clone()
    for image, width in zip(inked, widths, strict=True):
        image[:, :, width:] = 7.0
    assert torch.equal(model(inked, widths)[0], log_probs)
    for row, (image, width) in enumerate(zip(images, widths, strict=True)):
        alone, _ = model(image[None, :, :, :width], [width])
        assert torch.allclose(alone[0], log_probs[row, : steps[row]], rtol=0, atol=1e-12)


def test_labels_that_do_not_fit_cost_infinitely_much():
    model = _crnn()
    images = torch.rand(1, 1, 6, 8)
    assert torch.isfinite(model.loss(images, [8], torch.tensor([[1, 2, 1, 2]]), [4]))
    assert torch.isinf(model.loss(images, [8], torch.tensor([[1, 1, 1, 2]]), [4]))


@pytest.mark.parametrize("layer", [LSTM, GRU])
def test_two_strips_are_learned_by_heart(layer):
    model = _crnn(H=16, layer=layer, channels=(8, 8))
    strips = _strips(2)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(150):
        optimiser.zero_grad()
        model.loss(*strips).backward()
        optimiser.step()
    assert model.loss(*strips).item() < 0.1
    assert model.greedy(*strips[:2]) == [[1, 1, 2], [3, 2]]
    assert model.beam(*strips[:2], width=4) == [[1, 1, 2], [3, 2]]


def test_a_transcriber_reads_sequences_without_images():
    model = Transcriber(3, LSTM(2, 8, batch_first=True, bidirectional=True))
    xs, lengths = torch.rand(2, 7, 2), [7, 4]
    log_probs, steps = model(xs, lengths)
    assert log_probs.shape == (2, 7, 3)
    assert steps == lengths
    changed = xs.clone()
    changed[1, 4:] = 9.0
    assert torch.equal(model(changed, lengths)[0], log_probs)
    assert model.beam(xs, lengths, 3) == [model.beam(x[None, :n], [n], 3)[0] for x, n in zip(xs, lengths, strict=True)]


def test_wrong_sizes_are_named():
    layer = GRU(4, 3, batch_first=True)
    with pytest.raises(ValueError, match="K must be at least 2; got 1"):
        Transcriber(1, layer)
    with pytest.raises(ValueError, match="layer must have batch_first=True; got batch_first=False"):
        CRNN(4, 3, GRU(4, 3), (4,))
    with pytest.raises(ValueError, match="layer must have input_size=8, 4 channels of 2 rows; got 4"):
        CRNN(4, 3, layer, (4,))
    with pytest.raises(ValueError, match="halve the height 3 to 1 at least; got 2"):
        CRNN(3, 3, layer, (4, 4))
    with pytest.raises(ValueError, match=r"channels must be 1 or more, .* got 0"):
        CRNN(4, 3, layer, ())
    model = _crnn()
    with pytest.raises(ValueError, match=r"xs must be \(B, 1, 6, W\); got \(2, 1, 5, 8\)"):
        model(torch.zeros(2, 1, 5, 8), [8, 8])
    with pytest.raises(ValueError, match=r"lengths must be at least 2; got \[8, 1\]"):
        model(torch.zeros(2, 1, 6, 8), [8, 1])
    for widths in ([8], [8, 9]):
        with pytest.raises(ValueError, match="lengths must be 2 whole numbers from 0 to 8; got"):
            model(torch.zeros(2, 1, 6, 8), widths)
