"""Cells over whole sequences: unrolling, padding, directions, depth, layouts, trees."""
