"""Something to take home: a file beside the notebook."""

from itertools import count
from pathlib import Path


def save_beside(name: str, content: bytes) -> Path:
    """Save a file in the folder of the notebook, and overwrite none.

    If `verse.txt` is there with another content, the file is called `verse-2.txt`, and so on.

    Args:
        name: what the file is called.
        content: its bytes.

    Returns:
        The path of the file.
    """
    wanted = Path(name)
    path, numbers = wanted, count(2)
    while path.exists() and not (path.is_file() and path.read_bytes() == content):
        path = wanted.with_stem(f"{wanted.stem}-{next(numbers)}")
    path.write_bytes(content)
    return path
