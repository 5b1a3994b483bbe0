"""Exercise `tag-loss`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_numbers, expect_same
from rnncore.functional.base import log_softmax, softmax
from rnncore.functional.learning import tag_loss

exercise = Exercise("tag-loss", "A loss for tags of which some are rare", tag_loss)


def _draw(rng: np.random.Generator, lengths: list[int], K: int):
    """Scores, tags that are mostly 0, a mask, and weights."""
    B, T = len(lengths), max(lengths)
    tags = np.where(rng.random((B, T)) < 0.5, 0, rng.integers(0, K, size=(B, T)))
    tags[0, 0] = K - 1
    mask = np.arange(T) < np.array(lengths)[:, None]
    return 2.0 * rng.normal(size=(B, T, K)), tags, mask, rng.uniform(0.2, 4.0, size=K)


def _expected(scores, tags, mask, weights) -> float:
    """The oracle: torch's cross entropy, which divides by the weights too."""
    logits, targets = torch.from_numpy(scores[mask]), torch.from_numpy(tags[mask])
    return torch.nn.functional.cross_entropy(logits, targets, weight=torch.from_numpy(weights)).item()


def _run_loss(student: StudentFunction, scores, tags, mask, weights) -> None:
    hint = "Each step that counts with the weight of its right tag, divided by the sum of these weights; see (8.6)."
    expect_same(student(scores, tags, mask, weights), _expected(scores, tags, mask, weights), "the loss", hint)


@exercise.check("how many times dearer one guess is than another", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, *others = _draw(rng, [4, 4], 3)
    another = 2.0 * rng.normal(size=scores.shape)
    dearer, cheaper = (expect_numbers(student(some, *others), "the loss") for some in (another, scores))
    want = _expected(another, *others) / _expected(scores, *others)
    expect_same(dearer / cheaper, want, "the loss of some scores over that of others", "What costs a step? See (8.6).")


@exercise.check("tags that all weigh the same", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, tags, mask, _ = _draw(rng, [4, 4], 3)
    _run_loss(student, scores, tags, mask, np.ones(3))


@exercise.check("tags of different weights, sentences of different lengths", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_loss(student, *_draw(rng, [3, 6, 1], 4))
    _run_loss(student, *_draw(rng, [5, 2], 2))
    scores, tags, mask, weights = _draw(rng, [2, 4], 3)
    _run_loss(student, scores, tags, mask, 0.01 * weights)
    scores, tags, mask, weights = _draw(rng, [5, 3], 3)
    _run_loss(student, scores, tags, mask & (np.arange(5) != 1), weights)  # any step may count


@exercise.check("whatever stands in the padding", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, tags, mask, weights = _draw(rng, [2, 5], 3)
    for filling, tag in ((1e6, -100), (-7.0, 99), (3.0, 1), (np.nan, 0)):
        padded = np.where(mask[:, :, None], scores, filling * rng.normal(size=scores.shape))
        _run_loss(student, padded, np.where(mask, tags, tag), mask, weights)


@exercise.check("very large scores", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, tags, mask, weights = _draw(rng, [3, 2], 3)
    _run_loss(student, 1000.0 * scores, tags, mask, weights)


exercise.leaves_inputs(0.25)


def _parts(scores, tags, mask, weights, each=None):
    """What each step costs, its tag's weight, and the mask as numbers; padding made harmless."""
    scores, tags = np.where(mask[:, :, None], scores, 0.0), np.where(mask, tags, 0)
    costs = -log_softmax(scores) if each is None else each(scores)
    return np.take_along_axis(costs, tags[:, :, None], axis=2)[:, :, 0], weights[tags], mask.astype(float)


def _loss(scores, tags, mask, weights, numerator=None, denominator=None, each=None):
    """The loss with its parts laid open."""
    cost, w, m = _parts(scores, tags, mask, weights, each)
    above = np.sum(m * w * cost) if numerator is None else numerator(cost, w, m)
    return above / (np.sum(m * w) if denominator is None else denominator(cost, w, m))


def _naive(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        return -np.log(powers / powers.sum(axis=-1, keepdims=True))


exercise.knob(
    _loss,
    "divided_by_steps",
    "You weigh the steps, but divide by their number. A weighted mean is divided by the sum of the weights, or the "
    "loss changes when all weights double.",
    denominator=lambda cost, w, m: np.sum(m),
)
exercise.knob(
    _loss,
    "weights_ignored",
    "Your loss is the same whatever the weights are. The weight of the right tag multiplies what a step costs.",
    numerator=lambda cost, w, m: np.sum(m * cost),
    denominator=lambda cost, w, m: np.sum(m),
)
exercise.knob(
    _loss,
    "padding_counts",
    "Your loss counts the padding too. Where the mask is false, nothing may cost, and nothing may weigh.",
    numerator=lambda cost, w, m: np.sum(w * cost),
    denominator=lambda cost, w, m: np.sum(w),
)
exercise.knob(
    _loss,
    "padding_weighs",
    "In the padding nothing costs, but its weights are still in the sum below. The mask belongs above and below.",
    denominator=lambda cost, w, m: np.sum(w),
)
exercise.knob(
    _loss,
    "divided_by_all_steps",
    "You divide by B times T. Divide by the weights of the steps that count, added up.",
    denominator=lambda cost, w, m: m.size,
)
exercise.knob(
    _loss,
    "mean_of_means",
    "You take the mean of each sentence, and then the mean of those, so a word of a short sentence weighs more.",
    numerator=lambda cost, w, m: np.mean(np.sum(m * w * cost, axis=1) / np.sum(m * w, axis=1)),
    denominator=lambda cost, w, m: 1.0,
)
exercise.knob(
    _loss,
    "summed",
    "Your loss is the sum over the steps. It should be their mean, with the weights.",
    denominator=lambda cost, w, m: 1.0,
)
exercise.knob(
    _loss,
    "without_minus",
    "Your loss is negative. The logarithm of a probability is at most 0; the surprise is minus that.",
    each=log_softmax,
)
exercise.knob(
    _loss,
    "in_bits",
    "Your loss is in bits: you took the logarithm to base 2. Nats are asked for.",
    each=lambda scores: -log_softmax(scores) / np.log(2.0),
)
exercise.knob(
    _loss,
    "overflows",
    "Your softmax is written out as it stands in a book. exp of 1000 is too large for a number, and the logarithm of a "
    "probability that came out as 0 is infinite: use `log_softmax`.",
    each=_naive,
)
exercise.knob(
    _loss,
    "bare_probability",
    "You take the probability of the right tag, less than 0, and no logarithm. What is the surprise?",
    each=lambda scores: -softmax(scores),
)
exercise.knob(
    _loss,
    "missing_probability",
    "Your loss is what is missing to a probability of 1, and takes no logarithm.",
    each=lambda scores: 1.0 - softmax(scores),
)
exercise.knob(
    _loss,
    "bare_scores",
    "You take the score of the right tag itself. Softmax makes probabilities of scores, and then comes the logarithm.",
    each=np.negative,
)


@exercise.mistake(
    "You divide by the sum of the K weights. The sum below goes over the words, and takes the weight of each one's tag."
)
def divided_by_the_classes(scores, tags, mask, weights):
    return _loss(scores, tags, mask, weights, denominator=lambda cost, w, m: np.sum(weights))


@exercise.mistake(
    "You take the mask for lengths, as if the steps that count always came first. Any step may count: the mask says "
    "which."
)
def mask_as_lengths(scores, tags, mask, weights):
    return _loss(scores, tags, np.arange(mask.shape[1]) < mask.sum(axis=1)[:, None], weights)


@exercise.mistake("You leave the mask out: what stands in the padding costs and weighs like words.")
def mask_ignored(scores, tags, mask, weights):
    return _loss(scores, tags, np.ones_like(mask), weights)


@exercise.mistake("You make the tags of the padding harmless, but still count what they cost and weigh.")
def tags_of_padding_zero(scores, tags, mask, weights):
    return _loss(scores, np.where(mask, tags, 0), np.ones_like(mask), weights)


@exercise.mistake(
    "You multiply by the mask to leave padding out. That is right until scores of the padding hold nan: 0 times nan is "
    "nan. Make them harmless first."
)
def multiplied_by_the_mask(scores, tags, mask, weights):
    tags = np.where(mask, tags, 0)
    cost = -np.take_along_axis(log_softmax(scores), tags[:, :, None], axis=2)[:, :, 0]
    return np.sum(mask * weights[tags] * cost) / np.sum(mask * weights[tags])


@exercise.mistake(
    "You multiply the scores by the weights. The weights belong to the loss: a step costs its surprise times the "
    "weight of its right tag."
)
def weighted_scores(scores, tags, mask, weights):
    return _loss(scores * weights, tags, mask, np.ones_like(weights))


@exercise.mistake(
    "You use the weight of the tag that the network prefers. The weight is that of the right tag, or a network could "
    "make its mistakes cheap."
)
def weight_of_the_guess(scores, tags, mask, weights):
    cost, _, m = _parts(scores, tags, mask, weights)
    w = weights[np.where(mask, scores.argmax(axis=2), 0)]
    return np.sum(m * w * cost) / np.sum(m * w)


@exercise.mistake("You divide by the weights where they should multiply: rare tags are to weigh more, not less.")
def inverse_weights(scores, tags, mask, weights):
    return _loss(scores, tags, mask, 1.0 / weights)


@exercise.mistake("Your softmax runs over the wrong axis. The probabilities of the K tags of one word add up to 1.")
def softmax_over_steps(scores, tags, mask, weights):
    scores = np.where(mask[:, :, None], scores, 0.0)
    over_steps = np.moveaxis(log_softmax(np.moveaxis(scores, 1, 2)), 2, 1)
    cost = -np.take_along_axis(over_steps, np.where(mask, tags, 0)[:, :, None], axis=2)[:, :, 0]
    w = mask * weights[np.where(mask, tags, 0)]
    return np.sum(w * cost) / np.sum(w)


@exercise.mistake(
    "You divide by the number of steps and by the mean of the K weights. The sum below takes the weight of each word's "
    "tag, and most words are of few tags."
)
def divided_by_the_mean_weight(scores, tags, mask, weights):
    return _loss(scores, tags, mask, weights, denominator=lambda cost, w, m: np.sum(m) * np.mean(weights))
