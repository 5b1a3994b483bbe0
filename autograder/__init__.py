"""The grader: builds the notebooks, runs submissions behind walls, and reaches its verdicts outside of them."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
"""Where `rnncore`, `autograder` and `solutions` lie side by side."""
