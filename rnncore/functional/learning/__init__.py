"""Losses, backpropagation through time, clipping, gradient checks, epochs."""

from rnncore.functional.learning.bptt import StepBackward, backpropagate
from rnncore.functional.learning.clipping import clip_by_norm, clip_by_value
from rnncore.functional.learning.epoch import Network, SentenceBatch, Settings, run_epoch
from rnncore.functional.learning.gradient_check import (
    Loss,
    central_difference,
    gradient_check,
    relative_error,
)
from rnncore.functional.learning.gradient_flow import jacobian_norms, spectral_norm
from rnncore.functional.learning.losses import (
    mean_squared_error,
    mean_squared_error_backward,
    require_targets,
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
    tag_loss,
)
from rnncore.functional.learning.penalty import l1_l2_gradient, l1_l2_penalty
from rnncore.functional.learning.readout_backward import readout_backward
from rnncore.functional.learning.truncated_bptt import truncated_bptt

__all__ = [
    "Loss",
    "Network",
    "SentenceBatch",
    "Settings",
    "StepBackward",
    "backpropagate",
    "central_difference",
    "clip_by_norm",
    "clip_by_value",
    "gradient_check",
    "jacobian_norms",
    "l1_l2_gradient",
    "l1_l2_penalty",
    "mean_squared_error",
    "mean_squared_error_backward",
    "readout_backward",
    "relative_error",
    "require_targets",
    "run_epoch",
    "sequence_cross_entropy",
    "sequence_cross_entropy_backward",
    "spectral_norm",
    "tag_loss",
    "truncated_bptt",
]
