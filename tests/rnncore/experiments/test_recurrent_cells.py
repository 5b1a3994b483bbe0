"""The experiments: small runs work, and a handicapped cell or a wrong gradient fails the band."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from rnncore.experiments.agreement import Agreement, measure_agreement
from rnncore.experiments.cell_path import measure_cell_path
from rnncore.experiments.forget_bias import ForgetBias, measure_forget_bias
from rnncore.experiments.temporal_xor import measure_temporal_xor
from rnncore.functional.cells import LSTMState, RNNState, lstm_step, lstm_step_backward, rnn_step, rnn_step_backward
from rnncore.functional.sequence import lstm_forward, readout, unroll
from rnncore.functional.weights import set_forget_bias


def _shown(finding):
    """The finding's text, after its figure has been drawn."""
    finding.figure().canvas.draw()
    assert plt.get_fignums() == []
    text = str(finding)
    words = " ".join(text.split())
    for said in (finding.claim.statement, finding.claim.reference, finding.claim.band, finding.device):
        assert said in words
    return text


def _forgetful_rnn_step(x, state, params):
    return rnn_step(x, RNNState(0.0 * state.h), params)


@pytest.mark.slow
def test_temporal_xor_holds_for_a_cell_with_memory_only():
    found = measure_temporal_xor(rnn_step, unroll, readout, seeds=(0,), steps=600, progress=False)
    assert found.holds
    assert found.errors.shape == (1, 47)
    assert found.third.shape[1] + found.others.shape[1] == 47
    assert "The claim holds" in _shown(found)

    without = measure_temporal_xor(_forgetful_rnn_step, unroll, readout, seeds=(0,), steps=600, progress=False)
    assert not without.holds
    assert without.third.min() > 0.2
    assert "does not hold" in _shown(without)


def test_an_error_that_dips_elsewhere_does_not_hold():
    found = measure_temporal_xor(rnn_step, unroll, readout, seeds=(0,), steps=2, progress=False)
    errors = np.full((1, 11), 0.25)
    errors[:, 1::3] = 0.0
    assert dataclasses.replace(found, errors=errors).holds
    errors[0, 3] = 0.1
    assert not dataclasses.replace(found, errors=errors).holds


def test_experiments_repeat_exactly():
    one, two = (measure_temporal_xor(rnn_step, unroll, readout, seeds=(3,), steps=20, progress=False) for _ in range(2))
    assert np.array_equal(one.errors, two.errors)


def _cell_path(**wrong):
    functions = {
        "lstm_step": lstm_step,
        "lstm_step_backward": lstm_step_backward,
        "set_forget_bias": set_forget_bias,
        "rnn_step": rnn_step,
        "rnn_step_backward": rnn_step_backward,
    }
    return measure_cell_path(**(functions | wrong), seeds=(0, 1))


def test_the_cell_path_follows_the_forget_gate():
    found = _cell_path()
    assert found.holds
    assert np.allclose(found.cell[:, :, 0], 1.0)
    assert np.allclose(found.rnn[:, 0], 1.0)
    assert "The claim holds" in _shown(found)


def test_one_step_back_along_the_cell_is_autograds(rng):
    """Independent oracle for one lag: torch's gradient of c with respect to c_prev alone."""
    found = measure_cell_path(
        lstm_step,
        lstm_step_backward,
        set_forget_bias,
        rnn_step,
        rnn_step_backward,
        seeds=(0,),
        biases=(1.0,),
        lags=1,
        B=1,
        D=2,
        H=3,
    )
    kept = []

    def watched(x, state, params):
        kept.append((x, state, params))
        return lstm_step(x, state, params)

    again = measure_cell_path(
        watched,
        lstm_step_backward,
        set_forget_bias,
        rnn_step,
        rnn_step_backward,
        seeds=(0,),
        biases=(1.0,),
        lags=1,
        B=1,
        D=2,
        H=3,
    )
    x, state, params = kept[0]
    cell = torch.nn.LSTMCell(2, 3, dtype=torch.float64)
    weights = {
        "weight_ih": params.W_x.T,
        "weight_hh": params.W_h.T,
        "bias_ih": params.b,
        "bias_hh": 0.0 * params.b,
    }
    cell.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    c = torch.tensor(state.c, requires_grad=True)
    _, c_new = cell(torch.tensor(x), (torch.tensor(state.h), c))
    draw = np.random.default_rng(0)
    draw.normal(size=(1, 1, 2))
    gradient = draw.normal(size=(1, 3))
    gradient /= np.linalg.norm(gradient)
    (expected,) = torch.autograd.grad(c_new, c, torch.tensor(gradient))
    assert found.cell[0, 0, 1] == pytest.approx(float(expected.norm()), rel=1e-9)
    assert np.array_equal(found.cell, again.cell)


def test_a_cell_path_through_the_wrong_gate_does_not_hold():
    def through_the_input_gate(dstate, cache):
        dx, before, dparams = lstm_step_backward(dstate, cache)
        return dx, LSTMState(before.h, dstate.c * cache.i), dparams

    def kept_whole(dstate, cache):
        dx, before, dparams = lstm_step_backward(dstate, cache)
        return dx, LSTMState(before.h, dstate.c), dparams

    assert not _cell_path(lstm_step_backward=through_the_input_gate).holds
    assert not _cell_path(lstm_step_backward=kept_whole).holds
    assert not _cell_path(set_forget_bias=lambda params, value: params).holds


def test_agreement_runs_and_its_band_can_fail():
    found = measure_agreement(
        rnn_step,
        unroll,
        lstm_forward,
        set_forget_bias,
        seeds=(0,),
        distances=(5, 6),
        steps=3,
        progress=False,
    )
    assert not found.holds
    assert found.rnn.shape == found.lstm.shape == (1, 2)
    assert [params.W_h.shape for params in found.trained] == [(32, 128), (32, 128)]
    assert "does not hold" in _shown(found)

    good = Agreement((0,), (5, 30), np.array([[1.0, 0.1]]), np.array([[1.0, 1.0]]))
    assert good.holds
    assert not dataclasses.replace(good, rnn=np.array([[1.0, 0.9]])).holds
    assert not dataclasses.replace(good, lstm=np.array([[1.0, 0.2]])).holds
    assert not dataclasses.replace(good, rnn=np.array([[0.3, 0.1]])).holds


def test_an_lstm_agrees_over_a_few_words_only_if_it_remembers():
    def forgets(xs, state, params):
        return lstm_forward(xs[:, -1:], state, params)

    options = {"seeds": (0,), "distances": (5,), "steps": 120, "progress": False}
    able = measure_agreement(rnn_step, unroll, lstm_forward, set_forget_bias, **options)
    unable = measure_agreement(rnn_step, unroll, forgets, set_forget_bias, **options)
    assert able.lstm[0, 0] > 0.9
    assert unable.lstm[0, 0] < 0.3


def test_forget_bias_runs_and_its_band_can_fail():
    options = {"seeds": (0,), "adding_steps": 2, "agreement_steps": 2, "progress": False}
    found = measure_forget_bias(set_forget_bias, **options)
    assert not found.holds
    assert found.adding.shape == found.agreement.shape == (1, 5)
    assert len(set(found.adding[0])) == 5
    found.adding_figure().canvas.draw()
    assert "does not hold" in _shown(found)
    unset = measure_forget_bias(lambda params, value: params, **options)
    assert len(set(unset.adding[0])) == 1

    good = ForgetBias(
        (0,),
        (-1.0, 0.0, 2.0, 3.0),
        np.array([[0.02, 0.01, 0.005, 0.005]]),
        np.array([[0.1, 0.1, 0.9, 1.0]]),
    )
    assert good.holds
    assert not dataclasses.replace(good, adding=np.full((1, 4), 0.01)).holds
    assert not dataclasses.replace(good, agreement=np.full((1, 4), 0.1)).holds
    assert not dataclasses.replace(good, agreement=np.full((1, 4), 1.0)).holds
    with pytest.raises(ValueError, match="biases must hold -1, 0, 2 and 3"):
        measure_forget_bias(set_forget_bias, biases=(0.0, 1.0))
