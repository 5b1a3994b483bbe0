"""What the equations stand on: arrays, trees of arrays, activations, log space, classes."""
