"""The recursive network: one cell shared over a tree instead of over time."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from rnncore.functional.base.activations import tanh
from rnncore.functional.base.arrays import Array, Float, concat, require_shape

Tree: TypeAlias = "int | tuple[Tree, Tree]"
"""A leaf, which is the row of its vector, or a pair of trees: `((0, 1), 2)`."""

_Place = tuple[int, int]
"""The height of a node, and which one it is of all nodes of its height."""


class TreeParams(NamedTuple):
    """The weights of a recursive network; the upper H rows of W are for the left child."""

    W: Float[Array, "2H H"]
    b: Float[Array, "H"]


def compose(
    left: Float[Array, "B H"], right: Float[Array, "B H"], params: TreeParams
) -> Float[Array, "B H"]:
    """The vector of a phrase, from those of its two parts.

        h = tanh([left, right] W + b)

    Args:
        left: (B, H).
        right: (B, H).
        params: `TreeParams(W, b)` of shapes (2H, H) and (H,).

    Returns:
        The vectors of the phrases, (B, H).

    Raises:
        ValueError: if shapes do not fit.

    Reference: Goller and Küchler, Learning Task-Dependent Distributed Representations by
        Backpropagation Through Structure (1996), doi:10.1109/ICNN.1996.548916.
    """
    H = params.W.shape[1]
    require_shape("left", left, ("B", H))
    require_shape("right", right, (left.shape[0], H))
    return tanh(concat([left, right], axis=1) @ params.W + params.b)


def tree_rnn(tree: Tree, vectors: Float[Array, "V H"], params: TreeParams) -> Float[Array, "H"]:
    """The vector of a whole tree, from its leaves to its root.

        h(leaf) = its vector,   h((left, right)) = compose(h(left), h(right))

    Args:
        tree: a leaf, which is a whole number and tells a row of `vectors`; or a tuple of two trees,
            left and right: `((0, 1), 2)`.
        vectors: what the leaves mean, (V, H).
        params: `TreeParams(W, b)` of shapes (2H, H) and (H,), shared by all nodes.

    Returns:
        The vector of the root, (H,).

    Raises:
        ValueError: if a leaf has no vector, a node does not have two children, or shapes do not
            fit.

    Reference: Socher, Lin, Ng and Manning, Parsing Natural Scenes and Natural Language with
        Recursive Neural Networks (2011).
    """
    if isinstance(tree, tuple):
        if len(tree) != 2:
            raise ValueError(f"a node must have 2 children; got {len(tree)}")
        left, right = (tree_rnn(child, vectors, params)[None, :] for child in tree)
        return compose(left, right, params)[0]
    if not 0 <= tree < vectors.shape[0]:
        raise ValueError(f"a leaf must be from 0 to {vectors.shape[0] - 1}; got {tree}")
    return vectors[tree]


def forest_rnn(
    trees: Sequence[Tree], vectors: Float[Array, "V H"], params: TreeParams
) -> Float[Array, "B H"]:
    """`tree_rnn` for many trees at once: all nodes of one height in one product.

    Args:
        trees: B trees.
        vectors: what the leaves mean, (V, H).
        params: `TreeParams(W, b)` of shapes (2H, H) and (H,).

    Returns:
        The vectors of the roots, (B, H).

    Raises:
        ValueError: as `tree_rnn`.

    Reference: Looks et al., Deep Learning with Dynamic Computation Graphs (2017), arXiv:1702.02181.
    """
    levels: list[list[tuple[_Place, _Place]]] = []

    def place(tree: Tree) -> _Place:
        if not isinstance(tree, tuple):
            return 0, _leaf(tree, vectors)
        left, right = map(place, _children(tree))
        height = 1 + max(left[0], right[0])
        if height > len(levels):
            levels.append([])
        levels[height - 1].append((left, right))
        return height, len(levels[height - 1]) - 1

    roots = [place(tree) for tree in trees]
    known, starts = vectors, [0]

    def rows(places: Sequence[_Place]) -> Array:
        return known[[starts[height] + index for height, index in places]]

    for level in levels:
        left, right = zip(*level, strict=True)
        above = compose(rows(left), rows(right), params)
        starts.append(known.shape[0])
        known = concat([known, above])
    return rows(roots)


def _leaf(row: int, vectors: Array) -> int:
    if not 0 <= row < vectors.shape[0]:
        raise ValueError(f"a leaf must be from 0 to {vectors.shape[0] - 1}; got {row}")
    return row


def _children(tree: tuple[Tree, Tree]) -> tuple[Tree, Tree]:
    if len(tree) != 2:
        raise ValueError(f"a node must have 2 children; got {len(tree)}")
    return tree
