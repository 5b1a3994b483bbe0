"""Takes operators of torch away while a function is called that has to do without them.

The kernels themselves are replaced, in torch's dispatcher, so that it does not matter by which of its many names an
operator is reached, when that name was looked up, or in which thread it runs. Of recurrent layers that torch has in
Python the code is replaced, to the same end.
"""

import functools
import re
import sys
import warnings
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import torch
from torch.library import Library

LAYER = (
    "this exercise asks you to write it, and torch's {} does it for you. "
    "Compare with it as you like, but let your function do without"
)
NO_TORCH = "this exercise is to be solved without torch, and your function lets torch's {} work for it. NumPy is enough"
_RECURRENT = re.compile("lstm|gru|rnn", re.IGNORECASE)
_COMPUTING = re.compile(
    "_?(add|sub|rsub|mul|div|true_divide|neg|abs|sign|exp|expm1|exp2|log|log1p|log2|pow|sqrt|rsqrt|reciprocal|square|"
    "tanh|sigmoid|relu|softplus|sinh|cosh|atan|erf|sum|mean|var|std|prod|cumsum|cumprod|logcumsumexp|amax|amin|max|min|"
    "maximum|minimum|clamp|where|lerp|mm|bmm|addmm|addmv|addbmm|baddbmm|addr|ger|dot|vdot|mv|addcmul|addcdiv|softmax|"
    "log_softmax|safe_softmax|logsumexp|logaddexp|log_sigmoid_forward|xlogy|nll_loss_forward|nll_loss2d_forward|mse_loss|"
    "smooth_l1_loss|huber_loss|linear|norm|linalg_vector_norm|cdist)_?"
)
"""What arithmetic, products, sums, activations and losses come down to. To make tensors of arrays is no work."""


class NotAllowed(RuntimeError):
    """An operator was called that the exercise does not allow."""


class Refusal:
    """Which of torch's operators are refused at present: at first none."""

    def __init__(self) -> None:
        self._allowed = "all"
        self._library: Any = None
        self._in_python = _recurrent_in_python()
        with warnings.catch_warnings():  # the first of all replacements is warned of
            warnings.simplefilter("ignore")
            self.allow("no layers")
        self.allow("none")  # what is looked up for it serves all forks
        self.allow("all")

    def allow(self, what: str) -> None:
        """From here on allow this much of torch."""
        if what == self._allowed:
            return
        self._library = None  # gives the operators their own kernels back
        self._library = None if what == "all" else Library("aten", "IMPL")
        for name, key, kernel in _kernels(what):
            self._library.impl(name.removeprefix("aten::"), kernel, key)
        for function, code in self._in_python:
            function.__code__ = _refuse.__code__ if what == "no layers" else code
        self._allowed = what


@functools.cache
def _kernels(what: str) -> list[tuple[str, str, Callable[..., Any]]]:
    """The operators that are refused, for which key of the dispatcher, and by what.

    Args:
        what: what an exercise allows: "all" of torch, "no layers" for all but its recurrent layers and cells, or
            "none" for nothing that computes.
    """
    if what == "all":
        return []
    names = [name for name in torch._C._dispatch_get_all_op_names() if name.startswith("aten::")]
    if what == "no layers":
        layers = [name for name in names if _RECURRENT.search(name)]
        keys = "CPU", "CompositeImplicitAutograd"
        return [(name, key, _refusing(_base(name), LAYER)) for name in layers for key in keys]
    on_cpu = torch._C._dispatch_has_kernel_for_dispatch_key
    computing = [name for name in names if _COMPUTING.fullmatch(_base(name)) and on_cpu(name, "CPU")]
    return [(name, "CPU", _refusing(_base(name), NO_TORCH)) for name in computing]


def _recurrent_in_python() -> list[tuple[FunctionType, CodeType]]:
    """Functions of torch, and forward passes of its modules, that are named after a recurrent layer; and their code."""
    modules = [module for name, module in sys.modules.items() if name.startswith("torch.")]
    values = [value for module in modules for value in vars(module).values()]
    values += [vars(value).get("forward") for value in values if issubclass(type(value), type)]
    functions = dict.fromkeys(value for value in values if type(value) is FunctionType)
    return [(function, function.__code__) for function in functions if _RECURRENT.search(function.__qualname__)]


def _refuse(*args: Any, **kwargs: Any) -> Any:
    from refusal import LAYER, NotAllowed  # this code runs as part of functions of torch's modules

    raise NotAllowed(LAYER.format("recurrent layer"))


def _base(name: str) -> str:
    return name.removeprefix("aten::").split(".")[0]


def _refusing(name: str, message: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise NotAllowed(message.format(name))

    return refuse
