"""Exercise `bits-per-character`."""

import math

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_numbers, expect_same
from rnncore.functional.metrics import bits_per_character

exercise = Exercise("bits-per-character", "What a text costs", bits_per_character)

_HINT = "Add up what all tokens cost, in bits, and share it among the characters."


def _cost(student: StudentFunction, rng: np.random.Generator, shape: tuple[int, ...], characters: int) -> None:
    nats = rng.exponential(1.5, size=shape)
    want = sum(cost / math.log(2.0) for cost in nats.ravel()) / characters
    expect_same(student(nats, characters), want, "the cost", _HINT)


@exercise.check("a text whose tokens are characters", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N in (9, 1, 4000):
        _cost(student, rng, (N,), N)


@exercise.check("words and batches, with more characters than tokens", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _cost(student, rng, (7,), int(rng.integers(20, 50)))
    _cost(student, rng, (3, 5), int(rng.integers(16, 70)))
    _cost(student, rng, (2, 3, 4), int(rng.integers(25, 90)))


@exercise.check("twice as many characters share a cost: half of it for each", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    nats = rng.exponential(1.5, size=6)
    each, halved = (float(expect_numbers(student(nats, characters), "the cost")) for characters in (11, 22))
    if each == 0.0:
        raise CheckFailed("tokens that cost something cost 0 for each character")
    expect_same(np.array(halved / each), np.array(0.5), "the cost with 22 characters by that with 11", _HINT)


exercise.leaves_inputs(0.25)


@exercise.mistake(
    "Your result is the cost of a token, not of a character: a word has several characters. Divide by how many "
    "characters there are."
)
def per_token(nats, characters):
    return float(np.mean(nats)) / math.log(2.0)


@exercise.mistake("Your result is in nats. A bit is log 2 nats.")
def still_in_nats(nats, characters):
    return float(np.sum(nats)) / characters


@exercise.mistake("You multiply by log 2. A bit is log 2 = 0.69 nats, so there are more bits than nats.")
def multiplied_by_log_2(nats, characters):
    return float(np.sum(nats)) * math.log(2.0) / characters


@exercise.mistake("You divide by log 10. That would be decimal digits for each character; a bit is log 2 nats.")
def decimal_digits(nats, characters):
    return float(np.sum(nats)) / (characters * math.log(10.0))


@exercise.mistake("You return the bits of the whole text. What is wanted is how many fall to a single character.")
def of_the_whole_text(nats, characters):
    return float(np.sum(nats)) / math.log(2.0)


@exercise.mistake(
    "You divide the mean over the tokens by the number of characters. Dividing once is enough: all costs together, "
    "by the characters."
)
def divided_twice(nats, characters):
    return float(np.mean(nats)) / (characters * math.log(2.0))


@exercise.mistake("You return a perplexity: among how many things the model wavers. What is wanted is its logarithm.")
def a_perplexity(nats, characters):
    return math.exp(float(np.sum(nats)) / characters)


@exercise.mistake("Your cost is negative. The nats that come in are -log p, which is positive already.")
def negative(nats, characters):
    return -float(np.sum(nats)) / (characters * math.log(2.0))


@exercise.mistake("You take the logarithm of the costs. They are logarithms already: change the base by a division.")
def logarithm_of_the_costs(nats, characters):
    return float(np.sum(np.log2(nats))) / characters


@exercise.mistake("You add up along one axis only. The tokens of all sequences count together.")
def along_one_axis(nats, characters):
    return np.sum(nats, axis=-1) / (characters * math.log(2.0))


@exercise.mistake("You return how many characters a bit pays for. Asked is how many bits a character takes.")
def characters_per_bit(nats, characters):
    return characters * math.log(2.0) / float(np.sum(nats))


@exercise.mistake("You add up probabilities. They multiply along a text, so it is their logarithms that are added.")
def probabilities_added(nats, characters):
    return float(np.sum(np.exp(-nats))) / characters


@exercise.mistake("You divide by the decimal logarithm of 2. A bit is log 2 nats by the natural one, 0.69.")
def decimal_logarithm_of_two(nats, characters):
    return float(np.sum(nats)) / (characters * math.log10(2.0))
