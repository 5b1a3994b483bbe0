"""The picture of a tree, read back from the figure."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.collections import PathCollection

from rnncore.lab.plots.trees import draw_tree, nodes

TREE = ((0, 1), (2, (1, 0)))


def test_nodes_come_children_first():
    assert list(nodes(TREE)) == [0, 1, (0, 1), 2, 1, 0, (1, 0), (2, (1, 0)), TREE]
    assert list(nodes(3)) == [3]


def test_a_tree_has_a_circle_a_node_and_two_lines_a_pair():
    figure = draw_tree(TREE, "abc", range(9), label="what", title="A tree")
    assert plt.get_fignums() == []
    axes = figure.axes[0]
    circles = [tuple(c.get_offsets()[0]) for c in axes.collections if isinstance(c, PathCollection)]
    assert circles == [(0, 0), (1, 0), (0.5, 1), (2, 0), (3, 0), (4, 0), (3.5, 1), (2.75, 2), (1.625, 3)]
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c", "b", "a"]
    ends = {tuple(zip(*line.get_data(), strict=True)) for line in axes.lines}
    pairs = [(0, 2), (1, 2), (4, 6), (5, 6), (3, 7), (6, 7), (2, 8), (7, 8)]
    assert ends == {(circles[child], circles[node]) for child, node in pairs}
    colours = [tuple(c.get_facecolor()[0]) for c in axes.collections if isinstance(c, PathCollection)]
    assert len(set(colours)) == 9
    assert colours[0] == (1, 1, 1, 1)
    figure.canvas.draw()


def test_a_leaf_alone_is_a_tree_and_a_wrong_number_of_values_is_named():
    draw_tree(0, "a", [0.0], label="what").canvas.draw()
    with pytest.raises(ValueError, match="values must be 9, one a node; got 2"):
        draw_tree(TREE, "abc", [0.0, 1.0], label="what")
