"""Where CTC looks for the labels: the lattice of places and steps, and how likely each is."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rnncore.functional.base import require_shape
from rnncore.functional.decoding import BLANK
from rnncore.lab.plots.style import COLOURS, UNSIGNED, new_figure

_MOVES = {"stays": "-", "goes on": "-", "jumps over a blank": "--"}
"""What a walk does from one step to the next, by how many places, and how its line is dashed."""


def ctc_occupancy(
    ctc_forward: Callable[..., Any], log_probs: np.ndarray, labels: Sequence[int]
) -> np.ndarray:
    """How likely a path is at each place at each step, if it is one that writes the labels.

        γ_t(s) = α_t(s) β_t(s) / P(labels)

    β, what is still to come, is α of the sequence and the labels read backwards.

    Args:
        ctc_forward: gives α, as that of `rnncore.functional.decoding` does.
        log_probs: the logarithms of the class probabilities of one sequence, (T, K), class 0 the
            blank.
        labels: L whole numbers from 1 to K - 1.

    Returns:
        The probabilities, (T, 2L + 1), which sum to 1 at each step.

    Raises:
        ValueError: if shapes do not fit, or the labels do not fit into the steps.

    Reference: Graves, Fernández, Gomez and Schmidhuber (2006), section 4.1,
        doi:10.1145/1143844.1143891.
    """
    require_shape("log_probs", log_probs, ("T", "K"))
    T, L = len(log_probs), len(labels)
    both = np.stack([log_probs, log_probs[::-1]])
    targets = np.array([list(labels), list(labels)[::-1]], dtype=np.int64).reshape(2, L)
    lattice = ctc_forward(both, targets, [T, T], [L, L])
    if lattice.log_likelihood[0] == -np.inf:
        raise ValueError(f"labels must fit into {T} steps; got {list(labels)}")
    places = np.full(2 * L + 1, BLANK)
    places[1::2] = targets[0]
    forward, backward = lattice.log_alphas[0], lattice.log_alphas[1, ::-1, ::-1]
    counted_twice = log_probs[:, places]
    return np.exp(forward + backward - counted_twice - lattice.log_likelihood[0])


def plot_ctc_lattice(
    ctc_forward: Callable[..., Any],
    log_probs: np.ndarray,
    labels: Sequence[int],
    names: Mapping[int, str] | None = None,
) -> Figure:
    """Draw the probabilities of the classes at each step, and below them the lattice.

    Args:
        ctc_forward: gives the probabilities of beginnings of paths, see `ctc_occupancy`.
        log_probs: the logarithms of the class probabilities of one sequence, (T, K), class 0 the
            blank.
        labels: what is to be written, L whole numbers from 1 to K - 1.
        names: how the labels are called; numbers if not given.

    Returns:
        The figure.

    Raises:
        ValueError: as `ctc_occupancy`.
    """
    occupancy = ctc_occupancy(ctc_forward, log_probs, labels)
    T, S = occupancy.shape
    steps, probs = np.arange(1, T + 1), np.exp(log_probs)
    name = {label: str((names or {}).get(label, label)) for label in labels}
    places = ["blank" if s % 2 == 0 else name[labels[s // 2]] for s in range(S)]
    shape = {"sharex": True, "height_ratios": (1.6, 1 + 0.2 * S)}
    with new_figure(2, 1, size=(7.0, 3.0 + 0.2 * S), **shape) as (figure, (above, below)):
        above.plot(steps, probs[:, BLANK], color="#999999", linestyle="--", label="blank")
        for k, label in enumerate(dict.fromkeys(labels)):
            above.plot(steps, probs[:, label], color=COLOURS[k % len(COLOURS)], label=name[label])
        above.set(ylabel="probability", ylim=(0.0, 1.05))
        above.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        image = below.imshow(
            occupancy.T,
            aspect="auto",
            interpolation="nearest",
            cmap=UNSIGNED,
            vmin=0.0,
            vmax=1.0,
            extent=(0.5, T + 0.5, S - 0.5, -0.5),
        )
        figure.colorbar(image, ax=below, label="path is here", pad=0.01)
        below.set_yticks(range(S), places)
        below.set(xlabel="step t", ylabel="place")
        below.spines[:].set_visible(False)
    return figure


def plot_ctc_walks(labels: Sequence[str], T: int) -> Figure:
    """Draw all walks through the lattice that write some labels: paths of CTC.

    Args:
        labels: what is to be written, L names.
        T: the number of steps.

    Returns:
        The figure.

    Raises:
        ValueError: if the labels do not fit into the steps.
    """
    places = [name for label in labels for name in ("-", label)] + ["-"]
    S = len(places)

    def ways(s: int) -> list[int]:
        jump = s % 2 == 1 and s + 2 < S and places[s] != places[s + 2]
        return [s, *([s + 1] if s + 1 < S else []), *([s + 2] if jump else [])]

    begun = [set(range(min(2, S)))]
    for _ in range(1, T):
        begun.append({then for s in begun[-1] for then in ways(s)})
    passed = [begun[-1] & {S - 2, S - 1} if S > 1 else begun[-1]]
    for there in reversed(begun[:-1]):
        passed.insert(0, {s for s in there if passed[0] & set(ways(s))})
    if not passed[0]:
        raise ValueError(f"labels must fit into {T} steps; got {list(labels)}")
    edges = [
        (t, s, then)
        for t, (before, after) in enumerate(pairwise(passed), start=1)
        for s in before
        for then in after & set(ways(s))
    ]
    with new_figure(size=(1.0 + 1.1 * T, 0.9 + 0.55 * S)) as (figure, axes):
        for k, (move, dashes) in enumerate(_MOVES.items()):
            walked = [(t, s) for t, s, then in edges if then == s + k]
            x = [at for t, _ in walked for at in (t, t + 1, np.nan)]
            y = [at for _, s in walked for at in (s, s + k, np.nan)]
            axes.plot(x, y, color=COLOURS[k], linestyle=dashes, label=move, zorder=1)
        for t, there in enumerate(passed, start=1):
            axes.plot([t] * S, range(S), ".", color="#bbbbbb")
            axes.plot([t] * len(there), list(there), "o", color="#333333", markersize=8)
        axes.set_xticks(range(1, T + 1))
        axes.set_yticks(range(S), places)
        axes.tick_params(length=0)
        axes.set(xlabel="step", ylabel="place", ylim=(S - 0.5, -0.5))
        axes.spines[:].set_visible(False)
        figure.legend(loc="outside upper center", ncols=len(_MOVES))
    return figure
