"""Derivatives of the activations: kernels of torch that write to a given array."""

import torch

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
"""`sigmoid_backward(d, s, grad_input=out)`: d s (1 - s), where s = σ(a)."""

tanh_backward = torch.ops.aten.tanh_backward.grad_input
"""`tanh_backward(d, t, grad_input=out)`: d (1 - t²), where t = tanh(a)."""

relu_backward = torch.ops.aten.threshold_backward.grad_input
"""`relu_backward(d, r, 0, grad_input=out)`: d where r > 0, else 0, where r = max(a, 0)."""
