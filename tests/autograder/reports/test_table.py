"""The table of grades. Oracle: the points that went in."""

import pytest
from rich.console import Console

from autograder.grading.gradebook import Grade, Result
from autograder.reports.table import grade_table


@pytest.mark.parametrize("name", ["n" * 140, "Nöé " * 35, "ada"])
@pytest.mark.parametrize("width", [80, 160])
def test_points_are_shown_whatever_a_student_is_called(name, width):
    scores = [1.25, 2.5, 3.75, 11.0, 12.0, 13.0]
    grades = tuple(Grade(name, "u", f"exercise-{n}", score, 20.0, "off") for n, score in enumerate(scores))
    console = Console(width=width, record=True)
    with console.capture() as shown:
        console.print(grade_table("u", [Result(name, grades=grades)], width))
    for points in (*scores, sum(scores)):
        assert f"{points:g}" in shown.get()
