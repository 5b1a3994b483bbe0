"""Dog bites man is no news; man bites dog is."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose

ANIMALS = ("dog", "cat", "goat", "horse", "parrot", "donkey", "goose", "hamster", "camel", "seal")
PEOPLE = (
    "man",
    "woman",
    "farmer",
    "postman",
    "doctor",
    "baker",
    "singer",
    "judge",
    "nurse",
    "cook",
)
VERBS = ("bites", "chases", "kicks", "feeds", "follows", "scares", "wakes", "greets", "washes")
_ADJECTIVES = ("", "", "old", "young", "tired", "hungry", "famous", "small", "angry")
_PLACES = ("", "", "in the park", "at noon", "behind the church", "on the beach", "every morning")


class Headlines(NamedTuple):
    """Sentences, each followed by its twin of the same words in another order."""

    sentences: list[str]
    """2 B of them."""
    labels: np.ndarray
    """(2 B,), int64: 1 where a person does it to an animal, 0 where it is done to a person."""


def headlines(B: int, rng: np.random.Generator) -> Headlines:
    """Sentences of which only the order of the words tells who does it to whom.

        the old dog bites the man in the park      0
        the old man bites the dog in the park      1

    A sentence and its twin have the same words, so whatever only counts words says the same of
    both, and is right about one of them.

    Args:
        B: how many pairs.
        rng: the source of randomness.

    Returns:
        `Headlines(sentences, labels)`, 2 B of each; sentences 2k and 2k + 1 are twins.

    Reference: what is lost without order: Landauer, Laham, Rehder and Schreiner, How Well Can
        Passage Meaning Be Derived without Using Word Order? (1997).
    """
    sentences, labels = [], []
    for _ in range(B):
        nouns = [choose(ANIMALS, rng), choose(PEOPLE, rng)]
        verb, place = choose(VERBS, rng), choose(_PLACES, rng)
        first, second = choose(_ADJECTIVES, rng), choose(_ADJECTIVES, rng)
        news = int(rng.integers(2))
        for label in (news, 1 - news):
            subject, thing = nouns[label], nouns[1 - label]
            words = f"the {first} {subject} {verb} the {second} {thing} {place}"
            sentences.append(" ".join(words.split()))
            labels.append(label)
    return Headlines(sentences, np.array(labels, dtype=np.int64))
