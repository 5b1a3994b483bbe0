"""Exercise `dropout-mask`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.sequence.dropout import dropout_mask

exercise = Exercise("dropout-mask", "Drop units between layers", dropout_mask)


def _run_mask(student: StudentFunction, rng: np.random.Generator, rate: float, *shape: int) -> None:
    noise = rng.random(shape)
    while rate and round(rate * noise.size) == np.sum(noise < rate):  # else to drop exactly that share is right too
        noise = rng.random(shape)
    want = np.reshape([0.0 if number < rate else 1.0 / (1.0 - rate) for number in noise.ravel()], shape)
    hint = "Where is the noise below the rate, and what is the rest multiplied by so that the mean stays?"
    expect_same(student(noise, rate), want, "the mask", hint)


@exercise.check("a mask that is fresh at every step", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.3, 3, 8, 5)


@exercise.check("a mask that is the same at all steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.6, 4, 1, 9)


@exercise.check("at a rate of 0 nothing is dropped", points=0.25, after="a mask that is fresh at every step")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.0, 2, 3, 4)


exercise.leaves_inputs(0.25, after="a mask that is fresh at every step")


@exercise.mistake(
    "Your mask drops the right entries, but keeps the others as they are, so the mean shrinks. What is kept has to "
    "make up for what is dropped."
)
def not_scaled(noise, rate):
    return (noise >= rate).astype(noise.dtype)


@exercise.mistake(
    "Your mask keeps what should be dropped. The rate is how likely an entry is dropped, not how likely it is kept."
)
def keeps_at_the_rate(noise, rate):
    return (noise < rate) / (1.0 - rate)


@exercise.mistake(
    "Your mask multiplies what is kept by 1 - rate, which makes the mean smaller still. Dropping takes away; what is "
    "left has to grow."
)
def scaled_down(noise, rate):
    return (noise >= rate) * (1.0 - rate)


@exercise.mistake(
    "Your mask divides by the rate. The share of entries that are kept is 1 - rate, and that is what the mean was "
    "multiplied by."
)
def divided_by_the_rate(noise, rate):
    return (noise >= rate) / (rate or 1.0)


@exercise.mistake(
    "Your mask holds the noise itself where an entry is kept. The noise only decides; a mask has two values."
)
def noise_kept(noise, rate):
    return np.where(noise >= rate, noise, 0.0) / (1.0 - rate)


@exercise.mistake(
    "Your mask drops where the noise is large. That would be as good a lottery, but the docstring says which end loses."
)
def drops_large_noise(noise, rate):
    return (noise < 1.0 - rate) / (1.0 - rate)


@exercise.mistake(
    "Your mask drops exactly the rate's share of the smallest numbers. Each entry is drawn on its own, so how many "
    "are dropped varies."
)
def exact_share(noise, rate):
    order = np.argsort(np.argsort(noise, axis=None)).reshape(noise.shape)
    return (order >= rate * noise.size) / (1.0 - rate)
