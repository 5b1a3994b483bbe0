"""The training loop and the choice of a device."""

import numpy as np
import pytest
import torch

from rnncore.functional.base import map_tree
from rnncore.functional.cells import RNNState, init_rnn_params, rnn_step
from rnncore.functional.sequence import init_readout_params, many_to_one
from rnncore.lab.device import pick_device
from rnncore.lab.training import to_tensor, train, use_threads


def _regression(seed=0, **options):
    start = (
        init_rnn_params(1, 4, np.random.default_rng(5)),
        init_readout_params(4, 1, np.random.default_rng(6)),
    )

    def batches(rng):
        while True:
            xs = rng.normal(size=(8, 3, 1))
            yield xs, xs[:, :, 0].mean(axis=1)

    def loss(params, batch):
        xs, targets = batch
        ys = many_to_one(rnn_step, xs, RNNState(torch.zeros(len(xs), 4)), *params)
        return torch.mean((ys[:, 0] - targets) ** 2)

    options = {"steps": 60, "device": "cpu", "progress": False} | options
    return start, train(loss, start, batches, seed=seed, **options)


def test_training_learns_and_keeps_the_tree():
    start, run = _regression()
    assert run.losses[-10:].mean() < 0.2 * run.losses[:10].mean()
    assert type(run.params[0]) is type(start[0])
    assert run.params[0].W_x.dtype == torch.float32
    assert not run.params[0].W_x.requires_grad
    assert run.device == "cpu"
    assert run.seconds > 0.0


def test_training_leaves_the_first_weights_alone():
    tensor = torch.ones(2)
    train(
        lambda params, _: (params[0] ** 2).sum(),
        (tensor,),
        lambda rng: iter([None] * 3),
        steps=3,
        device="cpu",
        progress=False,
    )
    assert torch.equal(tensor, torch.ones(2))


def test_a_seed_names_a_run_whatever_the_global_state():
    _, one = _regression(seed=1)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        _, again = _regression(seed=1)
    _, other = _regression(seed=2)
    assert np.array_equal(one.losses, again.losses)
    assert torch.equal(one.params[0].W_h, again.params[0].W_h)
    assert not np.array_equal(one.losses, other.losses)


def test_clipping_bounds_the_gradient_norm(monkeypatch):
    norms = []
    clip = torch.nn.utils.clip_grad_norm_

    def spy(leaves, limit):
        clip(leaves, limit)
        norms.append(float(torch.sqrt(sum((leaf.grad**2).sum() for leaf in leaves))))

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", spy)
    _regression(clip=0.01, steps=5)
    assert len(norms) == 5
    assert max(norms) <= 0.01 * (1 + 1e-4)


def test_one_thread_within_and_as_many_as_before_after(monkeypatch):
    before = torch.get_num_threads()
    seen = []

    def loss(params, _):
        seen.append(torch.get_num_threads())
        return (params[0] ** 2).sum()

    def run(**options):
        train(
            loss,
            (np.ones(2),),
            lambda rng: iter([None, None]),
            steps=2,
            device="cpu",
            progress=False,
            **options,
        )

    try:
        torch.set_num_threads(2)
        run()
        assert seen == [1, 1]
        assert torch.get_num_threads() == 2
        run(threads=2)
        assert seen[2:] == [2, 2]
        with pytest.raises(ZeroDivisionError), use_threads(1):
            _ = 1 / 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_progress_can_be_shown_and_hidden(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    _regression(steps=2, progress=True, description="counting")
    assert "counting" in capsys.readouterr().err
    _regression(steps=2, progress=False)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    _regression(steps=2, progress=True)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_loss_that_is_not_finite_stops_the_run():
    with pytest.raises(ValueError, match="the loss must stay finite; it is nan at step 0"):
        train(
            lambda params, _: params[0].sum() * float("nan"),
            (np.ones(2),),
            lambda rng: iter([None]),
            steps=1,
            device="cpu",
            progress=False,
        )
    with pytest.raises(ValueError, match="steps must be at least 1; got 0"):
        _regression(steps=0)


def test_trees_keep_their_types():
    tree = {"cell": RNNState(np.ones(2)), "ids": (np.arange(3), "name")}
    mapped = map_tree(to_tensor, tree)
    assert mapped["cell"].h.dtype == torch.float32
    assert mapped["ids"][0].dtype == torch.int64
    assert mapped["ids"][1] == "name"


def test_devices_are_picked_by_name(monkeypatch):
    assert pick_device("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="device must be auto, cuda, mps or cpu; got 'tpu'"):
        pick_device("tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert pick_device() == torch.device("cpu")
    with pytest.raises(ValueError, match="device 'cuda' is not on this machine"):
        pick_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device() == torch.device("cuda")
