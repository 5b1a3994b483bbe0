"""Hidden checks of Unit 4: vanishing, exploding, clipping."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.checking import CheckFailed, CheckSet, StudentFunction, expect_parts, expect_same, expect_unchanged
from autograder.mutants import u04_gradient_flow as mutants
from rnncore.functional.cells import (
    LSTMState,
    RNNParams,
    RNNState,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.learning.clipping import clip_by_norm, clip_by_value
from rnncore.functional.learning.gradient_flow import jacobian_norms
from rnncore.functional.sequence.unroll import unroll
from rnncore.functional.weights.recurrent import identity_init, orthogonal_init
from rnncore.tasks.adding_problem import adding_problem
from rnncore.tasks.copy_memory import BLANK, GO, N_SYMBOLS, copy_memory

check_identity_init = CheckSet("identity-init", identity_init, mutants.identity_init)


@check_identity_init.that("the identity times the scale", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for H in (1, 4):
        scale, state = float(rng.uniform(1.1, 2.0)), rng.normal(size=(3, H))
        W_h = student(H, scale)
        expect_same(W_h, np.diag(np.full(H, scale)), "the matrix", "A unit reaches itself, and no other.")
        expect_same(state @ W_h, scale * state, "a state that was handed on")


@check_identity_init.that("the identity itself where no scale is given", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    H = int(rng.integers(2, 6))
    expect_same(student(H), np.diag(np.ones(H)), "the matrix", "The signature says what the scale is then.")


check_jacobian_norms = CheckSet("jacobian-norms", jacobian_norms, mutants.jacobian_norms)

StepByTorch = Callable[[torch.Tensor, Any, Any], Any]


def _torch_norms(step: StepByTorch, xs: np.ndarray, state: Any, params: Any) -> np.ndarray:
    """The oracle: torch's automatic derivatives of the last hidden state with respect to each before it."""
    kind, weights = type(state), type(params)(*map(torch.tensor, params))
    states = [kind(*(torch.tensor(part, requires_grad=True) for part in state))]
    for t in range(xs.shape[1]):
        states.append(step(torch.tensor(xs[:, t]), states[-1], weights))
    B, H = state.h.shape
    norms = np.zeros((B, len(states)))
    for lag, before in enumerate(reversed(states)):
        rows = [torch.autograd.grad(states[-1].h[:, j].sum(), before.h, retain_graph=True)[0] for j in range(H)]
        jacobians = torch.stack(rows, dim=1).numpy()
        norms[:, lag] = [np.linalg.svd(jacobian)[1][0] for jacobian in jacobians]
    return norms


def _torch_rnn_step(x: torch.Tensor, state: RNNState, params: RNNParams) -> RNNState:
    return RNNState(torch.tanh(x @ params.W_x + state.h @ params.W_h + params.b))


def _torch_lstm_step(x: torch.Tensor, state: LSTMState, params: Any) -> LSTMState:
    i, f, g, o = torch.chunk(x @ params.W_x + state.h @ params.W_h + params.b, 4, dim=1)
    c = torch.sigmoid(f) * state.c + torch.sigmoid(i) * torch.tanh(g)
    return LSTMState(torch.sigmoid(o) * torch.tanh(c), c)


def _run_jacobian_norms(student: StudentFunction, rng: np.random.Generator, B: int, T: int, H: int):
    xs, params = rng.normal(size=(B, T, 2)), init_rnn_params(2, H, rng)
    params = params._replace(W_h=2.0 * params.W_h)
    state = RNNState(rng.uniform(-1, 1, size=(B, H)))
    _, last, caches = unroll(rnn_step, xs, state, params)
    return student(rnn_step_backward, last, caches), _torch_norms(_torch_rnn_step, xs, state, params)


@check_jacobian_norms.that("one sequence, one unit, several steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=1, T=4, H=1)
    expect_same(got, want, "the norms", "One for each lag, from 0 to T.")


@check_jacobian_norms.that("several units: the norm of the whole product", points=1.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=1, T=5, H=4)
    expect_same(got, want, "the norms", "Send H gradients back, one for each unit, step after step. See (4.3).")


@check_jacobian_norms.that("several sequences, each with norms of its own", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_jacobian_norms(student, rng, B=3, T=4, H=3)
    expect_same(got, want, "the norms", "Each sequence has norms of its own, in a row of its own.")


@check_jacobian_norms.that("another cell, whose state has two parts", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, state = rng.normal(size=(2, 3, 2)), LSTMState(*rng.normal(size=(2, 2, 3)))
    params = init_lstm_params(2, 3, rng)
    _, last, caches = unroll(lstm_step, xs, state, params)
    want = _torch_norms(_torch_lstm_step, xs, state, params)
    hint = "Call step_backward, and hand on the whole state that it returns."
    expect_same(student(lstm_step_backward, last, caches), want, "the norms", hint)


@check_jacobian_norms.that(
    "leaves its inputs as they were", points=0.5, after="several sequences, each with norms of its own"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_jacobian_norms(student, rng, B=2, T=3, H=2)
    expect_unchanged(student)


check_orthogonal_init = CheckSet("orthogonal-init", orthogonal_init, mutants.orthogonal_init)


def _gram_schmidt(numbers: np.ndarray) -> np.ndarray:
    """The oracle: columns straightened one after the other, each twice, since once is not exact enough."""
    if numbers.shape[0] < numbers.shape[1]:
        return _gram_schmidt(numbers.T).T
    columns: list[np.ndarray] = []
    for column in numbers.T:
        for earlier in 2 * columns:
            column = column - (column @ earlier) * earlier
        columns.append(column / np.sqrt(column @ column))
    return np.stack(columns, axis=1)


def _numbers_of_both_signs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers that give R a diagonal of both signs, since it is then that the sides to turn round differ."""
    while True:
        numbers = rng.normal(size=shape)
        negative = np.diag(np.linalg.qr(numbers if shape[0] >= shape[1] else numbers.T).R) < 0
        if 0 < np.mean(negative) < 1:
            return numbers


@check_orthogonal_init.that("lengths are kept, and other numbers give another matrix", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    one, other = rng.normal(size=(2, 5, 5))
    Q = np.asarray(student(one))
    expect_same(Q @ Q.T, np.eye(5), "Q times its transpose", "All singular values are 1.")
    if np.allclose(Q, student(other)):
        raise CheckFailed("other numbers give the same matrix; it is to be made from the numbers")


@check_orthogonal_init.that("the signs are those of a positive diagonal of R", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for numbers in (rng.normal(size=(1, 1)), _numbers_of_both_signs(rng, 6, 6)):
        hint = "A column of Q is turned round where the diagonal of R is negative."
        expect_same(student(numbers), _gram_schmidt(numbers), "the matrix", hint, tolerance=1e-7)


@check_orthogonal_init.that("matrices that are not square", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for shape in ((6, 3), (2, 5)):
        numbers = _numbers_of_both_signs(rng, *shape)
        hint = "More columns than rows: transpose, and transpose back."
        expect_same(student(numbers), _gram_schmidt(numbers), f"the matrix {shape}", hint, tolerance=1e-7)


@check_orthogonal_init.that(
    "leaves its inputs as they were", points=0.5, after="lengths are kept, and other numbers give another matrix"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(rng.normal(size=(4, 4)))
    expect_unchanged(student)


def _gradients(rng: np.random.Generator, D: int = 3, H: int = 4) -> RNNParams:
    return RNNParams(*(3.0 * rng.normal(size=shape) for shape in ((D, H), (H, H), (H,))))


def _with_torch(clip: Callable[..., Any], gradients: Any, limit: float) -> list[np.ndarray]:
    """The oracle: what torch's own clipping leaves of gradients."""
    weights = [torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients]
    for weight, g in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(g)
    clip(weights, limit)
    return [np.zeros(0) if weight.grad is None else weight.grad.numpy() for weight in weights]


check_clip_by_value = CheckSet("clip-by-value", clip_by_value, mutants.clip_by_value)


@check_clip_by_value.that("every entry of every array lies within the limit", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients, limit = _gradients(rng), float(rng.uniform(0.5, 2.0))
    want = RNNParams(*_with_torch(torch.nn.utils.clip_grad_value_, gradients, limit))
    expect_same(student(gradients, limit), want, "the gradients", "See (4.8), entry by entry.")


@check_clip_by_value.that("trees of another build", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = (4.0 * rng.normal(size=shape) for shape in ((5,), (2, 2), (1, 3)))
    want = _with_torch(torch.nn.utils.clip_grad_value_, (a, b, c), 1.5)
    got = student({"cell": (a, b), "readout": [c]}, 1.5)
    hint = "map_tree gives back the build that it was given."
    expect_same(got, {"cell": (want[0], want[1]), "readout": [want[2]]}, "the gradients", hint)


@check_clip_by_value.that(
    "leaves its inputs as they were", points=0.5, after="every entry of every array lies within the limit"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(_gradients(rng), 0.5)
    expect_unchanged(student)


check_clip_by_norm = CheckSet("clip-by-norm", clip_by_norm, mutants.clip_by_norm)

_CLIPPED = "the gradients", "the length before"


def _length(gradients: Any) -> float:
    return float(np.linalg.norm(np.concatenate([g.ravel() for g in gradients])))


@check_clip_by_norm.that("a long gradient is shortened as a whole", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients, share = _gradients(rng), float(rng.uniform(0.1, 0.5))
    limit = share * _length(gradients)
    clipped, _ = expect_parts(student(gradients, limit), *_CLIPPED)
    want = RNNParams(*_with_torch(torch.nn.utils.clip_grad_norm_, gradients, limit))
    hint = "One length and one factor for all arrays together. See (4.9)."
    # torch divides by the length + 1e-6.
    expect_same(clipped, want, "the gradients", hint, tolerance=1e-6)
    expect_same(np.asarray(_length(clipped)), np.asarray(limit), "the length of what comes back", hint)


@check_clip_by_norm.that(
    "a short gradient stays, and so does one of length 0", points=0.75, after="a long gradient is shortened as a whole"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients = _gradients(rng)
    for short in (gradients, RNNParams(*(0.0 * g for g in gradients))):
        clipped, _ = expect_parts(student(short, 2.0 * _length(gradients)), *_CLIPPED)
        expect_same(clipped, short, "the gradients", "It is shortened only where it is longer than the limit.")


@check_clip_by_norm.that("the length before is returned too", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients = _gradients(rng)
    for limit in (0.5, 1000.0):
        _, length = expect_parts(student(gradients, limit), *_CLIPPED)
        expect_same(length, np.asarray(_length(gradients)), "the length", "The root of the sum of all squares, before.")


@check_clip_by_norm.that("trees of another build", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b = 3.0 * rng.normal(size=(2, 3)), 2.0 * rng.normal(size=(4,))
    clipped, _ = expect_parts(student({"cell": [a], "readout": (b,)}, 1.0), *_CLIPPED)
    scale = 1.0 / _length((a, b))
    want = {"cell": [scale * a], "readout": (scale * b,)}
    expect_same(clipped, want, "the gradients", "leaves and map_tree go through any build.")


@check_clip_by_norm.that("leaves its inputs as they were", points=0.5, after="a long gradient is shortened as a whole")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    student(_gradients(rng), 0.5)
    expect_unchanged(student)


check_adding_problem = CheckSet("adding-problem", adding_problem, mutants.adding_problem)


def _draw(student: StudentFunction, rng: np.random.Generator, B: int, T: int) -> tuple[np.ndarray, np.ndarray]:
    xs, targets = expect_parts(student(B, T, int(rng.integers(2**31))), "xs", "the targets")
    for name, array, shape in (("xs", xs, (B, T, 2)), ("targets", targets, (B,))):
        if getattr(array, "shape", None) != shape:
            raise CheckFailed(f"{name} should be an array of shape {shape}")
    return xs, targets


@check_adding_problem.that("one mark in each half, whatever the length", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (2, 3, 8):
        xs, _ = _draw(student, rng, 50, T)
        halves = xs[:, : T // 2, 1], xs[:, T // 2 :, 1]
        if not set(np.unique(xs[:, :, 1])) <= {0.0, 1.0}:
            raise CheckFailed("xs[:, :, 1] holds the marks, which are 0 or 1")
        if any(np.any(half.sum(axis=1) != 1.0) for half in halves):
            raise CheckFailed("each sequence has one mark among its first T // 2 steps, and one among the rest")


@check_adding_problem.that("the target is the sum of the two marked numbers", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (6, 9):
        xs, targets = _draw(student, rng, 20, T)
        want = [sum(number for number, mark in sequence if mark == 1.0) for sequence in xs]
        expect_same(targets, np.array(want), "the targets", "See (4.10): one sum for each sequence.")
        if np.any(np.sum(xs[:, :, 1], axis=1) != 2.0):
            raise CheckFailed("two numbers of each sequence are marked")


@check_adding_problem.that("numbers and marks are drawn evenly, for each sequence anew", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    B, T = 3000, 5
    xs, _ = _draw(student, rng, B, T)
    numbers, marks = xs[:, :, 0], xs[:, :, 1]
    if not (np.all(numbers >= 0.0) and np.all(numbers < 1.0)):
        raise CheckFailed("the numbers lie in [0, 1)")
    deviation = 5.0 / np.sqrt(12.0 * B * T)
    if abs(numbers.mean() - 0.5) > deviation or abs(numbers.var() - 1 / 12) > deviation:
        raise CheckFailed("the numbers are not spread evenly over [0, 1)")
    if len(np.unique(numbers)) < B * T - 5:
        raise CheckFailed("numbers are repeated: each sequence has numbers of its own")
    for first, size in ((0, 2), (2, 3)):
        share = marks[:, first : first + size].mean(axis=0)
        if np.any(np.abs(share - 1.0 / size) > 5.0 * np.sqrt((1.0 / size) * (1.0 - 1.0 / size) / B)):
            raise CheckFailed("within a half, each step is marked as often as the next; count the first and the last")
    together = np.mean(marks[:, 0] * marks[:, 2])
    if abs(together - 1 / 6) > 5.0 * np.sqrt(5 / 36 / B):
        raise CheckFailed("where the first mark is must not tell where the second is")


@check_adding_problem.that(
    "the seed decides, and nothing else", points=0.5, after="the target is the sum of the two marked numbers"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    one, other = (int(seed) for seed in rng.integers(2**31, size=2))
    first, again, third = (student(4, 6, seed)[0] for seed in (one, one, other))
    if not np.array_equal(first, again):
        raise CheckFailed("the same seed gives other sequences the second time: draw only from rng")
    if np.array_equal(first, third):
        raise CheckFailed("another seed gives the same sequences: draw from rng")


check_copy_memory = CheckSet("copy-memory", copy_memory, mutants.copy_memory)

_LINES = "the inputs", "the targets"


def _laid_out(strings: np.ndarray, T: int) -> tuple[np.ndarray, np.ndarray]:
    """The oracle: written down symbol by symbol."""
    inputs, targets = [], []
    for string in strings.tolist():
        silence = [BLANK] * (T - 1)
        inputs.append([*string, *silence, GO, *([BLANK] * len(string))])
        targets.append([*([BLANK] * len(string)), *silence, BLANK, *string])
    return np.array(inputs), np.array(targets)


def _run_copy_memory(student: StudentFunction, rng: np.random.Generator, B: int, n: int, T: int):
    strings = rng.integers(0, N_SYMBOLS, size=(B, n))
    return expect_parts(student(strings, T), *_LINES), _laid_out(strings, T)


@check_copy_memory.that("what is read", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 4, 6), (1, 2, 9)):
        got, want = _run_copy_memory(student, rng, *sizes)
        expect_same(got[0], want[0], _LINES[0], "The string, T silent steps of which the last is GO, n blanks.")


@check_copy_memory.that("what is to be written", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 4, 6), (1, 2, 9)):
        got, want = _run_copy_memory(student, rng, *sizes)
        expect_same(got[1], want[1], _LINES[1], "Blanks, and at the last n steps the string.")


@check_copy_memory.that("a silence of a single step, a string of a single symbol", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 3, 1), (2, 1, 4)):
        got, want = _run_copy_memory(student, rng, *sizes)
        for name, mine, right in zip(_LINES, got, want, strict=True):
            expect_same(mine, right, name, "The smallest sizes are sizes too.")


@check_copy_memory.that("leaves its inputs as they were", points=0.25, after="what is read")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _run_copy_memory(student, rng, 2, 3, 4)
    expect_unchanged(student)
