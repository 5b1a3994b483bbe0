"""Files of Canvas and Moodle come back as they were, with the points. Oracle: the files in files/, read here."""

import csv
from pathlib import Path

import pytest

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import open_gradebook
from autograder.intake.lms.exports import write_canvas, write_moodle
from autograder.intake.lms.names import NoSender, senders
from autograder.intake.lms.roster import Roster

FILES = Path(__file__).parent / "files"
POINTS = {"ada": "16.13", "bob": "17", "zoe": "1"}
NAMES = {"ada": ("Müller", "Jörg"), "bob": ("O'Neil", "Ann"), "eve": ("O'Neil", "Ann")}
# By file: what separates cells, the columns of logins and points, and those that the system does not need back.
CANVAS = {
    "canvas-sections.csv": (",", "u05_lstm (4711)", {"Other (4712)", "Current Score", "Unposted Current Score"}),
    "canvas-semicolons.csv": (";", "Abgabe u05_lstm (4711)", {"Other (4712)"}),
    "canvas-muted.csv": (",", "u05_lstm (4711)", {"Hidden (4713)"}),
}
MOODLE = {
    "moodle-german.csv": (",", "E-Mail-Adresse", "Bewertung", {"Texteingabe online", "Feedback als Kommentar"}),
    "moodle-french.csv": ("\t", "Adresse de courriel", "Note", {"Feedback par commentaires"}),
    "moodle-spanish.csv": (";", "Dirección de correo", "Calificación", set()),
}


@pytest.fixture
def graded(new_class) -> ClassFolder:
    """A class in which ada has 16.125, bob 17 and zoe 1, and eve's question waits."""
    with open_gradebook(new_class) as gradebook:
        for student, points in (*POINTS.items(), ("eve", "0")):
            Homework(new_class.release_notebook(UNIT)).save(new_class.submission(UNIT, student))
            gradebook.add_student(student)
            gradebook.add_submission(UNIT, student)
            for row in gradebook.find_submission_notebook(UNIT, UNIT, student).grades:
                row.auto_score, row.needs_manual_grade = 0.0, False
                if row.name == "lstm-question":
                    row.auto_score, row.needs_manual_grade = None, student == "eve"
                    row.manual_score = {"ada": 16.125}.get(student, float(points))
        gradebook.db.commit()
    return new_class


def table(path: Path, between: str = ",") -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file, delimiter=between))


@pytest.mark.parametrize("name", CANVAS)
def test_canvas(graded, tmp_path, name):
    between, points, dropped = CANVAS[name]
    lines = {row["SIS Login ID"]: row for row in table(FILES / name, between) if row["ID"] not in ("", "105")}
    first = next(iter(lines["ada"]))
    want = [dict.fromkeys(lines["ada"], "") | {first: "    Points Possible", points: "20"}]
    want += [row | {points: POINTS.get(login, row[points])} for login, row in lines.items()]
    outcome = write_canvas(graded, UNIT, Roster(FILES / name), tmp_path / "out.csv")
    assert table(tmp_path / "out.csv") == [{k: v for k, v in row.items() if k not in dropped} for row in want]
    assert (outcome.written, outcome.waiting, outcome.unlisted) == (3, ("eve",), ())
    write_canvas(graded, UNIT, Roster(tmp_path / "out.csv"), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize("name", MOODLE)
def test_moodle(graded, tmp_path, name):
    between, login, points, dropped = MOODLE[name]
    want = [row | {points: POINTS.get(row[login], row[points])} for row in table(FILES / name, between)]
    outcome = write_moodle(graded, UNIT, Roster(FILES / name), tmp_path / "out.csv")
    assert table(tmp_path / "out.csv") == [{k: v for k, v in row.items() if k not in dropped} for row in want]
    assert (outcome.written, outcome.waiting, outcome.unlisted) == (3, ("eve",), ())
    write_moodle(graded, UNIT, Roster(tmp_path / "out.csv"), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize("name", [*CANVAS, *MOODLE])
def test_files_in_a_download_are_their_authors_also_of_two_of_one_name(name):
    roster = Roster(FILES / name)
    assert {s.id: (s.last_name, s.first_name) for s in roster.students if s.id in NAMES} == NAMES
    if name in CANVAS:
        given = ["müllerjörg_101", "oneilann_102", "oneilann_103", "delacruzjrmaría_104"]
        downloaded = [f"{author}_5000_{UNIT}.ipynb" for author in given]
    else:
        given = ["Jörg Müller_11", "Ann O'Neil_12", "Ann O'Neil_13", "María de la Cruz, Jr._14"]
        downloaded = [f"{author}_assignsubmission_file_{UNIT}.ipynb" for author in given]
    assert [roster.find(senders(file, UNIT))[0].id for file in downloaded] == ["ada", "bob", "eve", "zoe"]
    with pytest.raises(NoSender, match="bob, eve"):
        roster.find(senders(f"Ann O'Neil-{UNIT}.ipynb", UNIT))
