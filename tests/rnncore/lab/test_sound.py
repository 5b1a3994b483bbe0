"""Chords as sound. Oracles: the frequencies of a piano's keys, and the wave module that reads the file."""

import io
import wave

import numpy as np
import pytest

from rnncore.lab.sound import RATE, play_chords, wave_file


def _pitch(sound):
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return np.argmax(spectrum) * RATE / len(sound)


@pytest.mark.parametrize(("key", "hertz"), [(48, 440.0), (39, 261.6), (60, 880.0)])
def test_a_key_has_its_pitch(key, hertz):
    assert _pitch(play_chords([[key]], seconds=1.0)) == pytest.approx(hertz, abs=1.5)


def test_a_key_that_stays_down_is_held():
    """Struck once it only fades; struck again it is loud again."""
    step = int(0.5 * RATE)
    held, again = (play_chords([[48], middle, [48]], seconds=0.5) for middle in ([48], []))
    loudness = [np.abs(held[k * step : (k + 1) * step]).max() for k in range(3)]
    assert loudness[0] > loudness[1] > loudness[2]
    assert np.abs(again[step + step // 2 : 2 * step]).max() < 0.01
    assert np.abs(again[2 * step :]).max() > loudness[2]


def test_the_file_can_be_played():
    sound = play_chords([[48], [], [50, 55]], seconds=0.25)
    assert np.max(np.abs(sound)) == pytest.approx(1.0)
    with wave.open(io.BytesIO(wave_file(sound))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert len(samples) == len(sound) == 4 * int(0.25 * RATE)
    assert np.abs(samples / 32767 - sound).max() < 1e-4


def test_silence_is_silent():
    assert np.all(play_chords([[], []]) == 0.0)


@pytest.mark.parametrize(("chords", "said"), [([], "0 chords"), ([[88]], "88"), ([[-1]], "-1")])
def test_keys_that_no_piano_has_are_refused(chords, said):
    with pytest.raises(ValueError, match=f"keys from 0 to 87; got .*{said}"):
        play_chords(chords)
