"""Exercise `beam-search`."""

from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from autograder.exercises.u09_language_models.shared import (
    Decoder,
    V,
    all_sequences,
    draw_begin,
    draw_decoder,
    log_p_of,
    step_of,
)
from rnncore.functional.base import map_tree
from rnncore.functional.decoding import Hypothesis, beam_search

exercise = Exercise("beam-search", "The likeliest sentence, nearly", beam_search)


def _narrow(decoder: Decoder, state: Any, start: int, end: int, T: int, width: int) -> list[Hypothesis]:
    """Beam search that scores every candidate from its beginning, whatever that costs."""
    open_ones, ended = [()], []
    for _ in range(T):
        longer = [(*ids, v) for ids in open_ones for v in range(V)]
        scored = sorted(((log_p_of(decoder, state, start, ids), ids) for ids in longer), reverse=True)
        best = scored[: width - len(ended)]
        ended += [pair for pair in best if pair[1][-1] == end]
        open_ones = [ids for _, ids in best if ids[-1] != end]
    found = ended + [(log_p_of(decoder, state, start, ids), ids) for ids in open_ones]
    return _ranked([Hypothesis(list(ids), log_p) for log_p, ids in found])


def _ranked(found: list[Hypothesis], alpha: float = 0.0, more: int = 0) -> list[Hypothesis]:
    """Best first, by log P over the length to the power of alpha; `more` tokens are added to the length."""
    return sorted(found, key=lambda y: y.log_prob / max(1, len(y.ids) + more) ** alpha, reverse=True)


def _draw(rng: np.random.Generator, ends_late: bool = False) -> tuple[Decoder, Any, np.ndarray, int]:
    """A decoder with a state in two parts, the state, what it reads first, and the end token."""
    end = int(rng.integers(V))
    decoder = draw_decoder(rng, scale=1.5)
    dislikes = np.where(np.arange(V) == end, -2.0 if ends_late else -0.5, 0.0)

    def ending(tokens: Any, state: Any) -> tuple[np.ndarray, Any]:
        scores, h = decoder(tokens, 0.5 * (np.asarray(state[0]) + np.asarray(state[1])))
        return scores + dislikes, (h, h)

    h, start = draw_begin(rng, 1)
    return ending, (h, h), start, end


def _compare(got: Any, want: list[Hypothesis]) -> None:
    """Token by token, then number by number."""
    if (
        not isinstance(got, list | tuple)
        or not got
        or not all(isinstance(y, list | tuple) and len(y) == 2 for y in got)
    ):
        raise CheckFailed("return a list of hypotheses, each with ids and log_prob")
    ids = [np.ravel(np.asarray(y[0])).tolist() for y in got]
    expect_same(ids, [y.ids for y in want], "the tokens of the hypotheses", "Best first; the last one may be the end.")
    expect_same([y[1] for y in got], [y.log_prob for y in want], "log_prob", "The sum over all tokens, the end too.")


@exercise.check("one hypothesis: the likeliest token at every step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    decoder, state, start, end = _draw(rng, ends_late=True)
    want = _narrow(decoder, state, int(start[0]), end, 6, width=1)
    _compare(student(decoder, state, start, end, 6, 1), want)


@exercise.check("as many hypotheses as there are sequences: nothing is missed", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    decoder, state, start, end = _draw(rng)
    scored = [(log_p_of(decoder, state, int(start[0]), ids), ids) for ids in all_sequences(end, 3)]
    want = [Hypothesis(list(ids), log_p) for log_p, ids in sorted(scored, reverse=True)]
    _compare(student(decoder, state, start, end, 3, 200), want)


@exercise.check("a narrow beam: the best extensions of all hypotheses together", points=1)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for width, T in ((2, 5), (3, 6)):
        while True:  # until, of the smaller beam, none ends
            decoder, state, start, end = _draw(rng, ends_late=True)
            want = _narrow(decoder, state, int(start[0]), end, T, width)
            if width > 2 or all(y.ids[-1] != end for y in want):
                break
        _compare(student(decoder, state, start, end, T, width), want)


@exercise.check("hypotheses that end are kept, and take up their place", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    decoder, state, start, end = _early(rng)
    want = _narrow(decoder, state, int(start[0]), end, 5, width=3)
    _compare(student(decoder, state, start, end, 5, 3), want)


@exercise.check(
    "ranked by the logarithm over the length", points=0.5, after="one hypothesis: the likeliest token at every step"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for alpha in (1.0, 0.6):
        while True:  # until the length tells, whichever way it is taken into account
            decoder, state, start, end = _early(rng)
            found = _narrow(decoder, state, int(start[0]), end, 5, width=4)
            ways = [(alpha, 0), (0.0, 0), (-alpha, 0), (alpha, -1), (alpha, 5), *[(1.0, 0)] * (alpha < 1.0)]
            want, *others = [_ranked(found, a, n) for a, n in ways]
            if want not in others and others[0] not in others[1:] and others[3] not in others[:3]:
                break
        _compare(student(decoder, state, start, end, 5, 4, alpha), want)


exercise.leaves_inputs(0.25)


def _early(rng: np.random.Generator) -> tuple[Decoder, Any, np.ndarray, int]:
    """A decoder whose beam has a hypothesis that ends before the others."""
    while True:
        decoder, state, start, end = _draw(rng)
        found = _narrow(decoder, state, int(start[0]), end, 5, width=3)
        if len({len(y.ids) for y in found}) > 1 and found[0].ids != [end]:
            return decoder, state, start, end


def _searched(
    decoder,
    state,
    start,
    end,
    T,
    width,
    alpha=0.0,
    rows=lambda parents: parents,
    add=lambda before, log_p: before[:, None] + log_p,
    chosen=None,
    room=lambda width, ended: width - len(ended),
    ends=True,
    score=None,
    shown=lambda y: y,
    finish=None,
):
    """Beam search with its parts laid open."""
    score = score or (lambda y: y.log_prob / len(y.ids) ** alpha)
    tokens, memory, active, ended = np.asarray(start), state, [Hypothesis([], 0.0)], []
    for _ in range(T):
        log_p, memory = step_of(decoder, tokens, memory)
        totals = add(np.array([y.log_prob for y in active]), log_p)
        n = room(width, ended)
        best = np.argsort(-totals, axis=None, kind="stable")[:n] if chosen is None else chosen(totals)[:n]
        pairs = [divmod(int(place), totals.shape[1]) for place in best]
        longer = [(k, Hypothesis([*active[k].ids, v], float(totals[k, v]))) for k, v in pairs]
        ended += [y for _, y in longer if ends and y.ids[-1] == end]
        longer = [(k, y) for k, y in longer if not (ends and y.ids[-1] == end)]
        active = [y for _, y in longer]
        if not active or (finish is not None and finish(ended)):
            break
        parents = rows(np.array([k for k, _ in longer]))
        memory = map_tree(lambda part, rows=parents: np.take(part, rows, axis=0, mode="clip"), memory)
        tokens = np.array([y.ids[-1] for y in active])
    return [shown(y) for y in sorted([*ended, *active], key=score, reverse=True)]


@exercise.mistake(
    "Your hypotheses go on with states that belong to others. When a hypothesis is extended, its state goes with it: "
    "take the rows of the parents."
)
def state_of_another(decoder, state, start, end, T, width, alpha=0.0):
    def rows(parents):
        return np.arange(len(parents)) % (parents.max() + 1)

    return _searched(decoder, state, start, end, T, width, alpha, rows=rows)


exercise.knob(
    _searched,
    "states_stay_where_they_are",
    "The states keep their rows, while your hypotheses change theirs: an extension goes on with the state of another. "
    "Take the rows of the parents.",
    rows=lambda parents: np.arange(len(parents)),
)

exercise.knob(
    _searched,
    "one_extension_each",
    "You extend each hypothesis by its likeliest token alone. All extensions of all hypotheses compete, and the best "
    "may have the same parent.",
    chosen=lambda totals: (
        np.arange(len(totals)) * totals.shape[1] + totals.argmax(axis=1)
        if len(totals) > 1
        else np.argsort(-totals, axis=None, kind="stable")
    ),
)

exercise.knob(
    _searched,
    "only_the_last_token_counts",
    "You rank by the last token alone. A hypothesis is as probable as all its tokens together: add their logarithms.",
    add=lambda before, log_p: log_p + 0.0 * before[:, None],
)

exercise.knob(
    _searched,
    "goes_on_after_the_end",
    "You extend hypotheses that have ended. After the end token nothing comes: put them aside.",
    ends=False,
)

exercise.knob(
    _searched,
    "ended_ones_make_room",
    "Hypotheses that have ended take up no place in your beam, so it keeps more than `width`. Count them: width minus "
    "those that have ended stay open.",
    room=lambda width, ended: width,
)

exercise.knob(
    _searched,
    "stops_at_the_first_end",
    "You stop as soon as one hypothesis ends. Others may still become better.",
    finish=bool,
)


@exercise.mistake("The length has no effect on your ranking. Divide log P by n to the power of alpha.")
def length_ignored(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T, width)


@exercise.mistake("You multiply by the length where (9.13) divides, so that long hypotheses lose even more.")
def multiplied_by_the_length(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T, width, score=lambda y: y.log_prob * len(y.ids) ** alpha)


@exercise.mistake("You divide by the number of tokens whatever alpha is. With alpha = 0 the length does not matter.")
def always_normalised(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T, width, 1.0)


@exercise.mistake("Your log_prob is divided by the length. Only the ranking is; log_prob stays log P.")
def normalised_log_prob(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(
        decoder, state, start, end, T, width, alpha, shown=lambda y: Hypothesis(y.ids, y.log_prob / len(y.ids))
    )


@exercise.mistake("Your hypotheses stand worst first. The best comes first.")
def worst_first(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T, width, alpha)[::-1]


@exercise.mistake(
    "Your hypotheses lack the end token. It has a probability like any other, and says that the hypothesis is "
    "finished: it stays in ids.",
)
def end_left_out(decoder, state, start, end, T, width, alpha=0.0):
    found = _searched(decoder, state, start, end, T, width, alpha)
    return [Hypothesis([i for i in y.ids if i != end], y.log_prob) for y in found]


@exercise.mistake("You return the best hypothesis alone. A list of all that the beam holds is wanted, best first.")
def the_best_alone(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T, width, alpha)[:1]


@exercise.mistake("Your hypotheses begin with `start`. That is what the decoder reads first; it is not written.")
def start_included(decoder, state, start, end, T, width, alpha=0.0):
    found = _searched(decoder, state, start, end, T, width, alpha)
    return [Hypothesis([int(start[0]), *y.ids], y.log_prob) for y in found]


@exercise.mistake("You stop one token too early. A hypothesis may have T tokens.")
def one_step_too_few(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T - 1, width, alpha)


@exercise.mistake(
    "Hypotheses that are still open after T tokens are lost. They are candidates, too: the end need not be reached."
)
def open_ones_lost(decoder, state, start, end, T, width, alpha=0.0):
    found = _searched(decoder, state, start, end, T, width, alpha)
    return [y for y in found if y.ids[-1] == end]


@exercise.mistake("Your log_prob is a probability. Return its logarithm.")
def probability_returned(decoder, state, start, end, T, width, alpha=0.0):
    found = _searched(decoder, state, start, end, T, width, alpha)
    return [Hypothesis(y.ids, float(np.exp(y.log_prob))) for y in found]


@exercise.mistake("You leave the end token out of the length. It is a token of the hypothesis: n counts it.")
def length_without_the_end(decoder, state, start, end, T, width, alpha=0.0):
    def score(y):
        return y.log_prob / max(1, len(y.ids) - 1) ** alpha

    return _searched(decoder, state, start, end, T, width, score=score)


@exercise.mistake(
    "All your hypotheses go on with the state of the first. When a hypothesis is extended, its own state goes with it: "
    "take the rows of the parents."
)
def state_of_the_first(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T, width, alpha, rows=np.zeros_like)


@exercise.mistake("Your log_prob is a cost, which is positive. Return log P, which is negative.")
def a_cost(decoder, state, start, end, T, width, alpha=0.0):
    found = _searched(decoder, state, start, end, T, width, alpha)
    return [Hypothesis(y.ids, -y.log_prob) for y in found]


@exercise.mistake("Your list stands in order of length. The best comes first, by (9.13).")
def shortest_first(decoder, state, start, end, T, width, alpha=0.0):
    return sorted(_searched(decoder, state, start, end, T, width, alpha), key=lambda y: len(y.ids))


@exercise.mistake(
    "Hypotheses that are still open after T tokens are lost as soon as another has ended. They are candidates like "
    "those that ended; only the rank decides."
)
def open_ones_lost_beside_ended(decoder, state, start, end, T, width, alpha=0.0):
    found = _searched(decoder, state, start, end, T, width, alpha)
    return [y for y in found if y.ids[-1] == end] or found


@exercise.mistake(
    "Hypotheses that have ended take up no place in your beam; you keep the `width` best of too many at the end. Width "
    "minus those that have ended stay open."
)
def too_many_open(decoder, state, start, end, T, width, alpha=0.0):
    return _searched(decoder, state, start, end, T, width, alpha, room=lambda width, ended: width)[:width]


@exercise.mistake("You divide by n times alpha. In (9.13) alpha is an exponent of n.")
def alpha_as_a_factor(decoder, state, start, end, T, width, alpha=0.0):
    def score(y):
        return y.log_prob / (len(y.ids) * alpha if alpha else 1)

    return _searched(decoder, state, start, end, T, width, score=score)


@exercise.mistake(
    "You divide by ((5 + n) / 6) to the power of alpha, as a translator of 2016 did. In (9.13) it is n itself."
)
def length_and_five(decoder, state, start, end, T, width, alpha=0.0):
    def score(y):
        return y.log_prob / ((5 + len(y.ids)) / 6) ** alpha

    return _searched(decoder, state, start, end, T, width, score=score)
