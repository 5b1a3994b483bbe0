"""Chords as sound."""

import io
import wave
from collections.abc import Sequence

import numpy as np

RATE = 8000
"""Samples in a second: enough for voices, and small."""

_OVERTONES = (1.0, 0.5, 0.3, 0.15)
_LOWEST = 27.5
"""Hertz, the lowest key of a piano."""


def play_chords(chords: Sequence[Sequence[int]], seconds: float = 0.4) -> np.ndarray:
    """Chords, one after the other, as the samples of a sound.

    A key that is down in several chords in a row is held.

    Args:
        chords: the keys of each chord, 0 to 87, as on a piano from the left.
        seconds: how long a chord lasts.

    Returns:
        The sound, (samples,), float64, between -1 and 1, `RATE` samples a second.

    Raises:
        ValueError: if there is no chord, or a key is not from 0 to 87.
    """
    keys = {key for chord in chords for key in chord}
    if not chords or any(not 0 <= key < 88 for key in keys):
        raise ValueError(f"chords must have keys from 0 to 87; got {len(chords)} chords, {keys}")
    step = round(seconds * RATE)
    sound = np.zeros((len(chords) + 1) * step)
    for key in keys:
        down = np.array([False, *(key in chord for chord in chords), False])
        starts = np.flatnonzero(~down[:-1] & down[1:])
        ends = np.flatnonzero(down[:-1] & ~down[1:])
        for start, end in zip((starts * step).tolist(), (ends * step).tolist(), strict=True):
            note = _note(key, end - start + step // 4)
            sound[start : start + len(note)] += note
    return sound / np.max(np.abs(sound), initial=1e-9)


def _note(key: int, samples: int) -> np.ndarray:
    t = np.arange(samples) / RATE
    pitch = _LOWEST * 2.0 ** (key / 12.0)
    tone = sum(
        volume * np.sin(2.0 * np.pi * pitch * n * t)
        for n, volume in enumerate(_OVERTONES, start=1)
        if pitch * n < RATE / 2
    )
    swell = np.minimum(1.0, t / 0.03) * np.exp(-0.8 * t)
    return tone * swell * np.minimum(1.0, (samples - np.arange(samples)) / (0.06 * RATE))


def wave_file(sound: np.ndarray) -> bytes:
    """A sound as the content of a WAV file, 16 bits a sample.

    Args:
        sound: samples between -1 and 1, (samples,).

    Returns:
        The bytes, for a file or for `IPython.display.Audio`.
    """
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(32767 * np.clip(sound, -1.0, 1.0)).astype("<i2").tobytes())
    return buffer.getvalue()
