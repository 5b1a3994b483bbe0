"""Exercise `orthogonal-init`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.weights.recurrent import orthogonal_init

exercise = Exercise("orthogonal-init", "A matrix that keeps lengths", orthogonal_init)


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


@exercise.check("lengths are kept, and other numbers give another matrix", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    one, other = rng.normal(size=(2, 5, 5))
    Q = np.asarray(student(one))
    expect_same(Q @ Q.T, np.eye(5), "Q times its transpose", "All singular values are 1.")
    if np.allclose(Q, student(other)):
        raise CheckFailed("other numbers give the same matrix; it is to be made from the numbers")


@exercise.check("the signs are those of a positive diagonal of R", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for numbers in (rng.normal(size=(1, 1)), _numbers_of_both_signs(rng, 6, 6)):
        hint = "A column of Q is turned round where the diagonal of R is negative."
        expect_same(student(numbers), _gram_schmidt(numbers), "the matrix", hint, tolerance=1e-7)


@exercise.check("matrices that are not square", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for shape in ((6, 3), (2, 5)):
        numbers = _numbers_of_both_signs(rng, *shape)
        hint = "More columns than rows: transpose, and transpose back."
        expect_same(student(numbers), _gram_schmidt(numbers), f"the matrix {shape}", hint, tolerance=1e-7)


exercise.leaves_inputs(0.5, after="lengths are kept, and other numbers give another matrix")


@exercise.mistake(
    "Your matrix is orthogonal, but has the signs that the QR decomposition happens to give. Turn a column of Q round "
    "where the diagonal of R is negative."
)
def signs_as_they_come(numbers):
    M, N = numbers.shape
    return np.linalg.qr(numbers)[0] if M >= N else np.linalg.qr(numbers.T)[0].T


@exercise.mistake(
    "Your random matrix is divided by the root of its size. That keeps lengths on average, but not of every vector: "
    "it is not orthogonal."
)
def scaled_normal(numbers):
    return numbers / np.sqrt(max(numbers.shape))


@exercise.mistake("Your columns have length 1, but do not stand across each other. An orthogonal matrix needs both.")
def columns_of_length_1(numbers):
    return numbers / np.linalg.norm(numbers, axis=0)


@exercise.mistake("You return the triangle R. The matrix that keeps lengths is the other factor, Q.")
def triangle(numbers):
    return np.linalg.qr(numbers)[1]


@exercise.mistake(
    "Your signs multiply the rows of Q. Each sign on the diagonal of R belongs to a column: look at the axis along "
    "which it is broadcast."
)
def signs_on_rows(numbers):
    Q, R = np.linalg.qr(numbers if numbers.shape[0] >= numbers.shape[1] else numbers.T)
    signs = np.where(np.diag(R) < 0, -1.0, 1.0)
    Q = np.concatenate([signs, np.ones(len(Q) - len(signs))])[:, None] * Q
    return Q if numbers.shape[0] >= numbers.shape[1] else Q.T


@exercise.mistake(
    "Your matrix is divided by its greatest singular value. Then no vector is lengthened, but many are shortened."
)
def divided_by_norm(numbers):
    return numbers / np.linalg.norm(numbers, 2)


@exercise.mistake(
    "Your result has the wrong shape where there are more columns than rows. Make it from the transposed numbers, and "
    "transpose it back."
)
def wide_not_transposed(numbers):
    Q, R = np.linalg.qr(numbers)
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


@exercise.mistake("You return the identity. It is orthogonal, but it has nothing of the random numbers.")
def the_identity(numbers):
    return np.eye(*numbers.shape)
