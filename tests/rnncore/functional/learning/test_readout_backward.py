"""Gradients through a readout, against autograd."""

import numpy as np
import pytest
import torch

from rnncore.functional.learning import (
    gradient_check,
    readout_backward,
    relative_error,
)
from rnncore.functional.sequence import (
    init_readout_params,
    readout,
)


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 1), (2, 5)])
def test_readout_backward_agrees_with_autograd(library, rng, to_torch_leaves, shape):
    H, K = 3, 2
    h, dys, params = rng.normal(size=(*shape, H)), rng.normal(size=(*shape, K)), init_readout_params(H, K, rng)
    given = to_torch_leaves((h, *params))
    expected = torch.autograd.grad(given[0] @ given[1] + given[2], given, torch.tensor(dys))
    dh, dparams = readout_backward(*library((dys, h, params)))
    for ours, theirs in zip((dh, *dparams), expected, strict=True):
        assert relative_error(ours, theirs) < 1e-9
    errors = gradient_check(
        lambda _: float(np.sum(dys * readout(h, params))),
        {"h": h, **params._asdict()},
        dict(zip(("h", *params._fields), (dh, *dparams), strict=True)),
    )
    assert max(errors.values()) < 1e-7
    with pytest.raises(ValueError, match="dys must be"):
        readout_backward(dys[:0], h, params)
