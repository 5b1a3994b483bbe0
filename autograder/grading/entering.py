"""Enters the decisions of a unit into the gradebook: the points of waived checks, then what exercises count."""

from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

from autograder.grading.waivers import UnitWaivers, WaivedCheck
from autograder.grading.weights import UnitWeights, Weighed


@dataclass(frozen=True)
class Decisions:
    """What was decided about one answer.

    Attributes:
        waived: the waived checks that gave points.
        weighed: what the exercise counts, if that is not what the release says.
    """

    waived: tuple[WaivedCheck, ...] = ()
    weighed: Weighed | None = None

    def __str__(self) -> str:
        return "; ".join(map(str, (*self.waived, *([self.weighed] if self.weighed else []))))


UNDECIDED = Decisions()


class UnitDecisions:
    """The decisions of a unit, ready to be entered."""

    def __init__(self, directory: CourseDirectory, unit: str):
        """
        Raises:
            BadInput: if the rules of the class cannot be read.
        """
        self._waivers = UnitWaivers(directory, unit)
        self._weights = UnitWeights(directory, unit)

    def enter_maxima(self, gradebook: Any) -> None:
        """Let each exercise of the unit have the points that it counts for."""
        self._weights.enter_maxima(gradebook)

    def enter(self, gradebook: Any, notebook: Any, graded: NotebookNode | None = None) -> dict[str, Decisions]:
        """Enter the points of one submission as the rules give them now; what they no longer give is taken back.

        Args:
            gradebook: nbgrader's `Gradebook`.
            notebook: nbgrader's `SubmittedNotebook`.
            graded: the submission with the verdicts on it, if it is not in the class folder yet.

        Returns:
            What was decided, by nbgrader's id of the grade.
        """
        answers = self._weights.lift(gradebook, notebook)
        if self._weights.ended(answers):
            self.take_out(gradebook, notebook)
            answers = self._weights.lift(gradebook, notebook)
        answers, waived, added = self._waivers.add(gradebook, notebook.student.id, answers, graded)
        weighed, entered = self._weights.enter(gradebook, notebook, answers)
        if added or entered:
            gradebook.db.commit()
        return {
            name: Decisions(tuple(waived.get(name, ())), weighed.get(name)) for name in waived.keys() | weighed.keys()
        }

    def take_out(self, gradebook: Any, notebook: Any) -> None:
        """Put the points of a submission back out of those in the release, as grading expects them."""
        answers, taken = self._waivers.take_out(gradebook, self._weights.lift(gradebook, notebook))
        if self._weights.take_out(gradebook, notebook, answers) or taken:
            gradebook.db.commit()
