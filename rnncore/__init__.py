"""rnncore: recurrent neural networks, written to be read. The reference package of the course."""
