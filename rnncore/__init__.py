"""rnncore: recurrent neural networks, written to be read. The reference package of the course."""

NEWEST: int | None = None
"""The newest unit that this package serves; None if it serves all."""


def require(unit: int) -> None:
    """Check that this package serves a unit. Notebooks do so before they import more.

    Raises:
        ImportError: if it is older than the unit; the message says what to do.
    """
    if NEWEST is not None and unit > NEWEST:
        raise ImportError(
            f"this notebook needs the rnncore of unit {unit} or later; the one installed here is "
            f"of unit {NEWEST}. In a terminal, go to the folder of this notebook, run `pip install "
            "--upgrade` with the name of the file there that ends in .whl, and restart the kernel"
        )
