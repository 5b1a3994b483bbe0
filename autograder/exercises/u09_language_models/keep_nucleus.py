"""Exercise `keep-nucleus`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.decoding import keep_nucleus

exercise = Exercise("keep-nucleus", "The nucleus of a distribution", keep_nucleus)


def _draw(rng: np.random.Generator, B: int, V: int) -> np.ndarray:
    """Log-probabilities that tell: every sum of them is far from the p that the checks ask for."""
    return np.log(rng.dirichlet(np.full(V, 0.7), size=B))


def _levels(scores: np.ndarray, n: int) -> float:
    """A p between what the n - 1 and the n likeliest tokens of the first row have together."""
    probs = np.sort(np.exp(scores[0]) / np.exp(scores[0]).sum())[::-1]
    return float(probs[: n - 1].sum() + 0.5 * probs[n - 1])


def _want(scores: np.ndarray, p: float) -> np.ndarray:
    """Token by token, from the likeliest on, until p is reached."""
    want = np.full(scores.shape, -np.inf)
    for row, kept in zip(scores, want, strict=True):
        probs, total = np.exp(row) / np.exp(row).sum(), 0.0
        for v in sorted(range(len(row)), key=lambda v: -row[v]):
            if total >= p:
                break
            kept[v], total = row[v], total + probs[v]
    return want


_HINT = "Keep the fewest tokens that reach p together, the likeliest first; the others get -∞."


@exercise.check("the likeliest tokens keep their scores and places", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores = _draw(rng, B=1, V=8)
    kept = np.ravel(np.asarray(student(scores, _levels(scores, 4))) == scores)
    if not 0 < kept.sum() < 8:
        raise CheckFailed(f"of 8 tokens some are to be kept and some not; {kept.sum()} have their scores still")
    likeliest = np.argsort(-scores[0])[: kept.sum()]
    expect_same(np.flatnonzero(kept), np.sort(likeliest), "the tokens that have their scores still", _HINT)


@exercise.check("one row", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for n in (3, 2):
        scores = _draw(rng, B=1, V=6)
        p = _levels(scores, n)
        expect_same(student(scores, p), _want(scores, p), "the scores", _HINT)


@exercise.check("each row has a nucleus of its own", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores = _draw(rng, B=5, V=7)
    scores[1] = np.log(np.full(7, 1e-3)) + np.where(np.arange(7) == 4, 8.0, 0.1 * np.arange(7))
    scores[2] = 0.01 * rng.permutation(7)
    p = 0.8 + 0.05 * rng.random()
    expect_same(student(scores, p), _want(scores, p), "the scores", _HINT)


@exercise.check(
    "scores that are no probabilities yet", points=0.5, after="the likeliest tokens keep their scores and places"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores = _draw(rng, B=1, V=5)
    p = _levels(scores, 3)
    kept, lifted = (np.asarray(student(some, p)) == some for some in (scores, scores + 3.0))
    expect_same(lifted, kept, "what is kept of scores that are all higher by 3", "softmax first: it minds no constant.")


@exercise.check("p = 1 rules out nothing", points=0.25, after="the likeliest tokens keep their scores and places")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores = _draw(rng, B=2, V=5)
    expect_same(student(scores, 1.0), scores, "the scores", "All together have the probability 1.")
    scores = np.where(np.arange(5) == rng.integers(5), -np.inf, scores)
    scores = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expect_same(student(scores, 1.0), scores, "the scores", "All together have the probability 1.")


@exercise.check("a small p keeps the likeliest token", points=0.25, after="one row")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores = _draw(rng, B=2, V=5)
    expect_same(student(scores, 1e-6), _want(scores, 1e-6), "the scores", "One token is always kept.")
    scores = np.where(np.arange(5) == scores.argmin(axis=1)[:, None], -np.inf, scores)
    scores = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expect_same(student(scores, 1e-6), _want(scores, 1e-6), "the scores", "One token is always kept.")


exercise.leaves_inputs(0.25)


def _nucleus(scores, p, probs=None, outside=None, kept=None, ascending=False):
    """The nucleus with its parts laid open; `outside(probability, total)` of tokens in descending order."""
    scores = np.asarray(scores, dtype=float)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    e = e / e.sum(axis=1, keepdims=True) if probs is None else probs(scores)
    order = np.argsort(e if ascending else -e, axis=1, kind="stable")
    sorted_probs = np.take_along_axis(e, order, axis=1)
    total = np.cumsum(sorted_probs, axis=1)
    out = total - sorted_probs >= p if outside is None else outside(sorted_probs, total, p)
    ruled_out = np.zeros_like(out)
    np.put_along_axis(ruled_out, order, out, axis=1)
    return np.where(ruled_out, -np.inf, scores) if kept is None else kept(scores, e, ruled_out)


exercise.knob(
    _nucleus,
    "stops_before_p",
    "You keep one token too few: together yours do not reach p. The token with which p is reached is in.",
    outside=lambda probs, total, p: total >= p,
)


@exercise.mistake(
    "You keep every token whose own probability reaches p. What has to reach p is the sum of those that are kept."
)
def each_by_itself(scores, p):
    return _nucleus(scores, p, outside=lambda probs, total, p: probs < p)


@exercise.mistake(
    "You keep every token that is at least 1 - p likely. The nucleus asks for the sum of those that are kept."
)
def unlikely_ones_out(scores, p):
    return _nucleus(scores, p, outside=lambda probs, total, p: probs < 1.0 - p)


exercise.knob(
    _nucleus,
    "unlikeliest_first",
    "You fill the nucleus from its unlikeliest token on. Sort from the likeliest down.",
    ascending=True,
)

exercise.knob(
    _nucleus,
    "raw_scores_added",
    "You add up scores, not probabilities. softmax makes probabilities of them; exp does so only if they are log-"
    "probabilities.",
    probs=lambda scores: np.exp(scores),
)

exercise.knob(
    _nucleus,
    "zero_for_ruled_out",
    "You set the scores of tokens that are ruled out to 0. A score of 0 is a fine score: exp(0) = 1. The score that no "
    "token can be drawn with is -∞.",
    kept=lambda scores, probs, out: np.where(out, 0.0, scores),
)

exercise.knob(
    _nucleus,
    "probabilities_returned",
    "You return probabilities. What goes on to the next tool are scores: those that were handed in, or -∞.",
    kept=lambda scores, probs, out: np.where(out, 0.0, probs),
)

exercise.knob(
    _nucleus,
    "log_probabilities_returned",
    "You return log-probabilities. They make sorting easier, but what you keep are the scores that were handed in.",
    kept=lambda scores, probs, out: np.where(out, -np.inf, np.log(probs)),
)

exercise.knob(
    _nucleus,
    "scores_changed",
    "The scores that you keep are not those that were handed in. They stay as they are: the draw makes probabilities "
    "of what is left.",
    kept=lambda scores, probs, out: np.where(
        out, -np.inf, np.log(np.where(out, 1.0, probs) / np.sum(np.where(out, 0.0, probs), axis=1, keepdims=True))
    ),
)


@exercise.mistake(
    "Your result is in sorted order. Each token keeps its place, or what is drawn is another token: undo the sorting."
)
def sorted_order(scores, p):
    return -np.sort(-_nucleus(scores, p), axis=1)


@exercise.mistake(
    "You look up in sorted order what belongs to tokens in their own order, the wrong way round. `order` says which "
    "token has a rank; `ranks` says which rank a token has."
)
def order_for_ranks(scores, p):
    scores = np.asarray(scores, dtype=float)
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    order = np.argsort(-probs, axis=1, kind="stable")
    ranked = np.take_along_axis(probs, order, axis=1)
    outside = np.cumsum(ranked, axis=1) - ranked >= p
    return np.where(np.take_along_axis(outside, order, axis=1), -np.inf, scores)


@exercise.mistake("You add up in the order of the vocabulary. The nucleus takes the likeliest tokens: sort first.")
def not_sorted(scores, p):
    scores = np.asarray(scores, dtype=float)
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return np.where(np.cumsum(probs, axis=1) - probs >= p, -np.inf, scores)


@exercise.mistake("You take the nucleus of the first row for all rows. Each row is a distribution of its own.")
def one_nucleus_for_all(scores, p):
    return np.where(np.isinf(_nucleus(scores[:1], p)), -np.inf, scores)


@exercise.mistake("You rule out the nucleus and keep the rest. It is the likely tokens that stay.")
def turned_round(scores, p):
    return np.where(np.isinf(_nucleus(scores, p)), scores, -np.inf)


@exercise.mistake(
    "You give tokens that are ruled out a very low score. However low, they could be drawn; the score of what is "
    "impossible is -∞."
)
def a_very_low_score(scores, p):
    return np.where(np.isinf(_nucleus(scores, p)), -1e9, scores)


@exercise.mistake("You keep the share p of the vocabulary. The nucleus has the share p of the probability.")
def a_share_of_the_vocabulary(scores, p):
    ranks = np.argsort(np.argsort(-np.asarray(scores), axis=1, kind="stable"), axis=1)
    return np.where(ranks >= np.ceil(p * np.shape(scores)[1]), -np.inf, scores)


@exercise.mistake(
    "Your nucleus has the probability 1 - p. The tail that is ruled out has about 1 - p; what is kept has p."
)
def one_minus_p(scores, p):
    return _nucleus(scores, 1.0 - p)


@exercise.mistake("Your rows share one sum. Each row is a distribution of its own: look at the axis of your sums.")
def probabilities_of_the_whole_batch(scores, p):
    return _nucleus(scores, p, probs=lambda scores: np.exp(scores) / np.exp(scores).sum())


exercise.knob(
    _nucleus,
    "scores_added",
    "You add up the scores themselves. What has to reach p are probabilities: softmax makes them of scores.",
    probs=lambda scores: scores,
)

exercise.knob(
    _nucleus,
    "one_too_many",
    "You keep one token too many: without your last one the others reach p already. The token with which p is reached "
    "is the last that is in.",
    outside=lambda probs, total, p: np.pad(total - probs, ((0, 0), (1, 0)))[:, :-1] >= p,
)
