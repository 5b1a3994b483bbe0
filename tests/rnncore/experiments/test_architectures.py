"""Variants, clocks, directions, depth and trees: bands that can fail, and small runs."""

import dataclasses

import numpy as np
import pytest
import torch

from rnncore.experiments.arithmetic import ArithmeticTrees, measure_arithmetic
from rnncore.experiments.depth import DepthCost, measure_depth
from rnncore.experiments.odyssey import VARIANTS, LeftOut, Odyssey, Weights, lstm_without, measure_odyssey
from rnncore.experiments.teddy import TeddyTagging, measure_teddy
from rnncore.experiments.waveform import WaveformGeneration, measure_waveform
from rnncore.functional.cells import clockwork_step, lstm, peephole_lstm
from rnncore.functional.sequence import bidirectional, tree_rnn, unroll_padded


def _scores(kind, models, scores, seconds=1.0):
    scores = np.array(scores)
    cpu = np.broadcast_to(seconds, scores.shape)
    return kind(tuple(range(len(scores))), models, 100, scores, cpu, cpu)


TREE, ROW = "along the tree", "along the row of signs"
LAYERS = ("1 layer", "2 layers", "3 layers")


def _shown(finding):
    finding.figure().canvas.draw()
    return " ".join(str(finding).split())


@pytest.mark.parametrize(
    ("kind", "models", "good", "bad"),
    [
        (
            WaveformGeneration,
            ("Clockwork RNN, 1 weight", "RNN", "LSTM"),
            [[0.01, 0.9, 0.4]],
            [[0.06, 0.9, 0.4], [0.01, 0.1, 0.4], [0.01, 0.9, 0.1]],
        ),
        (TeddyTagging, ("forwards", "both directions"), [[0.5, 1.0]], [[0.6, 1.0], [0.5, 0.9], [1.0, 0.5]]),
    ],
)
def test_every_seed_must_lie_within_the_band(kind, models, good, bad):
    assert _scores(kind, models, good).holds
    for row in bad:
        assert not _scores(kind, models, [row]).holds
        assert not _scores(kind, models, [*good, row]).holds


def test_depth_must_pay_and_cost():
    seconds = np.array([1.0, 1.5, 2.0])
    assert _scores(DepthCost, LAYERS, [[0.9, 0.92, 0.95]], seconds).holds
    assert not _scores(DepthCost, LAYERS, [[0.9, 0.92, 0.91]], seconds).holds
    assert not _scores(DepthCost, LAYERS, [[0.9, 0.92, 0.95]]).holds
    text = _shown(_scores(DepthCost, LAYERS, [[0.9, 0.92, 0.95]], seconds))
    assert "three layers against one: 0.50 times the errors, 2.0 times the time" in text


def test_only_the_critical_parts_may_and_must_matter():
    like_v = np.full((2, len(VARIANTS)), 0.001)
    claimed = like_v.copy()
    claimed[:, [name in ("NFG", "NOAF") for name in VARIANTS]] = 0.01
    good = Odyssey((0, 1), 100, claimed)
    assert good.holds
    assert not dataclasses.replace(good, scores=like_v).holds
    for name in VARIANTS:
        if name != "V":
            other = claimed.copy()
            column = [*VARIANTS].index(name)
            other[:, column] = 0.011 - other[:, column]
            assert not dataclasses.replace(good, scores=other).holds
    assert "NFG no forget gate 10.00 times V's (0.01000 0.01000)" in _shown(good)


def test_the_tree_must_win_beyond_the_trained_depth():
    tree, row = np.array([[1.0, 0.9, 0.7]]), np.array([[1.0, 0.5, 0.4]])
    good = ArithmeticTrees((0,), (3, 4, 6), {TREE: tree, ROW: row}, 3)
    assert good.holds
    for loser in (np.array([[1.0, 0.6, 0.7]]), np.array([[1.0, 0.9, 0.5]])):
        assert not dataclasses.replace(good, curves={TREE: loser, ROW: row}).holds
    assert not dataclasses.replace(good, curves={TREE: row, ROW: tree}).holds
    _shown(good)
    with pytest.raises(ValueError, match="depths must hold 4 and 6"):
        measure_arithmetic(tree_rnn, depths=(1, 2, 3))


def _step_without(name, p):
    """One network that lacks a part, on B = 2, H = 3, in float64."""
    torch.manual_seed(0)
    H = 3
    a, h, c = (torch.randn(1, 2, size, dtype=torch.float64) for size in (4 * H, H, H))
    W_h, nothing = torch.randn(1, H, 4 * H, dtype=torch.float64), torch.empty(0)
    weights = Weights(nothing, W_h, nothing, p, nothing, nothing)
    left_out = LeftOut(*(torch.tensor([[[field == name]]]) for field in LeftOut._fields))
    return lstm_without(a, h, c, weights, left_out), (a[0], h[0], c[0], W_h[0])


def test_the_step_with_all_parts_is_the_peephole_lstm():
    p = torch.randn(1, 1, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (h, c), (a, h_prev, c_prev, W_h) = _step_without("", p)
    params = peephole_lstm.PeepholeLSTMParams(torch.eye(12, dtype=torch.float64), W_h, a[0] * 0.0, p[0, 0])
    state, _ = peephole_lstm.peephole_lstm_step(a, lstm.LSTMState(h_prev, c_prev), params)
    assert torch.allclose(h[0], state.h, rtol=0, atol=1e-12)
    assert torch.allclose(c[0], state.c, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", LeftOut._fields)
def test_a_part_that_is_left_out_is_gone(name):
    """By hand, without peepholes."""
    (h, c), (a, h_prev, c_prev, W_h) = _step_without(name, torch.zeros(1, 1, 9, dtype=torch.float64))
    a_i, a_f, a_g, a_o = (a + h_prev @ W_h).chunk(4, 1)
    i = 1.0 if name == "input_gate" else torch.sigmoid(a_i)
    f = 1.0 if name == "forget_gate" else 1.0 - i if name == "coupled" else torch.sigmoid(a_f)
    new = f * c_prev + i * (a_g if name == "input_activation" else torch.tanh(a_g))
    o = 1.0 if name == "output_gate" else torch.sigmoid(a_o)
    assert torch.allclose(c[0], new, rtol=0, atol=1e-12)
    shown = new if name == "output_activation" else torch.tanh(new)
    assert torch.allclose(h[0], o * shown, rtol=0, atol=1e-12)


def test_variants_share_nothing_but_the_loop():
    """A seed's scores do not depend on the other seeds; all eight differ."""
    both = measure_odyssey((0, 1), T=6, H=4, B=8, steps=5)
    alone = measure_odyssey((1,), T=6, H=4, B=8, steps=5)
    assert np.allclose(both.scores[1], alone.scores[0], rtol=1e-4)
    assert len(set(alone.scores[0])) == len(VARIANTS)
    assert not alone.holds


def test_the_odyssey_can_go_elsewhere():
    """A coin has a variance of a quarter, which is the error of the best constant answer."""

    def coin_toss(B, T, rng):
        return rng.random((B, T, 2)), rng.integers(0, 2, B)

    found = measure_odyssey((0,), T=3, H=2, B=4, steps=1, task=coin_toss)
    assert found.constant == pytest.approx(0.25, abs=0.01)
    assert "mean squared error on the coin toss after 1 steps" in _shown(found)


def test_only_both_directions_solve_teddy():
    found = measure_teddy(bidirectional, (0,), steps=100)
    assert found.holds
    assert "both directions: 1.000" in _shown(found)

    def twice_forwards(step, xs, states, params, lengths):
        hs = [unroll_padded(step, xs, *of_one, lengths)[0] for of_one in zip(states, params, strict=True)]
        return torch.cat(hs, dim=2), None, None

    assert not measure_teddy(twice_forwards, (0,), steps=30).holds


@pytest.mark.slow
def test_a_clock_that_never_stops_does_not_generate_the_wave():
    def every_module_ticks(x, state, params, periods):
        return clockwork_step(x, state, params, (1,) * len(periods))

    options = {"T": 64, "steps": 300}
    ticking = measure_waveform(clockwork_step, (0,), **options)
    without = measure_waveform(every_module_ticks, (0,), **options)
    assert ticking.scores[0, 0] < 0.7 * without.scores[0, 0]
    assert np.array_equal(ticking.scores[:, 1:], without.scores[:, 1:])
    errors = ((ticking.generated - ticking.wave) ** 2).mean(1) / ticking.wave.var()
    assert errors == pytest.approx(ticking.scores[0], rel=1e-4)
    ticking.wave_figure().canvas.draw()
    _shown(ticking)


def test_deep_networks_run():
    found = measure_depth((0,), steps=30)
    assert found.scores.shape == (1, 3)
    assert np.all(found.scores > 0.15)
    _shown(found)


def test_children_in_the_wrong_order_give_wrong_values():
    def turned(tree, vectors, params):
        def turn(tree):
            return tree if isinstance(tree, int) else (turn(tree[1]), turn(tree[0]))

        return tree_rnn(turn(tree), vectors, params)

    options = {"trained": 1, "depths": (1, 2), "steps": 150}
    right, wrong = (measure_arithmetic(run, (0,), **options) for run in (tree_rnn, turned))
    (tree, row), (turned_tree, same_row) = right.curves.values(), wrong.curves.values()
    assert tree[0, 0] > 0.9 > 0.5 > turned_tree[0, 0]
    assert np.array_equal(row, same_row)
