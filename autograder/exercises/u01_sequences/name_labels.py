"""Exercise `name-labels`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u01_sequences.shared import WORDS, draw_without_repeats, shuffled
from rnncore.tasks.name_labels import name_labels

exercise = Exercise("name-labels", "Which tokens are names?", name_labels)


_LABELS = "labels"


def _sentence(*pieces: tuple[str, int]) -> tuple[list[str], list[int]]:
    """The tokens of pieces of text, and the label of each."""
    tokens = [token for text, _ in pieces for token in text.split()]
    return tokens, [label for text, label in pieces for _ in text.split()]


@exercise.check("a name of one token", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = draw_without_repeats(rng, [word for word in WORDS if word.isalpha()], 3)
    tokens, want = _sentence((f"{c} saw", 0), (a, 1), (f"and {b} . {a.upper()}", 0))
    expect_same(student(tokens, [[a]]), want, _LABELS, "1 for a name, 0 for everything else.")
    tokens, want = _sentence((f"{a}{b} and {b}{a}", 0), (a, 1))
    expect_same(student(tokens, [[a]]), want, _LABELS, "A name is whole tokens, and no part of one.")


@exercise.check("several names of one token", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d = draw_without_repeats(rng, WORDS, 4)
    tokens, want = _sentence((c, 0), (a, 1), (f"{d} said that", 0), (b, 1), ("and", 0), (a, 1), (".", 0))
    expect_same(student(tokens, [[b], [a]]), want, _LABELS, "Every name counts, at every place.")


@exercise.check("names of several tokens", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d, e = draw_without_repeats(rng, WORDS, 5)
    names = shuffled(rng, [[a, b], [c, d, e]])
    tokens, want = _sentence(
        (f"{a} saw", 0), (f"{a} {b}", 1), (f"with {b} {a} and {d} ,", 0), (f"{c} {d} {e}", 1), (".", 0)
    )
    expect_same(student(tokens, names), want, _LABELS, "All tokens of a name, next to each other and in order.")
    tokens, want = _sentence((f"{c} {a} {e} and", 0), (f"{c} {d} {e}", 1))
    expect_same(student(tokens, names), want, _LABELS, "Also the tokens in the middle of a name.")
    tokens, want = _sentence((f"{a}{b[:2]} {b[2:]} and", 0), (f"{a} {b}", 1))
    expect_same(student(tokens, names), want, _LABELS, "Token by token: the same letters, cut elsewhere, are no name.")


@exercise.check("names that overlap", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d = draw_without_repeats(rng, WORDS, 4)
    names = shuffled(rng, [[a, b], [b, c]])
    tokens, want = _sentence((f"{d} and", 0), (f"{a} {b} {c}", 1), (f". {a} {d}", 0))
    expect_same(student(tokens, names), want, _LABELS, "A token may belong to two names.")
    tokens, want = _sentence((d, 0), (f"{a} {b}", 1), (c, 0), (a, 1))
    expect_same(student(tokens, [[a], [a, b]]), want, _LABELS, "Two names may begin at the same place.")
    tokens, want = _sentence((c, 0), (f"{a} {b} {a} {b} {a}", 1), (c, 0))
    expect_same(student(tokens, [[a, b, a]]), want, _LABELS, "A name may begin where it has not ended yet.")


@exercise.check("at the beginning, at the end, and cut off", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = draw_without_repeats(rng, WORDS, 3)
    for pieces in (
        [(f"{a} {b}", 1), ("met", 0), (c, 1)],
        [(c, 1), (f"met {a} {b[::-1]} and {a}", 0)],
        [(c, 1), ("and", 0), (f"{a} {b}", 1)],
        [(f"{a} {b}", 1)],
    ):
        tokens, want = _sentence(*pieces)
        expect_same(student(tokens, [[a, b], [c]]), want, _LABELS, "Look at the first and the last token.")


@exercise.check("sentences without a name, or without a token", points=0.25, after="a name of one token")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = draw_without_repeats(rng, WORDS, 3)
    expect_same(student([a, b, "."], [[c], [b, a]]), [0, 0, 0], _LABELS)
    expect_same(student([], [[c]]), [], _LABELS, "No tokens, no labels.")
    expect_same(student([a, b], []), [0, 0], _LABELS, "Where no names are known, nothing is one.")


exercise.leaves_inputs(0.25)


def _label(tokens, names, width=None, there=None, last=1, stop=False):
    """Labels with the search laid open."""
    there = there or (lambda piece, name: piece == name)
    labels = [0] * len(tokens)
    for name in map(list, names):
        for start in range(len(tokens) - len(name) + last):
            if there(list(tokens[start : start + len(name)]), name):
                n = len(name) if width is None else width
                labels[start : start + n] = [1] * len(labels[start : start + n])
                if stop:
                    break
    return labels


@exercise.mistake(
    "You label every token that occurs in some name. A name of several tokens is there only where all of them follow "
    "each other: 'san' alone is no San Diego."
)
def any_part_of_any_name(tokens, names):
    parts = {part for name in names for part in name}
    return [int(token in parts) for token in tokens]


exercise.knob(
    _label, "first_token_of_a_name", "You label the first token of each name. All its tokens belong to it.", width=1
)

exercise.knob(
    _label,
    "first_occurrence_only",
    "You label each name where it stands first in the sentence. It may come again.",
    stop=True,
)


@exercise.mistake(
    "You look at one token at a time, so names of several tokens are never found. Compare a piece as long as the name."
)
def single_tokens_only(tokens, names):
    return _label(tokens, [name for name in names if len(name) == 1])


@exercise.mistake("Your labels are turned round: 1 is for a token that belongs to a name.")
def turned_round(tokens, names):
    return [1 - label for label in _label(tokens, names)]


exercise.knob(
    _label,
    "stops_too_early",
    "You stop looking one place too early: a name at the very end of the sentence is missed. How many places can a "
    "piece of n tokens start at?",
    last=0,
)

exercise.knob(
    _label,
    "in_any_order",
    "You find a name's tokens in any order. A name has its own: 'diego san' is none.",
    there=lambda piece, name: sorted(piece) == sorted(name),
)


@exercise.mistake(
    "At the end of the sentence you take the beginning of a name for the whole. The piece that you compare must be as "
    "long as the name."
)
def beginning_of_a_name_at_the_end(tokens, names):
    labels = [0] * len(tokens)
    for name in map(list, names):
        for start in range(len(tokens)):
            piece = list(tokens[start : start + len(name)])
            if piece == name[: len(piece)]:
                labels[start : start + len(piece)] = [1] * len(piece)
    return labels


@exercise.mistake("You look for the first name of the list alone. Look for all of them.")
def first_name_only(tokens, names):
    return _label(tokens, names[:1])


@exercise.mistake("You return where the names stand. Wanted is a label for every token, 0 for those outside of names.")
def positions(tokens, names):
    return [n for n, label in enumerate(_label(tokens, names)) if label]


@exercise.mistake(
    "Each name wipes out the labels of the names before it. Make the list of labels once, before the loop."
)
def labels_of_the_last_name(tokens, names):
    return _label(tokens, names[-1:])


@exercise.mistake(
    "Once a name is found you go on behind it, so a name that begins inside of it is missed. Names may overlap: try "
    "every name at every place."
)
def goes_on_behind_a_name(tokens, names):
    labels = [0] * len(tokens)
    free = 0
    for start in range(len(tokens)):
        for name in map(list, names):
            if start >= free and list(tokens[start : start + len(name)]) == name:
                free = start + len(name)
                labels[start:free] = [1] * len(name)
    return labels


exercise.knob(
    _label,
    "case_ignored",
    "You do not mind capitals. Tokens must agree exactly: only then is a token that of a name.",
    there=lambda piece, name: [token.lower() for token in piece] == [token.lower() for token in name],
)


@exercise.mistake(
    "You add 1 for each name that a token belongs to, so where names overlap there is a 2. A label is 0 or 1."
)
def names_counted(tokens, names):
    return [sum(each) for each in zip([0] * len(tokens), *(_label(tokens, [name]) for name in names), strict=True)]


@exercise.mistake(
    "At each place you stop at the first name that fits. A longer one may begin there too: try every name."
)
def one_name_at_a_place(tokens, names):
    labels = [0] * len(tokens)
    for start in range(len(tokens)):
        fits = (len(name) for name in names if list(tokens[start : start + len(name)]) == list(name))
        n = next(fits, 0)
        labels[start : start + n] = [1] * n
    return labels
