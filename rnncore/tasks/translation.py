"""English sentences and their German translations, with agreement and another order of words."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose


class Noun(NamedTuple):
    """A noun in both languages."""

    english: str
    english_plural: str
    german: str
    german_plural: str
    gender: str
    """`"m"`, `"f"` or `"n"`."""


NOUNS = tuple(
    Noun(*entry.split())
    for entry in (
        "dog dogs Hund Hunde m",
        "bird birds Vogel Vögel m",
        "king kings König Könige m",
        "teacher teachers Lehrer Lehrer m",
        "table tables Tisch Tische m",
        "garden gardens Garten Gärten m",
        "letter letters Brief Briefe m",
        "cat cats Katze Katzen f",
        "woman women Frau Frauen f",
        "girlfriend girlfriends Freundin Freundinnen f",
        "flower flowers Blume Blumen f",
        "clock clocks Uhr Uhren f",
        "town towns Stadt Städte f",
        "picture pictures Bild Bilder n",
        "child children Kind Kinder n",
        "horse horses Pferd Pferde n",
        "house houses Haus Häuser n",
        "book books Buch Bücher n",
        "ship ships Schiff Schiffe n",
    )
)

ADJECTIVES = {
    "old": "alt",
    "new": "neu",
    "small": "klein",
    "big": "groß",
    "beautiful": "schön",
    "red": "rot",
    "green": "grün",
    "young": "jung",
    "clever": "klug",
    "quiet": "still",
    "strange": "fremd",
    "poor": "arm",
}

VERBS = {
    "seen": "gesehen",
    "found": "gefunden",
    "heard": "gehört",
    "loved": "geliebt",
    "bought": "gekauft",
    "painted": "gemalt",
    "looked for": "gesucht",
    "drawn": "gezeichnet",
    "described": "beschrieben",
    "forgotten": "vergessen",
}
"""Past participles; all go with "have" and "haben" and take an accusative."""

TIMES = {
    "often": "oft",
    "never": "nie",
    "already": "schon",
    "always": "immer",
}
"""Before the participle in English, before the object in German."""

OPENINGS = {
    "today": "heute",
    "in winter": "im Winter",
    "at home": "zu Hause",
    "for many years": "seit vielen Jahren",
}
"""At the head of a sentence; in German the verb comes next, before the subject."""

CONJUNCTIONS = {"because": "weil", "although": "obwohl", "since": "da", "if": "wenn"}
"""They send the German verb to the end."""

_ARTICLES = {
    ("nom", "m"): "der",
    ("nom", "f"): "die",
    ("nom", "n"): "das",
    ("nom", "p"): "die",
    ("acc", "m"): "den",
    ("acc", "f"): "die",
    ("acc", "n"): "das",
    ("acc", "p"): "die",
}
_INDEFINITE = {
    ("nom", "m"): ("ein", "er"),
    ("nom", "f"): ("eine", "e"),
    ("nom", "n"): ("ein", "es"),
    ("nom", "p"): ("", "e"),
    ("acc", "m"): ("einen", "en"),
    ("acc", "f"): ("eine", "e"),
    ("acc", "n"): ("ein", "es"),
    ("acc", "p"): ("", "e"),
}
"""For each case and gender, p for the plural: the article, and the ending of an adjective."""


class Phrase(NamedTuple):
    """A noun with what belongs to it."""

    noun: Noun
    plural: bool
    definite: bool
    adjective: str
    """In English, or empty."""


class Clause(NamedTuple):
    """Who has done what to whom."""

    subject: Phrase
    time: str
    verb: str
    object: Phrase


SentencePairs = list[tuple[list[str], list[str]]]


def translation_pairs(B: int, rng: np.random.Generator) -> SentencePairs:
    """Sentences in the perfect tense, of one clause or two, and their translations.

        today the old teacher has often seen a small dog
        heute hat der alte Lehrer oft einen kleinen Hund gesehen

        the women have bought pictures because a dog has never seen the clock
        die Frauen haben Bilder gekauft , weil ein Hund nie die Uhr gesehen hat

    In German, articles and adjectives agree with gender, number and case, the verb with its
    subject; the participle goes to the end of its clause, the subject behind the verb after an
    opening, and the verb to the very end after a conjunction. So neither words nor places can be
    carried over one by one. There are over 200 million sentences of one clause.

    Args:
        B: how many pairs.
        rng: the source of randomness.

    Returns:
        A list of B pairs (English words, German words).

    Reference: Sutskever, Vinyals and Le (2014), arXiv:1409.3215; the grammar: Durrell, Hammer's
        German Grammar and Usage (2011), chapters 5, 6 and 21.
    """
    pairs = []
    for _ in range(B):
        opening = choose(("", *OPENINGS), rng) if rng.integers(2) else ""
        clauses = [_clause(rng) for _ in range(1 + int(rng.integers(2)))]
        conjunction = choose(tuple(CONJUNCTIONS), rng)
        english = f"{opening} {_english(clauses[0])}"
        german = _german(clauses[0], OPENINGS.get(opening, ""))
        if len(clauses) == 2:
            english += f" {conjunction} {_english(clauses[1])}"
            german += f" , {CONJUNCTIONS[conjunction]} {_german_subordinate(clauses[1])}"
        pairs.append((english.split(), german.split()))
    return pairs


def _clause(rng: np.random.Generator) -> Clause:
    time = choose(("", *TIMES), rng)
    return Clause(_phrase(rng), time, choose(tuple(VERBS), rng), _phrase(rng))


def _phrase(rng: np.random.Generator) -> Phrase:
    plural, definite = bool(rng.integers(2)), bool(rng.integers(2))
    return Phrase(choose(NOUNS, rng), plural, definite, choose(("", *ADJECTIVES), rng))


def _english(clause: Clause) -> str:
    have = "have" if clause.subject.plural else "has"
    subject, object_ = _english_phrase(clause.subject), _english_phrase(clause.object)
    return f"{subject} {have} {clause.time} {clause.verb} {object_}"


def _english_phrase(phrase: Phrase) -> str:
    noun = phrase.noun.english_plural if phrase.plural else phrase.noun.english
    following = phrase.adjective or noun
    indefinite = "" if phrase.plural else "an" if following[0] in "aeiou" else "a"
    return f"{'the' if phrase.definite else indefinite} {phrase.adjective} {noun}"


def _german(clause: Clause, opening: str) -> str:
    subject, have, rest = _german_parts(clause)
    head = f"{opening} {have} {subject}" if opening else f"{subject} {have}"
    return f"{head} {rest}"


def _german_subordinate(clause: Clause) -> str:
    subject, have, rest = _german_parts(clause)
    return f"{subject} {rest} {have}"


def _german_parts(clause: Clause) -> tuple[str, str, str]:
    have = "haben" if clause.subject.plural else "hat"
    time, verb = TIMES.get(clause.time, ""), VERBS[clause.verb]
    rest = f"{time} {_german_phrase(clause.object, 'acc')} {verb}"
    return _german_phrase(clause.subject, "nom"), have, rest


def _german_phrase(phrase: Phrase, case: str) -> str:
    gender = "p" if phrase.plural else phrase.noun.gender
    noun = phrase.noun.german_plural if phrase.plural else phrase.noun.german
    if phrase.definite:
        article = _ARTICLES[case, gender]
        ending = "en" if gender == "p" or (case, gender) == ("acc", "m") else "e"
    else:
        article, ending = _INDEFINITE[case, gender]
    adjective = ADJECTIVES[phrase.adjective] + ending if phrase.adjective else ""
    return f"{article} {adjective} {noun}"
