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
    if np.allclose(Q, np.asarray(student(other))):
        raise CheckFailed("other numbers give the same matrix; it is to be made from the numbers")


@exercise.check("the signs are those of a positive diagonal of R", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    both = _numbers_of_both_signs(rng, 6, 6)
    for numbers in (both, both[:, [1, 0, 2, 3, 4, 5]], rng.normal(size=(1, 1))):  # of either determinant
        hint = "A column of Q is turned round where the diagonal of R is negative."
        expect_same(student(numbers), _gram_schmidt(numbers), "the matrix", hint, tolerance=1e-7)


@exercise.check("matrices that are not square", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for shape in ((6, 3), (2, 5), (4, 1)):
        numbers = rng.normal(size=shape) if 1 in shape else _numbers_of_both_signs(rng, *shape)
        hint = "More columns than rows: transpose, and transpose back."
        expect_same(student(numbers), _gram_schmidt(numbers), f"the matrix {shape}", hint, tolerance=1e-7)


exercise.leaves_inputs(0.5)


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


@exercise.mistake(
    "Your matrix is orthogonal, but it is the nearest one to the numbers (from their singular values), not the Q of "
    "their QR decomposition."
)
def nearest_orthogonal(numbers):
    U, _, V = np.linalg.svd(numbers, full_matrices=False)
    return U @ V


@exercise.mistake("Your Q is completed to a square matrix. It has the shape of the numbers: leave mode as it is.")
def completed(numbers):
    tall = numbers if numbers.shape[0] >= numbers.shape[1] else numbers.T
    Q, R = np.linalg.qr(tall, mode="complete")
    Q = Q * np.concatenate([np.where(np.diag(R) < 0, -1.0, 1.0), np.ones(len(Q) - tall.shape[1])])
    return Q if numbers.shape[0] >= numbers.shape[1] else Q.T


@exercise.mistake(
    "Where there are more columns than rows you transpose, but not back: the shape is that of the numbers."
)
def wide_not_transposed_back(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    return wide_not_transposed(numbers.T if wide else numbers)


@exercise.mistake("You multiply the columns of Q by the diagonal of R. Only its signs matter; lengths stay 1.")
def times_the_diagonal(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q, R = np.linalg.qr(numbers.T if wide else numbers)
    return (Q * np.diag(R)).T if wide else Q * np.diag(R)


@exercise.mistake(
    "All your signs are turned. A column is turned where the diagonal of R is negative, not where positive."
)
def the_other_signs(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q = -wide_not_transposed(numbers.T if wide else numbers)
    return Q.T if wide else Q


@exercise.mistake(
    "Your signs multiply the rows of a square Q. Each sign on the diagonal of R belongs to a column, for any shape."
)
def signs_on_rows_of_square_ones(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q, R = np.linalg.qr(numbers.T if wide else numbers)
    signs = np.where(np.diag(R) < 0, -1.0, 1.0)
    Q = signs[:, None] * Q if len(Q) == len(signs) else Q * signs
    return Q.T if wide else Q


@exercise.mistake(
    "You take the signs from the diagonal of Q. It is that of R which is to be positive: where it is negative, turn "
    "the column of Q."
)
def signs_of_q(numbers):
    wide = numbers.shape[0] < numbers.shape[1]
    Q, _ = np.linalg.qr(numbers.T if wide else numbers)
    Q = Q * np.where(np.diag(Q) < 0, -1.0, 1.0)
    return Q.T if wide else Q
