"""The trusted side: what exercises are made of, and the verdicts that they lead to."""

from autograder.checking.comparing import CheckFailed, expect_parts, expect_same
from autograder.checking.exercise import Exercise
from autograder.checking.student_function import StudentFunction, expect_unchanged

__all__ = [
    "CheckFailed",
    "Exercise",
    "StudentFunction",
    "expect_parts",
    "expect_same",
    "expect_unchanged",
]
