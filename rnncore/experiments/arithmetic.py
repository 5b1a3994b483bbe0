"""Arithmetic in brackets: a network along the tree against a network along the row of signs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence

from rnncore.experiments.batches import endless
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.curves import Curves, measure_seeds
from rnncore.experiments.registry import experiment
from rnncore.experiments.scores import accuracy
from rnncore.functional.sequence import Tree, TreeParams, forest_rnn, tree_rnn
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.training import to_device, train
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

_TREE, _ROW = "along the tree", "along the row of signs"


@dataclass(frozen=True)
class ArithmeticTrees(Curves):
    """Accuracy on the value of an expression, by the depth of its brackets."""

    claim: ClassVar[Claim] = Claim(
        "A network along the tree computes expressions deeper than it was trained on; a network "
        "along the row of signs, with as many weights, does not.",
        reference=(
            "Goller and Küchler (1996), doi:10.1109/ICNN.1996.548916; Veldhoen, Hupkes and "
            "Zuidema, Diagnostic Classifiers (2016), CEUR 1773"
        ),
        published=(
            "sums and differences without a modulus, other networks and measures: not comparable"
        ),
        bands=(
            every_seed(
                f"{_TREE} (one level deeper than trained, and twice as deep)",
                minus=f"{_ROW} (one level deeper than trained, and twice as deep)",
                at_least=0.2,
            ),
        ),
    )
    """Set after a look at seeds 0-2 with other settings, so held against seeds 3-5 too. Means at
    depths 4 and 6: seeds 0-2 0.96 and 0.79 along the tree, 0.33-0.35 (on two processors) and 0.28
    along the row; seeds 3-5 0.93 and 0.70, 0.32 and 0.28. With 6,000 steps (seed 0) 1.00 and 1.00,
    0.34 and 0.23."""
    xlabel: ClassVar[str] = "depth of the expression"
    ylabel: ClassVar[str] = "accuracy"
    levels: ClassVar[dict[str, float]] = {"guessing among five": 1.0 / MODULUS}
    """Always answering 0 has a higher accuracy: 0.24 at depth 1, 0.31 at depth 6."""

    trained: int
    """The greatest depth of the training."""

    def quantities(self) -> dict[str, np.ndarray]:
        beyond = np.isin(self.points, (self.trained + 1, 2 * self.trained))
        return {
            f"{name} (one level deeper than trained, and twice as deep)": curve[:, beyond]
            for name, curve in self.curves.items()
        }


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

    def forward(self, expressions: Sequence[Expression]) -> Tensor:
        trees, params = [_pairs(one) for one in expressions], TreeParams(self.W, self.b)
        return self.readout(forest_rnn(trees, self.embedding.weight, params))


class _RowClassifier(torch.nn.Module):
    """Scores of the values, from the last state of a GRU that reads the signs."""

    def __init__(self, H: int):
        super().__init__()
        self.embedding = torch.nn.Embedding(len(TOKENS), H)
        self.layer = torch.nn.GRU(H, H, batch_first=True)
        self.readout = torch.nn.Linear(H, MODULUS)

    def forward(self, expressions: Sequence[Expression]) -> Tensor:
        ids, mask = pad_batch([tree_tokens(one) for one in expressions])
        xs = self.embedding(torch.tensor(ids, device=self.embedding.weight.device))
        lengths = torch.tensor(mask.sum(1))
        packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
        _, last = self.layer(packed)
        return self.readout(last[0])


@experiment("arithmetic", tree_rnn)
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
    device: str = "auto",
) -> ArithmeticTrees:
    """Train two networks on expressions of depth 1 to `trained`, and test them on deeper ones.

    The recursive network reads `(3 + 4)` as `((3, +), 4)`. It is trained by `forest_rnn`, many
    trees at once; its answers are computed by `tree_rnn`. The other network is
    a GRU. They have 9,093 and 8,996 weights, and are tested on 200 new expressions of each depth.

    Args:
        tree_rnn: `tree_rnn(tree, vectors, params)`, the vector of the root.
        seeds: each draws its own weights and expressions.
        trained: the greatest depth of the training.
        depths: the depths to test, among them trained + 1 and twice trained.
        steps: number of training steps.
        H: the size of the recursive network's vectors.
        H_row: the hidden size of the GRU.
        B: expressions in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        An `ArithmeticTrees` finding.

    Raises:
        ValueError: if a depth that the band speaks of is missing.
    """
    if not {trained + 1, 2 * trained} <= set(depths):
        raise ValueError(
            f"depths must hold {trained + 1} and {2 * trained}, as the band compares; got {depths}"
        )
    place = pick_device(device, recurrent_work(B, H_row, H_row, gates=3))

    def run(seed: int) -> dict[str, list[float]]:
        rng = np.random.default_rng(seed)
        tree, signs = _TreeClassifier(H), _RowClassifier(H_row)
        for network in (tree, signs):
            train(
                _loss,
                network,
                endless(lambda: _expressions(B, range(1, trained + 1), rng)),
                steps=steps,
                learning_rate=learning_rate,
                device=place,
            )
        recursive = partial(
            tree_rnn, vectors=tree.embedding.weight, params=TreeParams(tree.W, tree.b)
        )
        found: dict[str, list[float]] = {_TREE: [], _ROW: []}
        for depth in depths:
            expressions, values = to_device(_expressions(200, (depth,), rng), place)
            with torch.no_grad():
                roots = torch.stack([recursive(_pairs(one)) for one in expressions])
                found[_TREE].append(accuracy(tree.readout(roots), values))
                found[_ROW].append(accuracy(signs(expressions), values))
        return found

    curves = measure_seeds(run, seeds)
    name = device_name(place)
    return ArithmeticTrees(tuple(seeds), tuple(depths), curves, trained, device=name)


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


def _loss(network: torch.nn.Module, batch: tuple[list[Expression], Tensor]) -> Tensor:
    expressions, values = batch
    return cross_entropy(network(expressions), values)
