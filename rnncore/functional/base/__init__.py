"""Arrays, nested containers of arrays, activations, log space, classes."""

from rnncore.functional.base.activations import sigmoid, softmax, tanh
from rnncore.functional.base.arrays import (
    Array,
    Float,
    array_namespace,
    concat,
    require_shape,
    stack,
    zeros,
    zeros_like,
)
from rnncore.functional.base.classes import class_weights, one_hot
from rnncore.functional.base.dtypes import require_kind
from rnncore.functional.base.linear_recurrence import linear_recurrence
from rnncore.functional.base.log_space import log_softmax, log_sum_exp
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.base.uniform import uniform_weights

__all__ = [
    "Array",
    "Float",
    "array_namespace",
    "class_weights",
    "concat",
    "leaves",
    "linear_recurrence",
    "log_softmax",
    "log_sum_exp",
    "map_tree",
    "one_hot",
    "require_kind",
    "require_shape",
    "sigmoid",
    "softmax",
    "stack",
    "tanh",
    "uniform_weights",
    "zeros",
    "zeros_like",
]
