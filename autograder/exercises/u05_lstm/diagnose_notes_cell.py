"""Exercise `diagnose-notes-cell`."""

from typing import Any

import numpy as np

from autograder.checking import ANY_OTHER, CheckFailed, Exercise, Recognised, StudentFunction, expect_same
from autograder.exercises.u05_lstm.shared import draw_layer
from rnncore.functional.sequence.lstm_layer import LSTMTrace, diagnose_notes_cell, lstm_forward, trace

exercise = Exercise("diagnose-notes-cell", "Diagnose a cell from its trace", diagnose_notes_cell)


_FAULTS = ("input_gate_is_output_gate", "cell_state_not_updated", "output_ignores_cell")


def _cells(rng: np.random.Generator, B: int, T: int, H: int) -> dict[str, tuple[LSTMTrace, set[str]]]:
    """Runs of right and wrong cells, each with the faults that it has."""
    shared, frozen, output = _FAULTS
    hs, _, caches = lstm_forward(*draw_layer(rng, B, T, 2, H))
    right = trace(hs, caches)
    still = np.repeat(right.c_0[:, None], T, axis=1)
    spot = np.zeros((B, T, H))
    spot[-1, 0, -1] = 0.1
    shut = right._replace(i=np.zeros_like(right.i), f=np.ones_like(right.f), c=still, h=right.o * np.tanh(still))
    one_gate = right._replace(o=right.i, h=right.i * np.tanh(right.c))
    near = right.i + spot
    slight = right.h + 2e-4 * spot
    loudest = (np.abs(right.h) == np.max(np.abs(right.h))).astype(float)
    empty = right._replace(g=np.zeros_like(right.g), c=0.0 * right.c, h=0.0 * right.h, c_0=0.0 * right.c_0)
    return {
        "a right cell": (right, set()),
        "a right cell, but for rounding": (right._replace(h=right.h * (1 + 1e-12)), set()),
        "a right cell whose gates are shut": (shut, set()),
        "a right cell that was always empty": (empty, set()),
        "a right cell, off by less than the tolerance": (right._replace(h=right.h + 0.9e-6), set()),
        "i and o are one": (one_gate, {shared}),
        "i and o differ in one entry": (right._replace(o=near, h=near * np.tanh(right.c)), set()),
        "the cell state stays": (right._replace(c=still, h=right.o * np.tanh(still)), {frozen}),
        "the first step starts elsewhere": (right._replace(c_0=right.c_0 + 0.5), {frozen}),
        "the gate is the output": (right._replace(h=right.o), {output}),
        "the gate is left out": (right._replace(h=np.tanh(right.c)), {output}),
        "the output is too large in one entry": (right._replace(h=right.h + spot), {output}),
        "the output is too small in one entry": (right._replace(h=right.h - spot), {output}),
        "the output is off by what cancels": (right._replace(h=right.h + spot - spot[:, ::-1]), {output}),
        "the output is off by little in one entry": (right._replace(h=slight), {output}),
        "the output is off by just more than the tolerance": (right._replace(h=right.h + 1.5e-6 * loudest), {output}),
        "all three faults": (right._replace(o=right.i, c=still, h=right.i), {shared, frozen, output}),
    }


def _diagnose(student: StudentFunction, rng: np.random.Generator, faults: tuple[str, ...], *sizes: int):
    cells = _cells(rng, *sizes)
    found = {name: student(run) for name, (run, _) in cells.items()}
    _expect_findings(found, cells, faults)


def _expect_findings(found: dict[str, Any], cells: dict[str, tuple[LSTMTrace, set[str]]], faults: tuple[str, ...]):
    for name, (_, has) in cells.items():
        findings = found[name]
        if not isinstance(findings, dict) or set(findings) != set(_FAULTS):
            raise CheckFailed("return a dictionary with the three keys of the docstring, no others")
        for fault in faults:
            expect_same(_truth(findings[fault]), fault in has, f"the finding {fault!r} ({name})")


def _truth(finding: Any) -> Any:
    """A finding as true or false; a 1 and a 0 say the same."""
    return bool(finding) if np.shape(finding) == () and np.asarray(finding).dtype.kind in "biu" else finding


@exercise.check("whether two gates are one", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS[:1], 2, 4, 3)


@exercise.check("whether the cell state is updated", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS[1:2], 2, 4, 3)


@exercise.check("whether the output comes from the cell", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS[2:], 2, 4, 3)


@exercise.check("all three, for more sequences and units", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _diagnose(student, rng, _FAULTS, 5, 3, 6)
    cells, within = _cells(rng, 1, 2, 2), "by less than the tolerance"
    for name, fault, has in (
        ("i and o differ in one entry", _FAULTS[0], True),
        ("the output is too large in one entry", _FAULTS[2], False),
    ):
        found = {f"{name}, {within}": student(cells[name][0], 0.2)}
        _expect_findings(found, {f"{name}, {within}": (cells[name][0], {fault} if has else set())}, (fault,))


@exercise.check("the findings are True or False", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for run, _ in _cells(rng, 1, 2, 2).values():
        for key, finding in student(run).items():
            if np.asarray(finding).dtype != bool or np.shape(finding):
                raise Recognised(f"the finding {key!r} should be True or False; got {type(finding).__name__}")


exercise.leaves_inputs(0.25)


def _far(a, b, tolerance):
    return bool(np.max(np.abs(a - b)) > tolerance)


def _diagnosis(run, tolerance=1e-6, c_prev=None, far=_far, **findings):
    """The three findings with their parts laid open."""
    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1) if c_prev is None else c_prev
    return {
        "input_gate_is_output_gate": not far(run.i, run.o, tolerance),
        "cell_state_not_updated": far(run.c, run.f * before + run.i * run.g, tolerance),
        "output_ignores_cell": far(run.h, run.o * np.tanh(run.c), tolerance),
    } | findings


@exercise.mistake("Your findings are turned round: True where the cell is sound. Each name is the name of a fault.")
def turned_round(run, tolerance=1e-6):
    return {fault: not found for fault, found in _diagnosis(run, tolerance).items()}


@exercise.mistake(
    "You take a cell state that stays the same for one that is not updated. A cell with an open forget gate and a shut "
    "input gate keeps its state, and is sound: test the update itself."
)
def still_is_not_updated(run, tolerance=1e-6):
    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1)
    return _diagnosis(run, tolerance, cell_state_not_updated=not _far(run.c, before, tolerance))


@exercise.mistake("Your test of the update starts at the second step. The first has a step before it too: c_0.")
def first_step_skipped(run, tolerance=1e-6):
    update = run.f[:, 1:] * run.c[:, :-1] + run.i[:, 1:] * run.g[:, 1:]
    return _diagnosis(run, tolerance, cell_state_not_updated=_far(run.c[:, 1:], update, tolerance))


@exercise.mistake(
    "Your test takes the cell to have been empty before the first step. It held c_0, which the trace has."
)
def first_cell_empty(run, tolerance=1e-6):
    return _diagnosis(run._replace(c_0=np.zeros_like(run.c_0)), tolerance)


@exercise.mistake(
    "Your test of the update multiplies f by the wrong cell state. The forget gate acts on that of one step earlier, "
    "and at the first step on c_0; np.roll would take that of the last."
)
def cell_of_the_same_step(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, c_prev=run.c)


@exercise.mistake(
    "You take the cell for ignored only where h equals the output gate. Other outputs ignore it too: test what h "
    "should be."
)
def output_is_the_gate(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, output_ignores_cell=not _far(run.h, run.o, tolerance))


@exercise.mistake("Your test of the output leaves out the output gate. The cell is shown as far as o lets it.")
def output_without_gate(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, output_ignores_cell=_far(run.h, np.tanh(run.c), tolerance))


@exercise.mistake("Your test of the output leaves out the tanh. The cell is squashed before it is shown.")
def output_without_squashing(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, output_ignores_cell=_far(run.h, run.o * run.c, tolerance))


@exercise.mistake(
    "You take two gates for one as soon as they agree somewhere. They are one gate only if they agree in every entry."
)
def gates_agree_somewhere(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, input_gate_is_output_gate=bool(np.min(np.abs(run.i - run.o)) <= tolerance))


@exercise.mistake("You compare the input gate with the forget gate. The fault of the notes is that i equals o.")
def compares_forget_gate(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, input_gate_is_output_gate=not _far(run.i, run.f, tolerance))


exercise.knob(
    _diagnosis,
    "exact",
    "You compare to the last digit. Computing the same thing in another order changes the last digits: leave room for "
    "rounding.",
    far=lambda a, b, tolerance: not np.array_equal(a, b),
)


@exercise.mistake("You look at the first sequence of the batch alone. A fault anywhere is a fault.")
def first_sequence_only(run, tolerance=1e-6):
    return _diagnosis(type(run)(*(part[:1] for part in run)), tolerance)


@exercise.mistake(
    "You compare means, in which differences cancel. Equal is what differs by no more than tolerance anywhere."
)
def means_compared(run, tolerance=1e-6):
    off = np.abs(np.mean(run.h - run.o * np.tanh(run.c))) > tolerance
    return _diagnosis(run, tolerance, output_ignores_cell=bool(off))


@exercise.mistake("You look at differences in one direction only. Too small is as wrong as too large: take np.abs.")
def one_direction_only(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, output_ignores_cell=bool(np.max(run.h - run.o * np.tanh(run.c)) > tolerance))


@exercise.mistake("You return a list. Wanted is a dictionary with the three keys of the docstring.")
def findings_in_a_list(run, tolerance=1e-6):
    return list(_diagnosis(run, tolerance).values())


@exercise.mistake("Your findings are 1 and 0. Wanted are True and False.")
def ones_and_zeros(run, tolerance=1e-6):
    return {key: int(finding) for key, finding in _diagnosis(run, tolerance).items()}


exercise.knob(
    _diagnosis,
    "mean_of_the_differences",
    "You compare by the mean of the differences, in which one entry that is off goes under. None may be off.",
    far=lambda a, b, tolerance: bool(np.mean(np.abs(a - b)) > tolerance),
)

exercise.knob(
    _diagnosis,
    "tolerance_ignored",
    "Your comparison does not ask `tolerance`, or not it alone: np.allclose has some of its own.",
    far=lambda a, b, tolerance: not np.allclose(a, b),
)

exercise.knob(
    _diagnosis,
    "anywhere_equal",
    "You call two arrays equal as soon as they agree in one entry. They must agree in every one: np.all.",
    far=lambda a, b, tolerance: bool(np.min(np.abs(a - b)) > tolerance),
)

exercise.knob(
    _diagnosis,
    "differences_with_a_sign",
    "You compare differences with their sign, so that everything too small counts as equal: take np.abs.",
    far=lambda a, b, tolerance: bool(np.max(a - b) > tolerance),
)


@exercise.mistake("Your first finding is turned round: True where i and o differ. Each name is the name of a fault.")
def gates_turned_round(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, input_gate_is_output_gate=_far(run.i, run.o, tolerance))


@exercise.mistake("Your second finding is turned round: True where c is updated. Each name is the name of a fault.")
def update_turned_round(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, cell_state_not_updated=not _diagnosis(run, tolerance)["cell_state_not_updated"])


@exercise.mistake("Your third finding is turned round: True where h is o tanh(c). Each name is the name of a fault.")
def output_turned_round(run, tolerance=1e-6):
    return _diagnosis(run, tolerance, output_ignores_cell=not _diagnosis(run, tolerance)["output_ignores_cell"])
