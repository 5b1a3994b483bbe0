"""What `make gpu` does, on the processor and with tiny sizes. Oracles: kernels and experiments that are made wrong."""

import re
import time

import pytest
import torch

import rnncore.nn
from rnncore.experiments.chorales import Chorales
from rnncore.experiments.registry import all_experiments
from rnncore.nn.kernels import loop
from tests.benchmarks import gpu

CPU = torch.device("cpu")


@pytest.mark.parametrize("dtype", gpu.LIMITS)
def test_each_module_agrees_with_itself_on_the_processor(dtype):
    rows = [*gpu.parity(CPU, dtype, T=3, B=2, D=2, H=4)]
    assert {row.case.split(",")[0] for row in rows} == set(rnncore.nn.__all__)
    kernels = {row.case.rpartition(", ")[0] for row in rows}
    assert {"LSTM, auto", "LSTM, torch", "LSTM, bptt", "LSTM, reference", "MinGRU, scan"} < kernels
    assert all(row.right for row in rows)


def test_a_kernel_that_is_off_is_seen(monkeypatch):
    def wrong(xs, steps, state, params):
        hs, last = loop.loop(rnncore.nn.GRU(1, 1)._step, xs, steps, state, params)
        return hs * (1 + 1e-8), last

    monkeypatch.setattr("rnncore.nn.rnn._BPTT", rnncore.nn.rnn._BPTT | {"gru": wrong})
    off = [row.case for row in gpu.parity(CPU, T=3, B=2, D=2, H=4) if not row.right]
    assert off == ["GRU, bptt, float64"]


def test_each_kernel_is_timed():
    rows = [*gpu.speed(CPU, [(2, 1, 2, 2)], rounds=2)]
    assert [row.case for row in rows] == ["RNN (2, 1, 2, 2)", "LSTM (2, 1, 2, 2)", "GRU (2, 1, 2, 2)"]
    number = r"\d+\.\d\d"
    wanted = f"torch {number} ms; times that: auto {number}, bptt {number}, loop {number}"
    assert all(re.fullmatch(wanted, row.found) for row in rows)


def test_the_published_experiments_are_those_that_train_on_a_gpu():
    assert set(gpu.PUBLISHED) <= set(all_experiments())


def test_experiments_are_named_with_what_they_found_until_time_is_up():
    def offline(device):
        raise ConnectionError("no network")

    def exceeds(device):
        raise torch.OutOfMemoryError("no room")

    def finds(device, nats=8.4):
        return Chorales((0,), ("LSTM",), 1, *(torch.full((1, 1), nats).numpy() for _ in range(3)))

    known = {"far": offline, "full": exceeds, "good": finds, "other": finds, "endless": lambda device: time.sleep(60)}
    cases = {**dict.fromkeys(known, dict), "other": lambda: {"nats": 8.5}, "late": dict}
    far, full, good, other, endless, late = rows = [*gpu.experiments(CPU, cases, known | {"late": finds}, seconds=0.4)]
    assert [row.case for row in rows] == list(cases)
    assert far.found == "not run: no network"
    assert (full.found, full.right) == ("failed: OutOfMemoryError: no room", False)
    assert "; holds; " in good.found
    assert "; not judged, the bands are those of another size; " in other.found
    assert endless.found == late.found == "stopped: the time was up"


def test_a_real_experiment_runs():
    options = {"seeds": (0,), "steps": 1, "H": 4, "N": 4}
    (row,) = gpu.experiments(CPU, {"captions": lambda: options})
    assert re.search(r"; not judged, the bands are those of another size; \d+ s$", row.found)


@pytest.mark.parametrize("right", [True, False])
def test_the_table_is_written_row_by_row(right, tmp_path, capsys):
    path = tmp_path / "new" / "gpu.md"

    def rows():
        yield gpu.Row("parity", "LSTM", "a|\nb")
        assert path.read_text().endswith("| parity | LSTM | a/ b |\n")
        yield gpu.Row("parity", "GRU", "off", right)

    assert gpu.write_table(rows(), CPU, path) is right
    assert path.read_text().startswith(f"Measured on CPU with torch {torch.__version__}.\n")
    assert ("| parity | GRU | off WRONG |" in capsys.readouterr().out) is not right


def test_where_one_part_fails_the_others_follow(monkeypatch, tmp_path):
    def fails(*_):
        yield gpu.Row("parity", "first", "fine")
        raise RuntimeError("CUDA error")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(gpu, "device_name", lambda device: "a claim")
    monkeypatch.setattr(gpu, "parity", fails)
    monkeypatch.setattr(gpu, "speed", lambda device: [gpu.Row("speed", "LSTM", "fine")])
    monkeypatch.setattr(gpu, "experiments", lambda device, seconds: [gpu.Row("experiments", "one", "holds")])
    assert gpu.main(tmp_path) == 1
    assert (tmp_path / "gpu.md").read_text().splitlines()[-4:] == [
        "| parity | first | fine |",
        "| parity | the rest | failed: RuntimeError: CUDA error WRONG |",
        "| speed | LSTM | fine |",
        "| experiments | one | holds |",
    ]


def test_without_a_gpu_nothing_is_done(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main(tmp_path) == 0
    assert capsys.readouterr().out == "no GPU here\n"
    assert not any(tmp_path.iterdir())
