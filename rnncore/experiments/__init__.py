"""Measured experiments: each reproduces a published result with the functions it is handed."""
