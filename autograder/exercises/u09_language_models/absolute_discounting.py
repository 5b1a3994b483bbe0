"""Exercise `absolute-discounting`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.tasks.ngram import absolute_discounting

exercise = Exercise("absolute-discounting", "Something for what was never seen", absolute_discounting)


def _draw(rng: np.random.Generator, V: int, seen: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of `seen` tokens, one of them once and one of them often, and probabilities of all."""
    counts = np.zeros(V)
    places = rng.permutation(V)[:seen]
    counts[places] = rng.integers(2, 9, size=seen)
    counts[places[:1]] = 1.0
    return counts, rng.dirichlet(np.ones(V))


def _want(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
    """Token by token: what is taken from the counts goes into a pot, and is given out."""
    pot, kept = 0.0, []
    for count in counts:
        taken = min(float(count), discount)
        pot, kept = pot + taken, [*kept, float(count) - taken]
    return np.array([(one + pot * share) / counts.sum() for one, share in zip(kept, lower, strict=True)])


@exercise.check("tokens that were seen, and tokens that were not", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    counts, lower = _draw(rng, V=7, seen=4)
    expect_same(student(counts, lower), _want(counts, lower, 0.75), "the probabilities", "Compare with (9.7).")


@exercise.check("another discount", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for discount in (0.5, 1.0, 0.0):
        counts, lower = _draw(rng, V=6, seen=3)
        got = student(counts, lower, discount)
        expect_same(got, _want(counts, lower, discount), "the probabilities", "d is an argument, from 0 to 1.")


@exercise.check(
    "a context after which nothing was counted", points=0.25, after="tokens that were seen, and tokens that were not"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    lower = _draw(rng, V=5, seen=2)[1]
    expect_same(student(np.zeros(5), lower), lower, "the probabilities", "There is nothing to divide by.")


@exercise.check("counts that are whole numbers, and a vocabulary of which all was seen", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    counts, lower = _draw(rng, V=5, seen=5)
    expect_same(student(counts.astype(int), lower), _want(counts, lower, 0.75), "the probabilities")
    counts += rng.uniform(0.1, 0.9, size=5)
    expect_same(student(counts, lower), _want(counts, lower, 0.75), "the probabilities")


exercise.leaves_inputs(0.25)


def _discounted(counts, lower, discount=0.75, kept=None, pot=None, given=None, total=None):
    """Absolute discounting with its parts laid open."""
    counts = np.asarray(counts, dtype=float)
    if counts.sum() == 0:
        return lower
    kept = np.maximum(counts - discount, 0.0) if kept is None else kept(counts, discount)
    pot = discount * np.sum(counts > 0) if pot is None else pot(counts, discount)
    given = pot * lower if given is None else given(pot, lower, counts)
    return (kept + given) / (counts.sum() if total is None else total(counts))


exercise.knob(
    _discounted,
    "below_zero",
    "You take the discount from tokens that were never seen, too, so that they go below zero. From 0 nothing can be "
    "taken.",
    kept=lambda counts, d: counts - d,
)

exercise.knob(
    _discounted,
    "nothing_given_out",
    "What you take off the counts is lost: your probabilities sum to less than 1, and what was never seen still has "
    "none. It is given out in the proportions of `lower`.",
    pot=lambda counts, d: 0.0,
)

exercise.knob(
    _discounted,
    "given_out_evenly",
    "You give out the same to every token. It goes to those that are likely after the shorter context: `lower` says "
    "which.",
    given=lambda pot, lower, counts: pot / len(counts),
)

exercise.knob(
    _discounted,
    "taken_once",
    "You give out the discount once. It was taken from each token that was seen: how many were those?",
    pot=lambda counts, d: d,
)

exercise.knob(
    _discounted,
    "as_many_as_tokens",
    "You give out the discount as many times as there are tokens in the vocabulary. It was taken only from those that "
    "were seen.",
    pot=lambda counts, d: d * len(counts),
)

exercise.knob(
    _discounted,
    "as_many_as_counts",
    "You give out the discount once for each count. It is taken once from each different token, however often that was "
    "seen.",
    pot=lambda counts, d: d * counts.sum(),
)

exercise.knob(
    _discounted,
    "given_to_unseen_only",
    "You give what was taken only to tokens that were not seen, as backing off does. In (9.7) every token gets a part.",
    given=lambda pot, lower, counts: np.where(counts > 0, 0.0, pot * lower),
)

exercise.knob(
    _discounted,
    "divided_by_tokens",
    "You divide by how many different tokens were seen. The counts are shares of all that was counted.",
    total=lambda counts: np.sum(counts > 0),
)


@exercise.mistake(
    "Your result is what a fixed mixture gives, (1 - d) of the shares and d of `lower`. Here d is taken off each "
    "count, so that frequent tokens lose little."
)
def mixed_in_fixed_parts(counts, lower, discount=0.75):
    if np.sum(counts) == 0:
        return lower
    return (1.0 - discount) * counts / np.sum(counts) + discount * lower


@exercise.mistake(
    "You add one to every count. That, too, leaves something for what was never seen, but the same for every token."
)
def one_added(counts, lower, discount=0.75):
    return (counts + 1.0) / (np.sum(counts) + len(counts))


@exercise.mistake(
    "You return no probabilities where nothing was counted. Then all that is known is the shorter context."
)
def nothing_from_nothing(counts, lower, discount=0.75):
    if np.sum(counts) == 0:
        return np.zeros_like(lower)
    return _discounted(counts, lower, discount)


@exercise.mistake("Your discount is always the same. It is an argument; 0.75 is only where it is not given.")
def discount_ignored(counts, lower, discount=0.75):
    return _discounted(counts, lower)


@exercise.mistake("Your counts keep all they had. What is given to others has to be taken from somebody: see (9.7).")
def nothing_taken(counts, lower, discount=0.75):
    return _discounted(counts, lower, discount, kept=lambda counts, d: counts)


exercise.knob(
    _discounted,
    "given_to_unseen_in_full",
    "You give all that was taken to tokens that were not seen, as backing off does. In (9.7) every token gets a part.",
    given=lambda pot, lower, counts: np.where(counts > 0, 0.0, pot * lower / max(lower[counts == 0].sum(), 1e-9)),
)

exercise.knob(
    _discounted,
    "given_without_discount",
    "You give out a whole count for each token that was seen. Only d was taken from each.",
    pot=lambda counts, d: np.sum(counts > 0),
)

exercise.knob(
    _discounted,
    "seen_once_left_out",
    "You leave out tokens that were seen once when you count from how many d was taken. It was taken from them, too.",
    pot=lambda counts, d: d * np.sum(counts > 1),
)


@exercise.mistake("You divide by what is left of the counts. The shares are shares of all that was counted.")
def divided_by_what_is_left(counts, lower, discount=0.75):
    def total(counts):
        left = np.maximum(counts - discount, 0.0).sum()
        return left if left > 0 else counts.sum()

    return _discounted(counts, lower, discount, total=total)


@exercise.mistake(
    "Where nothing was counted you make all tokens equally likely. The shorter context, `lower`, knows better."
)
def even_from_nothing(counts, lower, discount=0.75):
    if np.sum(counts) == 0:
        return np.full(len(lower), 1.0 / len(lower))
    return _discounted(counts, lower, discount)
