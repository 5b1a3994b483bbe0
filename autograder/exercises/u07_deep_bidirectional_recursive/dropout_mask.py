"""Exercise `dropout-mask`."""

import numpy as np

from autograder.checking import ANY_OTHER, CheckFailed, Exercise, Recognised, StudentFunction, expect_same
from rnncore.functional.sequence.dropout import dropout_mask

exercise = Exercise("dropout-mask", "Drop units between layers", dropout_mask)


def _run_mask(student: StudentFunction, rng: np.random.Generator, rate: float, *shape: int) -> None:
    noise = rng.random(shape)
    while rate and round(rate * noise.size) == np.sum(noise < rate):  # else to drop exactly that share is right too
        noise = rng.random(shape)
    want = np.reshape([0.0 if number < rate else 1.0 / (1.0 - rate) for number in noise.ravel()], shape)
    hint = "Where is the noise below the rate, and what is the rest multiplied by so that the mean stays?"
    expect_same(student(noise, rate), want, "the mask", hint)


@exercise.check("which entries are dropped", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    noise = rng.random((3, 8, 5))
    mask = np.asarray(student(noise, 0.3))
    if mask.shape != noise.shape:
        raise CheckFailed(f"the mask should have the shape of the noise, {noise.shape}; got {mask.shape}")
    if not np.array_equal(mask == 0, noise < 0.3):
        raise CheckFailed("the mask should be 0 where the noise is below the rate, and nowhere else")


@exercise.check("what the rest is multiplied by", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.3, 3, 8, 5)
    _run_mask(student, rng, 0.6, 4, 1, 9)
    _run_mask(student, rng, 0.95, 3, 8, 5)


@exercise.check("noise that is just the rate", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    noise = np.array([[0.25, 0.5, 0.125, 0.75]])
    for rate in (0.25, 0.5):
        expect_same(student(noise, rate), (noise >= rate) / (1 - rate), "the mask", "It is not below the rate.")


@exercise.check("at a rate of 0 nothing is dropped", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_mask(student, rng, 0.0, 2, 3, 4)


@exercise.check("the dtype of the noise", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for dtype in (np.float32, np.float64):
        kind = np.asarray(student(rng.random((2, 3)).astype(dtype), 0.5)).dtype
        if kind != dtype:
            raise Recognised(f"for noise of {np.dtype(dtype)} the mask should be of it too; got {kind}")


exercise.leaves_inputs(0.25)


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


@exercise.mistake("An entry whose noise is just the rate is dropped. Dropped is what is below it: >= keeps.")
def drops_at_the_rate(noise, rate):
    return (noise > rate).astype(noise.dtype) / (1 - rate)


@exercise.mistake("You take the rate for the share that is kept. It is the share that is dropped.")
def rate_for_what_is_kept(noise, rate):
    return (noise < rate).astype(noise.dtype) / max(rate, 1e-9)


@exercise.mistake("You scale by the share that happens to be kept. It is 1 / (1 - rate), whatever the noise.")
def scaled_by_what_was_kept(noise, rate):
    kept = (noise >= rate).astype(noise.dtype)
    return kept / np.mean(kept)


@exercise.mistake(
    "What is kept grows by 1 + rate with you. That is nearly right for small rates; the mean stays with 1 / (1 - rate)."
)
def grows_by_the_rate(noise, rate):
    return (noise >= rate) * (1.0 + rate)
