import array_api_compat
import numpy as np
import pytest
import torch

from rnncore.functional.base.arrays import array_namespace

NUMBERS, TENSOR = np.ones((2, 3)), torch.ones(2)


@pytest.mark.parametrize(
    "arrays",
    [(NUMBERS,), (NUMBERS, NUMBERS), (NUMBERS.max(),), (NUMBERS, 1.0), (np.ma.ones(2),), (TENSOR,), (TENSOR, 1.0)],
    ids=str,
)
def test_the_library_of_arrays_is_what_array_api_compat_says(arrays):
    assert array_namespace(*arrays) is array_api_compat.array_namespace(*arrays)


@pytest.mark.parametrize("arrays", [(), (1.0,), ([1.0],), (NUMBERS, TENSOR)], ids=str)
def test_what_has_no_library_is_refused(arrays):
    with pytest.raises(TypeError):
        array_namespace(*arrays)
