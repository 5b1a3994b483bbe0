"""Findings of runs that take longer than a notebook should, as they were measured.

`python -m rnncore.experiments` repeats the findings; the melody is what Unit 9 wrote.
"""

import numpy as np

from rnncore.experiments.captions import Captions
from rnncore.experiments.chorales import Chorales
from rnncore.experiments.digit_strips import DigitStrips
from rnncore.experiments.headlines import Headlines
from rnncore.experiments.library import Library
from rnncore.experiments.shakespeare import Shakespeare
from rnncore.experiments.translation import Translation
from rnncore.experiments.translator import Translator

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

DIGIT_STRIPS = DigitStrips(
    seeds=(0, 1, 2),
    models=("CNN + BiLSTM + CTC",),
    steps=1000,
    scores=np.array([[0.9567], [0.9167], [0.8933]]),
    cpu_seconds=np.array([[14.9], [15.8], [15.7]]),
    clock_seconds=np.array([[16.3], [19.1], [16.2]]),
    seconds=53.2,
)

CAPTIONS = Captions(
    seeds=(0, 1, 2),
    models=("sees the picture", "blind"),
    steps=2000,
    scores=np.array([[0.832, 0.002], [0.736, 0.002], [0.944, 0.002]]),
    cpu_seconds=np.array([[24.4, 17.3], [22.7, 17.9], [80.8, 18.6]]),
    clock_seconds=np.array([[31.0, 17.7], [23.3, 18.5], [272.6, 20.0]]),
    seconds=383.4,
)
"""The third run shared its processor with other programs."""

TRANSLATOR = Translator(
    seeds=(0, 1, 2),
    corpus="Multi30k, en-de",
    steps=1260,
    perplexity=np.array([8.3876, 8.2385, 8.9272]),
    swapped=np.array([78.7317, 73.0327, 71.3756]),
    bleu=np.array([19.8618, 19.3094, 17.5459]),
    on_end=np.array([0.1109, 0.0025, 0.0125]),
    losses=np.array(
        [
            [4.93, 3.49, 2.99, 2.64, 2.46, 2.33, 2.09, 2.05, 2.04],
            [5.01, 3.53, 2.98, 2.6, 2.44, 2.32, 2.07, 2.03, 2.02],
            [5.0, 3.53, 3.05, 2.68, 2.49, 2.36, 2.15, 2.12, 2.09],
        ]
    ),
    seconds=290.8,
)

HEADLINES = Headlines(
    seeds=(0, 1, 2),
    models=("attention", "last state alone"),
    steps=1600,
    scores=np.array([[1.0, 0.04], [1.0, 0.818], [1.0, 0.074]]),
    cpu_seconds=np.array([[40.2, 35.4], [37.1, 36.4], [35.8, 35.8]]),
    clock_seconds=np.array([[81.5, 46.2], [46.1, 53.0], [39.5, 61.6]]),
    seconds=330.2,
)

TRANSLATION = Translation(
    seeds=(0, 1, 2),
    models=("attention", "no source"),
    steps=420,
    scores=np.array([[16.4691, 25.8548], [20.0223, 26.2989], [20.4124, 26.9836]]),
    cpu_seconds=np.array([[25.2, 17.6], [25.4, 17.4], [24.8, 17.7]]),
    clock_seconds=np.array([[38.6, 23.6], [81.1, 26.8], [44.7, 38.2]]),
    seconds=255.7,
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
