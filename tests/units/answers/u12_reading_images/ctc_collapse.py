"""Answers to `ctc_collapse`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def with_arrays(path):
    path = np.asarray(path, dtype=int)
    new = np.concatenate([[True], path[1:] != path[:-1]])[: len(path)]
    return path[new & (path != 0)].tolist()


@answers.is_right
def merged_then_dropped(path):
    merged = []
    for k in path:
        if not merged or merged[-1] != k:
            merged.append(int(k))
    return [k for k in merged if k != 0]


@answers.is_wrong("blanks_dropped_first")
def last_written(path):
    labels = []
    for k in path:
        if k != 0 and (not labels or labels[-1] != k):
            labels.append(int(k))
    return labels


@answers.is_wrong("nothing_merged")
def no_blanks(path):
    return [int(k) for k in np.asarray(path) if k > 0]


@answers.is_wrong("each_label_once")
def seen_before(path):
    labels = []
    for k in map(int, path):
        if k != 0 and k not in labels:
            labels.append(k)
    return labels


@answers.is_wrong("blanks_kept")
def merged_alone(path):
    path = list(map(int, path))
    return [k for t, k in enumerate(path) if t == 0 or path[t - 1] != k]


@answers.is_wrong("first_step_lost")
def from_the_second(path):
    return [int(path[t]) for t in range(1, len(path)) if path[t] != path[t - 1] and path[t] != 0]


@answers.is_wrong("last_run_lost")
def when_it_ends(path):
    return [int(path[t]) for t in range(len(path) - 1) if path[t] != path[t + 1] and path[t] != 0]


@answers.is_wrong("blank_needed")
def after_blanks(path):
    labels, free = [], True
    for k in map(int, path):
        if k != 0 and free:
            labels.append(k)
        free = k == 0
    return labels


@answers.is_wrong("an_array")
def as_array(path):
    return np.array(merged_then_dropped(path), dtype=int)


@answers.is_wrong("held_against_two_steps")
def held_against_two_steps(path):
    return [int(k) for t, k in enumerate(path) if k != 0 and k not in list(path[max(0, t - 2) : t])]


@answers.is_wrong("dtype")
def path_of_floats(path):
    path = np.asarray(path, dtype=float)
    starts = np.append(True, path[1:] != path[:-1])
    return path[starts & (path > 0)].tolist()
