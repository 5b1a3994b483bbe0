"""Exercise `bidirectional`."""

from typing import Any

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u07_deep_bidirectional_recursive.shared import (
    draw_lstm_state,
    draw_rnn_state,
    torch_layer_values,
)
from rnncore.functional.base.pytree import map_tree
from rnncore.functional.cells import lstm_step, rnn_step
from rnncore.functional.cells.lstm import init_lstm_params
from rnncore.functional.cells.rnn import init_rnn_params
from rnncore.functional.sequence.bidirectional import bidirectional
from rnncore.functional.sequence.padding import Lengths, reverse_padded, unroll_padded
from rnncore.functional.sequence.padding import reverse_padded as right_reverse
from rnncore.functional.sequence.unroll import unroll

exercise = Exercise("bidirectional", "Read in both directions", bidirectional, uses=[reverse_padded])


_BOTH = "the hidden states", "the last states of both cells", "the caches of both cells"


def _run_both(student: StudentFunction, rng: np.random.Generator, T: int, lengths: Lengths, lstm: bool = False):
    B, D, H = len(lengths), 2, 3
    make, fresh, step = (
        (draw_lstm_state, init_lstm_params, lstm_step) if lstm else (draw_rnn_state, init_rnn_params, rnn_step)
    )
    states = make(rng, B, H), make(rng, B, H)
    params = fresh(D, H, rng), fresh(D, H, rng)
    xs = rng.normal(size=(B, T, D))
    got = expect_parts(student(step, xs, states, params, lengths), *_BOTH)
    empty = np.equal(lengths, 0)[:, None]  # torch reads no such rows: show nothing there, and leave the state as it is
    hs, ends = torch_layer_values(xs, states, [params], np.maximum(lengths, 1).tolist())
    hs = np.where(empty[:, :, None], 0.0, hs)
    kept = [map_tree(lambda a, b: np.where(empty, a, b), *pair) for pair in zip(states, ends, strict=True)]
    return got, (hs, kept), (step, xs, states, params, lengths)


def _halves(hs: Any, want: np.ndarray) -> list[np.ndarray]:
    """What the two cells show, in the order in which they stand."""
    if np.shape(hs) != want.shape:
        raise CheckFailed(f"{_BOTH[0]} should have shape {want.shape}; got {np.shape(hs)}")
    return np.split(np.asarray(hs), 2, axis=2)


@exercise.check("what the forward cell shows, where there is no padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T, B in ((5, 3), (1, 2)):
        (hs, _, _), (want, _), _ = _run_both(student, rng, T, [T] * B)
        expect_same(_halves(hs, want)[0], want[:, :, :3], "the first H columns", "At each step: what was read so far.")


@exercise.check("what the backward cell shows, where there is no padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T, B in ((5, 3), (1, 2)):
        (hs, _, _), (want, _), _ = _run_both(student, rng, T, [T] * B)
        hint = "At each step: what is read from the end to here, with a state and weights of its own."
        expect_same(_halves(hs, want)[1], want[:, :, 3:], "the last H columns", hint)


@exercise.check("what the forward cell shows of sequences of different lengths", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    hint = "What is shown in the padding is 0."
    for T, lengths in ((13, [7, 13, 1]), (13, [7, 11, 1]), (6, [4, 4, 4]), (4, [2, 0, 4])):
        (hs, _, _), (want, _), _ = _run_both(student, rng, T, lengths)
        expect_same(_halves(hs, want)[0], want[:, :, :3], "the first H columns", hint)


@exercise.check("what the backward cell shows of sequences of different lengths", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    hint = "It starts at the last step of each sequence, not in its padding; what is shown there is 0."
    for lengths in ([7, 13, 1], np.array([7, 11, 1]), [13, 0, 5]):
        (hs, _, _), (want, _), _ = _run_both(student, rng, 13, lengths)
        expect_same(_halves(hs, want)[1], want[:, :, 3:], "the last H columns", hint)


@exercise.check("works with any cell: an LSTM, whose state has two parts", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (hs, _, _), (want, _), _ = _run_both(student, rng, 5, [3, 5], lstm=True)
    expect_same(hs, want, _BOTH[0], "The cell is the argument `step`.")


@exercise.check("the last state of the forward cell", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lstm, shortest in ((False, 2), (True, 2), (False, 0)):
        (_, ends, _), (_, want), _ = _run_both(student, rng, 4, [shortest, 4, 3], lstm)
        ahead, _ = expect_parts(ends, "the forward cell's", "the backward cell's")
        expect_same(ahead, want[0], "the forward cell's last state", "The state after each sequence's last step.")


@exercise.check("the last state of the backward cell", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lstm, shortest in ((False, 2), (True, 2), (False, 0)):
        (_, ends, _), (_, want), _ = _run_both(student, rng, 4, [shortest, 4, 3], lstm)
        _, back = expect_parts(ends, "the forward cell's", "the backward cell's")
        expect_same(back, want[1], "the backward cell's last state", "Its last step is the first of the sequence.")


@exercise.check("the caches of both cells", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, caches), _, given = _run_both(student, rng, 3, [3, 3])
    expect_same(caches, bidirectional(*given)[2], _BOTH[2], "Two lists, each in the order in which its cell read.")


exercise.leaves_inputs(0.25)


def _both(
    step,
    xs,
    states,
    params,
    lengths,
    turn=right_reverse,
    back=right_reverse,
    join=None,
    read=unroll_padded,
    second=None,
):
    """Both directions with their parts laid open."""
    ahead, last, caches = read(step, xs, states[0], params[0], lengths)
    first = states[1] if second is None else second(last)
    behind, last_back, caches_back = read(step, turn(xs, lengths), first, params[1], lengths)
    join = (lambda a, b: np.concatenate([a, b], axis=2)) if join is None else join
    return join(ahead, back(behind, lengths)), (last, last_back), (caches, caches_back)


def _as_it_is(xs, lengths):
    return xs


def _whole_rows(xs, lengths):
    return xs[:, ::-1]


exercise.knob(
    _both,
    "not_turned_back",
    "Your backward half stands in the order in which its cell read: at step 1 it shows the state after the last step. "
    "Turn its hidden states around before you put them beside the others.",
    back=_as_it_is,
)

exercise.knob(
    _both,
    "two_forward_cells",
    "Both halves of your states read forwards, as in N4's formula. One of the two cells has to start at the end.",
    turn=_as_it_is,
    back=_as_it_is,
)


@exercise.mistake(
    "Your backward cell begins in the padding. In a batch of different lengths the end of a row is not the end of its "
    "sequence: `reverse_padded` knows the difference."
)
def backwards_through_padding(step, xs, states, params, lengths):
    there = (np.arange(xs.shape[1]) < np.array(lengths)[:, None])[:, :, None]

    def read(step, xs, state, params, lengths):
        hs, last, caches = unroll(step, xs, state, params)
        return hs, last, caches

    hs, last, caches = _both(step, xs, states, params, lengths, turn=_whole_rows, back=_whole_rows, read=read)
    return np.where(there, hs, 0.0), last, caches


@exercise.mistake(
    "Both of your cells use the weights of the forward one. They are two cells, and `params` holds the weights of both."
)
def one_cell_twice(step, xs, states, params, lengths):
    return _both(step, xs, states, (params[0], params[0]), lengths)


exercise.knob(
    _both,
    "backward_half_first",
    "Your halves have changed places. The forward half comes first, then the backward half.",
    join=lambda a, b: np.concatenate([b, a], axis=2),
)

exercise.knob(
    _both,
    "added",
    "You add the two hidden states. They stand beside each other, (B, T, 2H), so that a readout can weigh each on its "
    "own.",
    join=np.add,
)

exercise.knob(
    _both,
    "joined_in_time",
    "You put the backward states after the forward ones in time. They belong beside each other at every step: look at "
    "the axis of concat.",
    join=lambda a, b: np.concatenate([a, b], axis=1),
)

exercise.knob(
    _both,
    "backward_continues_forward",
    "Your backward cell starts from the last state of the forward one. The two know nothing of each other: each has a "
    "first state of its own.",
    second=lambda last: last,
)


@exercise.mistake("Both of your cells start from the forward one's first state. `states` holds one for each.")
def one_first_state_for_both(step, xs, states, params, lengths):
    return _both(step, xs, (states[0], states[0]), params, lengths)


@exercise.mistake(
    "Your cells start from each other's first state. `states` holds the forward cell's, then the backward's."
)
def states_swapped(step, xs, states, params, lengths):
    return _both(step, xs, states[::-1], params, lengths)


@exercise.mistake(
    "Your forward half reads the turned sequence and your backward half the plain one, so the two directions have "
    "changed weights. The first of `params` belongs to the cell that reads forwards."
)
def directions_swapped(step, xs, states, params, lengths):
    turned = right_reverse(xs, lengths)
    first, last_first, caches_first = unroll_padded(step, turned, states[0], params[0], lengths)
    second, last_second, caches_second = unroll_padded(step, xs, states[1], params[1], lengths)
    hs = np.concatenate([right_reverse(first, lengths), second], axis=2)
    return hs, (last_first, last_second), (caches_first, caches_second)


@exercise.mistake(
    "Your hidden states are right, but the last states are not: you return the backward cell's before the forward "
    "cell's."
)
def last_states_swapped(step, xs, states, params, lengths):
    hs, (ahead, back), caches = _both(step, xs, states, params, lengths)
    return hs, (back, ahead), caches


def _unpadded(step, xs, state, params, lengths):
    return unroll(step, xs, state, params)


exercise.knob(
    _both,
    "flipped_unpadded",
    "You flip whole rows and read them without their lengths, so the backward cell begins in the padding, and both "
    "cells go on reading in it. reverse_padded and unroll_padded know where a sequence ends.",
    turn=_whole_rows,
    back=_whole_rows,
    read=_unpadded,
)

exercise.knob(
    _both,
    "flipped_as_a_whole",
    "You flip whole rows, so the backward cell begins in the padding, and its steps stand at other places than those "
    "of the sequence. `reverse_padded` turns each sequence by itself.",
    turn=_whole_rows,
    back=_whole_rows,
)

exercise.knob(
    _both,
    "unroll_for_unroll_padded",
    "Your cells go on reading in the padding: what they show there is not 0, and their last state is not that of the "
    "sequence's last step. Use unroll_padded.",
    read=_unpadded,
)


@exercise.mistake("Your backward cell goes on reading in the padding. Use unroll_padded for both cells.")
def backward_cell_unpadded(step, xs, states, params, lengths):
    ahead, last, caches = unroll_padded(step, xs, states[0], params[0], lengths)
    back, first, others = unroll(step, right_reverse(xs, lengths), states[1], params[1])
    return np.concatenate([ahead, right_reverse(back, lengths)], axis=2), (last, first), (caches, others)


exercise.knob(
    _both,
    "turned_back_as_a_whole",
    "You turn back whole rows, so what the backward cell shows stands in the padding. Turn back as you turned: with "
    "`reverse_padded`.",
    back=_whole_rows,
)

exercise.knob(
    _both,
    "turned_as_a_whole",
    "Your backward cell reads whole rows from their end, and so begins in the padding. Turn with `reverse_padded`.",
    turn=_whole_rows,
)

exercise.knob(
    _both,
    "only_turned_back",
    "Your backward cell reads forwards, and then you turn what it shows. Turn what it reads, too.",
    turn=_as_it_is,
)


@exercise.mistake(
    "Your last states are what stands at the last step. A short sequence ends earlier, and the backward cell ends at "
    "the first step: take what unroll_padded returns."
)
def last_states_from_the_last_column(step, xs, states, params, lengths):
    hs, last, caches = _both(step, xs, states, params, lengths)
    halves = np.split(hs[:, -1], 2, axis=1)
    return hs, tuple(state._replace(h=h) for state, h in zip(last, halves, strict=True)), caches


@exercise.mistake("Your backward caches are turned round. Each list has the order in which its cell read.")
def backward_caches_turned(step, xs, states, params, lengths):
    hs, last, (caches, others) = _both(step, xs, states, params, lengths)
    return hs, last, (caches, others[::-1])


@exercise.mistake("Your cells start from zeros, whatever `states` holds.")
def both_start_empty(step, xs, states, params, lengths):
    return _both(step, xs, map_tree(np.zeros_like, tuple(states)), params, lengths)


exercise.knob(
    _both,
    "averaged",
    "You take the mean of the two hidden states. They stand beside each other, (B, T, 2H), so that a readout can weigh "
    "each on its own.",
    join=lambda a, b: (a + b) / 2,
)


@exercise.mistake(
    "Both of your cells use the forward one's weights and first state. They are two cells: `params` and `states` hold "
    "one of each for either."
)
def forward_cell_twice(step, xs, states, params, lengths):
    return _both(step, xs, (states[0], states[0]), (params[0], params[0]), lengths)
