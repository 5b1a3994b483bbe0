"""Hostile and broken submissions, each with its honest twin: the same work without the trick.

`make attack` grades all of them here and, where that is safe, with stock nbgrader; the tests of the grader grade every
third.
"""

from tests.attacks.attack import TWINS, Attack
from tests.attacks.code import CODE
from tests.attacks.files import FILES
from tests.attacks.notebook import NOTEBOOK
from tests.attacks.resources import RESOURCES
from tests.attacks.text import TEXT

ATTACKS: dict[str, Attack] = CODE | NOTEBOOK | FILES | RESOURCES | TEXT

__all__ = ["ATTACKS", "TWINS", "Attack"]
