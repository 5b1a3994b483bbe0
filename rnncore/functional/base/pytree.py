"""Trees of arrays: tuples, NamedTuples, lists and dictionaries with arrays at their ends."""

from collections.abc import Callable, Iterator
from typing import Any


def map_tree(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply a function to every leaf of a tree, and give back a tree of the same build.

    Args:
        function: gets a leaf of the tree, and the leaves of the others at the same place.
        tree: tuples, NamedTuples, lists and dictionaries, nested as one likes; all else is a leaf.
        others: trees of the same build.

    Returns:
        The tree of results.

    Raises:
        ValueError: if two branches at the same place do not have the same number of twigs.
    """
    if isinstance(tree, dict):
        return {
            name: map_tree(function, branch, *(other[name] for other in others))
            for name, branch in tree.items()
        }
    if isinstance(tree, tuple | list):
        twigs = [map_tree(function, *twig) for twig in zip(tree, *others, strict=True)]
        return type(tree)(*twigs) if hasattr(tree, "_fields") else type(tree)(twigs)
    return function(tree, *others)


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of a tree, in order."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, tuple | list):
        for branch in tree:
            yield from leaves(branch)
    else:
        yield tree
