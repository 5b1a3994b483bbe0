"""Polyphonic music: chorales by Bach and folk tunes from Nottingham, 88 keys of a piano."""

from typing import NamedTuple

import numpy as np
from scipy.io import loadmat

from rnncore.tasks.corpora.fetch import fetch

N_KEYS = 88
_FILES = {"jsb": "jsb/JSB_Chorales.mat", "nottingham": "jsb/Nottingham.mat"}


class PianoRolls(NamedTuple):
    """Pieces of music, each an array (T, 88), float64: 1 where a key is down, else 0."""

    train: list[np.ndarray]
    valid: list[np.ndarray]
    test: list[np.ndarray]


def piano_rolls(collection: str = "jsb") -> PianoRolls:
    """The pieces of a collection, in the usual split.

    Args:
        collection: `"jsb"`, chorales, 229 + 76 + 77 pieces, or `"nottingham"`, folk tunes,
            694 + 173 + 170.

    Returns:
        `PianoRolls(train, valid, test)`.

    Raises:
        ValueError: if the collection is none of the two, or the file is another one.
        OSError: if the file cannot be had; see `fetch`.

    Reference: Boulanger-Lewandowski, Bengio and Vincent, Modeling Temporal Dependencies in
        High-Dimensional Sequences (2012), arXiv:1206.6392; the files: Bai, Kolter and Koltun
        (2018), arXiv:1803.01271.
    """
    if collection not in _FILES:
        raise ValueError(f"collection must be of {tuple(_FILES)}; got {collection!r}")
    parts = loadmat(fetch(_FILES[collection]))
    return PianoRolls(
        *(
            [np.asarray(piece, dtype=np.float64) for piece in parts[name][0]]
            for name in ("traindata", "validdata", "testdata")
        )
    )
