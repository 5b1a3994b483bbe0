"""Exercise `recall`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u13_ancestors_and_heirs.shared import draw_signs, draw_weights
from rnncore.functional.memory.hopfield import recall

exercise = Exercise("recall", "Let it settle", recall)

_NAME = "the final states"


def _right(states: np.ndarray, W: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The oracle: state by state, unit by unit, sum by sum."""
    end = states.copy()
    for s in end:
        for i in order:
            field = sum(W[i, j] * s[j] for j in range(len(s)))
            if field != 0:
                s[i] = 1.0 if field > 0 else -1.0
    return end


def _whole_weights(rng: np.random.Generator, N: int) -> np.ndarray:
    """Weights of whole numbers, so that sums are often exactly 0."""
    W = np.triu(rng.integers(-1, 2, size=(N, N)), 1).astype(float)
    return W + W.T


def _flip_before_a_tie(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A unit flips, then one that it listens to does, and at the next visit its sum is 0; another has no inputs."""
    flips, other, turned, turning, alone = places = rng.permutation(5)
    W = np.zeros((len(places), len(places)))
    for i, j, weight in ((flips, other, 1.0), (flips, turned, 1.0), (turned, turning, -3.0)):
        W[i, j] = W[j, i] = weight
    state = rng.choice([-1.0, 1.0], size=(1, len(places)))
    state[:, [other, turned, turning]] = -state[:, [flips]]
    return np.concatenate([state, -state]), W, np.array([flips, turned, flips, alone])


@exercise.check("one unit after another, once each", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, N, size in ((1, 9, 1.0), (8, 12, 1.0), (8, 12, 1e-6)):  # a small sum has a sign as well
        given = draw_signs(rng, B, N), size * draw_weights(rng, N), np.arange(N)
        expect_same(student(*given), _right(*given), _NAME, "Each unit sees what those before it have become.")


@exercise.check("a single unit", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for _ in range(3):
        states, W = draw_signs(rng, 12, 6), draw_weights(rng, 6)
        for order in (rng.integers(0, 6, size=1), np.zeros(0, dtype=int)):
            expect_same(student(states, W, order), _right(states, W, order), _NAME, "Units not named stay as they are.")


@exercise.check("in the order given, more than once", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, N in ((12, 9), (9, 14)):
        order = np.concatenate([rng.permutation(N) for _ in range(3)])
        given = draw_signs(rng, B, N), draw_weights(rng, N), order
        expect_same(student(*given), _right(*given), _NAME, "The units stand in `order`, and may stand there again.")
        order = np.concatenate([np.full(N + 1, order[0]), order])  # N updates without a flip, of one unit
        given = draw_signs(rng, B, N), draw_weights(rng, N), order
        expect_same(student(*given), _right(*given), _NAME, "The units stand in `order`, and may stand there again.")


@exercise.check("a unit whose input is 0 stays", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    hint = "Where the sum is 0 there is no reason to change."
    given = _flip_before_a_tie(rng)
    expect_same(student(*given), _right(*given), _NAME, hint)
    for N in (5, 7):
        order = np.concatenate([rng.permutation(N), rng.permutation(N)])
        given = draw_signs(rng, 30, N), _whole_weights(rng, N), order
        expect_same(student(*given), _right(*given), _NAME, hint)


exercise.leaves_inputs(0.25)


def _recall(
    states,
    W,
    order,
    seen=lambda now, start: now,
    become=lambda field, old: np.where(field == 0, old, np.sign(field)),
    visits=lambda order, N: order,
    everyone=False,
    until=lambda before, after: False,
):
    """Recall with its parts laid open."""
    start, now = states, states.copy()
    for i in visits(order, states.shape[1]):
        before = now.copy()
        if everyone:
            now = become(seen(now, start) @ W, now)
        else:
            now[:, i] = become(seen(now, start) @ W[:, i], now[:, i])
        if until(before, now):
            break
    return now


exercise.knob(
    _recall,
    "all_at_once",
    "Your units all look at the states from the beginning. A unit should see what those before it have just become; "
    "at once for all, the energy may rise and the network may swing to and fro.",
    seen=lambda now, start: start,
)

exercise.knob(
    _recall,
    "zero_for_a_tie",
    "Some of your units are 0. Where the sum is 0 a unit stays as it was.",
    become=lambda field, old: np.sign(field),
)

exercise.knob(
    _recall,
    "plus_one_for_a_tie",
    "Your units become 1 where their sum is 0. There they should stay as they were.",
    become=lambda field, old: np.where(field >= 0, 1.0, -1.0),
)

exercise.knob(
    _recall,
    "minus_one_for_a_tie",
    "Your units become -1 where their sum is 0. There they should stay as they were.",
    become=lambda field, old: np.where(field > 0, 1.0, -1.0),
)

exercise.knob(
    _recall,
    "against_its_input",
    "Your units take the sign *against* their input. That climbs the energy.",
    become=lambda field, old: np.where(field == 0, old, -np.sign(field)),
)

exercise.knob(
    _recall,
    "input_for_state",
    "Your units become their input instead of its sign.",
    become=lambda field, old: np.where(field == 0, old, field),
)

exercise.knob(
    _recall,
    "order_ignored",
    "Your units come in their own order, 0, 1, 2 ..., once each. They should come as `order` says.",
    visits=lambda order, N: range(N),
)

exercise.knob(
    _recall,
    "numbers_for_units",
    "You update the first units, as many as `order` is long. What stands in `order` says which.",
    visits=lambda order, N: np.arange(len(order)) % N,
)

exercise.knob(
    _recall,
    "each_unit_once",
    "Each unit comes only once in your version. `order` may name it again, and by then the others have changed.",
    visits=lambda order, N: list(dict.fromkeys(order.tolist())),
)

exercise.knob(
    _recall,
    "order_backwards",
    "Your units come in the reverse order.",
    visits=lambda order, N: order[::-1],
)

exercise.knob(
    _recall,
    "everyone_at_each_visit",
    "At each visit all your units change. Only the one that is named should.",
    everyone=True,
)

exercise.knob(
    _recall,
    "stops_at_the_first_quiet_unit",
    "You stop at the first unit that does not change. Others may have reason to.",
    until=lambda before, after: np.array_equal(before, after),
)


@exercise.mistake("Your first state decides for all. Each row is a network of its own, with its own sums.")
def first_row_for_all(states, W, order):
    return np.repeat(_recall(states[:1], W, order), len(states), axis=0)


@exercise.mistake("You flip a unit whenever its input is negative. It takes the sign of its input, whatever it was.")
def flips_on_a_negative_input(states, W, order):
    return _recall(states, W, order, become=lambda field, old: np.where(field < 0, -old, old))


exercise.knob(
    _recall,
    "order_sorted",
    "You sort the units of `order`. They come as they stand there.",
    visits=lambda order, N: np.unique(order),
)


@exercise.mistake("You go through `order` again and again until nothing changes. It is gone through once.")
def until_it_rests(states, W, order):
    for _ in range(50):
        before, states = states, _recall(states, W, order)
        if np.array_equal(before, states):
            break
    return states


@exercise.mistake("You leave out the last unit of `order`.")
def last_visit_left_out(states, W, order):
    return _recall(states, W, order[:-1])


@exercise.mistake("You leave out the first unit of `order`.")
def first_visit_left_out(states, W, order):
    return _recall(states, W, order[1:])


exercise.knob(
    _recall,
    "never_down",
    "Your units become 1 where their input is positive, and never -1. A negative input makes a unit -1.",
    become=lambda field, old: np.where(field > 0, 1.0, old),
)

exercise.knob(
    _recall,
    "flips_on_a_tie",
    "Your units flip where their sum is 0. There they should stay as they were.",
    become=lambda field, old: np.where(field == 0, -old, np.sign(field)),
)

exercise.knob(
    _recall,
    "small_inputs_ignored",
    "Your units do not mind small inputs. Every input that is not 0 counts.",
    become=lambda field, old: np.where(np.abs(field) <= 0.2, old, np.sign(field)),
)


@exercise.mistake("On a tie your units go back to what they were at the beginning. They stay as they are now.")
def back_to_the_start_on_a_tie(states, W, order):
    now = states.copy()
    for i in order:
        field = now @ W[:, i]
        now[:, i] = np.where(field == 0, states[:, i], np.sign(field))
    return now


@exercise.mistake("You return the units of `order` alone. Wanted are the whole states.")
def units_of_the_order_alone(states, W, order):
    return _recall(states, W, order)[:, order]
