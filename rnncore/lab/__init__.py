"""What a notebook needs around the equations: training, plots, live figures and visible checks."""
