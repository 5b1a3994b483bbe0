"""`nbgrader export` in a class folder."""

import csv
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.grading.csv_text import as_csv
from autograder.grading.gradebook import apply_rules


class CurrentGrades(CsvExportPlugin):
    """nbgrader's CSV, with waivers and late penalties by the rules and dates as they are now, and no formulas in it."""

    def export(self, gradebook: Gradebook) -> None:
        for assignment in gradebook.assignments:
            apply_rules(gradebook, self.config, str(assignment.name))
        super().export(gradebook)
        path = Path(self.to or "grades.csv")
        path.write_text(as_csv(csv.reader(path.read_text().splitlines())), newline="")
