"""The trusted side: what exercises are made of, and the verdicts that they lead to."""

from autograder.checking.comparing import (
    CheckFailed,
    Recognised,
    expect_gates,
    expect_numbers,
    expect_parts,
    expect_same,
)
from autograder.checking.exercise import ANY_OTHER, Exercise
from autograder.checking.student_function import StudentFunction, expect_unchanged

__all__ = [
    "ANY_OTHER",
    "CheckFailed",
    "Exercise",
    "Recognised",
    "StudentFunction",
    "expect_gates",
    "expect_numbers",
    "expect_parts",
    "expect_same",
    "expect_unchanged",
]
