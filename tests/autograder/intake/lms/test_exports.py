"""Points for Canvas and Moodle. Oracle: the columns that those systems document, and points that are given here."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.csv_text import harmless
from autograder.grading.gradebook import open_gradebook, set_due_date
from autograder.grading.rules import Excuse, change_rules
from autograder.intake.lms.exports import rounded, totals, write_canvas, write_moodle
from autograder.intake.lms.roster import Roster

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,u05_lstm (4711),Other (4712),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,20.0,10.0,(read only)
"Lovelace, Ada",1,x1,ada,A,,5,
"Smith, Bob",2,x2,bob,A,3,5,
"=cmd|' /C calc'!A0, Eve",3,x3,eve,A,,,
"Nobody, Ned",4,x4,ned,A,,,
"Student, Test",5,,,A,,,
"""
WORKSHEET = """\
Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Online text,Last modified (grade),Feedback comments
Participant 11,Ada Lovelace,ada,a@example.org,Submitted,,20.00,Yes,"Friday, 20 November 2026, 11:59 PM",=1+1,-,-good
Participant 12,Bob Smith,bob,b@example.org,Submitted,3.00,20.00,Yes,-,,"Friday, 20 November 2026, 11:59 PM",
Participant 13,@sum Eve,eve,e@example.org,Submitted,4.00,20.00,Yes,-,,-,
Participant 14,Ned Nobody,ned,n@example.org,No submission,,20.00,Yes,-,,-,
"""
PARTICIPANTS = (
    "First name,Last name,ID number,Email address\nAda,Lovelace,ada,a@example.org\nBob,Smith,bob,b@example.org\n"
)


LATE_RULE = """
from nbgrader.plugins import LateSubmissionPlugin


class TwoPoints(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 2.0


c.AssignLatePenalties.plugin_class = TwoPoints
"""


@pytest.fixture
def graded(new_class) -> ClassFolder:
    """A class in which ada has 18.125 and is late, bob 17 and eve waits; ned handed nothing in, zoe is in no roster."""
    with (new_class.root / "nbgrader_config.py").open("a") as config:
        config.write(LATE_RULE)
    course = ClassFolder(new_class.root)
    set_due_date(course, UNIT, datetime(2026, 11, 20, tzinfo=UTC))
    points = {"ada": (15.125, 3.0), "bob": (14.0, 3.0), "eve": (1.0, None), "zoe": (0.0, 1.0)}
    with open_gradebook(course) as gradebook:
        for student, (code, question) in points.items():
            Homework(course.release_notebook(UNIT)).save(course.submission(UNIT, student))
            gradebook.add_student(student)
            late = timedelta(days=1 if student == "ada" else -1)
            gradebook.add_submission(UNIT, student, timestamp=datetime(2026, 11, 20) + late)
            for grade in gradebook.find_submission_notebook(UNIT, UNIT, student).grades:
                grade.auto_score, grade.needs_manual_grade = 0.0, False
                if grade.name == "lstm-step-check":
                    grade.auto_score = code
                if grade.name == "lstm-question":
                    grade.auto_score, grade.manual_score = None, question
                    grade.needs_manual_grade = question is None
        gradebook.db.commit()
    return course


def roster(folder: Path, text: str) -> Roster:
    (folder / "roster.csv").write_text(text)
    return Roster(folder / "roster.csv")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_points_are_after_the_penalty_and_only_where_all_is_graded(graded):
    found, most = totals(graded, UNIT)
    assert {total.student: total.points for total in found} == {
        "ada": Decimal("16.13"),
        "bob": Decimal("17.00"),
        "eve": None,
        "zoe": Decimal("1.00"),
    }
    assert most == 20


def test_canvas_gets_its_own_columns_back_with_the_points(graded, tmp_path):
    outcome = write_canvas(graded, UNIT, roster(tmp_path, CANVAS), tmp_path / "out.csv")
    header = next(csv.reader((tmp_path / "out.csv").read_text().splitlines()))
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "u05_lstm (4711)"]
    found = rows(tmp_path / "out.csv")
    assert found[0]["Student"] == "    Points Possible"
    assert [(row["ID"], row["SIS Login ID"], row["u05_lstm (4711)"]) for row in found] == [
        ("", "", "20"),
        ("1", "ada", "16.13"),
        ("2", "bob", "17"),
        ("3", "eve", ""),
        ("4", "ned", ""),
    ]
    assert found[3]["Student"].startswith("'=cmd")
    assert (outcome.written, outcome.waiting, outcome.unlisted) == (2, ("eve",), ("zoe",))


def test_canvas_keeps_what_it_has(graded, tmp_path):
    """An import with an empty cell erases the grade of an oral examination, and one with points ends an excuse."""
    text = CANVAS.replace("ada,A,", "ada,A,EX").replace("ned,A,", "ned,A,15.50").replace("eve,A,", "eve,A,12.50")
    outcome = write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv")
    entries = {row["SIS Login ID"]: row["u05_lstm (4711)"] for row in rows(tmp_path / "out.csv")}
    assert entries == {"": "20", "ada": "EX", "bob": "17", "eve": "12.50", "ned": "15.50"}
    assert outcome.written == 1
    assert outcome.lines()[-2:] == [
        "put back as it was, since there are no points here: eve (12.50), ned (15.50)",
        "not changed, since excused or locked there: ada (EX)",
    ]


def test_entries_that_are_something_else_there_are_named(graded, tmp_path):
    text = CANVAS.replace("ada,A,", "ada,A,16.130").replace("bob,A,3", "bob,A,12.5")
    outcome = write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv")
    assert "other points than the roster has: bob (12.5 -> 17)" in outcome.lines()
    outcome = write_moodle(graded, UNIT, roster(tmp_path, WORKSHEET), tmp_path / "out.csv")
    assert "other points than the roster has: bob (3.00 -> 17)" in outcome.lines()


def test_canvas_test_student_is_left_out(graded, tmp_path):
    text = CANVAS.replace('"Student, Test",5,,,A', '"Student, Test",5,,zoe,A')
    outcome = write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv")
    assert (outcome.written, outcome.unlisted) == (2, ())
    assert "5" not in [row["ID"] for row in rows(tmp_path / "out.csv")]


def test_a_column_that_canvas_computes_is_refused(graded, tmp_path):
    with pytest.raises(BadInput, match="Canvas computes 'Final Score'"):
        write_canvas(graded, UNIT, roster(tmp_path, CANVAS), tmp_path / "out.csv", "Final Score")


def test_moodle_keeps_what_must_not_change(graded, tmp_path):
    text = WORKSHEET.replace("Submitted,3.00,20.00,Yes", "Submitted,3.00,20.00,No")
    outcome = write_moodle(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv")
    entries = {row["ID number"]: row["Grade"] for row in rows(tmp_path / "out.csv")}
    assert entries == {"ada": "16.13", "bob": "3.00", "eve": "4.00", "ned": ""}
    assert (outcome.written, outcome.put_back, outcome.fixed) == (1, {"eve": "4.00"}, {"bob": "3.00"})


def test_who_is_excused_is_ex_in_canvas_and_empty_in_moodle(graded, tmp_path):
    """Canvas takes EX for an excuse, and counts neither points nor maximum; Moodle knows none."""
    excuses = [Excuse(UNIT, student, "ill") for student in ("bob", "eve", "ned")]
    change_rules(graded.root, lambda rules: rules.with_excuses(excuses))
    outcome = write_canvas(graded, UNIT, roster(tmp_path, CANVAS), tmp_path / "out.csv")
    entries = {row["SIS Login ID"]: row["u05_lstm (4711)"] for row in rows(tmp_path / "out.csv")}
    assert entries == {"": "20", "ada": "16.13", "bob": "EX", "eve": "EX", "ned": "EX"}
    assert (outcome.written, outcome.waiting) == (1, ())
    assert "without points, since excused here: bob (3), eve (empty), ned (empty)" in outcome.lines()
    outcome = write_moodle(graded, UNIT, roster(tmp_path, WORKSHEET), tmp_path / "out.csv")
    assert [row["Grade"] for row in rows(tmp_path / "out.csv")] == ["16.13", "", "", ""]
    assert outcome.lines()[-1] == "without points, since excused here: bob (3.00), eve (4.00), ned (empty)"
    write_moodle(graded, UNIT, roster(tmp_path, PARTICIPANTS), tmp_path / "out.csv")
    assert [row["ID number"] for row in rows(tmp_path / "out.csv")] == ["ada"]
    change_rules(graded.root, lambda rules: rules.without_excuses([(UNIT, "bob")]))
    assert write_canvas(graded, UNIT, roster(tmp_path, CANVAS), tmp_path / "out.csv").written == 2


def test_moodle_gets_a_german_worksheet_back_in_german(graded, tmp_path):
    german = WORKSHEET
    for english, word in {
        "Identifier": "ID",
        "Full name": "Vollständiger Name",
        "Grade can be changed": "Bewertung kann geändert werden",
        "Maximum Grade": "Bestwertung",
        ",Grade,": ",Bewertung,",
        "20.00,Yes": '"20,00",Ja',
    }.items():
        german = german.replace(english, word)
    write_moodle(graded, UNIT, roster(tmp_path, WORKSHEET), tmp_path / "english.csv")
    write_moodle(graded, UNIT, roster(tmp_path, german), tmp_path / "german.csv")
    points = {row["ID"]: row["Bewertung"] for row in rows(tmp_path / "german.csv")}
    assert points == {row["Identifier"]: row["Grade"] for row in rows(tmp_path / "english.csv")}
    assert any(points.values())


@pytest.mark.parametrize("points", ["20", "20.00", "20,00", "20.000", "20,000", "", "Pass / fail"])
def test_points_possible_may_be_written_in_the_way_of_the_country(graded, tmp_path, points):
    text = CANVAS.replace(",20.0,", f',"{points}",')
    assert write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv").written == 2


def test_the_column_of_canvas_can_be_named_and_is_made_if_there_is_none(graded, tmp_path):
    text = CANVAS.replace("u05_lstm (4711)", "Unit 5, LSTM (4711)".join('""')).replace("20.0", "20")
    write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv", "Unit 5, LSTM (4711)")
    assert rows(tmp_path / "out.csv")[1]["Unit 5, LSTM (4711)"] == "16.13"
    write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv")
    assert rows(tmp_path / "out.csv")[1][UNIT] == "16.13"
    with pytest.raises(BadInput, match=r"Other \(4712\)"):
        write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv", "LSTM")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CANVAS.replace(",20.0,", ",100,"), "20 points; in Canvas its Points Possible is 100"),
        (CANVAS.replace(",20.0,", ',"1,000.00",'), "20 points; in Canvas its Points Possible is 1,000.00"),
        (CANVAS.replace(",20.0,", ',"1.000,00",'), "20 points; in Canvas its Points Possible is 1.000,00"),
        (CANVAS.replace("Other (4712)", "u05_lstm again (4712)"), "--column"),
        (WORKSHEET, "gradebook export of Canvas"),
    ],
)
def test_what_canvas_would_take_wrongly_is_refused(graded, tmp_path, text, said):
    with pytest.raises(BadInput, match=said) as refusal:
        write_canvas(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv")
    assert ("Change it there" in str(refusal.value)) == ("give it with --roster FILE" in str(refusal.value))
    assert not (tmp_path / "out.csv").exists()


def test_moodle_gets_its_worksheet_back_with_the_grades(graded, tmp_path):
    outcome = write_moodle(graded, UNIT, roster(tmp_path, WORKSHEET), tmp_path / "out.csv")
    found = rows(tmp_path / "out.csv")
    assert [(row["Identifier"], row["Grade"]) for row in found] == [
        ("Participant 11", "16.13"),
        ("Participant 12", "17"),
        ("Participant 13", "4.00"),
        ("Participant 14", ""),
    ]
    # Moodle asks for these three, and compares the time of the last grading.
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(found[0])
    assert [row["Last modified (grade)"] for row in found][:2] == ["-", "Friday, 20 November 2026, 11:59 PM"]
    assert not {"Online text", "Feedback comments"} & set(found[0])
    assert found[2]["Full name"] == "'@sum Eve"
    assert (outcome.written, outcome.waiting, outcome.unlisted) == (2, ("eve",), ("zoe",))


def test_moodle_gets_a_table_to_import(graded, tmp_path):
    write_moodle(graded, UNIT, roster(tmp_path, PARTICIPANTS), tmp_path / "out.csv")
    assert rows(tmp_path / "out.csv") == [
        {
            "First name": "Ada",
            "Last name": "Lovelace",
            "ID number": "ada",
            "Email address": "a@example.org",
            UNIT: "16.13",
        },
        {"First name": "Bob", "Last name": "Smith", "ID number": "bob", "Email address": "b@example.org", UNIT: "17"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WORKSHEET.replace("20.00", "100.00"), "20 points; in Moodle its Maximum Grade is 100.00"),
        (WORKSHEET.replace(",Grade,", ",Mark,"), "column Grade"),
        (CANVAS, "grading worksheet"),
        ("student id,name\nada,Ada\n", "grading worksheet"),
    ],
)
def test_what_moodle_would_take_wrongly_is_refused(graded, tmp_path, text, said):
    with pytest.raises(BadInput, match=said):
        write_moodle(graded, UNIT, roster(tmp_path, text), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (0.125, "0.13"),
        (2.675, "2.68"),
        (1 / 3, "0.33"),
        (17, "17.00"),
        (0.1 + 0.2, "0.30"),
        (11.174999999999999, "11.18"),
    ],
)
def test_halves_are_rounded_up(points, text):
    assert str(rounded(points)) == text


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@sum(1)", " =1", "\t=1", "=", "-x"])
def test_no_text_becomes_a_formula(text):
    assert harmless(text) == text if len(text) == 1 else harmless(text) == "'" + text.replace("\t", " ")


@pytest.mark.parametrize("text", ["Ada", "-", "-3.5", "+1", "", "a=b", "O'Neil"])
def test_other_texts_stay(text):
    assert harmless(text) == text


def test_the_release_has_the_points_of_these_tests(new_class):
    cells = nbformat.read(new_class.release_notebook(UNIT), as_version=4).cells
    assert sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells) == 20
