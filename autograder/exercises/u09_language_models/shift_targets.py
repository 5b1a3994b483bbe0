"""Exercise `shift-targets`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.tasks.batching import TextBatch, shift_targets

exercise = Exercise("shift-targets", "A text is its own answer", shift_targets)


def _shift(student: StudentFunction, rng: np.random.Generator, B: int, T: int, padding: int = 0):
    """What came, and what should have, step by step."""
    ids = rng.integers(1, 90, size=(B, T))
    ids[0, T - padding :] = 0
    inputs = [[row[t] for t in range(T - 1)] for row in ids]
    targets = [[row[t + 1] for t in range(T - 1)] for row in ids]
    return expect_parts(student(ids), "inputs", "targets"), (np.array(inputs), np.array(targets))


@exercise.check("what is read", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (inputs, _), (want, _) = _shift(student, rng, B=3, T=7)
    expect_same(inputs, want, "inputs", "Nothing comes after the last token, so it is not read.")


@exercise.check("what is to be answered", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, targets), (_, want) = _shift(student, rng, B=4, T=6, padding=2)
    expect_same(targets, want, "targets", "At each step, the token after the one that is read.")


@exercise.check("a single sequence, and sequences of two tokens", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in ((1, 5), (3, 2), (1, 2)):
        got, want = _shift(student, rng, B, T)
        expect_same(got[0], want[0], "inputs")
        expect_same(got[1], want[1], "targets")


exercise.leaves_inputs(0.25)


@exercise.mistake("You return the targets before the inputs. The order is inputs, targets.")
def targets_first(ids):
    return TextBatch(ids[:, 1:], ids[:, :-1])


@exercise.mistake(
    "Your targets are the inputs. A network could copy what it has just read; it is to say what comes after it."
)
def not_shifted(ids):
    return TextBatch(ids[:, :-1], ids[:, :-1])


@exercise.mistake(
    "Your targets go round: the last token is followed by the first of its sequence. Nothing follows it, so it is read "
    "by nobody."
)
def going_round(ids):
    return TextBatch(ids, np.roll(ids, -1, axis=1))


@exercise.mistake("You shift from sequence to sequence. Rows are sequences; time runs along the second axis.")
def shifted_along_the_batch(ids):
    return TextBatch(ids[:-1], ids[1:])


@exercise.mistake("Your targets lie two steps ahead of the inputs. The token that comes next is one step ahead.")
def two_ahead(ids):
    return TextBatch(ids[:, :-2], ids[:, 2:])


@exercise.mistake(
    "You put a 0 before the sequences, and keep all of their tokens as targets. Here the mark of the beginning stands "
    "in ids already; nothing is added."
)
def zero_before(ids):
    zeros = np.zeros_like(ids[:, :1])
    return TextBatch(np.concatenate([zeros, ids[:, :-1]], axis=1), ids)


@exercise.mistake(
    "You fill up the targets with a 0. Where there is no next token there is no step: both are (B, T - 1)."
)
def zero_behind(ids):
    zeros = np.zeros_like(ids[:, :1])
    return TextBatch(ids, np.concatenate([ids[:, 1:], zeros], axis=1))


@exercise.mistake("Your targets are the last tokens alone. A language model answers at every step.")
def last_token_alone(ids):
    return TextBatch(ids[:, :-1], ids[:, -1])


@exercise.mistake("Your targets are one-hot, or have an axis more than ids. Both are whole numbers, (B, T - 1).")
def an_axis_more(ids):
    return TextBatch(ids[:, :-1], ids[:, 1:, None])


@exercise.mistake(
    "You change the padding in the targets. They are the ids as they stand; a mask says later which of them count."
)
def padding_marked(ids):
    return TextBatch(ids[:, :-1], np.where(ids[:, 1:] == 0, -100, ids[:, 1:]))
