"""`nbgrader export` in a class folder."""

import csv
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin

from autograder.grading.class_folder import in_turn
from autograder.grading.csv_text import as_csv
from autograder.grading.gradebook import apply_rules
from autograder.grading.rules import read_rules


class CurrentGrades(CsvExportPlugin):
    """nbgrader's CSV by the rules and dates as they are now, and with no formulas in it.

    nbgrader has no excuses: whoever is excused from a unit has neither `score` nor `max_score` in it.
    """

    def export(self, gradebook: Gradebook) -> None:
        root = Path(CourseDirectory(config=self.config).root)
        with in_turn(root):
            for assignment in gradebook.assignments:
                apply_rules(gradebook, self.config, str(assignment.name))
            super().export(gradebook)
        path = Path(self.to or "grades.csv")
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        unit, student, *not_counting = map(header.index, ("assignment", "student_id", "score", "max_score"))
        excused = {(excuse.unit, excuse.student) for excuse in read_rules(root).excuses}
        for row in rows:
            if (row[unit], row[student]) in excused:
                for column in not_counting:
                    row[column] = ""
        path.write_text(as_csv([header, *rows]), newline="")
