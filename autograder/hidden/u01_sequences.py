"""Hidden checks of Unit 1: sequences, and models without memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.checking import CheckSet, StudentFunction, expect_parts, expect_same, expect_unchanged
from autograder.mutants import u01_sequences as mutants
from rnncore.functional.base.classes import one_hot
from rnncore.tasks.batching import pad_batch
from rnncore.tasks.forecasts import fit_ar
from rnncore.tasks.name_labels import name_labels
from rnncore.tasks.vocab import BOS, EOS, PAD, SPECIAL, UNK, build_vocab, encode, tokenize
from rnncore.tasks.windows import make_windows

WORDS = ("river", "stone", "bird", "house", "lamp", "cloud", "seven", "garden", "1990", "bread", "salt", "moon")


def _draw(rng: np.random.Generator, among: Sequence[str], n: int) -> list[str]:
    """n of them, no one twice."""
    return [among[int(k)] for k in rng.permutation(len(among))[:n]]


def _order(rng: np.random.Generator, items: Sequence[Any]) -> list[Any]:
    return [items[k] for k in rng.permutation(len(items))]


check_tokenize = CheckSet("tokenize", tokenize, mutants.tokenize)

_TOKENS = "tokens"


@check_tokenize.that("words and marks, in lower case", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d, e = _draw(rng, WORDS, 5)
    text = f"The {a.upper()} and  the {b},\n{c.capitalize()}; {d} {e}?"
    want = ["the", a, "and", "the", b, ",", c, ";", d, e, "?"]
    expect_same(student(text), want, _TOKENS, "Words and marks, nothing else, and no capitals.")


@check_tokenize.that("hyphens and apostrophes inside words", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d = _draw(rng, WORDS, 4)
    whole = _order(rng, [f"{a}-{b}", f"{c}'s", f"o’{d}", f"{d}-of-the-{a}", f"rock-{b}", "won't"])
    expect_same(
        student(" ".join(whole) + "."), [*whole, "."], _TOKENS, "Between letters or digits they belong to the word."
    )


@check_tokenize.that("marks at the edges of words, and several in a row", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = _draw(rng, WORDS, 3)
    text = f"'{a}' - {b}... ({c}-)?!"
    want = ["'", a, "'", "-", b, ".", ".", ".", "(", c, "-", ")", "?", "!"]
    expect_same(student(text), want, _TOKENS, "Every mark outside of a word is a token of its own.")


@check_tokenize.that("letters of other languages", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = _order(rng, ["zürich", "señor", "łódź", "αθήνα", "москва", "garçon", "smørrebrød"])
    expect_same(student(" ".join(words).upper() + "!"), [*words, "!"], _TOKENS, "A letter need not be one of a to z.")


check_name_labels = CheckSet("name-labels", name_labels, mutants.name_labels)

_LABELS = "labels"


def _sentence(*pieces: tuple[str, int]) -> tuple[list[str], list[int]]:
    """The tokens of pieces of text, and the label of each."""
    tokens = [token for text, _ in pieces for token in text.split()]
    return tokens, [label for text, label in pieces for _ in text.split()]


@check_name_labels.that("names of one token", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d = _draw(rng, WORDS, 4)
    tokens, want = _sentence((c, 0), (a, 1), (f"{d} said that", 0), (b, 1), ("and", 0), (a, 1), (".", 0))
    expect_same(student(tokens, [[b], [a]]), want, _LABELS, "1 for a name, 0 for everything else.")


@check_name_labels.that("names of several tokens", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d, e = _draw(rng, WORDS, 5)
    names = _order(rng, [[a, b], [c, d, e]])
    tokens, want = _sentence(
        (f"{a} saw", 0), (f"{a} {b}", 1), (f"with {b} {a} and {d} ,", 0), (f"{c} {d} {e}", 1), (".", 0)
    )
    expect_same(student(tokens, names), want, _LABELS, "All tokens of a name, next to each other and in order.")


@check_name_labels.that("at the beginning, at the end, and cut off", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = _draw(rng, WORDS, 3)
    for pieces in (
        [(f"{a} {b}", 1), ("met", 0), (c, 1)],
        [(c, 1), (f"met {a} {b[::-1]} and {a}", 0)],
        [(c, 1), ("and", 0), (f"{a} {b}", 1)],
    ):
        tokens, want = _sentence(*pieces)
        expect_same(student(tokens, [[a, b], [c]]), want, _LABELS, "Look at the first and the last token.")


@check_name_labels.that("sentences without a name, or without a token", points=0.25, after="names of one token")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = _draw(rng, WORDS, 3)
    expect_same(student([a, b, "."], [[c], [b, a]]), [0, 0, 0], _LABELS)
    expect_same(student([], [[c]]), [], _LABELS, "No tokens, no labels.")
    expect_same(student([a, b], []), [0, 0], _LABELS, "Where no names are known, nothing is one.")


check_build_vocab = CheckSet("build-vocab", build_vocab, mutants.build_vocab)

_VOCAB = "vocabulary"


def _corpus(rng: np.random.Generator, counts: Mapping[str, int]) -> list[list[str]]:
    """Three sentences in which the tokens occur so often; half of them all in one sentence."""
    tokens = _order(rng, [token for token, n in counts.items() for _ in range(n)])
    crowded = set(_draw(rng, list(counts), len(counts) // 2)) | {max(counts, key=lambda token: counts[token])}
    rest = [token for token in tokens if token not in crowded]
    half = len(rest) // 2
    return [rest[:half], [token for token in tokens if token in crowded], rest[half:]]


@check_build_vocab.that("the special tokens, then the most frequent first", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = _draw(rng, WORDS, 6)
    counts = dict(zip(words, range(9, 3, -1), strict=True))
    want = [*SPECIAL, *words]
    expect_same(student(_corpus(rng, counts)), want, _VOCAB, "Sort by how often a token occurs.")


@check_build_vocab.that("tokens that occur equally often", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    often, *words = _draw(rng, WORDS, 8)
    first, second = sorted(words[:3]), sorted(words[3:])
    mixed = [first[k] for k in (1, 2, 0)], [second[k] for k in (2, 0, 3, 1)]
    sentences = [[*mixed[0], *mixed[1], often, often, often], [*mixed[0], often]]
    want = [*SPECIAL, often, *first, *second]
    expect_same(student(sentences), want, _VOCAB, "Equals stand in the order of sorted().")


@check_build_vocab.that("rare tokens are left out", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = _draw(rng, WORDS, 6)
    counts = dict(zip(words, (6, 5, 4, 3, 2, 1), strict=True))
    for least in (3, 5):
        want = [*SPECIAL, *words[: 7 - least]]
        expect_same(student(_corpus(rng, counts), min_count=least), want, _VOCAB, "What does min_count say?")


@check_build_vocab.that("a vocabulary of limited size", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = _draw(rng, WORDS, 8)
    counts = dict(zip(words, range(9, 1, -1), strict=True))
    for size in (6, 11):
        want = [*SPECIAL, *words][:size]
        expect_same(student(_corpus(rng, counts), max_size=size), want, _VOCAB, "max_size counts every token.")


@check_build_vocab.that("special tokens that occur in the corpus", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = _draw(rng, WORDS, 3)
    counts = dict(zip((words[0], "<unk>", words[1], "<eos>", words[2]), (6, 5, 4, 3, 2), strict=True))
    expect_same(student(_corpus(rng, counts)), [*SPECIAL, *words], _VOCAB, "No token stands there twice.")


check_encode = CheckSet("encode", encode, mutants.encode)

_IDS = "ids"


def _known(rng: np.random.Generator) -> tuple[dict[str, int], list[str], list[str]]:
    """The ids of a vocabulary, the words in it, and words that are not."""
    words = _order(rng, WORDS)
    known = words[:8]
    pairs = list(enumerate([*SPECIAL, *known]))
    return {token: n for n, token in _order(rng, pairs)}, known, words[8:]


@check_encode.that("known tokens", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, _ = _known(rng)
    places = rng.permutation(np.arange(8).repeat(2))[:11]
    want = [int(place) + len(SPECIAL) for place in places]
    expect_same(student([known[place] for place in places], id_of), want, _IDS, "Look each token up.")


@check_encode.that("unknown tokens", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, unknown = _known(rng)
    tokens = [unknown[0], known[3], unknown[1], unknown[2], known[5], unknown[0]]
    want = [UNK, 3 + len(SPECIAL), UNK, UNK, 5 + len(SPECIAL), UNK]
    expect_same(student(tokens, id_of), want, _IDS, "A token that is not in the vocabulary becomes UNK.")


@check_encode.that("marks at the beginning and at the end", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, _ = _known(rng)
    inside = [4, 11, 6]
    tokens = [known[n - len(SPECIAL)] for n in inside]
    hint = "BOS stands in front where bos is true, EOS behind where eos is."
    expect_same(student(tokens, id_of, bos=True, eos=True), [BOS, *inside, EOS], _IDS, hint)
    expect_same(student(tokens, id_of, bos=True), [BOS, *inside], _IDS, hint)
    expect_same(student(tokens, id_of, eos=True), [*inside, EOS], _IDS, hint)
    expect_same(student([], id_of, bos=True, eos=True), [BOS, EOS], _IDS, "An empty sentence has its marks too.")


check_one_hot = CheckSet("one-hot", one_hot, mutants.one_hot)


def _one_hot(student: StudentFunction, rng: np.random.Generator, *shape: int, V: int) -> None:
    ids = rng.integers(0, V - 1, size=shape)
    ids.flat[0], ids.flat[1] = 0, 2
    want = np.zeros((*shape, V))
    for place in np.ndindex(*shape):
        want[(*place, ids[place])] = 1.0
    expect_same(student(ids, V), want, "the result", "1 in the place of the id, 0 elsewhere; V is the last axis.")


@check_one_hot.that("the tokens of one sentence, (T,)", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _one_hot(student, rng, 5, V=7)


@check_one_hot.that("a batch of sentences, (B, T)", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _one_hot(student, rng, 3, 5, V=8)
    _one_hot(student, rng, 1, 4, V=6)


@check_one_hot.that("ids of another shape", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _one_hot(student, rng, 2, 3, 4, V=5)


@check_one_hot.that("leaves its inputs as they were", points=0.25, after="a batch of sentences, (B, T)")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(rng.integers(0, 4, size=(2, 3)), 4)
    expect_unchanged(student)


check_pad_batch = CheckSet("pad-batch", pad_batch, mutants.pad_batch)


def _batch(rng: np.random.Generator, lengths: Sequence[int], low: int = 1) -> list[list[int]]:
    return [[int(i) for i in rng.integers(low, 50, size=length)] for length in lengths]


def _filled(sequences: list[list[int]], pad: int = PAD) -> tuple[np.ndarray, np.ndarray]:
    """The batch, place by place."""
    T = max(len(sequence) for sequence in sequences)
    ids, mask = np.full((len(sequences), T), pad), np.zeros((len(sequences), T), dtype=bool)
    for b, sequence in enumerate(sequences):
        for t, i in enumerate(sequence):
            ids[b, t], mask[b, t] = i, True
    return ids, mask


def _pad(student: StudentFunction, sequences: list[list[int]], **options: int) -> None:
    ids, mask = expect_parts(student(sequences, **options), "ids", "mask")
    want_ids, want_mask = _filled(sequences, **options)
    expect_same(ids, want_ids, "ids", "A row for each sequence, filled up at the end.")
    expect_same(mask, want_mask, "mask", "True where a sequence has an id.")


@check_pad_batch.that("the ids, filled up to the longest", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    sequences = _batch(rng, (3, 6, 1, 4))
    ids, _ = expect_parts(student(sequences), "ids", "mask")
    expect_same(ids, _filled(sequences)[0], "ids", "A row for each sequence, filled up at the end.")


@check_pad_batch.that("the mask, also where a sequence holds the id of padding", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    sequences = _batch(rng, (5, 2, 3))
    sequences[0][2] = sequences[2][-1] = PAD
    _pad(student, sequences)


@check_pad_batch.that("another filling", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for pad in (-1, 7):
        _pad(student, _batch(rng, (2, 4, 3), low=8), pad=pad)


@check_pad_batch.that("a sequence without ids, and a single sequence", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _pad(student, _batch(rng, (2, 0, 3)))
    _pad(student, _batch(rng, (4,)))


check_make_windows = CheckSet("make-windows", make_windows, mutants.make_windows)


def _windows(student: StudentFunction, rng: np.random.Generator, N: int, F: int, L: int, h: int):
    """What came, and what should have, step by step."""
    series = rng.normal(size=(N, F))
    got = expect_parts(student(series, L, h), "inputs", "targets")
    M = N - L - h + 1
    inputs, targets = np.zeros((M, L, F)), np.zeros((M, h, F))
    for m in range(M):
        for step in range(L):
            inputs[m, step] = series[m + step]
        for step in range(h):
            targets[m, step] = series[m + L + step]
    return got, (inputs, targets)


@check_make_windows.that("the windows, (M, L, F)", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (inputs, _), (want, _) = _windows(student, rng, N=13, F=2, L=4, h=3)
    expect_same(inputs, want, "inputs", "Window m holds the steps m to m + L - 1 of the series.")


@check_make_windows.that("what follows them, (M, h, F)", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, targets), (_, want) = _windows(student, rng, N=14, F=3, L=5, h=2)
    expect_same(targets, want, "targets", "Targets m start right behind window m.")


@check_make_windows.that("sizes of 1, and a series with room for one window", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N, F, L, h in ((6, 1, 1, 1), (2, 3, 1, 1), (7, 2, 4, 3)):
        got, want = _windows(student, rng, N, F, L, h)
        for part, right, name in zip(got, want, ("inputs", "targets"), strict=True):
            expect_same(part, right, name, "Count the windows of a short series on your fingers.")


check_fit_ar = CheckSet("fit-ar", fit_ar, mutants.fit_ar, uses=[make_windows])

_FITTED = "weights", "constant"


@check_fit_ar.that("the rule of a series without noise", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    weights = np.array([-1.0, 2 * np.cos(rng.uniform(0.5, 1.0))])
    series = [*rng.normal(size=2)]
    while len(series) < 40:
        series.append(float(np.dot(weights, series[-2:]) + 3.0))
    got, constant = expect_parts(student(np.array(series), 2), *_FITTED)
    expect_same(got, weights, "weights", "They stand in the order of time, the newest last.", tolerance=1e-6)
    expect_same(constant, 3.0, "constant", "What is added to the taps.", tolerance=1e-6)


@check_fit_ar.that("least squares where there is noise", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N, p in ((60, 3), (80, 1)):
        series = 2.0 + 0.3 * np.cumsum(rng.normal(size=N))
        rows = np.array([[*series[t - p : t], 1.0] for t in range(p, N)])
        # The normal equations: at the minimum, what is left over is orthogonal to every tap.
        want = np.linalg.solve(rows.T @ rows, rows.T @ series[p:])
        got, constant = expect_parts(student(series, p), *_FITTED)
        hint = "All windows count, and the column of ones among the taps."
        expect_same(got, want[:p], "weights", hint, tolerance=1e-6)
        expect_same(constant, want[p], "constant", hint, tolerance=1e-6)


@check_fit_ar.that("no taps: the mean", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    series = 5.0 + rng.normal(size=20)
    got, constant = expect_parts(student(series, 0), *_FITTED)
    expect_same(np.asarray(got), np.zeros(0), "weights", "There are none.")
    expect_same(constant, sum(series) / 20, "constant", "What is the best guess of one who sees nothing?")


@check_fit_ar.that("leaves its inputs as they were", points=0.25, after="the rule of a series without noise")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(rng.normal(size=30), 2)
    expect_unchanged(student)
