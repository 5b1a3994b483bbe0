"""Claims: the sentence, the verdict and the drawn limits of a band all follow from its data."""

import json
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from rnncore.experiments.claim import (
    Claim,
    Span,
    every_seed,
    geometric_mean_of_seeds,
    mean_of_seeds,
)
from rnncore.experiments.curves import Curves
from rnncore.experiments.scores import Scores


def _judge(band, points=(), **quantities):
    return band.judge({name: np.array(values) for name, values in quantities.items()}, points)


@pytest.mark.parametrize(
    ("limits", "condition", "inside", "outside"),
    [
        ({"at_least": 0.9}, "x at least 0.9", [0.9, 1.0], [0.89, 1.0]),
        ({"at_most": 0.9}, "x at most 0.9", [0.9, -1.0], [0.91, 0.0]),
        ({"above": 0.9}, "x above 0.9", [0.91], [0.9]),
        ({"below": 0.9}, "x below 0.9", [0.89], [0.9]),
        ({"at_least": 1, "at_most": 2}, "x at least 1 and at most 2", [1.0, 2.0], [0.9, 1.5]),
    ],
)
def test_every_seed_must_keep_the_limits(limits, condition, inside, outside):
    band = every_seed("x", **limits)
    assert band.sentence == f"in every seed: {condition}"
    assert _judge(band, x=inside) == (band.sentence, (min(inside), max(inside)), True)
    assert not _judge(band, x=outside).holds
    assert not _judge(band, x=[*inside, np.nan]).holds
    assert str(_judge(band, x=outside)).endswith(
        f": measured {min(outside):.3g}" + (f" to {max(outside):.3g}" if len(outside) > 1 else "")
    )


def test_every_point_of_every_seed_is_judged():
    band = every_seed("x", at_least=1.0)
    for k in range(6):
        values = np.full(6, 2.0)
        values[k] = 0.5
        assert not _judge(band, x=values.reshape(2, 3)).holds


def test_means_may_forgive_a_seed_and_say_so():
    values = [0.5, 2.0]
    for band, mean in ((mean_of_seeds("x", at_least=1.2), 1.25), (geometric_mean_of_seeds("x", at_most=1.0), 1.0)):
        assert "every seed" not in band.sentence
        assert "mean of the seeds: x" in band.sentence
        verdict = _judge(band, x=values)
        assert verdict.holds
        assert verdict.measured == pytest.approx((mean, mean))
    assert not _judge(every_seed("x", at_least=1.2), x=values).holds
    assert not _judge(geometric_mean_of_seeds("x", at_least=1.2), x=values).holds


def test_quantities_are_compared_within_each_seed():
    a, b = [1.0, 5.0], [2.0, 3.0]
    assert every_seed("a", above="b").sentence == "in every seed: a above that of b"
    assert not _judge(every_seed("a", above="b"), a=a, b=b).holds
    assert _judge(mean_of_seeds("a", above="b"), a=a, b=b).holds
    assert every_seed("a", minus="b", at_least=-1).sentence == "in every seed: a minus b at least -1"
    assert _judge(every_seed("a", minus="b", at_least=-1.0), a=a, b=b).measured == (-1.0, 2.0)
    assert _judge(every_seed("a", over="b", at_least=0.5), a=a, b=b).measured == (0.5, pytest.approx(5 / 3))
    assert _judge(mean_of_seeds("a", over="b", at_least=0.5), a=a, b=b).measured == (1.2, 1.2)


def test_a_span_picks_the_points_and_is_said():
    values, points = [[9.0, 1.0, 2.0, 9.0]], (4, 8, 12, 20)
    for span, words, measured in (
        (Span("lengths", 8, 12), "at lengths 8 to 12", (1.0, 2.0)),
        (Span("lengths", high=8), "at lengths up to 8", (1.0, 9.0)),
        (Span("lengths", 12), "at lengths from 12", (2.0, 9.0)),
        (Span("lengths", 12, 12), "at lengths of 12", (2.0, 2.0)),
    ):
        band = every_seed("x", span=span, at_most=3.0)
        assert band.sentence == f"in every seed: x at most 3 {words}"
        assert _judge(band, points, x=values).measured == measured
        assert _judge(band, points, x=values).holds is (measured[1] <= 3.0)


def test_what_was_not_measured_does_not_hold():
    verdict = _judge(every_seed("x", span=Span("lengths", 30), at_most=3.0), (4, 8), x=[[1.0, 1.0]])
    assert not verdict.holds
    assert str(verdict).endswith("not measured")
    with pytest.raises(KeyError, match="band names 'x'; measured were y, z"):
        _judge(every_seed("x", at_most=1.0), y=[1.0], z=[1.0])


@pytest.mark.parametrize(("names", "limits"), [((), {"at_most": 1}), (("x",), {}), (("x",), {"atmost": 1})])
def test_a_band_without_sense_is_refused(names, limits):
    with pytest.raises(ValueError, match="a band needs quantities, and limits among at least, at most, above, below"):
        every_seed(*names, **limits)


def test_several_quantities_share_a_limit():
    band = every_seed("a", "b", "c", at_most=1.0)
    assert band.condition == "a, b and c at most 1"
    for name in "abc":
        assert not _judge(band, **({"a": [0.0], "b": [0.0], "c": [0.0]} | {name: [2.0]})).holds


@dataclass(frozen=True)
class _Marks(Scores):
    claim: ClassVar[Claim] = Claim(
        "Pupils pass.",
        reference="A school (1900)",
        bands=(
            every_seed("ada", at_least=0.5),
            every_seed("bob", minus="ada", at_least=0.1),
            mean_of_seeds("bob", at_most=1.5, at_least=0.25),
        ),
    )
    score: ClassVar[str] = "marks"


@pytest.fixture
def marks():
    costs = np.ones((2, 2))
    return _Marks((0, 1), ("ada", "bob"), 10, np.array([[0.6, 0.8], [0.7, 0.9]]), costs, costs)


def test_a_finding_says_its_bands_and_which_of_them_failed(marks):
    text = str(marks)
    band = "in every seed: ada at least 0.5; bob minus ada at least 0.1; mean of the seeds: bob "
    assert f"Band: {band}at most 1.5 and at least 0.25 measured" in " ".join(text.split())
    assert "Published" not in text
    assert "Not so" not in text
    assert text.endswith("The claim holds (2 seeds, 0 s, CPU).")
    failed = replace(marks, scores=np.array([[0.6, 0.8], [0.4, 0.9]]), device="GPU 1")
    assert "Not so:    in every seed: ada at least 0.5: measured 0.4 to 0.6\n" in str(failed)
    assert str(failed).count("Not so") == 1
    assert str(failed).endswith("The claim does not hold here (2 seeds, 0 s, GPU 1).")


def test_the_figure_has_the_bands_limits_and_the_device(marks):
    figure = replace(marks, device="GPU 1").figure()
    (axes,) = figure.axes
    drawn = {(line.get_xdata()[0], *line.get_ydata()) for line in axes.lines}
    assert drawn == {(0.5, -0.4, 0.0, 0.4), (1.5, 0.6, 1.0, 1.4), (0.25, 0.6, 1.0, 1.4)}
    assert figure.get_supxlabel() == "measured on: GPU 1"


def test_limits_of_curves_stand_over_their_span():
    @dataclass(frozen=True)
    class Found(Curves):
        claim: ClassVar[Claim] = Claim(
            "It falls.", reference="-", bands=(every_seed("a", span=Span("lengths", high=6), at_least=0.5),)
        )
        xlabel: ClassVar[str] = "length"
        ylabel: ClassVar[str] = "score"

    (axes,) = Found((0,), (2.0, 4.0, 8.0), {"a": np.array([[1.0, 0.9, 0.1]])}).figure().axes
    _, limit = axes.lines
    assert list(limit.get_xdata()) == [2.0, 4.0, 6.0]
    assert set(limit.get_ydata()) == {0.5}


def test_a_finding_is_a_plain_record(marks):
    found = replace(marks, scores=np.array([[0.6, 0.8], [np.nan, 0.9]]), seconds=3.0)
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["statement"] == "Pupils pass."
    assert record["holds"] is False
    assert [band["holds"] for band in record["bands"]] == [False, False, True]
    assert record["bands"][0] == {
        "sentence": "in every seed: ada at least 0.5",
        "measured": [None, None],
        "holds": False,
    }
    assert record["quantities"] == {"ada": [0.6, None], "bob": [0.8, 0.9]}
    assert (record["seeds"], record["seconds"], record["device"]) == ([0, 1], 3.0, "CPU")
