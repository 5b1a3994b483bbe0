"""Experiments, each of which measures a published claim with the functions it is given."""
