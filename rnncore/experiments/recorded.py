"""Findings of runs that take longer than a notebook should, as they were measured.

`python -m rnncore.experiments` repeats the findings; the melody is what Unit 9 wrote.
"""

import numpy as np

from rnncore.experiments.chorales import Chorales
from rnncore.experiments.library import Library
from rnncore.experiments.shakespeare import Shakespeare

LIBRARY = Library(
    seeds=(0, 1, 2),
    orders=(1, 2, 3, 4, 5, 6, 7, 8),
    steps=2600,
    ngram=np.array([4.4713, 3.5679, 2.7222, 2.3125, 2.1800, 2.1553, 2.1362, 2.1246]),
    ngram_train=np.array([4.7088, 3.6700, 2.6184, 1.8090, 1.3806, 1.1244, 0.9296, 0.7746]),
    lstm=np.array([1.9706, 1.9647, 1.9513]),
    epochs=np.array([[2.3820, 1.7706], [2.3698, 1.7707], [2.3653, 1.7436]]),
    seconds=121.0,
)
"""With the library of Python 3.11."""

SHAKESPEARE = Shakespeare(
    seeds=(0, 1, 2),
    models=("RNN", "LSTM", "GRU", "6-gram"),
    steps=2000,
    scores=np.array(
        [
            [2.4623, 2.3754, 2.3139, 2.3108],
            [2.4540, 2.3687, 2.2985, 2.3108],
            [2.4653, 2.3614, 2.3178, 2.3108],
        ]
    ),
    cpu_seconds=np.array(
        [[23.0, 34.6, 41.7, 1.1], [20.4, 34.6, 42.1, 1.1], [22.2, 34.7, 44.3, 1.2]]
    ),
    clock_seconds=np.array(
        [[23.0, 34.7, 41.9, 1.1], [20.4, 34.6, 42.3, 1.1], [22.2, 34.7, 44.3, 1.2]]
    ),
    seconds=307.2,
)

CHORALES = Chorales(
    seeds=(0, 1, 2),
    models=("LSTM",),
    steps=3000,
    scores=np.array([[8.3421], [8.3591], [8.3333]]),
    cpu_seconds=np.array([[11.3], [11.7], [11.1]]),
    clock_seconds=np.array([[11.3], [11.7], [11.1]]),
    seconds=34.3,
)

MELODY = (
    "51-54-58-63",
    "44-53-59-63",
    "46-53-58-62",
    "42-54-58-63",
    "38-56-59-65",
    "46-49-54-58",
    "44-51-54-59",
    "42-49-54-58",
    "42-49-54-58",
    "39-49-54-58",
    "41-49-56-61",
    "42-49-54-58",
    "39-51-58-66",
    "44-56-59-65",
    "39-46-54-63",
    "39-46-54-63",
    "39-46-54-63",
    "39-51-54-58",
    "39-54-58-63",
    "39-51-54-58",
    "37-46-53-58",
    "35-47-51-56",
    "32-47-51-54",
    "32-47-51-53",
    "38-46-53-58",
    "39-46-51-54",
    "27-42-46-51",
    "27-42-46-51",
    "39-51-54-58",
    "37-46-53-58",
    "35-47-51-56",
    "32-47-51-53",
)
"""Chords that a model of the chorales wrote, as `rnncore.tasks.chords` spells them."""
