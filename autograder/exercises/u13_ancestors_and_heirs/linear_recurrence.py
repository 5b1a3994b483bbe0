"""Exercise `linear-recurrence`."""

import numpy as np

from autograder.checking import Exercise, Recognised, StudentFunction, expect_same
from rnncore.functional.base.linear_recurrence import linear_recurrence

exercise = Exercise("linear-recurrence", "All steps at once", linear_recurrence)

_NAME = "the states"


def _right(a: np.ndarray, b: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    """The oracle: one step after another."""
    h, hs = h_0, []
    for t in range(a.shape[1]):
        h = a[:, t] * h + b[:, t]
        hs.append(h)
    return np.stack(hs, axis=1)


def _draw(rng: np.random.Generator, B: int, T: int, H: int, empty: bool = False):
    a, b = rng.uniform(-1.0, 1.0, size=(B, T, H)), rng.normal(size=(B, T, H))
    return a, b, np.zeros((B, H)) if empty else rng.normal(size=(B, H))


_DIVIDED = (
    "You divide by the running product of the factors. That is right on paper, as long as no factor is 0 and the "
    "product does not become too small for the computer."
)


def _solve(student: StudentFunction, given, hint: str) -> None:
    expect_same(student(*given), _right(*given), _NAME, hint)


def _solve_without_dividing(student: StudentFunction, given, hint: str) -> None:
    hs = student(*given)
    if isinstance(hs, np.ndarray) and hs.dtype.kind == "f" and not np.all(np.isfinite(hs)):
        raise Recognised(_DIVIDED)
    expect_same(hs, _right(*given), _NAME, hint)


@exercise.check("a single step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _solve(student, _draw(rng, 2, 1, 3), "With one step nothing is left to fold.")


@exercise.check("an even number of steps, from an empty state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (2, 4, 8):
        _solve(student, _draw(rng, 2, T, 3, empty=True), "Compare two steps with (13.7): which product comes first?")


@exercise.check("an odd number of steps, from an empty state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (3, 5, 11):
        _solve(student, _draw(rng, 2, T, 2, empty=True), "One step at the end has no partner.")


@exercise.check("from any state", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T, H in ((3, 4, 2), (1, 7, 1)):
        _solve(student, _draw(rng, B, T, H), "The first step multiplies h_0 by its factor.")
    a, b, h_0 = _draw(rng, 3, 5, 4)
    _solve(student, (2.0 * a, b, h_0), "A factor may be larger than 1.")


@exercise.check("factors of zero", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (6, 9):
        a, b, h_0 = _draw(rng, 2, T, 3)
        _solve_without_dividing(
            student, (a * (rng.random(a.shape) < 0.6), b, h_0), "What was multiplied by 0 cannot be divided by 0."
        )


@exercise.check("many steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (700, 1025):
        a, b, h_0 = _draw(rng, 1, T, 2)
        _solve_without_dividing(
            student, (0.2 * a, b, h_0), "The product of very many factors is too small for a computer to divide by."
        )


exercise.leaves_inputs(0.25)


def _recurrence(
    a,
    b,
    h_0,
    step=lambda a, b, h: a * h + b,
    first=lambda h_0: h_0,
    factors=lambda a: a,
    shown=lambda hs, h_0: hs,
):
    """The recurrence with its parts laid open."""
    h, a, hs = first(h_0), factors(a), []
    for t in range(a.shape[1]):
        h = step(a[:, t], b[:, t], h)
        hs.append(h)
    return shown(np.stack(hs, axis=1), h_0)


exercise.knob(
    _recurrence,
    "first_state_ignored",
    "You start from an empty state. h_0 is an argument.",
    first=np.zeros_like,
)

exercise.knob(
    _recurrence,
    "product_after_the_sum",
    "You add b before you multiply by a. The factor belongs to the state alone.",
    step=lambda a, b, h: a * (h + b),
)

exercise.knob(
    _recurrence,
    "factors_one_step_late",
    "Each of your steps uses the factor of the step before it.",
    factors=lambda a: np.concatenate([np.ones_like(a[:, :1]), a[:, :-1]], axis=1),
)

exercise.knob(
    _recurrence,
    "factors_one_step_early",
    "Each of your steps uses the factor of the step after it.",
    factors=lambda a: np.concatenate([a[:, 1:], np.ones_like(a[:, :1])], axis=1),
)

exercise.knob(
    _recurrence,
    "a_mean_of_old_and_new",
    "You give b the weight 1 - a. In this recurrence b is added as it is.",
    step=lambda a, b, h: a * h + (1 - a) * b,
)

exercise.knob(
    _recurrence,
    "factors_ignored",
    "You add up the terms b. Before each addition the state is multiplied by a.",
    step=lambda a, b, h: h + b,
)

exercise.knob(
    _recurrence,
    "last_state_alone",
    "You return the last state alone. The states of all steps are wanted.",
    shown=lambda hs, h_0: hs[:, -1],
)

exercise.knob(
    _recurrence,
    "first_state_included",
    "Your result begins with h_0, and has a step too many. It begins with h_1.",
    shown=lambda hs, h_0: np.concatenate([h_0[:, None], hs], axis=1),
)

exercise.knob(
    _recurrence,
    "first_state_for_the_last",
    "Your result begins with h_0 and lacks the last state: all stand one step too late.",
    shown=lambda hs, h_0: np.concatenate([h_0[:, None], hs[:, :-1]], axis=1),
)


@exercise.mistake(
    "You add h_0 to the first b without its factor. a_1 multiplies h_0, as every factor multiplies the state before it."
)
def first_factor_ignored(a, b, h_0):
    return _recurrence(a, b, h_0, factors=lambda a: np.concatenate([np.ones_like(a[:, :1]), a[:, 1:]], axis=1))


@exercise.mistake(_DIVIDED)
def divided_by_the_running_product(a, b, h_0):
    with np.errstate(all="ignore"):
        product = np.cumprod(a, axis=1)
        return product * (h_0[:, None] + np.cumsum(b / product, axis=1))


@exercise.mistake(
    "Your sequences run from the last step to the first. h_t depends on what came before it, not on what comes after."
)
def backwards(a, b, h_0):
    return _recurrence(a[:, ::-1], b[:, ::-1], h_0)[:, ::-1]


@exercise.mistake("Your states look back by two steps and no more. What was folded once must be folded again.")
def folded_once(a, b, h_0):
    """From two steps before, where all that came earlier is left out."""
    b_before = np.concatenate([h_0[:, None], b[:, :-1]], axis=1)
    b_before[:, 1:2] += a[:, :1] * h_0[:, None]
    return a * b_before + b


def _folded(a, b, h_0, odd_factor, odd_term, even_state):
    """The scan with its parts laid open."""
    T = a.shape[1]
    if T == 1:
        return a * h_0[:, None] + b
    half = T // 2
    a_even, b_even, a_odd, b_odd = a[:, 0::2], b[:, 0::2], a[:, 1::2], b[:, 1::2]
    pairs = a_even[:, :half], b_even[:, :half], a_odd, b_odd
    odd = _folded(odd_factor(*pairs), odd_term(*pairs), h_0, odd_factor, odd_term, even_state)
    before = np.concatenate([h_0[:, None], odd], axis=1)[:, : T - half]
    hs = np.zeros_like(b)
    hs[:, 0::2], hs[:, 1::2] = even_state(a_even, b_even, before), odd
    return hs


def _product(a_0, b_0, a_1, b_1):
    return a_1 * a_0


def _term(a_0, b_0, a_1, b_1):
    return a_1 * b_0 + b_1


def _even(a, b, before):
    return a * before + b


exercise.knob(
    _folded,
    "terms_of_a_pair_added_up",
    "When you fold two steps into one, you add up their terms. The first of the two still meets the second's factor.",
    odd_factor=_product,
    odd_term=lambda a_0, b_0, a_1, b_1: b_0 + b_1,
    even_state=_even,
)

exercise.knob(
    _folded,
    "wrong_factor_in_a_pair",
    "When you fold two steps into one, the term of the first meets its own factor. It is the *second* step that "
    "multiplies what the first one left.",
    odd_factor=_product,
    odd_term=lambda a_0, b_0, a_1, b_1: a_0 * b_0 + b_1,
    even_state=_even,
)

exercise.knob(
    _folded,
    "factors_of_a_pair_added_up",
    "When you fold two steps into one, you add up their factors. What passes through both is multiplied by both.",
    odd_factor=lambda a_0, b_0, a_1, b_1: a_1 + a_0,
    odd_term=_term,
    even_state=_even,
)

exercise.knob(
    _folded,
    "second_factor_alone",
    "When you fold two steps into one, the first factor is lost. What passes through both is multiplied by both.",
    odd_factor=lambda a_0, b_0, a_1, b_1: a_1,
    odd_term=_term,
    even_state=_even,
)


@exercise.mistake(
    "With an odd number of steps your last state repeats the one before it. The last has no partner, but is a step."
)
def odd_step_repeats(a, b, h_0):
    hs = _recurrence(a, b, h_0)
    if hs.shape[1] % 2 and hs.shape[1] > 1:
        hs[:, -1] = hs[:, -2]
    return hs


exercise.knob(
    _folded,
    "pair_folded_backwards",
    "You fold pairs the wrong way round: the first step's factor meets the second's term. It is the second step that "
    "multiplies what the first one left.",
    odd_factor=_product,
    odd_term=lambda a_0, b_0, a_1, b_1: a_0 * b_1 + b_0,
    even_state=_even,
)

exercise.knob(
    _folded,
    "gap_without_the_first_state",
    "When you fill in the gaps, the first step has nothing before it. Before it comes h_0.",
    odd_factor=_product,
    odd_term=_term,
    even_state=lambda a, b, before: np.concatenate([b[:, :1], a[:, 1:] * before[:, 1:] + b[:, 1:]], axis=1),
)


exercise.knob(
    _recurrence,
    "factors_one_step_late_but_the_first",
    "From the second step on, your steps use the factor of the step before. h_t has the factor a_t, of its own step.",
    factors=lambda a: np.concatenate([a[:, :1], a[:, :-1]], axis=1),
)


def _woven(a, b, h_0, before=None, weave=None, last=True):
    """The scan as the stub's comments have it, with its parts laid open."""
    T = a.shape[1]
    if T == 1:
        return a * h_0[:, None] + b
    half = T // 2
    a_odd, b_odd = a[:, 0 : 2 * half : 2], b[:, 0 : 2 * half : 2]
    a_even, b_even = a[:, 1::2], b[:, 1::2]
    even = _woven(a_even * a_odd, a_even * b_odd + b_even, h_0, before, weave, last)
    odd = a_odd * (np.concatenate([h_0[:, None], even[:, :-1]], axis=1) if before is None else before(even)) + b_odd
    hs = np.stack([odd, even], axis=2).reshape(len(a), 2 * half, -1) if weave is None else weave(odd, even)
    if T % 2 and last:
        hs = np.concatenate([hs, (a[:, -1] * hs[:, -1] + b[:, -1])[:, None]], axis=1)
    return hs


exercise.knob(
    _woven,
    "last_of_an_odd_number_left_out",
    "With an odd number of steps your last one is left out. It has no partner, but it is a step.",
    last=False,
)

exercise.knob(
    _woven,
    "pairs_exchanged",
    "In each of your pairs the two states have changed places: steps 2, 1, 4, 3 ...",
    weave=lambda odd, even: np.stack([even, odd], axis=2).reshape(len(odd), 2 * odd.shape[1], -1),
)

exercise.knob(
    _woven,
    "halves_side_by_side",
    "Your steps 1, 3, 5 ... stand first, and then 2, 4, 6 ... They come in turn: stack along a new axis after time.",
    weave=lambda odd, even: np.concatenate([odd, even], axis=1),
)

exercise.knob(
    _woven,
    "gap_filled_from_the_step_after",
    "You fill a gap from the step after it. A skipped step follows from the state before it, the first from h_0.",
    before=lambda even: even,
)


@exercise.mistake("With an odd number of steps your last state is b alone. a times the state before it belongs to it.")
def last_of_an_odd_number_is_b(a, b, h_0):
    a = a.copy()
    if a.shape[1] % 2 and a.shape[1] > 1:
        a[:, -1] = 0.0
    return _recurrence(a, b, h_0)


@exercise.mistake("h_0 is lost where your scan has one step left: that state is a h_0 + b, too.")
def empty_state_below_the_folds(a, b, h_0):
    T = a.shape[1]
    if T == 1:
        return b.copy()
    half = T // 2
    a_1, b_1, a_2, b_2 = a[:, 0 : 2 * half : 2], b[:, 0 : 2 * half : 2], a[:, 1::2], b[:, 1::2]
    even = empty_state_below_the_folds(a_2 * a_1, a_2 * b_1 + b_2, h_0)
    odd = a_1 * np.concatenate([h_0[:, None], even[:, :-1]], axis=1) + b_1
    hs = np.stack([odd, even], axis=2).reshape(len(a), 2 * half, -1)
    return hs if T % 2 == 0 else np.concatenate([hs, (a[:, -1] * hs[:, -1] + b[:, -1])[:, None]], axis=1)


@exercise.mistake(
    "You add up the terms b as they are. What came in at step s meets all factors after it, as h_0 meets all."
)
def terms_without_factors(a, b, h_0):
    return np.cumprod(a, axis=1) * h_0[:, None] + np.cumsum(b, axis=1)
