"""Experiments of Unit 8: bands with made-up numbers, and small runs."""

import dataclasses

import numpy as np
import pytest

from rnncore.experiments.batches import padded, watched
from rnncore.experiments.clinic import FAULTS, Clinic, measure_clinic
from rnncore.experiments.false_alarms import WHO, FalseAlarms, measure_false_alarms
from rnncore.experiments.name_tags import NameTags, measure_name_tags
from rnncore.experiments.overfitting import measure_overfitting
from rnncore.experiments.rare_class import measure_rare_class
from rnncore.experiments.surnames import guess_languages, reference_surnames
from rnncore.functional.base import class_weights
from rnncore.functional.learning import run_epoch, tag_loss
from rnncore.functional.metrics import precision_recall_f1
from rnncore.functional.sequence import embedding_backward, embedding_forward, pool_states


def test_batches_are_padded_with_their_labels():
    ids, lengths, labels = padded([[5], [6, 7], [8]], np.array([0, 1, 2]), [1, 0])
    assert ids.tolist() == [[6, 7], [5, 0]]
    assert lengths.tolist() == [2, 1]
    assert labels.tolist() == [1, 0]
    _, _, tags = padded([[5], [6, 7]], [[1], [2, 3]], [0, 1])
    assert tags.tolist() == [[1, 0], [2, 3]]


def test_watching_looks_before_the_batch():
    seen = []
    for batch in watched(iter("abcd"), {1, 3}, lambda: seen.append("look")):
        seen.append(batch)
    assert seen == ["a", "look", "b", "c", "look", "d"]


def test_the_rare_class_must_be_missed_at_first_with_high_accuracy():
    found = measure_rare_class(pool_states, precision_recall_f1, (0,), N=120, points=(1, 2), H=4)
    assert found.curves["recall"].shape == (1, 2)
    assert found.trained is not None
    good = {"accuracy": np.array([[0.95, 1.0]]), "precision": np.array([[0.0, 1.0]]), "recall": np.array([[0.0, 1.0]])}
    found = dataclasses.replace(found, points=(100, 600), curves=good)
    assert found.holds
    for name, curve in (("accuracy", [0.8, 1.0]), ("recall", [0.5, 1.0])):
        assert not dataclasses.replace(found, curves=good | {name: np.array([curve])}).holds
    found.figure().canvas.draw()


def test_the_band_of_name_tags():
    accuracy, f1 = np.array([[0.86, 0.95, 1.0]]), np.array([[0.0, 0.66, 1.0]])
    good = NameTags((0,), 0.86, accuracy, f1)
    assert good.holds
    assert not dataclasses.replace(good, accuracy=np.array([[0.86, 0.9, 1.0]])).holds
    for wrong in ([0.0, 0.8, 1.0], [0.0, 0.66, 0.9], [0.0, np.nan, 1.0]):
        assert not dataclasses.replace(good, f1=np.array([wrong])).holds
    assert "all outside     accuracy 0.860   F1 0.000" in str(good)
    good.figure().canvas.draw()


def test_taggers_that_have_hardly_begun_find_no_names():
    found = measure_name_tags(tag_loss, precision_recall_f1, (0,), N=60, steps=1, H=4)
    assert found.f1[0, 0] == 0.0
    assert found.accuracy[0, 0] == pytest.approx(found.outside)
    assert len(found.trained) == 2


def test_false_alarms_must_differ_as_collected_and_agree_when_even():
    alarms = {"as collected": np.array([[0.2, 0.4, 0.1, 0.6]]), "made even": np.array([[0.3, 0.31, 0.3, 0.29]])}
    good = FalseAlarms((0,), alarms, dict.fromkeys(alarms, np.array([0.9])))
    assert good.holds
    for data, who, value in (
        ("as collected", "dialect", 0.2),
        ("as collected", "group 1", 0.21),
        ("made even", "group 1", 0.4),
        ("made even", "dialect", 0.2),
    ):
        wrong = {name: array.copy() for name, array in alarms.items()}
        wrong[data][0, WHO.index(who)] = value
        assert not dataclasses.replace(good, alarms=wrong).holds
    assert "as collected dialect    0.60" in str(good)
    good.figure().canvas.draw()


def test_a_detector_that_has_hardly_begun_treats_all_alike():
    found = measure_false_alarms(pool_states, class_weights, (0,), N=200, steps=1, H=4)
    assert not found.holds
    assert found.alarms["as collected"].shape == (1, 4)
    assert found.recall["made even"].shape == (1,)
    assert found.trained is not None


def test_what_is_learned_by_heart_does_not_help_with_the_new():
    found = measure_overfitting(pool_states, (0,), drawn=20, epochs=2, every=1, H=4)
    assert found.points == (0, 1, 2)
    assert all(curve.shape == (1, 3) for curve in found.curves.values())
    good = {name: np.array([[1.0]]) for name in ("known, true", "known, by coin")}
    good |= {"new, true": np.array([[0.7]]), "new, by coin": np.array([[0.5]])}
    found = dataclasses.replace(found, points=(28,), curves=good)
    assert found.holds
    wrong = (("known, by coin", 0.9), ("new, by coin", 0.7), ("new, true", 0.95), ("new, true", 0.5))
    for name, value in wrong:
        assert not dataclasses.replace(found, curves=good | {name: np.array([[value]])}).holds
    found.figure().canvas.draw()


def test_the_band_of_the_clinic():
    f1 = dict(zip(FAULTS, np.array([[0.67], [0.66], [0.6], [0.1], [0.2], [0.67]]), strict=True))
    losses = dict(zip(FAULTS, np.array([[0.09], [0.05], [0.1], [0.2], [1.0], [0.1]]), strict=True))
    good = Clinic((0,), losses, f1)
    assert good.holds
    for score, fault, value in (
        ("f1", "none", 0.5),
        ("f1", "no clipping", 0.6),
        ("f1", "reshape for transpose", 0.6),
        ("losses", "padding in the loss", 0.09),
        ("losses", "dropout in evaluation", 0.08),
    ):
        wrong = getattr(good, score) | {fault: np.array([value])}
        assert not dataclasses.replace(good, **{score: wrong}).holds
    good.figure().canvas.draw()


def test_every_fault_of_the_clinic_changes_the_numbers():
    functions = run_epoch, embedding_forward, embedding_backward, precision_recall_f1
    found = measure_clinic(*functions, (0,), N=60, epochs=1, D=3, H=4, B=10)
    sound = found.losses["none"]
    for fault in FAULTS[1:]:
        assert found.losses[fault] != sound, fault
    assert not found.holds


def test_the_reference_run_of_the_surnames_agrees_with_itself():
    found = reference_surnames()
    assert found.holds
    assert found.confusion is not None
    assert np.trace(found.confusion) / found.confusion.sum() == pytest.approx(found.scores[0, 0], abs=1e-4)
    found.figure().canvas.draw()
    with pytest.raises(ValueError, match="reference run"):
        guess_languages(found, "Nakamura")


def test_the_confusion_figure_shows_shares_of_each_row():
    counts = np.zeros((18, 18), dtype=np.int64)
    counts[0, :2] = 3, 1
    figure = dataclasses.replace(reference_surnames(), confusion=counts).confusion_figure()
    shares = np.asarray(figure.axes[0].images[0].get_array())
    assert shares[0, :3].tolist() == [0.75, 0.25, 0.0]
    assert np.all(shares[1:] == 0)
