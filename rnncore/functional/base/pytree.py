"""Nested containers of arrays: tuples, NamedTuples, lists and dictionaries."""

from collections.abc import Callable, Iterator
from typing import Any


def map_tree(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply a function to every leaf of a tree; the results form a tree of the same structure.

    Args:
        function: called with a leaf of the tree and the leaves of the others at the same place.
        tree: tuples, NamedTuples, lists and dictionaries, arbitrarily nested; anything else is a
            leaf.
        others: trees of the same structure.

    Returns:
        The tree of results.

    Raises:
        ValueError: if the structures differ.
    """
    if isinstance(tree, dict):
        if any(other.keys() != tree.keys() for other in others):
            raise ValueError(f"trees must have the same structure; got {[tree, *others]}")
        return {
            name: map_tree(function, child, *(other[name] for other in others))
            for name, child in tree.items()
        }
    if isinstance(tree, tuple | list):
        if any(len(other) != len(tree) for other in others):
            raise ValueError(f"trees must have the same structure; got {[tree, *others]}")
        children = [map_tree(function, *child) for child in zip(tree, *others, strict=True)]
        return type(tree)(*children) if hasattr(tree, "_fields") else type(tree)(children)
    return function(tree, *others)


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of a tree, in order."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, tuple | list):
        for child in tree:
            yield from leaves(child)
    else:
        yield tree
