"""Wrong first weights, norms, clippings and tasks, and what leads to them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.learning.gradient_flow import spectral_norm
from rnncore.tasks.copy_memory import BLANK, GO, Copies

identity_init = Mutants()


@identity_init.add(
    "Your matrix is full of the scale, so every unit reaches every other. Only the diagonal is not zero."
)
def full_matrix(H, scale=1.0):
    return np.full((H, H), scale)


@identity_init.add("Your matrix is the identity whatever the scale. The scale multiplies it.")
def scale_ignored(H, scale=1.0):
    return np.eye(H)


@identity_init.add("You add the scale where it multiplies: every entry is raised by it.")
def scale_added(H, scale=1.0):
    return np.eye(H) + scale


@identity_init.add("You return the diagonal alone. A state that is multiplied by it needs the whole matrix, (H, H).")
def only_the_diagonal(H, scale=1.0):
    return scale * np.ones(H)


@identity_init.add("Your diagonal is divided by H. The scale is what the state is multiplied by, whatever its size.")
def divided_by_size(H, scale=1.0):
    return scale * np.eye(H) / H


@identity_init.add(
    "Your matrix passes each unit on to the next one. That is a shift; the identity leaves every unit where it is."
)
def shifted(H, scale=1.0):
    return scale * np.roll(np.eye(H), 1, axis=1)


jacobian_norms = Mutants()


def _norms(step_backward, last, caches, order: Callable[..., Any] = reversed, norm=spectral_norm, anew=False):
    """The norms with their parts laid open, for mutants to get wrong."""
    nothing = map_tree(np.zeros_like, last)
    H = last.h.shape[1]
    units = [nothing._replace(h=nothing.h + np.eye(H)[j]) for j in range(H)]
    rows, norms = units, [norm(np.stack([row.h for row in units], axis=1))]
    for cache in order(caches):
        rows = [step_backward(row, cache)[1] for row in (units if anew else rows)]
        norms.append(norm(np.stack([row.h for row in rows], axis=1)))
    return np.stack(norms, axis=1)


@jacobian_norms.add(
    "Your norms take all entries into account (the root of the sum of squares, Frobenius). Asked for is the spectral "
    "norm, by which the unluckiest gradient is lengthened: at lag 0 it is 1, not the root of H."
)
def frobenius(step_backward, last, caches):
    return _norms(step_backward, last, caches, norm=lambda J: np.sqrt(np.sum(J * J, axis=(1, 2))))


@jacobian_norms.add(
    "Your caches are taken from the first step to the last. A gradient goes the other way: it begins at the last step."
)
def forward_in_time(step_backward, last, caches):
    return _norms(step_backward, last, caches, order=list)


@jacobian_norms.add("Your norms come in the order of time. Asked for is the order of lags: the last step comes first.")
def by_time(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:, ::-1]


@jacobian_norms.add(
    "Your norms are those of single steps: each starts again from the identity. What comes back from one step is what "
    "the next one takes further back."
)
def single_steps(step_backward, last, caches):
    return _norms(step_backward, last, caches, anew=True)


@jacobian_norms.add(
    "You multiply the norms of the single steps. That is the bound (4.4); the norm of the product is smaller, since "
    "the unluckiest gradient of one step is not that of the next."
)
def product_of_norms(step_backward, last, caches):
    return np.cumprod(_norms(step_backward, last, caches, anew=True), axis=1)


@jacobian_norms.add("Your norms begin at lag 1. Lag 0 counts too: the last state depends on itself with norm 1.")
def without_lag_0(step_backward, last, caches):
    return _norms(step_backward, last, caches)[:, 1:]


@jacobian_norms.add(
    "You send one gradient back, with a 1 on every unit, and measure its length. Another gradient may arrive with "
    "more: send one for each unit, and take the norm of the matrix of what comes back."
)
def one_gradient(step_backward, last, caches):
    H = last.h.shape[1]
    return _norms(step_backward, last, caches, norm=lambda J: np.linalg.norm(J.sum(axis=1), axis=1) / np.sqrt(H))


@jacobian_norms.add(
    "You give the greatest size of an eigenvalue. Over a few steps a matrix can lengthen a gradient by more than that: "
    "take the spectral norm."
)
def eigenvalues(step_backward, last, caches):
    return _norms(step_backward, last, caches, norm=lambda J: np.abs(np.linalg.eigvals(J)).max(axis=1))


@jacobian_norms.add("Your norms are averaged over the batch. Each sequence has norms of its own, (B, T + 1).")
def averaged(step_backward, last, caches):
    norms = _norms(step_backward, last, caches)
    return 0.0 * norms + norms.mean(axis=0)


orthogonal_init = Mutants()


@orthogonal_init.add(
    "Your matrix is orthogonal, but has the signs that the QR decomposition happens to give. Turn a column of Q round "
    "where the diagonal of R is negative."
)
def signs_as_they_come(numbers):
    M, N = numbers.shape
    return np.linalg.qr(numbers)[0] if M >= N else np.linalg.qr(numbers.T)[0].T


@orthogonal_init.add(
    "Your random matrix is divided by the root of its size. That keeps lengths on average, but not of every vector: "
    "it is not orthogonal."
)
def scaled_normal(numbers):
    return numbers / np.sqrt(max(numbers.shape))


@orthogonal_init.add("Your columns have length 1, but do not stand across each other. An orthogonal matrix needs both.")
def columns_of_length_1(numbers):
    return numbers / np.linalg.norm(numbers, axis=0)


@orthogonal_init.add("You return the triangle R. The matrix that keeps lengths is the other factor, Q.")
def triangle(numbers):
    return np.linalg.qr(numbers)[1]


@orthogonal_init.add(
    "Your signs multiply the rows of Q. Each sign on the diagonal of R belongs to a column: look at the axis along "
    "which it is broadcast."
)
def signs_on_rows(numbers):
    Q, R = np.linalg.qr(numbers if numbers.shape[0] >= numbers.shape[1] else numbers.T)
    signs = np.where(np.diag(R) < 0, -1.0, 1.0)
    Q = np.concatenate([signs, np.ones(len(Q) - len(signs))])[:, None] * Q
    return Q if numbers.shape[0] >= numbers.shape[1] else Q.T


@orthogonal_init.add(
    "Your matrix is divided by its greatest singular value. Then no vector is lengthened, but many are shortened."
)
def divided_by_norm(numbers):
    return numbers / np.linalg.norm(numbers, 2)


@orthogonal_init.add(
    "Your result has the wrong shape where there are more columns than rows. Make it from the transposed numbers, and "
    "transpose it back."
)
def wide_not_transposed(numbers):
    Q, R = np.linalg.qr(numbers)
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


@orthogonal_init.add("You return the identity. It is orthogonal, but it has nothing of the random numbers.")
def the_identity(numbers):
    return np.eye(*numbers.shape)


clip_by_value = Mutants()


@clip_by_value.add(
    "You scale all entries until the largest fits. Here each entry is cut by itself, and small ones stay."
)
def scaled_to_fit(gradients, limit):
    top = max(np.abs(g).max() for g in leaves(gradients))
    return map_tree(lambda g: g * min(1.0, limit / top), gradients)


@clip_by_value.add("Large negative entries pass uncut. The limit holds on both sides of zero.")
def only_from_above(gradients, limit):
    return map_tree(lambda g: np.minimum(g, limit), gradients)


@clip_by_value.add("All your negative entries become 0. The lower end is -limit, not 0.")
def from_zero(gradients, limit):
    return map_tree(lambda g: np.clip(g, 0.0, limit), gradients)


@clip_by_value.add("Entries beyond the limit become 0. They are cut to the limit, and keep their sign.")
def dropped(gradients, limit):
    return map_tree(lambda g: np.where(np.abs(g) > limit, 0.0, g), gradients)


@clip_by_value.add("What you cut comes out positive. An entry far below zero becomes -limit.")
def sign_lost(gradients, limit):
    return map_tree(lambda g: np.where(np.abs(g) > limit, limit, g), gradients)


@clip_by_value.add("Only the first array of the tree is clipped. All of them are.")
def first_array_only(gradients, limit):
    first = next(leaves(gradients))
    return map_tree(lambda g: np.clip(g, -limit, limit) if g is first else g, gradients)


@clip_by_value.add("You cut to [-1, 1] whatever the limit. The limit is an argument.")
def limit_of_one(gradients, limit):
    return map_tree(lambda g: np.clip(g, -1.0, 1.0), gradients)


@clip_by_value.add("You bend the entries with tanh. Clipping leaves what is within the limit as it is.")
def squashed(gradients, limit):
    return map_tree(lambda g: limit * np.tanh(g / limit), gradients)


clip_by_norm = Mutants()


def _length(gradients):
    return np.sqrt(sum(np.sum(g * g) for g in leaves(gradients)))


def _scaled(gradients, scale):
    return map_tree(lambda g: g * scale, gradients)


@clip_by_norm.add(
    "Each of your arrays is shortened by itself. There is one length for all together; else the direction turns."
)
def array_by_array(gradients, limit):
    def shorten(g):
        return g * min(1.0, limit / max(np.sqrt(np.sum(g * g)), 1e-300))

    return map_tree(shorten, gradients), _length(gradients)


@clip_by_norm.add("Short gradients are made longer. They should stay: the factor is never above 1.")
def always_to_the_limit(gradients, limit):
    length = _length(gradients)
    return _scaled(gradients, limit / length if length > 0 else 1.0), length


@clip_by_norm.add("Your length lacks the square root.")
def without_root(gradients, limit):
    length = _length(gradients) ** 2
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@clip_by_norm.add("You cut every entry by itself. That is clipping by value; by norm, one factor serves all.")
def by_value(gradients, limit):
    return map_tree(lambda g: np.clip(g, -limit, limit), gradients), _length(gradients)


@clip_by_norm.add("The length that you return is that after clipping. Asked for is the length before.")
def length_after(gradients, limit):
    length = _length(gradients)
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), min(length, limit)


@clip_by_norm.add("Your length is the sum of the arrays' lengths. Lengths do not add up; their squares do.")
def sum_of_lengths(gradients, limit):
    length = sum(np.sqrt(np.sum(g * g)) for g in leaves(gradients))
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@clip_by_norm.add("Your factor is upside down: the longer the gradient, the longer it gets.")
def upside_down(gradients, limit):
    length = _length(gradients)
    return _scaled(gradients, max(1.0, length / limit)), length


@clip_by_norm.add("You take the largest entry for the length. The length is the root of the sum of all squares.")
def largest_entry(gradients, limit):
    length = max(np.abs(g).max() for g in leaves(gradients))
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@clip_by_norm.add("You return the clipped gradients alone. The length before comes with them, as a second result.")
def gradients_alone(gradients, limit):
    return _scaled(gradients, min(1.0, limit / max(_length(gradients), 1e-300)))


adding_problem = Mutants()


def _adding(B, T, rng, draw=None, places=None, total=None):
    """The adding problem with its parts laid open, drawn in the order in which most people draw."""
    rng = np.random.default_rng(rng)
    xs = np.zeros((B, T, 2))
    xs[:, :, 0] = rng.random((B, T)) if draw is None else draw(rng, (B, T))
    half = [rng.integers(0, T // 2, size=B), rng.integers(T // 2, T, size=B)] if places is None else places(rng)
    for steps in half:
        xs[np.arange(B), steps, 1] = 1.0
    return xs, np.sum(xs[:, :, 0] * xs[:, :, 1], axis=1) if total is None else total(xs)


@adding_problem.add(
    "Both marks fall anywhere in the sequence, and sometimes on the same step. One belongs to the first half, the "
    "other to the second."
)
def marks_anywhere(B, T, rng):
    return _adding(B, T, rng, places=lambda rng: rng.integers(0, T, size=(2, B)))


@adding_problem.add("Your target is the sum of all numbers. Only the marked ones count.")
def sum_of_all(B, T, rng):
    return _adding(B, T, rng, total=lambda xs: xs[:, :, 0].sum(axis=1))


@adding_problem.add("Your target is the mean of the two marked numbers. Asked for is their sum.")
def mean_of_two(B, T, rng):
    return _adding(B, T, rng, total=lambda xs: np.sum(xs[:, :, 0] * xs[:, :, 1], axis=1) / 2.0)


@adding_problem.add("All your sequences are marked at the same steps. Draw the steps for each sequence anew.")
def marks_shared(B, T, rng):
    return _adding(B, T, rng, places=lambda rng: [rng.integers(0, T // 2), rng.integers(T // 2, T)])


@adding_problem.add("Your numbers are normal, or reach below 0. They are uniform between 0 and 1.")
def normal_numbers(B, T, rng):
    return _adding(B, T, rng, draw=lambda rng, shape: rng.normal(size=shape))


@adding_problem.add(
    "The last step of a half is never marked. The upper end of `rng.integers` is left out already; do not subtract 1."
)
def last_step_left_out(B, T, rng):
    def places(rng):
        return [rng.integers(0, max(1, T // 2 - 1), size=B), rng.integers(T // 2, max(T // 2 + 1, T - 1), size=B)]

    return _adding(B, T, rng, places=places)


@adding_problem.add("Mark and number are swapped: the number comes first, in xs[:, :, 0], and the mark second.")
def columns_swapped(B, T, rng):
    xs, targets = _adding(B, T, rng)
    return xs[:, :, ::-1], targets


@adding_problem.add("Your sequences are the same whatever the seed. Draw from the generator that you are given.")
def seed_ignored(B, T, rng):
    return _adding(B, T, 0)


copy_memory = Mutants()


def _copies(strings, T, go=None, read=None, start=None, written=None):
    """Copy memory with its parts laid open."""
    B, n = strings.shape
    inputs, targets = np.full((2, B, T + 2 * n), BLANK)
    inputs[:, :n] = strings if read is None else read
    inputs[:, n + T - 1 if go is None else go] = GO
    start = n + T if start is None else start
    targets[:, start : start + n] = strings if written is None else written
    return Copies(inputs, targets)


@copy_memory.add("Your sign to begin comes at the first silent step. It is the last of the T silent ones.")
def go_at_once(strings, T):
    return _copies(strings, T, go=strings.shape[1])


@copy_memory.add("Your sign to begin comes a step late, where the answer already begins.")
def go_too_late(strings, T):
    return _copies(strings, T, go=strings.shape[1] + T)


@copy_memory.add("Your answer begins at the step of GO. It begins at the step after it.")
def answer_too_early(strings, T):
    return _copies(strings, T, start=strings.shape[1] + T - 1)


@copy_memory.add("Your answer is the string from its end. It is to be written in the order in which it was read.")
def answer_reversed(strings, T):
    return _copies(strings, T, written=strings[:, ::-1])


@copy_memory.add("What is read holds the answer too. While the network writes, it reads blanks.")
def answer_given_away(strings, T):
    copies = _copies(strings, T)
    inputs = copies.inputs.copy()
    inputs[:, -strings.shape[1] :] = strings
    return Copies(inputs, copies.targets)


@copy_memory.add("There is no GO in what is read: the network cannot know when to begin.")
def no_go(strings, T):
    return _copies(strings, T, go=slice(0, 0))


@copy_memory.add("Your silence is 0, which is a symbol of the strings. Use BLANK.")
def silence_is_zero(strings, T):
    return Copies(*(np.where(row == BLANK, 0, row) for row in _copies(strings, T)))


@copy_memory.add("Inputs and targets are swapped: first comes what is read.")
def swapped(strings, T):
    return _copies(strings, T)[::-1]
