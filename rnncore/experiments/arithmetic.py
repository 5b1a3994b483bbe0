"""Arithmetic in brackets: a network along the tree against a network along the row of signs."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence

from rnncore.experiments.curves import Curves
from rnncore.experiments.fitting import fit, seeded
from rnncore.functional.sequence import Tree, TreeParams, forest_rnn
from rnncore.lab.training import use_threads
from rnncore.tasks.arithmetic_trees import (
    MODULUS,
    OPERATIONS,
    TOKENS,
    arithmetic_tree,
    tree_tokens,
    tree_value,
)
from rnncore.tasks.arithmetic_trees import Tree as Expression
from rnncore.tasks.batching import pad_batch


@dataclass(frozen=True)
class ArithmeticTrees(Curves):
    """How often the value of an expression is right, by the depth of its brackets."""

    claim: ClassVar[str] = (
        "A network along the tree computes expressions deeper than it was trained on; a network "
        "along the row of signs, with as many weights, does not."
    )
    reference: ClassVar[str] = (
        "Goller and Küchler (1996), doi:10.1109/ICNN.1996.548916; Veldhoen, Hupkes and Zuidema, "
        "Diagnostic Classifiers (2016), CEUR 1773"
    )
    published: ClassVar[str] = (
        "sums and differences without a modulus, other networks and measures: not comparable"
    )
    band: ClassVar[str] = (
        "every seed, one level deeper than trained and at twice the depth: along the tree at least "
        "0.2 more than along the row of signs"
    )
    """Set after a look at seeds 0-2 with other settings, so held against seeds 3-5 too. Means at
    depths 4 and 6: seeds 0-2 0.96 and 0.79 along the tree, 0.35 and 0.28 along the row; seeds 3-5
    0.93 and 0.70, 0.32 and 0.28. With 6,000 steps (seed 0) 1.00 and 1.00, 0.34 and 0.23."""
    xlabel: ClassVar[str] = "depth of the expression"
    ylabel: ClassVar[str] = "accuracy"
    lines: ClassVar[dict[str, float]] = {"guessing among five": 1.0 / MODULUS}
    """Whoever always answers 0 is right more often: 0.24 of the time at depth 1, 0.31 at 6."""

    trained: int
    """The greatest depth of the training."""

    @property
    def holds(self) -> bool:
        beyond = np.isin(self.points, (self.trained + 1, 2 * self.trained))
        tree, row = (curve[:, beyond] for curve in self.curves.values())
        return bool(np.all(tree - row >= 0.2))


class _TreeClassifier(torch.nn.Module):
    """Scores of the values, from the vector of the root.

    As `rnncore.nn.models.TreeClassifier`, without the models of later units that come with it.
    """

    def __init__(self, H: int):
        super().__init__()
        bound = H**-0.5
        self.embedding = torch.nn.Embedding(MODULUS + len(OPERATIONS), H)
        self.W = torch.nn.Parameter(torch.empty(2 * H, H).uniform_(-bound, bound))
        self.b = torch.nn.Parameter(torch.empty(H).uniform_(-bound, bound))
        self.readout = torch.nn.Linear(H, MODULUS)

    def forward(self, trees: Sequence[Tree]) -> Tensor:
        params = TreeParams(self.W, self.b)
        return self.readout(forest_rnn(trees, self.embedding.weight, params))


class _RowClassifier(torch.nn.Module):
    """Scores of the values, from the last state of a GRU that reads the signs."""

    def __init__(self, H: int):
        super().__init__()
        self.embedding = torch.nn.Embedding(len(TOKENS), H)
        self.layer = torch.nn.GRU(H, H, batch_first=True)
        self.readout = torch.nn.Linear(H, MODULUS)

    def forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        ids, mask = pad_batch(rows)
        xs, lengths = self.embedding(torch.tensor(ids)), torch.tensor(mask.sum(1))
        packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
        _, last = self.layer(packed)
        return self.readout(last[0])


def measure_arithmetic(
    tree_rnn: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    trained: int = 3,
    depths: Sequence[int] = (1, 2, 3, 4, 5, 6),
    steps: int = 1500,
    H: int = 64,
    H_row: int = 37,
    B: int = 64,
    learning_rate: float = 5e-3,
) -> ArithmeticTrees:
    """Train two networks on expressions of depth 1 to `trained`, and ask for deeper ones.

    The recursive network reads `(3 + 4)` as `((3, +), 4)`. It is trained by `forest_rnn`, many
    trees at once; its answers are computed by the function that is handed in. The other network is
    a GRU. They have 9,093 and 8,996 weights, and are asked for 200 new expressions of each depth.

    Args:
        tree_rnn: `tree_rnn(tree, vectors, params)`, the vector of the root.
        seeds: weights and expressions are drawn anew for each.
        trained: the greatest depth of the training.
        depths: the depths to ask for, among them trained + 1 and twice trained.
        steps: how many training steps.
        H: the size of the recursive network's vectors.
        H_row: the hidden size of the GRU.
        B: how many expressions a training step sees.
        learning_rate: the greatest step size.

    Returns:
        An `ArithmeticTrees` finding.

    Raises:
        ValueError: if a depth that the band speaks of is missing.
    """
    if not {trained + 1, 2 * trained} <= set(depths):
        raise ValueError(
            f"depths must hold {trained + 1} and {2 * trained}, as the band compares; got {depths}"
        )
    start = time.perf_counter()
    along_tree, along_row = np.zeros((2, len(seeds), len(depths)))
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        with seeded(seed), use_threads(1):
            tree = _TreeClassifier(H)
            signs = _RowClassifier(H_row)
            for network, read in ((tree, _pairs), (signs, tree_tokens)):
                fit(
                    network,
                    partial(_loss, network, read),
                    _batches(B, trained, rng),
                    steps=steps,
                    learning_rate=learning_rate,
                )
            recursive = partial(
                tree_rnn, vectors=tree.embedding.weight, params=TreeParams(tree.W, tree.b)
            )
            with torch.no_grad():
                for column, depth in enumerate(depths):
                    expressions, values = _expressions(200, (depth,), rng)
                    roots = [recursive(_pairs(expression)) for expression in expressions]
                    rows = [tree_tokens(expression) for expression in expressions]
                    along_tree[row, column] = _accuracy(tree.readout(torch.stack(roots)), values)
                    along_row[row, column] = _accuracy(signs(rows), values)
    curves = {"along the tree": along_tree, "along the row of signs": along_row}
    seconds = time.perf_counter() - start
    return ArithmeticTrees(tuple(seeds), seconds, tuple(depths), curves, trained)


def _pairs(expression: Expression) -> Tree:
    if isinstance(expression, int):
        return expression
    operation, left, right = expression
    return (_pairs(left), TOKENS.index(operation)), _pairs(right)


def _expressions(
    B: int, depths: Sequence[int], rng: np.random.Generator
) -> tuple[list[Expression], Tensor]:
    drawn = [arithmetic_tree(int(depth), rng) for depth in rng.choice(depths, B)]
    return drawn, torch.tensor([tree_value(expression) for expression in drawn])


def _batches(
    B: int, trained: int, rng: np.random.Generator
) -> Iterator[tuple[list[Expression], Tensor]]:
    while True:
        yield _expressions(B, range(1, trained + 1), rng)


def _loss(
    network: torch.nn.Module,
    read: Callable[[Expression], Any],
    batch: tuple[list[Expression], Tensor],
) -> Tensor:
    expressions, values = batch
    return cross_entropy(network([read(expression) for expression in expressions]), values)


def _accuracy(scores: Tensor, values: Tensor) -> float:
    return (scores.argmax(1) == values).double().mean().item()
