"""Answers to `tokenize`."""

import re

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def character_by_character(text):
    text, tokens, word = text.lower(), [], ""
    for place, sign in enumerate(text):
        after = text[place + 1 : place + 2]
        if sign.isalnum() or (sign in "'’-" and word and word[-1].isalnum() and after.isalnum()):
            word += sign
            continue
        tokens += [word] * bool(word)
        word = ""
        tokens += [sign] * (not sign.isspace())
    return tokens + [word] * bool(word)


@answers.is_right
def compiled_with_finditer(text):
    word = r"(?:[^\W_]+(?:['’\-][^\W_]+)*)"
    return [match.group() for match in re.compile(rf"{word}|\S").finditer(text.lower())]


@answers.is_wrong("splits_at_spaces")
def split_at_spaces(text):
    return text.lower().split()


@answers.is_wrong("goes_on_only_once")
def one_inner_mark_only(text):
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)?|[^\w\s]|_", text.lower())


@answers.is_wrong("one_kind_of_apostrophe")
def straight_apostrophe_only(text):
    return re.findall(r"[^\W_]+(?:['-][^\W_]+)*|[^\w\s]|_", text.lower())


@answers.is_wrong("english_letters_only")
def latin_letters_only(text):
    return re.findall(r"[a-z0-9]+(?:['’-][a-z0-9]+)*|[^\w\s]|_", text.lower())


@answers.is_wrong("runs_of_marks")
def runs_of_marks(text):
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]+|_", text.lower())


@answers.is_wrong("what_the_groups_caught")
def a_tuple_of_groups(text):
    return re.findall(r"([^\W_]+(['’-][^\W_]+)*|[^\w\s]|_)", text.lower())


@answers.is_wrong("drops_marks")
def marks_thrown_away(text):
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())


@answers.is_wrong("keeps_capitals")
def with_capitals(text):
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]|_", text)


@answers.is_wrong("one_mark_off_each_word")
def strips_one_mark(text):
    tokens = []
    for word in text.lower().split():
        if len(word) > 1 and not word[-1].isalnum():
            tokens += [word[:-1], word[-1]]
        else:
            tokens.append(word)
    return tokens


@answers.is_wrong(None)
def numbers_have_no_marks(text):
    return re.findall(r"[^\W\d_]+(?:['’-]\w+)*|\w+|[^\w\s]", text.lower())
