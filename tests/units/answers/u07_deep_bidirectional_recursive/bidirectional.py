"""Answers to `bidirectional`."""

import numpy as np

from rnncore.functional.base.pytree import map_tree
from rnncore.functional.sequence import reverse_padded, unroll, unroll_padded
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def with_a_helper(step, xs, states, params, lengths):
    def read(direction):
        seen = reverse_padded(xs, lengths) if direction else xs
        hs, last, caches = unroll_padded(step, seen, states[direction], params[direction], lengths)
        return reverse_padded(hs, lengths) if direction else hs, last, caches

    (ahead, end, caches), (back, start, others) = read(0), read(1)
    return np.concatenate([ahead, back], axis=-1), (end, start), (caches, others)


@answers.is_right
def turned_by_indices(step, xs, states, params, lengths):
    n, t = np.array(lengths)[:, None], np.arange(xs.shape[1])
    order = np.where(t < n, n - 1 - t, t)[..., None]

    def turn(a):
        return np.take_along_axis(a, np.broadcast_to(order, a.shape), axis=1)

    one = unroll_padded(step, xs, states[0], params[0], lengths)
    two = unroll_padded(lambda x, s, p: step(x, s, p), turn(xs), states[1], params[1], lengths)
    return [np.dstack([one[0], turn(two[0])]), [one[1], two[1]], [one[2], two[2]]]


def _read(step, xs, states, params, lengths, turn_in, turn_out, reader=None):
    reader = reader or (lambda *args: unroll_padded(step, *args, lengths))
    ahead, last, caches = reader(xs, states[0], params[0])
    back, first, others = reader(turn_in(xs), states[1], params[1])
    return np.concatenate([ahead, turn_out(back)], axis=2), (last, first), (caches, others)


def _whole(a):
    return a[:, ::-1]


@answers.is_wrong("flipped_unpadded")
def flipped_both_ways_unpadded(step, xs, states, params, lengths):
    return _read(step, xs, states, params, lengths, _whole, _whole, lambda *args: unroll(step, *args))


@answers.is_wrong("flipped_as_a_whole")
def turned_as_a_whole(step, xs, states, params, lengths):
    return _read(step, xs, states, params, lengths, _whole, _whole)


@answers.is_wrong("unroll_for_unroll_padded")
def unpadded_unroll(step, xs, states, params, lengths):
    def turn(a):
        return reverse_padded(a, lengths)

    return _read(step, xs, states, params, lengths, turn, turn, lambda *args: unroll(step, *args))


@answers.is_wrong("backward_cell_unpadded")
def unpadded_backwards_only(step, xs, states, params, lengths):
    ahead, last, caches = unroll_padded(step, xs, states[0], params[0], lengths)
    back, first, others = unroll(step, reverse_padded(xs, lengths), states[1], params[1])
    hs = np.concatenate([ahead, reverse_padded(back, lengths)], axis=2)
    return hs, (last, first), (caches, others)


@answers.is_wrong("turned_back_as_a_whole")
def turned_in_padded_turned_out_whole(step, xs, states, params, lengths):
    return _read(step, xs, states, params, lengths, lambda a: reverse_padded(a, lengths), _whole)


@answers.is_wrong("turned_as_a_whole")
def turned_in_whole_turned_out_padded(step, xs, states, params, lengths):
    return _read(step, xs, states, params, lengths, _whole, lambda a: reverse_padded(a, lengths))


@answers.is_wrong("not_turned_back")
def not_turned_back(step, xs, states, params, lengths):
    return _read(step, xs, states, params, lengths, lambda a: reverse_padded(a, lengths), lambda a: a)


@answers.is_wrong("two_forward_cells")
def never_turned(step, xs, states, params, lengths):
    return _read(step, xs, states, params, lengths, lambda a: a, lambda a: a)


@answers.is_wrong("only_turned_back")
def turned_back_only(step, xs, states, params, lengths):
    return _read(step, xs, states, params, lengths, lambda a: a, lambda a: reverse_padded(a, lengths))


@answers.is_wrong("one_cell_twice")
def same_weights_twice(step, xs, states, params, lengths):
    return with_a_helper(step, xs, states, (params[0], params[0]), lengths)


@answers.is_wrong("one_first_state_for_both")
def same_first_state(step, xs, states, params, lengths):
    return with_a_helper(step, xs, (states[0], states[0]), params, lengths)


@answers.is_wrong("backward_continues_forward")
def backward_starts_where_forward_ended(step, xs, states, params, lengths):
    _, last, _ = unroll_padded(step, xs, states[0], params[0], lengths)
    return with_a_helper(step, xs, (states[0], last), params, lengths)


@answers.is_wrong("added")
def halves_added(step, xs, states, params, lengths):
    hs, last, caches = with_a_helper(step, xs, states, params, lengths)
    H = hs.shape[2] // 2
    return hs[:, :, :H] + hs[:, :, H:], last, caches


@answers.is_wrong("backward_half_first")
def halves_in_the_other_order(step, xs, states, params, lengths):
    hs, last, caches = with_a_helper(step, xs, states, params, lengths)
    H = hs.shape[2] // 2
    return np.concatenate([hs[:, :, H:], hs[:, :, :H]], axis=2), last, caches


@answers.is_wrong("joined_in_time")
def joined_along_time(step, xs, states, params, lengths):
    hs, last, caches = with_a_helper(step, xs, states, params, lengths)
    H = hs.shape[2] // 2
    return np.concatenate([hs[:, :, :H], hs[:, :, H:]], axis=1), last, caches


@answers.is_wrong("last_states_from_the_last_column")
def last_states_from_the_joined(step, xs, states, params, lengths):
    hs, last, caches = with_a_helper(step, xs, states, params, lengths)
    H = hs.shape[2] // 2
    return hs, tuple(s._replace(h=hs[:, -1, k * H : (k + 1) * H]) for k, s in enumerate(last)), caches


@answers.is_wrong("backward_caches_turned")
def backward_caches_turned(step, xs, states, params, lengths):
    hs, last, (caches, others) = with_a_helper(step, xs, states, params, lengths)
    return hs, last, (caches, others[::-1])


@answers.is_wrong("joined")
def caches_in_one_list(step, xs, states, params, lengths):
    hs, last, (caches, others) = with_a_helper(step, xs, states, params, lengths)
    return hs, last, caches + others


@answers.is_wrong("first_alone")
def last_of_the_forward_cell_alone(step, xs, states, params, lengths):
    hs, last, caches = with_a_helper(step, xs, states, params, lengths)
    return hs, last[0], caches


@answers.is_wrong("both_start_empty")
def states_forgotten(step, xs, states, params, lengths):
    return with_a_helper(step, xs, map_tree(np.zeros_like, states), params, lengths)


@answers.is_wrong("backwards_through_padding")
def lengths_forgotten_and_zeroed(step, xs, states, params, lengths):
    hs, last, caches = flipped_both_ways_unpadded(step, xs, states, params, lengths)
    there = np.arange(xs.shape[1]) < np.array(lengths)[:, None]
    return hs * there[:, :, None], last, caches


@answers.is_wrong()
def trimmed_to_the_longest(step, xs, states, params, lengths):
    return with_a_helper(step, xs[:, : max(1, *lengths)], states, params, lengths)


@answers.is_wrong()
def equal_lengths_taken_for_whole_rows(step, xs, states, params, lengths):
    whole = min(lengths) == max(lengths)
    return with_a_helper(step, xs, states, params, [xs.shape[1]] * len(xs) if whole else lengths)


@answers.is_wrong("Only what should be 0 is wrong")
def one_step_at_least(step, xs, states, params, lengths):
    return with_a_helper(step, xs, states, params, [max(1, n) for n in lengths])


@answers.is_wrong("All is right that is not 0 in yours")
def last_state_from_what_is_shown(step, xs, states, params, lengths):
    """Of a row without a step the last place is taken, which shows 0."""
    hs, (ahead, back), caches = with_a_helper(step, xs, states, params, lengths)
    H = ahead.h.shape[1]
    return hs, (ahead._replace(h=hs[np.arange(len(hs)), np.array(lengths) - 1, :H]), back), caches


@answers.is_wrong()
def lengths_as_a_list_alone(step, xs, states, params, lengths):
    return with_a_helper(step, xs, states, params, lengths or [xs.shape[1]] * len(xs))
