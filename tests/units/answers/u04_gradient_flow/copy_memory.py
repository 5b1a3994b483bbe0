"""Answers to `copy_memory`."""

import numpy as np

from rnncore.tasks.copy_memory import BLANK, GO, Copies
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def concatenated(strings, T):
    B, n = strings.shape
    blanks, go = np.full((B, T - 1), BLANK), np.full((B, 1), GO)
    inputs = np.concatenate([strings, blanks, go, np.full((B, n), BLANK)], axis=1)
    return Copies(inputs, np.concatenate([np.full((B, n + T), BLANK), strings], axis=1))


@answers.is_right
def lists(strings, T):
    n = strings.shape[1]
    rows = [[*map(int, row), *[BLANK] * (T - 1), GO, *[BLANK] * n] for row in strings]
    outs = [[BLANK] * (n + T) + [int(s) for s in row] for row in strings]
    return np.array(rows), np.array(outs)


@answers.is_right
def padded(strings, T):
    n = strings.shape[1]
    inputs = np.pad(strings, ((0, 0), (0, T + n)), constant_values=BLANK)
    inputs[:, -n - 1] = GO
    return Copies(inputs, np.pad(strings, ((0, 0), (T + n, 0)), constant_values=BLANK))


def _copies(strings, T, go=None, answer=None, inputs_of=int):
    B, n = strings.shape
    inputs = np.full((B, T + 2 * n), BLANK)
    targets = inputs.copy()
    inputs[:, :n] = strings
    inputs[:, n + T - 1 if go is None else go] = GO
    answer = n + T if answer is None else answer
    targets[:, answer : answer + n] = strings[:, : T + 2 * n - answer]
    return Copies(inputs, targets)


@answers.is_wrong("go_too_late")
def go_a_step_late(strings, T):
    n = strings.shape[1]
    return _copies(strings, T, go=n + T)


@answers.is_wrong("answer_too_early")
def answer_with_go(strings, T):
    return _copies(strings, T, answer=strings.shape[1] + T - 1)


@answers.is_wrong("dtype")
def floats(strings, T):
    inputs, targets = _copies(strings, T)
    return Copies(inputs.astype(float), targets.astype(float))


@answers.is_wrong("silence_is_zero")
def zeros_for_blanks(strings, T):
    B, n = strings.shape
    inputs, targets = np.zeros((2, B, T + 2 * n), dtype=int)
    inputs[:, :n], inputs[:, n + T - 1], targets[:, n + T :] = strings, GO, strings
    return Copies(inputs, targets)


@answers.is_wrong("go_at_once")
def go_behind_the_string(strings, T):
    return _copies(strings, T, go=strings.shape[1])


@answers.is_wrong("a_step_too_long")
def a_step_longer(strings, T):
    return _copies(strings, T + 1)


@answers.is_wrong("answer_reversed")
def reversed_answer(strings, T):
    inputs, _ = _copies(strings, T)
    return Copies(inputs, _copies(strings[:, ::-1], T).targets)


@answers.is_wrong("go_goes_on")
def go_until_the_end(strings, T):
    inputs, targets = _copies(strings, T)
    inputs[:, strings.shape[1] + T - 1 :] = GO
    return Copies(inputs, targets)


@answers.is_wrong("targets_without_blanks")
def targets_without_silence(strings, T):
    return Copies(_copies(strings, T).inputs, strings)


@answers.is_wrong("first_string_for_all")
def first_string_for_all(strings, T):
    return _copies(np.broadcast_to(strings[0], strings.shape), T)


@answers.is_wrong("dtype")
def numbers_of_eight_bits(strings, T):
    inputs, targets = _copies(strings, T)
    return Copies(inputs.astype(np.float32), targets)
