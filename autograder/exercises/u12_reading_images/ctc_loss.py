"""Exercise `ctc-loss`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u12_reading_images.shared import draw_problem, torch_ctc
from rnncore.functional.decoding import ctc_forward, ctc_loss
from rnncore.functional.decoding.ctc import ctc_forward as right_forward

exercise = Exercise("ctc-loss", "The loss", ctc_loss, uses=[ctc_forward])


@exercise.check("the loss of each row", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = draw_problem(rng, [5, 8, 3], [1, 3, 1])
    expect_same(student(*given), torch_ctc(*given), "the losses", "One number for each row, in nats: (B,).")


@exercise.check("the loss of one row with one label", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = draw_problem(rng, [4], [1])
    expect_same(student(*given), torch_ctc(*given), "the loss", "The surprise, in nats: (1,).")


@exercise.check("labels that do not fit into the steps", points=0.25, after="the loss of each row")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    log_probs, targets, lengths, counts = draw_problem(rng, [2, 6, 4], [2, 2, 0])
    targets[0] = 2
    given = log_probs, targets, lengths, counts
    expect_same(student(*given), torch_ctc(*given), "the losses", "What cannot be costs ∞.")


exercise.leaves_inputs(0.25)


def _loss(log_probs, targets, lengths, target_lengths, of=lambda log_p, lengths, counts: -log_p):
    """The loss with what is made of the log likelihoods laid open."""
    log_p = right_forward(log_probs, targets, lengths, target_lengths).log_likelihood
    with np.errstate(all="ignore"):
        return of(log_p, np.asarray(lengths), np.asarray(target_lengths))


exercise.knob(
    _loss,
    "no_minus",
    "You return the log likelihood. It is highest where the network is best; a loss is lowest there.",
    of=lambda log_p, lengths, counts: log_p,
)

exercise.knob(
    _loss,
    "a_probability",
    "You return the probability of the labels. The loss is its logarithm, with a minus.",
    of=lambda log_p, lengths, counts: np.exp(log_p),
)

exercise.knob(
    _loss,
    "mean_of_the_batch",
    "You return the mean of the batch. Here each row keeps its own loss: (B,).",
    of=lambda log_p, lengths, counts: -log_p.mean(),
)

exercise.knob(
    _loss,
    "sum_of_the_batch",
    "You return the sum over the batch. Here each row keeps its own loss: (B,).",
    of=lambda log_p, lengths, counts: -log_p.sum(),
)

exercise.knob(
    _loss,
    "for_each_label",
    "You divide by the number of labels. torch does so with reduction='mean'; here the loss of a row is the surprise "
    "of the whole row.",
    of=lambda log_p, lengths, counts: -log_p / counts,
)

exercise.knob(
    _loss,
    "for_each_step",
    "You divide by the number of steps. The loss of a row is the surprise of the whole row.",
    of=lambda log_p, lengths, counts: -log_p / lengths,
)

exercise.knob(
    _loss,
    "in_bits",
    "Your losses are in bits. The logarithm of this course is the natural one.",
    of=lambda log_p, lengths, counts: -log_p / np.log(2.0),
)

exercise.knob(
    _loss,
    "infinity_hidden",
    "You return 0 where the labels do not fit. That hides the fault: such a row would look perfectly read.",
    of=lambda log_p, lengths, counts: np.where(np.isinf(log_p), 0.0, -log_p),
)

exercise.knob(
    _loss,
    "minus_the_probability",
    "Your loss is minus the probability of the labels. The surprise is minus its logarithm.",
    of=lambda log_p, lengths, counts: -np.exp(log_p),
)

exercise.knob(
    _loss,
    "one_minus_p",
    "Your loss is what is missing from 1. The surprise is the logarithm: it grows without bound where P nears 0.",
    of=lambda log_p, lengths, counts: 1.0 - np.exp(log_p),
)


@exercise.mistake(
    "You add up the costs of the last alphas, of all places. Only paths that end at the last label or the last blank "
    "have written all labels; `log_likelihood` has their sum."
)
def all_places(log_probs, targets, lengths, target_lengths):
    lattice = right_forward(log_probs, targets, lengths, target_lengths)
    return -np.logaddexp.reduce(lattice.log_alphas[:, -1], axis=1)


@exercise.mistake(
    "You take the cost of the last place alone. A path may also end at the last label; `log_likelihood` has both."
)
def last_blank_alone(log_probs, targets, lengths, target_lengths):
    lattice = right_forward(log_probs, targets, lengths, target_lengths)
    return -lattice.log_alphas[:, -1, -1]


@exercise.mistake(
    "Your losses do not depend on `lengths` as they should: all rows are read to the end of the padding. Hand the "
    "lengths on."
)
def padding_read(log_probs, targets, lengths, target_lengths):
    return _loss(log_probs, targets, [np.shape(log_probs)[1]] * len(lengths), target_lengths)


@exercise.mistake(
    "You add the last two columns of the lattice. A row with fewer labels than the others ends earlier; "
    "`log_likelihood` has each row's own."
)
def two_last_columns(log_probs, targets, lengths, target_lengths):
    last = right_forward(log_probs, targets, lengths, target_lengths).log_alphas[:, -1]
    return -np.logaddexp(last[:, -1], last[:, -2])


@exercise.mistake(
    "You take the cost of the likeliest place of the last step. All paths that end at the last label or at the last "
    "blank count; `log_likelihood` has their sum."
)
def likeliest_place(log_probs, targets, lengths, target_lengths):
    return -right_forward(log_probs, targets, lengths, target_lengths).log_alphas[:, -1].max(axis=1)
