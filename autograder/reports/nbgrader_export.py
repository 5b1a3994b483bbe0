"""`nbgrader export` in a class folder."""

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.grading.gradebook import apply_late_rule


class CurrentGrades(CsvExportPlugin):
    """nbgrader's CSV, with late penalties by the rule and the due dates as they are now."""

    def export(self, gradebook: Gradebook) -> None:
        for assignment in gradebook.assignments:
            apply_late_rule(gradebook, self.config, str(assignment.name))
        super().export(gradebook)
