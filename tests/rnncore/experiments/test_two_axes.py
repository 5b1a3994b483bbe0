"""The two axes: their band, and models that have hardly begun."""

import numpy as np
import pytest

from rnncore.experiments.two_axes import (
    ATTENTION,
    PAIRS,
    RECURRENT,
    TASKS,
    TESTED,
    TwoAxes,
    measure_two_axes,
    score_model,
)
from rnncore.functional.cells import min_gru_scan, signed_recurrence

MODELS = (*RECURRENT, ATTENTION)
PARITY, MOD_3, RECALL = [1.0, 1.0, 0.5, 1.0, 0.5], [1.0, 1.0, 0.33, 0.33, 0.33], [0.1, 0.1, 0.1, 0.1, 1.0]


def _found(parity=PARITY, mod_3=MOD_3, recall=RECALL):
    counts = {
        task: np.tile(np.array(right)[None, :, None], (2, 1, TESTED))
        for task, right in zip(TASKS, (parity, mod_3), strict=True)
    }
    recalled = np.tile(np.array(recall)[None, :, None], (2, 1, len(PAIRS)))
    return TwoAxes((0, 1), MODELS, counts, recalled, 10)


def _with(scores, model, score):
    return [score if name == model else old for name, old in zip(MODELS, scores, strict=True)]


def test_the_band_of_the_two_axes():
    found = _found()
    assert found.holds
    assert "signed recurrence" in str(found)
    for figure in (found.figure(), found.recall_figure(), *map(found.counting_figure, TASKS)):
        figure.canvas.draw()


@pytest.mark.parametrize(
    ("task", "model", "score"),
    [
        ("parity", "LSTM", 0.6),
        ("parity", "signed recurrence", 0.6),
        ("parity", "minGRU", 0.9),
        ("parity", ATTENTION, 0.9),
        ("parity", "tanh RNN", 0.6),
        ("mod_3", "tanh RNN", 0.6),
        ("mod_3", "signed recurrence", 0.9),
        ("recall", ATTENTION, 0.6),
        ("recall", "LSTM", 0.6),
    ],
)
def test_a_model_in_another_corner_is_outside_the_band(task, model, score):
    before = {"parity": PARITY, "mod_3": MOD_3, "recall": RECALL}[task]
    assert not _found(**{task: _with(before, model, score)}).holds


def test_networks_that_have_hardly_begun_guess():
    found = measure_two_axes(min_gru_scan, signed_recurrence, (0,), steps=2, B=4, H=8)
    assert not found.holds
    assert all(abs(right.mean() - 1 / TASKS[task]) < 0.12 for task, right in found.beyond.items())
    assert found.recalled.mean() < 0.2


def test_a_sign_is_what_parity_needs():
    options = {"task": "parity", "steps": 250, "H": 16}
    assert score_model(0, model="signed recurrence", **options) > 0.95
    assert score_model(0, model="minGRU", **options) < 0.6


def test_one_model_and_task_are_named():
    with pytest.raises(ValueError, match="model must be one of tanh RNN, LSTM"):
        score_model(0, model="GRU", task="parity")
    with pytest.raises(ValueError, match="task must be one of parity, count mod 3 and recall"):
        score_model(0, model="LSTM", task="counting")
    assert 0.0 <= score_model(0, model=ATTENTION, task="recall", pairs=3, steps=1, H=4, B=2) <= 1.0
