"""Time and peak memory of a training step of the recurrent modules, against torch.nn.

Forward and backward in float32, one thread, everything in one process. The contenders take turns, a
ratio is the median over the rounds, and time is the processor's, which other programs on the
machine disturb least. Memory is what torch allocates beyond inputs and weights, at its peak.
`python tests/benchmarks/bench_cells.py [FOLDER]` writes cells.md and cells.png to the folder.
"""

import gc
import math
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch.profiler import ProfilerActivity, profile

import rnncore.nn
from rnncore.lab.plots.style import COLOURS, new_figure

SIZES = [(50, 32, 64, 128), (100, 64, 128, 256), (35, 20, 200, 200), (200, 16, 32, 64), (64, 32, 128, 512)]
"""T, B, D, H."""
CELLS = ("RNN", "LSTM", "GRU")
SECONDS = 8.0
"""How long the rounds of one cell and size may take; there are 5 to 25."""
PAIRS = [("auto", "torch"), ("bptt", "torch"), ("bptt", "loop")]


class Result(NamedTuple):
    cell: str
    sizes: tuple[int, int, int, int]
    rounds: int
    seconds: dict[str, list[float]]
    peak: dict[str, int]

    def time(self, ours: str, theirs: str) -> float:
        """The median over the rounds of one contender's time in units of another's."""
        return statistics.median(a / b for a, b in zip(self.seconds[ours], self.seconds[theirs], strict=True))

    def memory(self, ours: str, theirs: str) -> float:
        return self.peak[ours] / self.peak[theirs]


def contenders(cell: str, D: int, H: int) -> dict[str, torch.nn.Module]:
    """torch.nn's module and ours with each kernel, all with the same weights."""
    modules = {"torch": getattr(torch.nn, cell)(D, H)}
    for name, kernel in (("auto", "auto"), ("bptt", "bptt"), ("loop", "reference")):
        modules[name] = getattr(rnncore.nn, cell)(D, H, kernel=kernel)
        modules[name].load_state_dict(modules["torch"].state_dict())
    return modules


class TrainingStep:
    """Forward and backward, of given inputs xs and gradients dhs."""

    def __init__(self, module: torch.nn.Module, xs: torch.Tensor, dhs: torch.Tensor):
        self.module, self.xs, self.dhs = module, xs, dhs

    def __call__(self) -> torch.Tensor:
        self.forget()
        hs, _ = self.module(self.xs)
        hs.backward(self.dhs)
        return hs

    def forget(self) -> None:
        """Drop the gradients of the last step."""
        self.module.zero_grad()
        self.xs.grad = None


def peak_bytes(step: TrainingStep) -> int:
    """The most that torch had allocated at one time during a step, beyond what was there before."""
    step.forget()
    gc.collect()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        step()
    events = [event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def measure(cell: str, sizes: tuple[int, int, int, int]) -> Result:
    T, B, D, H = sizes
    xs, dhs = torch.randn(T, B, D, requires_grad=True), torch.randn(T, B, H)
    steps = {name: TrainingStep(module, xs, dhs) for name, module in contenders(cell, D, H).items()}
    expected = steps["torch"]()
    for name, step in steps.items():
        error = float((step() - expected).detach().abs().max())
        if not error < 1e-4:
            raise AssertionError(f"{cell} {sizes}: {name} is off by {error}")
    names, seconds = list(steps), {name: [] for name in steps}
    end = time.monotonic() + SECONDS
    rounds = 0
    while rounds < 5 or (rounds < 25 and time.monotonic() < end):
        names.append(names.pop(0))
        for name in names:
            start = time.process_time()
            steps[name]()
            seconds[name].append(time.process_time() - start)
        rounds += 1
    peak = {name: peak_bytes(step) for name, step in steps.items()}
    return Result(cell, sizes, rounds, seconds, peak)


def geomean(values: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values)))


def table_rows(results: list[Result]) -> list[list[str]]:
    return [
        [
            r.cell,
            str(r.sizes),
            str(r.rounds),
            *(f"{r.time(*pair):.2f}" for pair in PAIRS),
            *(f"{r.memory(*pair):.2f}" for pair in PAIRS),
        ]
        for r in results
    ]


def draw(results: list[Result], path: Path) -> None:
    looks = {
        "loop": ("x", COLOURS[2], COLOURS[2]),
        "bptt": ("D", COLOURS[1], COLOURS[1]),
        "auto": ("o", COLOURS[0], "none"),
    }
    with new_figure(1, 2, size=(9, 5), sharey=True) as (figure, axes):
        for axis, what in zip(axes, ("time", "memory"), strict=True):
            for name, (marker, colour, inside) in looks.items():
                ratios = [getattr(r, what)(name, "torch") for r in results]
                look = {"color": colour, "markerfacecolor": inside, "markersize": 10 if name == "auto" else 6}
                axis.plot(ratios, range(len(results)), marker, label=name, **look)
            axis.axvline(1.0, color="black", linewidth=0.8)
            axis.set_xscale("log", base=2)
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes[0].set_xlabel("time in units of torch.nn's")
        axes[1].set_xlabel("peak memory in units of torch.nn's")
        axes[0].set_yticks(range(len(results)), [f"{r.cell}  {r.sizes}" for r in results])
        axes[0].invert_yaxis()
        axes[0].legend(loc="lower right")
        axes[0].set_title("(T, B, D, H), forward and backward, one thread", loc="left")
        figure.savefig(path, dpi=120)


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    cases = [(cell, sizes) for sizes in SIZES for cell in CELLS]
    results = [measure(*case) for case in track(cases, description="measuring", transient=True)]

    head = ["cell", "(T, B, D, H)", "rounds"]
    head += [f"{what} {a}/{b}" for what in ("time", "memory") for a, b in PAIRS]
    rows = table_rows(results)
    table = Table(*head, title="forward and backward, one thread, float32")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    lines = [f"geomean {a}/{b} {geomean([r.time(a, b) for r in results]):.2f}" for a, b in PAIRS]
    lines = [f"memory {a}/{b} {geomean([r.memory(a, b) for r in results]):.2f}" for a, b in PAIRS] + lines
    folder.mkdir(parents=True, exist_ok=True)
    markdown = [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]
    (folder / "cells.md").write_text("\n".join([*markdown, "", *lines, ""]), encoding="utf-8")
    draw(results, folder / "cells.png")
    print("\n".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/bench"))
