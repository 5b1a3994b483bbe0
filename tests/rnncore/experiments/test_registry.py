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
from rnncore.experiments.translator import Size
from rnncore.nn.fastest import measuring
from rnncore.tasks.parallel import generated_text
from tests.rnncore.pretend_gpu import GPU, PretendGPU

EXPERIMENTS = all_experiments()

LARGE = {
    "captions",
    "digit_strips",
    "library",
    "likeliest",
    "moving_shapes",
    "shakespeare",
    "surnames",
    "translation",
}
"""Trained on a GPU where there is one."""

TRAINED = [name for name, one in EXPERIMENTS.items() if "device" in inspect.signature(one.measure).parameters]

COUNTING = {"library", "ngram_memory", "ranking"}
"""Count n-grams of several orders before they train."""

CORPORA = {"chorales", "shakespeare", "surnames", "translation", "translator"}


def test_every_measure_function_of_the_package_is_registered_by_its_name():
    defined = {
        line.removeprefix("def measure_").partition("(")[0]
        for path in Path(rnncore.experiments.__path__[0]).glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("def measure_")
    }
    assert set(EXPERIMENTS) == defined - {"scores", "seeds"}
    assert len(EXPERIMENTS) == 45


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


def test_an_experiment_chooses_kernels_by_rule(monkeypatch):
    monkeypatch.setenv("RNNCORE_KERNELS", "measured")
    monkeypatch.setattr("rnncore.experiments.registry._experiments", {})
    seen = []

    @experiment("probe")
    def measure_probe():
        seen.append(measuring())
        return _chorales(8.4)

    measure_probe()
    assert seen == [False]
    assert measuring()


class _Chosen(Exception):
    """The device that the first training would run on."""


@pytest.mark.parametrize("name", TRAINED)
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
        EXPERIMENTS[name](**({"orders": (1,)} if name in COUNTING else {}))
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


SENTENCES = generated_text(longest=7)
SENTENCES = SENTENCES._replace(train=SENTENCES.train[:64], valid=SENTENCES.valid[:5])

TINY = {
    "adding": {"T": 4, "H": 4},
    "agreement": {"distances": (5, 6), "H": 4, "progress": False},
    "arithmetic": {"H": 4, "H_row": 4},
    "captions": {"H": 4, "N": 4},
    "chorales": {"H": 4},
    "chunker": {"lag": 30, "H": 4},
    "clipping": {"T": 3},
    "digit_strips": {"H": 3, "channels": (2, 2), "N": 4},
    "false_alarms": {"N": 200, "H": 4},
    "forecasting": {"H": 2, "steps": (1, 1)},
    "forget_bias": {"H": 4, "adding_length": 4, "adding_steps": 1, "agreement_steps": 1, "progress": False},
    "headlines": {"H": 8},
    "library": {"orders": (1,), "H": 4, "B": 4, "T": 4},
    "likeliest": {"widths": (1, 16), "N": 2, "H": 4},
    "ngram_memory": {"orders": (1,), "N": 40, "H": 4},
    "name_tags": {"N": 60, "H": 4},
    "negation": {"N": 100, "H": 4},
    "odyssey": {"T": 3, "H": 2},
    "overfitting": {"drawn": 20, "epochs": 1, "every": 1, "H": 4},
    "random_walks": {"N": 60, "H": 2},
    "ranking": {"orders": (3,), "N": 40, "H": 4},
    "rare_class": {"N": 120, "points": (1,), "H": 4},
    "reversal": {"lengths": (4, 12), "H": 8},
    "shakespeare": {"H": 4, "B": 4, "T": 4, "n": 1},
    "temporal_xor": {"H": 2, "progress": False},
    "tones": {"noises": (0.1, 0.2), "H": 4, "N": 4},
    "translation": {"longest": 4, "H": 8},
    "translator": {"text": SENTENCES, "size": Size(4, 4, 4, 64, epochs=1)},
    "waveform": {"T": 8},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_everything_of_an_experiment_goes_to_its_device(name, monkeypatch, request):
    """By a pretended GPU, which refuses what a real one would."""
    if name in CORPORA:
        request.getfixturevalue("real_data")
    without_steps = {"forecasting", "forget_bias", "overfitting", "rare_class", "translation", "translator"}
    options = {} if name in without_steps else {"steps": 1}
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a GPU")
    with PretendGPU():
        found = EXPERIMENTS[name](seeds=(0,), device=GPU, **options, **TINY.get(name, {}))
    assert found.device == "a GPU"
    assert "a GPU" in str(found)


def test_the_pretended_gpu_refuses_what_a_real_one_does():
    """Weights left behind, numbers for NumPy, lengths for packing; and it lets through what is right."""
    layer, xs = torch.nn.Linear(2, 3), torch.ones(4, 2)
    with PretendGPU():
        with pytest.raises(RuntimeError, match=r"linear: expected all tensors on cuda:0; on the CPU are \(3, 2\)"):
            layer(xs.to(GPU))
        ys = layer.to(GPU)(xs.to(GPU))
        assert ys.device == (2.0 * ys).device == GPU
        assert ys.cpu().device == xs.device == torch.device("cpu")
        with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
            ys.detach().numpy()
        with pytest.raises(RuntimeError, match="'lengths' argument should be a 1D CPU int64 tensor"):
            torch.nn.utils.rnn.pack_padded_sequence(torch.ones(2, 3, 1, device=GPU), torch.tensor([3, 2]).to(GPU), True)
