"""Exercise `build-vocab`."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from autograder.exercises.u01_sequences.shared import WORDS, draw_without_repeats, shuffled
from rnncore.tasks.vocab import SPECIAL, build_vocab

exercise = Exercise("build-vocab", "The words that a model knows", build_vocab)


_VOCAB = "vocabulary"


def _corpus(rng: np.random.Generator, counts: Mapping[str, int]) -> list[list[str]]:
    """Three sentences in which the tokens occur so often; half of them all in one sentence."""
    tokens = shuffled(rng, [token for token, n in counts.items() for _ in range(n)])
    crowded = set(draw_without_repeats(rng, list(counts), len(counts) // 2)) | {
        max(counts, key=lambda token: counts[token])
    }
    rest = [token for token in tokens if token not in crowded]
    half = len(rest) // 2
    return [rest[:half], [token for token in tokens if token in crowded], rest[half:]]


def _entries(vocab: Any) -> list[str]:
    """The entries, whatever their order."""
    if not isinstance(vocab, list | tuple) or not all(isinstance(token, str) for token in vocab):
        raise CheckFailed(f"{_VOCAB} should be a list of tokens")
    return sorted(vocab)


@exercise.check("every token once, and the special ones", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = draw_without_repeats(rng, WORDS, 6)
    got = student(_corpus(rng, dict(zip(words, range(9, 3, -1), strict=True))))
    expect_same(_entries(got), sorted([*SPECIAL, *words]), _VOCAB, "Which are missing, which are there twice?")


@exercise.check("the special tokens, then the most frequent first", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = draw_without_repeats(rng, WORDS, 6)
    counts = dict(zip(words, range(9, 3, -1), strict=True))
    want = [*SPECIAL, *words]
    expect_same(student(_corpus(rng, counts)), want, _VOCAB, "Sort by how often a token occurs.")


@exercise.check("tokens that occur equally often", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    often, *words = draw_without_repeats(rng, WORDS, 8)
    first, second = sorted(words[:3]), sorted(words[3:])
    mixed = [first[k] for k in (1, 2, 0)], [second[k] for k in (2, 0, 3, 1)]
    sentences = [[*mixed[0], *mixed[1], often, often, often], [*mixed[0], often]]
    want = [*SPECIAL, often, *first, *second]
    expect_same(student(sentences), want, _VOCAB, "Equals stand in the order of sorted().")


@exercise.check("rare tokens are left out", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = draw_without_repeats(rng, WORDS, 6)
    counts = dict(zip(words, (6, 5, 4, 3, 2, 1), strict=True))
    for least in (3, 5):
        want = sorted([*SPECIAL, *words[: 7 - least]])
        got = student(_corpus(rng, counts), min_count=least)
        expect_same(_entries(got), want, _VOCAB, "What does min_count say?")


@exercise.check("a vocabulary of limited size", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = draw_without_repeats(rng, WORDS, 8)
    counts = dict(zip(words, range(9, 1, -1), strict=True))
    for size in (6, 11, len(SPECIAL), 50):
        want = [*SPECIAL, *words][:size]
        expect_same(student(_corpus(rng, counts), max_size=size), want, _VOCAB, "max_size counts every token.")
    got = student(_corpus(rng, counts), min_count=6, max_size=9)
    expect_same(got, [*SPECIAL, *words[:4]], _VOCAB, "Both limits hold at once.")
    equals = sorted(words)
    got = student([equals[::-1]], max_size=6)
    expect_same(got, [*SPECIAL, *equals[:2]], _VOCAB, "First sort, also those that occur equally often; then cut.")


@exercise.check("special tokens that occur in the corpus", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = draw_without_repeats(rng, WORDS, 3)
    counts = dict(zip((words[0], "<unk>", words[1], "<eos>", words[2]), (6, 5, 4, 3, 2), strict=True))
    hint = "No token stands there twice, and the special ones take no other's place."
    expect_same(student(_corpus(rng, counts)), [*SPECIAL, *words], _VOCAB, hint)
    expect_same(student(_corpus(rng, counts), max_size=6), [*SPECIAL, *words[:2]], _VOCAB, hint)


exercise.leaves_inputs(0.25)


def _vocab(sentences, min_count, max_size, counts=None, key=None, keep=None, special=SPECIAL, clean=True, room=0):
    """A vocabulary with its parts laid open; `key(count, token)` ranks, `keep(count)` chooses."""
    counts = counts or Counter(token for sentence in sentences for token in sentence)
    key, keep = key or (lambda n, token: (-n, token)), keep or (lambda n: n >= min_count)
    ranked = sorted(counts, key=lambda token: key(counts[token], token))
    known = [token for token in ranked if keep(counts[token]) and not (clean and token in SPECIAL)]
    return [*special, *known][: None if max_size is None else max_size + room]


@exercise.mistake(
    "The four special tokens are missing. They come first, so that PAD, UNK, BOS and EOS have the ids 0 to 3 in every "
    "vocabulary."
)
def no_special_tokens(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, special=())


@exercise.mistake("Your tokens stand in the order in which they first occur. The most frequent should come first.")
def in_order_of_appearance(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: 0)


@exercise.mistake(
    "Your tokens stand in alphabetical order. That is for those which occur equally often; frequency comes first."
)
def alphabetical(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: token)


@exercise.mistake("Your rarest tokens come first. Sort by the count from the highest down: the key is its negative.")
def rarest_first(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: (n, token))


@exercise.mistake("You count in how many sentences a token occurs. Count how often: twice in one sentence is twice.")
def counts_sentences(sentences, min_count=1, max_size=None):
    counts = Counter(token for sentence in sentences for token in set(sentence))
    return _vocab(sentences, min_count, max_size, counts=counts)


@exercise.mistake(
    "Tokens that occur equally often stand in the order in which they came, as Counter.most_common leaves them. Sort "
    "by two things: the count, then the token."
)
def ties_as_they_came(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: -n)


@exercise.mistake(
    "Tokens that occur equally often stand in reverse alphabetical order. To sort with reverse=True turns both: use "
    "the negative of the count instead."
)
def ties_reversed(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: (-n, tuple(-ord(letter) for letter in token)))


@exercise.mistake("You drop tokens that occur exactly min_count times. Only those below it are left out.")
def min_count_is_too_few(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, keep=lambda n: n > min_count or min_count == 1)


@exercise.mistake("Your vocabulary has all tokens, however rare: min_count does not come in.")
def min_count_ignored(sentences, min_count=1, max_size=None):
    return _vocab(sentences, 1, max_size)


@exercise.mistake(
    "With max_size you cut the other tokens alone, so four too many are left. The special ones count too."
)
def special_tokens_not_counted(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, room=len(SPECIAL))


@exercise.mistake("Your vocabulary may grow without limit: max_size does not come in.")
def max_size_ignored(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, None)


@exercise.mistake(
    "A special token that occurs in the corpus stands in your vocabulary twice, and so has two ids. Leave it out of "
    "what you counted."
)
def special_tokens_twice(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, clean=False)


@exercise.mistake("You cut to max_size first and then leave special tokens out, so there are too few. Cut at the end.")
def cut_before_they_are_left_out(sentences, min_count=1, max_size=None):
    ranked = _vocab(sentences, min_count, None, special=(), clean=False)
    kept = ranked if max_size is None else ranked[: max_size - len(SPECIAL)]
    return [*SPECIAL, *(token for token in kept if token not in SPECIAL)]


@exercise.mistake("With max_size you leave min_count out. Both limits hold: first what is too rare, then the cut.")
def min_count_or_max_size(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count if max_size is None else 1, max_size)


@exercise.mistake(
    "You cut first, and put those that occur equally often in order afterwards. Which of them stay is for the alphabet "
    "to say: sort by both, then cut."
)
def equals_sorted_after_the_cut(sentences, min_count=1, max_size=None):
    kept = _vocab(sentences, min_count, max_size, key=lambda n, token: -n)
    return [token for token in _vocab(sentences, min_count, None) if token in kept]


@exercise.mistake("Your special tokens stand at the end. They come first: their ids are 0 to 3.")
def special_tokens_last(sentences, min_count=1, max_size=None):
    return [*_vocab(sentences, min_count, None, special=()), *SPECIAL][:max_size]


@exercise.mistake(
    "You count the last sentence alone. Make the counter once, before the loop, and let it go on counting: "
    "counts.update(sentence)."
)
def last_sentence_alone(sentences, min_count=1, max_size=None):
    return _vocab(sentences[-1:], min_count, max_size)


@exercise.mistake(
    "You count letters: a Counter that is given a word counts its letters. Give it the sentence, a list of words."
)
def letters_counted(sentences, min_count=1, max_size=None):
    counts = Counter(letter for sentence in sentences for token in sentence for letter in token)
    return _vocab(sentences, min_count, max_size, counts=counts)


@exercise.mistake(
    "You take the special tokens off max_size and then cut the whole list, so four too few are left. They count once."
)
def special_tokens_counted_twice(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, room=-len(SPECIAL))
