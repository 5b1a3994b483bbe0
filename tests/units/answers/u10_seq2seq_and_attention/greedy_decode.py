"""Answers to `greedy_decode`."""

import numpy as np
import torch

from rnncore.tasks.vocab import EOS
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def cut_afterwards(decoder, state, start, end, T):
    words, tokens = [], start
    for _ in range(T):
        scores, state = decoder(tokens, state)
        tokens = np.argmax(scores, axis=1)
        words.append(tokens)
        over = np.cumsum(np.array(words) == end, axis=0) > 0
        if over[-1].all():
            break
    return np.where(over, end, np.array(words)).T


@answers.is_right
def filled_from_the_front(decoder, state, start, end, T):
    ys, tokens, done = np.full((len(start), T), end), start, np.zeros(len(start), dtype=bool)
    n = 0
    for t in range(T):
        scores, state = decoder(tokens, state)
        tokens = scores.argmax(axis=1)
        ys[~done, t] = tokens[~done]
        done |= tokens == end
        n = t + 1
        if done.all():
            break
    return ys[:, :n]


@answers.is_right
def with_torch(decoder, state, start, end, T):
    tokens, ys = torch.as_tensor(start), []
    done = torch.zeros(len(start), dtype=torch.bool)
    while len(ys) < T and not done.all():
        scores, state = decoder(tokens.numpy(), state)
        tokens = torch.as_tensor(scores).argmax(dim=1).masked_fill(done, end)
        done = done.logical_or(tokens.eq(end))
        ys.append(tokens)
    return torch.stack(ys, dim=1).numpy()


def _write(
    decoder,
    state,
    start,
    end,
    T,
    pick=lambda scores: scores.argmax(axis=1),
    fill=lambda done, end, best: np.where(done, end, best),
    stop=lambda done: done.all(),
    carry=lambda old, new: new,
    read=lambda start, tokens: tokens,
):
    tokens, ys, done = start, [], np.zeros(len(start), dtype=bool)
    while len(ys) < T and not stop(done):
        scores, new = decoder(read(start, tokens), state)
        state = carry(state, new)
        tokens = fill(done, end, pick(scores))
        done = done | (tokens == end)
        ys.append(tokens)
    return np.stack(ys, axis=1)


@answers.is_wrong("stops_with_the_first")
def stops_with_the_first(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, stop=lambda done: done.any())


@answers.is_wrong("never_stops")
def never_stops(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, stop=lambda done: False)


@answers.is_wrong("goes_on_after_the_end")
def goes_on_after_the_end(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, fill=lambda done, end, best: best)


@answers.is_wrong("padded_with_zeros")
def filled_with_zeros(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, fill=lambda done, end, best: np.where(done, 0, best))


@answers.is_wrong("state_not_carried")
def state_forgotten(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, carry=lambda old, new: old)


@answers.is_wrong("always_reads_the_start")
def start_read_again(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, read=lambda start, tokens: start)


@answers.is_wrong("least_likely")
def the_least_likely(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, pick=lambda scores: scores.argmin(axis=1))


@answers.is_wrong("start_included")
def start_among_the_words(decoder, state, start, end, T):
    return np.hstack([start[:, None], _write(decoder, state, start, end, T)])


@answers.is_wrong("time_first")
def time_first(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T).T


@answers.is_wrong("one_too_few")
def one_word_too_few(decoder, state, start, end, T):
    return _write(decoder, state, start, end, max(T - 1, 1))


@answers.is_wrong("one_too_many")
def one_word_too_many(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T + 1)


@answers.is_wrong("end_cut_off_once_all_have_ended")
def end_word_cut_off(decoder, state, start, end, T):
    ys = _write(decoder, state, start, end, T)
    return ys[:, :-1] if (ys[:, -1] == end).all() else ys


@answers.is_wrong("three_is_the_end")
def end_is_always_three(decoder, state, start, end, T):
    return _write(decoder, state, start, 3, T)


@answers.is_wrong("one_argmax_for_all")
def best_of_the_batch(decoder, state, start, end, T):
    return _write(decoder, state, start, end, T, pick=lambda scores: np.full(len(scores), scores.argmax()))


@answers.is_wrong()
def drawn(decoder, state, start, end, T):
    def pick(scores):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        rng = np.random.default_rng(0)
        return np.array([rng.choice(len(p), p=p / p.sum()) for p in e])

    return _write(decoder, state, start, end, T, pick=pick)


@answers.is_wrong("in_place")
def start_changed_in_place(decoder, state, start, end, T):
    ys, done = [], np.zeros(len(start), dtype=bool)
    while len(ys) < T and not done.all():
        scores, state = decoder(start, state)
        start[:] = np.where(done, end, scores.argmax(axis=1))
        done |= start == end
        ys.append(start.copy())
    return np.stack(ys, axis=1)


@answers.is_wrong("one_array_for_all_steps")
def same_array_every_time(decoder, state, start, end, T):
    ys, done, tokens = [], np.zeros(len(start), dtype=bool), start.copy()
    while len(ys) < T and not done.all():
        scores, state = decoder(tokens.copy(), state)
        tokens[:] = np.where(done, end, scores.argmax(axis=1))
        done |= tokens == end
        ys.append(tokens)
    return np.stack(ys, axis=1)


@answers.is_wrong("never_stops")
def filled_up_to_the_limit(decoder, state, start, end, T):
    ys = _write(decoder, state, start, end, T)
    return np.hstack([ys, np.full((len(ys), T - ys.shape[1]), end)])


@answers.is_wrong("over_before_it_began")
def done_from_the_start(decoder, state, start, end, T):
    tokens, done, words = start, start == end, []
    for _ in range(T):
        scores, state = decoder(tokens, state)
        tokens = np.where(done, end, np.argmax(scores, axis=1))
        words.append(tokens)
        done = done | (tokens == end)
        if done.all():
            break
    return np.stack(words, axis=1)


@answers.is_wrong("dtype")
def filled_into_floats(decoder, state, start, end, T):
    ys = np.zeros((len(start), T))
    words = cut_afterwards(decoder, state, start, end, T)
    ys[:, : words.shape[1]] = words
    return ys[:, : words.shape[1]]


@answers.is_wrong()
def a_list_for_each_row(decoder, state, start, end, T):
    return cut_afterwards(decoder, state, start, end, T).tolist()


@answers.is_wrong()
def ends_at_the_vocabularys_end_too(decoder, state, start, end, T):
    tokens, done, words = start, start != start, []
    for _ in range(T):
        scores, state = decoder(tokens, state)
        tokens = np.where(done, end, np.argmax(scores, axis=1))
        words.append(tokens)
        done = done | (tokens == end) | (tokens == EOS)
        if done.all():
            break
    return np.stack(words, axis=1)
