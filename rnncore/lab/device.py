"""Choosing where tensors live."""

import math

import torch

GPU_WORK = 4_000_000
"""Multiply-adds in one operation from which `pick_device("auto", work)` takes a GPU.

An estimate, not a measurement: a processor core does about 10 multiply-adds in a nanosecond, so it
needs 0.4 ms for these, while launching the few kernels of a time step takes a GPU about 0.05 ms.
"""


def pick_device(name: str | torch.device = "auto", work: float = math.inf) -> torch.device:
    """Choose a device for training.

    Args:
        name: `"cuda"`, `"mps"` or `"cpu"`; `"auto"` takes CUDA where it is present and the work is
            large enough to gain from it, else the CPU. It never takes Apple's GPU, on which torch
            has neither float64 nor a CTC loss. A device is returned as it is.
        work: multiply-adds in the largest operation of a training step that the GPU does at once,
            such as `recurrent_work`; large if not given.

    Returns:
        The device.

    Raises:
        ValueError: if the name is unknown, or the device of that name is not present.
    """
    if isinstance(name, torch.device):
        return name
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device("cuda" if present["cuda"] and work >= GPU_WORK else "cpu")
    if name not in present:
        raise ValueError(f"device must be auto, cuda, mps or cpu; got {name!r}")
    if not present[name]:
        raise ValueError(f"device {name!r} is not on this machine; 'auto' takes what is there")
    return torch.device(name)


def recurrent_work(B: int, D: int, H: int, gates: int = 1) -> int:
    """Multiply-adds of one time step of a recurrent layer: B (D + H) · gates H.

    Args:
        B: sequences in a batch.
        D: the size of an input.
        H: the hidden size.
        gates: blocks of H columns in the weights: 1 for an RNN, 3 for a GRU, 4 for an LSTM.

    Returns:
        The number of multiply-adds.
    """
    return B * (D + H) * gates * H


def device_name(device: torch.device) -> str:
    """What to call a device in a report or a figure.

    Args:
        device: what `pick_device` returned.

    Returns:
        `"CPU"`, or the GPU's own name.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(device.type, str(device))
