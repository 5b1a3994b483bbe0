"""The generated tasks: what they promise of their data."""

import itertools

import numpy as np
import pytest

from rnncore.tasks import arithmetic_trees as trees
from rnncore.tasks import copy_memory as copying
from rnncore.tasks import moving_shapes as films
from rnncore.tasks import scenes, teddy, tones
from rnncore.tasks.ar2 import ar2_series
from rnncore.tasks.digit_strips import digit_strips
from rnncore.tasks.echo import echo, echo_series
from rnncore.tasks.handwritten_digits import as_sequences, handwritten_digits
from rnncore.tasks.long_lag import long_lag
from rnncore.tasks.random_walk import random_walk
from rnncore.tasks.reversal import string_reversal
from rnncore.tasks.series import co2, sunspots
from rnncore.tasks.vocab import BOS, EOS, PAD, SPECIAL
from rnncore.tasks.waveform import waveform


@pytest.mark.parametrize("lag", [0, 1, 4, 9])
def test_an_echo_repeats_what_was(lag, rng):
    xs, ys = echo(3, 9, lag, rng)
    assert xs.shape == ys.shape == (3, 9)
    for t in range(9):
        assert np.array_equal(ys[:, t], xs[:, t - lag] if t >= lag else np.zeros(3))
    for wrong in (-1, 10):
        with pytest.raises(ValueError, match=f"got {wrong}"):
            echo(1, 9, wrong, rng)


def test_taps_hear_an_echo_only_within_their_reach(rng):
    (xs,), (ys,) = echo(1, 5000, 5, rng)
    errors = []
    for p in (5, 6):
        taps = np.column_stack([np.roll(xs, k) for k in range(p)])[p:]
        weights = np.linalg.lstsq(taps, ys[p:])[0]
        errors.append(np.mean((taps @ weights - ys[p:]) ** 2))
    assert errors[0] == pytest.approx(1.0, abs=0.08)
    assert errors[1] < 1e-20


@pytest.mark.parametrize("lag", [1, 4])
def test_a_series_with_an_echo_has_the_variance_of_its_equation(lag, rng):
    series = echo_series(100_000, lag, rng, strength=-0.8)
    assert series.shape == (100_000,)
    assert series.var() == pytest.approx(1 / (1 - 0.64), rel=0.03)
    new = series[lag:] + 0.8 * series[:-lag]
    assert new.var() == pytest.approx(1.0, rel=0.03)
    assert abs(np.corrcoef(new[1:], new[:-1])[0, 1]) < 0.02
    with pytest.raises(ValueError, match="got 0"):
        echo_series(5, 0, rng)
    with pytest.raises(ValueError, match=r"got 1\.0"):
        echo_series(5, 1, rng, strength=1.0)


def test_ar2_has_the_variance_of_its_equation_and_refuses_to_explode(rng):
    first, second = 0.5, -0.3
    series = ar2_series(100_000, rng, phi=(first, second), noise=2.0)
    expected = 4.0 * (1 - second) / ((1 + second) * ((1 - second) ** 2 - first**2))
    assert series.var() == pytest.approx(expected, rel=0.03)
    for phi in ((1.5, -1.0), (0.6, 0.5), (-1.5, 0.0)):
        with pytest.raises(ValueError, match="must be"):
            ar2_series(5, rng, phi=phi)


@pytest.mark.parametrize(("T", "n"), [(1, 1), (1, 10), (30, 4)])
def test_copies(T, n, rng):
    strings = rng.integers(0, copying.N_SYMBOLS, size=(6, n))
    inputs, targets = copying.copy_memory(strings, T)
    assert inputs.dtype == targets.dtype == np.int64
    assert inputs.shape == targets.shape == (6, T + 2 * n)
    assert np.array_equal(inputs[:, :n], strings)
    assert np.array_equal(inputs[:, :n], targets[:, -n:])
    assert np.all(inputs[:, :n] < copying.N_SYMBOLS)
    assert np.all(inputs[:, n + T - 1] == copying.GO)
    assert (inputs == copying.GO).sum() == 6
    assert np.all(targets[:, :-n] == copying.BLANK)
    assert np.all(np.delete(inputs[:, n:], T - 1, axis=1) == copying.BLANK)
    with pytest.raises(ValueError, match="got 0"):
        copying.copy_memory(strings, 0)
    with pytest.raises(ValueError, match=r"strings must be \(B, n\); got"):
        copying.copy_memory(strings[0], T)


def test_digits_are_split_without_overlap(rng):
    train, test = handwritten_digits(rng)
    assert train.images.shape == (1437, 8, 8)
    assert test.images.shape == (360, 8, 8)
    assert train.images.min() == 0.0
    assert train.images.max() == 1.0
    assert set(test.labels) == set(range(10))
    both = {image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}
    assert not both
    sequences = as_sequences(test)
    assert sequences.shape == (360, 64, 1)
    assert np.array_equal(sequences[5, :, 0].reshape(8, 8), test.images[5])


def test_strips_show_their_digits_in_order(rng):
    digits, _ = handwritten_digits(rng)
    images, widths, labels, lengths = digit_strips(40, digits, rng, 1, 4)
    assert images.shape == (40, 1, 10, widths.max())
    assert set(lengths) == {1, 2, 3, 4}
    for image, width, row, n in zip(images, widths, labels, lengths, strict=True):
        assert not image[..., width:].any()
        assert image[..., :width].max() == 1.0
        assert np.all((row[:n] >= 1) & (row[:n] <= 10))
        assert not row[n:].any()
        assert 7 * n <= width <= 11 * n + 10
    with pytest.raises(ValueError, match="got 3 and 2"):
        digit_strips(1, digits, rng, 3, 2)


def test_a_strip_of_one_digit_is_that_digit(rng):
    digits, _ = handwritten_digits(rng)
    strips = digit_strips(20, digits, rng, 1, 1)
    for image, (label,) in zip(strips.images[:, 0], strips.labels, strict=True):
        same = digits.images[digits.labels == label - 1]
        crops = [image[top : top + 8, left : left + 8] for top in range(3) for left in range(5)]
        assert any(np.all(crop == same, axis=(1, 2)).any() for crop in crops if crop.shape == (8, 8))


def test_reversal(rng):
    pairs = string_reversal(50, 1, 6, rng, letters=3)
    assert set(pairs.source_lengths - 1) == set(range(1, 7))
    assert np.array_equal(pairs.source_lengths + 1, pairs.target_lengths)
    for source, n, target in zip(pairs.sources, pairs.source_lengths, pairs.targets, strict=True):
        string = source[: n - 1]
        assert np.all((string >= len(SPECIAL)) & (string < len(SPECIAL) + 3))
        assert source[n - 1] == EOS
        assert np.all(source[n:] == PAD)
        assert target[: n + 1].tolist() == [BOS, *string[::-1], EOS]
        assert np.all(target[n + 1 :] == PAD)
    with pytest.raises(ValueError, match="got 0 and 2"):
        string_reversal(1, 0, 2, rng)


def test_a_waveform_has_slow_and_fast_parts(rng):
    wave = waveform(320, rng)
    assert wave.shape == (320,)
    assert np.abs(wave).max() == pytest.approx(1.0)
    power = np.abs(np.fft.rfft(wave)) ** 2
    assert power[0:4].sum() > 0.05 * power.sum()
    assert power[20:].sum() > 0.05 * power.sum()
    assert power[60:].sum() < 0.02 * power.sum()


def _depth(tree):
    return 0 if isinstance(tree, int) else 1 + max(_depth(tree[1]), _depth(tree[2]))


@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_trees_have_their_depth_and_python_agrees_on_their_value(depth, rng):
    values = []
    for _ in range(200):
        tree = trees.arithmetic_tree(depth, rng)
        assert _depth(tree) == depth
        text = " ".join(trees.TOKENS[i] for i in trees.tree_tokens(tree))
        assert eval(text) % trees.MODULUS == trees.tree_value(tree)
        values.append(trees.tree_value(tree))
    assert set(values) == set(range(trees.MODULUS))


def test_only_the_next_word_tells_a_name(rng):
    ids, tags, lengths, places = teddy.teddy_sentences(2000, rng)
    words = np.array(teddy.VOCABULARY)[ids]
    assert np.all(np.isin(words[np.arange(2000), places], teddy.AMBIGUOUS))
    following = words[np.arange(2000), places + 1]
    expected = np.zeros_like(tags)
    for shift in (0, 1):
        expected[np.arange(2000), places + shift] = np.isin(following, teddy.SURNAMES)
    assert np.array_equal(tags, expected)
    assert np.array_equal(lengths, (ids > 0).sum(1))
    for word in teddy.AMBIGUOUS:
        share = tags[words == word].mean()
        assert abs(share - 0.5) < 0.12
    assert not set(teddy.SURNAMES) & set(teddy.THINGS)


def test_films_do_what_they_say(rng):
    shown, labels = films.moving_shapes(200, 6, rng, noise=0.0)
    assert shown.shape == (200, 6, 1, 16, 16)
    assert set(labels) == set(range(len(films.ACTIVITIES)))
    moves = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0), "rests": (0, 0)}
    for film, label in zip(shown[:, :, 0], labels, strict=True):
        activity, area = films.ACTIVITIES[label], film.sum((1, 2))
        if activity in moves:
            for before, after in itertools.pairwise(film):
                assert np.array_equal(np.roll(before, moves[activity], (0, 1)), after)
            assert area[0] > 0
        elif activity == "blinks":
            assert sorted(area > 0) == [False] * 3 + [True] * 3
            assert np.all((area > 0)[:-1] != (area > 0)[1:])
        else:
            change = np.diff(area) if activity == "grows" else -np.diff(area)
            assert np.all(change >= 0)
            assert change.sum() > 0
    for T, size in ((1, 16), (9, 16), (4, 12)):
        with pytest.raises(ValueError, match="must be"):
            films.moving_shapes(1, T, rng, size)


def test_tones_can_be_read_off_the_spectrum(rng):
    heard = tones.tone_strings(30, rng, 1, 4, noise=0.05)
    assert heard.features.shape == (30, heard.lengths.max(), tones.N_FEATURES)
    bands = 640 + 40 * np.arange(tones.N_FEATURES)
    profiles = np.array([[-min(abs(b - tones.LOW[str(d)]), 100) for b in bands] for d in range(10)])
    profiles += [[-min(abs(b - tones.HIGH[str(d)]), 100) for b in bands] for d in range(10)]
    for frames, length, row, n in zip(*heard, strict=True):
        assert not frames[length:].any()
        assert not row[n:].any()
        loud = frames[:length].max(1) > 4.0
        starts = np.flatnonzero(loud & ~np.roll(loud, 1))
        ends = np.flatnonzero(loud & ~np.roll(loud, -1)) + 1
        read = [int(np.argmax(profiles @ np.exp(frames[a:b]).mean(0))) + 1 for a, b in zip(starts, ends, strict=True)]
        assert read == row[:n].tolist()
    with pytest.raises(ValueError, match="got 0 and 5"):
        tones.tone_strings(1, rng, 0)


@pytest.mark.parametrize("lag", [0, 1, 20, 1200])
def test_the_last_sign_is_the_first(lag, rng):
    ids, labels = long_lag(30, lag, rng)
    assert ids.shape == (30, lag + 2)
    assert np.array_equal(ids[:, 0], labels)
    assert np.array_equal(ids[:, -1], labels)
    assert np.all(ids[:, 1:-1] == np.arange(2, lag + 2))
    assert 0 < labels.mean() < 1
    with pytest.raises(ValueError, match="got -1"):
        long_lag(1, -1, rng)


def test_measured_series():
    years, numbers = sunspots()
    assert years.tolist() == list(range(1700, 2009))
    assert numbers.max() == 190.2
    assert years[numbers.argmax()] == 1957
    months, ppm = co2()
    assert len(months) == len(ppm) == 526
    assert months[0] == pytest.approx(1958 + 2 / 12)
    assert np.allclose(np.diff(months), 1 / 12)
    assert np.all(np.isfinite(ppm))
    assert 310 < ppm.min() < ppm.max() < 380
    for numbers_, season in ((numbers, (10, 11)), (np.diff(ppm), (12,))):
        shifted = [np.corrcoef(numbers_[:-k], numbers_[k:])[0, 1] for k in range(6, 16)]
        assert 6 + int(np.argmax(shifted)) in season


def test_scenes_show_what_their_captions_say(rng):
    images, captions = scenes.rendered_scenes(300, rng, noise=0.0)
    assert images.shape == (300, 3, scenes.SIZE, scenes.SIZE)
    for image, words in zip(images, captions, strict=True):
        centres = []
        for colour, shape in (words[1:3], words[-2:]):
            wanted = 0.1 + np.array(scenes.COLOURS[colour])
            seen = np.all(np.abs(image - wanted[:, None, None]) < 1e-9, axis=0)
            assert seen.any()
            centres.append(np.argwhere(seen).mean(0) if words[1] != words[-2] else None)
            assert shape in scenes.SHAPES
        if centres[0] is not None:
            down, across = centres[1] - centres[0]
            relation = (
                "left" if across > abs(down) else "right" if -across > abs(down) else "above" if down > 0 else "below"
            )
            assert relation == words[3]
    assert len({" ".join(words) for words in captions}) > 200


def test_a_scene_lies_within_its_picture(rng):
    """Each shape shows all its pixels: no part is cut off or covered."""
    pixels = {"circle": 29, "square": 49, "triangle": 25, "cross": 33}
    images, captions = scenes.rendered_scenes(400, rng, noise=0.0)
    for image, words in zip(images, captions, strict=True):
        assert (image.max(0) > 0.5).sum() == pixels[words[2]] + pixels[words[-1]]


def test_the_generator_decides_everything():
    digits, _ = handwritten_digits(np.random.default_rng(0))
    for draw in (
        lambda rng: echo(3, 10, 2, rng)[0],
        lambda rng: ar2_series(10, rng),
        lambda rng: random_walk(10, rng),
        lambda rng: handwritten_digits(rng)[0].labels,
        lambda rng: digit_strips(9, digits, rng).labels,
        lambda rng: string_reversal(9, 2, 9, rng).targets,
        lambda rng: waveform(20, rng),
        lambda rng: np.array(trees.tree_tokens(trees.arithmetic_tree(6, rng))),
        lambda rng: teddy.teddy_sentences(9, rng).ids,
        lambda rng: films.moving_shapes(9, 4, rng)[0],
        lambda rng: tones.tone_strings(9, rng).features,
        lambda rng: long_lag(40, 2, rng).ids,
        lambda rng: scenes.rendered_scenes(3, rng).images,
    ):
        same = [draw(np.random.default_rng(4)) for _ in range(2)]
        assert np.array_equal(*same)
        assert not np.array_equal(same[0], draw(np.random.default_rng(5)))
