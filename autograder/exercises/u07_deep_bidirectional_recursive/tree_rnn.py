"""Exercise `tree-rnn`."""

from collections.abc import Callable

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.base.activations import tanh
from rnncore.functional.sequence.tree_rnn import Tree, TreeParams, compose, tree_rnn

exercise = Exercise("tree-rnn", "Along a tree", tree_rnn)


def _torch_tree(tree: Tree, vectors: np.ndarray, params: TreeParams) -> np.ndarray:
    """The oracle: a matrix for each child, a node at a time, in torch."""
    if isinstance(tree, int):
        return vectors[tree]
    H = vectors.shape[1]
    left, right = (torch.tensor(_torch_tree(child, vectors, params)) for child in tree)
    linear: Callable[..., torch.Tensor] = torch.nn.functional.linear
    above = linear(left, torch.tensor(params.W[:H].T)) + linear(right, torch.tensor(params.W[H:].T))
    return torch.tanh(above + torch.tensor(params.b)).numpy()


def _run_tree(student: StudentFunction, rng: np.random.Generator, tree: Tree, H: int, bias: float = 1.0) -> None:
    vectors = rng.normal(size=(5, H))
    params = TreeParams(rng.normal(size=(2 * H, H)), bias * rng.normal(size=H))
    hint = "A pair is composed of the vectors of its two parts, left and right, which may be pairs themselves."
    expect_same(student(tree, vectors, params), _torch_tree(tree, vectors, params), "the vector of the root", hint)


@exercise.check("two leaves, without a bias", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, (3, 1), 3, bias=0.0)


@exercise.check("two leaves", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for H in (3, 1):
        _run_tree(student, rng, (3, 1), H)


@exercise.check("a leaf alone is its vector", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, 2, 3)


@exercise.check("trees that lean to the left", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, ((((3, 0), 2), 4), 1), 3)


@exercise.check("trees that lean to the right", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, (0, (4, (1, (2, 3)))), 3)


@exercise.check("trees with branches on both sides", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_tree(student, rng, (((0, 1), (2, 0)), ((1, (4, 3)), 0)), 4)
    _run_tree(student, rng, ((1, (2, 0)), (3, 3)), 2)


exercise.leaves_inputs(0.25)


def _node(left, right, params):
    return compose(left[None], right[None], params)[0]


def _row(tree):
    return [tree] if isinstance(tree, int) else [leaf for child in tree for leaf in _row(child)]


def _climb(tree, vectors, params, node=_node, leaf=lambda vector: vector):
    if isinstance(tree, int):
        return leaf(vectors[tree])
    left, right = (_climb(child, vectors, params, node, leaf) for child in tree)
    return node(left, right, params)


exercise.knob(
    _climb,
    "children_swapped",
    "Your children have changed places. The upper half of W is for the left part, so that 3 - 2 is not 2 - 3.",
    node=lambda left, right, params: _node(right, left, params),
)


@exercise.mistake(
    "You read the leaves in a row from left to right and ignore the brackets. What belongs together is composed first."
)
def brackets_ignored(tree, vectors, params):
    first, *rest = (vectors[leaf] for leaf in _row(tree))
    for vector in rest:
        first = _node(first, vector, params)
    return first


@exercise.mistake(
    "You read the leaves in a row from right to left and ignore the brackets. What belongs together is composed first."
)
def brackets_ignored_from_the_right(tree, vectors, params):
    *rest, last = (vectors[leaf] for leaf in _row(tree))
    for vector in reversed(rest):
        last = _node(vector, last, params)
    return last


exercise.knob(
    _climb,
    "leaves_squashed",
    "Your leaves go through tanh. A leaf is its vector as it stands; only pairs are composed, and the cell does the "
    "squashing.",
    leaf=tanh,
)


@exercise.mistake("Your nodes leave out tanh, which is part of the cell. `compose` does one node whole.")
def nodes_not_squashed(tree, vectors, params):
    def node(left, right, params):
        return np.concatenate([left, right]) @ params.W + params.b

    return _climb(tree, vectors, params, node)


@exercise.mistake("Your nodes leave out the bias, which is part of the cell. `compose` does one node whole.")
def nodes_without_bias(tree, vectors, params):
    return _climb(tree, vectors, TreeParams(params.W, 0.0 * params.b))


@exercise.mistake(
    "Below the root you take one leaf for a whole branch. A part that is a pair itself has to be climbed in the same "
    "way: let the function call itself."
)
def one_leaf_for_a_branch(tree, vectors, params):
    if isinstance(tree, int):
        return vectors[tree]
    left, right = (vectors[_row(child)[0]] for child in tree)
    return _node(left, right, params)


@exercise.mistake(
    "Your result has an axis too many: (1, H) instead of (H,). `compose` takes and gives rows of a batch of one."
)
def batch_of_one(tree, vectors, params):
    return _climb(tree, vectors, params)[None]


exercise.knob(
    _climb,
    "mean_of_the_parts",
    "Your vector of a pair is the mean of its parts. The weights W and b make the vector of a pair; see (7.8).",
    node=lambda left, right, params: (left + right) / 2,
)


@exercise.mistake("On the right you take the first leaf of a branch for the whole branch. Both parts may be trees.")
def right_branch_by_its_first_leaf(tree, vectors, params):
    if isinstance(tree, int):
        return vectors[tree]
    leaf = vectors[_row(tree[1])[0]]
    return _node(right_branch_by_its_first_leaf(tree[0], vectors, params), leaf, params)


@exercise.mistake(
    "Your function takes pairs of leaves only. A leaf alone is a tree, and both parts of a pair may be pairs."
)
def pairs_of_leaves_only(tree, vectors, params):
    return _node(vectors[tree[0]], vectors[tree[1]], params)


@exercise.mistake("You add the children up and multiply the sum. Each child has its own half of W, so side by side.")
def children_added(tree, vectors, params):
    H = len(params.b)
    return _climb(tree, vectors, params, node=lambda a, b, params: np.tanh((a + b) @ params.W[:H] + params.b))


@exercise.mistake("Only the root is squashed. Every pair is: compose does it.")
def only_the_root_squashed(tree, vectors, params):
    def node(left, right, params):
        return np.concatenate([left, right]) @ params.W + params.b

    inner = _climb(tree, vectors, params, node=node)
    return inner if isinstance(tree, int) else np.tanh(inner)


@exercise.mistake("A pair is a tuple, not a list: you take every tree for a leaf.")
def every_tree_a_leaf(tree, vectors, params):
    return vectors[tree]


@exercise.mistake("On the left you take the first leaf of a branch for the whole branch. Both parts may be trees.")
def left_branch_by_its_first_leaf(tree, vectors, params):
    if isinstance(tree, int):
        return vectors[tree]
    leaf = vectors[_row(tree[0])[0]]
    return _node(leaf, left_branch_by_its_first_leaf(tree[1], vectors, params), params)


exercise.knob(
    _climb,
    "squashed_twice",
    "You apply tanh to what `compose` gives. It has been through tanh already: the cell is whole.",
    node=lambda left, right, params: tanh(_node(left, right, params)),
)
