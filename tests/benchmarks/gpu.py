"""Everything that needs a GPU, in ten minutes and one table: `make gpu`.

Parity of each recurrent module and kernel with the processor in float64 and float32, times against cuDNN in float32
(without TF32), and the large experiments at their published sizes. `python -m tests.benchmarks.gpu [FOLDER]` writes
gpu.md to the folder, row by row; it exits with 1 if a result is off or something fails, and does nothing where there is
no GPU.
"""

import random
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.nn.utils.rnn import pack_padded_sequence

import rnncore.nn
from rnncore.experiments.finding import Finding
from rnncore.experiments.registry import all_experiments
from rnncore.experiments.translator import LARGE
from rnncore.lab.device import device_name
from rnncore.lab.training import seeded
from rnncore.tasks.parallel import multi30k_text
from tests.benchmarks.bench_cells import CELLS, SIZES, Pass, contenders, draw_input

SECONDS = 570.0
"""For everything."""
LIMITS = {torch.float64: 1e-9, torch.float32: 1e-4}
"""The relative error that a result may have."""
PUBLISHED: dict[str, Callable[[], dict[str, Any]]] = {
    "translator": lambda: {"text": multi30k_text("en", "de", longest=40, min_count=2), "size": LARGE, "seeds": (0,)},
    "shakespeare": lambda: {"H": 512, "steps": 6000, "cells": ("LSTM",), "seeds": (0,)},
    **dict.fromkeys(
        ("surnames", "captions", "digit_strips", "likeliest", "moving_shapes", "library", "translation"), dict
    ),
}
"""The experiments that train on a GPU where there is one, with their options there."""


class Row(NamedTuple):
    """A line of the table."""

    part: str
    case: str
    found: str
    right: bool = True


def failed(part: str, case: str, error: Exception) -> Row:
    """The row of what could not be done."""
    return Row(part, case, f"failed: {type(error).__name__}: {error}", False)


def parity(
    device: torch.device, dtype: torch.dtype = torch.float64, T: int = 20, B: int = 5, D: int = 7, H: int = 8
) -> Iterator[Row]:
    """Each module with each kernel on the device, against torch or the plain loop in float64 on the processor.

    Padded and packed, two layers in both directions; outputs and the gradients of inputs and weights.
    """
    for name in rnncore.nn.__all__:
        make = getattr(rnncore.nn, name)
        options: dict[str, Any] = {"num_layers": 2, "bidirectional": True, "dtype": torch.float64}
        if name == "ClockworkRNN":
            options["periods"] = (1, 2, 4, 8)
        with seeded(0):
            oracle = make(D, H, kernel="torch" if name in CELLS else "reference", **options)
            xs = torch.randn(T, B, D, dtype=torch.float64)
        for kernel in ("auto", *(["torch"] if name in CELLS else []), *oracle._kernels):
            module = make(D, H, kernel=kernel, device=device, **options | {"dtype": dtype})
            module.load_state_dict(oracle.state_dict())
            error = max(
                float((ours.cpu() - theirs).abs().max() / theirs.abs().max())
                for packed in (False, True)
                for ours, theirs in zip(
                    _results(module, xs.to(device, dtype), packed), _results(oracle, xs, packed), strict=True
                )
            )
            case = f"{name}, {kernel}, {str(dtype).removeprefix('torch.')}"
            yield Row("parity", case, f"relative error {error:.0e}", error < LIMITS[dtype])


def _results(module: torch.nn.Module, xs: torch.Tensor, packed: bool) -> list[torch.Tensor]:
    """The output, and the gradients of its squares."""
    xs = xs.clone().requires_grad_()
    lengths = torch.linspace(len(xs), 1, xs.shape[1]).long()
    hs, _ = module(pack_padded_sequence(xs, lengths) if packed else xs)
    hs = hs.data if packed else hs
    return [hs.detach(), *torch.autograd.grad(hs.square().sum(), [xs, *module.parameters()])]


def speed(device: torch.device, sizes: Iterable[tuple[int, int, int, int]] = SIZES, rounds: int = 15) -> Iterator[Row]:
    """Forward and backward with each kernel, in units of cuDNN's time: medians of turns in random order."""
    for T, B, D, H in sizes:
        for cell in CELLS:
            with seeded(0):
                xs = draw_input("training", T, B, D).to(device).detach().requires_grad_()
                modules = contenders(cell, D, H)
            dhs = torch.ones(T, B, H, device=device)
            passes = {name: Pass(module.to(device), xs, dhs) for name, module in modules.items()}
            seconds: dict[str, list[float]] = {name: [] for name in passes}
            order = random.Random(0)
            for turn in range(rounds + 1):
                for name in order.sample(list(passes), len(passes)):
                    start = time.perf_counter()
                    passes[name]()
                    if device.type == "cuda":
                        torch.cuda.synchronize(device)
                    if turn:  # the first one warms up
                        seconds[name].append(time.perf_counter() - start)
            ratios = {
                name: statistics.median(a / b for a, b in zip(times, seconds["torch"], strict=True))
                for name, times in seconds.items()
            }
            found = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items() if name != "torch")
            found = f"torch {1000 * statistics.median(seconds['torch']):.2f} ms; times that: {found}"
            yield Row("speed", f"{cell} {(T, B, D, H)}", found)


def experiments(
    device: torch.device,
    cases: Mapping[str, Callable[[], dict[str, Any]]] = PUBLISHED,
    known: Mapping[str, Callable[..., Finding]] | None = None,
    seconds: float = SECONDS,
) -> Iterator[Row]:
    """What experiments find with the given options, until time is up."""
    known = all_experiments() if known is None else known
    end = time.monotonic() + seconds
    for name, options in cases.items():
        try:
            with _time_limit(end - time.monotonic()):
                given = options()
                found = known[name](device=device, **given)
        except _TimeIsUp:
            yield Row("experiments", name, "stopped: the time was up")
        except OSError as error:
            yield Row("experiments", name, f"not run: {error}")
        except Exception as error:  # such as a lack of memory; the others still run
            yield failed("experiments", name, error)
        else:
            verdict = "holds" if found.holds else "does not hold"
            verdict = "not judged, the bands are those of another size" if given else verdict
            yield Row("experiments", name, f"{'; '.join(found.rows())}; {verdict}; {found.seconds:.0f} s")


class _TimeIsUp(Exception):
    pass


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """End the block by an exception once the time is up."""
    if seconds <= 0:
        raise _TimeIsUp

    def stop(*_: Any) -> None:
        raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def write_table(rows: Iterable[Row], device: torch.device, path: Path) -> bool:
    """Write rows to a file as they come, and print them; returns whether all are right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    right = True
    with path.open("w", encoding="utf-8") as file:
        print(f"Measured on {device_name(device)} with torch {torch.__version__}.\n", file=file)
        print("| part | case | found |\n|---|---|---|", file=file, flush=True)
        for row in rows:
            text = " ".join(row.found.split()).replace("|", "/") + ("" if row.right else " WRONG")
            for where in (file, sys.stdout):
                print(f"| {row.part} | {row.case} | {text} |", file=where, flush=True)
            right &= row.right
    return right


def main(folder: Path) -> int:
    if not torch.cuda.is_available():
        print("no GPU here")
        return 0
    device, end = torch.device("cuda"), time.monotonic() + SECONDS

    def rows() -> Iterator[Row]:
        parts = {"parity": chain.from_iterable(parity(device, dtype) for dtype in LIMITS), "speed": speed(device)}
        for part, found in parts.items():
            try:
                yield from found
            except Exception as error:
                yield failed(part, "the rest", error)
        yield from experiments(device, seconds=end - time.monotonic())

    # Else cuDNN alone would round float32 to TF32, and be measured against kernels that do not.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        return 0 if write_table(rows(), device, folder / "gpu.md") else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/gpu")))
