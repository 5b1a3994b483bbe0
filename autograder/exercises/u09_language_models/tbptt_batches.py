"""Exercise `tbptt-batches`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.batching import TextBatch, tbptt_batches

exercise = Exercise("tbptt-batches", "A long text in pieces", tbptt_batches)


def _pieces(student: StudentFunction, rng: np.random.Generator, N: int, B: int, T: int):
    """Inputs and targets, as they came and as they should have, (pieces, B, T)."""
    ids = rng.permutation(N) + 1
    pieces: Any = student(ids, B, T)
    if not isinstance(pieces, list | tuple):
        raise CheckFailed("return a list of pieces, each with inputs and targets")
    taken = [expect_parts(piece, "inputs", "targets") for piece in pieces]
    return [part[0] for part in taken], [part[1] for part in taken], *_place_by_place(ids, B, T)


def _place_by_place(ids: np.ndarray, B: int, T: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    steps = (len(ids) - 1) // B
    starts = [k * T for k in range(steps // T)]
    inputs, targets = (
        [np.array([[ids[b * steps + k + t + ahead] for t in range(T)] for b in range(B)]) for k in starts]
        for ahead in (0, 1)
    )
    return inputs, targets


@exercise.check("what is read: each row goes on where it ended", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    inputs, _, want, _ = _pieces(student, rng, N=61, B=3, T=5)
    expect_same(inputs, want, "inputs", "Row b of all pieces, one after the other, is stream b.")


@exercise.check("what is to be answered, at the end of a piece too", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _, targets, _, want = _pieces(student, rng, N=57, B=4, T=7)
    expect_same(targets, want, "targets", "The last target of a piece is the first input of the next.")


@exercise.check("a text with room for one piece", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    inputs, targets, want_inputs, want_targets = _pieces(student, rng, N=13, B=3, T=4)
    expect_same(inputs, want_inputs, "inputs", "12 inputs have a target: 3 rows of 4.")
    expect_same(targets, want_targets, "targets")


@exercise.check("each id is read once, and answered by the next one", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    taken = _pieces(student, rng, N=37, B=3, T=4)
    inputs, targets, want_inputs, want_targets = (np.ravel(np.concatenate(part)) for part in taken)
    order = np.argsort(inputs, kind="stable")
    hint = "In whatever order the pieces stand, no id is lost, and none is read twice."
    expect_same(inputs[order], np.sort(want_inputs), "all that is read, sorted", hint)
    expect_same(targets[order], want_targets[np.argsort(want_inputs)], "their targets", hint)


@exercise.check("a text that does not come out even, a single stream, pieces of one step", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for N, B, T in ((48, 4, 3), (25, 1, 6), (9, 2, 1), (11, 2, 5)):
        inputs, targets, want_inputs, want_targets = _pieces(student, rng, N, B, T)
        expect_same(inputs, want_inputs, "inputs", "What does not fill the last piece is left out.")
        expect_same(targets, want_targets, "targets")


exercise.leaves_inputs(0.25)


def _cut(ids, B, T, steps=None, streams=None, starts=None, targets=None) -> list[TextBatch]:
    """Pieces with their parts laid open: the length of a stream, which ids are in it, where pieces start."""
    steps = (len(ids) - 1) // B if steps is None else steps(len(ids), B)
    rows = [ids[b * steps : b * steps + steps + 1] for b in range(B)] if streams is None else streams(ids, B, steps)
    starts = range(0, steps - T + 1, T) if starts is None else starts(steps, T)

    def piece(start: int, ahead: int) -> np.ndarray:
        return _level([row[start + ahead : start + ahead + T] for row in rows])

    pairs = [(piece(start, 0), piece(start, 1)) for start in starts]
    return [TextBatch(inputs, ys if targets is None else targets(inputs, ys)) for inputs, ys in pairs]


def _level(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows in one array, as long as the shortest."""
    shortest = min(map(len, rows))
    return np.array([row[:shortest] for row in rows])


@exercise.mistake(
    "Your pieces are cut from the text one after the other, row below row. So row b of a piece does not go on "
    "where row b of the piece before ended, and the state that is carried belongs elsewhere. Cut the text into B "
    "streams first."
)
def row_below_row(ids, B, T):
    starts = range(0, len(ids) - B * T, B * T)
    return [TextBatch(*(ids[k + a : k + a + B * T].reshape(B, T) for a in (0, 1))) for k in starts]


exercise.knob(
    _cut,
    "dealt_like_cards",
    "You deal the tokens out to the streams like cards, one to each in turn. A stream is a run of the text: its tokens "
    "are neighbours.",
    streams=lambda ids, B, steps: [ids[b::B][: steps + 1] for b in range(B)],
)

exercise.knob(
    _cut,
    "targets_are_inputs",
    "Your targets are the inputs. At each step the target is the id that comes next.",
    targets=lambda inputs, targets: inputs,
)

exercise.knob(
    _cut,
    "targets_go_round",
    "The last target of each of your pieces is the piece's own first id. Past the end of a piece the text goes on: "
    "take it from there.",
    targets=lambda inputs, targets: np.roll(inputs, -1, axis=1),
)

exercise.knob(
    _cut,
    "overlapping",
    "Your pieces overlap: each starts one step after the one before. A piece starts where the last one ended.",
    starts=lambda steps, T: range(steps - T + 1),
)

exercise.knob(
    _cut,
    "one_step_lost",
    "Between your pieces a token is read by nobody. The last target of a piece is the first input of the next.",
    starts=lambda steps, T: range(0, steps - T + 1, T + 1),
)

exercise.knob(
    _cut,
    "last_piece_missing",
    "Your last piece is missing. range leaves its end out; a stream of 5 steps has room for a piece of 5.",
    starts=lambda steps, T: range(0, steps - T, T),
)

exercise.knob(
    _cut,
    "no_room_for_the_last_target",
    "You share out all N ids as inputs. The last input needs a target, too, so a stream has (N - 1) // B steps.",
    steps=lambda N, B: N // B,
)


@exercise.mistake("Your pieces have time on the first axis. They are (B, T): a row for each stream.")
def time_first(ids, B, T):
    return [TextBatch(inputs.T, targets.T) for inputs, targets in _cut(ids, B, T)]


@exercise.mistake(
    "You keep a shorter piece at the end. What does not fill a piece is left out, so that all have the same shape."
)
def a_short_piece_at_the_end(ids, B, T):
    steps = (len(ids) - 1) // B
    rows = [np.array([ids[b * steps + a : b * steps + a + steps] for b in range(B)]) for a in (0, 1)]
    return [TextBatch(*(row[:, k : k + T] for row in rows)) for k in range(0, steps, T)]


@exercise.mistake(
    "You return two big arrays, the inputs and the targets of all pieces. A list is wanted, a pair for each."
)
def two_arrays(ids, B, T):
    pieces = _cut(ids, B, T)
    return np.array([piece.inputs for piece in pieces]), np.array([piece.targets for piece in pieces])


@exercise.mistake("Your pieces are in reverse order. The state goes from the first to the last.")
def last_piece_first(ids, B, T):
    return _cut(ids, B, T)[::-1]


@exercise.mistake("You return the first piece alone. A list of all pieces is wanted, as many as a stream has room for.")
def first_piece_alone(ids, B, T):
    return _cut(ids, B, T)[:1]


@exercise.mistake(
    "Your streams go down the columns of the text, so a stream skips B ids at each step. Its tokens are neighbours "
    "in the text: cut it into B runs."
)
def streams_down_the_columns(ids, B, T):
    steps = (len(ids) - 1) // B
    inputs, targets = (ids[a : a + B * steps].reshape(steps, B).T for a in (0, 1))
    return [TextBatch(inputs[:, k : k + T], targets[:, k : k + T]) for k in range(0, steps - T + 1, T)]


@exercise.mistake(
    "You cut the text into B parts and shift each by itself, so the last step of a stream has no target and is lost. "
    "Its target is the id after it, the first of the next stream."
)
def streams_shifted_apart(ids, B, T):
    steps = len(ids) // B
    rows = ids[: B * steps].reshape(B, steps)
    return [TextBatch(rows[:, k : k + T], rows[:, k + 1 : k + 1 + T]) for k in range(0, steps - T, T)]


@exercise.mistake(
    "The last target of each of your streams is the stream's own first id. Past its end the text goes on: take the id "
    "that stands there, the first of the next stream."
)
def streams_go_round(ids, B, T):
    steps = (len(ids) - 1) // B
    rows = ids[: B * steps].reshape(B, steps)
    targets = np.roll(rows, -1, axis=1)
    return [TextBatch(rows[:, k : k + T], targets[:, k : k + T]) for k in range(0, steps - T + 1, T)]
