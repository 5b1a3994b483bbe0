"""Strips, tones and films: the bands with made-up numbers, and small runs."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncore.experiments import digit_strips as strips_module
from rnncore.experiments.digit_strips import measure_digit_strips
from rnncore.experiments.moving_shapes import measure_moving_shapes
from rnncore.experiments.tones import measure_tones
from rnncore.functional.decoding import ctc_collapse, ctc_loss
from rnncore.functional.sequence import conv_to_sequence, video_features
from rnncore.tasks.moving_shapes import moving_shapes


def _shown(finding):
    """The finding's text, after its figure has been drawn."""
    finding.figure().canvas.draw()
    assert plt.get_fignums() == []
    words = " ".join(str(finding).split())
    for said in (finding.claim.statement, finding.claim.reference, finding.claim.band):
        assert said in words
    return words


def test_strips_are_shown_with_truth_and_reading():
    found = measure_digit_strips(conv_to_sequence, ctc_collapse, seeds=(0,), steps=2, channels=(2, 2), H=3, N=4)
    assert not found.holds
    assert "does not hold" in _shown(found)
    assert len(found.readings) == 2
    for reading in found.readings:
        assert reading.read != reading.truth
        assert 3 <= len(reading.truth) <= 6
        assert reading.log_probs.shape == (reading.image.shape[1] // 2, 11)
    figure = found.examples()
    figure.canvas.draw()
    assert [axes.texts[0].get_text() for axes in figure.axes] == [
        f"true {one.truth}\nread {one.read}   wrong" for one in found.readings
    ]
    good = dataclasses.replace(found, scores=np.array([[0.9], [0.85], [1.0]]), seeds=(0, 1, 2))
    assert good.holds
    assert not dataclasses.replace(good, scores=np.array([[0.9], [0.84], [1.0]])).holds


def test_strips_repeat_exactly():
    one, two = (
        measure_digit_strips(conv_to_sequence, ctc_collapse, seeds=(1,), steps=2, channels=(2, 2), H=3, N=4)
        for _ in range(2)
    )
    assert [reading.read for reading in one.readings] == [reading.read for reading in two.readings]
    assert np.array_equal(one.readings[0].image, two.readings[0].image)
    assert strips_module._digits([10, 1, 2]) == "901"


@pytest.mark.slow
def test_a_recurrent_network_names_the_activity_and_the_mean_does_not():
    found = measure_moving_shapes(video_features, seeds=(3,), steps=200)
    assert found.holds
    assert "The claim holds" in _shown(found)
    for wrong in ([[0.94, 0.5]], [[1.0, 0.67]]):
        assert not dataclasses.replace(found, scores=np.array(wrong)).holds


@pytest.mark.parametrize(("activity", "backwards"), [(0, 1), (2, 3), (4, 5)])
def test_the_best_without_order_is_five_of_eight(activity, backwards):
    """Films of the one and films of the other played backwards have the same mean, pixel by pixel."""
    films, labels = moving_shapes(6000, 8, np.random.default_rng(0), noise=0.0)
    forward = films[labels == activity].mean(0)
    turned = films[labels == backwards][:, ::-1].mean(0)
    assert np.abs(forward - turned).mean() < 0.02
    areas = [films[labels == k].sum((2, 3, 4)).mean(0) for k in (activity, backwards)]
    assert np.allclose(areas[0], areas[1][::-1], rtol=0.05)


def test_the_band_of_the_tones():
    found = measure_tones(ctc_loss, ctc_collapse, seeds=(0,), steps=2, noises=(0.2, 0.6, 1.0), H=3, N=5)
    assert not found.holds
    assert "does not hold" in _shown(found)
    (name,) = found.curves
    for exact, holds in (([[0.9, 0.5, 0.1]], True), ([[0.89, 0.9, 0.9]], False)):
        assert dataclasses.replace(found, curves={name: np.array(exact)}).holds == holds
