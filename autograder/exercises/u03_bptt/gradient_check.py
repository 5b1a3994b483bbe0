"""Exercise `gradient-check`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from autograder.exercises.u03_bptt.shared import Arrays
from rnncore.functional.learning.gradient_check import central_difference, gradient_check, relative_error
from rnncore.functional.learning.gradient_check import central_difference as right_difference

exercise = Exercise("gradient-check", "The gradient check", gradient_check, uses=[central_difference], torch="none")


def _squares(rng: np.random.Generator, size: float = 1.0) -> tuple[Callable[[Arrays], float], Arrays, Arrays]:
    """A loss of squares, whose gradient is known, and for which central differences make no error of their own."""
    shapes = {"W": (3, 4), "h": (2,), "three axes": (2, 2, 2)}
    factors = {name: size * rng.uniform(1, 2, size=shape) for name, shape in shapes.items()}
    arrays = {name: rng.uniform(-1, 1, size=factor.shape) for name, factor in factors.items()}
    for array in arrays.values():
        array.flat[0] = 3.0  # so that its gradient, and no other, is the greatest

    def loss(arrays: Arrays) -> float:
        return float(sum(np.sum(factors[name] * arrays[name] ** 2) for name in factors))

    return loss, arrays, {name: 2.0 * factors[name] * arrays[name] for name in factors}


def _run_gradient_check(
    student: StudentFunction,
    rng: np.random.Generator,
    spoil: Callable[[np.ndarray], None],
    wrong: str | None = None,
    size: float = 1.0,
):
    """The loss has one right gradient and one that is spoilt; the check must tell which, and by how much.

    Returns:
        The errors that came, the name of the spoilt gradient, and what its error should be.
    """
    loss, arrays, gradients = _squares(rng, size)
    wrong = wrong or str(rng.choice(list(arrays)))
    claimed = {name: gradients[name].copy() for name in reversed(gradients)}
    spoil(claimed[wrong])
    errors = student(loss, arrays, claimed)
    if not isinstance(errors, dict) or errors.keys() != arrays.keys():
        raise CheckFailed("return a dictionary with one number for each array, by the names of the arrays")
    scale = max(np.abs(claimed[wrong]).max(), np.abs(gradients[wrong]).max())
    return errors, wrong, float(np.abs(claimed[wrong] - gradients[wrong]).max() / scale)


def _expect_errors(errors: dict[str, Any], wrong: str, of_wrong: float) -> None:
    hint = "Every entry of every array is compared, by relative_error."
    for name, error in errors.items():
        about = "a wrong gradient" if name == wrong else "a right gradient"
        want = of_wrong if name == wrong else 0.0
        expect_same(error, want, f"the error of {about}", hint, tolerance=1e-5)


def _last_entry(gradient: np.ndarray) -> None:
    gradient.flat[-1] += 0.5


def _turned(gradient: np.ndarray) -> None:
    gradient *= -1.0


def _doubled(gradient: np.ndarray) -> None:
    gradient *= 2.0


def _halved(gradient: np.ndarray) -> None:
    gradient *= 0.5


def _zeroed(gradient: np.ndarray) -> None:
    gradient *= 0.0


@exercise.check("tells a wrong gradient from a right one", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for spoil in (_turned, _doubled, _halved, _last_entry):
        errors, wrong, _ = _run_gradient_check(student, rng, spoil)
        for name, error in errors.items():
            if np.shape(error) or not (error > 1e-3 if name == wrong else 0 <= error < 1e-6):
                raise CheckFailed("the error of a right gradient is a number close to 0, that of a wrong one is not")


@exercise.check("the error of a gradient that is off in one entry", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for wrong in ("h", "W", "three axes"):
        _expect_errors(*_run_gradient_check(student, rng, _last_entry, wrong))


@exercise.check("the error of a gradient of the wrong sign", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_errors(*_run_gradient_check(student, rng, _turned))


@exercise.check("the error of a gradient that is twice too large, or zero", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for spoil in (_doubled, _halved, _zeroed):
        _expect_errors(*_run_gradient_check(student, rng, spoil))
    _expect_errors(*_run_gradient_check(student, rng, _doubled, size=1e-3))
    loss, arrays, gradients = _squares(rng)
    arrays["unread"] = rng.normal(size=3)
    for claim, error in ((np.zeros(3), 0.0), (np.ones(3), 1.0)):
        errors = student(loss, arrays, {**gradients, "unread": claim})
        hint = "relative_error knows what to say where both are zero everywhere."
        expect_same(errors, {**dict.fromkeys(gradients, 0.0), "unread": error}, "the errors", hint, tolerance=1e-5)


@exercise.check("eps is how far an entry is moved", points=0.25, after="tells a wrong gradient from a right one")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    w, eps = rng.uniform(0.5, 1.0, size=(2, 3)), float(rng.uniform(0.2, 0.4))
    # The central difference of w³ is 3 w² + eps²: this claim is right for this eps, and for no other.
    errors = student(lambda arrays: float(np.sum(arrays["W"] ** 3)), {"W": w}, {"W": 3.0 * w**2 + eps**2}, eps)
    expect_same(errors, {"W": 0.0}, "the errors", "Hand eps on to central_difference.", tolerance=1e-5)


exercise.leaves_inputs(0.25)


def _differences(loss, arrays, name, eps):
    array = arrays[name]
    entries = [right_difference(loss, arrays, name, index, eps) for index in np.ndindex(*array.shape)]
    return np.reshape(entries, array.shape)


def _compared(loss, arrays, gradients, eps, compare):
    return {name: compare(gradients[name], _differences(loss, arrays, name, eps)) for name in arrays}


@exercise.mistake(
    "Your error is a plain difference. An error of 0.001 is much for a gradient of 0.01 and nothing for one of 100: "
    "use relative_error."
)
def absolute_error(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: float(np.max(np.abs(a - b))))


@exercise.mistake(
    "You divide by the size of the claimed gradient alone. relative_error divides by the larger of both, so that a "
    "gradient which is too small does not look worse than one that is too large."
)
def relative_to_the_claim(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: float(np.max(np.abs(a - b)) / np.max(np.abs(a))))


@exercise.mistake("You compare the first entry of each array alone. Any entry may be wrong.")
def first_entry_only(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: relative_error(a.flat[0], b.flat[0]))


@exercise.mistake("You compare sizes without signs. A gradient of the wrong sign leads uphill.")
def signs_ignored(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: relative_error(np.abs(a), np.abs(b)))


@exercise.mistake(
    "You compare the gradients' directions alone, each divided by its length. One that is twice too large is wrong."
)
def directions_only(loss, arrays, gradients, eps=1e-5):
    return _compared(
        loss, arrays, gradients, eps, lambda a, b: relative_error(a / np.linalg.norm(a), b / np.linalg.norm(b))
    )


@exercise.mistake("Your error is a mean over the entries. One wrong entry among a thousand right ones hides in it.")
def mean_error(loss, arrays, gradients, eps=1e-5):
    def compare(a, b):
        return float(np.mean(np.abs(a - b)) / max(np.max(np.abs(a)), np.max(np.abs(b))))

    return _compared(loss, arrays, gradients, eps, compare)


@exercise.mistake("All arrays have the same error, the greatest of all. Each has its own, which tells where to look.")
def one_error_for_all(loss, arrays, gradients, eps=1e-5):
    errors = _compared(loss, arrays, gradients, eps, relative_error)
    return dict.fromkeys(errors, max(errors.values()))


@exercise.mistake("You say whether a gradient is right, as 0 or 1. Return its error; whoever asks sets the limit.")
def verdict_for_error(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: float(relative_error(a, b) < 1e-6))


@exercise.mistake("You compare the lengths of the two gradients. Two gradients may be as long and point elsewhere.")
def lengths_compared(loss, arrays, gradients, eps=1e-5):
    def apart(a, b):
        return abs(np.linalg.norm(a) - np.linalg.norm(b)) / max(np.linalg.norm(a), np.linalg.norm(b))

    return _compared(loss, arrays, gradients, eps, apart)


@exercise.mistake("You return one error for all arrays. Wanted is a dictionary with the error of each, by name.")
def greatest_error_alone(loss, arrays, gradients, eps=1e-5):
    return max(_compared(loss, arrays, gradients, eps, relative_error).values())


@exercise.mistake("You return a list. Wanted is a dictionary with the error of each array, by name.")
def errors_in_a_list(loss, arrays, gradients, eps=1e-5):
    return list(_compared(loss, arrays, gradients, eps, relative_error).values())


@exercise.mistake("You return the measured slopes. Compare them with the claimed gradient, by relative_error.")
def slopes_returned(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda claimed, measured: measured)


@exercise.mistake("Your error is a mean over the entries, in which one wrong entry drowns. Use relative_error.")
def mean_over_entries(loss, arrays, gradients, eps=1e-5):
    def apart(a, b):
        return float(np.mean(np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-12)))

    return _compared(loss, arrays, gradients, eps, apart)


@exercise.mistake("You do not hand eps on, so entries are moved by 1e-5 whatever it is. It is an argument.")
def eps_not_handed_on(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, 1e-5, relative_error)


@exercise.mistake(
    "You go through the first axis alone, so that a whole row is moved at once. np.ndindex(*array.shape) goes through "
    "all entries."
)
def rows_moved(loss, arrays, gradients, eps=1e-5):
    errors = {}
    for name, array in arrays.items():
        slopes = np.zeros_like(array)
        for row in range(len(array)):
            slopes[row] = right_difference(loss, arrays, name, (row,), eps)
        errors[name] = relative_error(slopes, gradients[name])
    return errors


def _of_each_entry(a, b):
    return np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)


@exercise.mistake("You compare one entry of each row alone. Any entry may be wrong: visit them all.")
def first_of_each_row(loss, arrays, gradients, eps=1e-5):
    def apart(claimed, measured):
        first = (..., *[0] * (claimed.ndim - 1))
        found = claimed.copy()
        found[first] = measured[first]
        return relative_error(claimed, found)

    return _compared(loss, arrays, gradients, eps, apart)


@exercise.mistake(
    "You take the relative error of each entry, and the greatest of these, so a tiny entry that is hardly off decides. "
    "relative_error holds all differences against the greatest entry."
)
def each_entry_by_itself(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: float(np.max(_of_each_entry(a, b))))


@exercise.mistake(
    "You divide the length of the difference by the lengths of both gradients, added. That is another measure, in "
    "which one wrong entry may drown: use relative_error."
)
def lengths_added(loss, arrays, gradients, eps=1e-5):
    def apart(a, b):
        return float(np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b)))

    return _compared(loss, arrays, gradients, eps, apart)


@exercise.mistake(
    "You take the relative error of each entry, and the mean of these, in which one wrong entry drowns. Use "
    "relative_error, with the worst entry in charge."
)
def mean_of_relative_errors(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: float(np.mean(_of_each_entry(a, b))))


@exercise.mistake("You compare the sums of the two gradients. Errors of two entries may cancel there: compare entries.")
def sums_compared(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: relative_error(a.sum(), b.sum()))
