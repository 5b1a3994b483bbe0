"""Sequences laid out one step after another, without padding: the layout of a `PackedSequence`."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor


class Part(NamedTuple):
    """Consecutive steps of a longer run."""

    steps: "Steps"
    rows: slice
    """The rows of these steps, among the N."""
    previous: slice
    """The rows of the preceding step that are still active; empty at the first step."""

    def previous_rows(self, initial: Tensor, rows: Tensor) -> Tensor:
        """The row one step earlier for each row of this part.

        Args:
            initial: the rows before t = 0, (B, ...).
            rows: all rows of the run, (N, ...).

        Returns:
            The earlier rows, as many as this part has.
        """
        if self.steps.same_length and 0 < self.previous.stop == self.rows.start:
            return rows[self.previous.start : self.rows.stop - self.steps.B]
        first = rows[self.previous] if self.rows.start else initial
        return self.steps.previous_rows(first, rows[self.rows])


class Steps:
    """How N rows (N, D) fall into T steps: step t holds the first `sizes[t]` sequences.

    Sequences are sorted by length, longest first, so the sizes never grow and the active sequences
    are always the first rows. B sequences of the same length have T times the size B.
    """

    def __init__(self, sizes: Sequence[int]):
        self.sizes = list(sizes)
        self.B, self.N = self.sizes[0], sum(self.sizes)
        self.same_length = self.sizes[-1] == self.B

    def split(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The T steps of N rows, views of (sizes[t], ...)."""
        return rows.split(self.sizes)

    def previous_states(self, first: Tensor, steps: Sequence[Tensor]) -> list[Tensor]:
        """The state each step starts from, as views: `first`, then the active rows of `steps`."""
        after = zip(steps, self.sizes[1:], strict=False)
        return [first, *(rows if rows.shape[0] == n else rows[:n] for rows, n in after)]

    def active_rows(self, state: Tensor) -> list[Tensor]:
        """The sequences still running at each step: views of the first rows of a state (B, ...)."""
        return [state if n == self.B else state[:n] for n in self.sizes]

    def previous_rows(self, first: Tensor, rows: Tensor) -> Tensor:
        """The row one step earlier for each of the N rows; at t = 0 that of `first` (B, ...)."""
        if self.same_length:
            return torch.cat([first, rows[: -self.B]])
        return torch.cat([first, rows])[self._previous.to(rows.device)]

    def final_rows(self, rows: Tensor) -> Tensor:
        """The row of each sequence's last step, (B, ...)."""
        return rows[-self.B :].clone() if self.same_length else rows[self._ends.to(rows.device)]

    def add_to_final_rows(self, rows: Tensor, update: Tensor) -> None:
        """Add an `update` (B, ...) to each sequence's last row among `rows`, in place."""
        if self.same_length:
            rows[-self.B :].add_(update)
        else:
            rows.index_add_(0, self._ends.to(rows.device), update)

    def parts(self, rows: int) -> list[Part]:
        """Divide the run into parts of about `rows` rows each, at least one step."""
        T, size = len(self.sizes), max(1, rows // max(1, self.B))
        parts, start, previous = [], 0, 0
        for t in range(0, T, size):
            steps = Steps(self.sizes[t : t + size])
            end = start + steps.N
            parts.append(Part(steps, slice(start, end), slice(previous, previous + steps.B)))
            start, previous = end, end - steps.sizes[-1]
        return parts

    def reverse(self, rows: Tensor) -> Tensor:
        """Reverse every sequence in time. Reversing twice changes nothing."""
        if self.same_length:
            return rows.unflatten(0, (len(self.sizes), self.B)).flip(0).flatten(0, 1)
        return rows[self._reversed.to(rows.device)]

    @cached_property
    def _starts(self) -> Tensor:
        return torch.tensor([0, *self.sizes]).cumsum(0)[:-1]

    @cached_property
    def _place(self) -> tuple[Tensor, Tensor]:
        """Step and sequence of each row."""
        sizes = torch.tensor(self.sizes)
        step = torch.repeat_interleave(torch.arange(len(self.sizes)), sizes)
        return step, torch.arange(self.N) - self._starts[step]

    @cached_property
    def _lengths(self) -> Tensor:
        return (torch.tensor(self.sizes)[:, None] > torch.arange(self.B)).sum(0)

    @cached_property
    def _ends(self) -> Tensor:
        return self._starts[self._lengths - 1] + torch.arange(self.B)

    @cached_property
    def _previous(self) -> Tensor:
        """Index of the row one step earlier, in `first` followed by the rows."""
        step, sequence = self._place
        return torch.where(step == 0, sequence, self.B + self._starts[step - 1] + sequence)

    @cached_property
    def _reversed(self) -> Tensor:
        step, sequence = self._place
        return self._starts[self._lengths[sequence] - 1 - step] + sequence
