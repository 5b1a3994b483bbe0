"""The experiments as a whole: all are registered, run by name, and know where to train."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import rnncore.experiments
from rnncore.experiments.__main__ import run
from rnncore.experiments.chorales import Chorales
from rnncore.experiments.registry import all_experiments, experiment

EXPERIMENTS = all_experiments()

LARGE = {
    "captions",
    "digit_strips",
    "moving_shapes",
    "shakespeare",
    "surnames",
    "translation",
}
"""Trained on a GPU where there is one."""

CORPORA = {"chorales", "shakespeare", "surnames", "translation"}


def test_every_measure_function_of_the_package_is_registered_by_its_name():
    defined = {
        line.removeprefix("def measure_").partition("(")[0]
        for path in Path(rnncore.experiments.__path__[0]).glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("def measure_")
    }
    assert set(EXPERIMENTS) == defined - {"scores", "seeds"}
    assert len(EXPERIMENTS) == 35


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_packages_own_functions_are_those_that_the_experiment_takes(name):
    one = EXPERIMENTS[name]
    parameters = inspect.signature(one.measure).parameters
    taken = [p.name for p in parameters.values() if p.default is p.empty]
    assert [{"step": "rnn_step"}.get(wanted, wanted) for wanted in taken] == [own.__name__ for own in one.own]
    assert parameters["seeds"].default[:3] == (0, 1, 2)


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="an experiment is called 'adding' already"):
        experiment("adding")(lambda: None)


class _Chosen(Exception):
    """The device that the first training would run on."""


@pytest.mark.parametrize(
    "name", [name for name, one in EXPERIMENTS.items() if "device" in inspect.signature(one.measure).parameters]
)
def test_large_networks_train_on_a_gpu_and_small_ones_stay(name, monkeypatch, request):
    """No GPU is needed: one is claimed to be present, and the run ends where training would begin."""
    if name in CORPORA:
        request.getfixturevalue("real_data")

    def training_would_begin(module, device=None, *_, **__):
        raise _Chosen(str(device))

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.nn.Module, "to", training_would_begin)
    monkeypatch.setattr("rnncore.lab.training.map_tree", lambda function, tree: function(tree))
    monkeypatch.setattr("rnncore.lab.training.to_tensor", training_would_begin)
    with pytest.raises(_Chosen) as chosen:
        EXPERIMENTS[name](**({"orders": (1,)} if name == "ngram_memory" else {}))
    assert str(chosen.value) == ("cuda" if name in LARGE else "cpu")


def _chorales(nats):
    scores = np.array([[nats]])
    return Chorales((0,), ("LSTM",), 500, scores, scores, scores)


def test_the_runner_prints_draws_records_and_goes_on(tmp_path, capsys):
    def offline():
        raise ConnectionError("no network")

    experiments = {
        "good": lambda: _chorales(8.4),
        "bad": lambda: _chorales(8.9),
        "far": offline,
        "left out": lambda: pytest.fail("must not run"),
    }
    folder = tmp_path / "figures"
    verdicts = run(folder, "good|bad|far", experiments)
    assert verdicts == {"good": "holds", "bad": "does not hold", "far": "not run: no network"}
    assert sorted(path.name for path in folder.iterdir()) == ["bad.json", "bad.png", "good.json", "good.png"]
    record = json.loads((folder / "bad.json").read_text(encoding="utf-8"))
    assert (record["experiment"], record["holds"], record["device"]) == ("bad", False, "CPU")
    assert record["bands"] == [{"sentence": "in every seed: LSTM below 8.7", "measured": [8.9, 8.9], "holds": False}]
    printed = capsys.readouterr().out
    assert "[1/3] good" in printed
    assert "The claim holds" in printed
    assert "The claim does not hold here" in printed
    assert "not run: no network" in printed
