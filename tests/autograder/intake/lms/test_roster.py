"""Rosters as Canvas and Moodle export them, and by hand. Oracle: tables written here, with their documented columns."""

import contextlib
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.grading.class_folder import BadInput
from autograder.intake.lms.names import NoSender, Sender
from autograder.intake.lms.roster import Kind, Roster

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,LSTM (4711),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,20.0,(read only)
"Smith, Bob",340934,s001,bsmith,Section A,,
"Łukasz, Ada Åse",340935,s002,alukasz,Section A,,
"Student, Test",9,,,Section A,,
"""
WORKSHEET = """\
\ufeffIdentifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 12345","Bob Smith",s001,bob@example.org,"Submitted for grading",,20.00,Yes,\
"Friday, 20 November 2026, 11:59 PM",-,
"Participant 12346","Ada Łukasz",,ada@example.org,"No submission",,20.00,Yes,-,-,
"""
PARTICIPANTS = """\
"First name";"Last name";"Email address";Groups
Bob;Smith;bob@example.org;
Ada;Łukasz;ada@example.org;
"""
OWN = "student id,name,lms id\nbob,Bob Smith,12345\nada,Ada Łukasz,12346\n"


def roster(folder: Path, text: str) -> Roster:
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return Roster(path)


def test_canvas_gradebook(tmp_path):
    found = roster(tmp_path, CANVAS)
    assert found.kind is Kind.CANVAS
    assert [s.id for s in found.students] == ["bsmith", "alukasz", "9"]
    assert found.points["LSTM (4711)"] == "20.0"
    assert found.find([Sender("smithbob", "Canvas", "340934", 5)])[0].id == "bsmith"
    assert found.find([Sender("łukaszadaåse", "Canvas", "340935", 5)])[0].id == "alukasz"
    assert found.find([Sender("s001")])[0].id == "bsmith"
    assert found.find([Sender("Bob Smith")])[0].id == "bsmith"


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x85", "\u2028"])
def test_a_row_ends_where_a_table_ends_it(tmp_path, mark):
    found = roster(tmp_path, f"student id,name\r\nbob,Bob{mark}Smith\r\nada,Ada\r\n")
    assert [student.id for student in found.students] == ["bob", "ada"]


@pytest.mark.parametrize("line", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n'])
def test_the_line_that_tells_excel_the_separator_is_no_header(tmp_path, line):
    found = roster(tmp_path, line + "student id;full name;lms id\nbob;Smith, Bob;1\n")
    assert found.columns == ["student id", "full name", "lms id"]
    assert found.find([Sender("Bob Smith")])[0].id == "bob"


def test_moodle_grading_worksheet(tmp_path):
    found = roster(tmp_path, WORKSHEET)
    assert found.kind is Kind.WORKSHEET
    assert [s.id for s in found.students] == ["s001", "ada@example.org"]
    assert found.students[0].submitted == datetime(2026, 11, 20, 23, 59).astimezone()
    assert found.students[1].submitted is None
    assert found.find([Sender("Bob Smith", "Moodle", "12345")])[0].id == "s001"
    assert found.find([Sender("Participant", "Moodle", "12346")])[0].id == "ada@example.org"


# Headings as Moodle's language packs have them.
FOREIGN = {
    "French": """\
Identifiant\tNom complet\tAdresse de courriel\tStatut\tNote\tNote maximale\tLa note peut être modifiée\t\
Dernière modification (travail remis)\tDernière modification (note)\tFeedback par commentaires
Participant12345\tBob Smith\tbob@example.org\tRemis\t\t20,00\tNon\tvendredi 20 novembre 2026, 23:59\t-\t
""",
    "German": """\
ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,\
Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar
Teilnehmer/in 12345,Bob Smith,bob@example.org,Zur Bewertung abgegeben,,"20,00",Nein,\
"Freitag, 20. November 2026, 23:59",-,
""",
    "Japanese": """\
ID,フルネーム,メールアドレス,ステータス,評点,最大評点,評点変更可,最終更新日時 (提出),最終更新日時 (評点)
参加者 12345,Bob Smith,bob@example.org,,,20.00,いいえ,2026年 11月 20日(金曜日) 23:59,-
""",
    "Spanish": """\
Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Calificación máxima,\
La calificación puede ser cambiada,Última modificación (entrega),Última modificación (calificación)
Participante 12345,Bob Smith,bob@example.org,Enviado,,"20,00",No,"viernes, 20 de noviembre de 2026, 23:59",-
""",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_worksheet_in_another_language_is_read_like_the_english_one(tmp_path, text):
    found = roster(tmp_path, text)
    (student,) = found.students
    assert (found.kind, student.id, student.last_name) == (Kind.WORKSHEET, "bob@example.org", "Smith")
    assert student.submitted == datetime(2026, 11, 20, 23, 59).astimezone()
    assert student.row[str(found.heading("maximum grade"))] in ("20,00", "20.00")
    assert found.find([Sender("Bob Smith", "Moodle", "12345")])[0] == student


def test_a_worksheet_in_a_language_that_is_not_known_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(BadInput, match=r"'Identificativo'.*Add \?lang=en"):
        roster(tmp_path, "Identificativo,Nome,Voto\nPartecipante 101,Rae,\nPartecipante 102,Bea,\n")
    assert roster(tmp_path, "student,name\nuser 101,Rae\nuser 102,Bea\n").students[0].id == "user-101"


def test_the_files_of_a_group_in_moodle_are_their_authors(tmp_path):
    text = WORKSHEET.replace("Status,Grade", "Status,Group,Grade").replace('",,20.00', '","Group A",,20.00')
    found = roster(tmp_path, text)
    assert found.find([Sender("Group A-Bob Smith", "Moodle", "12345")])[0].id == "s001"
    with pytest.raises(NoSender):
        found.find([Sender("Group B-Bob Smith", "Moodle", "12345")])


def test_moodle_participants(tmp_path):
    found = roster(tmp_path, PARTICIPANTS)
    assert found.kind is Kind.TABLE
    assert [s.id for s in found.students] == ["bob@example.org", "ada@example.org"]
    assert found.find([Sender("Bob Smith", "Moodle", "999")])[0].id == "bob@example.org"
    assert found.find([Sender("bob@example.org")])[0].id == "bob@example.org"


def test_a_table_by_hand(tmp_path):
    found = roster(tmp_path, OWN)
    assert found.find([Sender("Bob Smith", "Moodle", "12345")])[0].id == "bob"
    assert found.find([Sender("smithbob", "Canvas", "12345", 1)])[0].id == "bob"
    assert found.find([Sender("ada")])[0].id == "ada"


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (Sender("eve", "Canvas", "1", 5), "not in the roster"),
        (Sender("smithbob", "Canvas", "340935", 5), "340935, which alukasz has in the roster, under another name"),
        (Sender("smithbob", "Canvas", "777", 5), "not in the roster"),
        (Sender("eve"), "not in the roster"),
    ],
)
def test_number_and_name_must_agree(tmp_path, sender, reason):
    with pytest.raises(NoSender, match=reason):
        roster(tmp_path, CANVAS).find([sender])


def test_names_that_differ_in_a_vowel_sign_are_different_names(tmp_path):
    found = roster(tmp_path, "student id,name\n0012,रीमा कुमार\n0013,José Diaz\n")
    assert found.find([Sender("कुमार रीमा")])[0].id == "0012"
    assert found.find([Sender("Jose\u0301 Diaz")])[0].id == "0013"
    with pytest.raises(NoSender, match="not in the roster"):
        found.find([Sender("राम कुमार")])


def test_of_two_students_with_one_name_the_number_decides_or_nothing(tmp_path):
    text = "student id,name,lms id\nbob1,Bob Smith,1\nbob2,Bob Smith,2\n"
    found = roster(tmp_path, text)
    assert found.find([Sender("Bob Smith", "Moodle", "2")])[0].id == "bob2"
    for sender in (Sender("Bob Smith"), Sender("Bob Smith", "Moodle", "3")):
        with pytest.raises(NoSender, match="bob1, bob2"):
            found.find([sender])


def test_a_name_with_anothers_number_in_it_is_the_students_own(tmp_path):
    """Canvas lets `smithbob_340934` be a name; both readings are tried, and only one is in the roster."""
    text = CANVAS + '"smithbob_340934",777,s003,eve,Section A,,\n'
    readings = [Sender("smithbob", "Canvas", "340934", 777), Sender("smithbob_340934", "Canvas", "777", 208490284)]
    with pytest.raises(NoSender, match="more than one"):
        roster(tmp_path, text).find(readings)
    assert roster(tmp_path, text.replace('"Smith, Bob",340934', '"Smith, Bob",340933')).find(readings)[0].id == "eve"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("name,grade\nBob,1\n", "student id"),
        ("student id,name\n", "has none"),
        ("student id\nbob\nBob\n", "several for bob"),
        ("student id\na b\na-b\n", "several for a-b"),
        ("student id,student id\na,b\n", "several student id"),
        ('student id\n"' + "x" * 200_000 + '"\n', "CSV"),
        ("name,student id\n\nLovelace, Ada,ada\n", "has 3 in the line of Lovelace,  Ada, ada. Put names"),
    ],
)
def test_what_is_no_roster_is_refused(tmp_path, text, said):
    with pytest.raises(BadInput, match=said):
        roster(tmp_path, text)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        Roster(tmp_path / "missing.csv")
    (tmp_path / "x.csv").write_bytes("student id\nJosé\n".encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        Roster(tmp_path / "x.csv")


@given(
    st.lists(
        st.lists(
            st.sampled_from(["student id", "ID", "Section", "Student", "Identifier", "bob", ""]) | st.text(), max_size=5
        ),
        max_size=4,
    ),
    st.sampled_from(",;\t"),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_a_roster_or_has_a_reason(tmp_path, rows, mark):
    path = tmp_path / "roster.csv"
    path.write_bytes("\n".join(mark.join(row) for row in rows).encode(errors="replace"))
    with contextlib.suppress(BadInput):
        assert Roster(path).students


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ('Student,ID,SIS Login ID,Section\n"Lovelace, Ada",1,ada,A\n', ("Lovelace", "Ada")),
        ("Identifier,Full name,Email address\nParticipant 1,Ada King Lovelace,a@b.org\n", ("Lovelace", "Ada King")),
        ("First name,Last name,Email address\nAda,King Lovelace,a@b.org\n", ("King Lovelace", "Ada")),
        ("student id,name\nada,Ada\n", ("Ada", "")),
        ("student id\nada\n", ("", "")),
    ],
)
def test_names_for_the_gradebook(tmp_path, table, names):
    (tmp_path / "roster.csv").write_text(table)
    (student,) = Roster(tmp_path / "roster.csv").students
    assert (student.last_name, student.first_name) == names
