"""Weights: initial values, torch's layers, the update gate's two meanings."""
