"""Answers to `diagnose_notes_cell`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()
GATES, CELL, OUTPUT = "input_gate_is_output_gate", "cell_state_not_updated", "output_ignores_cell"


@answers.is_right
def allclose(run, tolerance=1e-6):
    def equal(a, b):
        return np.allclose(a, b, rtol=0, atol=tolerance)

    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1)
    return {
        GATES: equal(run.i, run.o),
        CELL: not equal(run.c, run.f * before + run.i * run.g),
        OUTPUT: not equal(run.h, run.o * np.tanh(run.c)),
    }


@answers.is_right
def step_by_step(run, tolerance=1e-6):
    found = dict.fromkeys([GATES, CELL, OUTPUT], False)
    found[GATES] = bool((np.abs(run.i - run.o) <= tolerance).all())
    c = run.c_0
    for t in range(run.c.shape[1]):
        want = run.f[:, t] * c + run.i[:, t] * run.g[:, t]
        c = run.c[:, t]
        found[CELL] |= bool(np.any(np.abs(c - want) > tolerance))
        found[OUTPUT] |= bool(np.any(np.abs(run.h[:, t] - run.o[:, t] * np.tanh(c)) > tolerance))
    return found


def _found(run, tolerance, before=None, gates=None, cell=None, output=None):
    def differ(a, b):
        return bool(np.max(np.abs(a - b)) > tolerance)

    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1) if before is None else before
    return {
        GATES: not differ(run.i, run.o) if gates is None else gates,
        CELL: differ(run.c, run.f * before + run.i * run.g) if cell is None else cell,
        OUTPUT: differ(run.h, run.o * np.tanh(run.c)) if output is None else output,
    }


@answers.is_wrong("first_cell_empty")
def zeros_before_the_first(run, tolerance=1e-6):
    before = np.concatenate([0 * run.c_0[:, None], run.c[:, :-1]], axis=1)
    return _found(run, tolerance, before=before)


@answers.is_wrong("first_step_skipped")
def first_step_left_out(run, tolerance=1e-6):
    want = run.f[:, 1:] * run.c[:, :-1] + run.i[:, 1:] * run.g[:, 1:]
    return _found(run, tolerance, cell=bool(np.any(np.abs(run.c[:, 1:] - want) > tolerance)))


@answers.is_wrong("turned_round")
def verdicts_turned(run, tolerance=1e-6):
    return {key: not value for key, value in _found(run, tolerance).items()}


@answers.is_wrong("gates_agree_somewhere")
def equal_somewhere(run, tolerance=1e-6):
    return _found(run, tolerance, gates=bool(np.any(np.abs(run.i - run.o) <= tolerance)))


@answers.is_wrong("means_compared")
def mean_difference(run, tolerance=1e-6):
    want = run.o * np.tanh(run.c)
    return _found(run, tolerance, output=bool(abs(np.mean(run.h - want)) > tolerance))


@answers.is_wrong("exact")
def exactly(run, tolerance=1e-6):
    return _found(run, 0.0)


@answers.is_wrong("output_is_the_gate")
def output_is_the_gate(run, tolerance=1e-6):
    return _found(run, tolerance, output=bool(np.max(np.abs(run.h - run.o)) <= tolerance))


@answers.is_wrong("still_is_not_updated")
def cell_stands_still(run, tolerance=1e-6):
    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1)
    return _found(run, tolerance, cell=bool(np.max(np.abs(run.c - before)) <= tolerance))


@answers.is_wrong("cell_of_the_same_step")
def cell_after_instead_of_before(run, tolerance=1e-6):
    return _found(run, tolerance, before=run.c)


@answers.is_wrong("one_direction_only")
def sign_of_the_difference(run, tolerance=1e-6):
    return _found(run, tolerance, output=bool(np.max(run.h - run.o * np.tanh(run.c)) > tolerance))


@answers.is_wrong("findings_in_a_list")
def a_list(run, tolerance=1e-6):
    return list(_found(run, tolerance).values())


@answers.is_wrong("ones_and_zeros")
def numbers(run, tolerance=1e-6):
    return {key: int(value) for key, value in _found(run, tolerance).items()}


@answers.is_wrong("mean_of_the_differences")
def mean_of_sizes(run, tolerance=1e-6):
    def equal(a, b):
        return bool(np.abs(a - b).mean() <= tolerance)

    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1)
    return {
        GATES: equal(run.i, run.o),
        CELL: not equal(run.c, run.f * before + run.i * run.g),
        OUTPUT: not equal(run.h, run.o * np.tanh(run.c)),
    }


@answers.is_wrong("tolerance_ignored")
def allclose_as_it_comes(run, tolerance=1e-6):
    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1)
    return {
        GATES: bool(np.allclose(run.i, run.o)),
        CELL: not np.allclose(run.c, run.f * before + run.i * run.g),
        OUTPUT: not np.allclose(run.h, run.o * np.tanh(run.c)),
    }
