"""Strings of digits, spoken by a telephone: two tones for each digit."""

from typing import NamedTuple

import numpy as np

SAMPLE_RATE = 8000
"""Samples a second."""
FRAME = 200
"""Samples in one frame of the spectrum, 25 ms; the next frame begins 25 ms later."""

KEYS = "1234567890"
LOW = dict(zip(KEYS, (697, 697, 697, 770, 770, 770, 852, 852, 852, 941), strict=True))
HIGH = dict(zip(KEYS, (1209, 1336, 1477, 1209, 1336, 1477, 1209, 1336, 1477, 1336), strict=True))
"""The two frequencies of each key, in hertz."""

N_FEATURES = 24
N_CLASSES = 11
"""The blank, 0, and the ten digits: class 1 is the digit 0, class 10 the digit 9."""


class Utterances(NamedTuple):
    """Spectra of spoken strings, ready for CTC."""

    features: np.ndarray
    """(B, T, 24), float64: the logarithm of the energy, each frame and band; zeros behind."""
    lengths: np.ndarray
    """(B,), int64: how many frames each utterance has."""
    labels: np.ndarray
    """(B, longest), int64: classes 1 ... 10, padded with 0."""
    label_lengths: np.ndarray
    """(B,), int64: how many digits each utterance has."""


def tone_strings(
    B: int,
    rng: np.random.Generator,
    shortest: int = 2,
    longest: int = 5,
    noise: float = 0.3,
) -> Utterances:
    """Digits as pairs of tones, slow or fast, loud or soft, with pauses and noise.

    A digit lasts 75 to 225 ms, a pause 50 to 150 ms, so nothing but the sound tells how many digits
    there are.

    Args:
        B: how many strings.
        rng: the source of randomness.
        shortest: the least number of digits, at least 1.
        longest: the greatest.
        noise: the standard deviation of the noise; a tone's height is 0.5 to 1.

    Returns:
        `Utterances(features, lengths, labels, label_lengths)`.

    Raises:
        ValueError: if not 1 ≤ shortest ≤ longest.

    Reference: the frequencies: ITU-T Recommendation Q.23; speech with CTC: Graves et al. (2006),
        doi:10.1145/1143844.1143891.
    """
    if not 1 <= shortest <= longest:
        raise ValueError(f"lengths must be 1 ≤ shortest ≤ longest; got {shortest} and {longest}")
    label_lengths = rng.integers(shortest, longest, size=B, endpoint=True)
    labels = rng.integers(1, N_CLASSES, size=(B, longest))
    labels[np.arange(longest)[None, :] >= label_lengths[:, None]] = 0
    spectra = [
        spectrum(tone_sound([str(k - 1) for k in row[:n]], rng, noise))
        for row, n in zip(labels, label_lengths, strict=True)
    ]
    lengths = np.array([len(frames) for frames in spectra])
    features = np.zeros((B, lengths.max(initial=0), N_FEATURES))
    for row, frames in zip(features, spectra, strict=True):
        row[: len(frames)] = frames
    return Utterances(features, lengths, labels, label_lengths)


def tone_sound(digits: list[str], rng: np.random.Generator, noise: float = 0.3) -> np.ndarray:
    """The sound of digits, each with pauses around it.

    Args:
        digits: keys of a telephone, such as `"7"`.
        rng: the source of randomness: lengths, loudness, phases and noise.
        noise: the standard deviation of the noise; a tone has an amplitude of at most 1.

    Returns:
        The samples, (N,), float64, 8,000 a second.
    """
    pieces = [_pause(rng)]
    for digit in digits:
        seconds = np.arange(FRAME * int(rng.integers(3, 10))) / SAMPLE_RATE
        phases = rng.uniform(0.0, 2.0 * np.pi, 2)
        tones = [
            np.sin(2.0 * np.pi * hertz[digit] * seconds + phase)
            for hertz, phase in zip((LOW, HIGH), phases, strict=True)
        ]
        pieces += [rng.uniform(0.5, 1.0) * (tones[0] + tones[1]) / 2.0, _pause(rng)]
    sound = np.concatenate(pieces)
    return sound + noise * rng.standard_normal(len(sound))


def spectrum(sound: np.ndarray) -> np.ndarray:
    """The logarithm of the energy in 24 bands of 40 Hz from 620 to 1580 Hz, (T, 24), each 25 ms."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME) * np.hanning(FRAME)
    energy = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    first = round(640 * FRAME / SAMPLE_RATE)
    return np.log(energy[:, first : first + N_FEATURES] + 1e-3)


def _pause(rng: np.random.Generator) -> np.ndarray:
    return np.zeros(FRAME * int(rng.integers(2, 7)))
