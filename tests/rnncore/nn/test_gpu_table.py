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


def test_each_module_agrees_with_itself_on_the_processor():
    rows = [*gpu.parity(CPU, T=3, B=2, D=2, H=4)]
    assert {row.case.split(",")[0] for row in rows} == set(rnncore.nn.__all__)
    assert {"LSTM, auto", "LSTM, torch", "LSTM, bptt", "LSTM, reference", "MinGRU, scan"} < {row.case for row in rows}
    assert all(row.right for row in rows)


def test_a_kernel_that_is_off_is_seen(monkeypatch):
    def wrong(xs, steps, state, params):
        hs, last = loop.loop(rnncore.nn.GRU(1, 1)._step, xs, steps, state, params)
        return hs * (1 + 1e-8), last

    monkeypatch.setattr("rnncore.nn.rnn._BPTT", rnncore.nn.rnn._BPTT | {"gru": wrong})
    off = [row.case for row in gpu.parity(CPU, T=3, B=2, D=2, H=4) if not row.right]
    assert off == ["GRU, bptt"]


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

    def finds(device, nats):
        return Chorales((0,), ("LSTM",), 1, *(torch.full((1, 1), nats).numpy() for _ in range(3)))

    known = {"far": offline, "good": finds, "endless": lambda device: time.sleep(60), "late": finds}
    cases = {"far": dict, "good": lambda: {"nats": 8.4}, "endless": dict, "late": lambda: {"nats": 8.4}}
    rows = [*gpu.experiments(CPU, cases, known, seconds=0.4)]
    assert [row.case for row in rows] == ["far", "good", "endless", "late"]
    assert rows[0].found == "not run: no network"
    assert "; holds; " in rows[1].found
    assert rows[2].found == rows[3].found == "stopped: the time was up"


def test_a_real_experiment_runs():
    options = {"seeds": (0,), "steps": 1, "H": 4, "N": 4}
    (row,) = gpu.experiments(CPU, {"captions": lambda: options})
    assert re.search(r"; (holds|does not hold); \d+ s$", row.found)


@pytest.mark.parametrize("right", [True, False])
def test_the_table_is_written_row_by_row(right, tmp_path, capsys):
    path = tmp_path / "new" / "gpu.md"

    def rows():
        yield gpu.Row("parity", "LSTM", "a|b")
        assert path.read_text().endswith("| parity | LSTM | a/b |\n")
        yield gpu.Row("parity", "GRU", "off", right)

    assert gpu.write_table(rows(), CPU, path) is right
    assert path.read_text().startswith(f"Measured on CPU with torch {torch.__version__}.\n")
    assert ("| parity | GRU | off WRONG |" in capsys.readouterr().out) is not right


def test_without_a_gpu_nothing_is_done(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main(tmp_path) == 0
    assert capsys.readouterr().out == "no GPU here\n"
    assert not any(tmp_path.iterdir())
