"""Which kernel is fastest on this machine: measured once for each class of work, and remembered.

Kernels agree within rounding, so a choice by measurement may move the last bits of a result from
one machine to the next. Where that must not be, `kernels_by_rule` or the environment variable
`RNNCORE_KERNELS=rule` turns measuring off; experiments and grading do so.
"""

import json
import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pooch
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

VARIABLE = "RNNCORE_KERNELS"
KERNELS = ("torch", "bptt")
"""Those to choose from; the first is taken unless another is clearly faster."""

_CLEARLY = 0.95
_SECONDS = 0.2
_ROUNDS = 4
_WORK = 2**30
"""Multiply-adds of a forward pass from which on fewer steps are measured."""

Make = Callable[..., torch.nn.Module]
"""`module = make(D, H, kernel=kernel, dtype=dtype, device=device)`."""


class Work(NamedTuple):
    """What a layer has to do."""

    cell: str
    dtype: torch.dtype
    T: int
    B: int
    D: int
    H: int
    packed: bool
    training: bool

    def __str__(self) -> str:
        """The class of the work: sizes are rounded to powers of two."""
        sizes = " ".join(f"{name}{_round(getattr(self, name))}" for name in "TBDH")
        packed = "packed" if self.packed else "padded"
        direction = "training" if self.training else "inference"
        return f"{self.cell} {str(self.dtype).removeprefix('torch.')} {sizes} {packed} {direction}"


def measuring() -> bool:
    """Whether kernels are chosen by measurement.

    Raises:
        ValueError: if the environment variable has an unknown value.
    """
    value = os.environ.get(VARIABLE, "measured")
    if value not in ("measured", "rule"):
        raise ValueError(f"{VARIABLE} must be measured or rule; got {value!r}")
    return value == "measured"


@contextmanager
def kernels_by_rule() -> Iterator[None]:
    """Choose kernels by a rule within the block, which is the same on every machine."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "rule"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def fastest(work: Work, make: Make) -> str:
    """The name of the kernel that is fastest for a class of work.

    The first call for a class takes a fraction of a second; the answer is kept in memory and, where
    that can be written, in `kernels.json` in the cache folder.

    Args:
        work: of the class.
        make: a layer of that cell with a given kernel.

    Returns:
        One of `KERNELS`.
    """
    known, name = _known(_machine(torch.get_num_threads())), str(work)
    if name not in known:
        # A new thread has no autocast, no modes and no hooks of the caller's.
        with ThreadPoolExecutor(1) as thread:
            known[name] = thread.submit(_measure, work, make).result()
        _remember()
    return known[name]


def _round(n: int) -> int:
    return 1 << (4 * n // 3).bit_length() - 1


def _measure(work: Work, make: Make) -> str:
    """Let the kernels take turns; the least time of each counts, as other programs only add."""
    # With several threads the processor time of this one says little.
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    runs = {kernel: _run(work, make, kernel) for kernel in KERNELS}
    seconds = dict.fromkeys(KERNELS, float("inf"))
    order, rounds, end = list(KERNELS), 0, time.monotonic() + _SECONDS
    while rounds < _ROUNDS or time.monotonic() < end:
        for kernel in order:
            start = clock()
            runs[kernel]()
            seconds[kernel] = min(seconds[kernel], clock() - start)
        order.reverse()
        rounds += 1
    best = min(KERNELS, key=seconds.__getitem__)
    return best if seconds[best] < _CLEARLY * seconds[KERNELS[0]] else KERNELS[0]


def _run(work: Work, make: Make, kernel: str) -> Callable[[], None]:
    """One pass over random input, forwards and in training backwards."""
    # Weights drawn by the module itself would advance the caller's random numbers.
    module = make(work.D, work.H, kernel=kernel, dtype=work.dtype, device="meta")
    module.to_empty(device="cpu")
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in module.parameters():
            weight.uniform_(-0.1, 0.1, generator=rng)
    per_step = work.B * sum(weight.numel() for weight in module.parameters())
    T = min(work.T, max(8, _WORK // per_step))
    rows = torch.randn(T, work.B, work.D, dtype=work.dtype, generator=rng)
    sizes = None
    if work.packed:
        lengths = torch.linspace(T, (T + 1) // 2, work.B).round().long()
        rows, sizes, *_ = pack_padded_sequence(rows, lengths)
    rows.requires_grad_(work.training)
    xs = rows if sizes is None else PackedSequence(rows, sizes)

    def run() -> None:
        with torch.set_grad_enabled(work.training):
            hs, _ = module(xs)
            if work.training:
                hs = hs if isinstance(hs, torch.Tensor) else hs.data
                torch.autograd.grad(hs, [rows, *module.parameters()], torch.ones_like(hs))

    return run


def _path() -> Path:
    return pooch.os_cache("rnncore") / "kernels.json"


@cache
def _all_known() -> dict[str, dict[str, str]]:
    """What this process and earlier ones have measured: for each machine, class and kernel."""
    return _read()


def _known(machine: str) -> dict[str, str]:
    return _all_known().setdefault(machine, {})


def _read() -> dict[str, dict[str, str]]:
    """What the file holds, as far as it can be read."""
    try:
        found: Any = json.loads(_path().read_text(encoding="utf-8"))
        return {
            machine: {name: kernel for name, kernel in known.items() if kernel in KERNELS}
            for machine, known in found.items()
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _remember() -> None:
    """Write the file anew; what other processes added to it since stays."""
    path, found = _path(), _read()
    for machine, known in _all_known().items():
        found[machine] = found.get(machine, {}) | known
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(new, path)


@cache
def _machine(threads: int) -> str:
    """What measured times depend on beside the work."""
    return f"torch {torch.__version__}, {_processor()}, threads: {threads}"


def _processor() -> str:
    with suppress(OSError):
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        if found:
            return found[1]
    return platform.processor() or platform.machine()
