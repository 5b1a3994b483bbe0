"""Sequences laid out one step after another, without padding: the layout of a `PackedSequence`."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor


class Part(NamedTuple):
    """Some steps in a row of a longer run."""

    steps: "Steps"
    rows: slice
    """Which of the N rows these steps are."""
    before: slice
    """The rows of the step before that go on; none if there is no step before."""

    def earlier(self, at_0: Tensor, rows: Tensor) -> Tensor:
        """For each row of these steps the one a step earlier, out of all `rows` of the run.

        Args:
            at_0: what comes before t = 0, (B, ...).
            rows: all rows of the run, (N, ...).

        Returns:
            As many rows as these steps have.
        """
        if self.steps.same_length and 0 < self.before.stop == self.rows.start:
            return rows[self.before.start : self.rows.stop - self.steps.B]
        return self.steps.before(rows[self.before] if self.rows.start else at_0, rows[self.rows])


class Steps:
    """How N rows (N, D) fall into T steps: step t holds the first `sizes[t]` sequences.

    The longest sequence stands first, so that the sizes never grow, and the sequences that go on
    are always the first rows. B sequences of the same length have T times the size B.
    """

    def __init__(self, sizes: Sequence[int]):
        self.sizes = list(sizes)
        self.B, self.N = self.sizes[0], sum(self.sizes)
        self.same_length = self.sizes[-1] == self.B

    def split(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The T steps of N rows, views of (sizes[t], ...)."""
        return rows.split(self.sizes)

    def going_on(self, first: Tensor, steps: Sequence[Tensor]) -> list[Tensor]:
        """What each step starts from, as views: `first`, then what goes on of `steps`."""
        after = zip(steps, self.sizes[1:], strict=False)
        return [first, *(rows if rows.shape[0] == n else rows[:n] for rows, n in after)]

    def cut(self, state: Tensor) -> list[Tensor]:
        """For each step, the rows of a state (B, ...) that are still there, as views."""
        return [state if n == self.B else state[:n] for n in self.sizes]

    def before(self, first: Tensor, rows: Tensor) -> Tensor:
        """For each row of N the one a step earlier: of `rows`, or of `first` (B, ...) at t = 0."""
        if self.same_length:
            return torch.cat([first, rows[: -self.B]])
        return torch.cat([first, rows])[self._earlier.to(rows.device)]

    def last(self, rows: Tensor) -> Tensor:
        """The rows at the last step of each sequence, (B, ...)."""
        return rows[-self.B :].clone() if self.same_length else rows[self._ends.to(rows.device)]

    def add_to_last(self, rows: Tensor, update: Tensor) -> None:
        """Add an `update` (B, ...) to the rows at the last step of each sequence, in place."""
        if self.same_length:
            rows[-self.B :].add_(update)
        else:
            rows.index_add_(0, self._ends.to(rows.device), update)

    def parts(self, rows: int) -> list[Part]:
        """Cut the run into parts of at least one step and about so many rows."""
        T, size = len(self.sizes), max(1, rows // max(1, self.B))
        parts, start, previous = [], 0, 0
        for t in range(0, T, size):
            steps = Steps(self.sizes[t : t + size])
            end = start + steps.N
            parts.append(Part(steps, slice(start, end), slice(previous, previous + steps.B)))
            start, previous = end, end - steps.sizes[-1]
        return parts

    def turn(self, rows: Tensor) -> Tensor:
        """Turn each sequence around. Doing it twice changes nothing."""
        if self.same_length:
            return rows.unflatten(0, (len(self.sizes), self.B)).flip(0).flatten(0, 1)
        return rows[self._turned.to(rows.device)]

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
    def _earlier(self) -> Tensor:
        """Where the row of one step earlier stands in `first` followed by the rows."""
        step, sequence = self._place
        return torch.where(step == 0, sequence, self.B + self._starts[step - 1] + sequence)

    @cached_property
    def _turned(self) -> Tensor:
        step, sequence = self._place
        return self._starts[self._lengths[sequence] - 1 - step] + sequence
