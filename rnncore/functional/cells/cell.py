"""The record of a cell: its step, initial values, bridge to torch and number of weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncore.functional.base.arrays import Array
from rnncore.functional.base.pytree import leaves


@dataclass(frozen=True)
class Cell:
    """A cell, as `CELLS` lists it."""

    step: Callable[..., tuple[Any, Any]]
    """`state, cache = step(x, state, params)`."""
    init_params: Callable[[int, int, np.random.Generator], Any]
    """Draws weights for inputs of size D and a state of size H."""
    init_state: Callable[[int, int], Any]
    """Makes an empty memory for B sequences of size H."""
    step_backward: Callable[[Any, Any], tuple[Array, Any, Any]] | None = None
    """`dx, dstate_prev, dparams = step_backward(dstate, cache)`, where it is written by hand."""
    from_torch: Callable[[Mapping[str, Array]], Any] | None = None
    """Reads the weights of the one-layer torch.nn module of this cell, where there is one."""
    to_torch: Callable[[Any], dict[str, Array]] | None = None
    """Writes the weights as that module's `state_dict`."""
    options: tuple[str, ...] = ()
    """Further arguments of `step`, to be bound before it is unrolled."""
    reads_cell_below: bool = False
    """Whether x is [u, c_below], (B, D + H): the input and the cell of the layer below."""

    @property
    def state_parts(self) -> tuple[str, ...]:
        """The names of the arrays (B, H) in the cell's state, h first."""
        state = self.init_state(1, 1)
        return tuple(n for n, part in state._asdict().items() if isinstance(part, np.ndarray))

    def count_params(self, D: int, H: int) -> int:
        """How many numbers the cell learns, input D and hidden H: those of its arrays."""
        return sum(w.size for w in leaves(self.init_params(D, H, np.random.default_rng(0))))
