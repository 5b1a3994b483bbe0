"""Exercise `copy-memory`."""

import numpy as np

from autograder.checking import ANY_OTHER, CheckFailed, Exercise, Recognised, StudentFunction, expect_parts, expect_same
from rnncore.tasks.copy_memory import BLANK, GO, N_SYMBOLS, Copies, copy_memory

exercise = Exercise("copy-memory", "Remember a string over a silence", copy_memory)


_LINES = "the inputs", "the targets"


def _laid_out(strings: np.ndarray, T: int) -> tuple[np.ndarray, np.ndarray]:
    """The oracle: written down symbol by symbol."""
    inputs, targets = [], []
    for string in strings.tolist():
        silence = [BLANK] * (T - 1)
        inputs.append([*string, *silence, GO, *([BLANK] * len(string))])
        targets.append([*([BLANK] * len(string)), *silence, BLANK, *string])
    return np.array(inputs), np.array(targets)


def _run_copy_memory(student: StudentFunction, rng: np.random.Generator, B: int, n: int, T: int):
    strings = rng.integers(0, N_SYMBOLS, size=(B, n))
    return expect_parts(student(strings, T), *_LINES), _laid_out(strings, T)


@exercise.check("the string comes first, and then it is silent", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_copy_memory(student, rng, 3, 4, 6)
    inputs = np.asarray(got[0])
    if inputs.ndim != 2 or inputs.shape[1] < 9:
        raise CheckFailed(f"the inputs should be (B, T + 2n); got {inputs.shape}")
    expect_same(inputs[:, :9], want[0][:, :9].astype(float), "the first n + T - 1 inputs", "The string, then blanks.")


@exercise.check("what is read", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 4, 6), (1, 2, 9)):
        got, want = _run_copy_memory(student, rng, *sizes)
        hint = "The string, T silent steps of which the last is GO, n blanks."
        expect_same(got[0], want[0].astype(float), _LINES[0], hint)


@exercise.check("what is to be written", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 4, 6), (1, 2, 9)):
        got, want = _run_copy_memory(student, rng, *sizes)
        expect_same(got[1], want[1].astype(float), _LINES[1], "Blanks, and at the last n steps the string.")


@exercise.check("a silence of a single step, a string of a single symbol", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 3, 1), (2, 1, 4)):
        got, want = _run_copy_memory(student, rng, *sizes)
        for name, mine, right in zip(_LINES, got, want, strict=True):
            expect_same(mine, right.astype(float), name, "The smallest sizes are sizes too.")


@exercise.check("whole numbers", points=0.25, after=ANY_OTHER)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, _ = _run_copy_memory(student, rng, 2, 3, 4)
    kinds = [np.asarray(part).dtype for part in got]
    if any(kind.kind not in "iu" for kind in kinds):
        raise Recognised(f"symbols are whole numbers, int64; got {kinds[0]} and {kinds[1]}")


exercise.leaves_inputs(0.25)


def _copies(strings, T, go=None, read=None, start=None, written=None):
    """Copy memory with its parts laid open."""
    B, n = strings.shape
    inputs, targets = np.full((2, B, T + 2 * n), BLANK)
    inputs[:, :n] = strings if read is None else read
    inputs[:, n + T - 1 if go is None else go] = GO
    start = n + T if start is None else start
    targets[:, start : start + n] = strings if written is None else written
    return Copies(inputs, targets)


@exercise.mistake("Your sign to begin comes at the first silent step. It is the last of the T silent ones.")
def go_at_once(strings, T):
    return _copies(strings, T, go=strings.shape[1])


@exercise.mistake("Your sign to begin comes a step late, where the answer already begins.")
def go_too_late(strings, T):
    return _copies(strings, T, go=strings.shape[1] + T)


@exercise.mistake("Your answer begins at the step of GO. It begins at the step after it.")
def answer_too_early(strings, T):
    return _copies(strings, T, start=strings.shape[1] + T - 1)


@exercise.mistake("Your answer is the string from its end. It is to be written in the order in which it was read.")
def answer_reversed(strings, T):
    return _copies(strings, T, written=strings[:, ::-1])


@exercise.mistake("What is read holds the answer too. While the network writes, it reads blanks.")
def answer_given_away(strings, T):
    copies = _copies(strings, T)
    inputs = copies.inputs.copy()
    inputs[:, -strings.shape[1] :] = strings
    return Copies(inputs, copies.targets)


exercise.knob(
    _copies, "no_go", "There is no GO in what is read: the network cannot know when to begin.", go=slice(0, 0)
)


@exercise.mistake("Your silence is 0, which is a symbol of the strings. Use BLANK.")
def silence_is_zero(strings, T):
    return Copies(*(np.where(row == BLANK, 0, row) for row in _copies(strings, T)))


@exercise.mistake("Inputs and targets are swapped: first comes what is read.")
def swapped(strings, T):
    return _copies(strings, T)[::-1]


@exercise.mistake("Your silence is a step too long. T counts its steps, that of GO included.")
def a_step_too_long(strings, T):
    return _copies(strings, T + 1)


@exercise.mistake("You write GO until the end. It comes once; while the answer is written, blanks are read.")
def go_goes_on(strings, T):
    inputs, targets = _copies(strings, T)
    inputs[:, strings.shape[1] + T - 1 :] = GO
    return Copies(inputs, targets)


@exercise.mistake("Your targets are the strings alone. They are as long as the inputs: blanks come first.")
def targets_without_blanks(strings, T):
    return Copies(_copies(strings, T).inputs, strings)


@exercise.mistake("All your sequences hold the first string. Row b holds strings[b].")
def first_string_for_all(strings, T):
    return _copies(np.broadcast_to(strings[0], strings.shape), T)


@exercise.mistake("Your answer stands at the beginning of the targets. It is written at the last n steps, after GO.")
def answer_at_the_beginning(strings, T):
    return _copies(strings, T, start=0)


@exercise.mistake("Your targets hold GO. It is read, and never written: at its step a blank is to be written.")
def go_is_written(strings, T):
    inputs, targets = _copies(strings, T)
    return Copies(inputs, np.where(inputs == GO, GO, targets))
