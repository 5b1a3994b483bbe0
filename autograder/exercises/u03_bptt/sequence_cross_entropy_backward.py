"""Exercise `sequence-cross-entropy-backward`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from autograder.exercises.u03_bptt.sequence_cross_entropy import AS_LENGTHS
from autograder.exercises.u03_bptt.shared import draw_batch, torch_loss, with_gaps
from rnncore.functional.base.activations import softmax
from rnncore.functional.base.classes import one_hot
from rnncore.functional.base.log_space import log_softmax
from rnncore.functional.learning.losses import sequence_cross_entropy_backward

exercise = Exercise(
    "sequence-cross-entropy-backward", "The first gradient", sequence_cross_entropy_backward, torch="none"
)


def _run_loss_backward(
    student: StudentFunction,
    *batch: np.ndarray,
    hint: str = "See (3.3): probabilities less the one-hot target, then mask and number of steps.",
) -> None:
    expect_same(student(*batch), torch_loss(*batch)[1], "the gradient of the scores", hint)


@exercise.check("a single step, which counts", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_loss_backward(student, *draw_batch(rng, 1, 1, 4))
    scores, *others = draw_batch(rng, 1, 1, 4)
    hint = "Of large scores exp overflows; `softmax` takes the greatest off first."
    _run_loss_backward(student, 1000.0 * (1.0 + np.abs(scores)), *others, hint=hint)


@exercise.check("sequences of several lengths", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    batch = draw_batch(rng, 3, 6, 4, [6, 2, 3])
    _run_loss_backward(student, *batch)
    _run_loss_backward(student, *with_gaps(*batch))


@exercise.check("whatever stands in the padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, targets, mask = draw_batch(rng, 2, 5, 3, [2, 5])
    loud, strange = scores.copy(), targets.copy()
    loud[0, 2:], strange[0, 2:] = 1e6 * rng.normal(size=(3, 3)), [-100, 0, 99]
    plain, padded = student(scores, targets, mask), student(loud, strange, mask)
    expect_same(np.asarray(padded)[0, 2:], np.zeros((3, 3)), "the gradient of the padding", "No cost, no gradient.")
    if np.ptp(np.asarray(plain)[mask]) == 0:
        raise CheckFailed("the gradient of steps that count is not the same everywhere")
    expect_same(padded, plain, "the gradient", "Scores and targets of the padding have no effect.")


exercise.leaves_inputs(0.25)


def _dscores(scores, targets, mask, of=None, divide_by=None):
    """The gradient of the scores with its parts laid open."""
    scores = np.where(mask[:, :, None], scores, 0.0)
    p, right = softmax(scores), one_hot(np.where(mask, targets, 0), scores.shape[2])
    each = p - right if of is None else of(p, right, scores)
    return mask[:, :, None] * each / (np.sum(mask) if divide_by is None else divide_by)


exercise.knob(
    _dscores,
    "not_divided",
    "Your gradient is not divided by the number of steps that count. The loss is a mean, and so is its gradient.",
    divide_by=1.0,
)


@exercise.mistake(
    "You divide by B times T. The loss is divided by the number of steps that count, and so is its gradient."
)
def gradient_divided_by_all_steps(scores, targets, mask):
    return _dscores(scores, targets, mask, divide_by=mask.size)


@exercise.mistake(AS_LENGTHS)
def mask_as_lengths_on_the_way_back(scores, targets, mask):
    return _dscores(scores, targets, np.arange(mask.shape[1]) < mask.sum(axis=1)[:, None])


@exercise.mistake("Your gradient is not zero in the padding. What costs nothing has no gradient.")
def padding_has_a_gradient(scores, targets, mask):
    p, right = softmax(scores), one_hot(targets, scores.shape[2])
    return (p - right) / np.sum(mask)


@exercise.mistake(
    "Your gradient has the wrong sign. A higher score of the right class makes the loss smaller, so its gradient is "
    "negative."
)
def turned_round(scores, targets, mask):
    return -_dscores(scores, targets, mask)


exercise.knob(
    _dscores,
    "right_class_only",
    "Only the right class has a gradient. The scores of all classes are in the sum that softmax divides by.",
    of=lambda p, right, y: right * (p - 1.0),
)

exercise.knob(
    _dscores,
    "scores_for_probabilities",
    "Your gradient has the scores where the probabilities belong. Apply softmax first.",
    of=lambda p, right, y: y - right,
)

exercise.knob(
    _dscores,
    "gradient_of_the_probability",
    "You stopped at the gradient with respect to the probability. The scores lie one function further back, behind "
    "the softmax.",
    of=lambda p, right, y: -right / p,
)

exercise.knob(
    _dscores,
    "softmax_twice",
    "You multiply by the derivative p (1 - p) once more. It is already in p less the one-hot target, which is the "
    "gradient with respect to the scores.",
    of=lambda p, right, y: (p - right) * p * (1.0 - p),
)


@exercise.mistake("Your gradient has values in the padding. Where the mask is false there is no cost, and no gradient.")
def padding_left_in(scores, targets, mask):
    right = one_hot(np.where(mask, targets, 0), scores.shape[2])
    return (softmax(scores) - right) / np.sum(mask)


exercise.knob(
    _dscores,
    "exp_overflows",
    "Your softmax is written out, and of large scores exp is infinite. The `softmax` of the package takes the greatest "
    "score off first.",
    of=lambda p, right, y: np.exp(y) / np.sum(np.exp(y), axis=2, keepdims=True) - right,
)

exercise.knob(
    _dscores,
    "without_the_target",
    "Your gradient is the probabilities alone. The one-hot target is taken off: see (3.3).",
    of=lambda p, right, scores: p,
)


@exercise.mistake("You divide by the number of sequences. The loss was divided by the number of steps that count.")
def gradient_divided_by_sequences(scores, targets, mask):
    return _dscores(scores, targets, mask, divide_by=len(mask))


@exercise.mistake(
    "You divide by the length of each sequence. All steps that count weigh the same: divide by their number."
)
def divided_by_each_length(scores, targets, mask):
    return _dscores(scores, targets, mask, divide_by=mask.sum(axis=1)[:, None, None])


@exercise.mistake(
    "Your mask reaches the probabilities, but not the one-hot target, which is left over in the padding. It multiplies "
    "their difference."
)
def mask_on_the_probabilities_alone(scores, targets, mask):
    right = one_hot(np.where(mask, targets, 0), scores.shape[2])
    return (mask[:, :, None] * softmax(scores) - right) / np.sum(mask)


exercise.knob(
    _dscores,
    "logarithms_for_probabilities",
    "Your gradient has the logarithms of the probabilities. The loss has them; its gradient has the probabilities.",
    of=lambda p, right, scores: log_softmax(scores) - right,
)

exercise.knob(
    _dscores,
    "softmax_over_steps",
    "Your softmax runs along the steps. Its probabilities are those of the classes, the last axis.",
    of=lambda p, right, scores: np.moveaxis(softmax(np.moveaxis(scores, 1, 2)), 2, 1) - right,
)
