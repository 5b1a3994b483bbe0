"""Time and peak memory of the recurrent modules against torch.nn: in training, on ragged batches, in inference.

Float32, one thread, everything in one process. The contenders take turns in random order, a ratio is the median over
the rounds, and time is the processor's, which other programs on the machine disturb least. Memory is what torch
allocates beyond inputs and weights, at its peak. Kernels for `auto` are measured anew.
`python tests/benchmarks/bench_cells.py [FOLDER]` writes cells.md and cells.png to the folder. It exits with 1 if `auto`
takes more than 1.05 times as long as torch in the geometric mean, or more than 1.15 times as long in a row.
"""

import gc
import math
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence
from torch.profiler import ProfilerActivity, profile

import rnncore.nn
from rnncore.lab.plots.style import COLOURS, new_figure

SIZES = [(50, 32, 64, 128), (100, 64, 128, 256), (35, 20, 200, 200), (200, 16, 32, 64), (64, 32, 128, 512)]
"""T, B, D, H."""
CELLS = ("RNN", "LSTM", "GRU")
KINDS = ("training", "ragged", "inference")
"""Forward and backward, the same on a packed batch of lengths from T/2 to T, and forward alone."""
SECONDS = 4.0
"""How long the rounds of one row may take; there are 5 to 25."""
PAIRS = [("auto", "torch"), ("bptt", "torch"), ("bptt", "loop")]
MEAN_LIMIT, ROW_LIMIT = 1.05, 1.15
"""What `auto` may take in units of torch.nn's time."""


class Result(NamedTuple):
    cell: str
    sizes: tuple[int, int, int, int]
    kind: str
    choice: str
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


class Pass:
    """Forward and, given gradients dhs, backward."""

    def __init__(self, module: torch.nn.Module, xs: torch.Tensor | PackedSequence, dhs: torch.Tensor | None):
        self.module, self.xs, self.dhs = module, xs, dhs

    def __call__(self) -> torch.Tensor:
        self.forget()
        with torch.set_grad_enabled(self.dhs is not None):
            hs, _ = self.module(self.xs)
        hs = hs.data if isinstance(hs, PackedSequence) else hs
        if self.dhs is not None:
            hs.backward(self.dhs)
        return hs

    def forget(self) -> None:
        """Drop the gradients of the last pass."""
        self.module.zero_grad()
        self.xs.data.grad = None


def peak_bytes(one: Pass) -> int:
    """The most that torch had allocated at one time during a pass, beyond what was there before."""
    one.forget()
    gc.collect()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        one()
    events = [event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def draw_input(kind: str, T: int, B: int, D: int) -> torch.Tensor | PackedSequence:
    xs = torch.randn(T, B, D)
    if kind == "ragged":
        packed = pack_padded_sequence(xs, torch.linspace(T, T // 2, B).long())
        return PackedSequence(packed.data.requires_grad_(), packed.batch_sizes)
    return xs.requires_grad_(kind == "training")


def measure(cell: str, sizes: tuple[int, int, int, int], kind: str) -> Result:
    T, B, D, H = sizes
    xs = draw_input(kind, T, B, D)
    dhs = None if kind == "inference" else torch.randn(*xs.data.shape[:-1], H)
    modules = contenders(cell, D, H)
    passes = {name: Pass(module, xs, dhs) for name, module in modules.items()}
    expected = passes["torch"]()
    for name, one in passes.items():
        error = float((one() - expected).detach().abs().max())
        if not error < 1e-4:
            raise AssertionError(f"{cell} {sizes}: {name} is off by {error}")
    names, seconds = list(passes), {name: [] for name in passes}
    end = time.monotonic() + SECONDS
    rounds = 0
    while rounds < 5 or (rounds < 25 and time.monotonic() < end):
        random.shuffle(names)
        for name in names:
            start = time.process_time()
            passes[name]()
            seconds[name].append(time.process_time() - start)
        rounds += 1
    peak = {name: peak_bytes(one) for name, one in passes.items()}
    with torch.set_grad_enabled(kind != "inference"):
        choice = modules["auto"]._pick_kernel(xs, None)
    return Result(cell, sizes, kind, choice, rounds, seconds, peak)


def geomean(values: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values)))


def table_rows(results: list[Result]) -> list[list[str]]:
    return [
        [
            r.cell,
            str(r.sizes),
            r.kind,
            str(r.rounds),
            r.choice,
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
    with new_figure(1, 2, size=(9, 11), sharey=True) as (figure, axes):
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
        axes[0].set_yticks(range(len(results)), [f"{r.cell}  {r.sizes}  {r.kind}" for r in results])
        axes[0].invert_yaxis()
        axes[0].legend(loc="lower right")
        axes[0].set_title("(T, B, D, H), one thread", loc="left")
        figure.savefig(path, dpi=120)


def main(folder: Path) -> int:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    os.environ["RNNCORE_KERNELS"] = "measured"
    cases = [(cell, sizes, kind) for kind in KINDS for sizes in SIZES for cell in CELLS]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        results = [measure(*case) for case in track(cases, description="measuring", transient=True)]

    head = ["cell", "(T, B, D, H)", "kind", "rounds", "auto is"]
    head += [f"{what} {a}/{b}" for what in ("time", "memory") for a, b in PAIRS]
    rows = table_rows(results)
    table = Table(*head, title="one thread, float32")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    lines = [f"memory {a}/{b} {geomean([r.memory(a, b) for r in results]):.2f}" for a, b in PAIRS]
    for kind in KINDS:
        of_kind = [r for r in results if r.kind == kind]
        lines += [f"geomean {a}/{b} in {kind} {geomean([r.time(a, b) for r in of_kind]):.2f}" for a, b in PAIRS]
    ratios = [r.time("auto", "torch") for r in results]
    lines.append(f"geomean auto/torch {geomean(ratios):.2f}, at most {max(ratios):.2f} in a row")
    folder.mkdir(parents=True, exist_ok=True)
    markdown = [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]
    (folder / "cells.md").write_text("\n".join([*markdown, "", *lines, ""]), encoding="utf-8")
    draw(results, folder / "cells.png")
    print("\n".join(lines))
    slow = geomean(ratios) > MEAN_LIMIT or max(ratios) > ROW_LIMIT
    print(f"auto is {'too slow' if slow else 'fast enough'}: the limits are {MEAN_LIMIT} and {ROW_LIMIT}")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/bench")))
