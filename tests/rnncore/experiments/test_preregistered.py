"""Plans that are held to. Oracle: what a measurement returned, and a clock of the test's own."""

import json

import numpy as np
import pytest

from rnncore.experiments.preregistered import Plan, carry_out, register


def _plan(**changes):
    options = {
        "claim": "Wider is better.",
        "baseline": {"H": 1},
        "changed": {"H": 3},
        "seeds": 3,
        "minutes": 1.0,
        "at_least": 1.5,
    }
    return Plan(**{**options, **changes})


def _measure(seed, H):
    return H + 0.01 * seed


def test_a_registered_plan_is_carried_out(tmp_path):
    path, plan = tmp_path / "plan.json", _plan()
    register(plan, path)
    report = carry_out(plan, path, _measure)
    assert np.allclose(report.baseline, [2.0, 2.01, 2.02])
    assert np.allclose(report.changed - report.baseline, 2.0)
    assert report.verdict == "the claim holds"
    assert "in every seed: changed minus baseline at least 1.5" in str(report)
    assert "seeds 100 to 102" in str(report)
    report.figure().canvas.draw()


def test_the_figure_names_the_options_that_differ(tmp_path):
    path, plan = tmp_path / "plan.json", _plan(baseline={"H": [1, 2], "k": 1}, changed={"H": [3, 4], "k": 1, "m": 0})
    register(plan, path)
    figure = carry_out(plan, path, lambda seed, H, k, m=0: H[0]).figure()
    names = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert names == ["baseline\nH=[1, 2]", "changed\nH=[3, 4], m=0"]


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ({"at_least": 2.5}, "the claim does not hold"),
        ({"at_least": None, "at_most": 1.0}, "the claim does not hold"),
        ({"at_least": None, "at_most": 2.5}, "the claim holds"),
        ({"at_least": 1.0, "at_most": 1.5}, "the claim does not hold"),
    ],
)
def test_the_registered_band_decides(tmp_path, limits, verdict):
    path, plan = tmp_path / "plan.json", _plan(**limits)
    register(plan, path)
    assert carry_out(plan, path, _measure).verdict == verdict


def test_when_time_is_up_it_is_undecided(tmp_path):
    path, plan, seconds = tmp_path / "plan.json", _plan(seeds=5), iter([0.0, 10.0, 59.0, 61.0, 62.0])
    register(plan, path)
    report = carry_out(plan, path, _measure, clock=lambda: next(seconds))
    assert report.changed.shape == (2,)
    assert report.verdict == "undecided: time was up after 2 of 5 seeds"


def test_nothing_else_is_run(tmp_path):
    path = tmp_path / "plan.json"
    with pytest.raises(ValueError, match="register the plan before you run it"):
        carry_out(_plan(), path, _measure)
    register(_plan(), path)
    before = path.read_bytes()
    for other, changed in ((_plan(at_least=0.1), "at_least"), (_plan(seeds=9, minutes=2.0), "seeds, minutes")):
        with pytest.raises(ValueError, match=f"another plan; {changed} differ"):
            carry_out(other, path, _measure)
        with pytest.raises(ValueError, match="What is registered stays"):
            register(other, path)
    register(_plan(), path)
    assert path.read_bytes() == before
    assert json.loads(before)["registered"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"claim": "  "}, "claim must be a sentence"),
        ({"changed": {"H": 1}}, "baseline and changed must differ"),
        ({"at_least": None}, "a plan needs a limit"),
        ({"seeds": 0}, "at least one seed, and time; got 0 seeds"),
        ({"minutes": 0.0}, "got 3 seeds and 0 minutes"),
    ],
)
def test_half_a_plan_is_none(changes, message):
    with pytest.raises(ValueError, match=message):
        _plan(**changes)
