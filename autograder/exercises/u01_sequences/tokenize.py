"""Exercise `tokenize`."""

import re

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u01_sequences.shared import WORDS, draw_without_repeats, shuffled
from rnncore.tasks.vocab import tokenize

exercise = Exercise("tokenize", "From text to tokens", tokenize)


_TOKENS = "tokens"


@exercise.check("words in lower case, with spaces between them", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = draw_without_repeats(rng, WORDS, 6)
    expect_same(student("  ".join(words[:3]) + "\n" + " ".join(words[3:])), words, _TOKENS, "Words, and no spaces.")


@exercise.check("words and marks, in lower case", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d, e = draw_without_repeats(rng, WORDS, 5)
    text = f"The {a.upper()} and  the {b},\n{c.capitalize()}; {d} {e}?"
    want = ["the", a, "and", "the", b, ",", c, ";", d, e, "?"]
    expect_same(student(text), want, _TOKENS, "Words and marks, nothing else, and no capitals.")


@exercise.check("hyphens and apostrophes inside words", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c, d = draw_without_repeats(rng, WORDS, 4)
    whole = [f"{a}-{b}", f"{c}'s", f"o’{d}", f"{d}-of-the-{a}", f"rock-{b}", "won't", "90's", f"{b}-19", f"4-{c}"]
    whole = shuffled(rng, whole)
    expect_same(
        student(" ".join(whole) + "."), [*whole, "."], _TOKENS, "Between letters or digits they belong to the word."
    )


@exercise.check("marks at the edges of words, and several in a row", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = draw_without_repeats(rng, WORDS, 3)
    text = f"'{a}' - {b}... ({c}-)?!"
    want = ["'", a, "'", "-", b, ".", ".", ".", "(", c, "-", ")", "?", "!"]
    hint = "Every mark outside of a word is a token of its own."
    expect_same(student(text), want, _TOKENS, hint)
    want = ["“", a, "”", "…", b, "-", "-", c, "3", ".", "50"]
    expect_same(student(f"“{a}”… {b}--{c} 3.50"), want, _TOKENS, hint)


@exercise.check("letters of other languages", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    words = shuffled(rng, ["zürich", "señor", "łódź", "αθήνα", "москва", "garçon", "smørrebrød"])
    expect_same(student(" ".join(words).upper() + "!"), [*words, "!"], _TOKENS, "A letter need not be one of a to z.")


@exercise.mistake(
    "You cut at white space alone, so commas and full stops stick to the words before them. A mark is a token of its "
    "own."
)
def splits_at_spaces(text):
    return text.lower().split()


@exercise.mistake(
    "You leave capital letters as they are. Then 'Dog' and 'dog' are two words: make the text lower case."
)
def keeps_capitals(text):
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w\s]", text)


@exercise.mistake(
    "You cut words at their hyphens and apostrophes. Between two letters or digits these belong to the word: in the "
    "pattern, a word may go on after one of them."
)
def cuts_inside_words(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


@exercise.mistake(
    "Your words go on after one hyphen or apostrophe and end at the next: mother-in-law is cut. They may go on any "
    "number of times: * in the pattern, not ?."
)
def goes_on_only_once(text):
    return re.findall(r"\w+(?:['’-]\w+)?|[^\w\s]", text.lower())


@exercise.mistake(
    "Your pattern has brackets, and then findall lists only what they hold, often nothing. Write (?:A) instead of (A)."
)
def only_what_the_brackets_hold(text):
    return re.findall(r"\w+(['’-]\w+)*|[^\w\s]", text.lower())


@exercise.mistake("Your tokens are the words alone. Marks are tokens too: 'Stop!' is not 'Stop'.")
def drops_marks(text):
    return re.findall(r"\w+(?:['’-]\w+)*", text.lower())


@exercise.mistake(
    "You take the typewriter's apostrophe ' only. The curly one, ’, which printed texts use, belongs to words as well."
)
def one_kind_of_apostrophe(text):
    return re.findall(r"\w+(?:['-]\w+)*|[^\w\s]", text.lower())


@exercise.mistake(
    "Hyphens and apostrophes at the edge of a word stick to it. They belong to a word only where letters or digits "
    "stand on both sides; elsewhere they are marks."
)
def marks_at_the_edge_belong(text):
    return re.findall(r"[\w'’-]+|[^\w\s]", text.lower())


@exercise.mistake("Marks that follow each other are one token with you. Each is a token of its own.")
def runs_of_marks(text):
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w\s]+", text.lower())


@exercise.mistake(
    "Your words are made of the letters a to z. Letters with accents and those of other alphabets are letters too: "
    r"\w knows them."
)
def english_letters_only(text):
    return re.findall(r"[a-z0-9]+(?:['’-][a-z0-9]+)*|[^\w\s]", text.lower())


@exercise.mistake("The spaces are among your tokens. White space parts tokens and is none.")
def keeps_spaces(text):
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w]", text.lower())


@exercise.mistake(
    "Your pattern has groups, so re.findall gives what the groups caught, not the tokens. Write (?: and ) for brackets "
    "that only hold together."
)
def what_the_groups_caught(text):
    return re.findall(r"([^\W_]+(['’-][^\W_]+)*|[^\w\s]|_)", text.lower())


@exercise.mistake(
    "You split at white space and take one mark off the end of each word. There may be several, and in front of a word "
    "too: each mark outside of a word is a token."
)
def one_mark_off_each_word(text):
    cut = [(w[:-1], w[-1]) if len(w) > 1 and not w[-1].isalnum() else (w,) for w in text.lower().split()]
    return [token for pieces in cut for token in pieces]


@exercise.mistake("Your words go on after a hyphen, but not after an apostrophe. Both may stand inside a word.")
def hyphens_alone(text):
    return re.findall(r"\w+(?:-\w+)*|[^\w\s]", text.lower())


@exercise.mistake("Your words go on after an apostrophe, but not after a hyphen. Both may stand inside a word.")
def apostrophes_alone(text):
    return re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text.lower())


@exercise.mistake("You take hyphens and apostrophes out of the text. Inside a word they stay: don't is not dont.")
def apostrophes_taken_out(text):
    return re.findall(r"\w+|[^\w\s]", re.sub("['’-]", "", text.lower()))


@exercise.mistake(
    "Every letter beyond a to z is a mark with you. Letters with accents and those of other alphabets are letters too: "
    r"\w knows them."
)
def other_letters_are_marks(text):
    return re.findall(r"[a-z0-9]+(?:['’-][a-z0-9]+)*|\S", text.lower())
