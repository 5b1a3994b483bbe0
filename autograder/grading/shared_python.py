"""Says when students who share a machine with the grader could get at the answers or the class."""

import stat
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from autograder import PROJECT
from autograder.authoring.student_edition import DISTRIBUTION


def exposed_answers(answers: Path = PROJECT / "rnncore") -> Iterator[str]:
    """The ways in which answers are open to others on this machine, a line each, with the way out.

    Args:
        answers: the folder of the complete rnncore.
    """
    if _others_can_enter(answers):
        yield (
            f"Every user of this machine can read the answers in {answers}, and import them with {sys.executable}. "
            "If students work here, install the course in a folder that only graders can enter (chmod 700 FOLDER)"
        )
    try:
        distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return
    yield (
        f"{DISTRIBUTION} is installed in the grader's own Python ({sys.prefix}), where it and the complete rnncore "
        f"are in each other's way. Run `pip uninstall {DISTRIBUTION}`, install the course again, and give students "
        "an environment of their own"
    )


def exposed_class(root: Path) -> Iterator[str]:
    """Whether a class folder is open to others on this machine: a line with the way out, or none."""
    if _others_can_enter(root):
        yield (
            f"Every user of this machine can look into {root}, at the class's seed, the solutions and the gradebook. "
            f"Close it: chmod o-rwx {root}"
        )


def _others_can_enter(path: Path) -> bool:
    """Whether others reach the files in a folder, whose names they know."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.resolve().parents))
