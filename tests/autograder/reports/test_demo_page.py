"""The page at which a demonstration ends. Oracle: results and files made by hand."""

import re
from html import unescape

from autograder.grading.gradebook import Grade, Result
from autograder.grading.new_class import create_class
from autograder.reports import demo_page


def test_the_page_leads_to_what_there_is_and_shows_what_is_in_the_gradebook(tmp_path, monkeypatch):
    def result(student: str, score: float | None, reason: str = "") -> Result:
        return Result(student, grades=(Grade(student, "u05_lstm", "lstm-step", score, 4.0, reason),))

    results = [
        result("swapped-gates", 1.5, "<script>values</script>"),
        result("endless-loop", None),
        Result("late"),
    ]
    monkeypatch.setattr(demo_page, "read_results", lambda course, unit: results)
    course = create_class(tmp_path / "class")
    for student in ("swapped-gates", "endless-loop"):
        feedback = course.feedback_page("u05_lstm", student)
        feedback.parent.mkdir(parents=True)
        feedback.touch()
    report = tmp_path / "class" / "report.html"
    report.touch()
    (tmp_path / "grades.csv").touch()

    demo_page.write_demo_page(course, "u05_lstm", report, "cd here\njupyter lab", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    links = re.findall(r'href="([^"#]+)"', page)
    assert len(set(links)) == 4
    assert all((tmp_path / link).is_file() for link in links)
    assert "cd here\njupyter lab" in page
    assert "<script>" not in page
    rows = [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in re.findall(r"<tr>.*?</tr>", page, re.S)]
    assert rows[1:] == [
        "swapped-gates 1.5 1.5 lstm-step: <script>values</script>",
        "endless-loop … 0",
        "late not graded yet 0",
        "of 4 4",
    ]
