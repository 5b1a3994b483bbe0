"""The training loop, for trees of weights and for modules."""

from itertools import repeat

import numpy as np
import pytest
import torch

from rnncore.functional.base import map_tree
from rnncore.functional.cells import RNNState, init_rnn_params, rnn_step
from rnncore.functional.sequence import init_readout_params, many_to_one
from rnncore.lab.training import Cost, measured_cost, seeded, to_tensor, train, use_threads


def _regression(seed=0, **options):
    start = (
        init_rnn_params(1, 4, np.random.default_rng(5)),
        init_readout_params(4, 1, np.random.default_rng(6)),
    )

    def batches():
        rng = np.random.default_rng(seed)
        while True:
            xs = rng.normal(size=(8, 3, 1))
            yield xs, xs[:, :, 0].mean(axis=1)

    def loss(params, batch):
        xs, targets = batch
        ys = many_to_one(rnn_step, xs, RNNState(torch.zeros(len(xs), 4)), *params)
        return torch.mean((ys[:, 0] - targets) ** 2)

    options = {"steps": 60, "learning_rate": 1e-2, "schedule": "constant", "device": "cpu"} | options
    return start, train(loss, start, batches(), **options)


def test_training_learns_and_keeps_the_tree():
    start, run = _regression()
    assert run.losses[-10:].mean() < 0.2 * run.losses[:10].mean()
    assert type(run.model[0]) is type(start[0])
    assert run.model[0].W_x.dtype == torch.float32
    assert not run.model[0].W_x.requires_grad
    assert run.device == torch.device("cpu")
    assert run.cost.seconds > 0.0
    assert run.cost.cpu_seconds > 0.0


def test_training_leaves_the_first_weights_alone():
    tensor = torch.ones(2)
    train(
        lambda params, _: (params[0] ** 2).sum(),
        (tensor,),
        iter([None] * 3),
        steps=3,
        learning_rate=1e-2,
        device="cpu",
    )
    assert torch.equal(tensor, torch.ones(2))


def test_a_seed_names_a_run_whatever_the_global_state():
    _, one = _regression(seed=1)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        _, again = _regression(seed=1)
    _, other = _regression(seed=2)
    assert np.array_equal(one.losses, again.losses)
    assert torch.equal(one.model[0].W_h, again.model[0].W_h)
    assert not np.array_equal(one.losses, other.losses)


def test_clipping_bounds_the_gradient_norm(monkeypatch):
    norms = []
    clip = torch.nn.utils.clip_grad_norm_

    def spy(leaves, limit, **options):
        clip(leaves, limit, **options)
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
            iter([None, None]),
            steps=2,
            learning_rate=1e-2,
            device="cpu",
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


def test_batches_that_end_before_the_steps_are_named():
    with pytest.raises(ValueError, match="batches must be at least 3; they end after 2"):
        train(lambda params, x: (params[0] * x).sum(), (np.ones(2),), [np.ones(2)] * 2, steps=3, learning_rate=1e-2)


def test_a_loss_that_is_not_finite_stops_the_run():
    with pytest.raises(ValueError, match="the loss must stay finite; it is nan at step 0"):
        train(
            lambda params, _: params[0].sum() * float("nan"),
            (np.ones(2),),
            iter([None]),
            steps=1,
            learning_rate=1e-2,
            device="cpu",
        )
    with pytest.raises(ValueError, match="steps must be at least 1; got 0"):
        _regression(steps=0)


def test_trees_keep_their_types():
    tree = {"cell": RNNState(np.ones(2)), "ids": (np.arange(3), "name")}
    mapped = map_tree(to_tensor, tree)
    assert mapped["cell"].h.dtype == torch.float32
    assert mapped["ids"][0].dtype == torch.int64
    assert mapped["ids"][1] == "name"
    assert to_tensor(np.arange(4.0)[::-2]).tolist() == [3.0, 1.0]


def _line(seed, **options):
    """A module with one weight learns that y = 3x."""
    with seeded(seed):
        model = torch.nn.Linear(1, 1, bias=False)
        first = model.weight.item()
        xs = np.linspace(-1, 1, 9)[:, None]
        options = {"steps": 200, "learning_rate": 0.1, "device": "cpu"} | options
        run = train(lambda model, x: ((model(x) - 3 * x) ** 2).mean(), model, repeat(xs), **options)
    assert run.model is model
    return first, model.weight.item(), run


def test_a_module_is_trained_in_place_and_a_seed_repeats_it():
    first, last, run = _line(0)
    assert last == pytest.approx(3.0, abs=0.02)
    assert first != pytest.approx(3.0, abs=0.5)
    assert run.losses[0] == pytest.approx((first - 3) ** 2 * np.mean(np.linspace(-1, 1, 9) ** 2), rel=1e-5)
    assert _line(0)[:2] == (first, last)
    assert _line(1)[0] != first


def test_a_seed_leaves_the_generator_as_it_was():
    before = torch.random.get_rng_state()
    _line(5, steps=2)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_the_step_size_follows_torchs_schedules(schedule):
    """Oracle: Adam of torch with its own schedulers, linear warm-up in sequence with the cosine."""
    steps, warm_up = 40, 2
    _, last, _ = _line(3, steps=steps, schedule=schedule, clip=np.inf)
    with seeded(3):
        model = torch.nn.Linear(1, 1, bias=False)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    if schedule == "cosine":
        rising = torch.optim.lr_scheduler.LinearLR(optimiser, 1 / warm_up, total_iters=warm_up - 1)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps - warm_up)
        change = torch.optim.lr_scheduler.SequentialLR(optimiser, [rising, falling], [warm_up])
    else:
        change = torch.optim.lr_scheduler.ConstantLR(optimiser, 1.0)
    xs = torch.linspace(-1, 1, 9)[:, None]
    for _ in range(steps):
        optimiser.zero_grad()
        ((model(xs) - 3 * xs) ** 2).mean().backward()
        optimiser.step()
        change.step()
    assert last == pytest.approx(model.weight.item(), rel=1e-5)


def test_a_gradient_that_is_not_finite_stops_the_run():
    """The root of zero is finite, its slope is not."""
    with pytest.raises(RuntimeError, match="non-finite"):
        train(
            lambda model, x: model(x).sum().abs().sqrt(),
            torch.nn.Linear(1, 1, bias=False),
            iter([torch.zeros(1, 1)]),
            steps=1,
            learning_rate=0.1,
            device="cpu",
        )


def test_costs_add_up():
    with measured_cost() as cost:
        sum(range(100_000))
    assert 0.0 < cost.cpu_seconds <= 2.0 * cost.seconds
    assert Cost(1.0, 2.0) + Cost(3.0, 5.0) == Cost(4.0, 7.0)
