"""Activations against torch's, and where exp would overflow."""

import numpy as np
import torch

from rnncore.functional.base import sigmoid, softmax, tanh
from rnncore.functional.learning import relative_error


def test_activations_agree_with_torch_and_do_not_overflow():
    a = np.array([-1e4, -30.0, -1.0, 0.0, 1.0, 30.0, 1e4])
    t = torch.tensor(a)
    with np.errstate(all="raise", under="ignore"):
        assert relative_error(sigmoid(a), torch.sigmoid(t)) < 1e-12
        assert relative_error(tanh(a), torch.tanh(t)) < 1e-12
        assert relative_error(softmax(a), torch.softmax(t, dim=-1)) < 1e-12
