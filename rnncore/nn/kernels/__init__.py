"""Ways to run one cell along sequences, all with the same results."""
