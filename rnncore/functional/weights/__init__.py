"""Weights: recurrent initial values, the forget bias, torch's layers, the update gate."""

from rnncore.functional.weights.forget_bias import set_forget_bias
from rnncore.functional.weights.recurrent import identity_init, orthogonal_init
from rnncore.functional.weights.torch_layers import layers_from_torch, layers_to_torch
from rnncore.functional.weights.update_gate import Params, flip_update_gate

__all__ = [
    "Params",
    "flip_update_gate",
    "identity_init",
    "layers_from_torch",
    "layers_to_torch",
    "orthogonal_init",
    "set_forget_bias",
]
