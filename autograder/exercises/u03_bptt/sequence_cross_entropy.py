"""Exercise `sequence-cross-entropy`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, Recognised, StudentFunction, expect_same
from autograder.exercises.u03_bptt.shared import draw_batch, torch_loss, with_gaps
from rnncore.functional.base.activations import softmax
from rnncore.functional.base.log_space import log_softmax
from rnncore.functional.learning.losses import sequence_cross_entropy

exercise = Exercise("sequence-cross-entropy", "How wrong is a sequence?", sequence_cross_entropy, torch="none")

ROUNDED = (
    "With large scores your loss is not finite, or far too small: exp overflows, or a probability is rounded to 0, of "
    "which there is no logarithm. log_softmax takes both steps in one."
)


AS_LENGTHS = (
    "You take the mask for lengths, as if the steps that count always came first. Any step may count: the mask says "
    "which."
)


def _run_loss(student: StudentFunction, *batch: np.ndarray) -> None:
    hint = "See (3.1) and (3.2): minus the logarithm, at the steps that count, divided by their number."
    expect_same(student(*batch), torch_loss(*batch)[0], "the loss", hint)


@exercise.check("a single step, which counts", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_loss(student, *draw_batch(rng, 1, 1, 4))


@exercise.check("sequences of several lengths", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    batch = draw_batch(rng, 3, 6, 4, [6, 2, 3])
    _run_loss(student, *batch)
    _run_loss(student, *with_gaps(*batch))


@exercise.check("whatever stands in the padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, targets, mask = draw_batch(rng, 2, 5, 3, [2, 5])
    other, labels, wrong = scores.copy(), targets.copy(), targets.copy()
    other[0, 2:], labels[0, 2:] = 1e6 * rng.normal(size=(3, 3)), [-100, 0, 99]
    wrong[1, 4] = (wrong[1, 4] + 1) % 3
    losses = [np.asarray(student(*batch, mask)) for batch in ((scores, targets), (other, labels), (scores, wrong))]
    if any(loss.shape or loss.dtype.kind != "f" for loss in losses):
        raise CheckFailed("the loss should be a number")
    if losses[0] == losses[2]:
        raise CheckFailed("another right class at a step that counts must change the loss")
    expect_same(losses[1], losses[0], "the loss", "Scores and targets of the padding have no effect.")


@exercise.check("scores so large that a probability is rounded to 0", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, targets, mask = draw_batch(rng, 1, 1, 4)
    scores = 1000.0 * np.where(np.arange(4) == targets[:, :, None], -1.0, np.abs(scores))
    got = np.asarray(student(scores, targets, mask))
    if got.shape == () and got.dtype.kind == "f" and (not np.isfinite(got) or 2.0 < got < 100.0):
        raise Recognised(ROUNDED)
    expect_same(got, torch_loss(scores, targets, mask)[0], "the loss", "See (3.1).")


exercise.leaves_inputs(0.25)


def _cost(scores, targets, mask, of=None):
    """What each step costs, (B, T); zero where the mask is false."""
    scores, targets = np.where(mask[:, :, None], scores, 0.0), np.where(mask, targets, 0)
    each = -log_softmax(scores) if of is None else of(scores)
    return mask * np.take_along_axis(each, targets[:, :, None], axis=2)[:, :, 0]


@exercise.mistake(
    "Your loss counts the padding too. Where the mask is false, no step was asked for, and none may cost anything."
)
def mask_ignored(scores, targets, mask):
    targets = np.clip(targets, 0, scores.shape[2] - 1)
    return np.mean(_cost(scores, targets, np.ones_like(mask)))


@exercise.mistake(AS_LENGTHS)
def mask_as_lengths(scores, targets, mask):
    first = np.arange(mask.shape[1]) < mask.sum(axis=1)[:, None]
    return np.sum(_cost(scores, targets, first)) / np.sum(mask)


@exercise.mistake(
    "You divide by B times T, as if all sequences were equally long. Divide by the number of steps that count."
)
def divided_by_all_steps(scores, targets, mask):
    return np.mean(_cost(scores, targets, mask))


@exercise.mistake(
    "You take the mean of each sequence, and then the mean of those, so a step of a short sequence weighs more. Every "
    "step that counts weighs the same."
)
def mean_of_means(scores, targets, mask):
    return np.mean(_cost(scores, targets, mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1))


@exercise.mistake("Your loss is the sum over the steps that count. It should be their mean.")
def summed(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask))


@exercise.mistake("Your loss is negative. The logarithm of a probability is at most 0; the surprise is minus that.")
def without_minus(scores, targets, mask):
    return -np.sum(_cost(scores, targets, mask)) / np.sum(mask)


@exercise.mistake("Your loss is in bits: you took the logarithm to base 2. Nats are asked for.")
def in_bits(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask)) / np.sum(mask) / np.log(2.0)


@exercise.mistake(
    "Your loss is what is missing to a probability of 1, and takes no logarithm. To be sure and wrong costs no more "
    "than 1 then."
)
def missing_probability(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask, of=lambda y: 1.0 - softmax(y))) / np.sum(mask)


@exercise.mistake(
    "You take the score of the right class itself. Softmax makes probabilities of scores, and then comes the logarithm."
)
def bare_scores(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask, of=np.negative)) / np.sum(mask)


@exercise.mistake(
    "You divide by the number of sequences. The mean is over the steps that count: divide by their number."
)
def divided_by_sequences(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask)) / len(mask)


@exercise.mistake("Your softmax runs along the steps. Its probabilities are those of the classes, the last axis.")
def softmax_along_time(scores, targets, mask):
    scores = np.where(mask[:, :, None], scores, 0.0)
    of = -np.swapaxes(log_softmax(np.swapaxes(scores, 1, 2)), 1, 2)
    return np.sum(_cost(scores, targets, mask, of=lambda _: of)) / np.sum(mask)


@exercise.mistake(ROUNDED)
def logarithm_of_softmax(scores, targets, mask):
    with np.errstate(all="ignore"):
        return np.sum(_cost(scores, targets, mask, of=lambda y: -np.log(softmax(y)))[mask]) / np.sum(mask)


@exercise.mistake("You return what each step costs. The loss is one number, the mean over the steps that count.")
def cost_of_each_step(scores, targets, mask):
    return _cost(scores, targets, mask)


@exercise.mistake(
    "You take the mean over the classes too, so your loss is K times too small. A step costs minus one logarithm, that "
    "of its right class."
)
def divided_by_classes_too(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask)) / np.sum(mask) / scores.shape[2]


@exercise.mistake(
    "You multiply the scores by the mask. Scores of 0 are a guess, which costs log K: multiply what a step costs."
)
def mask_on_the_scores(scores, targets, mask):
    blank, targets = np.where(mask[:, :, None], scores, 0.0), np.where(mask, targets, 0)
    return np.sum(_cost(blank, targets, np.ones_like(mask))) / np.sum(mask)
