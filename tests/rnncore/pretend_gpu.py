"""A GPU on a machine without one: tensors of the CPU that are refused wherever a GPU's would be."""

import weakref

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

GPU = torch.device("cuda", 0)

_MIXED = ("__setitem__", "copy_", "_has_compatible_shallow_copy_type")
_LENGTHS = ("_pad_packed_sequence", "lstm", "gru", "rnn_tanh", "ctc_loss")
"""Take lengths on the CPU beside tensors on the GPU."""


class PretendGPU(TorchFunctionMode):
    """Within the block, tensors that are sent to `GPU` or made there count as its own, and so do results of them.

    An operation on large tensors of both places raises, as on a real GPU, and so do `numpy` and packing by lengths that
    are on the GPU. Backward passes are not watched: autograd computes a gradient where its tensor is.
    """

    def __init__(self):
        super().__init__()
        self.own = {}

    def holds(self, value):
        reference = self.own.get(id(value))
        return reference is not None and reference() is value

    def take(self, result):
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self.own[id(leaf)] = weakref.ref(leaf)
        return result

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, name = dict(kwargs or {}), func.__name__
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        mine = any(map(self.holds, tensors))
        if name == "__set__":
            if self.holds(args[1]):
                self.take(args[0])
            return func(*args, **kwargs)
        if name == "__get__":
            if mine and func == torch.Tensor.device.__get__:
                return GPU
            result = func(*args, **kwargs)
            return self.take(result) if mine else result
        if name == "cpu":
            return func(*args, **kwargs).clone()
        if name == "to" or "device" in kwargs:
            return self.place(func, args, kwargs)
        if name in ("numpy", "__array__") and mine:
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        if name == "_pack_padded_sequence":
            if self.holds(args[1]):
                raise RuntimeError("'lengths' argument should be a 1D CPU int64 tensor")
            packed, sizes = func(*args, **kwargs)
            return (self.take(packed) if mine else packed), sizes
        if mine and torch._C._current_autograd_node() is None:
            self.refuse_strangers(name, args, tensors)
        result = func(*args, **kwargs)
        return self.take(result) if mine and name not in ("item", "tolist") else result

    def place(self, func, args, kwargs):
        """Run a function that says where its result goes, on the CPU; the result is a new tensor."""
        named = [kwargs.get("device"), *(a for a in args if isinstance(a, str | torch.device))]
        goal = next((device for device in named if device is not None), None)
        on_cpu = tuple("cpu" if isinstance(a, str | torch.device) else a for a in args)
        if "device" in kwargs:
            kwargs["device"] = "cpu"
        result = func(*on_cpu, **kwargs)
        if goal is None:
            return self.take(result) if self.holds(args[0]) else result
        if any(result is a for a in args):
            result = result.clone()
        return self.take(result) if torch.device(goal).type == "cuda" else result

    def refuse_strangers(self, name, args, tensors):
        strangers = [tensor for tensor in tensors if tensor.dim() > 0 and not self.holds(tensor)]
        if name in _LENGTHS:
            strangers = [tensor for tensor in strangers if tensor.dim() > 1 or tensor.is_floating_point()]
        indexing = name == "__getitem__" and self.holds(args[0])
        if strangers and name not in _MIXED and not indexing:
            shapes = ", ".join(str(tuple(tensor.shape)) for tensor in strangers)
            raise RuntimeError(f"{name}: expected all tensors on cuda:0; on the CPU are {shapes}")
