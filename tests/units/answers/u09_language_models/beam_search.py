"""Answers to `beam_search`."""

import numpy as np

from rnncore.functional.base import map_tree
from rnncore.functional.decoding import next_log_probs
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def a_state_for_each(decoder, state, start, end, T, width, alpha=0.0):
    active, ended = [([], 0.0, state, start)], []
    for _ in range(T):
        longer = []
        for ids, total, memory, tokens in active:
            log_p, new = next_log_probs(decoder, tokens, memory)
            longer += [([*ids, v], total + float(log_p[0, v]), new, np.array([v])) for v in range(log_p.shape[1])]
        best = sorted(longer, key=lambda y: -y[1])[: width - len(ended)]
        ended += [y for y in best if y[0][-1] == end]
        active = [y for y in best if y[0][-1] != end]
    return [y[:2] for y in sorted(ended + active, key=lambda y: -y[1] / len(y[0]) ** alpha)]


def _search(decoder, state, start, end, T, width, alpha=0.0, rows=lambda k: k, less=0, room=True):
    active, ended, tokens = [([], 0.0)], [], start
    for _ in range(T):
        log_p, state = next_log_probs(decoder, tokens, state)
        longer = [
            (total + float(p), k, [*ids, v]) for k, (ids, total) in enumerate(active) for v, p in enumerate(log_p[k])
        ]
        best = sorted(longer, key=lambda y: -y[0])[: width - len(ended) if room else width]
        ended += [(ids, total) for total, _, ids in best if ids[-1] == end]
        best = [y for y in best if y[2][-1] != end]
        active = [(ids, total) for total, _, ids in best]
        if not active:
            break
        parents = rows(np.array([k for _, k, _ in best]))
        state = map_tree(lambda part, parents=parents: part[parents], state)
        tokens = np.array([ids[-1] for ids, _ in active])
    return sorted(ended + active, key=lambda y: -y[1] / max(1, len(y[0]) - less) ** alpha)


@answers.is_right
def with_tuples(*args):
    return _search(*args)


@answers.is_wrong("length_without_the_end")
def one_less(*args):
    return _search(*args, less=1)


@answers.is_wrong("state_of_the_first")
def first_state(*args):
    return _search(*args, rows=np.zeros_like)


@answers.is_wrong("ended_ones_make_room")
def always_width(*args):
    return _search(*args, room=False)


@answers.is_wrong("a_cost")
def costs(*args):
    return [(ids, -total) for ids, total in _search(*args)]


@answers.is_wrong("shortest_first")
def by_length(*args):
    return sorted(_search(*args), key=lambda y: len(y[0]))


@answers.is_wrong("length_ignored")
def no_alpha(decoder, state, start, end, T, width, alpha=0.0):
    return _search(decoder, state, start, end, T, width)


@answers.is_wrong("worst_first")
def ascending(*args):
    return _search(*args)[::-1]


@answers.is_wrong("open_ones_lost_beside_ended")
def ended_ones_first(decoder, state, start, end, *args):
    found = _search(decoder, state, start, end, *args)
    return [y for y in found if y[0][-1] == end] or found


@answers.is_wrong("too_many_open")
def always_width_then_cut(decoder, state, start, end, T, width, alpha=0.0):
    return _search(decoder, state, start, end, T, width, alpha, room=False)[:width]


@answers.is_wrong("alpha_as_a_factor")
def length_times_alpha(decoder, state, start, end, T, width, alpha=0.0):
    found = _search(decoder, state, start, end, T, width)
    return sorted(found, key=lambda y: -y[1] / (len(y[0]) * alpha if alpha else 1))


@answers.is_wrong()
def scores_as_they_come(decoder, state, start, end, T, width, alpha=0.0):
    active, ended = [([], 0.0, state, start)], []
    for _ in range(T):
        longer = []
        for ids, total, memory, tokens in active:
            scores, new = decoder(tokens, memory)
            longer += [([*ids, v], total + float(scores[0, v]), new, np.array([v])) for v in range(scores.shape[1])]
        best = sorted(longer, key=lambda y: -y[1])[: width - len(ended)]
        ended += [y for y in best if y[0][-1] == end]
        active = [y for y in best if y[0][-1] != end]
    return [y[:2] for y in sorted(ended + active, key=lambda y: -y[1] / len(y[0]) ** alpha)]
