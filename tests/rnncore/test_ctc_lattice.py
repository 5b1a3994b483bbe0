"""The lattice of CTC against all paths, one by one."""

import itertools
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnncore.functional.base import log_softmax
from rnncore.functional.decoding import ctc_forward
from rnncore.lab.plots.ctc_lattice import ctc_occupancy, plot_ctc_lattice, plot_ctc_walks


def _by_all_paths(log_probs, labels):
    """Every walk through the places, from the start to the end, with the weight of its classes."""
    T, S = len(log_probs), 2 * len(labels) + 1
    places = [0 if s % 2 == 0 else labels[s // 2] for s in range(S)]
    total = np.zeros((T, S))
    for walk in itertools.product(range(S), repeat=T):
        fits = walk[0] <= 1 and walk[-1] >= S - 2
        for a, b in itertools.pairwise(walk):
            jumps = b - a == 2 and places[b] != 0 and places[a] != places[b]
            fits = fits and (b - a in (0, 1) or jumps)
        if fits:
            weight = np.exp(sum(log_probs[t, places[s]] for t, s in enumerate(walk)))
            total[np.arange(T), list(walk)] += weight
    return total / total.sum(1, keepdims=True)


@pytest.mark.parametrize("labels", [[], [1], [1, 2], [2, 2]])
@pytest.mark.parametrize("T", [3, 5])
def test_occupancy_is_the_share_of_all_paths(rng, labels, T):
    log_probs = log_softmax(2.0 * rng.normal(size=(T, 3)))
    assert np.allclose(
        ctc_occupancy(ctc_forward, log_probs, labels), _by_all_paths(log_probs, labels), rtol=0, atol=1e-12
    )


def test_what_cannot_be_is_named(rng):
    log_probs = log_softmax(rng.normal(size=(2, 3)))
    with pytest.raises(ValueError, match=r"labels must fit into 2 steps; got \[1, 1\]"):
        ctc_occupancy(ctc_forward, log_probs, [1, 1])
    with pytest.raises(ValueError, match=r"log_probs must be \(T, K\); got \(1, 2, 3\)"):
        ctc_occupancy(ctc_forward, log_probs[None], [1])


def test_the_lattice_is_drawn_with_its_names(rng):
    log_probs = log_softmax(rng.normal(size=(9, 4)))
    figure = plot_ctc_lattice(ctc_forward, log_probs, [3, 1, 1], {3: "c", 1: "a"})
    figure.canvas.draw()
    assert plt.get_fignums() == []
    assert [text.get_text() for text in figure.axes[1].get_yticklabels()] == [
        "blank", "c", "blank", "a", "blank", "a", "blank",
    ]  # fmt: skip


def walks_in(figure, T: int) -> int:
    """How many ways lead along the lines from the first step to the last."""
    lines = [line for line in figure.axes[0].lines if line.get_label() in ("stays", "goes on", "jumps over a blank")]
    points = np.concatenate([np.reshape(line.get_xydata(), (-1, 3, 2))[:, :2] for line in lines])
    edges = [tuple(int(at) for at in edge.ravel()) for edge in points]
    ways = Counter({s: 1 for t, s, _, _ in edges if t == 1})
    for step in range(1, T):
        ways = sum((Counter({then: ways[s]}) for t, s, _, then in edges if t == step), Counter())
    return ways.total()


@pytest.mark.parametrize(("labels", "T"), [("ab", 5), ("aa", 5), ("a", 2), ("", 3), ("abb", 6), ("ab", 2)])
def test_the_walks_that_are_drawn_are_the_paths_that_say_the_labels(labels, T):
    paths = ["".join(path) for path in itertools.product("-ab", repeat=T)]
    says = [path for path in paths if "".join(c for c, _ in itertools.groupby(path)).replace("-", "") == labels]
    assert walks_in(plot_ctc_walks(labels, T), T) == len(says) > 0


def test_labels_that_do_not_fit_have_no_walks():
    with pytest.raises(ValueError, match="must fit into 2 steps"):
        plot_ctc_walks("aa", 2)
