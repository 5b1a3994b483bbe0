"""Answers to `recall`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def column_by_column(states, W, order):
    states = states.copy()
    for i in order:
        field = states @ W[:, i]
        states[:, i] = np.where(field > 0, 1.0, np.where(field < 0, -1.0, states[:, i]))
    return states


@answers.is_right
def state_by_state(states, W, order):
    rows = []
    for s in states.tolist():
        for i in order.tolist():
            field = sum(w * x for w, x in zip(W[i], s, strict=True))
            s[i] = s[i] if field == 0 else float(np.sign(field))
        rows.append(s)
    return np.array(rows)


@answers.is_right
def flips_those_that_disagree(states, W, order):
    now = states.copy()
    for i in order:
        disagrees = now[:, i] * (now @ W[i]) < 0
        now[disagrees, i] *= -1
    return now


@answers.is_right
def in_torch(states, W, order):
    s, W = torch.from_numpy(states.copy()), torch.from_numpy(W)
    for i in order.tolist():
        field = s @ W[i]
        s[:, i] = torch.where(field == 0, s[:, i], torch.sign(field))
    return s.numpy()


@answers.is_wrong("all_at_once")
def old_states_for_all(states, W, order):
    new = states.copy()
    for i in order:
        field = states @ W[:, i]
        new[:, i] = np.where(field == 0, states[:, i], np.sign(field))
    return new


@answers.is_wrong("zero_for_a_tie")
def sign_alone(states, W, order):
    states = states.copy()
    for i in order:
        states[:, i] = np.sign(states @ W[:, i])
    return states


@answers.is_wrong("plus_one_for_a_tie")
def at_least_zero(states, W, order):
    states = states.copy()
    for i in order:
        states[:, i] = np.where(states @ W[:, i] >= 0, 1.0, -1.0)
    return states


@answers.is_wrong("in_place")
def on_what_was_handed_in(states, W, order):
    for i in order:
        field = states @ W[:, i]
        states[:, i] = np.where(field == 0, states[:, i], np.sign(field))
    return states


@answers.is_wrong("order_ignored")
def units_in_a_row(states, W, order):
    states = states.copy()
    for i in range(states.shape[1]):
        field = states @ W[:, i]
        states[:, i] = np.where(field == 0, states[:, i], np.sign(field))
    return states


@answers.is_wrong("everyone_at_each_visit")
def whole_state_per_visit(states, W, order):
    for _ in order:
        field = states @ W
        states = np.where(field == 0, states, np.sign(field))
    return states


@answers.is_wrong("stops_at_the_first_quiet_unit")
def until_the_energy_stays(states, W, order):
    """Stops at the first visit at which the energy of all states together stays."""
    states = states.copy()
    for i in order:
        before = np.sum((states @ W) * states)
        field = states @ W[:, i]
        states[:, i] = np.where(field == 0, states[:, i], np.sign(field))
        if np.sum((states @ W) * states) == before:
            break
    return states


@answers.is_wrong("order_sorted")
def each_named_unit_once(states, W, order):
    return column_by_column(states, W, sorted(set(order.tolist())))


@answers.is_wrong("until_it_rests")
def again_and_again(states, W, order):
    now = states.copy()
    for i in np.tile(order, 20):
        field = now @ W[:, i]
        now[:, i] = np.where(field > 0, 1.0, np.where(field < 0, -1.0, now[:, i]))
    return now
