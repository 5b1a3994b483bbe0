"""Networks that remember patterns: Hopfield networks, history compression."""
