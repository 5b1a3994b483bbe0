"""Arithmetic in brackets: what a tree says that a row of signs hides."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from rnncore.tasks.choice import choose

MODULUS = 5
"""Numbers are 0 ... 4, and wrap round: 3 + 4 = 2."""

OPERATIONS = ("+", "-", "*")

TOKENS = (*(str(n) for n in range(MODULUS)), *OPERATIONS, "(", ")")
"""The signs of a sequence; the index of a sign is its id."""

Tree: TypeAlias = "int | tuple[str, Tree, Tree]"
"""A number, or an operation on two trees: `("+", 3, ("*", 2, 4))`."""


def arithmetic_tree(depth: int, rng: np.random.Generator) -> Tree:
    """A random expression of exactly this depth.

    One of the two branches of a node has all the depth that is left, the other any depth below it,
    each alike; so the number of signs varies.

    Args:
        depth: how many operations lie on the longest way from top to number; 0 for a number.
        rng: the source of randomness.

    Returns:
        The tree.

    Reference: Veldhoen, Hupkes and Zuidema, Diagnostic Classifiers (2016), CEUR 1773, has sums and
        differences in brackets; recursive nets: Goller and Küchler (1996),
        doi:10.1109/ICNN.1996.548916.
    """
    if depth == 0:
        return int(rng.integers(MODULUS))
    branches = [
        arithmetic_tree(depth - 1, rng),
        arithmetic_tree(int(rng.integers(depth)), rng),
    ]
    if rng.integers(2):
        branches.reverse()
    return choose(OPERATIONS, rng), branches[0], branches[1]


def tree_value(tree: Tree) -> int:
    """What an expression comes to, 0 ... 4."""
    if isinstance(tree, int):
        return tree
    operation, left, right = tree
    a, b = tree_value(left), tree_value(right)
    return {"+": a + b, "-": a - b, "*": a * b}[operation] % MODULUS


def tree_tokens(tree: Tree) -> list[int]:
    """An expression as a row of signs, `( 3 + ( 2 * 4 ) )`: where in `TOKENS` each stands."""
    return [TOKENS.index(sign) for sign in _signs(tree)]


def _signs(tree: Tree) -> Iterator[str]:
    if isinstance(tree, int):
        yield str(tree)
    else:
        operation, left, right = tree
        yield "("
        yield from _signs(left)
        yield operation
        yield from _signs(right)
        yield ")"
