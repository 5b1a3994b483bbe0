"""Captions of scenes: which are counted as right, the band with made-up numbers, and small runs."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from rnncore.experiments import captions as captions_module
from rnncore.experiments.captions import Description, measure_captions, told_from_the_other
from rnncore.functional.decoding import caption_step
from rnncore.lab.training import to_tensor
from rnncore.nn import GRU
from rnncore.nn.models import Captioner
from rnncore.tasks.scenes import rendered_scenes

SMALL = {"seeds": (0,), "steps": 2, "H": 3, "N": 8}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a red circle left of a blue square", "a blue square right of a red circle"),
        ("a red circle above a red cross", "a red cross below a red circle"),
    ],
)
def test_a_scene_is_told_from_either_shape_and_nothing_else_is_right(one, other):
    assert told_from_the_other(one) == other
    assert told_from_the_other(other) == one
    image = np.zeros((3, 20, 20))
    assert Description(image, one, one).right
    assert Description(image, one, other).right
    first, last = one.split()[:3], one.split()[-3:]
    relation = one.split()[3:-3]
    for wrong in (
        [*last, *relation, *first],
        [*first, *relation, *first],
        ["a", "green", *one.split()[2:]],
        one.split()[:-1],
        [*one.split(), "cross"],
        [],
    ):
        assert not Description(image, one, " ".join(wrong)).right


def test_a_caption_without_relation_is_named():
    with pytest.raises(ValueError, match=r"caption must name a relation, left of, .* got 'a red circle'"):
        told_from_the_other("a red circle")


def test_every_word_of_the_captions_is_known():
    _, captions = rendered_scenes(300, np.random.default_rng(0))
    vocab = captions_module.VOCAB
    assert {word for words in captions for word in words} == set(vocab.tokens[4:])


def test_the_band_and_the_pictures():
    found = measure_captions(caption_step, **SMALL)
    assert not found.holds
    assert "does not hold" in str(found)
    words = " ".join(str(found).split())
    for said in (found.claim.statement, found.claim.reference, found.claim.band):
        assert said in words
    found.figure().canvas.draw()
    assert plt.get_fignums() == []
    good = dataclasses.replace(found, scores=np.array([[1.0, 0.002], [0.5, 0.01]]))
    assert good.holds
    for wrong in ([[1.0, 0.0], [0.49, 0.0]], [[1.0, 0.011], [1.0, 0.0]]):
        assert not dataclasses.replace(good, scores=np.array(wrong)).holds


def test_wrong_descriptions_are_shown_with_the_truth():
    found = measure_captions(caption_step, **SMALL)
    wrong = found.descriptions[0]
    assert not wrong.right
    right = wrong._replace(written=wrong.truth)
    figure = dataclasses.replace(found, descriptions=(right, wrong)).examples()
    figure.canvas.draw()
    assert [axes.get_title() for axes in figure.axes[:3]] == [
        wrong.truth,
        f"wrote: {wrong.written}\ntrue: {wrong.truth}",
        "",
    ]


def test_the_runs_repeat_exactly():
    one, two = (measure_captions(caption_step, **SMALL) for _ in range(2))
    assert np.array_equal(one.descriptions[0].image, two.descriptions[0].image)
    assert [seen.written for seen in one.descriptions] == [seen.written for seen in two.descriptions]


def test_only_who_sees_scores_the_same_words_differently_by_the_picture():
    images, ids, _ = map(to_tensor, captions_module._draw_batch(2, np.random.default_rng(0)))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        for encoder, same in ((captions_module._Blind(4), True), (captions_module._eye(4), False)):
            model = Captioner(len(captions_module.VOCAB), encoder, GRU(4, 5, batch_first=True))
            one, other = model(images, ids[:1].expand(2, -1))
            assert torch.allclose(one, other, rtol=0, atol=1e-5) is same


@pytest.mark.slow
def test_a_short_training_already_beats_luck():
    """300 steps, in which the colours come right and little else."""
    found = measure_captions(caption_step, seeds=(3,), steps=300)
    seeing, blind = found.scores[0]
    assert seeing > 0.02
    assert blind <= 0.01
