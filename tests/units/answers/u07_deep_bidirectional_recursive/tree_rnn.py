"""Answers to `tree_rnn`."""

import numpy as np

from rnncore.functional.sequence import compose
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def without_compose(tree, vectors, params):
    def at(node):
        if isinstance(node, tuple):
            return np.tanh(np.concatenate([at(node[0]), at(node[1])]) @ params.W + params.b)
        return vectors[node]

    return at(tree)


@answers.is_right
def with_a_stack(tree, vectors, params):
    todo, done = [tree], []
    while todo:
        node = todo.pop()
        if node == "join":
            right, left = done.pop(), done.pop()
            done.append(compose(left, right, params))
        elif isinstance(node, tuple):
            todo.extend(["join", node[1], node[0]])
        else:
            done.append(vectors[node : node + 1])
    return done[0][0]


@answers.is_right
def halves_of_the_matrix(tree, vectors, params):
    if not isinstance(tree, tuple):
        return vectors[tree].copy()
    H = params.b.size
    left, right = (halves_of_the_matrix(part, vectors, params) for part in tree)
    return np.tanh(np.einsum("h,hk->k", left, params.W[:H]) + right @ params.W[H:] + params.b)


def _tree(tree, vectors, params, leaf=lambda v: v, join=None):
    if not isinstance(tree, tuple):
        return leaf(vectors[tree])
    left, right = (_tree(part, vectors, params, leaf, join) for part in tree)
    return join(left, right) if join else np.tanh(np.concatenate([left, right]) @ params.W + params.b)


@answers.is_wrong("children_swapped")
def right_child_first(tree, vectors, params):
    return _tree(tree, vectors, params, join=lambda a, b: np.tanh(np.concatenate([b, a]) @ params.W + params.b))


@answers.is_wrong("leaves_squashed")
def squashed_leaves(tree, vectors, params):
    return _tree(tree, vectors, params, leaf=np.tanh)


@answers.is_wrong("nodes_not_squashed")
def no_tanh(tree, vectors, params):
    return _tree(tree, vectors, params, join=lambda a, b: np.concatenate([a, b]) @ params.W + params.b)


@answers.is_wrong("nodes_without_bias")
def no_bias(tree, vectors, params):
    return _tree(tree, vectors, params, join=lambda a, b: np.tanh(np.concatenate([a, b]) @ params.W))


@answers.is_wrong("right_branch_by_its_first_leaf")
def left_leaning_only(tree, vectors, params):
    if not isinstance(tree, tuple):
        return vectors[tree]
    left, right = left_leaning_only(tree[0], vectors, params), tree[1]
    while isinstance(right, tuple):
        right = right[0]
    return np.tanh(np.concatenate([left, vectors[right]]) @ params.W + params.b)


@answers.is_wrong("brackets_ignored")
def a_chain_of_leaves(tree, vectors, params):
    def in_order(node):
        return [leaf for part in node for leaf in in_order(part)] if isinstance(node, tuple) else [node]

    first, *others = in_order(tree)
    h = vectors[first]
    for leaf in others:
        h = np.tanh(np.concatenate([h, vectors[leaf]]) @ params.W + params.b)
    return h


@answers.is_wrong("pairs_of_leaves_only")
def pairs_of_leaves_only(tree, vectors, params):
    left, right = vectors[tree[0]], vectors[tree[1]]
    return np.tanh(np.concatenate([left, right]) @ params.W + params.b)


@answers.is_wrong("children_added")
def sum_of_children(tree, vectors, params):
    H = params.b.size
    return _tree(tree, vectors, params, join=lambda a, b: np.tanh((a + b) @ params.W[:H] + params.b))


@answers.is_wrong("batch_of_one")
def a_row(tree, vectors, params):
    return _tree(tree, vectors, params)[None]


@answers.is_wrong("mean_of_the_parts")
def mean_of_children(tree, vectors, params):
    return _tree(tree, vectors, params, join=lambda a, b: (a + b) / 2)


@answers.is_wrong("every_tree_a_leaf")
def tree_as_lists(tree, vectors, params):
    return _tree(tree, vectors, params) if isinstance(tree, list) else vectors[tree]


@answers.is_wrong("only_the_root_squashed")
def tanh_only_at_the_root(tree, vectors, params):
    inner = _tree(tree, vectors, params, join=lambda a, b: np.concatenate([a, b]) @ params.W + params.b)
    return np.tanh(inner) if isinstance(tree, tuple) else inner
