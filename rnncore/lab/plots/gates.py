"""Inside an LSTM: gates, candidate and cell state over one sequence."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from rnncore.functional.sequence import LSTMTrace
from rnncore.lab.plots.style import SIGNED, UNSIGNED, new_figure

_PANELS = {
    "i": "input gate i",
    "f": "forget gate f",
    "o": "output gate o",
    "g": "candidate g",
    "c": "cell state c",
}
_GATES = "ifo"
"""Those of one scale, which come first."""


def plot_gates(
    trace: LSTMTrace, labels: Sequence[str] | None = None, sequence: int = 0, title: str = ""
) -> Figure:
    """Draw what an LSTM did over one sequence: one panel a quantity, time across, units down.

    Gates share a scale from 0 (shut) to 1 (open), candidate and cell state one around zero.

    Args:
        trace: `LSTMTrace`, whose arrays are (B, T, H), of NumPy or torch.
        labels: what was read at each step, T words or numbers; 1 ... T if not given.
        sequence: which of the B sequences.
        title: the message of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: if there is not one label for each step.
    """
    T, H = trace.c.shape[1:]
    if labels is not None and len(labels) != T:
        raise ValueError(f"labels must be {T}, one a step; got {len(labels)}")
    height = 1.0 + len(_PANELS) * max(0.75, min(1.6, 0.16 * H))
    width = max(7.0, min(12.0, 0.28 * T))
    with new_figure(len(_PANELS), 1, size=(width, height), sharex=True, sharey=True) as (
        figure,
        axes,
    ):
        for panel, (name, heading) in zip(axes, _PANELS.items(), strict=True):
            values = np.asarray(getattr(trace, name)[sequence], dtype=float).T
            signed = name not in _GATES
            top = max(1.0, float(np.abs(values).max())) if signed else 1.0
            image = panel.imshow(
                values,
                aspect="auto",
                interpolation="nearest",
                cmap=SIGNED if signed else UNSIGNED,
                vmin=-top if signed else 0.0,
                vmax=top,
            )
            if signed:
                figure.colorbar(image, ax=panel, label=name, pad=0.01)
            elif name == _GATES[-1]:
                gates = axes[: len(_GATES)]
                figure.colorbar(image, ax=gates, label="shut (0) to open (1)", pad=0.01)
            panel.set_title(heading, loc="left")
            panel.set_ylabel("unit")
            panel.set_yticks(range(H) if H <= 5 else [0, H - 1])
            panel.spines[:].set_visible(False)
        if labels is not None:
            axes[-1].set_xticks(range(T), labels, rotation=90 if T > 12 else 0)
        axes[-1].set_xlabel("step t" if labels is None else "what is read, step by step")
        figure.suptitle(title)
    return figure
