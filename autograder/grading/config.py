"""Alias: class folders made by the first version say `from autograder.grading.config import configure`."""

from autograder.nbgrader_config import configure

__all__ = ["configure"]
