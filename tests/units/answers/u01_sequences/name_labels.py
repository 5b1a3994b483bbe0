"""Answers to `name_labels`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def any_name_around(tokens, names):
    def inside(i):
        return any(list(tokens[s : s + len(n)]) == list(n) for n in names for s in range(max(0, i - len(n) + 1), i + 1))

    return [int(inside(i)) for i in range(len(tokens))]


@answers.is_right
def set_of_places(tokens, names):
    found = set()
    for name in names:
        for start in range(len(tokens)):
            if all(start + k < len(tokens) and tokens[start + k] == part for k, part in enumerate(name)):
                found.update(range(start, start + len(name)))
    return [1 if place in found else 0 for place in range(len(tokens))]


@answers.is_wrong("any_part_of_any_name")
def each_token_by_itself(tokens, names):
    parts = {part for name in names for part in name}
    return [int(token in parts) for token in tokens]


@answers.is_wrong("stops_too_early")
def last_start_left_out(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for start in range(len(tokens) - len(name)):
            if list(tokens[start : start + len(name)]) == list(name):
                labels[start : start + len(name)] = [1] * len(name)
    return labels


@answers.is_wrong("first_occurrence_only")
def first_place_only(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for start in range(len(tokens) - len(name) + 1):
            if list(tokens[start : start + len(name)]) == list(name):
                labels[start : start + len(name)] = [1] * len(name)
                break
    return labels


@answers.is_wrong("first_token_of_a_name")
def first_token_labelled(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for start in range(len(tokens) - len(name) + 1):
            if list(tokens[start : start + len(name)]) == list(name):
                labels[start] = 1
    return labels


@answers.is_wrong("labels_of_the_last_name")
def labels_started_again(tokens, names):
    labels = []
    for name in names:
        labels = [0] * len(tokens)
        for start in range(len(tokens) - len(name) + 1):
            if list(tokens[start : start + len(name)]) == list(name):
                labels[start : start + len(name)] = [1] * len(name)
    return labels


@answers.is_right
def true_and_false(tokens, names):
    return [bool(label) for label in any_name_around(tokens, names)]


@answers.is_wrong("beginning_of_a_name_at_the_end")
def prefix_is_enough(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for start in range(len(tokens)):
            piece = list(tokens[start : start + len(name)])
            if piece == list(name)[: len(piece)]:
                labels[start : start + len(piece)] = [1] * len(piece)
    return labels


@answers.is_right
def starts_of_all_names(tokens, names):
    hit = set()
    for name in map(tuple, names):
        for start, piece in enumerate(zip(*(tokens[k:] for k in range(len(name))), strict=False)):
            if piece == name:
                hit.update(range(start, start + len(name)))
    return [int(place in hit) for place in range(len(tokens))]


@answers.is_wrong("names_counted")
def one_more_for_each_name(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for start in range(len(tokens) - len(name) + 1):
            if list(tokens[start : start + len(name)]) == list(name):
                for place in range(len(name)):
                    labels[start + place] += 1
    return labels


@answers.is_wrong(None)
def first_and_last_token_compared(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for i in range(len(tokens) - len(name) + 1):
            if tokens[i] == name[0] and tokens[i + len(name) - 1] == name[-1]:
                labels[i : i + len(name)] = [1] * len(name)
    return labels


@answers.is_wrong(None)
def goes_on_behind_what_was_found(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        i = 0
        while i <= len(tokens) - len(name):
            found = list(tokens[i : i + len(name)]) == list(name)
            if found:
                labels[i : i + len(name)] = [1] * len(name)
            i += len(name) if found else 1
    return labels


@answers.is_wrong("dtype")
def floats_of_an_array(tokens, names):
    labels = np.zeros(len(tokens))
    labels[any_name_around(tokens, names) == np.ones(len(tokens))] = 1
    return labels.tolist()


@answers.is_wrong(None)
def shorter_than_the_sentence(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for i in range(len(tokens) - len(name) + 1 if len(name) < len(tokens) else 0):
            if list(tokens[i : i + len(name)]) == list(name):
                labels[i : i + len(name)] = [1] * len(name)
    return labels


@answers.is_wrong(None)
def written_in_one_word(tokens, names):
    labels = [0] * len(tokens)
    for name in names:
        for i in range(len(tokens) - len(name) + 1):
            if "".join(tokens[i : i + len(name)]) == "".join(name):
                labels[i : i + len(name)] = [1] * len(name)
    return labels
