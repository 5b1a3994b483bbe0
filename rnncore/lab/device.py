"""Choosing where tensors live."""

import torch


def pick_device(name: str = "auto") -> torch.device:
    """Choose a device for training.

    Args:
        name: `"cuda"`, `"mps"` or `"cpu"`; `"auto"` takes the first of them that is there.

    Returns:
        The device.

    Raises:
        ValueError: if the name is unknown, or the device is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, found in there.items() if found))
    if name not in there:
        raise ValueError(f"device must be auto, cuda, mps or cpu; got {name!r}")
    if not there[name]:
        raise ValueError(f"device {name!r} is not on this machine; 'auto' takes what is there")
    return torch.device(name)
