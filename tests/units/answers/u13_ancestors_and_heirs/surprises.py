"""Answers to `surprises`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def filled_in(decoder, state, ids):
    mask = np.ones(ids.shape, dtype=bool)
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t - 1], state)
        mask[:, t] = np.argmax(scores, axis=1) != ids[:, t]
    return mask


@answers.is_right
def all_predictions_first(decoder, state, ids):
    guesses = [np.full(len(ids), -1)]
    for column in ids.T[:-1]:
        scores, state = decoder(column, state)
        guesses.append(np.asarray(scores).argmax(1))
    return np.stack(guesses, axis=1) != ids


@answers.is_right
def row_by_row_with_lists(decoder, state, ids):
    rows = []
    for b in range(len(ids)):
        row, memory = [True], state[b : b + 1]
        for t in range(ids.shape[1] - 1):
            scores, memory = decoder(ids[b : b + 1, t], memory)
            row.append(bool(int(np.argmax(scores[0])) != ids[b, t + 1]))
        rows.append(row)
    return np.array(rows)


@answers.is_right
def one_call_too_many(decoder, state, ids):
    """Asks for what comes after the last token as well, and does not need it."""
    wrong = [np.ones(len(ids), dtype=bool)]
    for t in range(ids.shape[1]):
        scores, state = decoder(ids[:, t], state)
        if t + 1 < ids.shape[1]:
            wrong.append(np.argmax(scores, axis=1) != ids[:, t + 1])
    return np.stack(wrong, axis=1)


@answers.is_wrong("state_not_carried")
def same_state(decoder, state, ids):
    mask = np.ones(ids.shape, dtype=bool)
    for t in range(1, ids.shape[1]):
        scores, _ = decoder(ids[:, t - 1], state)
        mask[:, t] = np.argmax(scores, axis=1) != ids[:, t]
    return mask


@answers.is_wrong("first_is_expected")
def zeros_to_start_with(decoder, state, ids):
    mask = np.zeros(ids.shape, dtype=bool)
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t - 1], state)
        mask[:, t] = np.argmax(scores, axis=1) != ids[:, t]
    return mask


@answers.is_wrong("compared_with_what_was_read")
def same_step(decoder, state, ids):
    mask = np.ones(ids.shape, dtype=bool)
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t - 1], state)
        mask[:, t] = np.argmax(scores, axis=1) != ids[:, t - 1]
    return mask


@answers.is_wrong("predictions_marked")
def hits(decoder, state, ids):
    mask = np.zeros(ids.shape, dtype=bool)
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t - 1], state)
        mask[:, t] = np.argmax(scores, axis=1) == ids[:, t]
    return mask


@answers.is_wrong()
def never_twice_in_a_row(decoder, state, ids):
    mask = np.ones(ids.shape, dtype=bool)
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t - 1], state)
        mask[:, t] = (np.argmax(scores, axis=1) != ids[:, t]) & ~mask[:, t - 1]
    return mask


@answers.is_wrong("dtype")
def numbers_for_truth(decoder, state, ids):
    mask = np.ones(ids.shape)
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t - 1], state)
        mask[:, t] = np.argmax(scores, axis=1) != ids[:, t]
    return mask


@answers.is_wrong("reads_the_answer")
def shifted_input(decoder, state, ids):
    columns = [np.ones(len(ids), dtype=bool)]
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t], state)
        columns.append(np.argmax(scores, axis=1) != ids[:, t])
    return np.stack(columns, axis=1)


@answers.is_wrong("predicted_ones_marked")
def marks_the_hits(decoder, state, ids):
    hits = ~filled_in(decoder, state, ids)
    hits[:, 0] = True
    return hits


@answers.is_wrong()
def a_list_for_each_row(decoder, state, ids):
    return filled_in(decoder, state, ids).tolist()


@answers.is_wrong("less_than_half")
def less_likely_than_not(decoder, state, ids):
    mask = np.ones(ids.shape, dtype=bool)
    for t in range(1, ids.shape[1]):
        scores, state = decoder(ids[:, t - 1], state)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        mask[:, t] = p[np.arange(len(ids)), ids[:, t]] < 0.5 * p.sum(axis=1)
    return mask
