"""The experiments on real corpora: their bands, their reports, and small runs where the data is."""

import dataclasses

import numpy as np
import pytest
import torch

from rnncore.experiments.__main__ import EXPERIMENTS, run
from rnncore.experiments.chorales import Chorales, measure_chorales
from rnncore.experiments.fitting import fit, seeded
from rnncore.experiments.shakespeare import Shakespeare, measure_shakespeare
from rnncore.experiments.surnames import SurnameLanguages, measure_surnames
from rnncore.experiments.translation import Translation, measure_translation


def _found(kind, scores):
    scores = np.array(scores)
    models = tuple(f"model {k}" for k in range(scores.shape[1]))
    costs = np.full(scores.shape, 12.0)
    return kind(tuple(range(len(scores))), 99.0, models, 500, scores, costs, 2 * costs)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Shakespeare,
            [[2.5, 2.4, 2.3, 2.2], [2.44, 2.43, 2.42, 2.6]],
            [[[2.6, 2.46, 2.3, 2.3]], [[2.4, 2.3, 2.41, 2.3]], [[2.4, 2.41, 2.3, 2.3]]],
        ),
        (Chorales, [[8.6], [8.4]], [[[8.6], [8.71]]]),
        (SurnameLanguages, [[0.76], [0.8]], [[[0.76], [0.75]]]),
        (Translation, [[50.0, 55.0], [59.0, 90.0]], [[[61.0, 90.0]], [[50.0, 49.0]]]),
    ],
)
def test_every_seed_must_lie_within_the_band(kind, good, bad):
    found = _found(kind, good)
    assert found.holds
    for scores in bad:
        assert not _found(kind, scores).holds
        assert not _found(kind, [*good, *scores]).holds
    nothing = _found(kind, np.full_like(good, np.nan))
    assert not nothing.holds


def test_a_report_says_mean_spread_cost_and_the_published_figure():
    text = str(_found(Chorales, [[8.4], [8.6]]))
    assert "LSTM with 150 units" in text
    assert "published: 8.45" in text
    assert "model 0: 8.500 ± 0.141 (8.400 8.600)" in text
    assert "12 s of one processor, 24 s on the clock" in text
    assert "The claim holds (2 seeds, 99 s)." in text
    assert "±" not in str(_found(Chorales, [[8.4]]))


def _line(seed, steps=200):
    """A network with one weight learns that y = 3x."""
    with seeded(seed):
        model = torch.nn.Linear(1, 1, bias=False)
        first = model.weight.item()
        xs = torch.linspace(-1, 1, 9)[:, None]
        batches = iter(lambda: xs, None)
        costs = fit(model, lambda x: ((model(x) - 3 * x) ** 2).mean(), batches, steps=steps, learning_rate=0.1)
    return first, model.weight.item(), costs


def test_fit_learns_and_repeats_itself():
    first, last, costs = _line(0)
    assert last == pytest.approx(3.0, abs=0.02)
    assert first != pytest.approx(3.0, abs=0.5)
    assert costs.seconds > 0
    assert costs.cpu_seconds > 0
    assert _line(0)[:2] == (first, last)
    assert _line(1)[0] != first
    assert _line(0, steps=1)[1] != first


def test_fit_refuses_a_loss_that_is_not_finite():
    model = torch.nn.Linear(1, 1)
    with pytest.raises(RuntimeError, match="non-finite"):
        fit(model, lambda x: model(x).sum() * float("nan"), iter([torch.ones(1, 1)]), steps=1, learning_rate=0.1)


def test_a_seed_leaves_the_generator_as_it_was():
    before = torch.random.get_rng_state()
    _line(5, steps=2)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_runner_prints_draws_and_goes_on(tmp_path, capsys):
    def offline():
        raise ConnectionError("no network")

    experiments = {
        "good": lambda: _found(Chorales, [[8.4]]),
        "bad": lambda: _found(Chorales, [[8.9]]),
        "far": offline,
        "left out": lambda: pytest.fail("must not run"),
    }
    verdicts = run(tmp_path / "figures", "good|bad|far", experiments)
    assert verdicts == {"good": "holds", "bad": "does not hold", "far": "not run: no network"}
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["bad.png", "good.png"]
    printed = capsys.readouterr().out
    assert "The claim holds" in printed
    assert "The claim does not hold here" in printed
    assert "not run: no network" in printed
    assert set(EXPERIMENTS) >= {"temporal_xor", "shakespeare", "chorales", "surnames", "translation"}


@pytest.mark.parametrize(
    ("measure", "worst"),
    [
        (lambda: measure_shakespeare((0,), steps=3, H=8, B=4, T=8), 8.0),
        (lambda: measure_chorales((0,), steps=3, H=8), 88.0),
        (lambda: measure_surnames((0,), steps=3, H=8), 1.0),
        (lambda: measure_translation((0,), longest=7, H=8), 1e4),
    ],
    ids=["shakespeare", "chorales", "surnames", "translation"],
)
def test_small_runs_on_the_real_corpora(measure, worst, real_data):
    found = measure()
    assert found.scores.shape == found.cpu_seconds.shape == (1, len(found.models))
    assert np.all((found.scores > 0) & (found.scores < worst))
    found.figure().canvas.draw()
    assert f"{found.scores[0, 0]:.3f}" in str(found)
    assert dataclasses.replace(found, scores=found.scores * np.nan).holds is False
