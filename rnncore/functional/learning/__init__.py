"""Losses, backpropagation through time, clipping and gradient checks."""
