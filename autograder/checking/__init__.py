"""The trusted side: hidden checks, mutants, and the verdicts that they lead to."""

from autograder.checking.checks import (
    CheckFailed,
    CheckSet,
    RemoteFunction,
    StudentFunction,
    Verdict,
    expect_parts,
    expect_same,
    expect_unchanged,
)
from autograder.checking.mutants import Mutant, Mutants

__all__ = [
    "CheckFailed",
    "CheckSet",
    "Mutant",
    "Mutants",
    "RemoteFunction",
    "StudentFunction",
    "Verdict",
    "expect_parts",
    "expect_same",
    "expect_unchanged",
]
