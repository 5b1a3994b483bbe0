"""Exercise `greedy-decode`."""

from collections.abc import Sequence

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.decoding.greedy import greedy_decode

exercise = Exercise("greedy-decode", "Write until the end", greedy_decode)

_START = 2
_NAME = "the tokens"


class _Script:
    """A decoder that finds an end token likeliest at one step of each row, and something else before and after it.

    Its state is the number of the step and the row, so it also knows whether it was handed on.
    """

    def __init__(self, rng: np.random.Generator, ends: Sequence[int], V: int = 7):
        self.end = int(rng.integers(3, V))
        self.table = rng.normal(size=(len(ends), 30, V))
        self.table[..., self.end] = -9.0
        self.table[np.arange(len(ends)), ends, self.end] = 9.0
        self.W_e = rng.normal(size=(V, V))
        self.W_e[:, self.end] = 0.0
        self.read: list[np.ndarray] = []
        self.first = np.stack([np.zeros(len(ends), dtype=int), np.arange(len(ends))], axis=1)

    def __call__(self, tokens, state):
        tokens, state = np.array(tokens), np.array(state)
        self.read.append(tokens)
        return self.table[state[:, 1], state[:, 0]] + self.W_e[tokens], state + np.array([1, 0])

    def right(self, T: int, start: int = _START) -> np.ndarray:
        """The oracle: each row written alone."""
        rows = []
        for state in self.first[:, None]:
            token, row = start, []
            while len(row) < T and self.end not in row:
                scores, state = self(np.array([token]), state)
                token = int(np.argmax(scores[0]))
                row.append(token)
            rows.append(row)
        self.read.clear()
        n = max(map(len, rows))
        return np.array([row + [self.end] * (n - len(row)) for row in rows])


def _run_greedy(student: StudentFunction, rng: np.random.Generator, ends: Sequence[int], T: int):
    script = _Script(rng, ends)
    want = script.right(T)
    return student(script, script.first, np.full(len(ends), _START), script.end, T), want, script


@exercise.check("one sentence, up to its end", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for end in (3, 5):
        got, want, _ = _run_greedy(student, rng, [end], 20)
        expect_same(got, want, _NAME, "The likeliest token of each step, the end token included, the start token not.")


@exercise.check("one token for the start and the end", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    script = _Script(rng, [4, 2])
    want = script.right(20, script.end)
    got = student(script, script.first, np.full(2, script.end), script.end, 20)
    expect_same(
        got, want, _NAME, "What ends a sentence is the end token when it is written, not when it is read first."
    )


@exercise.check("sentences that end at different steps", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_greedy(student, rng, [4, 1, 6, 0], 20)
    expect_same(got, want, _NAME, "Whoever has ended is filled up with the end token until the last one has ended too.")


@exercise.check("no more than T tokens", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want, _ = _run_greedy(student, rng, [2, 25, 4], 6)
    expect_same(got, want, _NAME, "After T tokens it is over, end or no end.")


@exercise.check("stops when all have ended", points=0.25, after="one sentence, up to its end")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, want, script = _run_greedy(student, rng, [3, 2], 25)
    if len(script.read) > want.shape[1]:
        raise CheckFailed(f"{want.shape[1]} steps were needed; the decoder was called {len(script.read)} times")


exercise.leaves_inputs(0.25)


def _greedy(
    decoder,
    state,
    start,
    end,
    T,
    best=lambda scores: np.argmax(scores, axis=1),
    fed=lambda start, tokens: tokens,
    carry=lambda first, state: state,
    over=np.all,
    fill=True,
    over_at_first=lambda start, end: np.zeros(len(start), dtype=bool),
    cut=lambda ys, start, end: ys,
):
    """Greedy decoding with its parts laid open."""
    first, tokens, done, ys = state, start, over_at_first(start, end), []
    while len(ys) < T and not (ys and over(done)):
        scores, state = decoder(fed(start, tokens), carry(first, state))
        tokens = best(scores)
        tokens = np.where(done, end, tokens) if fill else tokens
        done = done | (tokens == end)
        ys.append(tokens)
    return cut(np.stack(ys, axis=1), start, end)


exercise.knob(
    _greedy,
    "always_reads_the_start",
    "Your decoder reads the start token at every step. What it has just written is what it reads next.",
    fed=lambda start, tokens: start,
)

exercise.knob(
    _greedy,
    "state_not_carried",
    "Each of your steps begins from the first state. What a step returns is where the next begins.",
    carry=lambda first, state: first,
)

exercise.knob(
    _greedy,
    "goes_on_after_the_end",
    "A sentence that has ended goes on being written while others are not done. From its end on it is filled up with "
    "the end token.",
    fill=False,
)

exercise.knob(
    _greedy,
    "stops_with_the_first",
    "You stop as soon as one sentence has ended. The others are not done yet.",
    over=np.any,
)

exercise.knob(
    _greedy,
    "never_stops",
    "You write T tokens whatever happens. Stop when all sentences have ended.",
    over=lambda done: False,
)

exercise.knob(
    _greedy,
    "start_included",
    "Your result begins with the start token. It is read, not written.",
    cut=lambda ys, start, end: np.concatenate([start[:, None], ys], axis=1),
)

exercise.knob(
    _greedy,
    "end_left_out",
    "The end token of the longest sentence is missing. It was written, so it belongs to the result.",
    cut=lambda ys, start, end: ys[:, :-1],
)

exercise.knob(
    _greedy,
    "padded_with_zeros",
    "Sentences that have ended are filled up with 0 in your result. Fill up with the end token.",
    cut=lambda ys, start, end: np.where(np.cumsum(ys == end, axis=1) > 1, 0, ys),
)

exercise.knob(
    _greedy,
    "likeliest_among_the_rows",
    "Your argmax runs along the wrong axis. Each row has scores of its own, one for each token of the vocabulary.",
    best=lambda scores: np.argmax(scores, axis=0)[np.arange(len(scores)) % scores.shape[1]],
)

exercise.knob(
    _greedy,
    "least_likely",
    "You take the token with the lowest score.",
    best=lambda scores: np.argmin(scores, axis=1),
)


@exercise.mistake("Your tokens have time on the first axis. In this course the batch comes first.")
def time_first(decoder, state, start, end, T):
    return _greedy(decoder, state, start, end, T).T


@exercise.mistake("You write T - 1 tokens at most. The start token does not count.")
def one_too_few(decoder, state, start, end, T):
    return _greedy(decoder, state, start, end, max(T - 1, 1))


@exercise.mistake("You write T + 1 tokens at most. T of them are wanted.")
def one_too_many(decoder, state, start, end, T):
    return _greedy(decoder, state, start, end, T + 1)


exercise.knob(
    _greedy,
    "end_cut_off_once_all_have_ended",
    "When all have ended, the end token of the sentence that took longest is missing. It was written, so it belongs to "
    "the result.",
    cut=lambda ys, start, end: ys[:, :-1] if np.all(ys[:, -1] == end) else ys,
)

exercise.knob(
    _greedy,
    "one_argmax_for_all",
    "All your sentences get one and the same token, from one argmax over the whole batch. Each row has its own.",
    best=lambda scores: np.full(len(scores), np.argmax(scores)),
)


@exercise.mistake(
    "All columns of your result are the same: it holds one and the same array at each step, which you went on "
    "changing. Make a new array at each step, or keep a copy."
)
def one_array_for_all_steps(decoder, state, start, end, T):
    ys = _greedy(decoder, state, start, end, T)
    return np.repeat(ys[:, -1:], ys.shape[1], axis=1)


@exercise.mistake("Your sentences end with token 3. Which token ends a sentence is handed in.")
def three_is_the_end(decoder, state, start, end, T):
    return _greedy(decoder, state, start, 3, T)


exercise.knob(
    _greedy,
    "over_before_it_began",
    "Where the start token is also the end token, your sentences are over before the first word. Only a token that was "
    "written ends a sentence.",
    over_at_first=lambda start, end: start == end,
)


@exercise.mistake("Your first row writes for all. Each row has a best word of its own: argmax along axis 1.")
def first_row_writes_for_all(decoder, state, start, end, T):
    return _greedy(decoder, state, start, end, T, best=lambda scores: np.argmax(scores, axis=1)[:1].repeat(len(start)))


exercise.knob(
    _greedy,
    "last_tokens_alone",
    "You return the last tokens alone. All that were written are wanted.",
    cut=lambda ys, start, end: ys[:, -1],
)
